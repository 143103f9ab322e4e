/* SPDX-License-Identifier: BSD-2-Clause */
/* Every call on a model goes through it. */
#ifndef SRC_MODEL_GUARD_H
#define SRC_MODEL_GUARD_H

#include "state.h"

/* Returns: 0; -EBUSY: a call is under way, so this one comes from a callback. */
int model_enter(struct cmdqv_model *m);
void model_leave(struct cmdqv_model *m);

/* What a call tells the embedder. */
void model_interrupt(struct cmdqv_model *m);
void model_trace(struct cmdqv_model *m, const struct cmdqv_trace_event *event);

#endif
