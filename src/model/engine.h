/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the engine that the model as a whole needs. */
#ifndef SRC_MODEL_ENGINE_H
#define SRC_MODEL_ENGINE_H

#include "state.h"

void engine_reset(struct cmdqv_model *m);
bool engine_collect_time_outs(struct cmdqv_model *m);

#endif
