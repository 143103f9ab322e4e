/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of page 0 in the guest's address space. The rule itself is the fixture's check. */
#include "device_fixture.h"

#include <errno.h>
#include <string.h>

static const uint32_t apertures[] = {DIRECT, VINTF};

/* [DEV-18] [DEV-19] */
TEST(the_first_bind_maps_the_backends_page_at_0x30000)
{
	struct fixture *fx = fixture_new(2);
	int map;

	fx_write(fx, AT_VINTF_CONFIG, 1);
	assert_false(fx->mapped);
	fx_write(fx, at_alloc(0), alloc_of(0));
	assert_false(fx->mapped);
	fx_write8(fx, at_base(VINTF, 0), base_of(0));
	assert_true(fx->mapped);
	map = fx_find(fx, CALL_MAP, 0, 0);
	assert_int_equal(map, (int)fx->num_calls - 1);
	assert_int_equal(fx->calls[map].value, 0x30000);
	assert_int_equal(fx->calls[map].bytes, 0x10000);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_MAPPED);
	fixture_free(fx);
}

/* [DEV-18] [DEV-27] */
TEST(each_bind_and_unbind_finds_the_page_withdrawn_and_it_returns_once)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 2);
	fx_assert_calls(fx, "unmap bind(1) write(1,cons,0) write(1,prod,0) write(1,gerrorn,0) "
			    "write(1,config,0) map");
	fx_write(fx, at_alloc(1), 0);
	fx_assert_calls(fx, "unmap write(1,config,0) unbind(1) map");
	fx_write8(fx, at_base(DIRECT, 0), 0x900008);
	assert_int_equal(fx_count(fx, CALL_UNMAP), 1);
	assert_int_equal(fx_count(fx, CALL_MAP), 1);
	assert_true(fx->mapped);
	fixture_free(fx);
}

/* [DEV-18] */
TEST(the_page_goes_with_the_vintf_the_cmdqv_the_last_queue_and_a_reset)
{
	for (int way = 0; way < 4; way++) {
		struct fixture *fx = fixture_new(2);

		fx_bring_up(fx, 1);
		assert_true(fx->mapped);
		if (way == 0)
			fx_write(fx, AT_VINTF_CONFIG, 0);
		else if (way == 1)
			fx_write(fx, AT_CONFIG, 0x00020082);
		else if (way == 2)
			fx_write(fx, at_alloc(0), 0);
		else
			fx_reset(fx);
		fx_assert_calls(fx, "unmap write(0,config,0) unbind(0)");
		assert_int_equal(fx->state.page0, CMDQV_PAGE0_NONE);
		fixture_free(fx);
	}
}

/* [DEV-18] */
TEST(a_ready_lvcmdq_that_is_not_bound_keeps_the_page_away)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 1);
	fx_write(fx, at_alloc(1), alloc_of(1));
	assert_true(fx->mapped);
	fx_write8(fx, at_base(VINTF, 1), 0x100009); /* over the cap */
	fx_assert_calls(fx, "unmap pulse");
	fx_write(fx, at_alloc(1), 0);
	fx_assert_calls(fx, "map");
	fx_write8(fx, at_base(DIRECT, 2), base_of(2));
	fx_write(fx, at_alloc(2), alloc_of(2));
	fx_assert_calls(fx, "unmap");
	assert_int_equal(fx->queues[2].life, CMDQV_QUEUE_WAITING);
	fx_write(fx, at_alloc(2), 0);
	fx_assert_calls(fx, "map");
	fixture_free(fx);
}

/* [DEV-18] */
TEST(a_write_that_changes_nothing_leaves_the_page_where_it_is)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_write(fx, AT_CONFIG, 0x00020083);
	fx_assert_calls(fx, "");
	fx_write(fx, AT_VINTF_CONFIG, 1);
	fx_assert_calls(fx, "");
	fx_write(fx, at_alloc(1), alloc_of(1));
	fx_assert_calls(fx, "");
	fx_write(fx, AT_SID_MATCH, 3);
	fx_assert_calls(fx, "");
	fixture_free(fx);
}

