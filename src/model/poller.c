/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The back-off of a thread that owns an engine: spin, yield, sleep, by the number of looks
 * that found nothing [HW-11].
 *
 * Spinning answers within a cache miss, yielding within a scheduler's turn. A look that
 * finds something begins anew, so a guest that sends batch after batch never meets a
 * sleeping engine. What idleness costs is then the looks before the first sleep, once, and
 * one look each sleep.
 */
#include <cmdqv/model/poller.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <cmdqv/model/model.h>

#include "base/sized.h"

enum {
	FEW_CPUS = 4,
	DEFAULT_SLEEP_NS = 500 * 1000,
	DEFAULT_SPINS = 4000,
	DEFAULT_YIELDS = 2000,
	MOST_LOOKS = INT32_MAX,
	NS_PER_SECOND = 1000 * 1000 * 1000,
};

static uint32_t online_cpus(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : (uint32_t)cpus;
}

int cmdqv_poller_init(struct cmdqv_poller *poller, const struct cmdqv_poller_config *config)
{
	struct cmdqv_poller_config known = {.size = sizeof(known)};
	uint32_t cpus;
	int err = 0;

	if (config)
		err = sized_in(&known, SIZED_STRUCT(cmdqv_poller_config), config, NULL);
	if (err)
		return err;
	if ((uint64_t)known.spins + known.yields > MOST_LOOKS)
		return -EINVAL;
	cpus = known.cpus ? known.cpus : online_cpus();
	*poller = (struct cmdqv_poller){
		.sleep_ns = known.sleep_ns ? known.sleep_ns : DEFAULT_SLEEP_NS,
		.spins = known.spins	   ? known.spins
			 : cpus < FEW_CPUS ? 0
					   : DEFAULT_SPINS,
		.yields = known.yields ? known.yields : DEFAULT_YIELDS,
		.yield_ns = known.yield_ns,
	};
	if (poller->spins + poller->yields < CMDQV_MODEL_LOOKS)
		poller->yields = CMDQV_MODEL_LOOKS - poller->spins;
	return 0;
}

enum cmdqv_poll cmdqv_poller_next(struct cmdqv_poller *poller, bool found_work)
{
	if (found_work) {
		poller->idle = 0;
		return CMDQV_POLL_AGAIN;
	}
	if (poller->idle >= poller->spins + poller->yields)
		return CMDQV_POLL_SLEEP;
	poller->idle++;
	return poller->idle <= poller->spins ? CMDQV_POLL_SPIN : CMDQV_POLL_YIELD;
}

static struct timespec time_of(uint32_t ns)
{
	return (struct timespec){.tv_sec = ns / NS_PER_SECOND, .tv_nsec = ns % NS_PER_SECOND};
}

/* The CPU's hint that this is a loop. */
static void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static void yield_for(uint32_t ns)
{
	const struct timespec moment = time_of(ns);

	if (ns)
		nanosleep(&moment, NULL);
	else
		sched_yield();
}

int cmdqv_poller_wait(struct cmdqv_poller *poller, bool found_work, struct pollfd *fds,
		      uint32_t count)
{
	const struct timespec sleep = time_of(poller->sleep_ns);
	enum cmdqv_poll how = cmdqv_poller_next(poller, found_work);
	int ready = 0;

	for (uint32_t i = 0; i < count; i++)
		fds[i].revents = 0;
	if (how == CMDQV_POLL_SPIN)
		relax();
	else if (how == CMDQV_POLL_YIELD)
		yield_for(poller->yield_ns);
	else if (how == CMDQV_POLL_SLEEP)
		ready = ppoll(fds, count, &sleep, NULL);
	return ready > 0 ? ready : 0;
}
