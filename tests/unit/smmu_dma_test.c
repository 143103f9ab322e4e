/* SPDX-License-Identifier: BSD-2-Clause */
/* The DMA device: its data, its faults, and wrong data exactly when an invalidation is lost. */
#include "smmu_fixture.h"

#define SID 9
#define PAGE 0x1000ULL

struct machine {
	struct bench *bench;
	struct cmdqv_dma *dma;
	uint64_t ttb;
	uint64_t pages; /* physical memory to map, 64 pages */
};

static struct machine open_machine(bool ats)
{
	struct machine m = {.bench = bench_open()};
	const struct cmdqv_dma_config config = {.size = sizeof(config), .sid = SID, .ats = ats};
	uint64_t seed = 99;

	m.ttb = bench_stream(m.bench, SID, 1, 1);
	m.pages = bench_take(m.bench, 64 * PAGE);
	for (uint64_t at = 0; at < 64 * PAGE; at += 8)
		*bench_at(m.bench, m.pages + at) = test_random(&seed);
	assert_int_equal(cmdqv_dma_create(&m.dma, m.bench->smmu, &config, NULL), 0);
	return m;
}

static void close_machine(struct machine *m)
{
	cmdqv_dma_destroy(m->dma);
	bench_close(m->bench);
}

static unsigned char *page(const struct machine *m, uint64_t index)
{
	return (unsigned char *)bench_at(m->bench, m->pages + index * PAGE);
}

static void map(const struct machine *m, uint64_t iova, uint64_t index, uint64_t flags)
{
	bench_map(m->bench, m->ttb, iova, (m->pages + index * PAGE) | D_PAGE | D_USER | flags);
}

static struct cmdqv_dma_state run(const struct machine *m, struct cmdqv_dma_job job,
				  uint64_t budget)
{
	struct cmdqv_dma_state state = {.size = sizeof(state)};
	uint64_t total = 0;
	uint64_t done;

	job.size = sizeof(job);
	assert_int_equal(cmdqv_dma_start(m->dma, &job), 0);
	while ((done = cmdqv_dma_step(m->dma, budget)) != 0) {
		assert_true(done <= budget);
		total += done;
	}
	assert_int_equal(cmdqv_dma_get_state(m->dma, &state), 0);
	assert_int_equal(state.done_bytes, total);
	return state;
}

static struct cmdqv_dma_state copy(const struct machine *m, uint64_t from, uint64_t to,
				   uint64_t bytes, uint64_t budget)
{
	return run(m,
		   (struct cmdqv_dma_job){.operation = CMDQV_DMA_COPY,
					  .source = from,
					  .destination = to,
					  .bytes = bytes},
		   budget);
}

static struct cmdqv_dma_state fill(const struct machine *m, uint64_t to, uint64_t bytes,
				   uint64_t pattern, uint64_t budget)
{
	return run(m,
		   (struct cmdqv_dma_job){.operation = CMDQV_DMA_FILL,
					  .destination = to,
					  .bytes = bytes,
					  .pattern = pattern},
		   budget);
}

static struct cmdqv_dma_state checksum(const struct machine *m, uint64_t from, uint64_t bytes,
				       uint64_t budget)
{
	return run(m,
		   (struct cmdqv_dma_job){
			   .operation = CMDQV_DMA_CHECKSUM, .source = from, .bytes = bytes},
		   budget);
}

static uint64_t fnv(const unsigned char *at, size_t bytes)
{
	uint64_t hash = 14695981039346656037ULL;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ at[i]) * 1099511628211ULL;
	return hash;
}

/* [HW-19] Pages that are neighbours for the device, and scattered in memory. */
TEST(a_copy_of_any_alignment_and_budget_is_a_copy)
{
	static const uint64_t budgets[] = {1, 7, 100, 4096, 1 << 20};
	static const uint64_t offsets[] = {0, 1, 8, 4093};

	for (size_t b = 0; b < 5; b++)
		for (size_t i = 0; i < 16; i++) {
			struct machine m = open_machine(false);
			uint64_t from = offsets[i / 4], to = offsets[i % 4];
			unsigned char expected[3 * PAGE], got[3 * PAGE];
			struct cmdqv_dma_state state;

			for (uint64_t p = 0; p < 4; p++) {
				map(&m, 0x10000 + p * PAGE, 3 * p, D_RO);
				map(&m, 0x20000 + p * PAGE, 40 + 5 * p, 0);
			}
			for (uint64_t k = 0; k < sizeof(expected); k++)
				expected[k] = page(&m, 3 * ((from + k) / PAGE))[(from + k) % PAGE];
			state = copy(&m, 0x10000 + from, 0x20000 + to, sizeof(expected),
				     budgets[b]);
			assert_int_equal(state.status, CMDQV_DMA_DONE);
			for (uint64_t k = 0; k < sizeof(got); k++)
				got[k] = page(&m, 40 + 5 * ((to + k) / PAGE))[(to + k) % PAGE];
			assert_memory_equal(got, expected, sizeof(got));
			assert_int_equal(state.bytes_read, sizeof(got));
			assert_int_equal(state.bytes_written, sizeof(got));
			close_machine(&m);
		}
}

