/* SPDX-License-Identifier: BSD-2-Clause */
/* CONS in memory: where it is written, when, and what a write that fails comes to. */
#include "model_script.h"

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

/* CONS_DRAM_EN, and a queue at LVCMDQ 0 of VINTF 1. */
static struct bench *bench_that_writes(bool can, uint64_t place)
{
	const struct cmdqv_model_config config = {
		.size = sizeof(config), .log2_vcmdqs = 2, .log2_vintfs = 1, .log2_sids = 4};
	struct cmdqv_model_ops ops = bench_ops();
	struct bench *bench;

	ops.write = can ? write_memory : NULL;
	bench = bench_open_as(&config, &ops);
	writes = 0;
	play(bench, "#0-15=sync 0=0x00120083 [1.0] host map=3");
	w64(bench, page1(1, 0) + 8, place);
	play(bench, "[1.0] ring=4");
	return bench;
}

/* [HW-15] */
TEST(cons_is_in_memory_after_each_sync_and_at_the_end)
{
	struct bench *bench = bench_that_writes(true, PLACE);

	play(bench, "#2=va [1.0] prod=2 run");
	assert_int_equal(in_memory(bench), 2);
	play(bench, "[1.0] prod=3 run cons:3 gerror:0");
	assert_int_equal(in_memory(bench), 3);
	assert_int_equal(written_vintf, 1);
	bench_close(bench);
}

/* [HW-15] [HW-13] */
TEST(an_error_is_in_memory_with_its_code)
{
	struct bench *bench = bench_that_writes(true, PLACE);

	play(bench, "#2=bad [1.0] prod=3 run");
	assert_int_equal(in_memory(bench), 0x01000002);
	bench_close(bench);
}

/* [HW-15] */
TEST(without_the_enable_or_a_place_nothing_is_written)
{
	play_on(bench_that_writes(true, 0),
		"[1.0] prod=2 run dram=0x40100000 0=0x00020083 prod=4 run cons:4");
	assert_int_equal(writes, 0);
}

/* [HW-15] [HW-9] One interrupt, and the queue goes on. */
TEST(a_write_that_fails_is_an_error_and_stops_nothing)
{
	static const struct {
		bool can;
		uint64_t place;
	} ways[] = {{true, 0x1000}, {true, PLACE + 2}, {false, PLACE}};

	for (size_t w = 0; w < COUNT(ways); w++)
		play_on(bench_that_writes(ways[w].can, ways[w].place),
			"[1.0] prod=8 run done:8 cons:8 gerror:2 interrupts:1 "
			"dram=0 gerrorn=2 prod=10 run interrupts:1 gerror:2");
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
	play(bench, "[1.0] prod=16 run");
	assert_int_equal(in_memory(bench), 16);
	bench_close(bench);
}
