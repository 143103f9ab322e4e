/* SPDX-License-Identifier: BSD-2-Clause */
/* The config page as a guest sees it. */
#include "device_fixture.h"

#include <errno.h>

/* [DEV-2] */
TEST(param_tells_every_geometry)
{
	for (uint32_t n = 0; n <= 7; n++)
		for (uint32_t s = 0; s <= 4; s++) {
			struct fixture *fx = fixture_prepare(128);

			fx->config.num_lvcmdqs = 1U << n;
			fx->config.num_sids = 1U << s;
			fixture_create(fx);
			assert_int_equal(fx_read(fx, AT_PARAM), 1 | n << 4 | s << 12);
			assert_int_equal(fx->state.num_lvcmdqs, 1U << n);
			assert_int_equal(fx->state.num_sids, 1U << s);
			fixture_free(fx);
		}
}

/* [DEV-2] */
TEST(two_queues_of_the_backend_and_16_sids_are_the_default)
{
	struct fixture *fx = fixture_new(2);

	assert_int_equal(fx_read(fx, AT_PARAM), 0x4011);
	fixture_free(fx);
}

/* [DEV-7] */
TEST(the_config_page_comes_up_with_its_reset_values)
{
	struct fixture *fx = fixture_new(2);

	assert_int_equal(fx_read(fx, AT_CONFIG), 0x00020083);
	assert_int_equal(fx_read(fx, AT_STATUS), 1);
	for (uint64_t at = AT_VI_ERR_MAP; at <= 0x30; at += 4)
		assert_int_equal(fx_read(fx, at), 0);
	for (uint32_t q = 0; q < 128; q++)
		assert_int_equal(fx_read(fx, at_alloc(q)), 0);
	for (uint64_t at = 0x1000; at < 0x1008; at += 4)
		assert_int_equal(fx_read(fx, at), 0);
	for (uint64_t at = AT_SID_MATCH; at < 0x10D0; at += 4)
		assert_int_equal(fx_read(fx, at), 0);
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-5] */
TEST(config_keeps_its_fields_but_not_cons_dram_en)
{
	struct fixture *fx = fixture_new(2);

	fx_write(fx, AT_CONFIG, 0xFFFFFFFF);
	assert_int_equal(fx_read(fx, AT_CONFIG), 0x000FFFFF);
	fx_write(fx, AT_CONFIG, 0xFFFFFFFE);
	assert_int_equal(fx_read(fx, AT_CONFIG), 0x000FFFFE);
	assert_int_equal(fx_read(fx, AT_STATUS), 0);
	fx_write(fx, AT_CONFIG, 1);
	assert_int_equal(fx_read(fx, AT_CONFIG), 1);
	assert_int_equal(fx_read(fx, AT_STATUS), 1);
	fixture_free(fx);
}

/* [DEV-5] */
TEST(read_only_registers_ignore_writes_without_an_error)
{
	static const uint64_t read_only[] = {
		AT_PARAM, AT_STATUS,	   AT_VI_ERR_MAP, 0x18,		0x24,	     0x28,   0x2C,
		0x30,	  AT_VINTF_STATUS, 0x100C,	  0x1010,	0x10C0,	     0x10C4, 0x10C8,
		0x10CC,	  0x1000C,	   0x10010,	  0x10080 + 12, 0x10080 + 16};
	struct fixture *fx = fixture_new(2);

	for (size_t i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
		uint32_t before = fx_read(fx, read_only[i]);

		fx_write(fx, read_only[i], ~before);
		assert_int_equal(fx_read(fx, read_only[i]), before);
	}
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-2] [DEV-5] */
TEST(the_mask_has_one_bit_for_the_one_vintf)
{
	struct fixture *fx = fixture_new(2);

	fx_write(fx, AT_VI_INT_MASK, 0xFFFFFFFF);
	fx_write(fx, AT_VI_INT_MASK + 4, 0xFFFFFFFF);
	assert_int_equal(fx_read(fx, AT_VI_INT_MASK), 1);
	assert_int_equal(fx_read(fx, AT_VI_INT_MASK + 4), 0);
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-2] [DEV-5] */
TEST(alloc_entries_keep_their_fields_and_absent_ones_read_0)
{
	struct fixture *fx = fixture_new(4);

	for (uint32_t q = 0; q < 128; q++) {
		fx_write(fx, at_alloc(q), 0xFFFFFFFE);
		assert_int_equal(fx_read(fx, at_alloc(q)), q < 4 ? 0x1F80FE : 0);
	}
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-14] */
TEST(only_the_identity_allocates)
{
	static const struct {
		uint32_t entry;
		bool allocates;
		bool is_error;
	} cases[] = {
		{0x3, true, false},	   {0x2, false, false},	  {0x1, false, true},
		{0x5, false, true},	   {0x8003, false, true}, {0x1F8003, false, true},
		{0x1F8002, false, false},  {0xFF, false, true},	  {0x100003, false, true},
		{0xFFE07F03, true, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *fx = fixture_new(2);

		fx_bring_up(fx, 1);
		fx_write8(fx, at_base(DIRECT, 1), base_of(1));
		fx_write(fx, at_alloc(1), cases[i].entry);
		assert_int_equal(fx->num_bound, cases[i].allocates ? 2 : 1);
		assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_BAD_ALLOC), cases[i].is_error);
		assert_int_equal(fx_guest_errors(fx), cases[i].is_error);
		fixture_free(fx);
	}
}

