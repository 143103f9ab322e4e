/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traces as text: one event a line, as docs/trace-format.md describes them.
 *
 * The reader takes a line apart from left to right with a cursor. The first piece that
 * is not what the format wants ends it: `expected` then says what was wanted there.
 */
#include <cmdqv/trace.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <cmdqv/regs.h>

enum { MOST_HEX_DIGITS = 16 };

/* Which part of the format a cursor has found broken, or NULL. */
struct cursor {
	const char *at;
	const char *expected;
};

/* Does `value` fit into an access of `size` bytes? */
static bool value_fits(uint64_t value, uint8_t size)
{
	return size >= sizeof(value) || value >> (8 * size) == 0;
}

static bool entry_good(uint32_t queue, uint32_t index)
{
	return queue < CMDQV_MAX_VCMDQS && index < 1U << CMDQV_MAX_LOG2SIZE;
}

static bool code_good(uint32_t code)
{
	return code >= CMDQV_CERROR_ILL && code <= CMDQV_CERROR_ILL_ACCESS;
}

static bool geometry_good(const struct cmdqv_trace_event *event)
{
	return event->log2_vcmdqs <= CMDQV_MAX_LOG2_VCMDQS &&
	       event->log2_vintfs <= CMDQV_MAX_LOG2_VINTFS &&
	       event->log2_vintfs <= event->log2_vcmdqs && event->log2_sids <= CMDQV_MAX_LOG2_SIDS;
}

static int format_access(const struct cmdqv_trace_event *event, char letter, char *line,
			 size_t bytes)
{
	if (!value_fits(event->value[0], event->size))
		return -EINVAL;
	return snprintf(line, bytes, "%c%u %05" PRIx64 " %" PRIx64, letter, event->size,
			event->offset, event->value[0]);
}

static int format_event(const struct cmdqv_trace_event *event, char *line, size_t bytes)
{
	switch (event->kind) {
	case CMDQV_TRACE_NOTHING:
		break;
	case CMDQV_TRACE_READ:
		return format_access(event, 'R', line, bytes);
	case CMDQV_TRACE_WRITE:
		return format_access(event, 'W', line, bytes);
	case CMDQV_TRACE_COMMAND:
		if (!entry_good(event->queue, event->index))
			break;
		return snprintf(line, bytes,
				"C q%" PRIu32 " %" PRIu32 " %016" PRIx64 " %016" PRIx64,
				event->queue, event->index, event->value[0], event->value[1]);
	case CMDQV_TRACE_REFUSED:
		if (!entry_good(event->queue, event->index) || !code_good(event->code))
			break;
		return snprintf(line, bytes, "E q%" PRIu32 " %" PRIu32 " %u", event->queue,
				event->index, event->code);
	case CMDQV_TRACE_INTERRUPT:
		return snprintf(line, bytes, "I");
	case CMDQV_TRACE_RESET:
		return snprintf(line, bytes, "X reset");
	case CMDQV_TRACE_GEOMETRY:
		if (!geometry_good(event))
			break;
		return snprintf(line, bytes, "G %u %u %u", event->log2_vcmdqs, event->log2_vintfs,
				event->log2_sids);
	case CMDQV_TRACE_END:
		return snprintf(line, bytes, CMDQV_TRACE_LAST_LINE);
	}
	return -EINVAL;
}

int cmdqv_trace_format(const struct cmdqv_trace_event *event, char *line, size_t bytes)
{
	/* musl's snprintf() refuses more. */
	int length = format_event(event, line, bytes < INT_MAX ? bytes : INT_MAX);

	return length >= 0 && (size_t)length >= bytes ? -ENOSPC : length;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_end(const char *at)
{
	return *at == '\0' || strcmp(at, "\n") == 0;
}

static const char *skip_blanks(const char *at)
{
	while (is_blank(*at))
		at++;
	return at;
}

/* Only the first thing that is wrong counts. */
static void want(struct cursor *cursor, bool good, const char *expected)
{
	if (!good && !cursor->expected)
		cursor->expected = expected;
}

static uint32_t digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (uint32_t)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (uint32_t)(c - 'A' + 10);
	return UINT32_MAX;
}

/* The digits of a number that ends at a blank or at the end; `expected` unless it fits in 64 bits.
 */
static uint64_t take_digits(struct cursor *cursor, uint32_t radix, const char *expected)
{
	const char *first = cursor->at;
	uint64_t value = 0;

	while (digit_value(*cursor->at) < radix && cursor->at - first < MOST_HEX_DIGITS)
		value = value * radix + digit_value(*cursor->at++);
	want(cursor, cursor->at != first, expected);
	want(cursor, is_blank(*cursor->at) || *cursor->at == '\n' || *cursor->at == '\0', expected);
	return value;
}

/* A number after at least one blank. */
static uint64_t take_number(struct cursor *cursor, uint32_t radix, const char *expected)
{
	want(cursor, is_blank(*cursor->at), expected);
	cursor->at = skip_blanks(cursor->at);
	return take_digits(cursor, radix, expected);
}

/* A decimal number of at most `most`. */
static uint32_t take_small(struct cursor *cursor, uint32_t most, const char *expected)
{
	uint64_t value = take_number(cursor, 10, expected);

	want(cursor, value <= most, expected);
	return value <= most ? (uint32_t)value : 0;
}

static void parse_access(struct cursor *cursor, struct cmdqv_trace_event *event)
{
	uint64_t size = take_digits(cursor, 10, "the bytes of the access after R or W, such as R4");

	want(cursor, size <= UINT8_MAX, "an access of at most 255 bytes");
	event->size = (uint8_t)size;
	event->offset = take_number(cursor, 16, "an offset in hexadecimal");
	event->value[0] = take_number(cursor, 16, "a value in hexadecimal");
	want(cursor, value_fits(event->value[0], event->size),
	     "a value that fits into the bytes of the access");
}

