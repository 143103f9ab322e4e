/* SPDX-License-Identifier: BSD-2-Clause */
/* A queue: one register set by two apertures, its life, its errors. */
#include "model_fixture.h"

/* [HW-3] */
TEST(vcmdq_and_lvcmdq_are_one_register_set_while_mapped)
{
	static const uint32_t writable[] = {CONS, PROD, GERRORN, CONFIG};
	struct bench *bench = bench_open(7, 6, 4);

	own_by_guest(bench, 1, 5);
	map_queue(bench, 9, 1, 0);
	for (size_t i = 0; i < sizeof(writable) / sizeof(writable[0]); i++) {
		w32(bench, direct0(9) + writable[i], 1);
		assert_int_equal(r32(bench, page0(1, 0) + writable[i]), 1);
		w32(bench, page0(1, 0) + writable[i], 0);
		assert_int_equal(r32(bench, direct0(9) + writable[i]), 0);
	}
	w64(bench, page1(1, 0), 0x42000012);
	assert_int_equal(r64(bench, direct1(9)), 0x42000012);
	w64(bench, direct1(9) + 8, 0x1000);
	assert_int_equal(r64(bench, page1(1, 0) + 8), 0x1000);
	bench_close(bench);
}

/* [HW-3] */
TEST(an_unmapped_lvcmdq_reads_zero_and_drops_writes)
{
	struct bench *bench = bench_open(2, 1, 0);

	own_by_guest(bench, 1, 5);
	store_word(bench, 1, 0, PROD, 3);
	for (uint32_t reg = 0; reg <= GERRORN; reg += 4) {
		w32(bench, page0(1, 0) + reg, 1);
		assert_int_equal(r32(bench, page0(1, 0) + reg), 0);
	}
	w64(bench, page1(1, 0), 0x42000012);
	assert_int_equal(r64(bench, page1(1, 0)), 0);
	for (uint32_t q = 0; q < 4; q++)
		assert_int_equal(r64(bench, direct1(q)), 0);
	assert_int_equal(state_of(bench).bad_accesses, 0);
	bench_close(bench);
}

/* [HW-2] [HW-3] */
TEST(mapping_publishes_private_values_over_what_was_scribbled)
{
	struct bench *bench = bench_open(2, 1, 0);

	own_by_guest(bench, 1, 5);
	w32(bench, direct0(2) + PROD, 0x1234);
	for (uint32_t reg = 0; reg <= GERRORN; reg += 4)
		store_word(bench, 1, 0, reg, 0xffffffff);
	map_queue(bench, 2, 1, 0);
	for (uint32_t reg = 0; reg <= GERRORN; reg += 4) {
		assert_int_equal(load_word(bench, 1, 0, reg), reg == PROD ? 0x1234 : 0);
		assert_int_equal(r32(bench, page0(1, 0) + reg), reg == PROD ? 0x1234 : 0);
	}
	bench_close(bench);
}

/* [HW-2] [HW-3] [HW-16] */
TEST(unmapping_stops_whatever_the_page_says_and_leaves_zeros)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, VA0, VA1);
	store_word(bench, 0, 0, PROD, 1);
	unmap_queue(bench, 0, 0, 0);
	assert_false(queue_of(bench, 0).enabled);
	for (uint32_t reg = 0; reg <= GERRORN; reg += 4) {
		assert_int_equal(load_word(bench, 0, 0, reg), 0);
		assert_int_equal(r32(bench, direct0(0) + reg), 0);
	}
	store_word(bench, 0, 0, CONFIG, 1);
	store_word(bench, 0, 0, PROD, 1);
	assert_false(cmdqv_model_pending(bench->model));
	run_all(bench);
	assert_int_equal(bench->done_count, 0);
	assert_int_equal(r64(bench, direct1(0)), RAM | 4); /* BASE stays */
	bench_close(bench);
}

