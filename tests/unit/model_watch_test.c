/* SPDX-License-Identifier: BSD-2-Clause */
/* Which queues are looked at when: batches, both ways of ringing, 128 queues at once. */
#include "model_script.h"

enum { QUEUES = 128 };

/* [HW-1] All 64 VINTFs and 128 queues, whose ring of CMD_SYNCs is one, idle. */
static struct bench *bench_with_128_idle_queues(void)
{
	struct bench *bench = bench_open(7, 6, 4);

	play(bench, "#0-15=sync");
	for (uint32_t v = 0; v < 64; v++)
		own_by_guest(bench, v, v + 1);
	for (uint32_t q = 0; q < QUEUES; q++) {
		map_queue(bench, q, q / 2, q % 2);
		start(bench, q / 2, q % 2, RAM, 4);
	}
	run_all(bench);
	return bench;
}

static void store_prod(struct bench *bench, uint32_t q, uint32_t value)
{
	store_word(bench, q / 2, q % 2, PROD, value);
}

static uint32_t calls_until_pending(struct bench *bench)
{
	for (uint32_t calls = 1; calls <= 100000; calls++)
		if (cmdqv_model_pending(bench->model))
			return calls;
	return 0;
}

/* [HW-11] [HW-23] The bound that model.h states. */
TEST(a_store_to_any_of_128_idle_queues_is_seen_by_the_16th_call)
{
	struct bench *bench = bench_with_128_idle_queues();

	for (uint32_t q = 0; q < QUEUES; q++) {
		uint32_t calls;

		store_prod(bench, q, 1);
		calls = calls_until_pending(bench);
		assert_in_range(calls, 1, 16);
		run_all(bench);
		assert_int_equal(load_word(bench, q / 2, q % 2, CONS), 1);
	}
	assert_int_equal(bench->done_count, QUEUES);
	bench_close(bench);
}

/* [HW-11] Queues without work have their turn, eight with each call, until 1024 calls were vain. */
static void count_calls_for_each_queue(uint32_t vain)
{
	uint32_t queues_after[17] = {0};

	for (uint32_t q = 0; q < QUEUES; q++) {
		struct bench *bench = bench_with_128_idle_queues();
		uint32_t calls;

		play(bench, "pending:0"); /* what it looks at first is the same for every q */
		for (uint32_t i = 0; i < vain; i++)
			assert_false(cmdqv_model_pending(bench->model));
		store_prod(bench, q, 1);
		calls = calls_until_pending(bench);
		assert_in_range(calls, 1, 16);
		queues_after[calls]++;
		bench_close(bench);
	}
	for (uint32_t calls = 1; calls <= 16; calls++)
		assert_int_equal(queues_after[calls], 8);
}

TEST(each_call_looks_at_eight_of_the_others_in_turn)
{
	count_calls_for_each_queue(0);
	count_calls_for_each_queue(1000);
}

/* [HW-11] A thread that slept is told by its first call. */
TEST(after_1024_vain_calls_the_first_one_sees_every_queue)
{
	struct bench *bench = bench_with_128_idle_queues();

	for (uint32_t q = 0; q < QUEUES; q++) {
		for (uint32_t i = 0; i < 1024; i++)
			assert_false(cmdqv_model_pending(bench->model));
		store_prod(bench, q, 1);
		assert_true(cmdqv_model_pending(bench->model));
		run_all(bench);
	}
	bench_close(bench);
}

/* [HW-23] */
TEST(a_queue_that_had_work_is_looked_at_in_every_call)
{
	struct bench *bench = bench_with_128_idle_queues();
	uint32_t index = 0;

	store_prod(bench, 77, ++index);
	run_all(bench);
	for (uint32_t i = 0; i < 500; i++) {
		index = (index + 1) & 31;
		store_prod(bench, 77, index);
		assert_true(cmdqv_model_pending(bench->model));
		assert_int_equal(cmdqv_model_run(bench->model, 64), 1);
	}
	bench_close(bench);
}

/* [HW-11] [HW-23] After visits in vain it waits for its turn, at most as long as all others do. */
TEST(a_queue_that_had_work_waits_for_its_turn_again)
{
	uint32_t most = 0;

	for (uint32_t before = 0; before < 16; before++) {
		struct bench *bench = bench_with_128_idle_queues();
		uint32_t calls;

		store_prod(bench, 77, 1);
		for (uint32_t i = 0; i < 16; i++)
			run_all(bench);
		for (uint32_t i = 0; i < before; i++)
			assert_false(cmdqv_model_pending(bench->model));
		store_prod(bench, 77, 2);
		calls = calls_until_pending(bench);
		most = calls > most ? calls : most;
		bench_close(bench);
	}
	assert_int_equal(most, 16);
}

/* [HW-10] 0 means that there is nothing to do, wherever it was stored. */
TEST(a_run_sees_what_was_stored_without_any_call_of_pending)
{
	struct bench *bench = bench_with_128_idle_queues();

	for (uint32_t q = 0; q < QUEUES; q++) {
		store_prod(bench, q, 2);
		assert_int_equal(cmdqv_model_run(bench->model, 64), 2);
	}
	for (uint32_t q = 0; q < QUEUES; q++)
		store_prod(bench, q, 4);
	run_all(bench);
	assert_int_equal(bench->done_count, 4 * QUEUES);
	bench_close(bench);
}

