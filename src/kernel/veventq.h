/* SPDX-License-Identifier: BSD-2-Clause */
/* Where events are posted. */
#ifndef SRC_KERNEL_VEVENTQ_H
#define SRC_KERNEL_VEVENTQ_H

#include "state.h"

/* Without a queue of the CMDQV's type the event is dropped. */
/* A record for the queue of this type, if there is one. `words`: as many as the type has. */
void veventq_post(struct viommu *viommu, uint32_t type, const uint64_t *words);

void veventq_fini(struct veventq *queue);

#endif
