/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace lines, as recordings have them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmdqv/trace.h>

#include "../test.h"

static const struct {
	const char *line;
	struct cmdqv_trace_event event;
} pairs[] = {
	{"R4 00000 20083", {.kind = CMDQV_TRACE_READ, .size = 4, .value = {0x20083}}},
	{"R8 010c0 2", {.kind = CMDQV_TRACE_READ, .size = 8, .offset = 0x10c0, .value = {2}}},
	{"W4 30084 3e", {.kind = CMDQV_TRACE_WRITE, .size = 4, .offset = 0x30084, .value = {0x3e}}},
	{"W8 40080 ffffffffffffffff",
	 {.kind = CMDQV_TRACE_WRITE, .size = 8, .offset = 0x40080, .value = {UINT64_MAX}}},
	{"W4 30084 ffffffff",
	 {.kind = CMDQV_TRACE_WRITE, .size = 4, .offset = 0x30084, .value = {UINT32_MAX}}},
	{"W8 82ff88 0", {.kind = CMDQV_TRACE_WRITE, .size = 8, .offset = 0x82ff88}},
	{"R1 00003 0", {.kind = CMDQV_TRACE_READ, .size = 1, .offset = 3}},
	{"W255 ffffffffffffffff 1",
	 {.kind = CMDQV_TRACE_WRITE, .size = 255, .offset = UINT64_MAX, .value = {1}}},
	{"C q1 60 0002000000400012 00000000fffa0701",
	 {.kind = CMDQV_TRACE_COMMAND,
	  .queue = 1,
	  .index = 60,
	  .value = {0x0002000000400012, 0xfffa0701}}},
	{"C q127 524287 ffffffffffffffff 0000000000000000",
	 {.kind = CMDQV_TRACE_COMMAND, .queue = 127, .index = 524287, .value = {UINT64_MAX, 0}}},
	{"E q1 60 2", {.kind = CMDQV_TRACE_REFUSED, .queue = 1, .index = 60, .code = 2}},
	{"E q0 0 4", {.kind = CMDQV_TRACE_REFUSED, .code = 4}},
	{"I", {.kind = CMDQV_TRACE_INTERRUPT}},
	{"X reset", {.kind = CMDQV_TRACE_RESET}},
	{"G 1 0 4", {.kind = CMDQV_TRACE_GEOMETRY, .log2_vcmdqs = 1, .log2_sids = 4}},
	{"G 7 6 4",
	 {.kind = CMDQV_TRACE_GEOMETRY, .log2_vcmdqs = 7, .log2_vintfs = 6, .log2_sids = 4}},
};

static void assert_same(const struct cmdqv_trace_event *a, const struct cmdqv_trace_event *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->value[0], b->value[0]);
	assert_int_equal(a->value[1], b->value[1]);
	assert_int_equal(a->queue, b->queue);
	assert_int_equal(a->index, b->index);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->code, b->code);
	assert_int_equal(a->log2_vcmdqs, b->log2_vcmdqs);
	assert_int_equal(a->log2_vintfs, b->log2_vintfs);
	assert_int_equal(a->log2_sids, b->log2_sids);
}

/* [DEV-30] */
TEST(every_kind_of_line_is_read)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct cmdqv_trace_event event;

		assert_int_equal(cmdqv_trace_parse(pairs[i].line, &event, NULL), 0);
		assert_same(&event, &pairs[i].event);
	}
}

/* [DEV-30] */
TEST(every_kind_of_event_is_written)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		char line[CMDQV_TRACE_LINE_BYTES];

		assert_int_equal(cmdqv_trace_format(&pairs[i].event, line, sizeof(line)),
				 strlen(pairs[i].line));
		assert_string_equal(line, pairs[i].line);
	}
}

TEST(a_line_feed_and_blanks_do_not_matter)
{
	static const char *const same[] = {"W4 30084 3e", "W4 30084 3e\n", "W4\t30084  3E  \n",
					   "W4 0030084 003e"};

	for (size_t i = 0; i < COUNT(same); i++) {
		struct cmdqv_trace_event event;

		assert_int_equal(cmdqv_trace_parse(same[i], &event, NULL), 0);
		assert_same(&event, &pairs[2].event);
	}
}

TEST(comments_and_empty_lines_are_nothing)
{
	static const char *const lines[] = {
		"",
		"\n",
		"   \n",
		"#",
		"# anything at all\n",
		"# cmdqv access trace, recorded 2026-11-22\n",
		"# cmdqv-trace 1",
		"# cmdqv-trace 1\n",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct cmdqv_trace_event event = {.kind = CMDQV_TRACE_RESET, .queue = 3};

		assert_int_equal(cmdqv_trace_parse(lines[i], &event, NULL), 0);
		assert_int_equal(event.kind, CMDQV_TRACE_NOTHING);
		assert_int_equal(event.queue, 0);
	}
}

