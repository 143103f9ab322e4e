/* SPDX-License-Identifier: BSD-2-Clause */
/* The back-off of an engine's owner: what it says next, by what was found before. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmdqv/model/poller.h>

#include "../test.h"

static struct cmdqv_poller poller_of(uint32_t cpus, uint32_t spins, uint32_t yields)
{
	const struct cmdqv_poller_config config = {
		.size = sizeof(config), .cpus = cpus, .spins = spins, .yields = yields};
	struct cmdqv_poller poller;

	assert_int_equal(cmdqv_poller_init(&poller, &config), 0);
	return poller;
}

static void expect(struct cmdqv_poller *poller, uint32_t times, enum cmdqv_poll wanted)
{
	for (uint32_t i = 0; i < times; i++)
		assert_int_equal(cmdqv_poller_next(poller, false), wanted);
}

/* [HW-11] Later commands never meet a sleeping engine. */
TEST(it_spins_then_yields_then_sleeps_and_work_begins_it_anew_wherever_it_was)
{
	static const uint32_t before[] = {0, 1, 600, 700, 701, 1599, 1600, 5000};

	for (size_t i = 0; i < COUNT(before); i++) {
		struct cmdqv_poller poller = poller_of(8, 700, 900);

		for (uint32_t n = 0; n < before[i]; n++)
			(void)cmdqv_poller_next(&poller, false);
		assert_int_equal(cmdqv_poller_next(&poller, true), CMDQV_POLL_AGAIN);
		assert_int_equal(cmdqv_poller_next(&poller, true), CMDQV_POLL_AGAIN);
		expect(&poller, 700, CMDQV_POLL_SPIN);
		expect(&poller, 900, CMDQV_POLL_YIELD);
		expect(&poller, 10000, CMDQV_POLL_SLEEP);
	}
}

/* [HW-11] */
TEST(below_four_cpus_it_does_not_spin_unless_told_to)
{
	for (uint32_t cpus = 1; cpus <= 3; cpus++) {
		struct cmdqv_poller poller = poller_of(cpus, 0, 0);

		expect(&poller, 2000, CMDQV_POLL_YIELD);
		expect(&poller, 1, CMDQV_POLL_SLEEP);
		poller = poller_of(cpus, 2000, 0);
		expect(&poller, 2000, CMDQV_POLL_SPIN);
	}
	for (uint32_t cpus = 4; cpus <= 256; cpus *= 4) {
		struct cmdqv_poller poller = poller_of(cpus, 0, 0);

		expect(&poller, 4000, CMDQV_POLL_SPIN);
		expect(&poller, 2000, CMDQV_POLL_YIELD);
		expect(&poller, 1, CMDQV_POLL_SLEEP);
	}
}

/* [HW-11] Every queue has been looked at by then, and is from then on: see model.h. */
TEST(it_never_sleeps_before_1024_looks_in_vain)
{
	static const uint32_t counts[][2] = {{1, 1}, {1023, 1}, {1024, 1}, {1, 1023}, {5, 0}};

	for (size_t i = 0; i < COUNT(counts); i++) {
		struct cmdqv_poller poller = poller_of(8, counts[i][0], counts[i][1]);

		for (uint32_t n = 0; n < 1024; n++)
			assert_int_not_equal(cmdqv_poller_next(&poller, false), CMDQV_POLL_SLEEP);
	}
}

/* [HW-11] */
TEST(it_sleeps_half_a_millisecond_unless_told_otherwise)
{
	struct cmdqv_poller_config config = {.size = sizeof(config), .sleep_ns = 20000};
	struct cmdqv_poller poller;

	assert_int_equal(cmdqv_poller_init(&poller, NULL), 0);
	assert_int_equal(poller.sleep_ns, 500000);
	assert_int_equal(cmdqv_poller_init(&poller, &config), 0);
	assert_int_equal(poller.sleep_ns, 20000);
}

TEST(numbers_and_sizes_out_of_range_are_refused)
{
	struct cmdqv_poller_config config = {
		.size = sizeof(config), .spins = 0x7fffffff, .yields = 1};
	struct {
		struct cmdqv_poller_config config;
		uint64_t tail;
	} larger = {.config = {.size = sizeof(larger)}, .tail = 1};
	struct cmdqv_poller poller;

	assert_int_equal(cmdqv_poller_init(&poller, &config), -EINVAL);
	config = (struct cmdqv_poller_config){.size = 23}; /* of version 0.1 less one */
	assert_int_equal(cmdqv_poller_init(&poller, &config), -EINVAL);
	assert_int_equal(cmdqv_poller_init(&poller, &larger.config), -E2BIG);
	config = (struct cmdqv_poller_config){.size = sizeof(config), .reserved = 1};
	assert_int_equal(cmdqv_poller_init(&poller, &config), -E2BIG);
	larger.tail = 0;
	assert_int_equal(cmdqv_poller_init(&poller, &larger.config), 0);
}

static struct timespec slept; /* as nanosleep() was asked to */
static uint32_t sleeps;
static uint32_t yields;

int __wrap_nanosleep(const struct timespec *moment, struct timespec *left);
int __wrap_sched_yield(void);

int __wrap_nanosleep(const struct timespec *moment, struct timespec *left)
{
	(void)left;
	slept = *moment;
	sleeps++;
	return 0;
}

int __wrap_sched_yield(void)
{
	yields++;
	return 0;
}

/* [HW-11] */
TEST(it_yields_for_a_moment_if_it_is_given_one)
{
	static const uint32_t moments[] = {0, 1, 999999999, 1000000000, UINT32_MAX};

	for (size_t i = 0; i < COUNT(moments); i++) {
		struct cmdqv_poller poller = poller_of(8, 700, 900);

		poller.yield_ns = moments[i];
		sleeps = yields = 0;
		for (uint32_t n = 0; n < 1600; n++)
			assert_int_equal(cmdqv_poller_wait(&poller, false, NULL, 0), 0);
		assert_int_equal(sleeps, moments[i] ? 900 : 0);
		assert_int_equal(yields, moments[i] ? 0 : 900);
		assert_int_equal(moments[i] ? slept.tv_sec : 0, moments[i] / 1000000000);
		assert_int_equal(moments[i] ? slept.tv_nsec : 0, moments[i] % 1000000000);
	}
}

/* [HW-11] */
TEST(it_waits_as_it_says_and_a_sleep_ends_by_a_descriptor)
{
	struct cmdqv_poller poller = poller_of(8, 700, 900);
	struct pollfd fds[2] = {{.fd = -1}, {.fd = eventfd(1, 0), .events = POLLIN}};

	poller.yield_ns = 1;
	poller.sleep_ns = UINT32_MAX;
	for (uint32_t i = 0; i < 1600; i++) {
		fds[0].revents = fds[1].revents = POLLIN;
		assert_int_equal(cmdqv_poller_wait(&poller, false, fds, 2), 0);
		assert_int_equal(fds[0].revents | fds[1].revents, 0);
	}
	assert_int_equal(cmdqv_poller_wait(&poller, false, fds, 2), 1);
	assert_int_equal(fds[0].revents, 0);
	assert_int_equal(fds[1].revents, POLLIN);
	close(fds[1].fd);
	poller.sleep_ns = 1;
	assert_int_equal(cmdqv_poller_wait(&poller, false, NULL, 0), 0);
	assert_int_equal(cmdqv_poller_wait(&poller, true, NULL, 0), 0);
	assert_int_equal(poller.idle, 0);
}
