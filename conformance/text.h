/* SPDX-License-Identifier: BSD-2-Clause */
/* Text without a libc; what does not fit is left out. */
#ifndef CONFORMANCE_TEXT_H
#define CONFORMANCE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *to;
	size_t room; /* for characters and a 0 */
	size_t length;
};

void text_add(struct text *text, const char *words);
void text_number(struct text *text, uint32_t number);
void text_hex(struct text *text, uint64_t number);

/* Is `text` what `pattern` says, in which '*' is any text? */
bool text_matches(const char *pattern, const char *text);

#endif