/* [HW-3] */
TEST(gerror_and_gerrorn_survive_unmapping_and_mapping)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, 0xff, 0);
	w32(bench, page0(0, 0) + PROD, 1);
	run_all(bench);
	w32(bench, page0(0, 0) + GERRORN, 5); /* INIT_ERR differs on purpose */
	unmap_queue(bench, 0, 0, 0);
	assert_int_equal(r32(bench, direct0(0) + GERROR), 1);
	assert_int_equal(r32(bench, direct0(0) + GERRORN), 5);
	store_word(bench, 0, 0, GERRORN, 0);
	map_queue(bench, 0, 0, 0);
	assert_int_equal(r32(bench, page0(0, 0) + GERROR), 1);
	assert_int_equal(r32(bench, page0(0, 0) + GERRORN), 5);
	assert_int_equal(load_word(bench, 0, 0, GERROR), 1);
	assert_int_equal(load_word(bench, 0, 0, GERRORN), 5);
	bench_close(bench);
}

/* [HW-3] [HW-9] */
TEST(a_queue_with_an_old_error_stands_when_it_is_mapped_and_enabled_again)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, 0xff, 0);
	w32(bench, page0(0, 0) + PROD, 1);
	run_all(bench);
	unmap_queue(bench, 0, 0, 0);
	map_queue(bench, 0, 0, 0);
	put(bench, RAM, SYNC0, 0);
	start(bench, 0, 0, RAM, 4);
	w32(bench, page0(0, 0) + PROD, 1);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 1);
	assert_false(cmdqv_model_pending(bench->model));
	run_all(bench);
	assert_int_equal(bench->done_count, 0);
	w32(bench, page0(0, 0) + GERRORN, 1);
	run_all(bench);
	assert_int_equal(bench->done_count, 1);
	bench_close(bench);
}

/* [HW-6] */
TEST(enabling_is_acknowledged_at_once_and_disabling_too)
{
	struct bench *bench = bench_with_queue(4);

	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 1);
	assert_int_equal(load_word(bench, 0, 0, STATUS), 1);
	w32(bench, page0(0, 0) + CONFIG, 0);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 0);
	assert_int_equal(load_word(bench, 0, 0, STATUS), 0);
	bench_close(bench);
}

/* [HW-6] */
TEST(a_bad_size_makes_init_err_pending_and_is_not_acknowledged)
{
	for (uint32_t log2size = 0; log2size < 32; log2size++) {
		struct bench *bench = bench_with_queue(log2size);
		bool good = log2size >= 1 && log2size <= 19;

		assert_int_equal(r32(bench, page0(0, 0) + STATUS), good);
		assert_int_equal(r32(bench, page0(0, 0) + GERROR), good ? 0 : 4);
		assert_int_equal(load_word(bench, 0, 0, GERROR), good ? 0 : 4);
		assert_int_equal(bench->interrupts, good ? 0 : 1);
		w32(bench, page0(0, 0) + PROD, 1);
		assert_int_equal(cmdqv_model_pending(bench->model), good);
		if (!good) {
			run_all(bench);
			assert_int_equal(bench->reads, 0);
		}
		bench_close(bench);
	}
}

/* [HW-6] [HW-9] */
TEST(a_refused_queue_stays_so_until_it_was_seen_disabled)
{
	struct bench *bench = bench_with_queue(0);

	w64(bench, page1(0, 0), RAM | 4);
	w32(bench, page0(0, 0) + CONFIG, 1);
	w32(bench, page0(0, 0) + GERRORN, 4);
	w32(bench, 0x1000, 0x20000);
	w32(bench, 0x1000, 0x20001);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 0);
	assert_false(cmdqv_model_pending(bench->model));
	assert_int_equal(bench->interrupts, 1);
	store_word(bench, 0, 0, CONFIG, 0);
	assert_true(cmdqv_model_pending(bench->model));
	run_all(bench);
	store_word(bench, 0, 0, CONFIG, 1);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 1);
	assert_int_equal(r32(bench, page0(0, 0) + GERROR), 4);
	bench_close(bench);
}

