/* SPDX-License-Identifier: BSD-2-Clause */
/* Global registers, and where VCMDQs are mapped. */
#include "model_script.h"

/* [HW-6] */
TEST(config_acknowledges_in_both_directions_and_keeps_its_other_bits)
{
	play_on(bench_open(7, 6, 4), "0:0x20083 8:1 0=0x20082 8:0 0:0x20082 "
				     "0=0xffffffff 8:1 0:0x1fffff");
}

/* Puts permutation `n` of 0 to 3 into `order`. */
static void permutation(uint32_t n, uint32_t order[4])
{
	uint32_t left[4] = {0, 1, 2, 3};

	for (uint32_t i = 0; i < 4; i++) {
		uint32_t pick = n % (4 - i);

		n /= 4 - i;
		order[i] = left[pick];
		for (uint32_t j = pick; j < 3; j++)
			left[j] = left[j + 1];
	}
}

/* Maps queues 4 to 7 of VINTF 1, or unmaps them, in each order; what is out of order stays. */
static void check_orders(bool maps)
{
	for (uint32_t n = 0; n < 24; n++) {
		struct bench *bench = bench_open(3, 1, 0);
		uint32_t order[4], changed = 0;

		permutation(n, order);
		for (uint32_t l = 0; l < 4; l++) {
			w32(bench, alloc(4 + l), 0x8000 | l << 1);
			if (!maps)
				map_queue(bench, 4 + l, 1, l);
		}
		assert_int_equal(state_of(bench).order_violations, 0);
		for (uint32_t i = 0; i < 4; i++) {
			uint32_t l = order[i];
			bool good = l == (maps ? changed : 3 - changed);

			if (maps)
				map_queue(bench, 4 + l, 1, l);
			else
				unmap_queue(bench, 4 + l, 1, l);
			changed += good;
			assert_int_equal(queue_of(bench, 4 + l).mapped, good == maps);
			assert_int_equal(r32(bench, alloc(4 + l)),
					 0x8000 | l << 1 | (good == maps));
			assert_int_equal(state_of(bench).order_violations, i + 1 - changed);
		}
		bench_close(bench);
	}
}

/* [HW-8] */
TEST(only_ascending_maps_and_descending_unmaps_of_every_order_take_effect)
{
	check_orders(true);
	check_orders(false);
}

/* [HW-8] 2 VINTFs with 2 queues each: neither VINTF 2 and 63 nor LVCMDQ 2 exists. */
TEST(a_place_that_is_taken_or_does_not_exist_is_refused_whole)
{
	play_on(bench_open(2, 1, 0),
		"[1.0] map=0 0x200:0x8001 map=1 0x204:0 [2.0] map=1 0x204:0 [63.127] map=1 "
		"[1.1] map=1 0x204:0x8003 [1.2] map=2 0x208:0 violations:4");
}

/* [HW-8] The same again is nothing; what unmaps keeps the new fields. */
TEST(an_allocated_entry_cannot_move_and_an_unallocated_one_may_say_anything)
{
	play_on(bench_open(2, 1, 0),
		"0x20c=0xfffffffe 0x20c:0x1f80fe violations:0 map=0 map=0 violations:0 "
		"[1.0] map=0 violations:1 0x200:1 [0.0] mapped:1 "
		"[1.0] unmap=0 0x200:0x8000 [0] mapped:0");
}

/* [HW-3] [HW-8] */
TEST(any_physical_queue_may_go_to_any_place)
{
	play_on(bench_open(3, 1, 0), "map=6 [0.1] map=1 [0.0] prod=6 [0.1] prod=1 "
				     "[6] prod:6 [1] prod:1 [0] prod:0");
}

/* An error of logical queue `l` of VINTF `v`: an unknown opcode, executed. */
static void make_error(struct bench *bench, uint32_t v, uint32_t l)
{
	play(bench, "#0=bad");
	start(bench, v, l, RAM, 4);
	w32(bench, page0(v, l) + PROD, 1);
	run_all(bench);
}

/* [HW-9] An acknowledgement through the mapped page clears the maps, without any access. */
TEST(error_maps_show_the_vintf_the_physical_and_the_logical_queue)
{
	struct bench *bench = bench_open(7, 6, 4);

	play(bench, "[40.0] host map=100 [40.1] map=3");
	make_error(bench, 40, 1);
	play(bench, "0x14:0 0x18:0x100 0x24:8 0x30:0 0x38c0!:2 0x3804:3");
	make_error(bench, 40, 0);
	play(bench, "0x30:0x10 0x38c0!:3 [40.0] @gerrorn=1 [40.1] @gerrorn=1");
	play_on(bench, "0x18:0 0x24:0 0x30:0 0x38c0!:0 0x3804:1");
}

/* [HW-9] */
TEST(the_logical_map_of_128_queues_has_128_bits)
{
	struct bench *bench = bench_open(7, 0, 0);

	own_by_host(bench, 0);
	for (uint32_t l = 0; l < 128; l++)
		map_queue(bench, 127 - l, 0, l);
	make_error(bench, 0, 126);
	make_error(bench, 0, 1);
	play_on(bench, "0x10c0!:2 0x10c8!:0x4000000000000000 0x24:2 0x30:0x40000000");
}

/* [HW-9] An edge although the VINTF's bit is set already; one for both that are unmasked at once.
 */
TEST(the_interrupt_is_an_edge_per_error_and_masked_by_vintf)
{
	struct bench *bench = bench_open(3, 1, 0);

	play(bench, "[0.0] host map=0 [0.1] map=1 [1.0] host map=4 [1.1] map=5");
	make_error(bench, 0, 0);
	play(bench, "interrupts:1");
	make_error(bench, 0, 1);
	play(bench, "interrupts:2 0x1c=0xffffffff 0x20=0xffffffff 0x1c:3 0x20:0");
	make_error(bench, 1, 0);
	play_on(bench, "interrupts:2 0x14:3 0x1c=3 interrupts:2 0x1c=0 interrupts:3 "
		       "0x1c=0 interrupts:3");
}

/* [HW-9] */
TEST(unmasking_without_an_error_pending_is_silent)
{
	struct bench *bench = bench_open(3, 1, 0);

	play(bench, "[1.0] host map=4 0x1c=3");
	make_error(bench, 1, 0);
	play_on(bench, "0x1c=2 interrupts:0 [1.0] gerrorn=1 0x1c=0 interrupts:0");
}
