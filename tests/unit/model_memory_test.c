/* SPDX-License-Identifier: BSD-2-Clause */
/* CONS in memory: where it is written, when, and what a write that fails comes to. */
#include "model_fixture.h"

#define CONS_DRAM_EN 0x00100000U
#define RESET_CONFIG 0x00020083U
#define PLACE (RAM + 0x100000U)

static size_t writes;
static uint32_t written_vintf;

static int write_memory(void *user, uint32_t vintf_number, uint64_t address, uint32_t value)
{
	struct bench *bench = user;

	writes++;
	written_vintf = vintf_number;
	if (address < RAM || address - RAM > RAM_BYTES - 4)
		return -EFAULT;
	memcpy(bench->ram + (address - RAM), &value, sizeof(value));
	return 0;
}

static uint32_t in_memory(const struct bench *bench)
{
	uint32_t value;

	memcpy(&value, bench->ram + (PLACE - RAM), sizeof(value));
	return value;
}

static struct bench *bench_that_writes(bool can, uint64_t place)
{
	const struct cmdqv_model_config config = {
		.size = sizeof(config), .log2_vcmdqs = 2, .log2_vintfs = 1, .log2_sids = 4};
	struct bench *bench = calloc(1, sizeof(*bench));
	struct cmdqv_model_ops ops = bench_ops();

	assert_non_null(bench);
	bench->ram = calloc(1, RAM_BYTES);
	assert_non_null(bench->ram);
	ops.write = can ? write_memory : NULL;
	assert_int_equal(cmdqv_model_create(&bench->model, &config, &ops, bench, NULL), 0);
	writes = 0;
	for (uint32_t i = 0; i < 16; i++)
		put(bench, RAM + 16 * i, SYNC0, i);
	w32(bench, 0, RESET_CONFIG | CONS_DRAM_EN);
	own_by_host(bench, 1);
	map_queue(bench, 3, 1, 0);
	w64(bench, page1(1, 0) + 8, place);
	start(bench, 1, 0, RAM, 4);
	return bench;
}

/* [HW-15] */
TEST(cons_is_in_memory_after_each_sync_and_at_the_end)
{
	struct bench *bench = bench_that_writes(true, PLACE);

	put(bench, RAM + 32, VA0, VA1);
	w32(bench, page0(1, 0) + PROD, 2);
	run_all(bench);
	assert_int_equal(in_memory(bench), 2);
	w32(bench, page0(1, 0) + PROD, 3);
	run_all(bench);
	assert_int_equal(in_memory(bench), 3);
	assert_int_equal(written_vintf, 1);
	assert_int_equal(r32(bench, page0(1, 0) + CONS), 3);
	assert_int_equal(r32(bench, page0(1, 0) + GERROR), 0);
	bench_close(bench);
}

/* [HW-15] [HW-13] */
TEST(an_error_is_in_memory_with_its_code)
{
	struct bench *bench = bench_that_writes(true, PLACE);

	put(bench, RAM + 32, 0xff, 0);
	w32(bench, page0(1, 0) + PROD, 3);
	run_all(bench);
	assert_int_equal(in_memory(bench), 0x01000002);
	bench_close(bench);
}

/* [HW-15] */
TEST(without_the_enable_or_a_place_nothing_is_written)
{
	struct bench *bench = bench_that_writes(true, 0);

	w32(bench, page0(1, 0) + PROD, 2);
	run_all(bench);
	w64(bench, page1(1, 0) + 8, PLACE);
	w32(bench, 0, RESET_CONFIG);
	w32(bench, page0(1, 0) + PROD, 4);
	run_all(bench);
	assert_int_equal(r32(bench, page0(1, 0) + CONS), 4);
	assert_int_equal(writes, 0);
	bench_close(bench);
}

/* [HW-15] [HW-9] One interrupt, and the queue goes on. */
TEST(a_write_that_fails_is_an_error_and_stops_nothing)
{
	static const struct {
		bool can;
		uint64_t place;
	} ways[] = {{true, 0x1000}, {true, PLACE + 2}, {false, PLACE}};

	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		struct bench *bench = bench_that_writes(ways[w].can, ways[w].place);

		w32(bench, page0(1, 0) + PROD, 8);
		run_all(bench);
		assert_int_equal(bench->done_count, 8);
		assert_int_equal(r32(bench, page0(1, 0) + CONS), 8);
		assert_int_equal(r32(bench, page0(1, 0) + GERROR), 2);
		assert_int_equal(bench->interrupts, 1);
		w64(bench, page1(1, 0) + 8, 0);
		w32(bench, page0(1, 0) + GERRORN, 2);
		w32(bench, page0(1, 0) + PROD, 10);
		run_all(bench);
		assert_int_equal(bench->interrupts, 1);
		assert_int_equal(r32(bench, page0(1, 0) + GERROR), 2);
		bench_close(bench);
	}
}

static void cons_is_not_in_memory_yet(struct bench *bench)
{
	assert_true(in_memory(bench) <= bench->done_count);
}

/* [HW-15] [HW-10] */
TEST(memory_never_says_more_than_was_executed)
{
	struct bench *bench = bench_that_writes(true, PLACE);

	bench->in_execute = cons_is_not_in_memory_yet;
	w32(bench, page0(1, 0) + PROD, 16);
	run_all(bench);
	assert_int_equal(in_memory(bench), 16);
	bench_close(bench);
}
