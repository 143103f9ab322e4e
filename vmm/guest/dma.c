/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. Everything that the device shares with the vCPU is stored and loaded by
 * atomics; the order comes from the job's counters, and for the page table from the
 * CMD_SYNC. No word has the same value in two rounds or two uses, so what is found says
 * where it comes from: a source that is stale brings what the former page holds now; a
 * destination that is stale leaves the new page as it was.
 */
#include "dma.h"
#include "platform.h"

/* Bits of stage 1, as the architecture has them: IHI 0070 5.4, and VMSAv8-64. */
#define CD_T0SZ_39_BITS 25ULL
#define CD_VALID (1ULL << 31)
#define CD_IPS_48_BITS (5ULL << 32)
#define CD_AA64 (1ULL << 41)
#define CD_RECORD (1ULL << 45)
#define CD_ABORT (1ULL << 46)
#define CD_ASID_SHIFT 48
#define TABLE_DESCRIPTOR 0x3ULL
#define PAGE_DESCRIPTOR (0x3ULL | 1ULL << 6 | 1ULL << 10 | 1ULL << 11) /* EL0, AF, nG */
#define LEVEL_INDEX(iova, level) ((iova) >> (12 + 9 * (3 - (level))) & 511)

#define FNV_BASIS 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

/* What a word is for. */
enum use { USE_DATA, USE_NEW_PAGE, USE_FORMER_SOURCE, USE_FORMER_DESTINATION };

typedef _Atomic uint64_t word;

struct lane {
	struct guest_driver *driver;
	struct guest_cpu *cpu;
	uint32_t index; /* of the vCPU */
	uint64_t gpa;
	uint64_t round; /* from 1 */
	struct guest_dma_lane *shared;
	word *table3;
	word *sources[2];
	word *destinations[2];
};

static uint64_t value_of(const struct lane *lane, uint64_t round, enum use use, uint32_t i)
{
	uint64_t seed = (round << 16 | (uint64_t)lane->index << 12 | (uint64_t)use << 8) << 16 | i;

	return seed * 0x9e3779b97f4a7c15ULL; /* odd: different seeds stay different */
}

static void put(word *at, uint64_t value)
{
	atomic_store_explicit(at, value, memory_order_relaxed);
}

static uint64_t get(const word *at)
{
	return atomic_load_explicit(at, memory_order_relaxed);
}

static void fill(const struct lane *lane, word *page, enum use use)
{
	for (uint32_t i = 0; i < GUEST_DMA_WORDS; i++)
		put(&page[i], value_of(lane, lane->round, use, i));
}

/* ---- the page table ---- */

static void make_context(struct lane *lane)
{
	word *context = guest_memory(lane->cpu, lane->gpa + GUEST_DMA_CONTEXT);
	word *table1 = guest_memory(lane->cpu, lane->gpa + GUEST_DMA_TABLE1);
	word *table2 = guest_memory(lane->cpu, lane->gpa + GUEST_DMA_TABLE2);

	put(&table1[LEVEL_INDEX(GUEST_DMA_SOURCE_IOVA, 1)],
	    (lane->gpa + GUEST_DMA_TABLE2) | TABLE_DESCRIPTOR);
	put(&table2[LEVEL_INDEX(GUEST_DMA_SOURCE_IOVA, 2)],
	    (lane->gpa + GUEST_DMA_TABLE3) | TABLE_DESCRIPTOR);
	put(&context[1], lane->gpa + GUEST_DMA_TABLE1);
	put(&context[0], CD_T0SZ_39_BITS | CD_VALID | CD_IPS_48_BITS | CD_AA64 | CD_RECORD |
				 CD_ABORT |
				 (GUEST_DMA_FIRST_ASID + (uint64_t)lane->index) << CD_ASID_SHIFT);
}

static word *entry_of(const struct lane *lane, uint64_t iova)
{
	return &lane->table3[LEVEL_INDEX(iova, 3)];
}

