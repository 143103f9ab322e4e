/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SMMU that commands are executed into, with a TLB of 64 Ki entries that can be filled
 * again: each VM has a stream of stage 1 alone, all of them the same page tables.
 */
#ifndef BENCH_TLB_H
#define BENCH_TLB_H

#include <cmdqv/model/smmu.h>

enum {
	TLB_ENTRIES = 65536,
	TLB_ASID = 1,
	TLB_PAGES = 1 << 18, /* pages that the tables map, from virtual address 0 */
};

struct bench_tlb {
	struct cmdqv_smmu *smmu;
	unsigned char *memory; /* stream table, context descriptor and page tables */
};

/* Returns false if anything is missing. */
bool tlb_open(struct bench_tlb *tlb);
void tlb_close(struct bench_tlb *tlb);

/* Stream `sid`, up to 63, belongs to the VM with that VMID. */
void tlb_add_vm(struct bench_tlb *tlb, uint32_t sid, uint16_t vmid);

/* Has the translations of these pages cached, those that are not yet. */
void tlb_fill(struct bench_tlb *tlb, uint32_t sid, uint32_t first_page, uint32_t pages);

/* How many entries commands have made it forget. */
uint64_t tlb_hits(const struct bench_tlb *tlb);

#endif
