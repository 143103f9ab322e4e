/* SPDX-License-Identifier: BSD-2-Clause */
/* A queue as the hardware or its shadow shows it. Only questions, save one. */
#ifndef SRC_DEVICE_LVCMDQ_H
#define SRC_DEVICE_LVCMDQ_H

#include "state.h"

static inline bool lvcmdq_bound(const struct cmdqv *dev, uint32_t index)
{
	return index < dev->num_bound;
}

bool lvcmdq_ready(const struct cmdqv *dev, uint32_t index);
uint64_t lvcmdq_base(const struct lvcmdq *queue);
uint64_t lvcmdq_base_gpa(const struct lvcmdq *queue);
uint64_t lvcmdq_base_bytes(const struct lvcmdq *queue);
/* One load of a page-0 register of a bound queue, without bits that do not exist [DEV-22]. */
uint32_t lvcmdq_live(struct cmdqv *dev, uint32_t index, enum reg_id id);
/* The bits of a page-0 register that exist. */
uint32_t lvcmdq_defined_bits(enum reg_id id);
/* A page-0 register, live or shadow; STATUS has no shadow and is then 0. */
uint32_t lvcmdq_page0(struct cmdqv *dev, uint32_t index, enum reg_id id);
/* GERROR ^ GERRORN, live or shadow [DEV-23]. */
uint32_t lvcmdq_pending(struct cmdqv *dev, uint32_t index);
/* Is an error pending in any view [DEV-23]? */
bool lvcmdq_any_pending(struct cmdqv *dev);
void lvcmdq_shadow_clear(struct lvcmdq *queue);

#endif
