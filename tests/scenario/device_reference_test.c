/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device on a host of either port against a reference of its own, over lives of random
 * accesses. tests/fuzz/fuzz_device.c leads the same lives by bytes that libFuzzer finds. LIVES=N of
 * the environment: so many, where a system call is slow or an hour is to be spent.
 */
#include <stdlib.h>

#include "../test.h"
#include "device_life.h"
#include "journal.h"

enum { LIVES = 600, LEAST_BYTES = 200, MOST_BYTES = 1200 };

static void give_up(void)
{
	fail();
}

static size_t random_bytes(uint64_t seed, uint8_t bytes[MOST_BYTES])
{
	uint64_t random = journal_seed(seed);
	size_t size = LEAST_BYTES + journal_random(&random, MOST_BYTES - LEAST_BYTES);

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)journal_random(&random, 256);
	return size;
}

/*
 * [DEV-8] [DEV-9] [DEV-10] [DEV-11] [DEV-12] [DEV-13] [DEV-14] [DEV-15] [DEV-16] [DEV-17]
 * [DEV-18] [DEV-20] [DEV-21] [DEV-23] [DEV-27] [DEV-29] [DEV-31] [DEV-32] [HW-10]
 */
TEST(whatever_a_guest_does_the_rules_hold_after_each_access)
{
	struct device_life_counts counts = {0};
	uint8_t bytes[MOST_BYTES];
	const char *number = getenv("LIVES");
	uint64_t lives = number ? strtoull(number, NULL, 10) : LIVES;

	for (uint64_t seed = 1; seed <= lives; seed++)
		device_life(bytes, random_bytes(seed, bytes), seed, give_up, &counts);
	assert_true(counts.commands > 1000 * lives / LIVES);
	assert_true(counts.binds > 1000 * lives / LIVES);
	assert_true(counts.failed_binds > 100 * lives / LIVES);
	assert_true(counts.maps > 1000 * lives / LIVES);
	assert_true(counts.pulses > 100 * lives / LIVES);
	assert_true(counts.held > 100 * lives / LIVES);
	assert_true(counts.withdrawn > 100 * lives / LIVES);
	assert_true(counts.restored > 100 * lives / LIVES);
	assert_true(counts.not_restored > 10 * lives / LIVES);
}
