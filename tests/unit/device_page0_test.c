/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of page 0 in the guest's address space. The rule itself is the fixture's check. */
#include "device_script.h"

#include <errno.h>

static const struct script scripts[] = {
	{"[DEV-18] [DEV-19] the first bind maps the page, last of all", 2,
	 "vconfig=1 mapped?0 alloc0=1 mapped?0 v0.base:=0x100008 "
	 "[bind(0) write(0,cons,0) write(0,prod,0) write(0,gerrorn,0) write(0,config,0) map] "
	 "page?mapped"},
	{"[DEV-18] [DEV-27] each bind and unbind finds the page withdrawn and it returns once", 4,
	 "up=2 [unmap bind(1) write(1,cons,0) write(1,prod,0) write(1,gerrorn,0) "
	 "write(1,config,0) map] alloc1=0 [unmap write(1,config,0) unbind(1) map] "
	 "d0.base:=0x900008 [unmap write(0,config,0) unbind(0) bind(0) write(0,cons,0) "
	 "write(0,prod,0) write(0,gerrorn,0) write(0,config,0) map]"},
	{"[DEV-18] [DEV-27] queues that are enabled upwards cost a map for the first, two calls "
	 "for each other",
	 8, "up=8 bound?8 page0-maps?8 page0-unmaps?7"},
	{"[DEV-18] the page goes with the VINTF", 2,
	 "up=1 mapped?1 vconfig=0 [unmap write(0,config,0) unbind(0)] page?none"},
	{"[DEV-18] with the CMDQV", 2,
	 "up=1 config=0x20082 [unmap write(0,config,0) unbind(0)] page?none"},
	{"[DEV-18] with the last queue", 2,
	 "up=1 alloc0=0 [unmap write(0,config,0) unbind(0)] page?none"},
	{"[DEV-18] and with a reset", 2,
	 "up=1 reset=1 [unmap write(0,config,0) unbind(0)] page?none"},
	{"[DEV-18] a ready LVCMDQ that is not bound keeps the page away", 4,
	 "up=1 alloc1=3 mapped?1 v1.base:=0x100009 [unmap pulse] alloc1=0 [map] " /* over the cap */
	 "d2.base:=0x300008 alloc2=5 [unmap] life2?waiting alloc2=0 [map]"},
	{"[DEV-18] a write that changes nothing leaves the page where it is", 2,
	 "up=2 config=0x20083 [] vconfig=1 [] alloc1=3 [] sid_match0=3 []"},
	{"[DEV-20] a refused map leaves the device trapped and tells it once", 4,
	 "deny_map=EOPNOTSUPP up=3 page?trapped page_error?EOPNOTSUPP bound?3 page0-map-failures?1 "
	 "logs?1 "
	 "log?page0-trapped log_level?host alloc2=0 vconfig=1 page0-map-failures?1 logs?1 "
	 "v0.config=1 v0.status?1"},
	{"[DEV-20] a refused map is tried again at the next first bind only", 4,
	 "deny_map=ENOMEM up=2 deny_map=0 ready=2 v1.base:=0x900008 page0-map-failures?1 "
	 "page0-maps?0 "
	 "page?trapped v0.base:=0xA00008 page0-maps?1 mapped?1 page_error?0"},
	{"[DEV-20] a page that cannot return is trapped until the queues are gone", 2,
	 "up=1 deny_map=EAGAIN ready=1 page?trapped deny_map=0 vconfig=0 page?none page_error?0 "
	 "vconfig=1 mapped?1"},
	{"[DEV-18] decision 0018: what is stored for an LVCMDQ without BASE is not there at its "
	 "bind",
	 2,
	 "up=2 page1.prod=5 page1.cons=5 v1.base:=0 mapped?1 d1.prod?5 page1.prod=0 page1.cons=0 "
	 "page1.config=1 ready=1 bound?2 page1.prod?5 page1.cons?5 page1.config?0"},
	{"[DEV-18] what a vCPU stored until the withdrawal is not overwritten", 2,
	 "up=1 page0.config=1 page0.prod=0x42 ready=1 [unmap bind(1) write(1,cons,0) "
	 "write(1,prod,0) write(1,gerrorn,0) write(1,config,0) map] page0.prod?0x42 "
	 "page0.status?1"},
};
SCRIPTS(scripts)

/* [DEV-21] */
TEST(an_access_that_traps_is_handled_in_every_state_of_the_mapping)
{
	static const char *const states[] = {"up=1 page?mapped", "deny1=ENOSPC ready=1 page?none",
					     "deny_map=ENOMEM alloc1=0 page?trapped"};
	struct fixture *fx = fixture_new(2);

	for (size_t i = 0; i < 3; i++) {
		fx_run(fx, "%s", states[i]);
		for (const char *a = "dv"; *a; a++) {
			fx_run(fx, "%c0.prod=%u page0.prod?%u", *a, *a, *a);
			fx->live[0].reg[CONS / 4] = (uint32_t)*a;
			fx_run(fx, "d0.cons?%u v0.cons?%u d0.prod?%u v0.prod?%u", *a, *a, *a, *a);
		}
	}
	fixture_free(fx);
}

