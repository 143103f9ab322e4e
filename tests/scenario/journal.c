/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "journal.h"

void journal_begin(struct journal *journal, uint64_t seed, void (*give_up)(void))
{
	journal->seed = seed;
	journal->step = 0;
	journal->give_up = give_up;
	journal->count = 0;
}

void journal_note(struct journal *journal, const char *format, ...)
{
	char *note = journal->notes[journal->count++ % JOURNAL_NOTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(note, JOURNAL_NOTE_BYTES, format, arguments);
	va_end(arguments);
}

static void print_notes(const struct journal *journal)
{
	uint64_t first = journal->count > JOURNAL_NOTES ? journal->count - JOURNAL_NOTES : 0;

	for (uint64_t i = first; i < journal->count; i++)
		fprintf(stderr, "  %s\n", journal->notes[i % JOURNAL_NOTES]);
}

void journal_expect(struct journal *journal, bool holds, const char *format, ...)
{
	va_list arguments;

	if (holds)
		return;
	fprintf(stderr, "seed %" PRIu64 ", step %" PRIu32 ": ", journal->seed, journal->step);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "; the last that was done:\n");
	print_notes(journal);
	journal->give_up();
}

uint64_t journal_seed(uint64_t seed)
{
	return seed * UINT64_C(0x9e3779b97f4a7c15);
}

uint32_t journal_random(uint64_t *random, uint32_t limit)
{
	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*random >> 33) % limit;
}
