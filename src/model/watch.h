/* SPDX-License-Identifier: BSD-2-Clause */
/* Which queues to look at. */
#ifndef SRC_MODEL_WATCH_H
#define SRC_MODEL_WATCH_H

#include "state.h"

void watch_gate(struct cmdqv_model *m, const struct queue *q, bool open);
void watch_activate(const struct cmdqv_model *m, uint32_t number);
void watch_retire(const struct cmdqv_model *m, uint32_t number);
void watch_active(const struct cmdqv_model *m, uint64_t set[CMDQV_MAX_VCMDQS / 64]);
bool watch_take(uint64_t set[CMDQV_MAX_VCMDQS / 64], uint32_t from, uint32_t *number);
bool watch_look_at_others(const struct cmdqv_model *m, uint32_t most);

#endif
