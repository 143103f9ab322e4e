/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine of the model at full load [HW-23].
 *
 * engine/commands-per-second/qN: N queues of up to 63 VMs, rings of 256 entries that are
 * full before the clock starts, batches of 63 TLBI_NH_VA and a CMD_SYNC, executed into an
 * SMMU whose TLB of 64 Ki entries is full too; every second TLBI hits. The clock stands
 * while what was forgotten is cached again. The engine is run as its thread does, 64
 * commands at a time.
 *
 * engine/commands-per-second/qN/KIND: rings of one kind alone. TLBI_NH_VA all hit or all
 * miss; the others forget what is not there.
 * engine/commands-per-second/count-only/qN: no SMMU, an executor that counts.
 */
#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "fleet.h"

enum {
	BATCH = 64,
	BUDGET = 64,
	FIRST_MISS = TLB_PAGES / 2, /* pages from here on are never cached */
	SPARE = 1024,		    /* entries that stay free, so that nothing is evicted */
	MAX_RUNS = 256,
	COMMANDS_PER_RUN = 16384, /* at least */
};

enum kind { MIXED, HIT, MISS, ASID, ATC, SYNC };

static uint64_t tlbi_word1(uint32_t page)
{
	return (uint64_t)page << 12 | CMDQV_TLBI1_LEAF | CMDQV_SET(CMDQV_TLBI1_TTL, 3ULL) |
	       CMDQV_SET(CMDQV_TLBI1_TG, 1ULL);
}

static uint64_t tlbi_word0(uint64_t opcode)
{
	return opcode | CMDQV_SET(CMDQV_TLBI0_ASID, (uint64_t)TLB_ASID);
}

/* How many pages each VM has cached: its share of the TLB. */
static uint32_t share_of(const struct fleet *fleet)
{
	return (TLB_ENTRIES - SPARE) / fleet->vm_count;
}

/*
 * The first of the pages that a queue's commands hit in this pass; there are as many as
 * entries. They go round the VM's share, so that one queue uses the whole TLB as many do.
 */
static uint32_t first_hit(const struct fleet *fleet, uint32_t queue, uint32_t pass)
{
	uint32_t places = share_of(fleet) / FLEET_ENTRIES;

	return (pass * FLEET_QUEUES_PER_VM + queue % FLEET_QUEUES_PER_VM) % places * FLEET_ENTRIES;
}

static void write_entry(struct fleet *fleet, uint32_t queue, uint32_t i, enum kind kind,
			uint32_t pass)
{
	uint64_t *entry = fleet_entry(fleet, queue, i);
	bool hit = kind == HIT || (kind == MIXED && i % 2 == 0);

	entry[1] = 0;
	if (kind == SYNC ||
	    ((kind == MIXED || kind == HIT || kind == MISS) && i % BATCH == BATCH - 1)) {
		entry[0] = CMDQV_OP_CMD_SYNC;
	} else if (kind == ASID) {
		entry[0] = CMDQV_OP_TLBI_NH_ASID | CMDQV_SET(CMDQV_TLBI0_ASID, 2ULL);
	} else if (kind == ATC) {
		entry[0] = CMDQV_OP_ATC_INV | CMDQV_SET(CMDQV_CMD0_SID, (uint64_t)queue / 2);
		entry[1] = (uint64_t)i << 12;
	} else {
		entry[0] = tlbi_word0(CMDQV_OP_TLBI_NH_VA);
		entry[1] = tlbi_word1(hit ? first_hit(fleet, queue, pass) + i : FIRST_MISS + i);
	}
}

static void fill_rings(struct fleet *fleet, enum kind kind, uint32_t pass)
{
	for (uint32_t q = 0; q < fleet->queue_count; q++)
		for (uint32_t i = 0; i < FLEET_ENTRIES; i++)
			write_entry(fleet, q, i, kind, pass);
}

/* All of each VM's share. The pages that commands hit are among them. */
static void fill_tlb(struct fleet *fleet)
{
	for (uint32_t vm = 0; fleet->tlb && vm < fleet->vm_count; vm++)
		tlb_fill(fleet->tlb, vm, 0, share_of(fleet));
}

/* What a pass has made it forget. */
static void refill_tlb(struct fleet *fleet, uint32_t pass)
{
	for (uint32_t q = 0; fleet->tlb && q < fleet->queue_count; q++)
		tlb_fill(fleet->tlb, q / FLEET_QUEUES_PER_VM, first_hit(fleet, q, pass),
			 FLEET_ENTRIES);
}

/* All rings once, from full to empty. Returns nanoseconds. */
static uint64_t drain_once(struct fleet *fleet, uint32_t index)
{
	uint64_t until = fleet->executed + (uint64_t)fleet->queue_count * FLEET_ENTRIES;
	uint64_t start;

	for (uint32_t q = 0; q < fleet->queue_count; q++)
		atomic_store_explicit(fleet_word(fleet, q, CMDQV_REG_VCMDQ_PROD), index,
				      memory_order_release);
	start = bench_now_ns();
	while (fleet->executed < until)
		if (cmdqv_soft_host_run(fleet->host, BUDGET) <= 0)
			return UINT64_MAX; /* an error: the queue stands */
	return bench_now_ns() - start;
}

