/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults on demand [HW-20]: what silicon does not do when one wants it. All are off by
 * default.
 *
 * A refusal strikes when the command was read and traced, before it is decoded: whoever
 * listens sees what lay in memory, also for an abort on fetch.
 */
#include "internal.h"

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

/* The code to refuse the command at `index` with, once, or CMDQV_CERROR_NONE. */
uint8_t fault_take_refusal(struct queue *q, uint32_t index)
{
	uint8_t code = q->refuse_code;

	if (code == CMDQV_CERROR_NONE || q->refuse_index != index)
		return CMDQV_CERROR_NONE;
	q->refuse_code = CMDQV_CERROR_NONE;
	return code;
}
