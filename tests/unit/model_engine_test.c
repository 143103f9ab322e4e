/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: order, budget, fairness, rings, errors and time-outs. */
#include "model_fixture.h"

static void fill(struct bench *bench, uint64_t ring, uint32_t entries)
{
	for (uint32_t i = 0; i < entries; i++)
		put(bench, ring + 16 * i, SYNC0, 0);
}

/* [HW-10] */
TEST(commands_execute_in_order_and_each_is_copied_once)
{
	struct bench *bench = bench_with_queue(8);

	for (uint64_t i = 0; i < 200; i++)
		put(bench, RAM + 16 * i, VA0 | i << 32, VA1);
	w32(bench, page0(0, 0) + PROD, 200);
	assert_int_equal(cmdqv_model_run(bench->model, 1000), 200);
	assert_int_equal(bench->done_count, 200);
	assert_int_equal(bench->reads, 200);
	for (uint32_t i = 0; i < 200; i++) {
		assert_int_equal(bench->done[i].index, i);
		assert_int_equal(bench->done[i].vmid, i);
		assert_int_equal(bench->done[i].raw[0], VA0 | (uint64_t)i << 32);
		assert_int_equal(bench->done[i].raw[1], VA1);
		assert_int_equal(bench->done[i].queue, 0);
	}
	assert_int_equal(cmdqv_model_run(bench->model, 1000), 0);
	bench_close(bench);
}

/* [HW-10] */
TEST(a_run_does_at_most_its_budget)
{
	struct bench *bench = bench_with_queue(8);

	fill(bench, RAM, 100);
	w32(bench, page0(0, 0) + PROD, 100);
	assert_int_equal(cmdqv_model_run(bench->model, 0), 0);
	assert_int_equal(cmdqv_model_run(bench->model, 1), 1);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 1);
	assert_int_equal(load_word(bench, 0, 0, CONS), 1);
	assert_int_equal(cmdqv_model_run(bench->model, 64), 64);
	assert_int_equal(load_word(bench, 0, 0, CONS), 65);
	assert_true(cmdqv_model_pending(bench->model));
	assert_int_equal(cmdqv_model_run(bench->model, UINT32_MAX), 35);
	assert_int_equal(bench->done_count, 100);
	bench_close(bench);
}

static struct bench *bench_with_128_full_queues(void)
{
	struct bench *bench = bench_open(7, 6, 0);

	for (uint32_t q = 0; q < 128; q++) {
		uint64_t ring = RAM + q * 0x10000;

		if (q % 2 == 0)
			own_by_host(bench, q / 2);
		map_queue(bench, q, q / 2, q % 2);
		fill(bench, ring, 4096);
		start(bench, q / 2, q % 2, ring, 12);
		w32(bench, page0(q / 2, q % 2) + PROD, 4096);
	}
	return bench;
}

static void check_spread(struct bench *bench, uint64_t most_apart)
{
	uint64_t least = UINT64_MAX, most = 0;

	for (uint32_t q = 0; q < 128; q++) {
		uint64_t commands = queue_of(bench, q).commands;

		if (commands < least)
			least = commands;
		if (commands > most)
			most = commands;
	}
	assert_true(most - least <= most_apart);
	assert_true(least > 0);
}

/* [HW-10] */
TEST(queues_that_are_never_empty_share_every_budget_fairly)
{
	static const struct {
		uint32_t budget;
		uint32_t runs;
	} ways[] = {{1, 20000}, {7, 3000}, {64, 300}, {100, 300}, {20000, 1}};

	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		struct bench *bench = bench_with_128_full_queues();

		for (uint32_t i = 0; i < ways[w].runs; i++)
			assert_int_equal(cmdqv_model_run(bench->model, ways[w].budget),
					 ways[w].budget);
		check_spread(bench, 64);
		bench_close(bench);
	}
}

/* [HW-10] */
TEST(rings_of_every_size_wrap)
{
	for (uint32_t log2size = 1; log2size <= 19; log2size++) {
		struct bench *bench = bench_open(1, 0, 4);
		uint32_t entries = 1U << log2size;
		uint32_t near_end = entries - 1;
		uint32_t wraps = 2 * entries - 1;

		own_by_host(bench, 0);
		map_queue(bench, 0, 0, 0);
		for (uint32_t i = 0; i < entries; i++)
			put(bench, RAM + 16 * (uint64_t)i, SYNC0, i);
		w64(bench, page1(0, 0), RAM | log2size);
		/* From the last entry over the end, and again where the wrap bit falls back to 0.
		 */
		w32(bench, page0(0, 0) + CONS, near_end);
		w32(bench, page0(0, 0) + PROD, entries + 1);
		w32(bench, page0(0, 0) + CONFIG, 1);
		run_all(bench);
		assert_int_equal(bench->done_count, 2);
		assert_int_equal(bench->done[0].raw[1], near_end);
		assert_int_equal(bench->done[1].raw[1], 0);
		assert_int_equal(r32(bench, page0(0, 0) + CONS), entries + 1);

		w32(bench, page0(0, 0) + CONFIG, 0);
		w32(bench, page0(0, 0) + CONS, wraps);
		w32(bench, page0(0, 0) + PROD, 1);
		w32(bench, page0(0, 0) + CONFIG, 1);
		run_all(bench);
		assert_int_equal(bench->done_count, 4);
		assert_int_equal(bench->done[2].raw[1], entries - 1);
		assert_int_equal(bench->done[3].raw[1], 0);
		assert_int_equal(r32(bench, page0(0, 0) + CONS), 1);
		bench_close(bench);
	}
}

