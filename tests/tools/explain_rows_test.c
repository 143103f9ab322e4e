/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of tools/explain.def: an expression is compiled only when a line may match it. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "explain.h"

#include <pcre2.h>
#include <string.h>

#include "../test.h"

static size_t count_captures(const struct explain_capture *is)
{
	size_t count = 0;

	for (; is->how != EXPLAIN_END; is++)
		count += is->how > EXPLAIN_NOT;
	return count;
}

TEST(each_expression_compiles_and_has_as_many_captures_as_names)
{
	/* The last row has neither id nor text. */
	for (const struct explain_row *row = explain_rows; row->id || row->number; row++) {
		uint32_t captures;
		pcre2_code *code;
		size_t at;
		int err;

		if (row->kind != EXPLAIN_PART)
			continue;
		code = pcre2_compile((PCRE2_SPTR)row->text, PCRE2_ZERO_TERMINATED, 0, &err, &at,
				     NULL);
		if (!code)
			fail_msg("no expression at %zu: %s", at, row->text);
		pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &captures);
		if (captures > EXPLAIN_CAPTURES || count_captures(row->captures) > captures)
			fail_msg("%u captures: %s", captures, row->text);
		pcre2_code_free(code);
	}
}

/* A piece again and again, and at the end what fits nowhere. */
static void make_hostile(const char *piece, char line[EXPLAIN_LINE])
{
	size_t length = strlen(piece);

	for (size_t at = 0; at < EXPLAIN_LINE; at++)
		line[at] = at + 2 < EXPLAIN_LINE ? piece[at % length] : '!';
	line[EXPLAIN_LINE - 1] = '\0';
}

TEST(no_expression_tries_all_ways_to_match_a_hostile_line)
{
	static const char *const pieces[] = {
		"A=1111111111", "A=0xAAAAAAAAAA", "aaaa",	 "AAAA_",
		"1111",		"0x1 ",		  "fail error ", "vfio smmu CMDQV VINTF "};
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	pcre2_match_data *found = pcre2_match_data_create(1, NULL);
	char line[EXPLAIN_LINE];

	pcre2_set_match_limit(limits, EXPLAIN_STEPS);
	for (const struct explain_row *row = explain_rows; row->id || row->number; row++) {
		size_t at;
		int err;
		pcre2_code *code;

		if (row->kind != EXPLAIN_PART)
			continue;
		code = pcre2_compile((PCRE2_SPTR)row->text, PCRE2_ZERO_TERMINATED, 0, &err, &at,
				     NULL);
		assert_non_null(code);
		for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
			make_hostile(pieces[i], line);
			if (pcre2_match(code, (PCRE2_SPTR)line, EXPLAIN_LINE - 1, 0, 0, found,
					limits) == PCRE2_ERROR_MATCHLIMIT)
				fail_msg("too many steps on '%s': %s", pieces[i], row->text);
		}
		pcre2_code_free(code);
	}
	pcre2_match_data_free(found);
	pcre2_match_context_free(limits);
}

static void check_sentence(const char *text)
{
	for (text = text ? strchr(text, '{') : NULL; text; text = strchr(text, '{')) {
		size_t length = strcspn(++text, ":}");

		if (explain_fact(text, length) == EXPLAIN_FACTS)
			fail_msg("no fact: %.*s", (int)length, text);
	}
}

TEST(each_name_in_a_sentence_is_a_fact)
{
	for (const struct explain_row *row = explain_rows; row->id || row->number; row++) {
		if (row->kind > EXPLAIN_RULE) {
			check_sentence(row->text);
			check_sentence(row->remedy);
		}
	}
}

TEST(an_id_has_no_more_rows_than_an_incident_has_bits_for_them)
{
	size_t rows = 0;

	for (const struct explain_row *row = explain_rows; row->id || row->number; row++) {
		rows = row->kind > EXPLAIN_ADVICE ? rows + 1 : 0;
		if (rows >= 8 * sizeof(((struct explain_incident *)NULL)->holds[0]))
			fail_msg("too many rows: %s", row->text);
	}
}

TEST(each_fact_is_found)
{
	static const char *const names[] = {
#define FACT(name) #name,
#include "explain.def"
	};

	for (size_t i = 0; i < EXPLAIN_FACTS; i++)
		assert_int_equal(explain_fact(names[i], strlen(names[i])), i);
	assert_int_equal(explain_fact("addres", 6), EXPLAIN_FACTS);
}