static void map_pages(const struct lane *lane)
{
	uint64_t offset = lane->round % 2 * GUEST_DMA_PAGE;

	put(entry_of(lane, GUEST_DMA_SOURCE_IOVA),
	    (lane->gpa + GUEST_DMA_SOURCES + offset) | PAGE_DESCRIPTOR);
	put(entry_of(lane, GUEST_DMA_DESTINATION_IOVA),
	    (lane->gpa + GUEST_DMA_DESTINATIONS + offset) | PAGE_DESCRIPTOR);
}

/* On an SMMU with CMDQV_SMMU_REPEAT the second time is the one that counts [DEV-34]. */
static bool send_invalidations(struct lane *lane, const uint64_t commands[2 * GUEST_DMA_TLBIS])
{
	uint32_t queue = (uint32_t)(lane->round % lane->driver->queue_count);

	if (lane->driver->mailbox->repeats &&
	    !guest_driver_send(lane->driver, lane->cpu, queue, commands, GUEST_DMA_TLBIS))
		return false;
	return guest_driver_send(lane->driver, lane->cpu, queue, commands, GUEST_DMA_TLBIS);
}

static bool unmap_pages(struct lane *lane)
{
	static const uint64_t iovas[GUEST_DMA_TLBIS] = {GUEST_DMA_SOURCE_IOVA,
							GUEST_DMA_DESTINATION_IOVA};
	uint64_t commands[2 * GUEST_DMA_TLBIS];

	for (uint32_t i = 0; i < GUEST_DMA_TLBIS; i++) {
		put(entry_of(lane, iovas[i]), 0);
		commands[2 * i] =
			CMDQV_OP_TLBI_NH_VA |
			CMDQV_SET(CMDQV_TLBI0_ASID, GUEST_DMA_FIRST_ASID + (uint64_t)lane->index);
		commands[2 * i + 1] = iovas[i] | CMDQV_TLBI1_LEAF |
				      CMDQV_SET(CMDQV_TLBI1_TTL, 3ULL) |
				      CMDQV_SET(CMDQV_TLBI1_TG, 1ULL);
	}
	return send_invalidations(lane, commands);
}

/* ---- the device ---- */

static bool stale(struct lane *lane, uint64_t iova, uint64_t expected, uint64_t found)
{
	lane->shared->stale = (struct guest_dma_stale){
		.round = lane->round, .iova = iova, .expected = expected, .found = found};
	return guest_driver_fail(lane->driver, GUEST_CHECK_STALE, expected, found);
}

/* Returns when the device is done; false: it was not, or an access was aborted. */
static bool do_job(struct lane *lane, enum guest_dma_operation operation, uint64_t source)
{
	struct guest_dma_job *job = &lane->shared->job;
	uint32_t ticket = atomic_load_explicit(&job->rung, memory_order_relaxed) + 1;

	job->operation = operation;
	job->source = source;
	job->destination = GUEST_DMA_DESTINATION_IOVA;
	job->bytes = GUEST_DMA_BYTES;
	atomic_store_explicit(&job->rung, ticket, memory_order_release);
	while (atomic_load_explicit(&job->done, memory_order_acquire) != ticket) {
		if (!guest_driver_wait(lane->driver, lane->cpu))
			return guest_driver_fail(lane->driver, GUEST_CHECK_STOPPED, 0, 0);
	}
	if (job->aborted)
		return guest_driver_fail(lane->driver, GUEST_CHECK_DMA_ABORTED, 0, job->fault_iova);
	return true;
}

/* Whose translation was it, if this was found where the data should have come? */
static uint64_t blame(const struct lane *lane, uint64_t found, uint32_t i)
{
	bool former = found == value_of(lane, lane->round - 1, USE_FORMER_SOURCE, i);

	return (former ? GUEST_DMA_SOURCE_IOVA : GUEST_DMA_DESTINATION_IOVA) + 8ULL * i;
}