/* [DEV-13] [DEV-14] */
TEST(an_entry_moved_to_another_place_loses_its_queue)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_write(fx, at_queue(DIRECT, 1, PROD), 7);
	fx_write(fx, at_alloc(1), 0x1);
	assert_int_equal(fx->num_bound, 1);
	assert_int_equal(fx_read(fx, at_queue(DIRECT, 1, PROD)), 0);
	fixture_free(fx);
}

static void fill_shadow(struct fixture *fx, uint32_t queue)
{
	fx_write(fx, at_queue(DIRECT, queue, CONS), 0x0102);
	fx_write(fx, at_queue(DIRECT, queue, PROD), 0x0304);
	fx_write(fx, at_queue(DIRECT, queue, QCONFIG), 1);
	fx_write(fx, at_queue(DIRECT, queue, GERRORN), 7);
}

static void assert_shadow_is_zero(struct fixture *fx, uint32_t queue)
{
	for (uint32_t reg = CONS; reg <= GERRORN; reg += 4)
		assert_int_equal(fx_read(fx, at_queue(DIRECT, queue, reg)), 0);
}

/* [DEV-13] */
TEST(disabling_the_cmdqv_zeroes_all_shadows_and_keeps_base_and_alloc)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 2);
	for (uint32_t q = 0; q < 4; q++)
		fill_shadow(fx, q);
	fx_write(fx, AT_CONFIG, 0);
	fx_assert_calls(fx, "unmap write(1,config,0) unbind(1) write(0,config,0) unbind(0)");
	for (uint32_t q = 0; q < 4; q++)
		assert_shadow_is_zero(fx, q);
	assert_int_equal(fx_read(fx, AT_VINTF_CONFIG), 1);
	assert_int_equal(fx_read(fx, AT_VINTF_STATUS), 0);
	assert_int_equal(fx_read(fx, at_alloc(1)), 3);
	assert_true(fx_read8(fx, at_base(DIRECT, 1)) == base_of(1));
	fx_write(fx, AT_CONFIG, 1);
	assert_int_equal(fx->num_bound, 2);
	assert_true(fx->mapped);
	fixture_free(fx);
}

/* [DEV-13] */
TEST(losing_an_allocation_zeroes_that_shadow_alone)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 3);
	fill_shadow(fx, 3);
	for (uint32_t q = 0; q < 3; q++)
		fx_write(fx, at_queue(DIRECT, q, PROD), 0x10 + q);
	fx_write(fx, at_alloc(1), 2);
	assert_int_equal(fx->num_bound, 1);
	assert_shadow_is_zero(fx, 1);
	assert_int_equal(fx_read(fx, at_queue(DIRECT, 0, PROD)), 0x10);
	assert_int_equal(fx_read(fx, at_queue(DIRECT, 2, PROD)), 0x12);
	assert_int_equal(fx_read(fx, at_queue(DIRECT, 3, PROD)), 0x304);
	assert_int_equal(fx->queues[2].life, CMDQV_QUEUE_WAITING);
	assert_true(fx_read8(fx, at_base(DIRECT, 1)) == base_of(1));
	fx_write(fx, at_alloc(1), 3);
	assert_int_equal(fx->num_bound, 3);
	assert_int_equal(fx_read(fx, at_queue(DIRECT, 2, PROD)), 0x12);
	fixture_free(fx);
}

