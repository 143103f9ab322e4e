/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. What a guest stores into the mapped page tells nobody, so the thread has
 * to look. How long it waits between two looks is the library's to say (cmdqv/model/poller.h);
 * a sleep is cut short by a trapped write that made work, and by an event [HW-11].
 */
#include "engine.h"

#include "vm.h"

#include <cmdqv/model/poller.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	BUDGET = 64, /* commands in one turn with the lock */
};

/* Delivers events, if there are any. `timeout_ns` 0 only looks. */
static void poll_events(struct vmm *vmm, long timeout_ns)
{
	struct engine *engine = &vmm->engine;
	struct timespec timeout = {.tv_nsec = timeout_ns};
	struct pollfd fds[] = {
		{.fd = engine->event_fd, .events = POLLIN},
		{.fd = engine->kick_fd, .events = POLLIN},
	};
	eventfd_t kicks;

	if (ppoll(fds, 2, &timeout, NULL) <= 0)
		return;
	if (fds[1].revents)
		(void)eventfd_read(engine->kick_fd, &kicks);
	if (!fds[0].revents)
		return;
	pthread_mutex_lock(&vmm->lock);
	if (cmdqv_events(vmm->device) < 0)
		engine->event_fd = -1; /* failed for good; poll() passes over it */
	pthread_mutex_unlock(&vmm->lock);
}

static void execute(struct vmm *vmm)
{
	pthread_mutex_lock(&vmm->lock);
	(void)cmdqv_soft_host_run(vmm->host, BUDGET);
	pthread_mutex_unlock(&vmm->lock);
	poll_events(vmm, 0);
}

static void wait_for_next_look(struct vmm *vmm, const struct cmdqv_poller *poller,
			       enum cmdqv_poll how)
{
	switch (how) {
	case CMDQV_POLL_AGAIN:
	case CMDQV_POLL_SPIN:
		break;
	case CMDQV_POLL_YIELD:
		sched_yield();
		break;
	case CMDQV_POLL_SLEEP:
		poll_events(vmm, poller->sleep_ns);
		break;
	}
}

static void *run_engine(void *argument)
{
	struct vmm *vmm = argument;
	struct cmdqv_poller poller;

	(void)cmdqv_poller_init(&poller, NULL); /* the defaults are in range */
	while (!atomic_load(&vmm->engine.stop)) {
		bool found = cmdqv_soft_host_pending(vmm->host);

		if (found)
			execute(vmm);
		wait_for_next_look(vmm, &poller, cmdqv_poller_next(&poller, found));
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
