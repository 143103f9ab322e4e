/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. A store into the mapped page gives no sign, so the thread has to look. The
 * library says how long it waits between two looks (cmdqv/model/poller.h); a sleep is cut
 * short by a trapped write that made work, and by an event [HW-11].
 */
#include "engine.h"

#include "vm.h"

#include <cmdqv/model/poller.h>

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
static void deliver(struct vmm *vmm, const struct pollfd fds[FDS])
{
	struct engine *engine = &vmm->engine;
	eventfd_t kicks;

	if (fds[KICK].revents)
		(void)eventfd_read(engine->kick_fd, &kicks);
	if (!fds[EVENT].revents)
		return;
	pthread_mutex_lock(&vmm->lock);
	if (cmdqv_events(vmm->device) < 0)
		engine->event_fd = -1; /* failed for good; poll() passes over it */
	pthread_mutex_unlock(&vmm->lock);
}

static void execute(struct vmm *vmm)
{
	struct pollfd fds[FDS];

	pthread_mutex_lock(&vmm->lock);
	(void)cmdqv_soft_host_run(vmm->host, BUDGET);
	pthread_mutex_unlock(&vmm->lock);
	list_fds(&vmm->engine, fds);
	if (poll(fds, FDS, 0) > 0)
		deliver(vmm, fds);
}

static void *run_engine(void *argument)
{
	struct vmm *vmm = argument;
	struct cmdqv_poller poller;
	struct pollfd fds[FDS];

	(void)cmdqv_poller_init(&poller, NULL); /* the defaults are in range */
	while (!atomic_load(&vmm->engine.stop)) {
		bool found = cmdqv_soft_host_pending(vmm->host);

		if (found)
			execute(vmm);
		list_fds(&vmm->engine, fds);
		if (cmdqv_poller_wait(&poller, found, fds, FDS) > 0)
			deliver(vmm, fds);
	}
	return NULL;
}

int engine_init(struct engine *engine, int event_fd)
{
	*engine = (struct engine){.event_fd = event_fd};
	engine->kick_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return engine->kick_fd < 0 ? -errno : 0;
}

int engine_start(struct engine *engine, struct vmm *vmm)
{
	int error = pthread_create(&engine->thread, NULL, run_engine, vmm);

	engine->running = !error;
	return -error;
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
