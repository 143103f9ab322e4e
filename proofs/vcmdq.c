/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: hw_vcmdq_look(), hw_vcmdq_refuse() and hw_vcmdq_unmap() of a queue in any state, with
 * words that a guest made any value: the queue stays valid; it is enabled only with a gate that is
 * open and a LOG2SIZE from 1 to 19, CONS then lies in the ring; the engine may fetch only from one
 * that is on, acknowledged, and has no CONS.ERR [HW-9] [HW-16]; a refusal stands at CONS with its
 * code and makes CMDQ_ERR pending, once; after an unmap it is off and its words are 0 but for the
 * phase of GERROR [HW-3].
 *
 * Assumes: any state in which the queue is valid; any fault on demand.
 *
 * Bound: no loop but that over the six words of a page: 7 turns.
 *
 * Takes: 0.6 to 3.2 s each of 3 proofs, at most 145 MiB.
 */
#include "engine.h"

#include "model/vcmdq.c"

static uint32_t interrupts;

void model_interrupt(struct cmdqv_model *m)
{
	interrupts++;
}

void model_trace(struct cmdqv_model *m, const struct cmdqv_trace_event *event)
{
	PROVE(event->index <= queue.mask >> 1, "the index of an entry");
}

void watch_gate(struct cmdqv_model *m, const struct queue *q, bool open)
{
}

void watch_activate(const struct cmdqv_model *m, uint32_t number)
{
}

shared32 *page_words(const struct cmdqv_model *m, uint32_t vintf, uint32_t lvcmdq)
{
	return words;
}

static int write_any(void *user, uint32_t vintf, uint64_t address, uint32_t value)
{
	PROVE(address % 4 == 0 && address != 0, "[HW-15] an aligned word");
	return nondet_int();
}

static void looks(void)
{
	bool was_on = queue.state == QUEUE_ON;
	uint32_t log2size = queue.base & 31;
	bool may = hw_vcmdq_look(&model, &queue);

	PROVE(queue.state != QUEUE_ON || was_on || (log2size >= 1 && log2size <= 19 && queue.gate),
	      "enabled");
	PROVE(!may || (queue.status && queue.gate && !queue_stands(&queue)), "may fetch");
	PROVE(!may || !(queue.cons & CMDQV_VCMDQ_CONS_ERR),
	      "[HW-9] CONS.ERR is cleared when it goes on");
	PROVE(queue.state == QUEUE_OFF || words[2] & 1, "EN 0 is off");
	COVER(may && !was_on, "enabled, and may fetch");
	COVER(queue.state == QUEUE_REFUSED && !was_on, "refused");
}

static void refuses(void)
{
	uint8_t code = nondet_u8();
	uint32_t cons = queue.cons & queue.mask;
	bool pending = queue_stands(&queue);

	ASSUME(queue.state == QUEUE_ON && code >= 1 && code <= 4);
	hw_vcmdq_refuse(&model, &queue, code);
	PROVE(queue.cons == (cons | (uint32_t)code << 24) && words[0] == queue.cons,
	      "stands at CONS");
	PROVE(queue_stands(&queue), "CMDQ_ERR is pending");
	PROVE(interrupts <= 2 && (!pending || interrupts <= 1), "an edge for each new error");
}

static void unmaps(void)
{
	uint32_t gerrorn = words[5] & GERROR_BITS;

	static struct queue *place;

	model.vintfs[0].mapped = 1;
	queue.lvcmdq = 0;
	queue.mapped = true;
	place = &queue;
	model.lvcmdqs[0] = place;
	hw_vcmdq_unmap(&model, &queue);
	PROVE(queue.state == QUEUE_OFF && !queue.status && !queue.gate && !queue.mapped, "off");
	PROVE((words[0] | words[1] | words[2] | words[3] | words[4] | words[5]) == 0,
	      "zeros in the page");
	PROVE((queue.own[0] | queue.own[1] | queue.own[2] | queue.own[3]) == 0, "zeros in private");
	PROVE(queue.own[4] == queue.gerror && queue.own[5] == gerrorn,
	      "[HW-3] GERROR and GERRORN survive");
	PROVE(model.lvcmdqs[0] == NULL && model.vintfs[0].mapped == 0, "unmapped");
}

int main(void)
{
	queue_any();
	model.ops.write = nondet_bool() ? write_any : NULL;
	WHAT();
	PROVE(queue_is_valid(), "the queue is valid");
	REACHED("the end");
}
