/* SPDX-License-Identifier: BSD-2-Clause */
#include "conformance.h"
#include "steps.h"
#include "words.h"

static const struct case_table *const tables[] = {
	&registers_cases,
	&life_cases,
	&command_cases,
	&error_cases,
};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static const struct conformance_case *next(const char *only, size_t *table, size_t *row)
{
	for (; *table < TABLES; (*table)++, *row = 0) {
		while (*row < tables[*table]->count) {
			const struct conformance_case *it = &tables[*table]->cases[(*row)++];

			if (!only || words_match(only, it->rule) || words_match(only, it->name))
				return it;
		}
	}
	return NULL;
}

static void describe(struct words *text, const struct conformance_case *it, const char *first,
		     const char *second)
{
	words_add(text, first);
	words_add(text, it->required ? " required " : " ours ");
	words_add(text, second);
}

/* ---- a case ---- */

struct attempt {
	struct run *run;
	const struct conformance_case *it;
};

static void read_geometry(struct run *run)
{
	const uint32_t param = get(run, CMDQV_REG_PARAM);

	run->queues = 1U << CMDQV_GET(CMDQV_PARAM_NUM_VCMDQ_LOG2, param) >>
		      CMDQV_GET(CMDQV_PARAM_NUM_VINTF_LOG2, param);
	run->sids = 1U << CMDQV_GET(CMDQV_PARAM_NUM_SID_PER_VM_LOG2, param);
	/* What PARAM says has a case of its own. */
	run->queues = run->queues < 1 ? 1 : run->queues > 128 ? 128 : run->queues;
	run->sids = run->sids > 16 ? 16 : run->sids;
}

static int attempt(void *argument)
{
	struct attempt *the = argument;

	read_geometry(the->run);
	if (!the->it->as_found && !take_down(the->run))
		return false;
	return the->it->run(the->run);
}

static bool passes(struct run *run, const struct conformance_case *it)
{
	const struct carrier *carrier = run->carrier;
	struct attempt the = {run, it};
	int result;

	run->skipped = false;
	run->why[0] = 0;
	result = carrier->attempt ? carrier->attempt(carrier->user, attempt, &the) : attempt(&the);
	if (result < 0)
		(void)fail(run, "an access was aborted");
	return result == true;
}

/* Whatever the case left: the next one starts from there, and so does a driver after the last. */
static int clean(void *argument)
{
	return take_down(argument);
}

static void report(struct run *run, const struct conformance_case *it, uint32_t number, bool passed)
{
	char line[256];
	struct words text = {line, sizeof(line), 0};

	words_add(&text, passed ? "ok " : "not ok ");
	words_number(&text, number);
	words_add(&text, " - ");
	describe(&text, it, it->rule, it->name);
	words_add(&text, ": ");
	words_add(&text, it->words);
	if (run->skipped) {
		words_add(&text, " # SKIP ");
		words_add(&text, run->why);
	}
	run->carrier->print(run->carrier->user, line);
	if (passed)
		return;
	text.length = 0;
	words_add(&text, "# ");
	words_add(&text, run->why);
	run->carrier->print(run->carrier->user, line);
}

int conformance_run(const struct carrier *carrier, const char *only)
{
	struct run run; /* set as it is used: a zeroed one takes a memset(), which a bare guest
			   lacks */
	const struct conformance_case *it;
	size_t table = 0, row = 0;
	char line[32];
	struct words text = {line, sizeof(line), 0};
	uint32_t number = 0;
	int failed = 0;

	run.carrier = carrier;
	while (next(only, &table, &row))
		number++;
	words_add(&text, "1..");
	words_number(&text, number);
	carrier->print(carrier->user, line);
	if (!number)
		return -1;
	number = 0;
	table = row = 0;
	while ((it = next(only, &table, &row))) {
		const bool passed = passes(&run, it);

		failed += !passed;
		report(&run, it, ++number, passed);
	}
	if (carrier->attempt)
		(void)carrier->attempt(carrier->user, clean, &run);
	else
		(void)clean(&run);
	return failed;
}

int conformance_list(const struct carrier *carrier, const char *only)
{
	const struct conformance_case *it;
	size_t table = 0, row = 0;
	int count = 0;

	while ((it = next(only, &table, &row))) {
		char line[256];
		struct words text = {line, sizeof(line), 0};

		count++;
		describe(&text, it, it->name, it->rule);
		words_add(&text, " ");
		words_add(&text, it->words);
		carrier->print(carrier->user, line);
	}
	return count;
}
