/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a random test did last, to be told when something does not hold: seed, step, and the
 * last notes. Used under cmocka and under libFuzzer, so the end is the user's.
 */
#ifndef TESTS_SCENARIO_JOURNAL_H
#define TESTS_SCENARIO_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

enum { JOURNAL_NOTES = 24, JOURNAL_NOTE_BYTES = 96 };

struct journal {
	uint64_t seed;
	uint32_t step;
	void (*give_up)(void); /* does not return */
	uint64_t count;	       /* notes by now */
	char notes[JOURNAL_NOTES][JOURNAL_NOTE_BYTES];
};

void journal_begin(struct journal *journal, uint64_t seed, void (*give_up)(void));

__attribute__((format(printf, 2, 3))) void journal_note(struct journal *journal, const char *format,
							...);

/* Tells everything and gives up unless `holds`. */
__attribute__((format(printf, 3, 4))) void journal_expect(struct journal *journal, bool holds,
							  const char *format, ...);

/* What to begin with, so that neighbouring seeds are far apart. */
uint64_t journal_seed(uint64_t seed);

/* Numbers that are the same everywhere: below `limit`, which is not 0. */
uint32_t journal_random(uint64_t *random, uint32_t limit);

#endif
