/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults on demand [HW-20], which silicon does not offer. All are off by default.
 *
 * A fault that strikes by count is a number of the queue. engine.c or vcmdq.c takes it down by
 * one each time, at the place where the real fault would happen.
 *
 * A refusal strikes when the command was read and traced, before it is decoded: a
 * trace shows what lay in memory, also for an abort on fetch that is ordered for an
 * index. One that is ordered by count strikes before the command is read.
 */
#include "fault.h"

#include <errno.h>

int cmdqv_model_refuse(struct cmdqv_model *m, uint32_t queue, uint32_t index, uint8_t code)
{
	struct queue *q;

	if (m->busy)
		return -EBUSY;
	if (queue >= reg_num_vcmdqs(&m->geometry) || index >> CMDQV_MAX_LOG2SIZE != 0 ||
	    code > CMDQV_CERROR_ILL_ACCESS)
		return -EINVAL;
	q = &m->queues[queue];
	q->refuse_index = index;
	q->refuse_code = code;
	return 0;
}

int cmdqv_model_inject(struct cmdqv_model *m, uint32_t queue, enum cmdqv_fault kind, uint32_t count)
{
	if (m->busy)
		return -EBUSY;
	if (queue >= reg_num_vcmdqs(&m->geometry) || (unsigned int)kind >= CMDQV_FAULTS)
		return -EINVAL;
	m->queues[queue].faults[kind] = count;
	return 0;
}

uint64_t cmdqv_model_struck(const struct cmdqv_model *m, uint32_t queue, enum cmdqv_fault kind)
{
	if (queue >= reg_num_vcmdqs(&m->geometry) || (unsigned int)kind >= CMDQV_FAULTS)
		return 0;
	return m->queues[queue].struck[kind];
}

int cmdqv_model_exchange_time_out(struct cmdqv_model *m, uint32_t queue, bool timed_out)
{
	bool had;

	if (m->busy)
		return -EBUSY;
	if (queue >= reg_num_vcmdqs(&m->geometry))
		return -EINVAL;
	had = m->queues[queue].atc_timed_out;
	m->queues[queue].atc_timed_out = timed_out;
	return had;
}

/* Does it strike now? If so, that was one of its times. */
bool fault_strikes(struct queue *q, enum cmdqv_fault kind)
{
	if (q->faults[kind] == 0)
		return false;
	if (q->faults[kind] != CMDQV_FAULT_FOR_EVER)
		q->faults[kind]--;
	q->struck[kind]++;
	return true;
}

/* The code to refuse the command at `index` with, this time, or CMDQV_CERROR_NONE. */
uint8_t fault_take_refusal(struct queue *q, uint32_t index)
{
	uint8_t code = q->refuse_code;

	if (code == CMDQV_CERROR_NONE || q->refuse_index != index)
		return fault_strikes(q, CMDQV_FAULT_REFUSE) ? CMDQV_CERROR_ILL : CMDQV_CERROR_NONE;
	q->refuse_code = CMDQV_CERROR_NONE;
	return code;
}
