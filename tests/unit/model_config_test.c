/* SPDX-License-Identifier: BSD-2-Clause */
/* Global registers, and where VCMDQs are mapped. */
#include "model_fixture.h"

/* [HW-6] */
TEST(config_acknowledges_in_both_directions_and_keeps_its_other_bits)
{
	struct bench *bench = bench_open(7, 6, 4);

	assert_int_equal(r32(bench, 0x0), 0x20083);
	assert_int_equal(r32(bench, 0x8), 1);
	w32(bench, 0x0, 0x20082);
	assert_int_equal(r32(bench, 0x8), 0);
	assert_int_equal(r32(bench, 0x0), 0x20082);
	w32(bench, 0x0, 0xffffffff);
	assert_int_equal(r32(bench, 0x8), 1);
	assert_int_equal(r32(bench, 0x0), 0x1fffff);
	bench_close(bench);
}

static bool is_mapped(struct bench *bench, uint32_t q)
{
	return queue_of(bench, q).mapped;
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

/* [HW-8] */
TEST(only_ascending_maps_of_every_order_take_effect)
{
	for (uint32_t n = 0; n < 24; n++) {
		struct bench *bench = bench_open(3, 1, 0);
		uint32_t order[4];
		uint32_t mapped_count = 0;
		uint64_t violations = 0;

		permutation(n, order);
		for (uint32_t i = 0; i < 4; i++) {
			uint32_t l = order[i];
			bool good = l == mapped_count;

			w32(bench, alloc(4 + l), 0x8000 | l << 1);
			map_queue(bench, 4 + l, 1, l);
			mapped_count += good;
			violations += !good;
			assert_int_equal(is_mapped(bench, 4 + l), good);
			assert_int_equal(r32(bench, alloc(4 + l)), 0x8000 | l << 1 | good);
		}
		assert_int_equal(state_of(bench).order_violations, violations);
		bench_close(bench);
	}
}

/* [HW-8] */
TEST(only_descending_unmaps_of_every_order_take_effect)
{
	for (uint32_t n = 0; n < 24; n++) {
		struct bench *bench = bench_open(3, 1, 0);
		uint32_t order[4];
		uint32_t mapped_count = 4;
		uint64_t violations = 0;

		permutation(n, order);
		for (uint32_t l = 0; l < 4; l++)
			map_queue(bench, 4 + l, 1, l);
		assert_int_equal(state_of(bench).order_violations, 0);
		for (uint32_t i = 0; i < 4; i++) {
			uint32_t l = order[i];
			bool good = l + 1 == mapped_count;

			unmap_queue(bench, 4 + l, 1, l);
			mapped_count -= good;
			violations += !good;
			assert_int_equal(is_mapped(bench, 4 + l), !good);
			assert_int_equal(r32(bench, alloc(4 + l)), 0x8000 | l << 1 | !good);
		}
		assert_int_equal(state_of(bench).order_violations, violations);
		bench_close(bench);
	}
}

/* [HW-8] */
TEST(a_place_that_is_taken_or_does_not_exist_is_refused_whole)
{
	struct bench *bench = bench_open(2, 1, 0); /* 2 VINTFs with 2 queues each */

	map_queue(bench, 0, 1, 0);
	assert_int_equal(r32(bench, alloc(0)), 0x8001);
	map_queue(bench, 1, 1, 0); /* taken */
	assert_int_equal(r32(bench, alloc(1)), 0);
	map_queue(bench, 1, 2, 0); /* no such VINTF */
	assert_int_equal(r32(bench, alloc(1)), 0);
	map_queue(bench, 1, 63, 127);
	map_queue(bench, 1, 1, 1);
	assert_int_equal(r32(bench, alloc(1)), 0x8003);
	map_queue(bench, 2, 1, 2); /* no such logical queue */
	assert_int_equal(r32(bench, alloc(2)), 0);
	assert_int_equal(state_of(bench).order_violations, 4);
	bench_close(bench);
}

/* [HW-8] */
TEST(an_allocated_entry_cannot_move_and_an_unallocated_one_may_say_anything)
{
	struct bench *bench = bench_open(2, 1, 0);

	w32(bench, alloc(3), 0xfffffffe);
	assert_int_equal(r32(bench, alloc(3)), 0x1f80fe);
	assert_int_equal(state_of(bench).order_violations, 0);

	map_queue(bench, 0, 0, 0);
	map_queue(bench, 0, 0, 0); /* the same again is nothing */
	assert_int_equal(state_of(bench).order_violations, 0);
	map_queue(bench, 0, 1, 0);
	assert_int_equal(state_of(bench).order_violations, 1);
	assert_int_equal(r32(bench, alloc(0)), 1);
	assert_int_equal(queue_of(bench, 0).vintf, 0);
	unmap_queue(bench, 0, 1, 0); /* unmaps, and keeps the new fields */
	assert_int_equal(r32(bench, alloc(0)), 0x8000);
	assert_false(is_mapped(bench, 0));
	bench_close(bench);
}

/* [HW-3] [HW-8] */
TEST(any_physical_queue_may_go_to_any_place)
{
	struct bench *bench = bench_open(3, 1, 0);

	map_queue(bench, 6, 0, 0);
	map_queue(bench, 1, 0, 1);
	w32(bench, page0(0, 0) + PROD, 0x6);
	w32(bench, page0(0, 1) + PROD, 0x1);
	assert_int_equal(r32(bench, direct0(6) + PROD), 6);
	assert_int_equal(r32(bench, direct0(1) + PROD), 1);
	assert_int_equal(r32(bench, direct0(0) + PROD), 0);
	bench_close(bench);
}

/* An error of logical queue `l` of VINTF `v`: an unknown opcode, executed. */
static void make_error(struct bench *bench, uint32_t v, uint32_t l)
{
	put(bench, RAM, 0xff, 0);
	start(bench, v, l, RAM, 4);
	w32(bench, page0(v, l) + PROD, 1);
	run_all(bench);
}

/* [HW-9] */
TEST(error_maps_show_the_vintf_the_physical_and_the_logical_queue)
{
	struct bench *bench = bench_open(7, 6, 4);

	own_by_host(bench, 40);
	map_queue(bench, 100, 40, 0);
	map_queue(bench, 3, 40, 1);
	make_error(bench, 40, 1);
	assert_int_equal(r32(bench, 0x14), 0);
	assert_int_equal(r32(bench, 0x18), 1U << 8);
	assert_int_equal(r32(bench, 0x24), 1U << 3);
	assert_int_equal(r32(bench, 0x30), 0);
	assert_int_equal(r64(bench, 0x10c0 + 40 * 0x100), 2);
	assert_int_equal(r32(bench, vintf(40) + 4), 0x3);
	make_error(bench, 40, 0);
	assert_int_equal(r32(bench, 0x30), 1U << 4);
	assert_int_equal(r64(bench, 0x10c0 + 40 * 0x100), 3);

	/* An acknowledgement through the mapped page clears them, without any access. */
	store_word(bench, 40, 0, GERRORN, 1);
	store_word(bench, 40, 1, GERRORN, 1);
	assert_int_equal(r32(bench, 0x18), 0);
	assert_int_equal(r32(bench, 0x24), 0);
	assert_int_equal(r32(bench, 0x30), 0);
	assert_int_equal(r64(bench, 0x10c0 + 40 * 0x100), 0);
	assert_int_equal(r32(bench, vintf(40) + 4), 0x1);
	bench_close(bench);
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
	assert_int_equal(r64(bench, 0x10c0), 2);
	assert_int_equal(r64(bench, 0x10c8), 1ULL << 62);
	assert_int_equal(r32(bench, 0x24), 2);
	assert_int_equal(r32(bench, 0x30), 1U << 30);
	bench_close(bench);
}

/* [HW-9] */
TEST(the_interrupt_is_an_edge_per_error_and_masked_by_vintf)
{
	struct bench *bench = bench_open(3, 1, 0);

	for (uint32_t v = 0; v < 2; v++) {
		own_by_host(bench, v);
		map_queue(bench, 4 * v, v, 0);
		map_queue(bench, 4 * v + 1, v, 1);
	}
	make_error(bench, 0, 0);
	assert_int_equal(bench->interrupts, 1);
	make_error(bench, 0, 1); /* although the VINTF's bit is set already */
	assert_int_equal(bench->interrupts, 2);
	w32(bench, 0x1c, 0xffffffff);
	w32(bench, 0x20, 0xffffffff);
	assert_int_equal(r32(bench, 0x1c), 3);
	assert_int_equal(r32(bench, 0x20), 0);
	make_error(bench, 1, 0);
	assert_int_equal(bench->interrupts, 2);
	assert_int_equal(r32(bench, 0x14), 3);
	w32(bench, 0x1c, 3);
	assert_int_equal(bench->interrupts, 2);
	w32(bench, 0x1c, 0); /* both at once: one edge */
	assert_int_equal(bench->interrupts, 3);
	w32(bench, 0x1c, 0);
	assert_int_equal(bench->interrupts, 3);
	bench_close(bench);
}

/* [HW-9] */
TEST(unmasking_without_an_error_pending_is_silent)
{
	struct bench *bench = bench_open(3, 1, 0);

	own_by_host(bench, 1);
	map_queue(bench, 4, 1, 0);
	w32(bench, 0x1c, 3);
	make_error(bench, 1, 0);
	w32(bench, 0x1c, 2); /* VINTF 0 alone */
	assert_int_equal(bench->interrupts, 0);
	w32(bench, page0(1, 0) + GERRORN, 1);
	w32(bench, 0x1c, 0);
	assert_int_equal(bench->interrupts, 0);
	bench_close(bench);
}
