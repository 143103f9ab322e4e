/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_WRAP_H
#define TOOLS_WRAP_H

#include <stdio.h>

/*
 * Prints `text` in lines of at most 80 columns, broken at blanks: `first` before the first
 * line, `others` before those after it.
 */
void wrap(const char *first, const char *others, const char *text);

/* The same to another stream, such as stderr. */
void wrap_to(FILE *stream, const char *first, const char *others, const char *text);

#endif
