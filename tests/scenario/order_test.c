/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [HW-10] [HW-15] What a guest stored before PROD, GERRORN or CONFIG is seen by the command that
 * each of them lets through: a plain word that `execute` reads. ThreadSanitizer reports a race if
 * one of the three is loaded or stored without its order, for nothing else orders the word.
 */
#include "../unit/model_fixture.h"

#include <pthread.h>
#include <sched.h>

#define ILLEGAL 0xffULL
#define RING RAM

struct scene {
	struct bench *bench;
	uint32_t payload; /* plain: the guest's thread writes it, the engine's reads it */
	uint32_t seen;
	_Atomic uint32_t executed;
};

/* A bench has no room for a user: one scene at a time. */
static struct scene scene;

static void read_payload(struct bench *bench)
{
	(void)bench;
	scene.seen = scene.payload;
	atomic_fetch_add_explicit(&scene.executed, 1, memory_order_relaxed);
}

/* What the engine read is over when the guest sees its answer. */
static void wait_for(uint32_t reg, uint32_t value)
{
	_Atomic uint32_t *word = mapped(scene.bench, 0, 0, reg);

	while (atomic_load_explicit(word, memory_order_acquire) != value)
		sched_yield();
}

static void store(uint32_t reg, uint32_t value, memory_order order)
{
	atomic_store_explicit(mapped(scene.bench, 0, 0, reg), value, order);
}

static void *guest(void *unused)
{
	(void)unused;
	scene.payload = 1;
	store(PROD, 1, memory_order_release);
	wait_for(CONS, 1);
	scene.payload = 0; /* CONS says that the engine is done with it */

	store(PROD, 2, memory_order_relaxed); /* at an illegal command */
	wait_for(GERROR, 1);
	put(scene.bench, RING + 16, SYNC0, 0);
	scene.payload = 2;
	store(GERRORN, 1, memory_order_release);
	wait_for(CONS, 2);

	store(CONFIG, 0, memory_order_relaxed);
	wait_for(STATUS, 0);
	store(PROD, 3, memory_order_relaxed);
	scene.payload = 3;
	store(CONFIG, 1, memory_order_release);
	wait_for(CONS, 3);
	return NULL;
}

/* Runs the engine until `executed` commands were executed. */
static void run_until(uint32_t executed)
{
	while (atomic_load_explicit(&scene.executed, memory_order_relaxed) < executed) {
		assert_true(cmdqv_model_run(scene.bench->model, 1) >= 0);
		sched_yield();
	}
}

TEST(what_was_stored_before_is_seen_by_the_command)
{
	pthread_t thread;

	scene = (struct scene){.bench = bench_with_queue(4)};
	put(scene.bench, RING, SYNC0, 0);
	put(scene.bench, RING + 16, ILLEGAL, 0);
	put(scene.bench, RING + 32, SYNC0, 0);
	scene.bench->in_execute = read_payload;
	assert_int_equal(pthread_create(&thread, NULL, guest, NULL), 0);
	for (uint32_t n = 1; n <= 3; n++) {
		run_until(n);
		assert_int_equal(scene.seen, n);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	bench_close(scene.bench);
}
