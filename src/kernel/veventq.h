/* SPDX-License-Identifier: BSD-2-Clause */
/* Where events are posted. */
#ifndef SRC_KERNEL_VEVENTQ_H
#define SRC_KERNEL_VEVENTQ_H

#include "state.h"

/* Without a queue of the CMDQV's type the event is dropped. */
void veventq_post(struct viommu *viommu, const struct kernel_vevent_cmdqv *event);

void veventq_fini(struct veventq *queue);

#endif
