/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VINTF: ownership, SID tables, and the gate of its queues. What
 * trapped accesses alone can show is compared with a reference in
 * tests/scenario/model_reference_test.c.
 */
#include "model_script.h"

/* [HW-7] */
TEST(hyp_own_is_writable)
{
	play_on(bench_open(1, 0, 4), "0x1000=0xffffffff 0x1000:0x3ffff 4:0x4011");
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

/* [HW-9] A map has 32 queues; the next map begins with the 33rd. */
TEST(the_33rd_queue_stands_in_the_second_map_alone)
{
	struct bench *bench = bench_open(7, 0, 4);

	play(bench, "0=1 guest=1");
	for (uint32_t q = 0; q < 33; q++)
		map_queue(bench, q, 0, q);
	play(bench, "[0.32] ring=4 #0=bad prod=1 run 0x10c0:0 0x10c4:1 0x10c8:0 0x24:0 0x28:1");
	bench_close(bench);
}

/* Three commands executed, CONS 3; then a parent goes off. */
static void check_gate(const char *off, const char *on)
{
	struct bench *bench = bench_with_queue(4);

	play(bench, "#0-5=va prod=3 run cons:3");
	play(bench, off);
	/* Neither a write nor a store can move the CONS of what is on. */
	play(bench, "status:0 @status:0 config:1 prod=6 cons=0 @cons=1 kicks:1 pending:0 "
		    "run done:3");
	play(bench, on);
	play(bench, "kicks:2 status:1 pending:1 run done:6 cons:6 @cons:6");
	assert_int_equal(bench->done[3].index, 3);
	bench_close(bench);
}

/* [HW-6] [HW-16] */
TEST(a_parent_that_is_off_stops_its_queues_and_on_again_resumes_at_cons)
{
	check_gate("0=0x20082", "0=0x20083");
	check_gate("0x1000=0x20000", "0x1000=0x20001");
}

/* [HW-6] */
TEST(enables_may_come_in_any_order)
{
	play_on(bench_open(1, 0, 4), "0=0 map=0 ring=4 prod=1 #0=sync status:0 "
				     "guest=1 status:0 kicks:0 0=1 status:1 kicks:1 run done:1");
}
