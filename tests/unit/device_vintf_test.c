/* SPDX-License-Identifier: BSD-2-Clause */
/* The VINTF block as a guest sees it. */
#include "device_fixture.h"

/* [DEV-26] [DEV-5] */
TEST(hyp_own_reads_0_and_the_vmid_is_kept)
{
	struct fixture *fx = fixture_new(2);

	fx_write(fx, AT_VINTF_CONFIG, 0x00020000);
	assert_int_equal(fx_read(fx, AT_VINTF_CONFIG), 0);
	fx_write(fx, AT_VINTF_CONFIG, 0x00020001);
	assert_int_equal(fx_read(fx, AT_VINTF_CONFIG), 1);
	fx_write(fx, AT_VINTF_CONFIG, 0xFFFFFFFF);
	assert_int_equal(fx_read(fx, AT_VINTF_CONFIG), 0x0001FFFF);
	fixture_free(fx);
}

/* [DEV-26] [DEV-2] */
TEST(sid_tables_are_kept_for_the_sid_slots_that_exist)
{
	for (uint32_t sids = 1; sids <= 16; sids *= 2) {
		struct fixture *fx = fixture_prepare(2);

		fx->config.num_sids = sids;
		fixture_create(fx);
		for (uint32_t s = 0; s < 16; s++) {
			fx_write(fx, AT_SID_MATCH + 4 * s, 0xFFFFFFF0 | s);
			fx_write(fx, AT_SID_REPLACE + 4 * s, 0xFFFFFFE0 | s);
		}
		for (uint32_t s = 0; s < 16; s++) {
			assert_int_equal(fx_read(fx, AT_SID_MATCH + 4 * s),
					 s < sids ? 0x1FFFF0 | s : 0);
			assert_int_equal(fx_read(fx, AT_SID_REPLACE + 4 * s),
					 s < sids ? 0xFFFE0 | s : 0);
		}
		assert_int_equal(fx_guest_errors(fx), 0);
		fixture_free(fx);
	}
}

/* [DEV-26] */
TEST(sid_tables_reach_neither_backend_nor_vmm)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_write(fx, AT_SID_MATCH, 0x1FFFFF);
	assert_int_equal(fx->num_calls, 0);
	fx_write(fx, AT_SID_REPLACE, 0xFFFFF);
	assert_int_equal(fx->num_calls, 0);
	fixture_free(fx);
}

/* [DEV-13] */
TEST(enabled_needs_both_enables)
{
	struct fixture *fx = fixture_new(2);

	fx_write(fx, AT_CONFIG, 0);
	fx_write(fx, AT_VINTF_CONFIG, 1);
	assert_int_equal(fx_read(fx, AT_VINTF_STATUS), 0);
	fx_write(fx, AT_CONFIG, 1);
	assert_int_equal(fx_read(fx, AT_VINTF_STATUS), 1);
	fx_write(fx, AT_VINTF_CONFIG, 0);
	assert_int_equal(fx_read(fx, AT_VINTF_STATUS), 0);
	fixture_free(fx);
}

/* [DEV-5] [DEV-23] */
TEST(status_shows_pending_errors_and_no_number_of_queues)
{
	struct fixture *fx = fixture_new(128);

	fx_bring_up(fx, 1);
	assert_int_equal(fx_read(fx, AT_VINTF_STATUS), 1);
	fx_raise(fx, 0, CMDQ_ERR);
	assert_int_equal(fx_read(fx, AT_VINTF_STATUS), 3);
	fx_write(fx, at_queue(VINTF, 0, GERRORN), 1);
	assert_int_equal(fx_read(fx, AT_VINTF_STATUS), 1);
	fixture_free(fx);
}

/* [DEV-5] */
TEST(the_global_filter_reads_0)
{
	struct fixture *fx = fixture_new(2);

	fx_write(fx, 0x100C, 0xFFFFFFFF);
	fx_write(fx, 0x1010, 0xFFFFFFFF);
	assert_int_equal(fx_read(fx, 0x100C), 0);
	assert_int_equal(fx_read(fx, 0x1010), 0);
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-2] */
TEST(other_vintfs_read_0_and_are_no_error)
{
	struct fixture *fx = fixture_new(2);

	for (uint64_t v = 1; v < 64; v++) {
		fx_write(fx, 0x1000 + 0x100 * v, 0xFFFFFFFF);
		assert_int_equal(fx_read(fx, 0x1000 + 0x100 * v), 0);
		assert_int_equal(fx_read(fx, 0x1004 + 0x100 * v), 0);
		fx_write(fx, 0x1040 + 0x100 * v, 0xFFFFFFFF);
		assert_int_equal(fx_read(fx, 0x1040 + 0x100 * v), 0);
		assert_int_equal(fx_read8(fx, 0x10C0 + 0x100 * v), 0);
	}
	assert_int_equal(fx_guest_errors(fx), 0);
	assert_int_equal(fx_read(fx, AT_VINTF_CONFIG), 0);
	fixture_free(fx);
}

/* [DEV-13] */
TEST(disabling_the_vintf_zeroes_all_shadows_whether_the_cmdqv_is_enabled_or_not)
{
	for (uint32_t enabled = 0; enabled < 2; enabled++) {
		struct fixture *fx = fixture_new(4);

		fx_bring_up(fx, 2);
		if (!enabled)
			fx_write(fx, AT_CONFIG, 0);
		for (uint32_t q = 0; q < 4; q++) {
			fx_write(fx, at_queue(DIRECT, q, PROD), 9 + q);
			fx_write(fx, at_queue(DIRECT, q, QCONFIG), 1);
		}
		fx_write(fx, AT_VINTF_CONFIG, 0xFFFE);
		assert_int_equal(fx->num_bound, 0);
		for (uint32_t q = 0; q < 4; q++)
			for (uint32_t reg = CONS; reg <= GERRORN; reg += 4)
				assert_int_equal(fx_read(fx, at_queue(DIRECT, q, reg)), 0);
		fx_write(fx, AT_CONFIG, 1);
		fx_write(fx, AT_VINTF_CONFIG, 1);
		assert_int_equal(fx->num_bound, 2);
		fixture_free(fx);
	}
}

/* [DEV-13] [DEV-8] */
TEST(a_vmid_written_while_enabled_leaves_the_queues_alone)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_write(fx, AT_VINTF_CONFIG, 0x1235);
	fx_assert_calls(fx, "");
	assert_int_equal(fx_read(fx, AT_VINTF_CONFIG), 0x1235);
	fixture_free(fx);
}

/* [DEV-3] [DEV-23] */
TEST(the_map_of_64_queues_is_read_with_one_load)
{
	struct fixture *fx = fixture_new(64);

	fx_bring_up(fx, 64);
	fx_raise(fx, 0, CMDQ_ERR);
	fx_raise(fx, 33, CMDQ_ERR);
	fx_raise(fx, 63, 2);
	assert_true(fx_read8(fx, AT_LVCMDQ_ERR_MAP) == 0x8000000200000001);
	fixture_free(fx);
}
