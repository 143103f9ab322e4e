/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libFuzzer calls: once in a while with no more than a guess, so an input must leave
 * nothing behind. What must not be ends in abort(), and libFuzzer keeps the input.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static inline void must(bool holds)
{
	if (!holds)
		abort();
}

/* An input as a sequence of numbers. Where it has ended all are 0. */
struct fuzz_input {
	const uint8_t *bytes;
	size_t left;
};

static inline uint64_t fuzz_take(struct fuzz_input *in, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes && in->left > 0; i++, in->left--)
		value |= (uint64_t)*in->bytes++ << 8 * i;
	return value;
}

static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	return (uint8_t)fuzz_take(in, 1);
}

#endif
