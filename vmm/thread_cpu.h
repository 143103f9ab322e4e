/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU that is a thread: guest/platform.h for the driver in it. */
#ifndef VMM_THREAD_CPU_H
#define VMM_THREAD_CPU_H

#include "state.h"

struct guest_cpu {
	struct thread_machine *machine;
	uint32_t index;
	pthread_t thread;
	bool running;
	_Atomic uint32_t inside; /* 1: may be about to touch the page */
};

struct thread_machine {
	struct machine machine;
	struct vmm *vmm;
	struct guest_driver driver;
	_Atomic(void *) page0; /* NULL: not mapped */
	_Atomic bool paused;
	_Atomic uint32_t interrupts; /* that wait for vCPU 0 */
	uint32_t cpu_count;
	struct guest_cpu cpus[VMM_MAX_VCPUS];
};

#endif
