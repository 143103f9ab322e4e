/* SPDX-License-Identifier: BSD-2-Clause */
#include "recorder.h"

#include <errno.h>

static void write_line(struct recorder *recorder, const char *line)
{
	if (recorder->error)
		return;
	errno = 0;
	if (fprintf(recorder->to, "%s\n", line) < 0)
		recorder->error = errno ? -errno : -EIO;
}

void recorder_device(struct recorder *recorder, const struct cmdqv_trace_event *event)
{
	char line[CMDQV_TRACE_LINE_BYTES];

	if (recorder->to && cmdqv_trace_format(event, line, sizeof(line)) > 0)
		write_line(recorder, line);
}

void recorder_model(struct recorder *recorder, const struct cmdqv_trace_event *event)
{
	struct cmdqv_trace_event guests = *event;

	if (event->kind != CMDQV_TRACE_COMMAND && event->kind != CMDQV_TRACE_REFUSED)
		return;
	if (event->vintf != recorder->vintf)
		return;
	guests.queue = event->lvcmdq;
	recorder_device(recorder, &guests);
}

void recorder_begin(struct recorder *recorder, FILE *to, uint32_t vintf, uint8_t log2_queues,
		    uint8_t log2_sids)
{
	struct cmdqv_trace_event geometry = {
		.kind = CMDQV_TRACE_GEOMETRY,
		.log2_vcmdqs = log2_queues,
		.log2_sids = log2_sids,
	};

	*recorder = (struct recorder){.to = to, .vintf = vintf};
	if (!to)
		return;
	write_line(recorder, CMDQV_TRACE_FIRST_LINE);
	recorder_device(recorder, &geometry);
}

int recorder_end(struct recorder *recorder)
{
	const struct cmdqv_trace_event end = {.kind = CMDQV_TRACE_END};

	recorder_device(recorder, &end);
	if (recorder->to && !recorder->error && fflush(recorder->to))
		recorder->error = errno ? -errno : -EIO;
	return recorder->error;
}