static void parse_entry(struct cursor *cursor, struct cmdqv_trace_event *event)
{
	static const char expected[] = "a queue, such as q1, below q128";
	uint64_t queue;

	want(cursor, is_blank(*cursor->at), expected);
	cursor->at = skip_blanks(cursor->at);
	want(cursor, *cursor->at == 'q', expected);
	if (*cursor->at == 'q')
		cursor->at++;
	queue = take_digits(cursor, 10, expected);
	want(cursor, queue < CMDQV_MAX_VCMDQS, expected);
	event->queue = (uint32_t)(queue % CMDQV_MAX_VCMDQS);
	event->index = take_small(cursor, (1U << CMDQV_MAX_LOG2SIZE) - 1,
				  "the index of an entry in decimal, below 524288");
}

static void parse_command(struct cursor *cursor, struct cmdqv_trace_event *event)
{
	parse_entry(cursor, event);
	event->value[0] = take_number(cursor, 16, "the first word of the command in hexadecimal");
	event->value[1] = take_number(cursor, 16, "the second word of the command in hexadecimal");
}

static void parse_refused(struct cursor *cursor, struct cmdqv_trace_event *event)
{
	static const char expected[] = "a CONS.ERR code from 1 to 4";

	parse_entry(cursor, event);
	event->code = (uint8_t)take_small(cursor, CMDQV_CERROR_ILL_ACCESS, expected);
	want(cursor, code_good(event->code), expected);
}

static void parse_reset(struct cursor *cursor)
{
	static const char word[] = "reset";

	want(cursor, is_blank(*cursor->at), "the word reset after X");
	cursor->at = skip_blanks(cursor->at);
	if (strncmp(cursor->at, word, strlen(word)) == 0)
		cursor->at += strlen(word);
	else
		want(cursor, false, "the word reset after X");
}

static void parse_geometry(struct cursor *cursor, struct cmdqv_trace_event *event)
{
	_Static_assert(CMDQV_MAX_LOG2_VCMDQS == 7 && CMDQV_MAX_LOG2_VINTFS == 6 &&
			       CMDQV_MAX_LOG2_SIDS == 4,
		       "as the sentences say");

	event->log2_vcmdqs =
		(uint8_t)take_small(cursor, CMDQV_MAX_LOG2_VCMDQS, "log2 of the VCMDQs, 0 to 7");
	event->log2_vintfs =
		(uint8_t)take_small(cursor, CMDQV_MAX_LOG2_VINTFS, "log2 of the VINTFs, 0 to 6");
	event->log2_sids =
		(uint8_t)take_small(cursor, CMDQV_MAX_LOG2_SIDS, "log2 of the SID slots, 0 to 4");
	want(cursor, geometry_good(event), "at least as many VCMDQs as VINTFs");
}

static void parse_event(struct cursor *cursor, struct cmdqv_trace_event *event)
{
	switch (*cursor->at++) {
	case 'R':
		event->kind = CMDQV_TRACE_READ;
		parse_access(cursor, event);
		return;
	case 'W':
		event->kind = CMDQV_TRACE_WRITE;
		parse_access(cursor, event);
		return;
	case 'C':
		event->kind = CMDQV_TRACE_COMMAND;
		parse_command(cursor, event);
		return;
	case 'E':
		event->kind = CMDQV_TRACE_REFUSED;
		parse_refused(cursor, event);
		return;
	case 'I':
		event->kind = CMDQV_TRACE_INTERRUPT;
		return;
	case 'X':
		event->kind = CMDQV_TRACE_RESET;
		parse_reset(cursor);
		return;
	case 'G':
		event->kind = CMDQV_TRACE_GEOMETRY;
		parse_geometry(cursor, event);
		return;
	default:
		want(cursor, false, "a line that begins with R, W, C, E, I, X, G or #");
	}
}

static bool is_line(const char *line, const char *wanted)
{
	size_t length = strlen(wanted);

	return strncmp(line, wanted, length) == 0 && is_end(skip_blanks(line + length));
}

/* A comment is nothing, unless it says which version the file has, or that it is whole. */
static int parse_comment(const char *line, struct cmdqv_trace_event *event,
			 struct cmdqv_error *error)
{
	static const size_t prefix = sizeof(CMDQV_TRACE_FIRST_LINE) - sizeof("1");

	if (is_line(line, CMDQV_TRACE_LAST_LINE))
		event->kind = CMDQV_TRACE_END;
	if (strncmp(line, CMDQV_TRACE_FIRST_LINE, prefix) != 0 ||
	    is_line(line, CMDQV_TRACE_FIRST_LINE))
		return 0;
	return cmdqv_error_set(
		error, -ENOTSUP, "other-trace-version",
		"this is not a trace of version 1: read it with the version of cmdqv that "
		"wrote it");
}

int cmdqv_trace_parse(const char *line, struct cmdqv_trace_event *event, struct cmdqv_error *error)
{
	struct cursor cursor = {.at = line};

	*event = (struct cmdqv_trace_event){.kind = CMDQV_TRACE_NOTHING};
	if (*line == '#')
		return parse_comment(line, event, error);
	if (is_end(skip_blanks(line)))
		return 0;
	parse_event(&cursor, event);
	if (!cursor.expected)
		want(&cursor, is_end(skip_blanks(cursor.at)), "nothing more on the line");
	if (!cursor.expected)
		return 0;
	*event = (struct cmdqv_trace_event){.kind = CMDQV_TRACE_NOTHING};
	return cmdqv_error_set(error, -EINVAL, "bad-trace-line", "expected %s", cursor.expected);
}
