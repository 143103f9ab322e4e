/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long the thread that owns an engine waits between two looks [HW-11]. Part of
 * libcmdqv-model.
 *
 * What a guest stores into a mapped page tells nobody, so a thread has to look. It spins
 * while commands are to be expected, yields when they become rare, and sleeps once there
 * were none for a while: the first command after that waits at most one sleep, those that
 * follow do not wait. The thread is the embedder's:
 *
 *	cmdqv_poller_init(&poller, NULL);
 *	while (!stop) {
 *		bool found = cmdqv_soft_host_pending(host);
 *
 *		if (found)
 *			lock, cmdqv_soft_host_run(host, 64), unlock;
 *		switch (cmdqv_poller_next(&poller, found)) {
 *		case CMDQV_POLL_AGAIN: break;
 *		case CMDQV_POLL_SPIN: pause; break;
 *		case CMDQV_POLL_YIELD: sched_yield(); break;
 *		case CMDQV_POLL_SLEEP: sleep poller.sleep_ns, or until kick(); break;
 *		}
 *	}
 *
 * Idleness is measured by counting looks that found nothing: no clock is read, so what
 * comes next is a function of what was found before, and nothing else.
 *
 * Threads: a poller belongs to its thread. Nothing blocks or allocates.
 */
#ifndef CMDQV_POLLER_H
#define CMDQV_POLLER_H

#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero means the default everywhere. */
struct cmdqv_poller_config {
	size_t size;	   /* sizeof(struct cmdqv_poller_config) */
	uint32_t cpus;	   /* of the machine; default: those that are online */
	uint32_t sleep_ns; /* the longest a first command waits; default 500000 */
	uint32_t spins;	   /* looks that spin; default 4000, and 0 on fewer than four CPUs, where a
			      vCPU waits for the core that would be spun on */
	uint32_t yields;   /* looks that yield, after these; default 2000 */
};

/* What to do before the next look. */
enum cmdqv_poll {
	CMDQV_POLL_AGAIN, /* look again at once */
	CMDQV_POLL_SPIN,  /* likewise, after the CPU's hint that this is a loop */
	CMDQV_POLL_YIELD, /* let others run first */
	CMDQV_POLL_SLEEP, /* sleep for sleep_ns, or until something was trapped that made work */
};

/* The caller's storage; set up by cmdqv_poller_init(), and his to read only. */
struct cmdqv_poller {
	uint32_t sleep_ns;
	uint32_t spins;
	uint32_t yields;
	uint32_t idle; /* looks in a row that found nothing */
};

/*
 * Sets up a poller; `config` may be NULL. Before it lets its thread sleep it sees to at
 * least CMDQV_MODEL_LOOKS looks, so that each look after that is at all queues: where
 * spins and yields are fewer, yields become more.
 *
 * Returns: 0; -EINVAL, -E2BIG: see types.h; -EINVAL: spins and yields are over 2^31 together.
 */
CMDQV_API int cmdqv_poller_init(struct cmdqv_poller *poller,
				const struct cmdqv_poller_config *config);

/* Call it after each look: `found_work` is what the look came to. */
CMDQV_API enum cmdqv_poll cmdqv_poller_next(struct cmdqv_poller *poller, bool found_work);

#ifdef __cplusplus
}
#endif

#endif
