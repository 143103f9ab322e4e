/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_POLLER_H
#define CMDQV_POLLER_H
#include <cmdqv/types.h>
#ifdef __cplusplus
extern "C" {
#endif
struct pollfd;
struct cmdqv_poller_config {
	size_t size;
	uint32_t cpus;
	uint32_t sleep_ns;
	uint32_t spins;
	uint32_t yields;
	uint32_t yield_ns;
	uint32_t reserved;
};
enum cmdqv_poll {
	CMDQV_POLL_AGAIN,
	CMDQV_POLL_SPIN,
	CMDQV_POLL_YIELD,
	CMDQV_POLL_SLEEP,
};
struct cmdqv_poller {
	uint32_t sleep_ns;
	uint32_t spins;
	uint32_t yields;
	uint32_t yield_ns;
	uint32_t idle;
	uint32_t reserved[3];
};
CMDQV_API int cmdqv_poller_init(struct cmdqv_poller *poller,
				const struct cmdqv_poller_config *config);
CMDQV_API enum cmdqv_poll cmdqv_poller_next(struct cmdqv_poller *poller, bool found_work);
CMDQV_API int cmdqv_poller_wait(struct cmdqv_poller *poller, bool found_work, struct pollfd *fds,
				uint32_t count);
#ifdef __cplusplus
}
#endif
#endif
