/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that is the hardware: it executes commands and carries events to the device. */
#ifndef VMM_ENGINE_H
#define VMM_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct cmdqv;
struct cmdqv_soft_host;

struct engine {
	pthread_t thread;
	bool running;
	atomic_bool stop;
	int kick_fd; /* an eventfd */
	int event_fd;
	bool may_rest; /* may page 0 be withdrawn while the queues are quiet [DEV-36]? */

	/* Until an access traps, and how often page 0 was withdrawn for it; under the lock. */
	bool asleep;
	uint64_t rests;

	/*
	 * Commands so far, and where it stops, and keeps events to itself, until the limit is
	 * raised; under the lock.
	 */
	uint64_t executed;
	uint64_t limit;

	/* Borrowed. The last two are filled in before engine_start(). */
	pthread_mutex_t *lock;
	struct cmdqv_soft_host *host;
	struct cmdqv *device;
};

/* Returns: 0; a negative errno. */
int engine_init(struct engine *engine, pthread_mutex_t *lock);
int engine_start(struct engine *engine);

/* Wakes it early: something was trapped that made work, or it shall stop. Any thread. */
void engine_kick(struct engine *engine);

/* An access has trapped: page 0 may be mapped again. Under the lock. */
void engine_accessed(struct engine *engine);

/* Stops the thread and waits for it; may be called if it never started. */
void engine_stop(struct engine *engine);
void engine_fini(struct engine *engine);

#endif
