/* SPDX-License-Identifier: BSD-2-Clause */
#include "wrap.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 80 };

void wrap_to(FILE *stream, const char *first, const char *others, const char *text)
{
	size_t column = strlen(first);
	size_t begin = column;

	fputs(first, stream);
	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > begin && column + 1 + word > COLUMNS) {
			putc('\n', stream);
			fputs(others, stream);
			begin = strlen(others);
			column = begin;
		} else if (column > begin) {
			putc(' ', stream);
			column++;
		}
		fwrite(text, 1, word, stream);
		column += word;
		text += word;
		text += strspn(text, " ");
	}
	putc('\n', stream);
}

void wrap(const char *first, const char *others, const char *text)
{
	wrap_to(stdout, first, others, text);
}