static bool keep_busy; /* of the test below: read by its executor only */

static void refill_queue_zero(struct bench *bench)
{
	if (keep_busy)
		store_prod(bench, 0, (load_word(bench, 0, 0, PROD) + 1) & 31);
}

/* [HW-10] [HW-11] 32 visits of 64 commands, and the visit itself. */
TEST(a_neighbour_that_never_rests_hides_no_store_for_more_than_2112_commands)
{
	struct bench *bench = bench_with_128_idle_queues();

	bench->in_execute = refill_queue_zero;
	for (uint32_t q = 1; q < QUEUES; q++) {
		uint32_t before;

		keep_busy = true;
		store_prod(bench, 0, (load_word(bench, 0, 0, CONS) + 8) & 31);
		store_prod(bench, q, 1);
		before = (uint32_t)bench->done_count;
		while (load_word(bench, q / 2, q % 2, CONS) != 1) {
			assert_int_equal(cmdqv_model_run(bench->model, 64), 64);
			assert_true(bench->done_count - before <= 2112);
		}
		keep_busy = false;
		run_all(bench);
	}
	bench_close(bench);
}

/* [HW-3] [HW-16] */
TEST(a_queue_that_was_taken_away_is_looked_at_no_more)
{
	struct bench *bench = bench_with_128_idle_queues();

	play(bench, "[4.1] @prod=1 run unmap=9 @config=1 @prod=3");
	assert_int_equal(calls_until_pending(bench), 0);
	play_on(bench, "run=64:0 done:1");
}

/* ---- batches ---- */

static size_t batch_calls;
static size_t batch_bytes;
static size_t batch_failures;
static bool batch_fails;

static int read_entries(void *user, uint32_t vintf_number, uint64_t address, void *buffer,
			size_t bytes)
{
	struct bench *bench = user;
	int rc;

	if (batch_fails) {
		batch_failures++;
		return -EFAULT;
	}
	rc = bench_read(user, vintf_number, address, buffer, bytes);
	bench->reads--;
	if (!rc) {
		batch_calls++;
		batch_bytes += bytes;
	}
	return rc;
}

static struct bench *bench_with_batches(uint32_t log2size)
{
	const struct cmdqv_model_config config = {
		.size = sizeof(config), .log2_vcmdqs = 1, .log2_vintfs = 0, .log2_sids = 4};
	struct cmdqv_model_ops ops = bench_ops();
	struct bench *bench;

	ops.read_entries = read_entries;
	bench = bench_open_as(&config, &ops);
	batch_calls = 0;
	batch_bytes = 0;
	batch_fails = false;
	for (uint32_t i = 0; i < 100; i++)
		put(bench, RAM + 16 * i, SYNC0, i);
	play(bench, "host map=0");
	start(bench, 0, 0, RAM, log2size);
	return bench;
}

/* [HW-10] [HW-23] Over the end of the ring in two, and each command once. */
TEST(a_batch_is_one_read_each_side_of_the_end)
{
	struct bench *bench = bench_with_batches(6);

	play(bench, "prod=40 run");
	assert_int_equal(batch_calls, 1);
	assert_int_equal(batch_bytes, 40 * 16);
	play(bench, "prod=100 run done:100 reads:0");
	assert_int_equal(batch_calls, 3);
	assert_int_equal(batch_bytes, 100 * 16);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(bench->done[i].raw[1], i % 64);
	bench_close(bench);
}

TEST(a_single_entry_is_no_batch)
{
	struct bench *bench = bench_with_batches(6);

	play(bench, "prod=1 run done:1 reads:1");
	assert_int_equal(batch_calls, 0);
	bench_close(bench);
}

/* [HW-17] */
TEST(a_batch_that_cannot_be_read_aborts_at_the_very_entry)
{
	struct bench *bench = bench_with_batches(8);
	uint64_t end = RAM + RAM_BYTES - 0x40;

	for (uint32_t i = 0; i < 4; i++)
		put(bench, end + 16 * i, SYNC0, i);
	play(bench, "config=0");
	start(bench, 0, 0, end, 8);
	play_on(bench, "prod=6 run done:4 cons:0x02000004");
}

/* And is not tried again in the same visit. */
TEST(a_batch_that_fails_though_its_entries_do_not_is_read_one_by_one)
{
	struct bench *bench = bench_with_batches(8);

	batch_fails = true;
	batch_failures = 0;
	play_on(bench, "prod=100 run done:100 reads:100");
	assert_in_range(batch_failures, 1, 4);
}

/* [HW-10] [HW-13] What lay behind the refused command was copied with it, and counts no more. */
TEST(what_is_repaired_behind_a_refused_command_is_fetched_anew)
{
	struct bench *bench = bench_with_batches(4);

	put(bench, RAM + 32, 0xfe, 0);
	play(bench, "#1=bad prod=3 run cons:0x01000001");
	put(bench, RAM + 32, SYNC0, 2);
	play(bench, "#1=sync gerrorn=1 run done:3 cons:3");
	assert_int_equal(bench->done[2].raw[1], 2);
	bench_close(bench);
}
