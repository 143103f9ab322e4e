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
 * software does to the memory meanwhile has no effect. Commands are copied several at a
 * time. Copies behind a refused one are dropped, because software may write there before it
 * acknowledges. CONS moves over a command when its effects are done; it is
 * published after each CMD_SYNC and at the end of the visit, in an error together with
 * CONS.ERR.
 *
 * Not modelled: time. A command is done when the embedder's execute() returns.
 */
#include "engine.h"

#include <errno.h>
#include <limits.h>

#include "command.h"
#include "fault.h"
#include "guard.h"
#include "queue.h"
#include "regs/command.h"
#include "vcmdq.h"
#include "watch.h"

enum {
	VISIT_COMMANDS = 64,
	BATCH_COMMANDS = 64,  /* that are copied with one call */
	OTHERS_PER_VISIT = 4, /* see watch.c */
	FRUITLESS_VISITS = 8, /* until a queue is no longer active */
};

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

/*
 * [HW-25] Hardware that wants each invalidation twice: of two batches, each ended by a CMD_SYNC,
 * the first leaves TLB and configuration as they are. ATC_INV is not concerned.
 */
static bool is_lost(struct queue *q, const struct cmdqv_command *command)
{
	if (!q->faults[CMDQV_FAULT_REPEAT])
		return false;
	if (command->opcode == CMDQV_OP_CMD_SYNC)
		q->repeats = !q->repeats;
	return command_is_repeated(command->raw[0]) && !q->repeats &&
	       fault_strikes(q, CMDQV_FAULT_REPEAT);
}

static uint8_t execute(struct cmdqv_model *m, struct queue *q, const struct cmdqv_command *command)
{
	int err;

	if (command->opcode == CMDQV_OP_PREFETCH_CFG)
		return CMDQV_CERROR_NONE;
	if (command->opcode == CMDQV_OP_CMD_SYNC && take_time_out(q))
		return CMDQV_CERROR_ATC_INV_SYNC;
	if (command->opcode == CMDQV_OP_ATC_INV && fault_strikes(q, CMDQV_FAULT_ATC_TIME_OUT)) {
		q->atc_timed_out = true;
		return CMDQV_CERROR_NONE;
	}
	if (is_lost(q, command))
		return CMDQV_CERROR_NONE;
	err = m->ops.execute(m->user, command);
	if (err == -ETIMEDOUT && command->opcode == CMDQV_OP_ATC_INV)
		q->atc_timed_out = true;
	return CMDQV_CERROR_NONE;
}

/* Moves CONS over one command, or stops at it. Returns false where the visit must end. */
static bool step(struct cmdqv_model *m, struct queue *q, const uint64_t raw[2])
{
	uint32_t cons = shared_load(&q->cons);
	uint32_t mask = shared_load(&q->mask);
	uint32_t index = cons & mask >> 1;
	struct cmdqv_command command;
	uint8_t code;

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
		hw_vcmdq_publish_cons(m, q);
	return true;
}

/*
 * Copies what is next, at most `most` entries and up to the end of the ring, into `raw`.
 * Returns how many; 0: the next one cannot be read. What lies behind one that cannot is
 * asked for entry by entry, so *one_by_one stays set.
 */
static uint32_t fetch(struct cmdqv_model *m, struct queue *q, uint32_t most, bool *one_by_one,
		      uint64_t raw[BATCH_COMMANDS][2])
{
	uint32_t entries = (shared_load(&q->mask) >> 1) + 1;
	uint32_t index = shared_load(&q->cons) & (entries - 1);
	uint64_t address = entry_address(q, index);

	if (fault_strikes(q, CMDQV_FAULT_FETCH_ABORT))
		return 0;
	if (most > entries - index)
		most = entries - index;
	if (most > BATCH_COMMANDS)
		most = BATCH_COMMANDS;
	if (m->ops.read_entries && most > 1 && !*one_by_one) {
		if (m->ops.read_entries(m->user, q->vintf, address, raw,
					(size_t)most * CMDQV_ENTRY_BYTES) == 0)
			return most;
		*one_by_one = true;
	}
	return m->ops.read(m->user, q->vintf, address, raw, CMDQV_ENTRY_BYTES) == 0 ? 1 : 0;
}

