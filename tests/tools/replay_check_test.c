/* SPDX-License-Identifier: BSD-2-Clause */
/* [DEV-30] What judges a replay, with a device that does what a right one never does. */
#include "replay.h"

#include <string.h>

#include "../test.h"

enum { ACCESS = 10, FIRST = 11, SECOND = 12 }; /* lines of the file */

/* What happens to a group, a letter each: "c" and "d" are fetched, "x" and "y" executed. */
#define C0                                                                                         \
	{                                                                                          \
		.kind = CMDQV_TRACE_COMMAND, .queue = 1, .index = 5, .value = { 0x46, 0 }          \
	}
#define C1                                                                                         \
	{                                                                                          \
		.kind = CMDQV_TRACE_COMMAND, .queue = 1, .index = 6, .value = { 0x12, 0x1000 }     \
	}
#define E0(error)                                                                                  \
	{                                                                                          \
		.kind = CMDQV_TRACE_REFUSED, .queue = 1, .index = 5, .code = (error)               \
	}
#define INTERRUPT                                                                                  \
	{                                                                                          \
		.kind = CMDQV_TRACE_INTERRUPT                                                      \
	}

struct happening {
	enum { NOTHING, EVENT, EXECUTED, PULSE } what;
	struct cmdqv_trace_event event; /* of EXECUTED only the words count */
};

static const struct judged {
	const char *name;
	struct cmdqv_trace_event lines[2]; /* after the access */
	struct happening happens[4];
	unsigned long line; /* of the mismatch; 0: none */
	const char *expected, *got;
} cases[] = {
	/* clang-format off */
	{"a_command_that_is_executed_is_right", {C0}, {{EVENT, C0}, {EXECUTED, C0}}, 0, "", ""},
	{"a_command_that_is_not_executed_is_told_at_the_end",
	 {C0}, {{EVENT, C0}}, ACCESS, "executed: CMD_SYNC", "not executed"},
	{"a_command_that_is_not_executed_is_told_at_the_next",
	 {C0, C1}, {{EVENT, C0}, {EVENT, C1}, {EXECUTED, C1}}, SECOND, "executed: CMD_SYNC", "not executed"},
	{"a_command_that_is_executed_twice_is_told",
	 {C0}, {{EVENT, C0}, {EXECUTED, C0}, {EXECUTED, C0}}, ACCESS, "the one fetched last", "46"},
	{"a_command_that_is_executed_with_another_first_word_is_told",
	 {C1}, {{EVENT, C1}, {EXECUTED, {.value = {0x11, 0x1000}}}}, ACCESS, "the one fetched last", "11 "},
	{"a_command_that_is_executed_with_another_second_word_is_told",
	 {C1}, {{EVENT, C1}, {EXECUTED, {.value = {0x12, 0x2000}}}}, ACCESS, "the one fetched last", "2000"},
	{"a_command_that_is_refused_and_executed_is_told",
	 {C0, E0(1)}, {{EVENT, C0}, {EVENT, E0(1)}, {EXECUTED, C0}}, ACCESS, "the one fetched last", "46"},
	{"the_same_command_of_another_queue_is_told",
	 {C0}, {{EVENT, {.kind = CMDQV_TRACE_COMMAND, .queue = 0, .index = 5, .value = {0x46}}},
		{EXECUTED, C0}}, FIRST, "q1 5 CMD_SYNC", "q0 5 CMD_SYNC"},
	{"the_same_command_of_another_entry_is_told",
	 {C0}, {{EVENT, {.kind = CMDQV_TRACE_COMMAND, .queue = 1, .index = 4, .value = {0x46}}},
		{EXECUTED, C0}}, FIRST, "q1 5 CMD_SYNC", "q1 4 CMD_SYNC"},
	{"another_first_word_is_told",
	 {C1}, {{EVENT, {.kind = CMDQV_TRACE_COMMAND, .queue = 1, .index = 6, .value = {0x11, 0x1000}}},
		{EXECUTED, {.value = {0x11, 0x1000}}}}, FIRST, "q1 6 TLBI_NH_VA", "q1 6 "},
	{"another_second_word_is_told",
	 {C1}, {{EVENT, {.kind = CMDQV_TRACE_COMMAND, .queue = 1, .index = 6, .value = {0x12, 0x2000}}},
		{EXECUTED, {.value = {0x12, 0x2000}}}}, FIRST, "0x1000", "0x2000"},
	{"a_refusal_with_another_code_is_told", {E0(3)}, {{EVENT, E0(1)}}, FIRST, "refused: ", "refused: illegal"},
	{"an_abort_needs_no_line_of_its_command", {E0(2)}, {{EVENT, C0}, {EVENT, E0(2)}}, 0, "", ""},
	{"another_refusal_needs_the_line_of_its_command",
	 {E0(1)}, {{EVENT, C0}, {EVENT, E0(1)}}, FIRST, "q1 5 refused", "q1 5 CMD_SYNC"},
	{"an_abort_of_another_entry_needs_it_too",
	 {E0(2)}, {{EVENT, C1}, {EXECUTED, C1}}, FIRST, "q1 5 refused", "q1 6 TLBI_NH_VA"},
	{"an_abort_of_another_queue_needs_it_too",
	 {E0(2)}, {{EVENT, {.kind = CMDQV_TRACE_COMMAND, .queue = 0, .index = 5, .value = {0x46}}},
		   {EVENT, E0(2)}}, FIRST, "q1 5 refused", "q0 5 CMD_SYNC"},
	{"a_command_that_the_file_lacks_is_told",
	 {C0}, {{EVENT, C0}, {EXECUTED, C0}, {EVENT, C1}, {EXECUTED, C1}}, ACCESS, "nothing more", "q1 6 "},
	{"an_interrupt_that_does_not_come_is_told_at_its_line",
	 {INTERRUPT, C0}, {{EVENT, C0}, {EXECUTED, C0}}, FIRST, "1", "0"},
	{"an_interrupt_that_comes_is_right",
	 {C0, INTERRUPT}, {{PULSE, {0}}, {EVENT, C0}, {EXECUTED, C0}}, 0, "", ""},
	/* clang-format on */
};

