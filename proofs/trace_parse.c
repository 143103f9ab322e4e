/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: cmdqv_trace_parse() of any line of up to LENGTH characters that begins with FIRST reads
 * none behind its end; what it takes has members in range, so that cmdqv_trace_format() has a line
 * for it; what it refuses leaves an event of nothing.
 *
 * Assumes: a terminated line.
 *
 * Bound: LENGTH characters and a few turns more, 17 for the digits of a number. Each character is
 * looked at by itself, and numbers, blanks and ends all come within LENGTH.
 *
 * Takes: 0.3 to 7.5 s each of 5 proofs, at most 204 MiB.
 */
#include "proof.h"
#include "words.h"

#include "base/trace.c"

int main(void)
{
	char line[LENGTH + 1];
	struct cmdqv_trace_event event;
	int err;

	for (int i = 0; i < LENGTH; i++)
		line[i] = (char)nondet_u8();
	line[LENGTH] = '\0';
	line[0] = FIRST;
	err = cmdqv_trace_parse(line, &event, NULL);
	PROVE(err == 0 || err == -EINVAL || err == -ENOTSUP, "an errno");
	PROVE(event.vintf == 0 && event.lvcmdq == 0, "not part of the line");
	if (err == -EINVAL) {
		PROVE(event.kind == CMDQV_TRACE_NOTHING && event.value[0] == 0, "refused: nothing");
	}
	COVER(err != 0, "refused");
	if (err)
		return 0;
	PROVE(event.queue < CMDQV_MAX_VCMDQS && event.index < 1U << CMDQV_MAX_LOG2SIZE,
	      "a queue, an entry");
	PROVE(value_fits(event.value[0], event.size) || event.kind == CMDQV_TRACE_COMMAND,
	      "a value that fits");
	PROVE(event.kind != CMDQV_TRACE_REFUSED || code_good(event.code), "a code");
	PROVE(event.kind != CMDQV_TRACE_GEOMETRY || geometry_good(&event), "a geometry");
	COVER(event.kind == KIND, "taken");
	REACHED("the end");
}
