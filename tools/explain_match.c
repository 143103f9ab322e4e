/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Most lines of a log match nothing, and a regular expression takes long to say so. Each
 * expression is therefore tried only on lines that contain its needle: the longest run of plain
 * characters that whatever it matches must contain, one for each of its alternatives at the top.
 * One pass over a line finds all needles, by a table of their first four characters. An expression
 * without a needle is one for short lines.
 */
#include "explain.h"

#define PCRE2_CODE_UNIT_WIDTH 8

#include <assert.h>
#include <ctype.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define TAKE(name) {EXPLAIN_TAKE, FACT_##name},
#define HEX(name) {EXPLAIN_HEX, FACT_##name},
#define TELLS(name) {EXPLAIN_TELLS, FACT_##name},
#define IS(name) {EXPLAIN_IS, FACT_##name},
#define NOT(name) {EXPLAIN_NOT, FACT_##name},
#define ID {EXPLAIN_ID, EXPLAIN_FACTS},
#define SKIP {EXPLAIN_SKIP, EXPLAIN_FACTS},
#define NOTHING
#define FACTS(...)                                                                                 \
	(const struct explain_capture[])                                                           \
	{                                                                                          \
		__VA_ARGS__                                                                        \
		{                                                                                  \
			EXPLAIN_END, EXPLAIN_FACTS                                                 \
		}                                                                                  \
	}
#define LINE(id, expression, ...) PART(id, 5, "", expression, __VA_ARGS__)
#define PART(id, weight, family, expression, ...)                                                  \
	{EXPLAIN_PART, __LINE__, id, weight, expression, family, FACTS(__VA_ARGS__)},
#define CALL(call, expression) PART("=vmm", 5, call, expression, NOTHING)
#define ADVICE(id, weight) {EXPLAIN_ADVICE, __LINE__, id, weight, NULL, NULL, NULL},
#define LET(name, value) {.kind = EXPLAIN_RULE, .number = __LINE__},
#define ALSO(when, id) {.kind = EXPLAIN_RULE, .number = __LINE__},
#define SAY(when, sentence) {EXPLAIN_SAY, __LINE__, NULL, 0, sentence, NULL, NULL},
#define PLACE(when, text) {EXPLAIN_PLACE, __LINE__, NULL, 0, text, NULL, NULL},
#define CAUSE(when, cause, remedy) {EXPLAIN_CAUSE, __LINE__, NULL, 0, cause, remedy, NULL},
const struct explain_row explain_rows[] = {
#include "explain.def"
	{.kind = EXPLAIN_ADVICE}, /* the end */
};

enum {
	ROWS = sizeof(explain_rows) / sizeof(explain_rows[0]) - 1,
	ROW_WORDS = ROWS / 64 + 1,
	HASH_BITS = 14,
	HASHED = 4, /* characters */
	NEEDLE = 64,
	MOST_NEEDLES = 1024,
};

struct needle {
	char text[NEEDLE];
	size_t length;
	size_t row;
	size_t next; /* in its bucket; 0: none */
};

struct explain_patterns {
	pcre2_code *code[ROWS]; /* of those that were needed */
	pcre2_match_data *found;
	pcre2_match_context *limits; /* a hostile line is given up */
	uint64_t is_short[ROW_WORDS];
	uint64_t is_candidate[ROW_WORDS];    /* of the line that was looked at last */
	struct needle needles[MOST_NEEDLES]; /* from 1 on */
	size_t needle_count;
	struct lh_table *definitions;
	uint16_t bucket[1 << HASH_BITS];
};

static void put_in(uint64_t *rows, size_t row)
{
	rows[row / 64] |= UINT64_C(1) << row % 64;
}

static size_t hash(const char *text)
{
	uint32_t word;

	memcpy(&word, text, HASHED);
	return word * UINT32_C(0x9E3779B1) >> (32 - HASH_BITS);
}

/* A character that stands for itself, and must be there. */
static bool take_plain(const char **at, char *plain)
{
	const char *next = *at + (**at == '\\');

	if ((next == *at && strchr("^$.[]()|*+?{}", *next)) || (next[1] && strchr("*?{", next[1])))
		return false;
	*plain = *next;
	*at = next + 1;
	return true;
}

/* The longest run of plain characters outside of groups. Returns the '|' at the top, or the end. */
static const char *take_needle(const char *at, struct needle *needle)
{
	char run[NEEDLE];
	size_t length = 0;
	int depth = 0;

	for (;; at++, length = 0) {
		while (depth == 0 && length < NEEDLE && take_plain(&at, &run[length]))
			length++;
		if (length > needle->length) {
			memcpy(needle->text, run, length);
			needle->length = length;
		}
		if (*at == '\0' || (*at == '|' && depth == 0))
			return at;
		depth += (*at == '(') - (*at == ')');
		at += *at == '[' ? 2 + strcspn(at + 2, "]") : *at == '\\';
	}
}

