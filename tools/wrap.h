/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_WRAP_H
#define TOOLS_WRAP_H

#include <stddef.h>
#include <stdio.h>

/*
 * How wide lines are to be: COLUMNS of the environment, else the columns of the terminal that the
 * stream goes to, at most 100; 0: it goes elsewhere, where nothing is folded, so that grep finds.
 */
size_t wrap_columns(FILE *stream);

/*
 * Prints `text` in lines as wide as the terminal, broken at blanks: `first` before the first
 * line, `others` before those after it. A line feed begins a line in any case.
 */
void wrap(const char *first, const char *others, const char *text);

/* The same to another stream, such as stderr. */
void wrap_to(FILE *stream, const char *first, const char *others, const char *text);

/* The same in so many columns; 0: nothing is folded. */
void wrap_at(size_t columns, FILE *stream, const char *first, const char *others, const char *text);

/* A line of help: an option, as far in as it is to be, and its words beside it or below. */
void wrap_item(const char *name, const char *text);

#endif
