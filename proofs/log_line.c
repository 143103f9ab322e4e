/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: `cmdqv explain` takes the text of a log in pieces of any bytes, wherever a piece ends: a
 * line is at most 1024 characters and its end, all of them printable ASCII and no blank first,
 * whatever stands in the text; nothing is written elsewhere; each end of a line gives one line, and
 * no other byte does.
 *
 * Assumes: a reader as any text before has left it.
 *
 * Bound: pieces of at most 1 byte, 2 turns: what one byte does depends on nothing but the reader,
 * which is any, and is one again after it.
 *
 * Takes: 33.6 s, 400 MiB.
 */
#include "proof.h"

#include "../tools/explain_reader.c"

static unsigned int lines;

static bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

static bool reader_is_sound(const struct explain_reader *reader, size_t any)
{
	return reader->length <= EXPLAIN_LINE && (unsigned int)reader->state <= READER_CONTROL &&
	       (reader->length == 0 || reader->text[0] != ' ') &&
	       (any >= reader->length || is_printable(reader->text[any]));
}

static size_t any;

static void take_line(void *context, const char *line)
{
	const struct explain_reader *reader = context;

	PROVE(line == reader->text && line[reader->length] == '\0', "a line and its end");
	PROVE(reader_is_sound(reader, any), "of printable characters, and not too long");
	lines++;
}

int main(void)
{
	static struct explain_reader reader;
	struct explain_reader before;
	char piece[1];
	size_t length = nondet_size();
	unsigned int ends = 0;

	reader = before;
	reader.line = take_line;
	reader.context = &reader;
	any = nondet_size();
	ASSUME(length <= sizeof(piece));
	ASSUME(reader_is_sound(&reader, any) && reader_is_sound(&reader, 0));
	for (size_t i = 0; i < length; i++)
		ends += piece[i] == '\n';
	explain_reader_take(&reader, piece, length);
	PROVE(reader_is_sound(&reader, any), "a reader as before");
	PROVE(lines == ends, "a line for each end of one");
	COVER(reader.length == EXPLAIN_LINE, "a line that is too long");
	COVER(lines == 1, "a line ends");
	explain_reader_end(&reader);
	PROVE(reader.length == 0 && lines - ends <= 1, "the last line may have no end");
	COVER(lines == ends, "there was no last line");
	REACHED("the end");
}
