/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine: visits queues in turn, fetches commands in order, executes them, publishes
 * CONS [HW-10].
 *
 * A visit looks at the queue's words once, loads PROD once, and does at most VISIT_COMMANDS
 * of what lies between CONS and that PROD, so that a queue that is never empty costs its
 * neighbours no more than that. Turns go round, also across calls.
 *
 * A command is copied from memory once, then traced, then decoded from the copy: what
 * software does to the memory meanwhile has no effect. CONS moves over it when its
 * effects are done; it is published after each CMD_SYNC and at the end of the visit, in
 * an error together with CONS.ERR.
 *
 * Not modelled: time. A command is done when the embedder's execute() returns.
 */
#include "internal.h"

#include <errno.h>
#include <limits.h>

#define VISIT_COMMANDS 64U

static uint64_t entry_address(const struct queue *q, uint32_t index)
{
	return q->ring + (uint64_t)index * CMDQV_ENTRY_BYTES;
}

static void trace_command(struct cmdqv_model *m, const struct queue *q, uint32_t index,
			  const uint64_t raw[2])
{
	if (!m->ops.trace)
		return;
	model_trace(m, &(struct cmdqv_trace_event){
			       .kind = CMDQV_TRACE_COMMAND,
			       .value = {raw[0], raw[1]},
			       .queue = q->number,
			       .vintf = q->vintf,
			       .lvcmdq = q->lvcmdq,
			       .index = index,
		       });
}

/* A CMD_SYNC reports, once, that an ATC_INV before it was not answered [HW-13]. */
static bool take_time_out(struct queue *q)
{
	bool timed_out = q->atc_timed_out;

	q->atc_timed_out = false;
	return timed_out;
}

static uint8_t decode(const struct cmdqv_model *m, const struct queue *q, uint32_t index,
		      const uint64_t raw[2], struct cmdqv_command *command)
{
	const struct vintf *vintf = &m->vintfs[q->vintf];
	uint8_t code = command_decode(raw, command);

	if (code == CMDQV_CERROR_NONE && !hw_vintf_hypervisor_owned(vintf))
		code = command_restrict(vintf, reg_num_sids(&m->geometry), command);
	command->queue = q->number;
	command->vintf = q->vintf;
	command->index = index;
	return code;
}

static uint8_t execute(struct cmdqv_model *m, struct queue *q, const struct cmdqv_command *command)
{
	int rc;

	if (command->opcode == CMDQV_OP_PREFETCH_CFG)
		return CMDQV_CERROR_NONE;
	if (command->opcode == CMDQV_OP_CMD_SYNC && take_time_out(q))
		return CMDQV_CERROR_ATC_INV_SYNC;
	rc = m->ops.execute(m->user, command);
	if (rc == -ETIMEDOUT && command->opcode == CMDQV_OP_ATC_INV)
		q->atc_timed_out = true;
	return CMDQV_CERROR_NONE;
}

/* Moves CONS over one command, or stops at it. Returns false where the visit must end. */
static bool step(struct cmdqv_model *m, struct queue *q, uint32_t *fetched)
{
	uint32_t cons = shared_load(&q->cons);
	uint32_t mask = shared_load(&q->mask);
	uint32_t index = cons & mask >> 1;
	struct cmdqv_command command;
	uint64_t raw[2];
	uint8_t code;

	if (m->ops.read(m->user, q->vintf, entry_address(q, index), raw, sizeof(raw)) != 0) {
		hw_vcmdq_refuse(m, q, CMDQV_CERROR_ABT);
		return false;
	}
	++*fetched;
	trace_command(m, q, index, raw);
	code = fault_take_refusal(q, index);
	if (code == CMDQV_CERROR_NONE)
		code = decode(m, q, index, raw, &command);
	if (code == CMDQV_CERROR_NONE)
		code = execute(m, q, &command);
	if (code != CMDQV_CERROR_NONE) {
		hw_vcmdq_refuse(m, q, code);
		return false;
	}
	q->commands++;
	shared_store(&q->cons, (cons + 1) & mask);
	if (command.opcode == CMDQV_OP_CMD_SYNC)
		hw_vcmdq_publish_cons(q);
	return true;
}

/* One visit of at most `most` commands; returns how many were fetched. */
static uint32_t visit(struct cmdqv_model *m, struct queue *q, uint32_t most)
{
	uint32_t fetched = 0;
	uint32_t mask;
	uint32_t waiting;

	if (!hw_vcmdq_look(m, q))
		return 0;
	mask = shared_load(&q->mask);
	waiting = (hw_vcmdq_load_prod(q) - shared_load(&q->cons)) & mask;
	if (waiting == 0)
		return 0;
	if (waiting > (mask >> 1) + 1) {
		hw_vcmdq_refuse(m, q, CMDQV_CERROR_ILL);
		return 0;
	}
	if (waiting < most)
		most = waiting;
	while (fetched < most)
		if (!step(m, q, &fetched))
			return fetched;
	hw_vcmdq_publish_cons(q);
	return fetched;
}

static void next_turn(struct cmdqv_model *m)
{
	m->next = (m->next + 1) % reg_num_vcmdqs(&m->geometry);
	m->turn_left = VISIT_COMMANDS;
}

/*
 * Gives every queue its turn once, as far as the budget goes. A turn that the budget cuts
 * short goes on in the next call: otherwise a budget that is no multiple of a turn would
 * favour the same queues every time. Returns how many commands were fetched.
 */
static uint32_t sweep(struct cmdqv_model *m, uint32_t budget)
{
	uint32_t fetched = 0;

	for (uint32_t i = 0; i < reg_num_vcmdqs(&m->geometry) && fetched < budget; i++) {
		struct queue *q = &m->queues[m->next];
		uint32_t left = budget - fetched;
		uint32_t most = left < m->turn_left ? left : m->turn_left;
		uint32_t got = shared_load(&q->gate) ? visit(m, q, most) : 0;

		fetched += got;
		m->turn_left -= got;
		if (got < most || m->turn_left == 0)
			next_turn(m);
	}
	return fetched;
}

int cmdqv_model_run(struct cmdqv_model *m, uint32_t budget)
{
	uint32_t most = budget < INT_MAX ? budget : INT_MAX;
	uint32_t total = 0;
	uint32_t fetched;
	int error = model_enter(m);

	if (error)
		return error;
	do {
		fetched = sweep(m, most - total);
		total += fetched;
	} while (fetched != 0 && total < most);
	model_leave(m);
	return (int)total;
}

bool cmdqv_model_pending(const struct cmdqv_model *m)
{
	for (uint32_t q = 0; q < reg_num_vcmdqs(&m->geometry); q++)
		if (hw_vcmdq_pending(&m->queues[q]))
			return true;
	return false;
}

/* Takes the time-outs of all queues; were there any? */
bool engine_collect_time_outs(struct cmdqv_model *m)
{
	bool any = false;

	for (uint32_t q = 0; q < reg_num_vcmdqs(&m->geometry); q++)
		if (take_time_out(&m->queues[q]))
			any = true;
	return any;
}

void engine_reset(struct cmdqv_model *m)
{
	m->next = 0;
	m->turn_left = VISIT_COMMANDS;
}
