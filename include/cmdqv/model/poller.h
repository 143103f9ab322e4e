/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * How long the thread that owns an engine waits between two looks [HW-11]. Part of
 * libcmdqv-model.
 *
 * A store into a mapped page gives no sign, so a thread has to look. It spins while it
 * expects commands, yields when they become rare, and sleeps once there were none for a
 * while: the first command after that waits at most one sleep, the next ones do not wait.
 * The embedder makes the thread:
 *
 *	cmdqv_poller_init(&poller, NULL);
 *	while (!stop) {
 *		bool found = cmdqv_soft_host_pending(host);
 *
 *		if (found)
 *			lock, cmdqv_soft_host_run(host, 64), unlock;
 *		if (cmdqv_poller_wait(&poller, found, &kick, 1) > 0)
 *			eventfd_read(kick.fd, &value);
 *	}
 *
 * The poller measures idleness by counting looks that found nothing. It reads no clock: the
 * next wait follows from what the looks before found, and from nothing else.
 *
 * An engine that found nothing for some milliseconds need not poll at all. It withdraws page 0 of
 * its devices (cmdqv_page0_withdraw() of device.h), runs cmdqv_soft_host_run() until there is
 * nothing to do, and sleeps until `kick`; the embedder wakes it after each cmdqv_access()
 * and cmdqv_restore().
 *
 * Threads: a poller belongs to one thread. Nothing allocates.
 */
#ifndef CMDQV_POLLER_H
#define CMDQV_POLLER_H

#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pollfd;

/** Zero means the default everywhere. */
struct cmdqv_poller_config {
	size_t size;	   /**< sizeof(struct cmdqv_poller_config) */
	uint32_t cpus;	   /**< of the machine; default: those that are online */
	uint32_t sleep_ns; /**< the longest a first command waits; default 500000 */
	uint32_t spins;	 /**< looks that spin; default 4000, and 0 on fewer than four CPUs, where a
			    vCPU waits for the core that would be spun on */
	uint32_t yields; /**< looks that yield, after these; default 2000 */
	uint32_t yield_ns; /**< sleep so long instead of yielding; default: yield. Where vCPUs keep
			      all cores busy, a thread that yields waits for a time slice, one
			      that sleeps for a moment does not */
	uint32_t reserved; /**< 0 */
};

/** What to do before the next look. */
enum cmdqv_poll {
	CMDQV_POLL_AGAIN, /**< look again at once */
	CMDQV_POLL_SPIN,  /**< likewise, after the CPU's hint that this is a loop */
	CMDQV_POLL_YIELD, /**< let other threads run first */
	CMDQV_POLL_SLEEP, /**< sleep for sleep_ns, or until something was trapped that made work */
};

/** Owned by the caller; read-only after cmdqv_poller_init(). */
struct cmdqv_poller {
	uint32_t sleep_ns;    /**< as in struct cmdqv_poller_config */
	uint32_t spins;	      /**< likewise */
	uint32_t yields;      /**< likewise */
	uint32_t yield_ns;    /**< likewise; 0: yield */
	uint32_t idle;	      /**< looks in a row that found nothing */
	uint32_t reserved[3]; /**< 0 */
};

/**
 * Sets up a poller. A thread must look CMDQV_MODEL_LOOKS times before it sleeps, so that each
 * look after a sleep is at all queues. If spins and yields are fewer, yields become more.
 *
 * @param config may be NULL
 * @retval 0 success
 * @retval -EINVAL `size` is smaller than that of the first version, or spins and yields are
 *	2^31 or more together
 * @retval -E2BIG members that this library does not know are not 0
 */
CMDQV_API int cmdqv_poller_init(struct cmdqv_poller *poller,
				const struct cmdqv_poller_config *config);

/**
 * What to do before the next look, for a thread that waits by itself. Call it after each look.
 *
 * @param found_work did the look find anything?
 */
CMDQV_API enum cmdqv_poll cmdqv_poller_next(struct cmdqv_poller *poller, bool found_work);

/**
 * Asks cmdqv_poller_next() and does what it says. A sleep ends early when a descriptor is
 * ready, as with poll(): an eventfd that the kick of a trapped write makes readable. Read it
 * then: while a descriptor stays ready, every sleep ends at once.
 * Blocks for at most sleep_ns. While there is work it never sleeps, and looks at no descriptor:
 * those of events (cmdqv_event_fd()) are for a thread that polls them.
 *
 * @param fds to sleep on, may be NULL if `count` is 0; `revents` is set, to 0 if it did not sleep
 * @return how many descriptors are ready; 0: none, or it did not sleep, or a signal came
 */
CMDQV_API int cmdqv_poller_wait(struct cmdqv_poller *poller, bool found_work, struct pollfd *fds,
				uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
