/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine: order, budget, fairness, rings, errors and time-outs. */
#include "model_script.h"

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

static const struct script scripts[] = {
	/* [HW-10] */
	{"a_run_does_at_most_its_budget",
	 "queue=8 #0-99=sync prod=100 run=0:0 run=1:1 cons:1 @cons:1 run=64:64 @cons:65 "
	 "pending:1 run=0xffffffff:35 done:100"},
	/* [HW-10] */
	{"a_ring_that_is_full_executes_whole",
	 "queue=5 #0-31=sync prod=32 run done:32 cons:32 prod=0 run done:64 cons:0"},
	/* [HW-10] */
	{"prod_counts_modulo_twice_the_ring",
	 "queue=3 #0-7=sync @prod=0xfffffff0 pending:0 run done:0 @prod=0xfffffff3 run done:3 "
	 "cons:3"},
	/* [HW-13] [HW-17] */
	{"memory_that_cannot_be_read_aborts_the_fetch",
	 "model=1.0.4 host map=0 base=0x1008 config=1 prod=1 run cons:0x02000000 traced:0 "
	 "refused:1 "
	 "interrupts:1"},
	/* [HW-13] */
	{"prefetch_executes_as_nothing", "queue=4 #0=prefetch prod=1 run done:0 cons:1 commands:1"},
	/* [HW-10] [HW-11] CONS, dropped, and PROD in one access kick once; a read never does. */
	{"a_trapped_write_kicks_once_and_only_if_it_made_work",
	 "queue=4 #0-3=sync kicks:0 prod=0 kicks:0 prod=1 kicks:1 run "
	 "0x30000!=0x0000000200000000 kicks:2 cons:1 kicks:2 run config=0 prod=3 "
	 "kicks:2 config=1 kicks:3"},
	/* [HW-13] */
	{"an_atc_time_out_is_reported_once_at_the_next_sync_of_the_queue",
	 "queue=4 #0=atc #1=va #2=sync times_out=1 prod=2 run cons:2 interrupts:0 times_out=0 "
	 "prod=3 run cons:0x03000002 interrupts:1 gerrorn=1 run cons:3 sync_times_out:0"},
	/* [HW-13] */
	{"an_atc_time_out_is_reported_once_by_a_sync_of_the_smmu",
	 "queue=4 #0=atc #1=va #2=sync times_out=1 prod=2 run cons:2 times_out=0 config=0 "
	 "sync_times_out:1 sync_times_out:0 prod=3 config=1 run cons:3"},
	/* [HW-13] [HW-22] The queue runs, so its own CMD_SYNC reports the time-out. A CMD_SYNC that
	 * the host gives to the SMMU before that reports nothing.
	 */
	{"an_atc_time_out_of_a_queue_that_runs_is_not_taken_by_a_sync_of_the_smmu",
	 "queue=4 #0=atc #1=va #2=sync times_out=1 prod=2 run cons:2 times_out=0 "
	 "sync_times_out:0 prod=3 run cons:0x03000002 interrupts:1"},
	/* [HW-13] The hardware reports a time-out of an ATC_INV alone. */
	{"no_command_but_an_atc_inv_times_out",
	 "queue=4 #0=va #1=cfgi #2-3=sync times_out=1 prod=4 run cons:4 interrupts:0 config=0 "
	 "sync_times_out:0"},
	/* [HW-13]: what a host that forgets the flush does to the next owner. */
	{"an_atc_time_out_that_nobody_collected_meets_the_next_owner",
	 "queue=4 #0=atc #1=va #2=sync times_out=1 prod=2 run cons:2 times_out=0 unmap=0 map=0 "
	 "base=0x40000024 config=1 prod=1 run cons:0x03000000"},
};

SCRIPTS(scripts)

static struct bench *bench_with_128_full_queues(void)
{
	struct bench *bench = bench_open(7, 6, 0);

