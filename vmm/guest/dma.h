/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's half of the DMA scenario: it proves that its invalidations have their effect.
 *
 * In each round a vCPU lets its DMA device copy from one page to another and sum what it
 * wrote, by IOVAs that are the same in every round, through a stage 1 page table of its own.
 * Then it unmaps both pages, invalidates both IOVAs through its command queue, and gives the
 * pages to other uses. The next round maps the IOVAs to the other page of each pair. A
 * translation that outlives its invalidation leads the device to the former page, and the
 * data say so.
 */
#ifndef VMM_GUEST_DMA_H
#define VMM_GUEST_DMA_H

#include "driver.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What lies where in the GUEST_DMA_STRIDE bytes of a vCPU, all of it zeroed. */
#define GUEST_DMA_PAGE 0x1000U
#define GUEST_DMA_LANE 0U /* struct guest_dma_lane */
#define GUEST_DMA_CONTEXT (1U * GUEST_DMA_PAGE)
#define GUEST_DMA_TABLE1 (2U * GUEST_DMA_PAGE) /* 4 KiB pages, 39 bits, three levels */
#define GUEST_DMA_TABLE2 (3U * GUEST_DMA_PAGE)
#define GUEST_DMA_TABLE3 (4U * GUEST_DMA_PAGE)
#define GUEST_DMA_SOURCES (8U * GUEST_DMA_PAGE)	      /* two pages, which take turns, */
#define GUEST_DMA_DESTINATIONS (10U * GUEST_DMA_PAGE) /*   and two more */

#define GUEST_DMA_SOURCE_IOVA 0x0000004012345000ULL
#define GUEST_DMA_DESTINATION_IOVA 0x0000004012346000ULL
#define GUEST_DMA_BYTES 1024U /* of a page that are copied */
#define GUEST_DMA_WORDS (GUEST_DMA_BYTES / 8U)

/* vCPU c has this ASID; those below are the driver's own. */
#define GUEST_DMA_FIRST_ASID 0x100U

/* Commands of one round that invalidate: one for each IOVA. */
#define GUEST_DMA_TLBIS 2U

enum guest_dma_operation {
	GUEST_DMA_COPY,
	GUEST_DMA_CHECKSUM, /* of source: FNV-1a of 64 bits */
};

/*
 * How vCPU and device know of each other. The vCPU counts `rung` up when a job is ready; the
 * device follows with `done` when it has come to its end.
 */
struct guest_dma_job {
	uint32_t operation;
	uint32_t aborted; /* the device's answer, */
	uint64_t checksum;
	uint64_t fault_iova; /*   and where */
	uint64_t source;
	uint64_t destination;
	uint64_t bytes;
	_Atomic uint32_t rung;
	_Atomic uint32_t done;
};

/* Where data were not what they must be. */
struct guest_dma_stale {
	uint64_t round; /* from 1; 0: nowhere */
	uint64_t iova;
	uint64_t expected;
	uint64_t found;
};

struct guest_dma_lane {
	struct guest_dma_job job;
	uint64_t rounds; /* that were right */
	struct guest_dma_stale stale;
};

/*
 * This vCPU's share of mailbox->rounds, and a last copy that shows what the last
 * invalidations did. Returns false, and the driver has failed, if anything was not right.
 */
bool guest_dma_run(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index);

#endif
