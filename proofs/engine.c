/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: the engine's arithmetic, WHAT, with any PROD that a guest stores and a ring of 2 to 2^19
 * entries: a fetch reads only within the ring, whole entries, none twice in a batch and never past
 * the end; a step moves CONS by one, round the end with its wrap bit, after the effects, or stops
 * at it [HW-10]; a visit fetches no more than lies between CONS and PROD and than its turn allows,
 * and publishes CONS behind it, or refuses one; a distance over a ring fetches nothing and is
 * refused.
 *
 * Assumes: a queue that is on, as vcmdq_look leaves it; any memory, any command, any fault on
 * demand.
 *
 * Bound: 2 commands of a visit, 3 turns. A further command finds what the one before left: a valid
 * queue.
 *
 * Takes: 0.7 to 245.0 s each of 3 proofs, at most 2952 MiB.
 */
#include "engine.h"

#include "model/engine.c"

static uint32_t executed, refused, published, read_count;
static uint32_t cons_at_execute;

bool hw_vcmdq_look(struct cmdqv_model *m, struct queue *q)
{
	return nondet_bool();
}

void hw_vcmdq_refuse(struct cmdqv_model *m, struct queue *q, uint8_t code)
{
	PROVE(code >= CMDQV_CERROR_ILL && code <= CMDQV_CERROR_ILL_ACCESS, "a code");
	refused++;
}

void hw_vcmdq_publish_cons(struct cmdqv_model *m, struct queue *q)
{
	published = q->cons;
}

uint8_t command_decode(const uint64_t raw[2], struct cmdqv_command *command)
{
	struct cmdqv_command any;

	*command = any;
	return nondet_bool() ? CMDQV_CERROR_NONE : CMDQV_CERROR_ILL;
}

uint8_t command_restrict(const struct vintf *vintf, uint32_t num_sids,
			 struct cmdqv_command *command)
{
	return nondet_bool() ? CMDQV_CERROR_NONE : CMDQV_CERROR_ILL_ACCESS;
}

static int execute_any(void *user, const struct cmdqv_command *command)
{
	executed++;
	cons_at_execute = queue.cons;
	PROVE(command->index <= queue.mask >> 1, "the index of an entry");
	return nondet_int();
}

static int read_any(void *user, uint32_t vintf, uint64_t address, void *to, size_t bytes)
{
	uint64_t ring = ((uint64_t)(queue.mask >> 1) + 1) * 16;

	PROVE(address >= queue.ring && address - queue.ring < ring, "within the ring");
	PROVE(bytes >= 16 && bytes % 16 == 0 && bytes <= ring - (address - queue.ring),
	      "whole entries, to the end");
	PROVE((address - queue.ring) / 16 == (queue.cons & queue.mask >> 1), "from CONS on");
	PROVE(bytes <= sizeof(uint64_t[BATCH_COMMANDS][2]), "what there is room for");
	read_count += bytes / 16;
	return nondet_int();
}

static void fetches(void)
{
	uint64_t raw[BATCH_COMMANDS][2];
	uint32_t most = nondet_u32(), count;
	bool one_by_one = nondet_bool();

	ASSUME(most >= 1 && most <= (queue.mask >> 1) + 1);
	count = fetch(&model, &queue, most, &one_by_one, raw);
	PROVE(count <= most && count <= BATCH_COMMANDS, "no more than was asked for");
	PROVE(count <= (queue.mask >> 1) + 1 - (queue.cons & queue.mask >> 1), "none past the end");
	COVER(count == BATCH_COMMANDS, "a batch");
	COVER(count == 0, "none can be read");
}

static void steps(void)
{
	const uint64_t raw[2] = {nondet_u64(), nondet_u64()};
	uint32_t cons = queue.cons;
	bool on = step(&model, &queue, raw);

	PROVE(executed <= 1 && refused == !on, "executed once, or refused");
	PROVE(queue.cons == (on ? (cons + 1) & queue.mask : cons), "CONS moves by one, or stands");
	PROVE(executed == 0 || cons_at_execute == cons, "after the effects");
	COVER(on && queue.cons == 0, "round the end");
}

static void visits(void)
{
	uint32_t most = nondet_u32(), cons = queue.cons, prod = words[1] & queue.mask, fetched;
	uint32_t waiting = (prod - cons) & queue.mask;

	ASSUME(most <= 2);
	fetched = visit(&model, &queue, most);
	PROVE(fetched <= most && fetched <= waiting, "no more than there are");
	PROVE(((queue.cons - cons) & queue.mask) <= fetched, "CONS does not pass PROD");
	PROVE(executed <= fetched && refused <= 1, "each once");
	if (fetched > 0 && !refused)
		PROVE(published == queue.cons && ((queue.cons - cons) & queue.mask) == fetched,
		      "CONS is published, behind all that was fetched");
	if (waiting > (queue.mask >> 1) + 1)
		PROVE(fetched == 0 && executed == 0 && read_count == 0,
		      "a distance over a ring fetches nothing");
	COVER(fetched == 2 && refused == 0, "two commands");
	COVER(refused && fetched == 0, "a bad distance");
}

int main(void)
{
	queue_any();
	ASSUME(queue.state == QUEUE_ON && !(queue.cons & CMDQV_VCMDQ_CONS_ERR));
	model.ops.execute = execute_any;
	model.ops.read = read_any;
	model.ops.read_entries = nondet_bool() ? read_any : NULL;
	WHAT();
	PROVE(queue_is_valid(), "the queue is valid");
	REACHED("the end");
}
