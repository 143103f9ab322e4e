/* SPDX-License-Identifier: BSD-2-Clause */
#include "words.h"

void words_add(struct words *text, const char *words)
{
	while (*words && text->length + 1 < text->room)
		text->to[text->length++] = *words++;
	text->to[text->length] = 0;
}

static void add_digits(struct words *text, uint64_t number, uint32_t base)
{
	char digits[20 + 1];
	size_t at = sizeof(digits) - 1;

	digits[at] = 0;
	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	words_add(text, digits + at);
}

void words_number(struct words *text, uint32_t number)
{
	add_digits(text, number, 10);
}

void words_hex(struct words *text, uint64_t number)
{
	words_add(text, "0x");
	add_digits(text, number, 16);
}

/* A '*' takes more only where what follows it does not match. One that came before is never
 * looked at again, so that many of them cost no more than one. */
bool words_match(const char *pattern, const char *text)
{
	const char *star = NULL, *rest = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			rest = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++rest;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
