/* SPDX-License-Identifier: BSD-2-Clause */
/* BASE of a queue: halves that wait, and commits. */
#ifndef SRC_DEVICE_BASE_H
#define SRC_DEVICE_BASE_H

#include "state.h"

void vcmdq_base_write_half(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);
void vcmdq_base_write_whole(struct cmdqv *dev, uint32_t slot, uint64_t value);
/* Commits a half of BASE that waits, with the old other half [DEV-11]. */
void vcmdq_base_flush(struct cmdqv *dev, uint32_t slot);
void vcmdq_base_flush_all(struct cmdqv *dev);

#endif
