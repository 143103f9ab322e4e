/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters and state, for the embedder to look at. */
#include "state.h"

#include <errno.h>

#include "base/sized.h"
#include "queue.h"
#include "vcmdq.h"

int cmdqv_model_get_queue(const struct cmdqv_model *m, uint32_t queue,
			  struct cmdqv_model_queue_state *out)
{
	struct cmdqv_model_queue_state state = {.size = sizeof(state)};
	const struct queue *q;

	if (queue >= reg_num_vcmdqs(&m->geometry))
		return -ENOENT;
	q = &m->queues[queue];
	state.vintf = q->vintf;
	state.lvcmdq = q->lvcmdq;
	state.cons = hw_vcmdq_word(q, CMDQV_REG_VCMDQ_CONS);
	state.prod = hw_vcmdq_word(q, CMDQV_REG_VCMDQ_PROD);
	state.gerror = hw_vcmdq_word(q, CMDQV_REG_VCMDQ_GERROR);
	state.gerrorn = hw_vcmdq_word(q, CMDQV_REG_VCMDQ_GERRORN);
	state.base = q->base;
	state.commands = q->commands;
	state.errors = q->errors;
	state.mapped = q->mapped;
	state.enabled = q->status;
	state.standing = queue_stands(q);
	return sized_out(out, SIZED_STRUCT(cmdqv_model_queue_state), &state);
}

int cmdqv_model_get_state(const struct cmdqv_model *m, struct cmdqv_model_state *out)
{
	struct cmdqv_model_state state = {
		.size = sizeof(state),
		.version = 1,
		.num_vcmdqs = reg_num_vcmdqs(&m->geometry),
		.num_vintfs = reg_num_vintfs(&m->geometry),
		.num_sids = reg_num_sids(&m->geometry),
		.bad_accesses = m->bad_accesses,
		.order_violations = m->order_violations,
		.interrupts = m->interrupts,
	};

	for (uint32_t i = 0; i < state.num_vcmdqs; i++) {
		state.commands += m->queues[i].commands;
		state.errors += m->queues[i].errors;
	}
	return sized_out(out, SIZED_STRUCT(cmdqv_model_state), &state);
}

uint64_t cmdqv_model_accesses(const struct cmdqv_model *m, enum cmdqv_page page)
{
	return (unsigned int)page < CMDQV_AT_PAGES ? m->accesses[page] : 0;
}
