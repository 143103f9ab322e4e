/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libFuzzer calls: once in a while with no more than a guess, so an input must leave
 * nothing behind. What must not be ends in abort(), and libFuzzer keeps the input.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