/* [DEV-20] */
TEST(a_refused_map_leaves_the_device_trapped_and_tells_it_once)
{
	struct fixture *fx = fixture_new(4);
	uint32_t told = 0;

	fx->map_error = -ENOTSUP;
	fx_bring_up(fx, 3);
	assert_int_equal(fx->totals[CALL_MAP], 1);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_TRAPPED);
	assert_int_equal(fx->state.page0_error, -ENOTSUP);
	assert_string_equal(cmdqv_page0_life_name(fx->state.page0), "trapped");
	assert_int_equal(fx->num_bound, 3);
	fx_write(fx, at_alloc(2), 0);
	fx_write(fx, AT_VINTF_CONFIG, 1);
	assert_int_equal(fx->totals[CALL_MAP], 1);
	for (uint32_t i = 0; i < fx->num_logs; i++)
		told += strcmp(fx->log_ids[i], "page0-trapped") == 0;
	assert_int_equal(told, 1);
	assert_int_equal(fx->last_log.level, CMDQV_LOG_HOST);
	fx_write(fx, at_queue(VINTF, 0, QCONFIG), 1);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 0, QSTATUS)), 1);
	fixture_free(fx);
}

/* [DEV-20] */
TEST(a_refused_map_is_tried_again_at_the_next_first_bind_only)
{
	struct fixture *fx = fixture_new(4);

	fx->map_error = -ENOMEM;
	fx_bring_up(fx, 2);
	fx->map_error = 0;
	fx_write(fx, at_alloc(2), alloc_of(2));
	fx_write8(fx, at_base(VINTF, 2), base_of(2));
	fx_write8(fx, at_base(VINTF, 1), 0x900008);
	assert_int_equal(fx->totals[CALL_MAP], 1);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_TRAPPED);
	fx_write8(fx, at_base(VINTF, 0), 0xA00008);
	assert_int_equal(fx->totals[CALL_MAP], 2);
	assert_true(fx->mapped);
	assert_int_equal(fx->state.page0_error, 0);
	fixture_free(fx);
}

/* [DEV-20] */
TEST(a_page_that_cannot_return_is_trapped_until_the_queues_are_gone)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 1);
	fx->map_error = -EAGAIN;
	fx_write(fx, at_alloc(1), alloc_of(1));
	fx_write8(fx, at_base(VINTF, 1), base_of(1));
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_TRAPPED);
	fx->map_error = 0;
	fx_write(fx, AT_VINTF_CONFIG, 0);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_NONE);
	assert_int_equal(fx->state.page0_error, 0);
	fx_write(fx, AT_VINTF_CONFIG, 1);
	assert_true(fx->mapped);
	fixture_free(fx);
}

static void use_queue_0(struct fixture *fx)
{
	for (uint32_t a = 0; a < 2; a++) {
		uint32_t value = 0x50 + a;

		fx_write(fx, at_queue(apertures[a], 0, PROD), value);
		assert_int_equal(fx->live[0].reg[PROD / 4], value);
		fx->live[0].reg[CONS / 4] = value;
		for (uint32_t b = 0; b < 2; b++) {
			assert_int_equal(fx_read(fx, at_queue(apertures[b], 0, CONS)), value);
			assert_int_equal(fx_read(fx, at_queue(apertures[b], 0, PROD)), value);
		}
	}
}

/* [DEV-21] */
TEST(an_access_that_traps_is_handled_in_every_state_of_the_mapping)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 1);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_MAPPED);
	use_queue_0(fx);
	fx->bind_errors[1] = -ENOSPC;
	fx_write(fx, at_alloc(1), alloc_of(1));
	fx_write8(fx, at_base(VINTF, 1), base_of(1));
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_NONE);
	use_queue_0(fx);
	fx->map_error = -ENOMEM;
	fx_write(fx, at_alloc(1), 0);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_TRAPPED);
	use_queue_0(fx);
	fixture_free(fx);
}

/* [DEV-18] */
TEST(what_a_vcpu_stored_until_the_withdrawal_is_not_overwritten)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 1);
	fx_store(fx, 0, QCONFIG, 1);
	fx_store(fx, 0, PROD, 0x42);
	fx_write(fx, at_alloc(1), alloc_of(1));
	fx_write8(fx, at_base(VINTF, 1), base_of(1));
	assert_int_equal(fx->live[0].reg[PROD / 4], 0x42);
	assert_int_equal(fx->live[0].reg[QSTATUS / 4], 1);
	assert_int_equal(fx_find_reg(fx, CALL_WRITE, 0, PROD, 0), -1);
	fixture_free(fx);
}
