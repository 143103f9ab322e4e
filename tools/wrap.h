/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_WRAP_H
#define TOOLS_WRAP_H

/*
 * Prints `text` in lines of at most 80 columns, broken at blanks: `first` before the first
 * line, `others` before those after it.
 */
void wrap(const char *first, const char *others, const char *text);

#endif
