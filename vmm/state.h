/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of a VM. One lock protects device, backend, executor, recorder and counters
 * [HW-12]; `watch_lock` protects what vmm_run() waits for. A thread that holds the second
 * takes no other.
 */
#ifndef VMM_STATE_H
#define VMM_STATE_H

#include "backend.h"
#include "machine.h"
#include "memory.h"
#include "recorder.h"
#include "vmm.h"

#include "guest/driver.h"

#include <cmdqv/cmdqv.h>

#include <pthread.h>
#include <time.h>

#define VMM_LOG2_SIDS CMDQV_MAX_LOG2_SIDS

struct soft_backend;
struct iommufd_host;

struct vmm {
	struct vmm_config config;
	struct memory memory;
	struct guest_mailbox *mailbox; /* in guest RAM */
	struct machine *machine;

	pthread_mutex_t lock, turn; /* taken by vmm_lock() */
	const struct backend_ops *backend_ops;
	struct cmdqv_backend backend;
	uint32_t cmdqs;		/* log2 of the most entries that a queue may have on it */
	struct cmdqv *device;	/* NULL after a move that failed */
	bool paused;		/* accesses that trap wait, */
	pthread_cond_t resumed; /*   until this */
	struct recorder recorder;
	uint64_t exits[CMDQV_AT_PAGES];
	uint64_t rest_exits; /* of them: at page 0 while it rested */
	char host_message[256];

	struct soft_backend *soft;    /* backend_soft.c, or NULL */
	struct iommufd_host *iommufd; /* backend_iommufd.c, or NULL */

	/* Where the current phase began, and the phases before it. */
	struct timespec phase_start;
	struct backend_counts phase_counts;
	uint32_t phase_moves;
	double phase_stood_still;
	uint64_t move_at; /* progress of the backend at which the next move is due */
	bool error_seen;  /* the errors that are pending were there at the last look */
	struct vmm_report report;
	uint64_t lines; /* that the guest said */

	pthread_mutex_t watch_lock;
	pthread_cond_t watch;
	uint32_t cpus_done;
	bool broken;		    /* the machine failed, */
	struct cmdqv_error failure; /*   like this */
};

/*
 * A thread that waits for the lock holds the turn meanwhile, so that others come after it. Without
 * the turn, a vCPU that traps without a pause takes the lock again and again, and the thread that
 * watches the VM never gets it.
 */
static inline void vmm_lock(struct vmm *vmm)
{
	pthread_mutex_lock(&vmm->turn);
	pthread_mutex_lock(&vmm->lock);
	pthread_mutex_unlock(&vmm->turn);
}

#endif