/* [HW-10] */
TEST(a_ring_that_is_full_executes_whole)
{
	struct bench *bench = bench_with_queue(5);

	fill(bench, RAM, 32);
	w32(bench, page0(0, 0) + PROD, 32);
	run_all(bench);
	assert_int_equal(bench->done_count, 32);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 32);
	w32(bench, page0(0, 0) + PROD, 0);
	run_all(bench);
	assert_int_equal(bench->done_count, 64);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0);
	bench_close(bench);
}

/* [HW-10] [HW-16] */
TEST(a_ring_distance_over_the_size_is_illegal_and_fetches_nothing)
{
	for (uint32_t log2size = 1; log2size <= 19; log2size++) {
		struct bench *bench = bench_with_queue(log2size);
		uint32_t entries = 1U << log2size;

		w32(bench, page0(0, 0) + PROD, entries + 1);
		assert_true(cmdqv_model_pending(bench->model));
		assert_int_equal(cmdqv_model_run(bench->model, 64), 0);
		assert_int_equal(bench->reads, 0);
		assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x01000000);
		assert_int_equal(r32(bench, page0(0, 0) + GERROR), 1);
		assert_int_equal(bench->interrupts, 1);
		assert_int_equal(count_events(bench, CMDQV_TRACE_COMMAND), 0);
		assert_int_equal(count_events(bench, CMDQV_TRACE_REFUSED), 1);
		assert_false(cmdqv_model_pending(bench->model));
		bench_close(bench);
	}
}

/* [HW-10] */
TEST(prod_counts_modulo_twice_the_ring)
{
	struct bench *bench = bench_with_queue(3);

	fill(bench, RAM, 8);
	store_word(bench, 0, 0, PROD, 0xfffffff0);
	assert_false(cmdqv_model_pending(bench->model));
	run_all(bench);
	assert_int_equal(bench->done_count, 0);
	store_word(bench, 0, 0, PROD, 0xfffffff3);
	run_all(bench);
	assert_int_equal(bench->done_count, 3);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 3);
	bench_close(bench);
}

static void check_cons_is_behind(struct bench *bench)
{
	/* Whatever runs now is not yet passed by the CONS that the guest sees. */
	assert_true(load_word(bench, 0, 0, CONS) <= bench->done_count);
}

/* [HW-10] */
TEST(cons_never_passes_a_command_before_its_effects_are_done)
{
	struct bench *bench = bench_with_queue(8);

	fill(bench, RAM, 200);
	bench->in_execute = check_cons_is_behind;
	store_word(bench, 0, 0, PROD, 200);
	run_all(bench);
	assert_int_equal(load_word(bench, 0, 0, CONS), 200);
	bench_close(bench);
}

static void overwrite_everything(struct bench *bench)
{
	for (uint32_t i = 0; i < 4; i++)
		put(bench, RAM + 16 * i, 0xff, UINT64_MAX);
}

/* [HW-10] */
TEST(what_is_written_over_a_command_while_it_executes_has_no_effect)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, VA0, VA1);
	bench->in_execute = overwrite_everything;
	w32(bench, page0(0, 0) + PROD, 1);
	run_all(bench);
	assert_int_equal(bench->done[0].raw[0], VA0);
	assert_int_equal(bench->done[0].raw[1], VA1);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 1);
	bench_close(bench);
}

/* [HW-13] [HW-17] */
TEST(memory_that_cannot_be_read_aborts_the_fetch)
{
	struct bench *bench = bench_open(1, 0, 4);

	own_by_host(bench, 0);
	map_queue(bench, 0, 0, 0);
	start(bench, 0, 0, 0x1000, 8);
	w32(bench, page0(0, 0) + PROD, 1);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x02000000);
	assert_int_equal(count_events(bench, CMDQV_TRACE_COMMAND), 0);
	assert_int_equal(count_events(bench, CMDQV_TRACE_REFUSED), 1);
	assert_int_equal(bench->interrupts, 1);
	bench_close(bench);
}

/* [HW-17] */
TEST(a_ring_that_runs_out_of_ram_aborts_at_the_first_entry_outside)
{
	struct bench *bench = bench_open(1, 0, 4);
	uint64_t last_page = RAM + RAM_BYTES - 0x40;

	own_by_host(bench, 0);
	map_queue(bench, 0, 0, 0);
	fill(bench, last_page, 4);
	start(bench, 0, 0, last_page, 8);
	w32(bench, page0(0, 0) + PROD, 6);
	run_all(bench);
	assert_int_equal(bench->done_count, 4);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x02000004);
	bench_close(bench);
}

