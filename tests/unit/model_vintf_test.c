/* SPDX-License-Identifier: BSD-2-Clause */
/* A VINTF: enable, ownership, SID tables, and the gate of its queues. */
#include "model_fixture.h"

/* [HW-6] */
TEST(status_follows_the_enable_and_needs_cmdqv_en_too)
{
	struct bench *bench = bench_open(7, 6, 4);

	w32(bench, 0x1104, 0xffffffff);
	assert_int_equal(r32(bench, 0x1104), 0);
	w32(bench, 0x1100, 3);
	assert_int_equal(r32(bench, 0x1104), 1);
	w32(bench, 0x0, 0x20082);
	assert_int_equal(r32(bench, 0x1104), 0);
	assert_int_equal(r32(bench, 0x1100), 3);
	w32(bench, 0x0, 0x20083);
	assert_int_equal(r32(bench, 0x1104), 1);
	w32(bench, 0x1100, 2);
	assert_int_equal(r32(bench, 0x1104), 0);
	bench_close(bench);
}

/* [HW-7] */
TEST(hyp_own_is_writable)
{
	struct bench *bench = bench_open(1, 0, 4);

	w32(bench, 0x1000, 0xffffffff);
	assert_int_equal(r32(bench, 0x1000), 0x3ffff);
	assert_int_equal(r32(bench, 0x4), 0x4011);
	bench_close(bench);
}

/* [HW-6] */
TEST(sid_tables_keep_the_bits_of_their_fields)
{
	struct bench *bench = bench_open(7, 6, 4);

	for (uint32_t s = 0; s < 16; s++) {
		w32(bench, vintf(63) + 0x40 + 4 * s, 0xffe00000 | s);
		w32(bench, vintf(63) + 0x80 + 4 * s, 0xfff00000 | (s + 100));
	}
	for (uint32_t s = 0; s < 16; s++) {
		assert_int_equal(r32(bench, vintf(63) + 0x40 + 4 * s), s);
		assert_int_equal(r32(bench, vintf(63) + 0x80 + 4 * s), s + 100);
		assert_int_equal(r32(bench, vintf(62) + 0x40 + 4 * s), 0);
	}
	bench_close(bench);
}

/* Three commands executed, CONS 3; then a parent goes off. */
static struct bench *bench_at_three(uint64_t parent, uint32_t off)
{
	struct bench *bench = bench_with_queue(4);

	for (uint32_t i = 0; i < 6; i++)
		put(bench, RAM + 16 * i, VA0, VA1);
	w32(bench, page0(0, 0) + PROD, 3);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 3);
	w32(bench, parent, off);
	return bench;
}

static void check_gate(uint64_t parent, uint32_t off, uint32_t on)
{
	struct bench *bench = bench_at_three(parent, off);

	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 0);
	assert_int_equal(load_word(bench, 0, 0, STATUS), 0);
	assert_int_equal(r32(bench, page0(0, 0) + CONFIG), 1);
	bench->kicks = 0;
	w32(bench, page0(0, 0) + PROD, 6);
	w32(bench, page0(0, 0) + CONS, 0); /* cannot move what is on */
	store_word(bench, 0, 0, CONS, 1);
	assert_int_equal(bench->kicks, 0);
	assert_false(cmdqv_model_pending(bench->model));
	run_all(bench);
	assert_int_equal(bench->done_count, 3);

	w32(bench, parent, on);
	assert_int_equal(bench->kicks, 1);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 1);
	assert_true(cmdqv_model_pending(bench->model));
	run_all(bench);
	assert_int_equal(bench->done_count, 6);
	assert_int_equal(bench->done[3].index, 3);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 6);
	assert_int_equal(load_word(bench, 0, 0, CONS), 6);
	bench_close(bench);
}

/* [HW-6] [HW-16] */
TEST(a_parent_that_is_off_stops_its_queues_and_on_again_resumes_at_cons)
{
	check_gate(0x0, 0x20082, 0x20083);
	check_gate(0x1000, 0x20000, 0x20001);
}

/* [HW-6] */
TEST(a_queue_that_is_disabled_behind_a_closed_gate_latches_anew)
{
	struct bench *bench = bench_at_three(0x1000, 0x20000);

	w32(bench, page0(0, 0) + CONFIG, 0);
	w32(bench, page0(0, 0) + CONS, 1);
	w32(bench, page0(0, 0) + CONFIG, 1);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 0);
	w32(bench, 0x1000, 0x20001);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 1);
	run_all(bench);
	assert_int_equal(bench->done_count, 5);
	assert_int_equal(bench->done[3].index, 1);
	bench_close(bench);
}

/* [HW-6] */
TEST(enables_may_come_in_any_order)
{
	struct bench *bench = bench_open(1, 0, 4);

	w32(bench, 0x0, 0);
	map_queue(bench, 0, 0, 0);
	start(bench, 0, 0, RAM, 4);
	w32(bench, page0(0, 0) + PROD, 1);
	put(bench, RAM, SYNC0, 0);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 0);
	own_by_guest(bench, 0, 1);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 0);
	assert_int_equal(bench->kicks, 0);
	w32(bench, 0x0, 1);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 1);
	assert_int_equal(bench->kicks, 1);
	run_all(bench);
	assert_int_equal(bench->done_count, 1);
	bench_close(bench);
}
