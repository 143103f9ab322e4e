/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VMM's half of the DMA scenario (guest/dma.h): behind the queues an SMMU, in it a
 * stream for each vCPU's DMA device, and the thread in which the devices run.
 *
 * Stage 1 is the guest's, in its own memory; stage 2 is the VMM's memory map. One
 * invalidation may be lost on purpose, between the engine that executes it and the SMMU.
 */
#ifndef VMM_DMA_H
#define VMM_DMA_H

#include "memory.h"
#include "vmm.h"

#include <cmdqv/model/model.h>
#include <cmdqv/types.h>

#include <pthread.h>

struct dma;

/*
 * `memory` and `lock`, the one lock of [HW-12], are borrowed. Returns: 0; -ENOMEM;
 * -EINVAL and what cmdqv_smmu_create() and cmdqv_dma_create() return.
 */
int dma_create(struct dma **out, const struct vmm_config *config, const struct memory *memory,
	       uint16_t vmid, pthread_mutex_t *lock, struct cmdqv_error *error);
void dma_destroy(struct dma *dma);

/* The thread. Stopping may be asked for if it never started. Returns: 0; a negative errno. */
int dma_start(struct dma *dma);
void dma_stop(struct dma *dma);

/*
 * Under the lock: the engine executes a command. Returns true if it was one of the
 * scenario's TLBIs; the others concern the SMMU too, but are judged elsewhere.
 */
bool dma_execute(struct dma *dma, const struct cmdqv_command *command);

/* Once the guest and the thread have stopped. */
void dma_report(struct dma *dma, struct vmm_dma_report *report);

/* Comes to a verdict, after vmm_judge() came to the one on all the rest. */
void dma_judge(struct vmm_report *report);

#endif
