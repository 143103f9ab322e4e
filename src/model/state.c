/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters and state, for the embedder to look at. */
#include "state.h"

#include <string.h>

#include "base/sized.h"
#include "queue.h"
#include "vcmdq.h"

static void describe_queue(const struct queue *q, struct cmdqv_model_queue_state *state)
{
	state->mapped = q->mapped;
	state->vintf = q->vintf;
	state->lvcmdq = q->lvcmdq;
	state->enabled = q->status;
	state->standing = queue_stands(q);
	state->cons = hw_vcmdq_word(q, CMDQV_REG_VCMDQ_CONS);
	state->prod = hw_vcmdq_word(q, CMDQV_REG_VCMDQ_PROD);
	state->gerror = hw_vcmdq_word(q, CMDQV_REG_VCMDQ_GERROR);
	state->gerrorn = hw_vcmdq_word(q, CMDQV_REG_VCMDQ_GERRORN);
	state->base = q->base;
	state->commands = q->commands;
	state->errors = q->errors;
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

	memcpy(state.accesses, m->accesses, sizeof(state.accesses));
	for (uint32_t i = 0; i < state.num_vcmdqs; i++) {
		describe_queue(&m->queues[i], &state.queues[i]);
		state.commands += state.queues[i].commands;
		state.errors += state.queues[i].errors;
	}
	return sized_out(out, SIZED_STRUCT(cmdqv_model_state), &state);
}
