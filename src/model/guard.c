/* SPDX-License-Identifier: BSD-2-Clause */
/* The guard against callbacks that call the model again, and the calls out. */
#include "guard.h"

#include <errno.h>

int model_enter(struct cmdqv_model *m)
{
	if (m->busy)
		return -EBUSY;
	m->busy = true;
	return 0;
}

void model_leave(struct cmdqv_model *m)
{
	m->busy = false;
}

void model_trace(struct cmdqv_model *m, const struct cmdqv_trace_event *event)
{
	if (m->ops.trace)
		m->ops.trace(m->user, event);
}

void model_interrupt(struct cmdqv_model *m)
{
	m->interrupts++;
	model_trace(m, &(struct cmdqv_trace_event){.kind = CMDQV_TRACE_INTERRUPT});
	m->ops.interrupt(m->user);
}
