/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this machine can do at best, to read the other figures by: machine/line-transfer
 * is how long a cache line takes from a core that wrote it to one that waits for it. Half
 * a round trip of two threads on different processors. machine/sleep-cpu is what a sleep
 * of 500 microseconds costs of a core's time by nanosleep(), in any program; .../ppoll and
 * .../timerfd are other ways. machine/random-load/... is a load from somewhere in as much
 * memory as a TLB of 64 Ki entries takes: one that must wait for the one before it, and one of
 * eight that need not wait for each other. No look-up in such a TLB can take less.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

enum {
	ROUNDS = 2000,
	MAX_RUNS = 256,
	SLEEPS = 20,
	SLEEP_NS = 500 * 1000,
	PLACES = 896 * 1024, /* of 4 bytes: the 3.5 MiB of a TLB's entries and slots */
	LOADS = 16384,
	MOST_WALKS = 8,
};

struct ball {
	_Alignas(128) _Atomic uint32_t there;
	_Alignas(128) _Atomic uint32_t back;
	_Alignas(128) uint32_t rounds;
};

static void *returner(void *context)
{
	struct ball *ball = context;

	for (uint32_t i = 1; i <= ball->rounds; i++) {
		while (atomic_load_explicit(&ball->there, memory_order_acquire) != i)
			;
		atomic_store_explicit(&ball->back, i, memory_order_release);
	}
	return NULL;
}

static double play(struct ball *ball, uint32_t from, uint32_t rounds)
{
	uint64_t start = bench_now_ns();

	for (uint32_t i = from; i < from + rounds; i++) {
		atomic_store_explicit(&ball->there, i, memory_order_release);
		while (atomic_load_explicit(&ball->back, memory_order_acquire) != i)
			;
	}
	return (double)(bench_now_ns() - start) / rounds / 2;
}

static uint64_t own_cpu_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}

static const struct timespec sleep_time = {.tv_nsec = SLEEP_NS};

static void by_nanosleep(int timer)
{
	(void)timer;
	nanosleep(&sleep_time, NULL);
}

static void by_ppoll(int timer)
{
	(void)timer;
	ppoll(NULL, 0, &sleep_time, NULL);
}

static void by_timer(int timer)
{
	uint64_t expirations;

	(void)!read(timer, &expirations, sizeof(expirations));
}

static int start_timer(void)
{
	const struct itimerspec every = {.it_interval = sleep_time, .it_value = sleep_time};
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (timer >= 0)
		(void)timerfd_settime(timer, 0, &every, NULL);
	return timer;
}

static void measure_sleep(struct bench_report *report, const char *name,
			  void (*sleep_once)(int timer), int timer)
{
	double samples[MAX_RUNS];
	uint32_t runs = bench_runs(report);

	if (!bench_wanted(report, name))
		return;
	for (uint32_t run = 0; run < runs; run++) {
		uint64_t start = own_cpu_ns();

		for (uint32_t i = 0; i < SLEEPS; i++)
			sleep_once(timer);
		samples[run] = (double)(own_cpu_ns() - start) / (double)SLEEPS;
	}
	bench_add(report, name, "ns", samples, runs);
}

static void measure_transfer(struct bench_report *report)
{
	struct ball ball = {.there = 0, .rounds = ROUNDS * bench_runs(report)};
	double samples[MAX_RUNS];
	pthread_t thread;

	if (!bench_wanted(report, "machine/line-transfer") || bench_cpus() < 2)
		return;
	if (pthread_create(&thread, NULL, returner, &ball)) {
		report->complaint = "machine: no thread";
		return;
	}
	for (uint32_t run = 0; run < bench_runs(report); run++)
		samples[run] = play(&ball, 1 + run * ROUNDS, ROUNDS);
	pthread_join(thread, NULL);
	bench_add(report, "machine/line-transfer", "ns", samples, bench_runs(report));
}

/* One ring through all places, in an order that no prefetcher foresees. */
static void make_ring(uint32_t *next)
{
	uint64_t random = 1;

	for (uint32_t i = 0; i < PLACES; i++)
		next[i] = i;
	for (uint32_t i = PLACES - 1; i > 0; i--) {
		uint32_t other, kept = next[i];

		random = random * 6364136223846793005U + 1442695040888963407U;
		other = (uint32_t)(random >> 33) % i;
		next[i] = next[other];
		next[other] = kept;
	}
}

/* `count` walks side by side; nanoseconds of a load. */
static double walk(const uint32_t *next, uint32_t at[MOST_WALKS], uint32_t count)
{
	uint64_t start = bench_now_ns();

	for (uint32_t i = 0; i < LOADS; i += count)
		for (uint32_t w = 0; w < count; w++)
			at[w] = next[at[w]];
	return (double)(bench_now_ns() - start) / (double)LOADS;
}

static void measure_loads(struct bench_report *report)
{
	uint32_t at[MOST_WALKS];
	double one[MAX_RUNS];
	double eight[MAX_RUNS];
	uint32_t *next;

	if (!bench_wanted(report, "machine/random-load/"))
		return;
	next = malloc(PLACES * sizeof(*next));
	if (!next) {
		report->complaint = "machine: no memory";
		return;
	}
	make_ring(next);
	for (uint32_t w = 0; w < MOST_WALKS; w++)
		at[w] = w * (PLACES / MOST_WALKS);
	for (uint32_t run = 0; run < bench_runs(report); run++) {
		one[run] = walk(next, at, 1);
		eight[run] = walk(next, at, MOST_WALKS);
	}
	free(next);
	bench_add(report, "machine/random-load/one", "ns", one, bench_runs(report));
	bench_add(report, "machine/random-load/eight", "ns", eight, bench_runs(report));
	if (at[0] >= PLACES) /* never: the walks are not for nothing */
		report->complaint = "machine: a walk left its ring";
}

void bench_machine(struct bench_report *report)
{
	int timer;

	measure_transfer(report);
	measure_loads(report);
	measure_sleep(report, "machine/sleep-cpu", by_nanosleep, -1);
	measure_sleep(report, "machine/sleep-cpu/ppoll", by_ppoll, -1);
	timer = start_timer(); /* beside the others it would be work */
	if (timer < 0)
		return;
	measure_sleep(report, "machine/sleep-cpu/timerfd", by_timer, timer);
	close(timer);
}
