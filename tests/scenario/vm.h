/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole VM in this process, for scenarios: device, backend, kernel and model,
 * with a VMM that keeps the rules of vmm.h and checks that the device keeps its own.
 *
 * The one lock of [HW-12] is the host's. A vCPU is a thread that calls vcpu_read and
 * vcpu_write: through the page while it is mapped, by a trap otherwise, as real ones do.
 * Withdrawing the page waits until no vCPU is in the middle of a store.
 */
#ifndef TESTS_SCENARIO_VM_H
#define TESTS_SCENARIO_VM_H

#include <pthread.h>
#include <stdatomic.h>

#include <cmdqv/cmdqv.h>

#include "host.h"

enum {
	VM_RAM_BYTES = 4 << 20,
	VM_RAM_ALIGN = 0x10000,
	VM_RINGS = 0x10000, /* guest address of the first ring; they are VM_RING_SPAN apart */
	VM_RING_SPAN = 0x10000,
	VM_LOG_BYTES = 128,
};

struct vm {
	struct host *host;
	struct client client;
	struct cmdqv *dev;
	char *allocation;
	char *ram; /* in it, aligned */
	uint32_t num_queues;

	pthread_rwlock_t page_lock; /* read: a vCPU is at the page; write: it is taken away */
	void *page;		    /* mapped at, or NULL; under page_lock */
	uint32_t maps;
	uint32_t unmaps;
	_Atomic uint32_t interrupts;
	uint32_t logs;
	char last_log[VM_LOG_BYTES];

	/* The sweep: the call with this number fails; 0: none does. */
	uint32_t calls;
	uint32_t fail_at;
	uint32_t fail_too; /* and this one */
	struct cmdqv_backend real;
};

/* `fail_at`: see above. */
void vm_open(struct vm *vm, struct host *host, uint32_t fail_at);
void vm_close(struct vm *vm);
/* Takes the events that wait and lets the device pulse. */
void vm_events(struct vm *vm);
/* The rules that hold after every access [DEV-18] [DEV-16] [DEV-9]. */
void vm_check(struct vm *vm);

/* Accesses that always trap. */
uint64_t vm_read(struct vm *vm, uint64_t offset, uint8_t size);
void vm_write(struct vm *vm, uint64_t offset, uint8_t size, uint64_t value);

/* Accesses of a vCPU to a page-0 register of a logical queue. */
uint32_t vcpu_read(struct vm *vm, uint32_t queue, uint32_t reg);
void vcpu_write(struct vm *vm, uint32_t queue, uint32_t reg, uint32_t value);

/* What the Linux driver does to bring up VINTF 0 and its queues. */
void vm_enable_vintf(struct vm *vm);
void vm_allocate(struct vm *vm, uint32_t queue, bool yes);
void vm_start_queue(struct vm *vm, uint32_t queue, uint32_t log2size);
void vm_bring_up(struct vm *vm, uint32_t log2size);

/* Puts a command into a queue's ring at entry `index` (taken modulo the ring). */
void vm_put(struct vm *vm, uint32_t queue, uint32_t log2size, uint32_t index, uint64_t word0,
	    uint64_t word1);
uint64_t vm_tlbi(uint64_t address, uint64_t *word1);

#endif
