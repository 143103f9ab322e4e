/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on demand, where they strike. */
#ifndef SRC_MODEL_FAULT_H
#define SRC_MODEL_FAULT_H

#include "state.h"

uint8_t fault_take_refusal(struct queue *q, uint32_t index);
bool fault_strikes(struct queue *q, enum cmdqv_fault kind);

#endif
