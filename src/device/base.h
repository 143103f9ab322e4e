/* SPDX-License-Identifier: BSD-2-Clause */
/* BASE of a queue: halves that wait, and commits. */
#ifndef SRC_DEVICE_BASE_H
#define SRC_DEVICE_BASE_H

#include "state.h"

void base_write_half(struct cmdqv *dev, const struct reg_word *word, uint32_t which,
		     uint32_t value);
void base_write_whole(struct cmdqv *dev, uint32_t index, uint64_t value);
/* Commits halves that wait before a write that can start their queue [DEV-11]: if any_staged. */
void base_flush_before(struct cmdqv *dev, enum reg_id id, uint32_t which);

#endif
