/* SPDX-License-Identifier: BSD-2-Clause */
/* Which queues are looked at when: batches, both ways of ringing, 128 queues at once. */
#include "model_fixture.h"

enum { QUEUES = 128, LOG2 = 4 };

static uint64_t ring_of(uint32_t q)
{
	return RAM + q * 0x1000;
}

/* [HW-1] All 64 VINTFs and 128 queues, each with a ring of CMD_SYNCs, idle. */
static struct bench *bench_with_128_idle_queues(void)
{
	struct bench *bench = bench_open(7, 6, 4);

	for (uint32_t v = 0; v < 64; v++)
		own_by_guest(bench, v, v + 1);
	for (uint32_t q = 0; q < QUEUES; q++) {
		map_queue(bench, q, q / 2, q % 2);
		for (uint32_t i = 0; i < 1U << LOG2; i++)
			put(bench, ring_of(q) + 16 * i, SYNC0, 0);
		start(bench, q / 2, q % 2, ring_of(q), LOG2);
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

	store_prod(bench, 9, 1);
	run_all(bench);
	unmap_queue(bench, 9, 4, 1);
	store_word(bench, 4, 1, CONFIG, 1);
	store_word(bench, 4, 1, PROD, 3);
	assert_int_equal(calls_until_pending(bench), 0);
	assert_int_equal(cmdqv_model_run(bench->model, 64), 0);
	assert_int_equal(bench->done_count, 1);
	bench_close(bench);
}

/* ---- batches ---- */

static size_t batch_calls;
static size_t batch_bytes;
static bool batch_fails;

static int read_entries(void *user, uint32_t vintf_number, uint64_t address, void *buffer,
			size_t bytes)
{
	struct bench *bench = user;
	int rc;

	if (batch_fails)
		return -EFAULT;
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
	struct bench *bench = calloc(1, sizeof(*bench));
	struct cmdqv_model_ops ops = bench_ops();

	assert_non_null(bench);
	bench->ram = calloc(1, RAM_BYTES);
	assert_non_null(bench->ram);
	ops.read_entries = read_entries;
	assert_int_equal(cmdqv_model_create(&bench->model, &config, &ops, bench, NULL), 0);
	batch_calls = 0;
	batch_bytes = 0;
	batch_fails = false;
	own_by_host(bench, 0);
	map_queue(bench, 0, 0, 0);
	start(bench, 0, 0, RAM, log2size);
	return bench;
}

/* [HW-10] [HW-23] Over the end of the ring in two, and each command once. */
TEST(a_batch_is_one_read_each_side_of_the_end)
{
	struct bench *bench = bench_with_batches(6);

	for (uint32_t i = 0; i < 64; i++)
		put(bench, RAM + 16 * i, SYNC0, i);
	w32(bench, page0(0, 0) + PROD, 40);
	run_all(bench);
	assert_int_equal(batch_calls, 1);
	assert_int_equal(batch_bytes, 40 * 16);
	w32(bench, page0(0, 0) + PROD, 40 + 60);
	run_all(bench);
	assert_int_equal(bench->done_count, 100);
	assert_int_equal(batch_calls, 3);
	assert_int_equal(batch_bytes, 100 * 16);
	assert_int_equal(bench->reads, 0);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(bench->done[i].raw[1], i % 64);
	bench_close(bench);
}

/* [HW-17] */
TEST(a_batch_that_cannot_be_read_aborts_at_the_very_entry)
{
	struct bench *bench = bench_with_batches(8);
	uint64_t end = RAM + RAM_BYTES - 0x40;

	for (uint32_t i = 0; i < 4; i++)
		put(bench, end + 16 * i, SYNC0, i);
	w32(bench, page0(0, 0) + CONFIG, 0);
	start(bench, 0, 0, end, 8);
	w32(bench, page0(0, 0) + PROD, 6);
	run_all(bench);
	assert_int_equal(bench->done_count, 4);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x02000004);
	bench_close(bench);
}

TEST(a_batch_that_fails_though_its_entries_do_not_is_read_one_by_one)
{
	struct bench *bench = bench_with_batches(8);

	batch_fails = true;
	for (uint32_t i = 0; i < 100; i++)
		put(bench, RAM + 16 * i, SYNC0, i);
	w32(bench, page0(0, 0) + PROD, 100);
	run_all(bench);
	assert_int_equal(bench->done_count, 100);
	assert_int_equal(bench->reads, 100);
	bench_close(bench);
}

/* [HW-10] [HW-13] What lay behind the refused command was copied with it, and counts no more. */
TEST(what_is_repaired_behind_a_refused_command_is_fetched_anew)
{
	struct bench *bench = bench_with_batches(4);

	put(bench, RAM, SYNC0, 0);
	put(bench, RAM + 16, 0xff, 0);
	put(bench, RAM + 32, 0xfe, 0);
	w32(bench, page0(0, 0) + PROD, 3);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x01000001);
	put(bench, RAM + 16, SYNC0, 1);
	put(bench, RAM + 32, SYNC0, 2);
	w32(bench, page0(0, 0) + GERRORN, 1);
	run_all(bench);
	assert_int_equal(bench->done_count, 3);
	assert_int_equal(bench->done[2].raw[1], 2);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 3);
	bench_close(bench);
}