/* [HW-9] */
TEST(an_init_err_that_is_pending_is_not_taken_back_by_another)
{
	struct bench *bench = bench_with_queue(0);

	w32(bench, page0(0, 0) + CONFIG, 0);
	w32(bench, page0(0, 0) + CONFIG, 1);
	assert_int_equal(r32(bench, page0(0, 0) + GERROR), 4);
	assert_int_equal(bench->interrupts, 1);
	w32(bench, page0(0, 0) + GERRORN, 4);
	w32(bench, page0(0, 0) + CONFIG, 0);
	w32(bench, page0(0, 0) + CONFIG, 1);
	assert_int_equal(r32(bench, page0(0, 0) + GERROR), 0);
	assert_int_equal(bench->interrupts, 2);
	bench_close(bench);
}

/* [HW-2] */
TEST(base_and_cons_are_latched_once_when_the_enable_is_seen)
{
	struct bench *bench = bench_open(1, 0, 4);

	own_by_host(bench, 0);
	map_queue(bench, 0, 0, 0);
	for (uint32_t i = 0; i < 16; i++)
		put(bench, RAM + 16 * i, SYNC0, 0);
	w64(bench, page1(0, 0), RAM | 4);
	store_word(bench, 0, 0, CONS, 0x02abcd03);
	store_word(bench, 0, 0, PROD, 0xffffffe5);
	store_word(bench, 0, 0, CONFIG, 0xffffffff);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 0); /* the engine did not come by yet */
	assert_true(cmdqv_model_pending(bench->model));
	assert_int_equal(cmdqv_model_run(bench->model, 1), 1);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 1);
	assert_int_equal(bench->done[0].index, 3);
	w32(bench, page0(0, 0) + CONS, 0);
	assert_int_equal(load_word(bench, 0, 0, CONS), 4);
	store_word(bench, 0, 0, CONS, 0);
	w64(bench, page1(0, 0), (RAM + 0x10000) | 5);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 4);
	run_all(bench);
	assert_int_equal(bench->done_count, 2);
	assert_int_equal(bench->done[1].index, 4);
	assert_int_equal(load_word(bench, 0, 0, CONS), 5);
	bench_close(bench);
}

/* [HW-2] */
TEST(what_a_guest_scribbles_over_status_and_gerror_misleads_itself)
{
	struct bench *bench = bench_with_queue(4);

	store_word(bench, 0, 0, STATUS, 0);
	store_word(bench, 0, 0, GERROR, 7);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 1);
	assert_int_equal(r32(bench, page0(0, 0) + GERROR), 0);
	assert_int_equal(r32(bench, 0x24), 0);
	put(bench, RAM, SYNC0, 0);
	store_word(bench, 0, 0, PROD, 1);
	run_all(bench);
	assert_int_equal(bench->done_count, 1);
	assert_int_equal(bench->interrupts, 0);
	bench_close(bench);
}

/* [HW-10] */
TEST(config_1_0_1_between_two_looks_passes_unseen)
{
	struct bench *bench = bench_with_queue(4);

	for (uint32_t i = 0; i < 3; i++)
		put(bench, RAM + 16 * i, SYNC0, 0);
	w32(bench, page0(0, 0) + PROD, 2);
	run_all(bench);
	store_word(bench, 0, 0, CONFIG, 0);
	store_word(bench, 0, 0, CONS, 0);
	store_word(bench, 0, 0, CONFIG, 1);
	store_word(bench, 0, 0, PROD, 3);
	run_all(bench);
	assert_int_equal(bench->done_count, 3);
	assert_int_equal(bench->done[2].index, 2);
	bench_close(bench);
}