/* [HW-17] */
TEST(memory_is_read_for_the_vintf_of_the_queue)
{
	struct bench *bench = bench_open(7, 6, 4);

	own_by_guest(bench, 37, 1);
	map_queue(bench, 5, 37, 0);
	start(bench, 37, 0, RAM, 4);
	put(bench, RAM, SYNC0, 0);
	w32(bench, page0(37, 0) + PROD, 1);
	run_all(bench);
	assert_int_equal(bench->last_read_vintf, 37);
	assert_int_equal(bench->done[0].vintf, 37);
	assert_int_equal(bench->done[0].queue, 5);
	bench_close(bench);
}

/* [HW-13] */
TEST(prefetch_executes_as_nothing)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, 0x0000000800000001, 0);
	w32(bench, page0(0, 0) + PROD, 1);
	run_all(bench);
	assert_int_equal(bench->done_count, 0);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 1);
	assert_int_equal(state_of(bench).commands, 1);
	bench_close(bench);
}

static struct bench *bench_with_a_timed_out_atc(void)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, 0x0000001000000040, 0x34);
	put(bench, RAM + 16, VA0, VA1);
	put(bench, RAM + 32, SYNC0, 0);
	bench->execute_result = -ETIMEDOUT;
	w32(bench, page0(0, 0) + PROD, 2);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 2);
	assert_int_equal(bench->interrupts, 0);
	bench->execute_result = 0;
	return bench;
}

/* [HW-13] */
TEST(an_atc_time_out_is_reported_once_at_the_next_sync_of_the_queue)
{
	struct bench *bench = bench_with_a_timed_out_atc();

	w32(bench, page0(0, 0) + PROD, 3);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x03000002);
	assert_int_equal(bench->interrupts, 1);
	w32(bench, page0(0, 0) + GERRORN, 1);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 3);
	assert_int_equal(cmdqv_model_smmu_sync(bench->model), 0);
	bench_close(bench);
}

/* [HW-13] */
TEST(an_atc_time_out_is_reported_once_by_a_sync_of_the_smmu)
{
	struct bench *bench = bench_with_a_timed_out_atc();

	w32(bench, page0(0, 0) + CONFIG, 0);
	assert_int_equal(cmdqv_model_smmu_sync(bench->model), -ETIMEDOUT);
	assert_int_equal(cmdqv_model_smmu_sync(bench->model), 0);
	w32(bench, page0(0, 0) + PROD, 3);
	w32(bench, page0(0, 0) + CONFIG, 1);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 3);
	bench_close(bench);
}

/* [HW-13]: what a host that forgets the flush does to the next owner. */
TEST(an_atc_time_out_that_nobody_collected_meets_the_next_owner)
{
	struct bench *bench = bench_with_a_timed_out_atc();

	unmap_queue(bench, 0, 0, 0);
	map_queue(bench, 0, 0, 0);
	start(bench, 0, 0, RAM + 32, 4);
	w32(bench, page0(0, 0) + PROD, 1);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x03000000);
	bench_close(bench);
}

/* [HW-10] [HW-11] */
TEST(a_trapped_write_kicks_once_and_only_if_it_made_work)
{
	struct bench *bench = bench_with_queue(4);

	fill(bench, RAM, 4);
	assert_int_equal(bench->kicks, 0);
	w32(bench, page0(0, 0) + PROD, 0);
	assert_int_equal(bench->kicks, 0);
	w32(bench, page0(0, 0) + PROD, 1);
	assert_int_equal(bench->kicks, 1);
	run_all(bench);
	w64(bench, page0(0, 0), 0x0000000200000000); /* CONS, dropped, and PROD: one access */
	assert_int_equal(bench->kicks, 2);
	r32(bench, page0(0, 0) + CONS);
	assert_int_equal(bench->kicks, 2);
	run_all(bench);
	w32(bench, page0(0, 0) + CONFIG, 0);
	w32(bench, page0(0, 0) + PROD, 3);
	assert_int_equal(bench->kicks, 2);
	w32(bench, page0(0, 0) + CONFIG, 1);
	assert_int_equal(bench->kicks, 3);
	bench_close(bench);
}

/* [HW-12] */
TEST(pending_never_asks_for_a_run_that_changes_nothing)
{
	struct bench *bench = bench_with_queue(2);

	put(bench, RAM, SYNC0, 0);
	for (uint32_t n = 0; n < 4 * 8 * 8; n++) {
		store_word(bench, 0, 0, CONFIG, n % 2);
		store_word(bench, 0, 0, PROD, n / 4 % 8);
		store_word(bench, 0, 0, GERRORN, n / 32);
		run_all(bench);
		assert_false(cmdqv_model_pending(bench->model));
	}
	bench_close(bench);
}
