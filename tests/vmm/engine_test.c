/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's thread alone: what it asks of the library is answered here. */
#include "../test.h"

#include "engine.h"

#include <cmdqv/device.h>
#include <cmdqv/model/poller.h>
#include <cmdqv/model/soft.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { A_WHILE_MS = 10000, MOST_LOOKS = 16 }; /* more than it does before it rests */

static struct {
	struct engine engine;
	pthread_mutex_t lock;
	int looks;
	int finds; /* a command, at this look */
	int executed;
	int ready; /* a pipe: written when it is being executed */
} host;

bool cmdqv_soft_host_pending(const struct cmdqv_soft_host *of)
{
	(void)of;
	return ++host.looks == host.finds;
}

int cmdqv_soft_host_run(struct cmdqv_soft_host *of, uint32_t budget)
{
	struct pollfd kick = {.fd = host.engine.kick_fd, .events = POLLIN};

	(void)of;
	(void)budget;
	if (host.looks != host.finds || host.executed++)
		return 0;
	assert_int_equal(write(host.ready, "", 1), 1);
	/* Until engine_stop() has told it to stop. */
	assert_int_equal(poll(&kick, 1, A_WHILE_MS), 1);
	return 1;
}

int cmdqv_poller_init(struct cmdqv_poller *poller, const struct cmdqv_poller_config *config)
{
	(void)config;
	*poller = (struct cmdqv_poller){.idle = 1, .yields = 1};
	return 0;
}

enum cmdqv_poll cmdqv_poller_next(struct cmdqv_poller *poller, bool found_work)
{
	(void)poller;
	(void)found_work;
	return CMDQV_POLL_AGAIN;
}

int cmdqv_poller_wait(struct cmdqv_poller *poller, bool found_work, struct pollfd *fds,
		      uint32_t count)
{
	(void)poller;
	(void)found_work;
	for (uint32_t i = 0; i < count; i++)
		fds[i].revents = 0;
	return 0;
}

int cmdqv_events(struct cmdqv *dev)
{
	(void)dev;
	return 0;
}

int cmdqv_page0_withdraw(struct cmdqv *dev)
{
	(void)dev;
	return 0;
}

int cmdqv_get_state(struct cmdqv *dev, struct cmdqv_state *state)
{
	(void)dev;
	state->page0 = host.executed ? CMDQV_PAGE0_NONE : CMDQV_PAGE0_MAPPED;
	return 0;
}

/* However long it has been idle. It must not rest then: the kick was for it, and none will follow.
 */
TEST(an_engine_that_is_told_to_stop_while_it_executes_stops)
{
	int fds[2];
	char byte;

	assert_int_equal(pipe(fds), 0);
	alarm(A_WHILE_MS / 1000); /* else this program waits for ever */
	for (int finds = 1; finds <= MOST_LOOKS; finds++) {
		memset(&host, 0, sizeof(host));
		host.finds = finds;
		host.ready = fds[1];
		pthread_mutex_init(&host.lock, NULL);
		assert_int_equal(engine_init(&host.engine, &host.lock), 0);
		assert_int_equal(engine_start(&host.engine), 0);
		assert_int_equal(read(fds[0], &byte, 1), 1);
		engine_stop(&host.engine);
		assert_int_equal(host.executed, 1);
		engine_fini(&host.engine);
		pthread_mutex_destroy(&host.lock);
	}
	alarm(0);
	close(fds[0]);
	close(fds[1]);
}
