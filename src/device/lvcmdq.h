/* SPDX-License-Identifier: BSD-2-Clause */
/* A queue as the hardware or its shadow shows it. Only questions, save one. */
#ifndef SRC_DEVICE_LVCMDQ_H
#define SRC_DEVICE_LVCMDQ_H

#include "state.h"

static inline bool queue_bound(const struct cmdqv *dev, uint32_t slot)
{
	return slot < dev->num_bound;
}

bool queue_ready(const struct cmdqv *dev, uint32_t slot);
uint64_t vcmdq_base(const struct slot *slot);
uint64_t vcmdq_base_gpa(const struct slot *slot);
uint64_t vcmdq_base_bytes(const struct slot *slot);
/* One load of a page-0 register of a bound queue, without bits that do not exist [DEV-22]. */
uint32_t vcmdq_live(struct cmdqv *dev, uint32_t slot, enum reg_id id);
/* A page-0 register, live or shadow; STATUS has no shadow and is then 0. */
uint32_t vcmdq_page0_read(struct cmdqv *dev, const struct reg_ref *ref);
/* GERROR ^ GERRORN, live or shadow [DEV-23]. */
uint32_t vcmdq_pending(struct cmdqv *dev, uint32_t slot);
/* Is an error pending in any view [DEV-23]? */
bool event_pending(struct cmdqv *dev);
void vcmdq_shadow_clear(struct slot *slot);

#endif
