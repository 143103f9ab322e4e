/* SPDX-License-Identifier: BSD-2-Clause */
/* What cmdqv and cmdqv-conformance do alike with standard input, output and error. libc only. */
#ifndef TOOLS_STANDARD_H
#define TOOLS_STANDARD_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* The exit status of either program where its usage or the environment is wrong. */
enum { STANDARD_CANNOT = 2 };

/* Before all else in main(). Returns false if the program cannot run at all. */
bool standard_begin(void);

/* After all else: the exit status of main(), `status` if all that was printed is written. */
int standard_end(const char *program, int status);

/* One line on standard error: "PROGRAM: ...". What would make a terminal do something is '?'. */
__attribute__((format(printf, 2, 0))) void standard_complain(const char *program,
							     const char *format, va_list arguments);

/* How long the UTF-8 character at `text` is in bytes; 0: it is none. */
size_t standard_utf8_length(const unsigned char *text);

/* What would make a terminal do something becomes '?', and so do bytes that are no UTF-8. */
void standard_make_printable(char *text);

#endif
