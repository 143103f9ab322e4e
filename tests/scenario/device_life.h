/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a device on a host of either port, as bytes say: accesses of all kinds, stores
 * into the mapped page, turns of the engine, resets, a host that refuses or breaks. After
 * each access everything that can be seen is held against device_reference.h.
 */
#ifndef TESTS_SCENARIO_DEVICE_LIFE_H
#define TESTS_SCENARIO_DEVICE_LIFE_H

#include <stddef.h>
#include <stdint.h>

/* What came about, so that a test can tell that its bytes were worth something. */
struct device_life_counts {
	uint64_t commands;
	uint64_t binds;
	uint64_t failed_binds;
	uint64_t maps;
	uint64_t pulses;
	uint64_t held;
	uint64_t withdrawn;
	uint64_t restored;
	uint64_t not_restored;
};

/*
 * Leads a life of `size` bytes and adds to *counts. What does not hold is told on standard
 * error, with `seed`, and ends in `give_up`, which does not return.
 */
void device_life(const uint8_t *bytes, size_t size, uint64_t seed, void (*give_up)(void),
		 struct device_life_counts *counts);

#endif
