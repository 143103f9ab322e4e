/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. A store into the mapped page gives no sign, so the thread has to look. The
 * library says how long it waits between two looks (cmdqv/model/poller.h); a sleep is cut
 * short by a trapped write that made work, and by an event [HW-11].
 *
 * When nothing was found for QUIET_SLEEPS sleeps it withdraws page 0 [DEV-36] and looks once more.
 * Then whatever the guest does traps, as it does before there is a queue: while no page is mapped,
 * the thread sleeps until an access wakes it.
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
	BUDGET = 64,	  /* commands in one turn with the lock */
	QUIET_SLEEPS = 4, /* of the poller's 500 us: 2 ms */
};

/* What the thread sleeps on: events, kicks. */
enum { EVENT, KICK, FDS };

static void list_fds(const struct engine *engine, struct pollfd fds[FDS])
{
	fds[EVENT] = (struct pollfd){.fd = engine->event_fd, .events = POLLIN};
	fds[KICK] = (struct pollfd){.fd = engine->kick_fd, .events = POLLIN};
}

static bool engine_is_at_limit(const struct engine *engine)
{
	return engine->executed >= engine->limit;
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
	/* At its limit the guest shall move before it hears of an error. */
	if (!engine_is_at_limit(engine) && cmdqv_events(engine->device) < 0)
		engine->event_fd = -1; /* failed for good; poll() passes over it */
	pthread_mutex_unlock(engine->lock);
}

/* Under the lock. Returns how many commands there were. */
static uint64_t engine_run(struct engine *engine)
{
	uint64_t left = engine_is_at_limit(engine) ? 0 : engine->limit - engine->executed;
	int executed = cmdqv_soft_host_run(engine->host, left < BUDGET ? (uint32_t)left : BUDGET);

	engine->executed += (uint64_t)executed;
	return (uint64_t)executed;
}

static void engine_execute(struct engine *engine)
{
	struct pollfd fds[FDS];

	pthread_mutex_lock(engine->lock);
	(void)engine_run(engine);
	pthread_mutex_unlock(engine->lock);
	list_fds(engine, fds);
	if (poll(fds, FDS, 0) > 0)
		deliver(engine, fds);
}

/* Withdraws page 0 if it may. Is there nothing to do until an access traps? */
static bool engine_fall_asleep(struct engine *engine)
{
	struct cmdqv_state state = {.size = sizeof(state)};
	bool asleep;

	pthread_mutex_lock(engine->lock);
	if (engine->may_rest && cmdqv_page0_withdraw(engine->device) == 1)
		engine->rests++;
	(void)cmdqv_get_state(engine->device, &state);
	asleep = state.page0 != CMDQV_PAGE0_MAPPED && engine_run(engine) == 0 &&
		 !cmdqv_soft_host_pending(engine->host);
	engine->asleep = asleep;
	pthread_mutex_unlock(engine->lock);
	return asleep;
}

/* Sleeps until an access traps or an event comes; false: it has to look on. */
static bool engine_sleep(struct engine *engine)
{
	struct pollfd fds[FDS];

	if (!engine_fall_asleep(engine))
		return false;
	list_fds(engine, fds);
	if (poll(fds, FDS, -1) > 0)
		deliver(engine, fds);
	return true;
}

static void *run_engine(void *argument)
{
	struct engine *engine = argument;
	struct cmdqv_poller poller;
	struct pollfd fds[FDS];
	uint32_t sleeps = 0;

	(void)cmdqv_poller_init(&poller, NULL); /* the defaults are in range */
	while (!atomic_load(&engine->stop)) {
		bool found = cmdqv_soft_host_pending(engine->host);

		if (found)
			engine_execute(engine);
		/* After work it looks on first: a kick that it took may be the one to stop. */
		sleeps = found || poller.idle < poller.spins + poller.yields ? 0 : sleeps + 1;
		if (sleeps > QUIET_SLEEPS) {
			sleeps = 0;
			if (engine_sleep(engine)) {
				(void)cmdqv_poller_next(&poller, true);
				continue;
			}
		}
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

void engine_accessed(struct engine *engine)
{
	if (engine->asleep)
		engine_kick(engine);
	engine->asleep = false;
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
