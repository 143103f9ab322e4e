/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the VMM. One lock protects device, backend, executor, recorder and counters
 * [HW-12]; `watch_lock` protects what vmm_run() waits for. A thread that holds the second
 * takes no other.
 */
#ifndef VMM_VM_H
#define VMM_VM_H

#include "backend.h"
#include "dma.h"
#include "engine.h"
#include "executor.h"
#include "machine.h"
#include "memory.h"
#include "recorder.h"
#include "vmm.h"

#include "guest/driver.h"

#include <cmdqv/cmdqv.h>
#include <cmdqv/model/soft.h>

#include <pthread.h>
#include <time.h>

#define VMM_LOG2_SIDS 4

struct iommufd_host;

/* The first invalidation that an ordered fault refused. */
struct refusal {
	uint64_t fetched[2]; /* the command that the engine looks at */
	char text[256];	     /* what was lost, in words; empty: nothing */
};

struct vmm {
	struct vmm_config config;
	struct memory memory;
	struct guest_mailbox *mailbox; /* in guest RAM */
	struct machine *machine;

	pthread_mutex_t lock;
	const struct backend_ops *backend_ops;
	struct cmdqv_backend backend;
	uint32_t cmdqs; /* log2 of the most entries that a queue may have on it */
	struct cmdqv *device;
	struct recorder recorder;
	uint64_t exits[CMDQV_AT_PAGES];
	char host_message[256];

	/* backend_soft.c; of another backend all of it is empty */
	struct cmdqv_soft_host *host;
	struct cmdqv_soft_vm *soft;
	struct cmdqv_viommu *viommu;
	struct executor executor;
	struct refusal refusal;
	struct dma *dma; /* NULL: no DMA scenario */
	struct engine engine;

	/* backend_iommufd.c */
	struct iommufd_host *iommufd;

	/* Where the current phase began, and the phases before it. */
	struct timespec phase_start;
	uint64_t phase_tlbis;
	uint64_t phase_syncs;
	uint64_t phase_atcs;
	struct vmm_report report;

	pthread_mutex_t watch_lock;
	pthread_cond_t watch;
	uint32_t cpus_done;
	bool broken;		    /* the machine failed, */
	struct cmdqv_error failure; /*   like this */
};

/* From the machine, on a vCPU's thread and without a lock: an access that trapped. */
void vmm_access(struct vmm *vmm, struct cmdqv_mmio *access);

/* vCPU 0 reports the end of a phase. */
void vmm_phase_ended(struct vmm *vmm, enum guest_phase phase);

/* A vCPU has nothing left to do. */
void vmm_cpu_done(struct vmm *vmm);

/* The machine cannot go on; the first reason counts. */
__attribute__((format(printf, 4, 5))) void vmm_break(struct vmm *vmm, int code, const char *id,
						     const char *format, ...);

/* Shall batches have an ATC_INV? */
bool vmm_wants_atc(const struct vmm_config *config);

#endif