/* [DEV-3] [DEV-27] */
TEST(one_8_byte_write_changes_two_alloc_entries)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 4);
	fx_write8(fx, at_alloc(0), 0x0000000200000000);
	assert_int_equal(fx->num_bound, 0);
	assert_int_equal(fx_count(fx, CALL_UNBIND), 4);
	fx_write8(fx, at_alloc(0), 0x0000000300000001);
	assert_int_equal(fx->num_bound, 4);
	assert_int_equal(fx_count(fx, CALL_BIND), 4);
	fixture_free(fx);
}

/* [DEV-23] */
TEST(the_maps_show_each_of_128_queues)
{
	struct fixture *fx = fixture_new(128);

	fx_bring_up(fx, 64);
	for (uint32_t q = 0; q < 128; q++) {
		uint64_t expected = 1ULL << q % 64;

		if (q < 64)
			fx_raise(fx, q, CMDQ_ERR);
		else
			fx_write(fx, at_queue(DIRECT, q, GERRORN), 2);
		assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 1);
		assert_int_equal(fx_read(fx, AT_VI_ERR_MAP + 4), 0);
		assert_true(fx_read8(fx, AT_LVCMDQ_ERR_MAP + 8 * (q / 64)) == expected);
		assert_true(fx_read8(fx, AT_LVCMDQ_ERR_MAP + 8 * (1 - q / 64)) == 0);
		for (uint32_t m = 0; m < 4; m++) {
			uint32_t word = m == q / 32 ? 1U << q % 32 : 0;

			assert_true(fx_read(fx, AT_CMDQ_ERR_MAP + 4 * m) == word);
			assert_true(fx_read(fx, AT_LVCMDQ_ERR_MAP + 4 * m) == word);
		}
		fx_write(fx, at_queue(DIRECT, q, GERRORN),
			 fx_read(fx, at_queue(DIRECT, q, GERROR)));
	}
	assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
	fixture_free(fx);
}

/* [DEV-23] */
TEST(an_acknowledge_by_the_mapped_page_clears_every_view_at_once)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_raise(fx, 1, CMDQ_ERR);
	assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 1);
	assert_int_equal(fx_read(fx, AT_CMDQ_ERR_MAP), 2);
	assert_int_equal(fx_read(fx, AT_VINTF_STATUS), 3);
	fx_store(fx, 1, GERRORN, 1);
	assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
	assert_int_equal(fx_read(fx, AT_CMDQ_ERR_MAP), 0);
	assert_int_equal(fx_read8(fx, AT_LVCMDQ_ERR_MAP), 0);
	assert_int_equal(fx_read(fx, AT_VINTF_STATUS), 1);
	fixture_free(fx);
}

/* [DEV-24] */
TEST(unmasking_with_an_error_pending_pulses_once)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 1);
	fx_write(fx, AT_VI_INT_MASK, 1);
	fx_write(fx, AT_VI_INT_MASK, 0);
	fx_assert_calls(fx, "");
	fx_write(fx, AT_VI_INT_MASK, 1);
	fx_raise(fx, 0, CMDQ_ERR);
	fx_write(fx, AT_VI_INT_MASK, 0xFFFFFFFF);
	fx_assert_calls(fx, "");
	fx_write(fx, AT_VI_INT_MASK, 0xFFFFFFFE);
	fx_assert_calls(fx, "pulse");
	fx_write(fx, AT_VI_INT_MASK, 0);
	fx_assert_calls(fx, "");
	fx_write8(fx, 0x18, 0x100000000);
	fx_write8(fx, 0x18, 0);
	fx_assert_calls(fx, "pulse");
	fixture_free(fx);
}