/* Each alternative has a needle, or the row is one for short lines. */
static void add_needles(struct explain_patterns *patterns, size_t row)
{
	const char *at = explain_rows[row].text;

	do {
		struct needle *needle = &patterns->needles[patterns->needle_count + 1];

		*needle = (struct needle){.row = row};
		at = take_needle(at, needle);
		if (needle->length < HASHED) {
			put_in(patterns->is_short, row);
		} else {
			uint16_t *bucket = &patterns->bucket[hash(needle->text)];

			needle->next = *bucket;
			*bucket = (uint16_t)++patterns->needle_count;
		}
		assert(patterns->needle_count < MOST_NEEDLES - 1);
	} while (*at++);
}

static bool is_head(const struct explain_row *row)
{
	return row->kind <= EXPLAIN_ADVICE;
}

/* Several heads of an id may stand before its rows. Some have none: they come last. */
static void add_definitions(struct lh_table *definitions)
{
	for (int bare = 0; bare < 2; bare++)
		for (const struct explain_row *row = explain_rows; row < explain_rows + ROWS; row++)
			if (is_head(row) && is_head(row + 1) == bare &&
			    !lh_table_lookup_entry(definitions, row->id))
				lh_table_insert(definitions, (void *)row->id, row);
}

const struct explain_row *explain_definition(const struct explain_patterns *patterns,
					     const char *id)
{
	void *row;

	return lh_table_lookup_ex(patterns->definitions, id, &row) ? row : NULL;
}

struct explain_patterns *explain_compile(void)
{
	struct explain_patterns *patterns = calloc(1, sizeof(*patterns));

	if (!patterns)
		return NULL;
	patterns->found = pcre2_match_data_create(EXPLAIN_CAPTURES + 1, NULL);
	patterns->limits = pcre2_match_context_create(NULL);
	pcre2_set_match_limit(patterns->limits, EXPLAIN_STEPS);
	patterns->definitions = lh_kchar_table_new(ROWS, NULL);
	add_definitions(patterns->definitions);
	for (size_t row = 0; row < ROWS; row++)
		if (explain_rows[row].kind == EXPLAIN_PART)
			add_needles(patterns, row);
	return patterns;
}

void explain_free(struct explain_patterns *patterns)
{
	for (size_t row = 0; row < ROWS; row++)
		pcre2_code_free(patterns->code[row]);
	lh_table_free(patterns->definitions);
	pcre2_match_data_free(patterns->found);
	pcre2_match_context_free(patterns->limits);
	free(patterns);
}

/* Which rows may match: those whose needle is in the line, and of a short line, values. */
static void scan(struct explain_patterns *patterns, const char *line)
{
	size_t length = strlen(line);
	bool is_short = length <= EXPLAIN_SHORT && isalnum((unsigned char)line[0]);

	for (size_t i = 0; i < ROW_WORDS; i++)
		patterns->is_candidate[i] = is_short ? patterns->is_short[i] : 0;
	for (size_t at = 0; at + HASHED <= length; at++) {
		for (size_t i = patterns->bucket[hash(line + at)]; i;
		     i = patterns->needles[i].next) {
			const struct needle *needle = &patterns->needles[i];

			if (memcmp(needle->text, line + at, HASHED) == 0 &&
			    needle->length <= length - at &&
			    memcmp(needle->text, line + at, needle->length) == 0)
				put_in(patterns->is_candidate, needle->row);
		}
	}
}

static bool match_row(struct explain_patterns *patterns, const char *line,
		      struct explain_match *match)
{
	pcre2_code **code = &patterns->code[match->row];
	const size_t *part = pcre2_get_ovector_pointer(patterns->found);
	size_t at;
	int err;
	int parts;

	if (!*code) {
		*code = pcre2_compile((PCRE2_SPTR)explain_rows[match->row].text,
				      PCRE2_ZERO_TERMINATED, 0, &err, &at, NULL);
		pcre2_jit_compile(*code, PCRE2_JIT_COMPLETE);
	}
	parts = pcre2_match(*code, (PCRE2_SPTR)line, strlen(line), 0, 0, patterns->found,
			    patterns->limits);
	if (parts <= 0)
		return false; /* what was found before is nothing */
	for (int i = 0; i < EXPLAIN_CAPTURES; i++) {
		bool is_there = i + 1 < parts && part[2 * i + 2] != PCRE2_UNSET;

		match->capture[i].at = is_there ? line + part[2 * i + 2] : NULL;
		match->capture[i].length = is_there ? part[2 * i + 3] - part[2 * i + 2] : 0;
	}
	match->at = line + part[0];
	return true;
}

bool explain_find(struct explain_patterns *patterns, const char *line, struct explain_match *match)
{
	if (match->row == 0)
		scan(patterns, line);
	for (; match->row < ROWS; match->row++) {
		uint64_t rest = patterns->is_candidate[match->row / 64] >> match->row % 64;

		if (rest == 0) /* up to the last one of this word */
			match->row |= 63;
		else if ((rest & 1) && match_row(patterns, line, match))
			return true;
	}
	return false;
}
