/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. A store into the mapped page gives no sign, so the thread has to look. The
 * library says how long it waits between two looks (cmdqv/model/poller.h); a sleep is cut
 * short by a trapped write that made work, and by an event [HW-11].
 */
#include "engine.h"

#include <cmdqv/device.h>
#include <cmdqv/model/poller.h>
#include <cmdqv/model/soft.h>

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	BUDGET = 64, /* commands in one turn with the lock */
};

/* What the thread sleeps on: events, kicks. */
enum { EVENT, KICK, FDS };

static void list_fds(const struct engine *engine, struct pollfd fds[FDS])
{
	fds[EVENT] = (struct pollfd){.fd = engine->event_fd, .events = POLLIN};
	fds[KICK] = (struct pollfd){.fd = engine->kick_fd, .events = POLLIN};
}

/* Delivers events and takes the kick, if they are there. */
static void deliver(struct engine *engine, const struct pollfd fds[FDS])
{
	eventfd_t kicks;

	if (fds[KICK].revents)
		(void)eventfd_read(engine->kick_fd, &kicks);
	if (!fds[EVENT].revents)
		return;
	pthread_mutex_lock(engine->lock);
	if (cmdqv_events(engine->device) < 0)
		engine->event_fd = -1; /* failed for good; poll() passes over it */
	pthread_mutex_unlock(engine->lock);
}

static void engine_execute(struct engine *engine)
{
	struct pollfd fds[FDS];
	uint64_t left;

	pthread_mutex_lock(engine->lock);
	left = engine->limit - engine->executed;
	engine->executed += (uint64_t)cmdqv_soft_host_run(engine->host,
							  left < BUDGET ? (uint32_t)left : BUDGET);
	pthread_mutex_unlock(engine->lock);
	list_fds(engine, fds);
	if (poll(fds, FDS, 0) > 0)
		deliver(engine, fds);
}

static void *run_engine(void *argument)
{
	struct engine *engine = argument;
	struct cmdqv_poller poller;
	struct pollfd fds[FDS];

	(void)cmdqv_poller_init(&poller, NULL); /* the defaults are in range */
	while (!atomic_load(&engine->stop)) {
		bool found = cmdqv_soft_host_pending(engine->host);

		if (found)
			engine_execute(engine);
		list_fds(engine, fds);
		if (cmdqv_poller_wait(&poller, found, fds, FDS) > 0)
			deliver(engine, fds);
	}
	return NULL;
}

int engine_init(struct engine *engine, pthread_mutex_t *lock)
{
	*engine = (struct engine){.lock = lock, .event_fd = -1, .limit = UINT64_MAX};
	engine->kick_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return engine->kick_fd < 0 ? -errno : 0;
}

int engine_start(struct engine *engine)
{
	int err;

	atomic_store(&engine->stop, false);
	err = pthread_create(&engine->thread, NULL, run_engine, engine);

	engine->running = !err;
	return -err;
}

void engine_kick(struct engine *engine)
{
	(void)eventfd_write(engine->kick_fd, 1);
}

void engine_stop(struct engine *engine)
{
	if (!engine->running)
		return;
	atomic_store(&engine->stop, true);
	engine_kick(engine);
	pthread_join(engine->thread, NULL);
	engine->running = false;
}

void engine_fini(struct engine *engine)
{
	if (engine->kick_fd >= 0)
		close(engine->kick_fd);
	engine->kick_fd = -1;
}
