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
		size_t blanks = strspn(text, " ");
		size_t word = strcspn(text + blanks, " ");

		if (column > begin && column + blanks + word > COLUMNS) {
			putc('\n', stream);
			fputs(others, stream);
			begin = strlen(others);
			column = begin;
		} else if (column > begin) {
			fwrite(text, 1, blanks, stream);
			column += blanks;
		}
		fwrite(text + blanks, 1, word, stream);
		column += word;
		text += blanks + word;
	}
	putc('\n', stream);
}

void wrap(const char *first, const char *others, const char *text)
{
	wrap_to(stdout, first, others, text);
}
