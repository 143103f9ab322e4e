/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who owns the queues: software in this process (backend_soft.c), or Linux on a Grace host
 * (backend_iommufd.c). All of it works on struct vmm.
 */
#ifndef VMM_BACKEND_H
#define VMM_BACKEND_H

#include <cmdqv/types.h>

struct vmm;

/* Commands that were executed for the guest, as far as this process saw them. */
struct backend_counts {
	uint64_t tlbis;
	uint64_t syncs;
	uint64_t atcs;
	uint64_t rests; /* of page 0 while the queues were quiet */
};

struct backend_ops {
	/*
	 * Guest RAM exists: makes what stands behind the device, and fills in vmm->backend and
	 * vmm->cmdqs. destroy() follows in any case, also when this has failed.
	 */
	int (*create)(struct vmm *vmm, struct cmdqv_error *error);

	/* Starts and stops the threads: hardware's, or those that listen to it. The device exists.
	 * stop() may be called if start() failed. */
	int (*start)(struct vmm *vmm, struct cmdqv_error *error);
	void (*stop)(struct vmm *vmm);

	/*
	 * The guest is paused, stop() was called, the device is gone: closes the host and opens
	 * another one, with the same RAM and devices, and fills in vmm->backend anew.
	 */
	int (*move)(struct vmm *vmm, struct cmdqv_error *error);

	/* The device is gone. */
	void (*destroy)(struct vmm *vmm);

	/* After each access that trapped, under the lock. */
	void (*accessed)(struct vmm *vmm);

	/* A number that grows whenever commands are executed; under the lock. */
	uint64_t (*progress)(struct vmm *vmm);

	/* Stop there until another limit is set, where that can be done; under the lock. */
	void (*limit)(struct vmm *vmm, uint64_t progress);

	/* Under the lock. */
	void (*count)(struct vmm *vmm, struct backend_counts *counts);

	/*
	 * What queue `index` has executed and refused for the guest; under the lock. False:
	 * that was not seen, and both are as they were.
	 */
	bool (*count_queue)(struct vmm *vmm, uint32_t index, uint64_t *commands, uint64_t *errors);

	/* Puts what only it knows into vmm->report; all threads have stopped. */
	void (*report)(struct vmm *vmm);
};

extern const struct backend_ops backend_soft;
extern const struct backend_ops backend_iommufd;

#endif
