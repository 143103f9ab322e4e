/* SPDX-License-Identifier: BSD-2-Clause */
/* BASE of a queue: halves that wait, and commits. */
#ifndef SRC_DEVICE_BASE_H
#define SRC_DEVICE_BASE_H

#include "state.h"

void base_write_half(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);
void base_write_whole(struct cmdqv *dev, uint32_t index, uint64_t value);
/* Commit a half of BASE that waits, with the old other half [DEV-11]: needed if any_staged. */
void base_flush(struct cmdqv *dev, uint32_t index);
void base_flush_all(struct cmdqv *dev);

#endif