/* The fixture's check knows no refusal without a call, so these go past it. */
static void write_past_the_check(struct fixture *fx, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .size = size, .value = value, .write = true};

	assert_int_equal(cmdqv_access(fx->dev, &access), 0);
}

/* [HW-5] [DEV-20] */
TEST(a_page_that_is_memory_is_for_a_guest_that_is_coherent)
{
#if defined(__aarch64__)
	const bool may_be_stale = true;
#else
	const bool may_be_stale = false;
#endif

	for (int i = 0; i < 4; i++) {
		bool memory = i & 1, coherent = i & 2;
		bool refused = may_be_stale && memory && !coherent;
		struct fixture *fx = fixture_prepare(2);
		struct cmdqv_state state = {.size = sizeof(state)};

		fx->view.flags = memory ? CMDQV_PAGE_IS_MEMORY : 0;
		fx->config.guest_is_coherent = coherent;
		fixture_create(fx);
		write_past_the_check(fx, AT_VINTF_CONFIG, 4, 1);
		write_past_the_check(fx, at_alloc(0), 4, alloc_of(0));
		write_past_the_check(fx, at_base(VINTF, 0), 8, base_of(0));
		assert_int_equal(cmdqv_get_state(fx->dev, &state), 0);
		assert_int_equal(fx->totals[CALL_MAP], !refused);
		assert_int_equal(state.page0, refused ? CMDQV_PAGE0_TRAPPED : CMDQV_PAGE0_MAPPED);
		assert_int_equal(state.page0_error, refused ? -EOPNOTSUPP : 0);
		fixture_free(fx);
	}
}

/* [DEV-18] [DEV-19]: a driver enables its queues upwards, each as it comes. */
TEST(bring_up_costs_one_map_and_two_calls_for_each_further_queue)
{
	for (uint32_t queues = 1; queues <= 128; queues *= 2) {
		struct fixture *fx = fixture_new(queues);

		fx_bring_up(fx, queues);
		assert_int_equal(fx->totals[CALL_MAP], queues);
		assert_int_equal(fx->totals[CALL_UNMAP], queues - 1);
		assert_int_equal(fx_counter(fx, CMDQV_COUNTER_PAGE0_MAPS), queues);
		assert_int_equal(fx_counter(fx, CMDQV_COUNTER_PAGE0_UNMAPS), queues - 1);
		fixture_free(fx);
	}
}

/* [DEV-36] [DEV-21] */
TEST(a_page_that_was_withdrawn_rests_until_a_write_traps)
{
	struct fixture *fx = fixture_new(2);

	fx_withdraw(fx, 0);
	fx_bring_up(fx, 2);
	fx_store(fx, 0, PROD, 0x41);
	fx_withdraw(fx, 1);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_RESTING);
	assert_int_equal(fx->num_bound, 2);
	fx_withdraw(fx, 0);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 0, PROD)), 0x41);
	fx_access(fx, at_queue(VINTF, 0, PROD) + 1, 4, true, 7);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_RESTING);
	fx_write(fx, at_queue(VINTF, 0, PROD), 0x42);
	fx_assert_calls(fx, "write(0,prod,66) map");
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_MAPPED);
	fx_withdraw(fx, 1);
	fx_write(fx, AT_SID_MATCH, 3);
	fx_assert_calls(fx, "map");
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_PAGE0_RESTS), 2);
	fixture_free(fx);
}

/* [DEV-36] */
TEST(a_resting_page_is_withdrawn_no_second_time_by_a_bind_an_unbind_or_a_disable)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 2);
	fx_withdraw(fx, 1);
	fx_write(fx, at_alloc(1), 0);
	fx_assert_calls(fx, "write(1,config,0) unbind(1) map");
	fx_withdraw(fx, 1);
	fx_write(fx, AT_VINTF_CONFIG, 0);
	assert_int_equal(fx_count(fx, CALL_UNMAP), 0);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_NONE);
	fx_withdraw(fx, 0);
	fx_write(fx, AT_VINTF_CONFIG, 1);
	fx_withdraw(fx, 1);
	fx_reset(fx);
	assert_int_equal(fx_count(fx, CALL_UNMAP), 0);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_NONE);
	fixture_free(fx);
}

/* [DEV-36] [DEV-20] */
TEST(a_resting_page_that_cannot_return_is_trapped)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 1);
	fx_withdraw(fx, 1);
	fx->map_error = -ENOMEM;
	fx_write(fx, at_queue(VINTF, 0, PROD), 1);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_TRAPPED);
	fx_withdraw(fx, 0);
	fixture_free(fx);
}

static void withdraw_within(struct fixture *fx, const struct call *call)
{
	(void)call;
	assert_int_equal(cmdqv_page0_withdraw(fx->dev), -EBUSY);
	fx->hook_count++;
}

/* [DEV-36] */
TEST(no_callback_withdraws_the_page)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 1);
	fx->hook = withdraw_within;
	fx_write(fx, at_queue(DIRECT, 0, PROD), 1);
	fx->hook = NULL;
	assert_true(fx->hook_count > 0);
	assert_true(fx->mapped);
	fixture_free(fx);
}
