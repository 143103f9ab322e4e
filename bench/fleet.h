/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many VMs on one host with the geometry of Grace: 64 VINTFs, 128 queues, 16 SID slots; a
 * VM has two queues. What the measurements of the engine share.
 */
#ifndef BENCH_FLEET_H
#define BENCH_FLEET_H

#include "tlb.h"

#include <cmdqv/cmdqv.h>
#include <cmdqv/model/model.h>
#include <cmdqv/model/soft.h>

enum {
	FLEET_MAX_VMS = 63,
	FLEET_QUEUES_PER_VM = 2,
	FLEET_LOG2SIZE = 8,
	FLEET_ENTRIES = 1 << FLEET_LOG2SIZE,
	FLEET_WRAP_MASK = 2 * FLEET_ENTRIES - 1,
};

struct fleet_vm {
	struct cmdqv_soft_vm *vm;
	struct cmdqv_viommu *viommu;
	struct cmdqv *dev;
	struct cmdqv_page_view page0;
};

struct fleet {
	struct cmdqv_soft_host *host;
	struct fleet_vm vms[FLEET_MAX_VMS];
	uint32_t vm_count;
	uint32_t queue_count;
	unsigned char *ram;    /* the queues' rings, one after the other */
	struct bench_tlb *tlb; /* where commands go, or NULL: they are counted only */
	uint64_t executed;
	int kick_fd; /* an eventfd that a kick makes readable, or -1 */
	_Atomic bool is_timed;
	uint64_t executed_ns; /* when, the last of them; if timed */
};

/* As many VMs as `queues` need; all queues are enabled. Returns false if anything is missing. */
bool fleet_open(struct fleet *fleet, uint32_t queues, struct bench_tlb *tlb);
void fleet_close(struct fleet *fleet);

/* The two words of entry `entry` of a queue's ring. */
uint64_t *fleet_entry(struct fleet *fleet, uint32_t queue, uint32_t entry);

/* A word of the page that the guest of that queue has mapped. */
_Atomic uint32_t *fleet_word(struct fleet *fleet, uint32_t queue, uint32_t reg);

#endif
