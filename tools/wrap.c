/* SPDX-License-Identifier: BSD-2-Clause */
#include "wrap.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 80 };

void wrap(const char *first, const char *others, const char *text)
{
	size_t column = strlen(first);
	size_t begin = column;

	fputs(first, stdout);
	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > begin && column + 1 + word > COLUMNS) {
			putchar('\n');
			fputs(others, stdout);
			begin = strlen(others);
			column = begin;
		} else if (column > begin) {
			putchar(' ');
			column++;
		}
		fwrite(text, 1, word, stdout);
		column += word;
		text += word;
		text += strspn(text, " ");
	}
	putchar('\n');
}