static void measure_rings(struct bench_report *report, struct fleet *fleet, const char *name,
			  enum kind kind)
{
	uint32_t ring = fleet->queue_count * FLEET_ENTRIES;
	uint32_t passes = ring < COMMANDS_PER_RUN ? COMMANDS_PER_RUN / ring : 1;
	uint32_t index = atomic_load(fleet_word(fleet, 0, CMDQV_REG_VCMDQ_PROD));
	double samples[MAX_RUNS];
	uint32_t runs = bench_runs(report);
	bool hits = kind == MIXED || kind == HIT;
	uint32_t number = 0;

	fill_rings(fleet, kind, number);
	fill_tlb(fleet);
	for (uint32_t run = 0; run < runs; run++) {
		uint64_t ns = 0;

		for (uint32_t pass = 0; pass < passes; pass++) {
			if (hits)
				fill_rings(fleet, kind, number);
			index = (index + FLEET_ENTRIES) & FLEET_WRAP_MASK;
			ns += drain_once(fleet, index);
			if (hits)
				refill_tlb(fleet, number++);
		}
		samples[run] = (double)ring * passes * 1e9 / (double)ns;
	}
	bench_add(report, name, "commands/s", samples, runs);
}

static void measure_queues(struct bench_report *report, uint32_t queues, bool with_tlb)
{
	struct bench_tlb tlb;
	struct fleet fleet;
	char name[64];

	snprintf(name, sizeof(name), "engine/commands-per-second/%sq%u",
		 with_tlb ? "" : "count-only/", queues);
	if (!bench_wanted(report, name))
		return;
	if (with_tlb && !tlb_open(&tlb)) {
		report->complaint = "engine: no SMMU";
		return;
	}
	if (fleet_open(&fleet, queues, with_tlb ? &tlb : NULL)) {
		measure_rings(report, &fleet, name, MIXED);
		fleet_close(&fleet);
	} else {
		report->complaint = "engine: " BENCH_NO_HOST;
	}
	if (with_tlb)
		tlb_close(&tlb);
}

static void measure_kind(struct bench_report *report, struct fleet *fleet, const char *kind_name,
			 enum kind kind)
{
	char name[64];

	snprintf(name, sizeof(name), "engine/commands-per-second/q%u/%s", fleet->queue_count,
		 kind_name);
	if (bench_wanted(report, name))
		measure_rings(report, fleet, name, kind);
}

static void measure_kinds(struct bench_report *report, uint32_t queues)
{
	static const struct {
		const char *name;
		enum kind kind;
	} kinds[] = {
		{"tlbi-nh-va-hit", HIT}, {"tlbi-nh-va-miss", MISS}, {"tlbi-nh-asid", ASID},
		{"atc-inv", ATC},	 {"cmd-sync", SYNC},
	};
	struct bench_tlb tlb;
	struct fleet fleet;
	char prefix[64];

	snprintf(prefix, sizeof(prefix), "engine/commands-per-second/q%u/", queues);
	if (!bench_wanted(report, prefix))
		return;
	if (!tlb_open(&tlb)) {
		report->complaint = "engine: no SMMU";
		return;
	}
	if (fleet_open(&fleet, queues, &tlb)) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			measure_kind(report, &fleet, kinds[i].name, kinds[i].kind);
		fleet_close(&fleet);
	} else {
		report->complaint = "engine: " BENCH_NO_HOST;
	}
	tlb_close(&tlb);
}

/*
 * engine/vintf-bytes: what a VINTF costs with its VM's client and device: heap, and the
 * shared page. Without the memory that the VM brings.
 */
static void measure_memory(struct bench_report *report)
{
	struct mallinfo2 before;
	struct mallinfo2 after;
	struct fleet fleet;
	double bytes;

	if (!bench_wanted(report, "engine/vintf-bytes"))
		return;
	before = mallinfo2();
	if (!fleet_open(&fleet, FLEET_MAX_VMS * FLEET_QUEUES_PER_VM, NULL)) {
		report->complaint = "engine: " BENCH_NO_HOST;
		return;
	}
	after = mallinfo2();
	bytes = (double)(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd);
	bytes = bytes / (double)FLEET_MAX_VMS + CMDQV_PAGE_BYTES;
	fleet_close(&fleet);
	bench_add(report, "engine/vintf-bytes", "bytes", &bytes, 1);
}

void bench_engine(struct bench_report *report)
{
	static const uint32_t queues[] = {1, 8, 32, 126};

	if (!bench_wanted(report, "engine/"))
		return;
	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++)
		measure_queues(report, queues[i], true);
	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++)
		measure_kinds(report, queues[i]);
	measure_queues(report, 1, false);
	measure_queues(report, 126, false);
	measure_memory(report);
}
