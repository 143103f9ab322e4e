/* SPDX-License-Identifier: BSD-2-Clause */
/* Text without a libc; what does not fit is left out. */
#ifndef CONFORMANCE_WORDS_H
#define CONFORMANCE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct words {
	char *to;
	size_t room; /* for characters and a 0 */
	size_t length;
};

void words_add(struct words *text, const char *words);
void words_number(struct words *text, uint32_t number);
void words_hex(struct words *text, uint64_t number);

/* Is `text` what `pattern` says, in which '*' is any text? */
bool words_match(const char *pattern, const char *text);

#endif