/* Fetches and executes `most` commands. Returns how many were fetched: fewer at an error. */
static uint32_t advance(struct cmdqv_model *m, struct queue *q, uint32_t most)
{
	uint64_t raw[BATCH_COMMANDS][2];
	bool one_by_one = false;
	uint32_t fetched = 0;

	while (fetched < most) {
		uint32_t count = fetch(m, q, most - fetched, &one_by_one, raw);

		if (count == 0) {
			hw_vcmdq_refuse(m, q, CMDQV_CERROR_ABT);
			return fetched;
		}
		for (uint32_t i = 0; i < count; i++) {
			fetched++;
			if (!step(m, q, raw[i]))
				return fetched;
		}
	}
	hw_vcmdq_publish_cons(m, q);
	return fetched;
}

/* One visit of at most `most` commands; returns how many were fetched. */
static uint32_t visit(struct cmdqv_model *m, struct queue *q, uint32_t most)
{
	uint32_t mask;
	uint32_t waiting;

	if (!hw_vcmdq_look(m, q))
		return 0;
	mask = shared_load(&q->mask);
	waiting = (queue_load_prod(q) - shared_load(&q->cons)) & mask;
	if (waiting == 0 || fault_strikes(q, CMDQV_FAULT_STALLED_ENGINE))
		return 0;
	if (waiting > (mask >> 1) + 1) {
		hw_vcmdq_refuse(m, q, CMDQV_CERROR_ILL);
		return 0;
	}
	return advance(m, q, waiting < most ? waiting : most);
}

/* A queue that was visited in vain a few times is no longer looked at every time. */
static void note_visit(struct cmdqv_model *m, struct queue *q, uint32_t fetched)
{
	if (fetched) {
		q->fruitless = 0;
		return;
	}
	if (++q->fruitless < FRUITLESS_VISITS)
		return;
	q->fruitless = 0;
	watch_retire(m, q->number);
}

static void begin_turn(struct cmdqv_model *m, uint32_t number)
{
	m->next = number % reg_num_vcmdqs(&m->geometry);
	m->turn_left = VISIT_COMMANDS;
}

/*
 * Gives every active queue its turn once, as far as the budget goes. A turn that the
 * budget cuts short goes on in the next call: otherwise a budget that is no multiple of a
 * turn would favour the same queues every time. Returns how many commands were fetched.
 */
static uint32_t sweep(struct cmdqv_model *m, uint32_t budget)
{
	uint64_t set[CMDQV_MAX_VCMDQS / 64];
	uint32_t fetched = 0;
	uint32_t number;

	watch_active(m, set);
	while (fetched < budget && watch_take(set, m->next, &number)) {
		struct queue *q = &m->queues[number];
		uint32_t left = budget - fetched;
		uint32_t most;
		uint32_t got;

		if (number != m->next)
			begin_turn(m, number);
		most = left < m->turn_left ? left : m->turn_left;
		got = visit(m, q, most);
		fetched += got;
		m->turn_left -= got;
		if (got < most || m->turn_left == 0)
			begin_turn(m, number + 1);
		note_visit(m, q, got);
		(void)watch_look_at_others(m, OTHERS_PER_VISIT);
	}
	return fetched;
}

/* Sweeps until the budget is used or nothing active has work. */
static uint32_t run_active(struct cmdqv_model *m, uint32_t budget)
{
	uint32_t total = 0;
	uint32_t fetched;

	do {
		fetched = sweep(m, budget - total);
		total += fetched;
	} while (fetched != 0 && total < budget);
	return total;
}

int cmdqv_model_run(struct cmdqv_model *m, uint32_t budget)
{
	uint32_t most = budget < INT_MAX ? budget : INT_MAX;
	uint32_t total;
	int err = model_enter(m);

	if (err)
		return err;
	total = run_active(m, most);
	/*
	 * 0 means that there is nothing to do, so all are looked at first. What a sweep found
	 * by itself is not visited yet either.
	 */
	if (total == 0 && most != 0) {
		(void)watch_look_at_others(m, CMDQV_MAX_VCMDQS);
		total = run_active(m, most);
	}
	model_leave(m);
	return (int)total;
}

/*
 * Takes the time-outs of the queues that are down; were there any? One that runs reports
 * its own at its next CMD_SYNC: taking it here would let a neighbour's bind swallow it.
 */
bool engine_collect_time_outs(struct cmdqv_model *m)
{
	bool any = false;

	for (uint32_t q = 0; q < reg_num_vcmdqs(&m->geometry); q++)
		if (!m->queues[q].status && take_time_out(&m->queues[q]))
			any = true;
	return any;
}

void engine_reset(struct cmdqv_model *m)
{
	m->next = 0;
	m->turn_left = VISIT_COMMANDS;
}
