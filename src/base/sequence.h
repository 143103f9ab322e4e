/* SPDX-License-Identifier: BSD-2-Clause */
/* Sequence numbers of event records: 0 to INT32_MAX, wrapping; a gap is loss. */
#ifndef SRC_BASE_SEQUENCE_H
#define SRC_BASE_SEQUENCE_H

#include <stdint.h>

/*
 * How many records are missing before `sequence` if `expected` is the number after the last
 * one. More than half of all numbers is not a loss but a step back, or the same number once
 * more: then nothing is known to be missing.
 */
static inline uint32_t sequence_gap(uint32_t expected, uint32_t sequence)
{
	uint32_t gap = (sequence - expected) & INT32_MAX;

	return gap > INT32_MAX / 2 ? 0 : gap;
}

#endif
