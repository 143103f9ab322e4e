/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a VM that runs is at this moment: what any embedder can ask of a device, its state, its
 * queues and its counters. How much a queue has executed only software hardware counts.
 */
#ifndef VMM_LOOK_H
#define VMM_LOOK_H

#include "vmm.h"

#include <cmdqv/device.h>

struct vmm_look_queue {
	uint32_t number;
	struct cmdqv_queue_state state;
	uint32_t waiting;  /* commands from CONS to PROD */
	uint64_t commands; /* executed, */
	uint64_t errors;   /*   and refused, since the guest came to this host */
};

struct vmm_look {
	const char *phase; /* that is under way */
	struct cmdqv_state device;
	uint64_t counters[CMDQV_COUNTERS];
	bool counted; /* the queues' commands and errors were */
	size_t queue_count;
	struct vmm_look_queue queues[1U << VMM_MAX_LOG2_QUEUES];
};

/* Takes the lock of the VM: any thread, while vmm_run() is under way. */
void vmm_look(struct vmm *vmm, struct vmm_look *look);

#endif
