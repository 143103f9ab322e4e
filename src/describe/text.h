/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of text that grows at its end, and is cut off where its memory ends. */
#ifndef SRC_DESCRIBE_TEXT_H
#define SRC_DESCRIBE_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
	char *at; /* of the terminating zero */
	size_t left;
	const char *separator; /* before the next field: nothing at first, then a blank */
};

/* Begins an empty line in `bytes` bytes of `memory`, at least 1. */
void text_begin(struct text *text, char *memory, size_t bytes);

__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);

/* Adds "NAME=value": decimal below ten, hexadecimal from there on. */
void text_add_field(struct text *text, const char *name, uint64_t value);

#endif
