/* SPDX-License-Identifier: BSD-2-Clause */
#include "explain_reader.h"

static void end_line(struct explain_reader *reader)
{
	reader->text[reader->length] = '\0';
	reader->line(reader->context, reader->text);
	reader->length = 0;
	reader->state = READER_PLAIN;
}

/* Printable characters of a line that has begun, which nearly all are. Returns how many. */
static size_t take_plain(struct explain_reader *reader, const char *text, size_t length)
{
	char *to = reader->text + reader->length;
	size_t taken = 0;

	if (reader->state != READER_PLAIN || reader->length == 0)
		return 0;
	if (length > EXPLAIN_LINE - reader->length)
		length = EXPLAIN_LINE - reader->length;
	while (taken < length && text[taken] >= ' ' && text[taken] <= '~') {
		to[taken] = text[taken];
		taken++;
	}
	reader->length += taken;
	return taken;
}

void explain_reader_take(struct explain_reader *reader, const char *text, size_t length)
{
	for (size_t i = 0; (i += take_plain(reader, text + i, length - i)) < length; i++) {
		char c = text[i];

		if (c == '\n')
			end_line(reader);
		else if (c == '\033' || reader->state == READER_ESCAPED)
			reader->state = c == '\033' ? READER_ESCAPED
					: c == '['  ? READER_CONTROL
						    : READER_PLAIN;
		else if (reader->state == READER_CONTROL)
			reader->state = c >= '@' && c <= '~' ? READER_PLAIN : READER_CONTROL;
		else if (c != ' ' && c != '\t' && c != '\r')
			reader->text[reader->length++] = c > ' ' && c <= '~' ? c : '?';
		else if (reader->length > 0)
			reader->text[reader->length++] = ' ';
		reader->length -= reader->length > EXPLAIN_LINE;
	}
}

void explain_reader_end(struct explain_reader *reader)
{
	if (reader->length > 0)
		end_line(reader);
}
