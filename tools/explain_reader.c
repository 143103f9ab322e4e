/* SPDX-License-Identifier: BSD-2-Clause */
#include "explain_reader.h"

static void end_line(struct explain_reader *reader)
{
	reader->text[reader->length] = '\0';
	reader->line(reader->context, reader->text);
	reader->length = 0;
	reader->state = READER_PLAIN;
}

void explain_reader_take(struct explain_reader *reader, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
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