TEST(another_version_of_the_format_is_not_supported)
{
	static const char *const lines[] = {"# cmdqv-trace 2\n", "# cmdqv-trace 10",
					    "# cmdqv-trace 1 extended", "# cmdqv-trace "};

	for (size_t i = 0; i < COUNT(lines); i++) {
		struct cmdqv_error error = {0};
		struct cmdqv_trace_event event;

		assert_int_equal(cmdqv_trace_parse(lines[i], &event, &error), -ENOTSUP);
		assert_int_equal(error.code, -ENOTSUP);
		assert_string_equal(error.id, "other-trace-version");
	}
}

TEST(a_malformed_line_is_refused_and_the_error_says_what_was_expected)
{
	static const struct {
		const char *line;
		const char *expected;
	} cases[] = {
		{"Q4 0 0", "begins with"},
		{" R4 0 0", "begins with"},
		{"r4 0 0", "begins with"},
		{"R", "bytes of the access"},
		{"R 4 0 0", "bytes of the access"},
		{"Rx 0 0", "bytes of the access"},
		{"R256 0 0", "255 bytes"},
		{"R4", "offset"},
		{"R4 zz 0", "offset"},
		{"R4 0x10 0", "offset"},
		{"R4 11111111111111111 0", "offset"},
		{"R4 00000", "value"},
		{"R4 00000 -1", "value"},
		{"R4 00000 11111111111111111", "value"},
		{"R4 00000 100000000", "fits"},
		{"W0 00000 1", "fits"},
		{"W4 00000 1 2", "nothing more"},
		{"W4 00000 1\r\n", "value"},
		{"W4 00000 1\nW4 00000 1", "nothing more"},
		{"C", "queue"},
		{"C 1 0 0 0", "queue"},
		{"Cq1 0 0 0", "queue"},
		{"C q128 0 0 0", "queue"},
		{"C q 0 0 0", "queue"},
		{"C q1", "index"},
		{"C q1 524288 0 0", "index"},
		{"C q1 3c 0 0", "index"},
		{"C q1 0", "first word"},
		{"C q1 0 0", "second word"},
		{"C q1 0 0 0 0", "nothing more"},
		{"E q1 0", "code"},
		{"E q1 0 0", "code"},
		{"E q1 0 5", "code"},
		{"E q1 0 99999999999999999999", "code"},
		{"I I", "nothing more"},
		{"X", "reset"},
		{"X res", "reset"},
		{"X resets", "nothing more"},
		{"G 1 0", "SID"},
		{"G 8 0 0", "VCMDQs"},
		{"G 7 7 0", "VINTFs"},
		{"G 7 6 5", "SID"},
		{"G 1 2 4", "at least as many"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cmdqv_error error = {0};
		struct cmdqv_trace_event event = {.queue = 5};

		if (cmdqv_trace_parse(cases[i].line, &event, &error) != -EINVAL)
			fail_msg("taken: %s", cases[i].line);
		assert_string_equal(error.id, "bad-trace-line");
		if (!strstr(error.text, cases[i].expected))
			fail_msg("%s: %s", cases[i].line, error.text);
		assert_int_equal(event.kind, CMDQV_TRACE_NOTHING);
		assert_int_equal(cmdqv_trace_parse(cases[i].line, &event, NULL), -EINVAL);
	}
}

TEST(an_event_without_a_line_is_refused)
{
	static const struct cmdqv_trace_event events[] = {
		{.kind = CMDQV_TRACE_NOTHING},
		{.kind = CMDQV_TRACE_READ, .size = 4, .value = {0x100000000}},
		{.kind = CMDQV_TRACE_WRITE, .size = 1, .value = {0x100}},
		{.kind = CMDQV_TRACE_COMMAND, .queue = 128},
		{.kind = CMDQV_TRACE_COMMAND, .index = 524288},
		{.kind = CMDQV_TRACE_REFUSED, .code = 0},
		{.kind = CMDQV_TRACE_REFUSED, .code = 5},
		{.kind = CMDQV_TRACE_REFUSED, .queue = 128, .code = 1},
		{.kind = CMDQV_TRACE_GEOMETRY, .log2_vcmdqs = 8},
		{.kind = CMDQV_TRACE_GEOMETRY, .log2_vintfs = 1},
		{.kind = CMDQV_TRACE_GEOMETRY, .log2_sids = 5},
	};

	for (size_t i = 0; i < COUNT(events); i++) {
		char line[CMDQV_TRACE_LINE_BYTES];

		assert_int_equal(cmdqv_trace_format(&events[i], line, sizeof(line)), -EINVAL);
	}
}

TEST(a_line_that_does_not_fit_is_refused)
{
	const struct cmdqv_trace_event event = {.kind = CMDQV_TRACE_RESET};
	char line[8];

	assert_int_equal(cmdqv_trace_format(&event, line, sizeof("X reset")), 7);
	memset(line, 'x', sizeof(line));
	assert_int_equal(cmdqv_trace_format(&event, line, sizeof("X reset") - 1), -ENOSPC);
	assert_int_equal(line[7], 'x');
}
