/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a text that comes in pieces, as cmdqv explain looks at them. */
#ifndef TOOLS_EXPLAIN_READER_H
#define TOOLS_EXPLAIN_READER_H

#include <stddef.h>

enum { EXPLAIN_LINE = 1024 }; /* most characters of a line that are looked at */

/* A line that is being put together. Set `line` and `context`, and the rest to 0. */
struct explain_reader {
	void (*line)(void *context, const char *line);
	void *context;
	char text[EXPLAIN_LINE + 1];
	size_t length;
	enum { READER_PLAIN, READER_ESCAPED, READER_CONTROL } state; /* in a terminal's codes */
};

/*
 * Gives each line that ends here to `line`: blanks at its beginning and codes that colour a
 * terminal are gone, a tabulator or carriage return is a blank, what is not ASCII is '?'.
 */
void explain_reader_take(struct explain_reader *reader, const char *text, size_t length);
/* The last line may have no end. */
void explain_reader_end(struct explain_reader *reader);

#endif
