/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

void text_add(struct text *text, const char *words)
{
	while (*words && text->length + 1 < text->room)
		text->to[text->length++] = *words++;
	text->to[text->length] = 0;
}

static void add_digits(struct text *text, uint64_t number, uint32_t base)
{
	char digits[20 + 1];
	size_t at = sizeof(digits) - 1;

	digits[at] = 0;
	do {
		digits[--at] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	text_add(text, digits + at);
}

void text_number(struct text *text, uint32_t number)
{
	add_digits(text, number, 10);
}

void text_hex(struct text *text, uint64_t number)
{
	text_add(text, "0x");
	add_digits(text, number, 16);
}

bool text_matches(const char *pattern, const char *text)
{
	for (; *pattern; pattern++, text++) {
		if (*pattern == '*') {
			while (!text_matches(pattern + 1, text)) {
				if (!*text++)
					return false;
			}
			return true;
		}
		if (*pattern != *text)
			return false;
	}
	return !*text;
}
