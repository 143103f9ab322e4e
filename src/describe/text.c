/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

void text_begin(struct text *text, char *memory, size_t bytes)
{
	/* No text is as long; musl's snprintf() refuses more. */
	*text = (struct text){
		.at = memory, .left = bytes < INT_MAX ? bytes : INT_MAX, .separator = ""};
	if (bytes > 0)
		*memory = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
	va_list args;
	size_t added;
	int length;

	va_start(args, format);
	length = vsnprintf(text->at, text->left, format, args);
	va_end(args);
	if (length < 0 || text->left == 0)
		return;
	added = (size_t)length < text->left ? (size_t)length : text->left - 1;
	text->at += added;
	text->left -= added;
}

void text_add_field(struct text *text, const char *name, uint64_t value)
{
	text_add(text, value < 10 ? "%s%s=%" PRIu64 : "%s%s=0x%" PRIx64, text->separator, name,
		 value);
	text->separator = " ";
}