/* [HW-19] */
TEST(a_fill_repeats_its_pattern_and_touches_nothing_else)
{
	struct machine m = open_machine(false);
	unsigned char before = page(&m, 1)[3];
	unsigned char after = page(&m, 1)[4 + 1001];

	map(&m, 0, 1, 0); /* steps of 100 bytes: words, and the pattern, begin at odd places */
	fill(&m, 4, 1001, 0x8877665544332211, 100);
	for (unsigned int i = 0; i < 1001; i++)
		assert_int_equal(page(&m, 1)[4 + i], 0x11 * (1 + i % 8));
	assert_int_equal(page(&m, 1)[3], before);
	assert_int_equal(page(&m, 1)[4 + 1001], after);
	close_machine(&m);
}

/* [HW-19] FNV-1a of "foobar" is a published value. */
TEST(a_checksum_is_fnv_1a_whatever_the_steps)
{
	struct machine m = open_machine(false);
	struct cmdqv_dma_state state;

	map(&m, 0, 1, D_RO);
	map(&m, PAGE, 2, D_RO);
	state = checksum(&m, 0, 2 * PAGE, 33);
	assert_int_equal(state.checksum, fnv(page(&m, 1), 2 * PAGE));
	memcpy(page(&m, 1) + 5, "foobar", 6);
	state = checksum(&m, 5, 6, 1);
	assert_int_equal(state.checksum, 0x85944171f73967e8ULL);
	assert_int_equal(state.bytes_written, 0);
	assert_int_equal(state.jobs_done, 2);
	close_machine(&m);
}

/* [HW-19] */
TEST(a_fault_stops_the_job_where_it_happened)
{
	struct machine m = open_machine(false);
	struct cmdqv_dma_state state;

	map(&m, 0x10000, 1, 0);
	map(&m, 0x20000, 2, 0);
	map(&m, 0x21000, 3, D_RO);
	state = copy(&m, 0x10000, 0x20000, 2 * PAGE, 1 << 20);
	assert_int_equal(state.status, CMDQV_DMA_FAULTED);
	assert_int_equal(state.done_bytes, PAGE);
	assert_int_equal(state.fault_address, 0x11000);
	assert_false(state.fault_write);
	assert_int_equal(m.bench->events[0][0], 0x0000000900000010);
	assert_int_equal(m.bench->events[0][2], 0x11000);
	map(&m, 0x11000, 4, 0);
	state = copy(&m, 0x10000, 0x20000, 2 * PAGE, 1 << 20);
	assert_int_equal(state.fault_address, 0x21000);
	assert_true(state.fault_write);
	assert_int_equal(state.faults, 2);
	assert_int_equal(m.bench->events[1][0], 0x0000000900000013);
	assert_false(checksum(&m, 0x10000, 8, 8).fault_write); /* the next job had none */
	/* an address that is no memory is a fault of the device alone */
	bench_map(m.bench, m.ttb, 0x30000, 0x10000000 | D_PAGE | D_USER);
	state = checksum(&m, 0x30000, 8, 8);
	assert_int_equal(state.status, CMDQV_DMA_FAULTED);
	assert_int_equal(m.bench->event_count, 2);
	close_machine(&m);
}

/* [HW-18] [HW-19] CD.A is 0. */
TEST(a_quiet_termination_reads_zeros_and_ignores_writes)
{
	struct machine m = open_machine(false);
	uint64_t cd = *bench_at(m.bench, PHYS + SID * 64) & ~0x3fULL;
	struct cmdqv_dma_state state;

	*bench_at(m.bench, cd) &= ~(1ULL << 46);
	map(&m, 0x20000, 2, 0);
	state = copy(&m, 0x10000, 0x20000, PAGE, 1 << 20);
	assert_int_equal(state.status, CMDQV_DMA_DONE);
	for (unsigned int i = 0; i < PAGE; i++)
		assert_int_equal(page(&m, 2)[i], 0);
	state = checksum(&m, 0x10000, PAGE, 1 << 20);
	assert_int_equal(state.checksum, fnv(page(&m, 2), PAGE));
	state = fill(&m, 0x10000, PAGE, 0, 1 << 20);
	assert_int_equal(state.status, CMDQV_DMA_DONE);
	close_machine(&m);
}

/* Maps IOVA 0 to `index`, moves a page there, unmaps. */
static void use_page(const struct machine *m, uint64_t index, uint64_t pattern)
{
	map(m, 0, index, 0);
	assert_int_equal(fill(m, 0, PAGE, pattern, 1000).status, CMDQV_DMA_DONE);
	bench_map(m->bench, m->ttb, 0, 0);
}