	play(bench, "#0-4095=sync");
	for (uint32_t q = 0; q < 128; q++) {
		if (q % 2 == 0)
			own_by_host(bench, q / 2);
		map_queue(bench, q, q / 2, q % 2);
		start(bench, q / 2, q % 2, RAM, 12);
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

	for (size_t w = 0; w < COUNT(ways); w++) {
		struct bench *bench = bench_with_128_full_queues();

		for (uint32_t i = 0; i < ways[w].runs; i++)
			assert_int_equal(cmdqv_model_run(bench->model, ways[w].budget),
					 ways[w].budget);
		check_spread(bench, 64);
		bench_close(bench);
	}
}

/* [HW-10] One that ran empty is followed by the next, in the next call too. */
TEST(queues_keep_their_order_however_little_they_have)
{
	struct bench *bench = bench_with_queue(4);

	play(bench, "#0-15=sync [0.1] map=1 ring=4");
	for (uint32_t i = 1; i <= 4; i++) {
		store_word(bench, 0, 0, PROD, i);
		store_word(bench, 0, 1, PROD, i);
		run_all(bench);
	}
	assert_int_equal(bench->done_count, 8);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(bench->done[i].queue, i % 2);
	bench_close(bench);
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
		/* From the last entry over the end, and where the wrap bit falls back to 0. */
		w32(bench, page0(0, 0) + CONS, near_end);
		w32(bench, page0(0, 0) + PROD, entries + 1);
		play(bench, "config=1 run done:2");
		assert_int_equal(r32(bench, page0(0, 0) + CONS), entries + 1);
		play(bench, "config=0");
		w32(bench, page0(0, 0) + CONS, wraps);
		play(bench, "prod=1 config=1 run done:4 cons:1");
		for (uint32_t i = 0; i < 4; i++)
			assert_int_equal(bench->done[i].raw[1], i % 2 == 0 ? near_end : 0);
		/* A refusal names the entry, not CONS with its wrap bit. */
		play(bench, "config=0");
		put(bench, RAM + 16 * (uint64_t)near_end, 0xFF, 0);
		w32(bench, page0(0, 0) + CONS, wraps);
		bench->event_count = 0;
		play(bench, "prod=0 config=1 run gerror:1");
		for (size_t i = 0; i < bench->event_count; i++)
			if (bench->events[i].kind == CMDQV_TRACE_REFUSED)
				assert_int_equal(bench->events[i].index, near_end);
		bench_close(bench);
	}
}

/* [HW-10] [HW-16] */
TEST(a_ring_distance_over_the_size_is_illegal_and_fetches_nothing)
{
	for (uint32_t log2size = 1; log2size <= 19; log2size++) {
		struct bench *bench = bench_with_queue(log2size);
		uint32_t entries = 1U << log2size;

		w32(bench, page0(0, 0) + PROD, entries + 1);
		play_on(bench, "pending:1 run=64:0 reads:0 cons:0x01000000 gerror:1 interrupts:1 "
			       "traced:0 refused:1 pending:0");
	}
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

	bench->in_execute = check_cons_is_behind;
	play_on(bench, "#0-199=sync @prod=200 run @cons:200");
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

	bench->in_execute = overwrite_everything;
	play(bench, "#0=va prod=1 run cons:1");
	assert_int_equal(bench->done[0].raw[0], VA0);
	assert_int_equal(bench->done[0].raw[1], VA1);
	bench_close(bench);
}

/* [HW-17] */
TEST(a_ring_that_runs_out_of_ram_aborts_at_the_first_entry_outside)
{
	struct bench *bench = bench_open(1, 0, 4);
	uint64_t last_page = RAM + RAM_BYTES - 0x40;

	for (uint32_t i = 0; i < 4; i++)
		put(bench, last_page + 16 * i, SYNC0, 0);
	play(bench, "host map=0");
	start(bench, 0, 0, last_page, 8);
	play_on(bench, "prod=6 run done:4 cons:0x02000004");
}

/* [HW-17] */
TEST(memory_is_read_for_the_vintf_of_the_queue)
{
	struct bench *bench = bench_open(7, 6, 4);

	play(bench, "[37.0] guest=1 map=5 #0=sync ring=4 prod=1 run");
	assert_int_equal(bench->last_read_vintf, 37);
	assert_int_equal(bench->done[0].vintf, 37);
	assert_int_equal(bench->done[0].queue, 5);
	bench_close(bench);
}

/* [HW-12] */
TEST(pending_never_asks_for_a_run_that_changes_nothing)
{
	struct bench *bench = bench_with_queue(2);

	play(bench, "#0=sync");
	for (uint32_t n = 0; n < 4 * 8 * 8; n++) {
		store_word(bench, 0, 0, CONFIG, n % 2);
		store_word(bench, 0, 0, PROD, n / 4 % 8);
		store_word(bench, 0, 0, GERRORN, n / 32);
		play(bench, "run pending:0");
	}
	bench_close(bench);
}
