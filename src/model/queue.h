/* SPDX-License-Identifier: BSD-2-Clause */
/* What the words of a queue say, each loaded once; for any thread, as watch.c needs it. */
#ifndef SRC_MODEL_QUEUE_H
#define SRC_MODEL_QUEUE_H

#include "state.h"

static inline enum queue_state queue_state(const struct queue *q)
{
	return (enum queue_state)shared_load(&q->state);
}

static inline shared32 *queue_word(const struct queue *q, uint32_t reg)
{
	return atomic_load_explicit(&q->regs, memory_order_relaxed) + reg / sizeof(uint32_t);
}

/* One load of a word that software writes. */
static inline uint32_t queue_load(const struct queue *q, uint32_t reg)
{
	return shared_load(queue_word(q, reg));
}

/* EN; what the guest stored before it set EN is seen by what follows [HW-10]. */
static inline bool queue_load_enable(const struct queue *q)
{
	return shared_load_acquire(queue_word(q, CMDQV_REG_VCMDQ_CONFIG)) & CMDQV_VCMDQ_CONFIG_EN;
}

/* PROD; the commands before it are seen by what follows [HW-10]. */
static inline uint32_t queue_load_prod(const struct queue *q)
{
	return shared_load_acquire(queue_word(q, CMDQV_REG_VCMDQ_PROD)) & shared_load(&q->mask);
}

/* The errors that are pending; what the guest stored before it acknowledged is seen [HW-10]. */
static inline uint32_t queue_errors(const struct queue *q)
{
	uint32_t gerrorn = shared_load_acquire(queue_word(q, CMDQV_REG_VCMDQ_GERRORN));

	return (shared_load(&q->gerror) ^ gerrorn) & GERROR_BITS;
}

/* Does it wait until a refused command is acknowledged? */
static inline bool queue_stands(const struct queue *q)
{
	return queue_errors(q) & CMDQV_VCMDQ_GERROR_CMDQ_ERR;
}

/* Would a visit of the engine do anything? */
static inline bool queue_pending(const struct queue *q)
{
	enum queue_state state;
	uint32_t cons;

	if (!shared_load(&q->gate))
		return false;
	state = queue_state(q);
	if (queue_load_enable(q) != (state != QUEUE_OFF))
		return true;
	if (state != QUEUE_ON || queue_stands(q))
		return false;
	cons = shared_load(&q->cons);
	return cons & CMDQV_VCMDQ_CONS_ERR || queue_load_prod(q) != cons;
}

#endif
