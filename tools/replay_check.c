/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an access leads to, against what the file says that it led to.
 *
 * The C and E lines of a group are a queue of things that have to happen: each event of
 * the model must be the next of them, word for word. What is left at the end of the group
 * did not happen. Only the first mismatch counts; what comes after one means little.
 */
#include "replay.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmdqv/describe.h>
#include <cmdqv/regs.h>

struct words {
	char text[160];
};

__attribute__((format(printf, 1, 2))) static struct words words(const char *format, ...)
{
	struct words w;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(w.text, sizeof(w.text), format, arguments);
	va_end(arguments);
	return w;
}

static void mismatch(struct replay_check *check, unsigned long line, struct words what,
		     struct words expected, struct words got)
{
	if (check->failed)
		return;
	check->failed = true;
	check->mismatch.line = line;
	snprintf(check->mismatch.what, sizeof(check->mismatch.what), "%.90s", what.text);
	snprintf(check->mismatch.expected, sizeof(check->mismatch.expected), "%s", expected.text);
	snprintf(check->mismatch.got, sizeof(check->mismatch.got), "%s", got.text);
}

static struct words event_words(const struct cmdqv_trace_event *event, uint32_t queue)
{
	char text[120];

	if (event->kind == CMDQV_TRACE_REFUSED)
		return words("q%" PRIu32 " %" PRIu32 " refused: %s", queue, event->index,
			     cmdqv_describe_cerror(event->code));
	cmdqv_describe_command(event->value[0], event->value[1], text, sizeof(text));
	return words("q%" PRIu32 " %" PRIu32 " %s", queue, event->index, text);
}

static bool same(const struct cmdqv_trace_event *expected, const struct cmdqv_trace_event *got,
		 uint32_t queue)
{
	return expected->kind == got->kind && expected->queue == queue &&
	       expected->index == got->index && expected->value[0] == got->value[0] &&
	       expected->value[1] == got->value[1] && expected->code == got->code;
}

/* The next line of the group that has to happen, past those that are counted only. */
static const struct trace_line *next_line(const struct trace_line *line,
					  const struct trace_line *end)
{
	while (line < end && line->event.kind == CMDQV_TRACE_INTERRUPT)
		line++;
	return line;
}

static void count_access(struct replay_check *check)
{
	switch (check->group.access->event.kind) {
	case CMDQV_TRACE_READ:
		check->reads++;
		return;
	case CMDQV_TRACE_WRITE:
		check->writes++;
		return;
	default:
		check->resets++;
	}
}

void check_begin(struct replay_check *check, const struct replay_group *group)
{
	check->group = *group;
	check->next = next_line(group->first, group->end);
	check->executing = false;
	count_access(check);
	for (const struct trace_line *line = group->first; line < group->end; line++)
		if (line->event.kind == CMDQV_TRACE_INTERRUPT)
			check->interrupts++;
}

/* The line that something belongs to that the file does not have. */
static unsigned long current_line(const struct replay_check *check)
{
	return check->next < check->group.end ? check->next->number : check->group.access->number;
}

/* The command fetched before must have been executed, or refused, before another comes. */
static void expect_executed(struct replay_check *check)
{
	char text[120];

	if (!check->executing)
		return;
	check->executing = false;
	cmdqv_describe_command(check->executing_raw[0], check->executing_raw[1], text,
			       sizeof(text));
	mismatch(check, current_line(check), words("the command fetched last"),
		 words("executed: %s", text), words("not executed"));
}

/* An abort whose C line is missing: nothing was fetched then, but now it is RAM. */
static bool is_aborted_fetch(const struct replay_check *check,
			     const struct cmdqv_trace_event *event, uint32_t queue)
{
	const struct cmdqv_trace_event *next = &check->next->event;

	return check->next < check->group.end && event->kind == CMDQV_TRACE_COMMAND &&
	       next->kind == CMDQV_TRACE_REFUSED && next->code == CMDQV_CERROR_ABT &&
	       next->queue == queue && next->index == event->index;
}

static void note(struct replay_check *check, const struct cmdqv_trace_event *event)
{
	if (event->kind == CMDQV_TRACE_REFUSED) {
		check->refusals++;
		return;
	}
	check->commands++;
	check->executing = CMDQV_GET(CMDQV_CMD0_OPCODE, event->value[0]) != CMDQV_OP_PREFETCH_CFG;
	check->executing_raw[0] = event->value[0];
	check->executing_raw[1] = event->value[1];
}

void check_event(struct replay_check *check, const struct cmdqv_trace_event *event, uint32_t queue)
{
	if (event->kind == CMDQV_TRACE_REFUSED)
		check->executing = false;
	expect_executed(check);
	if (is_aborted_fetch(check, event, queue))
		return;
	if (check->next == check->group.end) {
		mismatch(check, current_line(check), words("what the access led to"),
			 words("nothing more"), event_words(event, queue));
		return;
	}
	if (!same(&check->next->event, event, queue))
		mismatch(check, check->next->number, words("what the access led to"),
			 event_words(&check->next->event, check->next->event.queue),
			 event_words(event, queue));
	note(check, event);
	check->next = next_line(check->next + 1, check->group.end);
}

void check_execute(struct replay_check *check, const struct cmdqv_command *command)
{
	if (!check->executing || command->raw[0] != check->executing_raw[0] ||
	    command->raw[1] != check->executing_raw[1])
		mismatch(check, current_line(check), words("the command executed"),
			 words("the one fetched last"),
			 words("%016" PRIx64 " %016" PRIx64, command->raw[0], command->raw[1]));
	check->executing = false;
}

void check_pulse(struct replay_check *check)
{
	check->pulses++;
}

static struct words value_words(const struct cmdqv_geometry *geometry, uint64_t offset,
				uint64_t value)
{
	char text[120];

	if (cmdqv_describe_value(geometry, offset, value, text, sizeof(text)) != 0)
		return words("0x%" PRIx64, value);
	return words("0x%" PRIx64 " (%s)", value, text);
}

void check_read(struct replay_check *check, const struct cmdqv_geometry *geometry, uint64_t value)
{
	const struct cmdqv_trace_event *event = &check->group.access->event;
	char name[80];

	if (value == event->value[0])
		return;
	cmdqv_describe_offset(geometry, event->offset, name, sizeof(name));
	mismatch(check, check->group.access->number,
		 words("read of 0x%05" PRIx64 " (%s)", event->offset, name),
		 value_words(geometry, event->offset, event->value[0]),
		 value_words(geometry, event->offset, value));
}

/* The last I line of the group, for the message. */
static unsigned long interrupt_line(const struct replay_check *check)
{
	unsigned long number = check->group.access->number;

	for (const struct trace_line *line = check->group.first; line < check->group.end; line++)
		if (line->event.kind == CMDQV_TRACE_INTERRUPT)
			number = line->number;
	return number;
}

void check_end(struct replay_check *check)
{
	expect_executed(check);
	if (check->next < check->group.end)
		mismatch(check, check->next->number, words("what the access led to"),
			 event_words(&check->next->event, check->next->event.queue),
			 words("nothing more"));
	if (check->pulses < check->interrupts)
		mismatch(check, interrupt_line(check), words("interrupts so far"),
			 words("%" PRIu64, check->interrupts), words("%" PRIu64, check->pulses));
}

void check_finish(struct replay_check *check, unsigned long line)
{
	if (check->pulses != check->interrupts)
		mismatch(check, line, words("interrupts at the end"),
			 words("%" PRIu64, check->interrupts), words("%" PRIu64, check->pulses));
}