static bool check_copy(struct lane *lane)
{
	const word *now = lane->destinations[lane->round % 2];
	const word *former = lane->destinations[(lane->round + 1) % 2];

	for (uint32_t i = 0; i < GUEST_DMA_WORDS; i++) {
		uint64_t expected = value_of(lane, lane->round, USE_DATA, i);
		uint64_t found = get(&now[i]);

		if (found != expected)
			return stale(lane, blame(lane, found, i), expected, found);
	}
	/* Before the first round the other page had no user. */
	for (uint32_t i = 0; lane->round > 1 && i < GUEST_DMA_WORDS; i++) {
		uint64_t expected = value_of(lane, lane->round - 1, USE_FORMER_DESTINATION, i);
		uint64_t found = get(&former[i]);

		if (found != expected)
			return stale(lane, GUEST_DMA_DESTINATION_IOVA + 8ULL * i, expected, found);
	}
	return true;
}

/* The sum of the data as they must be. */
static uint64_t checksum_of(const struct lane *lane)
{
	uint64_t sum = FNV_BASIS;

	for (uint32_t i = 0; i < GUEST_DMA_WORDS; i++) {
		uint64_t value = value_of(lane, lane->round, USE_DATA, i);

		for (uint32_t byte = 0; byte < 8; byte++)
			sum = (sum ^ (value >> 8 * byte & 0xff)) * FNV_PRIME;
	}
	return sum;
}

static bool check_sum(struct lane *lane)
{
	uint64_t expected = checksum_of(lane);
	uint64_t found = lane->shared->job.checksum;

	return found == expected || stale(lane, GUEST_DMA_DESTINATION_IOVA, expected, found);
}

/* ---- rounds ---- */

static bool copy_and_check(struct lane *lane)
{
	fill(lane, lane->sources[lane->round % 2], USE_DATA);
	fill(lane, lane->destinations[lane->round % 2], USE_NEW_PAGE);
	map_pages(lane);
	return do_job(lane, GUEST_DMA_COPY, GUEST_DMA_SOURCE_IOVA) && check_copy(lane) &&
	       do_job(lane, GUEST_DMA_CHECKSUM, GUEST_DMA_DESTINATION_IOVA) && check_sum(lane);
}

static bool invalidate_and_reuse(struct lane *lane)
{
	if (!unmap_pages(lane))
		return false;
	fill(lane, lane->sources[lane->round % 2], USE_FORMER_SOURCE);
	fill(lane, lane->destinations[lane->round % 2], USE_FORMER_DESTINATION);
	return true;
}

static void begin(struct lane *lane, struct guest_driver *driver, struct guest_cpu *cpu,
		  uint32_t index)
{
	lane->driver = driver;
	lane->cpu = cpu;
	lane->index = index;
	lane->gpa = GUEST_DMA + (uint64_t)index * GUEST_DMA_STRIDE;
	lane->shared = guest_memory(cpu, lane->gpa + GUEST_DMA_LANE);
	lane->table3 = guest_memory(cpu, lane->gpa + GUEST_DMA_TABLE3);
	for (uint32_t i = 0; i < 2; i++) {
		uint64_t offset = (uint64_t)i * GUEST_DMA_PAGE;

		lane->sources[i] = guest_memory(cpu, lane->gpa + GUEST_DMA_SOURCES + offset);
		lane->destinations[i] =
			guest_memory(cpu, lane->gpa + GUEST_DMA_DESTINATIONS + offset);
	}
	make_context(lane);
}

bool guest_dma_run(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index)
{
	const struct guest_mailbox *mailbox = driver->mailbox;
	struct lane lane;

	begin(&lane, driver, cpu, index);
	lane.round = 1;
	for (uint64_t r = index; r < mailbox->rounds; r += mailbox->cpus) {
		if (!copy_and_check(&lane) || !invalidate_and_reuse(&lane))
			return false;
		lane.shared->rounds = lane.round++;
	}
	return copy_and_check(&lane);
}
