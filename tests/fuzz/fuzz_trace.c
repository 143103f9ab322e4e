/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line that can be parsed can be formatted, and says the same then; formatting keeps to
 * the bytes that it is given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/trace.h>

#include "fuzz.h"

static bool same(const struct cmdqv_trace_event *a, const struct cmdqv_trace_event *b)
{
	return a->kind == b->kind && a->offset == b->offset && a->value[0] == b->value[0] &&
	       a->value[1] == b->value[1] && a->queue == b->queue && a->index == b->index &&
	       a->size == b->size && a->code == b->code && a->log2_vcmdqs == b->log2_vcmdqs &&
	       a->log2_vintfs == b->log2_vintfs && a->log2_sids == b->log2_sids;
}

static void check_round_trip(const struct cmdqv_trace_event *event, const char *line)
{
	char formatted[CMDQV_TRACE_LINE_BYTES];
	struct cmdqv_trace_event again;
	int length = cmdqv_trace_format(event, formatted, sizeof(formatted));

	if (length >= 0 && strlen(formatted) == (size_t)length &&
	    cmdqv_trace_parse(formatted, &again, NULL) == 0 && same(event, &again))
		return;
	fprintf(stderr, "\"%s\" became \"%s\" (%d)\n", line, length < 0 ? "" : formatted, length);
	abort();
}

/* Each on the heap, in so many bytes, for AddressSanitizer to see. */
static void format_into_too_little(const struct cmdqv_trace_event *event)
{
	for (size_t bytes = 1; bytes < CMDQV_TRACE_LINE_BYTES; bytes++) {
		char *line = malloc(bytes);

		if (line)
			(void)cmdqv_trace_format(event, line, bytes);
		free(line);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct cmdqv_trace_event event;
	char *line = malloc(size + 1);

	if (!line)
		return 0;
	if (size > 0)
		memcpy(line, bytes, size);
	line[size] = 0;
	if (cmdqv_trace_parse(line, &event, NULL) == 0 && event.kind != CMDQV_TRACE_NOTHING) {
		check_round_trip(&event, line);
		format_into_too_little(&event);
	}
	free(line);
	return 0;
}
