/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of tools/explain.def: an expression is compiled only when a line may match it. */
#include "explain.h"

#include <regex.h>
#include <string.h>

#include "../test.h"

/* Captures are named one by one; "name=1" has none. */
static size_t count_names(const char *names)
{
	size_t count = 0;

	for (; *names; names += strspn(names, " ")) {
		size_t length = strcspn(names, " ");

		count += !memchr(names, '=', length);
		names += length;
	}
	return count;
}

TEST(each_expression_compiles_and_has_as_many_captures_as_names)
{
	/* The last row has neither id nor text. */
	for (const struct explain_row *row = explain_rows; row->id || row->text; row++) {
		regex_t regex;

		if (row->kind != EXPLAIN_PART)
			continue;
		if (regcomp(&regex, row->text, REG_EXTENDED) != 0)
			fail_msg("no expression: %s", row->text);
		if (regex.re_nsub > EXPLAIN_CAPTURES || count_names(row->names) > regex.re_nsub)
			fail_msg("%zu captures, names '%s': %s", regex.re_nsub, row->names,
				 row->text);
		regfree(&regex);
	}
}

/* Is the text a fact's name, of `length` characters? */
static void check_name(const char *text, size_t length)
{
	if (explain_fact(text, length) == EXPLAIN_FACTS)
		fail_msg("no fact: %.*s", (int)length, text);
}

static void check_sentence(const char *text)
{
	for (text = text ? strchr(text, '{') : NULL; text; text = strchr(text, '{')) {
		text++;
		check_name(text, strcspn(text, ":}"));
	}
}

TEST(each_name_of_a_capture_and_in_a_sentence_is_a_fact)
{
	for (const struct explain_row *row = explain_rows; row->id || row->text; row++) {
		const char *name = row->kind == EXPLAIN_PART ? row->names : "";

		for (; *name; name += strspn(name, " ")) {
			if (*name != '-' && *name != '@')
				check_name(name, strcspn(name, " :!="));
			name += strcspn(name, " ");
		}
		if (row->kind > EXPLAIN_ALSO) {
			check_sentence(row->text);
			check_sentence(row->names);
		}
	}
}
