/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables of 4 KiB granule and 39 bits: level 1, level 2, and one page of level 3 that all
 * of level 2 points to, for it does not matter here where a page lies. Layouts are the
 * architecture's.
 */
#include "tlb.h"

#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 4096,
	STREAM_TABLE = 1 * PAGE, /* where things lie in memory, and physically */
	CONTEXT = 2 * PAGE,
	LEVEL1 = 3 * PAGE,
	LEVEL2 = 4 * PAGE,
	LEVEL3 = 5 * PAGE,
	MEMORY_BYTES = 6 * PAGE,
	STREAMS_LOG2 = 6,
	STE_WORDS = 8,
	ENTRIES = 512,
};

#define STE_STAGE1 0xbULL /* V, Config */
#define CD_WORD0                                                                                   \
	(25ULL | 1ULL << 31 | 5ULL << 32 | 1ULL << 41 |	     /* T0SZ, V, IPS, AA64, */             \
	 1ULL << 45 | 1ULL << 46 | (uint64_t)TLB_ASID << 48) /* R, A, ASID */
#define DESCRIPTOR_TABLE 0x3ULL
#define DESCRIPTOR_PAGE 0xc43ULL /* valid, EL0, AF, nG */

static int stage2(void *user, uint16_t vmid, uint64_t ipa, struct cmdqv_smmu_span *span)
{
	(void)user;
	(void)vmid;
	(void)ipa;
	(void)span;
	return -1;
}

static void *memory(void *user, uint64_t physical, uint64_t bytes, bool write)
{
	struct bench_tlb *tlb = user;

	(void)write;
	if (physical > MEMORY_BYTES - bytes)
		return NULL;
	return tlb->memory + physical;
}

static uint64_t *at(struct bench_tlb *tlb, uint32_t where)
{
	return (uint64_t *)(void *)(tlb->memory + where);
}

static void write_tables(struct bench_tlb *tlb)
{
	at(tlb, CONTEXT)[0] = CD_WORD0;
	at(tlb, CONTEXT)[1] = LEVEL1;
	at(tlb, LEVEL1)[0] = LEVEL2 | DESCRIPTOR_TABLE;
	for (uint32_t i = 0; i < ENTRIES; i++) {
		at(tlb, LEVEL2)[i] = LEVEL3 | DESCRIPTOR_TABLE;
		at(tlb, LEVEL3)[i] = (uint64_t)i * PAGE | DESCRIPTOR_PAGE;
	}
}

bool tlb_open(struct bench_tlb *tlb)
{
	const struct cmdqv_smmu_config config = {.size = sizeof(config),
						 .tlb_entries = TLB_ENTRIES};
	const struct cmdqv_smmu_ops ops = {.size = sizeof(ops), .stage2 = stage2, .memory = memory};

	*tlb = (struct bench_tlb){.memory = aligned_alloc(PAGE, MEMORY_BYTES)};
	if (!tlb->memory)
		return false;
	memset(tlb->memory, 0, MEMORY_BYTES);
	write_tables(tlb);
	if (cmdqv_smmu_create(&tlb->smmu, &config, &ops, tlb, NULL) ||
	    cmdqv_smmu_set_stream_table(tlb->smmu, STREAM_TABLE, STREAMS_LOG2)) {
		tlb_close(tlb);
		return false;
	}
	return true;
}

void tlb_close(struct bench_tlb *tlb)
{
	cmdqv_smmu_destroy(tlb->smmu);
	free(tlb->memory);
}

void tlb_add_vm(struct bench_tlb *tlb, uint32_t sid, uint16_t vmid)
{
	uint64_t *ste = at(tlb, STREAM_TABLE) + (size_t)sid * STE_WORDS;

	ste[2] = vmid;
	ste[0] = STE_STAGE1 | CONTEXT;
}

void tlb_fill(struct bench_tlb *tlb, uint32_t sid, uint32_t first_page, uint32_t pages)
{
	struct cmdqv_smmu_translation translation;

	for (uint32_t page = first_page; page < first_page + pages; page++) {
		const struct cmdqv_smmu_access access = {.sid = sid,
							 .address = (uint64_t)page * PAGE};

		(void)cmdqv_smmu_translate(tlb->smmu, &access, &translation);
	}
}

uint64_t tlb_hits(const struct bench_tlb *tlb)
{
	struct cmdqv_smmu_state state = {.size = sizeof(state)};

	(void)cmdqv_smmu_get_state(tlb->smmu, &state);
	return state.tlb.invalidated;
}
