/* SPDX-License-Identifier: BSD-2-Clause */
#include "wrap.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Longer lines are hard to read; a terminal that does not know its width gets the usual one. */
enum { MOST_COLUMNS = 100, USUAL_COLUMNS = 80, LEAST_COLUMNS = 40 };

size_t wrap_columns(FILE *stream)
{
	const char *wanted = getenv("COLUMNS");
	unsigned long columns = wanted ? strtoul(wanted, NULL, 10) : 0;
	struct winsize size;

	if (columns >= LEAST_COLUMNS)
		return columns;
	if (!isatty(fileno(stream)))
		return 0;
	if (ioctl(fileno(stream), TIOCGWINSZ, &size) || !size.ws_col)
		return USUAL_COLUMNS;
	return size.ws_col < MOST_COLUMNS ? size.ws_col : MOST_COLUMNS;
}

void wrap_at(size_t columns, FILE *stream, const char *first, const char *others, const char *text)
{
	size_t column = strlen(first);
	size_t begin = column;
	bool indented = false; /* a line feed came: blanks after it stay */

	fputs(first, stream);
	while (*text) {
		size_t blanks = strspn(text, " ");
		size_t word = strcspn(text + blanks, " \n");
		bool line_feed = text[blanks] == '\n';

		if (line_feed || (columns && column > begin && column + blanks + word > columns)) {
			putc('\n', stream);
			begin = strlen(others);
			column = begin;
			/* An empty line has no margin. */
			if (!line_feed || text[blanks + 1] != '\n')
				fputs(others, stream);
		} else if (column > begin || indented) {
			fwrite(text, 1, blanks, stream);
			column += blanks;
		}
		fwrite(text + blanks, 1, word, stream);
		column += word;
		text += blanks + word + line_feed;
		indented = line_feed;
	}
	putc('\n', stream);
}

void wrap_to(FILE *stream, const char *first, const char *others, const char *text)
{
	wrap_at(wrap_columns(stream), stream, first, others, text);
}

void wrap(const char *first, const char *others, const char *text)
{
	wrap_to(stdout, first, others, text);
}

void wrap_item(const char *name, const char *text)
{
	static const char margin[] = "                       ";
	char head[64];

	snprintf(head, sizeof(head), "%s", name);
	/* Two blanks and more are the end of a name, for those who read this by program. */
	if (strlen(head) + 2 <= strlen(margin)) {
		snprintf(head + strlen(head), sizeof(head) - strlen(head), "%*s",
			 (int)(strlen(margin) - strlen(head)), "");
		wrap(head, margin, text);
	} else if (wrap_columns(stdout)) {
		puts(head);
		wrap(margin, margin, text);
	} else {
		strcat(head, "  ");
		wrap(head, margin, text);
	}
}
