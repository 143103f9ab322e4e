/* SPDX-License-Identifier: BSD-2-Clause */
/* A device on the software backend, with memory and queues: what the measurements share. */
#ifndef BENCH_SOFT_HOST_H
#define BENCH_SOFT_HOST_H

#include <cmdqv/cmdqv.h>
#include <cmdqv/model/model.h>
#include <cmdqv/model/soft.h>

struct soft_vm {
	struct cmdqv_soft_host *host;
	struct cmdqv_soft_vm *vm;
	struct cmdqv_viommu *viommu;
	struct cmdqv *dev;
	void *ram; /* at guest address 0 */
	size_t ram_bytes;
	struct cmdqv_page_view page0;
	uint64_t executed; /* commands that reached the SMMU */
};

/* Queues: a power of two from 1 to 64. Returns false if anything is missing. */
bool soft_vm_open(struct soft_vm *vm, uint32_t queues);
void soft_vm_close(struct soft_vm *vm);

#endif
