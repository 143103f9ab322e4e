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
		if (regcomp(&regex, row->when, REG_EXTENDED) != 0)
			fail_msg("no expression: %s", row->when);
		if (regex.re_nsub > EXPLAIN_CAPTURES || count_names(row->text) > regex.re_nsub)
			fail_msg("%zu captures, names '%s': %s", regex.re_nsub, row->text,
				 row->when);
		regfree(&regex);
	}
}