/* [HW-18] */
TEST(what_is_found_and_what_is_not_is_counted_and_a_reset_forgets_it)
{
	struct machine m = open_machine(true);
	struct cmdqv_smmu_state state;

	use_page(&m, 1, 7);
	state = bench_state(m.bench);
	assert_int_equal(state.atc.entries, 1);
	assert_int_equal(state.atc.misses, 1); /* of five pieces */
	assert_int_equal(state.atc.hits, 4);
	assert_int_equal(state.tlb.entries, 1);
	assert_int_equal(state.tlb.misses, 1);
	assert_int_equal(state.tlb.hits, 0);
	assert_int_equal(state.accesses, 5);
	assert_int_equal(state.walks, 1);
	assert_int_equal(state.aborts, 0);
	assert_int_equal(state.stes.entries, 1);
	assert_int_equal(state.stes.misses, 1);
	assert_int_equal(state.stes.hits, 4);
	assert_int_equal(state.cds.entries, 1);
	assert_int_equal(state.cds.misses, 1);
	assert_int_equal(state.cds.hits, 0);
	assert_int_equal(cmdqv_smmu_reset(m.bench->smmu), 0);
	assert_int_equal(bench_state(m.bench).atc.entries, 0);
	close_machine(&m);
}

/* [HW-17] */
TEST(a_struct_that_is_too_small_is_refused)
{
	const struct cmdqv_dma_config config = {.size = 4};
	const struct cmdqv_dma_job job = {.size = 4};
	struct cmdqv_dma_state state = {.size = 4};
	struct machine m = open_machine(false);
	struct cmdqv_dma *dma = NULL;

	assert_int_equal(cmdqv_dma_create(&dma, m.bench->smmu, &config, NULL), -EINVAL);
	assert_null(dma);
	assert_int_equal(cmdqv_dma_start(m.dma, &job), -EINVAL);
	assert_int_equal(cmdqv_dma_get_state(m.dma, &state), -EINVAL);
	close_machine(&m);
}

/* [HW-19] */
TEST(jobs_come_one_at_a_time_and_within_the_address_space)
{
	struct machine m = open_machine(false);
	struct cmdqv_dma_job job = {
		.size = sizeof(job), .operation = CMDQV_DMA_CHECKSUM, .bytes = 16};
	struct cmdqv_dma_state state = {.size = sizeof(state)};

	map(&m, 0, 1, 0);
	assert_int_equal(cmdqv_dma_get_state(m.dma, &state), 0);
	assert_int_equal(state.version, 1);
	assert_int_equal(cmdqv_dma_step(m.dma, 100), 0);
	assert_int_equal(cmdqv_dma_start(m.dma, &job), 0);
	assert_int_equal(cmdqv_dma_start(m.dma, &job), -EBUSY);
	assert_int_equal(cmdqv_dma_step(m.dma, 0), 0);
	assert_int_equal(cmdqv_dma_step(m.dma, 10), 10);
	cmdqv_dma_stop(m.dma);
	assert_int_equal(cmdqv_dma_step(m.dma, 10), 0);
	assert_int_equal(cmdqv_dma_get_state(m.dma, &state), 0);
	assert_int_equal(state.status, CMDQV_DMA_STOPPED);
	assert_int_equal(state.done_bytes, 10);
	job.source = UINT64_MAX - 14;
	assert_int_equal(cmdqv_dma_start(m.dma, &job), -EINVAL);
	job.source--; /* to the last byte of all */
	assert_int_equal(cmdqv_dma_start(m.dma, &job), 0);
	cmdqv_dma_stop(m.dma);
	job.operation = (enum cmdqv_dma_operation)3;
	job.source = 0;
	assert_int_equal(cmdqv_dma_start(m.dma, &job), -EINVAL);
	job.operation = CMDQV_DMA_FILL;
	job.destination = UINT64_MAX;
	job.bytes = 0;
	assert_int_equal(cmdqv_dma_start(m.dma, &job), 0);
	assert_int_equal(cmdqv_dma_get_state(m.dma, &state), 0);
	assert_int_equal(state.status, CMDQV_DMA_DONE);
	close_machine(&m);
}

/* [HW-14] [HW-19] Of 40 reuses of one IOVA, the invalidation after the n-th is lost. */
TEST(data_goes_astray_exactly_when_an_invalidation_is_lost)
{
	for (unsigned int ats = 0; ats <= 2; ats++) /* none; ATS; ATS, and the ATC_INV is lost */
		for (uint64_t lost = 0; lost < 40; lost++) {
			struct machine m = open_machine(ats != 0);

			for (uint64_t i = 0; i < 40; i++) {
				uint64_t stale = i == lost + 1 ? i - 1 : i;

				use_page(&m, i, i + 1);
				assert_int_equal(*(uint64_t *)(void *)page(&m, stale), i + 1);
				if (stale != i)
					assert_int_not_equal(*(uint64_t *)(void *)page(&m, i),
							     i + 1);
				if (i != lost || ats == 2)
					bench_tlbi(m.bench, NH_VA, 1, 1, 0, 0xfff);
				if (ats != 0 && (i != lost || ats == 1))
					bench_atc_inv(m.bench, SID, 0xfff);
			}
			close_machine(&m);
		}
}
