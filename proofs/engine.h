/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue of the model in any state, beside a model: its six words are any value at any time, for a
 * guest writes them.
 */
#ifndef PROOFS_ENGINE_H
#define PROOFS_ENGINE_H

#include "proof.h"

#include "model/queue.h"

static struct cmdqv_model model;
static struct queue queue;
static shared32 words[QUEUE_WORDS];

static bool queue_is_valid(void)
{
	uint32_t entries = (queue.mask >> 1) + 1;

	if (queue.state > QUEUE_REFUSED ||
	    queue.status != (queue.state == QUEUE_ON && queue.gate) ||
	    queue.gerror & ~GERROR_BITS || queue.vintf != 0)
		return false;
	if (queue.state != QUEUE_ON)
		return true;
	return (queue.mask & (queue.mask + 1)) == 0 && entries >= 2 &&
	       entries <= 1U << CMDQV_MAX_LOG2SIZE &&
	       (queue.cons & ~(queue.mask | CMDQV_VCMDQ_CONS_ERR)) == 0 && queue.ring >> 48 == 0;
}

static void queue_any(void)
{
	struct queue any;

	queue = any;
	queue.regs = words;
	__CPROVER_havoc_object(words);
	model.config = nondet_u32();
	model.vintfs[0].config = nondet_u32();
	ASSUME(queue.gate <= 1);
	ASSUME(queue_is_valid());
}

/* Faults on demand strike or not. */
bool fault_strikes(struct queue *q, enum cmdqv_fault kind)
{
	return nondet_bool();
}

uint8_t fault_take_refusal(struct queue *q, uint32_t index)
{
	uint8_t code = nondet_u8();

	ASSUME(code <= CMDQV_CERROR_ILL_ACCESS);
	return code;
}

#endif