/* [HW-2] [HW-16] */
TEST(a_disable_through_the_page_is_seen_before_anything_is_fetched)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, SYNC0, 0);
	store_word(bench, 0, 0, PROD, 1);
	store_word(bench, 0, 0, CONFIG, 0);
	assert_true(cmdqv_model_pending(bench->model));
	run_all(bench);
	assert_int_equal(bench->reads, 0);
	assert_int_equal(load_word(bench, 0, 0, STATUS), 0);
	assert_false(cmdqv_model_pending(bench->model));
	w32(bench, page0(0, 0) + CONS, 0x7f000003);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x7f000003);
	bench_close(bench);
}

/* [HW-9] */
TEST(an_acknowledged_error_clears_cons_err_and_goes_on_at_cons)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, SYNC0, 0);
	put(bench, RAM + 16, 0xff, 0);
	put(bench, RAM + 32, SYNC0, 0);
	w32(bench, page0(0, 0) + PROD, 3);
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x01000001);
	assert_int_equal(load_word(bench, 0, 0, CONS), 0x01000001);
	assert_int_equal(r32(bench, page0(0, 0) + GERROR), 1);
	assert_int_equal(load_word(bench, 0, 0, GERROR), 1);
	assert_true(queue_of(bench, 0).standing);
	assert_false(cmdqv_model_pending(bench->model));

	put(bench, RAM + 16, SYNC0, 0);
	bench->kicks = 0;
	w32(bench, page0(0, 0) + GERRORN, 1);
	assert_int_equal(bench->kicks, 1);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 1);
	run_all(bench);
	assert_int_equal(bench->done_count, 3);
	assert_int_equal(bench->interrupts, 1);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 3);
	bench_close(bench);
}

/* [HW-9] */
TEST(the_next_error_toggles_gerror_back)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, 0xff, 0);
	w32(bench, page0(0, 0) + PROD, 1);
	run_all(bench);
	store_word(bench, 0, 0, GERRORN, 1);
	assert_true(cmdqv_model_pending(bench->model));
	run_all(bench);
	assert_int_equal(r32(bench, page0(0, 0) + GERROR), 0);
	assert_int_equal(r32(bench, page0(0, 0) + GERRORN), 1);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x01000000);
	assert_int_equal(bench->interrupts, 2);
	assert_int_equal(queue_of(bench, 0).errors, 2);
	bench_close(bench);
}

/* [HW-9] */
TEST(a_gerrorn_write_that_differs_is_kept_shows_and_stays_silent)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, SYNC0, 0);
	w32(bench, page0(0, 0) + GERRORN, 0xffffffff);
	assert_int_equal(r32(bench, page0(0, 0) + GERRORN), 7);
	assert_int_equal(r32(bench, 0x14), 1);
	assert_int_equal(r32(bench, 0x24), 1);
	assert_int_equal(r64(bench, 0x10c0), 1);
	assert_int_equal(r32(bench, 0x1004), 3);
	w32(bench, page0(0, 0) + PROD, 1);
	assert_int_equal(bench->kicks, 0);
	run_all(bench);
	assert_int_equal(bench->done_count, 0); /* bit 0 makes it stand */
	w32(bench, page0(0, 0) + GERRORN, 6);
	assert_int_equal(bench->kicks, 1);
	run_all(bench);
	assert_int_equal(bench->done_count, 1); /* bits 1 and 2 do not */
	assert_int_equal(r32(bench, 0x14), 1);
	assert_int_equal(bench->interrupts, 0);
	bench_close(bench);
}

/* [HW-9] */
TEST(a_disabled_queue_that_stood_keeps_its_error_pending)
{
	struct bench *bench = bench_with_queue(4);

	put(bench, RAM, 0xff, 0);
	w32(bench, page0(0, 0) + PROD, 1);
	run_all(bench);
	w32(bench, page0(0, 0) + CONFIG, 0);
	assert_int_equal(r32(bench, page0(0, 0) + STATUS), 0);
	assert_int_equal(r32(bench, page0(0, 0) + CONS), 0x01000000);
	assert_int_equal(r32(bench, 0x14), 1);
	w32(bench, page0(0, 0) + GERRORN, 1);
	assert_int_equal(r32(bench, 0x14), 0);
	bench_close(bench);
}