static void happen(struct replay_check *check, const struct happening *happening)
{
	const struct cmdqv_command command = {
		.raw = {happening->event.value[0], happening->event.value[1]}};

	if (happening->what == EVENT)
		check_event(check, &happening->event, happening->event.queue);
	if (happening->what == EXECUTED)
		check_execute(check, &command);
	if (happening->what == PULSE)
		check_pulse(check);
}

static void judge(void **state)
{
	const struct judged *row = *state;
	struct trace_line lines[3] = {{ACCESS, {.kind = CMDQV_TRACE_WRITE, .size = 4}},
				      {FIRST, row->lines[0]},
				      {SECOND, row->lines[1]}};
	struct replay_group group = {
		.access = lines, .first = lines + 1, .end = lines + (row->lines[1].kind ? 3 : 2)};
	struct replay_check check = {0};

	check_begin(&check, &group);
	for (size_t i = 0; i < COUNT(row->happens); i++)
		happen(&check, &row->happens[i]);
	check_end(&check);
	check_finish(&check, SECOND);
	assert_int_equal(check.failed, row->line != 0);
	assert_int_equal(check.mismatch.line, row->line);
	if (!strstr(check.mismatch.expected, row->expected) ||
	    !strstr(check.mismatch.got, row->got))
		fail_msg("expected %s, got %s", check.mismatch.expected, check.mismatch.got);
}

TEST_TABLE(cases, judge)

TEST(a_pulse_that_the_file_lacks_is_told_at_the_end)
{
	struct replay_check check = {0};

	check_pulse(&check);
	check_finish(&check, 99);
	assert_true(check.failed);
	assert_int_equal(check.mismatch.line, 99);
}

TEST(only_the_first_mismatch_counts)
{
	struct trace_line lines[] = {{ACCESS, {.kind = CMDQV_TRACE_READ, .size = 4, .value = {1}}}};
	struct replay_group group = {.access = lines, .first = lines + 1, .end = lines + 1};
	const struct cmdqv_geometry geometry = {.log2_vcmdqs = 1, .guest_view = true};
	struct replay_check check = {0};

	check_begin(&check, &group);
	check_read(&check, &geometry, 1);
	assert_false(check.failed);
	check_read(&check, &geometry, 0);
	check_pulse(&check);
	check_finish(&check, 99);
	assert_int_equal(check.mismatch.line, ACCESS);
}
