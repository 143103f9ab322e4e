/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a queue: ready, bound, waiting, failed, and what it carries along. */
#include "device_fixture.h"

#include <limits.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- readiness ---- */

enum condition { HAS_BASE, HAS_ALLOC, HAS_CMDQV_EN, HAS_ENABLE, CONDITIONS };

enum base_form { BY_8_BYTES, LOW_FIRST, HIGH_FIRST, BASE_FORMS };

static void write_base(struct fixture *fx, uint32_t queue, uint64_t base, enum base_form form)
{
	uint64_t at = at_base(DIRECT, queue);

	if (form == BY_8_BYTES) {
		fx_write8(fx, at, base);
	} else if (form == LOW_FIRST) {
		fx_write(fx, at, (uint32_t)base);
		fx_write(fx, at + 4, (uint32_t)(base >> 32));
	} else {
		fx_write(fx, at + 4, (uint32_t)(base >> 32));
		fx_write(fx, at, (uint32_t)base);
	}
}

static void meet(struct fixture *fx, enum condition condition, enum base_form form)
{
	switch (condition) {
	case HAS_BASE:
		write_base(fx, 0, base_of(0), form);
		break;
	case HAS_ALLOC:
		fx_write(fx, at_alloc(0), alloc_of(0));
		break;
	case HAS_CMDQV_EN:
		fx_write(fx, AT_CONFIG, 1);
		break;
	default:
		fx_write(fx, AT_VINTF_CONFIG, 1);
		break;
	}
}

/* [DEV-8] [DEV-18] */
TEST(the_four_conditions_may_come_in_any_order)
{
	uint32_t orders = 0;

	for (uint32_t code = 0; code < 256; code++) {
		enum condition order[CONDITIONS];
		uint32_t seen = 0;

		for (uint32_t i = 0; i < CONDITIONS; i++) {
			order[i] = (enum condition)(code >> (2 * i) & 3);
			seen |= 1U << order[i];
		}
		if (seen != 0xF)
			continue;
		orders++;
		for (uint32_t form = 0; form < BASE_FORMS; form++) {
			struct fixture *fx = fixture_new(2);

			fx_write(fx, AT_CONFIG, 0);
			for (uint32_t i = 0; i < CONDITIONS; i++) {
				assert_int_equal(fx->totals[CALL_BIND], 0);
				meet(fx, order[i], (enum base_form)form);
			}
			fx_assert_calls(fx, "bind(0) write(0,cons,0) write(0,prod,0) "
					    "write(0,gerrorn,0) write(0,config,0) map");
			assert_int_equal(fx->live[0].gpa, 0x100000);
			assert_int_equal(fx->live[0].bytes, 4096);
			fixture_free(fx);
		}
	}
	assert_int_equal(orders, 24);
}

/* Every write that changes nothing of an LVCMDQ's readiness. */
static void write_what_is_there(struct fixture *fx)
{
	fx_write(fx, AT_CONFIG, fx_read(fx, AT_CONFIG));
	assert_int_equal(fx_count(fx, CALL_BIND) + fx_count(fx, CALL_UNBIND), 0);
	fx_write(fx, AT_VINTF_CONFIG, fx_read(fx, AT_VINTF_CONFIG));
	assert_int_equal(fx_count(fx, CALL_BIND) + fx_count(fx, CALL_UNBIND), 0);
	fx_write(fx, AT_VINTF_CONFIG, fx_read(fx, AT_VINTF_CONFIG) ^ 0x10);
	assert_int_equal(fx_count(fx, CALL_BIND) + fx_count(fx, CALL_UNBIND), 0);
	for (uint32_t q = 0; q < 2; q++) {
		uint64_t base = fx_read8(fx, at_base(DIRECT, q));

		fx_write(fx, at_alloc(q), fx_read(fx, at_alloc(q)));
		assert_int_equal(fx_count(fx, CALL_BIND) + fx_count(fx, CALL_UNBIND), 0);
		for (uint32_t form = 0; form < BASE_FORMS; form++) {
			write_base(fx, q, base, (enum base_form)form);
			assert_int_equal(fx_count(fx, CALL_BIND) + fx_count(fx, CALL_UNBIND), 0);
		}
		for (uint32_t reg = CONS; reg <= GERROR; reg += 4) {
			fx_write(fx, at_queue(VINTF, q, reg), 0);
			assert_int_equal(fx_count(fx, CALL_BIND) + fx_count(fx, CALL_UNBIND), 0);
		}
	}
}

/* [DEV-8] [DEV-17] */
TEST(nothing_is_tried_on_a_write_that_changes_nothing)
{
	static const int errors[][2] = {{0, 0}, {0, -ENOSPC}, {-ENOENT, 0}};

	for (size_t i = 0; i < 3; i++) {
		struct fixture *fx = fixture_new(2);
		uint64_t binds;

		fx->bind_errors[0] = errors[i][0];
		fx->bind_errors[1] = errors[i][1];
		fx_bring_up(fx, 2);
		binds = fx->totals[CALL_BIND];
		write_what_is_there(fx);
		assert_int_equal(fx->totals[CALL_BIND], binds);
		fixture_free(fx);
	}
}

/* [DEV-9] */
TEST(lvcmdqs_bind_ascending_whatever_order_the_guest_takes)
{
	for (uint32_t code = 0; code < 256; code++) {
		struct fixture *fx = fixture_new(4);
		uint32_t given = 0;

		fx_write(fx, AT_VINTF_CONFIG, 1);
		for (uint32_t i = 0; i < 4; i++) {
			uint32_t q = code >> (2 * i) & 3;
			uint32_t prefix = 0;

			fx_write(fx, at_alloc(q), alloc_of(q));
			fx_write8(fx, at_base(VINTF, q), base_of(q));
			given |= 1U << q;
			while (given >> prefix & 1)
				prefix++;
			assert_int_equal(fx->num_bound, prefix);
			for (uint32_t w = prefix; w < 4; w++)
				assert_int_equal(fx->queues[w].life, given >> w & 1
									     ? CMDQV_QUEUE_WAITING
									     : CMDQV_QUEUE_IDLE);
			assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
		}
		for (uint32_t i = 4; i-- > 0;) {
			uint32_t q = code >> (2 * i) & 3;

			fx_write(fx, at_alloc(q), 0);
			assert_in_range(fx->num_bound, 0, q);
		}
		fixture_free(fx);
	}
}

/* [DEV-9] */
TEST(a_waiting_lvcmdq_shows_status_0_and_no_error)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 0);
	fx_write(fx, at_alloc(1), alloc_of(1));
	fx_write(fx, at_queue(VINTF, 1, QCONFIG), 1);
	fx_write8(fx, at_base(VINTF, 1), 0x3); /* not even good: it is not looked at yet */
	assert_int_equal(fx->queues[1].life, CMDQV_QUEUE_WAITING);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, QSTATUS)), 0);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, GERROR)), 0);
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-9] [DEV-15] */
TEST(a_waiting_lvcmdq_keeps_its_values_until_it_is_bound_again)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 3);
	for (uint32_t q = 0; q < 3; q++) {
		fx_store(fx, q, CONS, 0x20 + q);
		fx_store(fx, q, PROD, 0x30 + q);
		fx_store(fx, q, QCONFIG, 1);
	}
	fx_write(fx, at_alloc(0), 0);
	fx_assert_calls(fx, "unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1) "
			    "write(0,config,0) unbind(0)");
	for (uint32_t q = 1; q < 3; q++) {
		assert_int_equal(fx_read(fx, at_queue(VINTF, q, CONS)), 0x20 + q);
		assert_int_equal(fx_read(fx, at_queue(VINTF, q, PROD)), 0x30 + q);
		assert_int_equal(fx_read(fx, at_queue(VINTF, q, QCONFIG)), 1);
		assert_int_equal(fx_read(fx, at_queue(VINTF, q, QSTATUS)), 0);
	}
	fx_write(fx, at_queue(VINTF, 2, PROD), 0x33);
	fx_write(fx, at_alloc(0), alloc_of(0));
	fx_assert_calls(fx, "bind(0) write(0,cons,0) write(0,prod,0) write(0,gerrorn,0) "
			    "write(0,config,0) "
			    "bind(1) write(1,cons,33) write(1,prod,49) write(1,gerrorn,0) "
			    "write(1,config,1) "
			    "bind(2) write(2,cons,34) write(2,prod,51) write(2,gerrorn,0) "
			    "write(2,config,1) map");
	fixture_free(fx);
}

/* The engine consumes while the queue goes down: CONS moves until STATUS reads 0. */
static void consume_until_disabled(struct fixture *fx, const struct call *call)
{
	uint32_t *reg = fx->live[1].reg;

	if (call->kind == CALL_WRITE && call->queue == 1 && call->reg == QCONFIG && !call->value)
		reg[CONS / 4] = 0x77;
	if (call->kind == CALL_UNMAP)
		reg[PROD / 4] = 0x99;
}

/* [DEV-9] */
TEST(values_are_read_after_the_page_went_and_the_queue_stands)
{
	struct fixture *fx = fixture_new(2);
	int disabled;

	fx_bring_up(fx, 2);
	fx_store(fx, 1, QCONFIG, 1);
	fx->hook = consume_until_disabled;
	fx_write(fx, at_alloc(0), 0);
	fx->hook = NULL;
	disabled = fx_find_reg(fx, CALL_READ, 1, QSTATUS,
			       (uint32_t)fx_find_reg(fx, CALL_WRITE, 1, QCONFIG, 0));
	assert_true(disabled > 0);
	assert_true(fx_find_reg(fx, CALL_READ, 1, CONS, (uint32_t)disabled) > disabled);
	assert_int_equal(fx_find_reg(fx, CALL_READ, 1, CONS, (uint32_t)disabled + 3), -1);
	assert_int_equal(fx->queues[1].cons, 0x77);
	assert_int_equal(fx->queues[1].prod, 0x99);
	assert_true(fx->queues[1].en);
	fixture_free(fx);
}

/* [DEV-9] [DEV-6] [DEV-31] */
TEST(a_queue_that_never_disables_is_unbound_all_the_same)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 1);
	fx->live[0].never_disables = true;
	fx_store(fx, 0, QCONFIG, 1);
	fx_write(fx, at_alloc(0), 0);
	fx_assert_calls(fx, "unmap write(0,config,0) unbind(0)");
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_STUCK_QUEUE), 1);
	assert_string_equal(fx->last_log.id, "stuck-queue");
	assert_int_equal(fx_read(fx, at_queue(DIRECT, 0, QSTATUS)), 0);
	fixture_free(fx);
}

/* ---- BASE ---- */

/* [DEV-10] */
TEST(only_a_good_base_reaches_the_backend)
{
	static const struct {
		uint32_t cmdqs;
		uint64_t base;
		uint64_t bytes; /* 0: not good */
	} cases[] = {
		{8, 0x100000, 0},	   {8, 0x100001, 32},	   {8, 0x100008, 4096},
		{8, 0x100009, 0},	   {8, 0x10001F, 0},	   {8, 0x100808, 0},
		{8, 0x101008, 4096},	   {8, 0x100FE8, 0},	   {1, 0x20001, 32},
		{1, 0x20021, 32},	   {1, 0x20002, 0},	   {19, 0x800013, 8 << 20},
		{19, 0x1000013, 8 << 20},  {19, 0x400013, 0},	   {19, 0x800014, 0},
		{19, 0x10000000001F, 0},   {8, 0x8, 4096},	   {8, 0x1, 32},
		{8, 0xFFFFF000 | 8, 4096}, {8, 0x100000008, 0},	   {9, 0xFFFFF000 | 9, 0},
		{9, 0xFFFFE000 | 9, 8192}, {8, 0xFFFFFFFFF008, 0}, {19, 0xFFFFFF800013, 0},
		{1, 0xFFFFFFE0 | 1, 32},   {1, 0x100000001, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *fx = fixture_prepare(1);
		bool good = cases[i].bytes != 0;

		fx->config.cmdqs = cases[i].cmdqs;
		fx->ram_bytes = 0x100000000;
		fixture_create(fx);
		fx_bring_up(fx, 0);
		fx_write(fx, at_alloc(0), alloc_of(0));
		fx_write8(fx, at_base(VINTF, 0), cases[i].base);
		if (fx->num_bound != good)
			fail_msg("BASE 0x%llx with a cap of %u", (unsigned long long)cases[i].base,
				 cases[i].cmdqs);
		assert_int_equal(fx->totals[CALL_BIND], good);
		assert_int_equal(fx->live[0].bytes, cases[i].bytes);
		assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_BAD_BASE), !good);
		assert_int_equal(fx_counter(fx, CMDQV_COUNTER_BIND_FAILURES), !good);
		fx_assert_calls(fx, good ? "bind(0) write(0,cons,0) write(0,prod,0) "
					   "write(0,gerrorn,0) write(0,config,0) map"
					 : "pulse");
		fixture_free(fx);
	}
}

/* [DEV-10] */
TEST(a_ring_that_leaves_ram_at_either_end_is_refused)
{
	static const struct {
		uint64_t base;
		bool good;
	} cases[] = {{0x40000008, true},  {0x3FFFF008, false}, {0x4000F008, true},
		     {0x40010008, false}, {0x40000007, true},  {0x3FFFF808 - 1, false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *fx = fixture_prepare(1);

		fx->ram_gpa = 0x40000000;
		fx->ram_bytes = 0x10000;
		fixture_create(fx);
		fx_bring_up(fx, 0);
		fx_write(fx, at_alloc(0), alloc_of(0));
		fx_write8(fx, at_base(VINTF, 0), cases[i].base);
		assert_int_equal(fx->num_bound, cases[i].good);
		assert_int_equal(fx->queues[0].bind_error < 0, !cases[i].good);
		fixture_free(fx);
	}
}

/* ---- bind ---- */

/* [DEV-15] */
TEST(a_bind_replays_in_order_and_gerrorn_follows_the_live_gerror)
{
	static const struct {
		uint32_t live_gerror;
		uint32_t live_gerrorn;
		uint32_t guest_gerrorn;
		const char *calls;
	} cases[] = {
		{0, 0, 0, "write(0,gerrorn,0)"}, {1, 1, 0, "write(0,gerrorn,1)"},
		{1, 0, 0, "write(0,gerrorn,1)"}, {0, 1, 1, "write(0,gerrorn,0)"},
		{5, 0, 2, "write(0,gerrorn,5)"}, {7, 7, 7, "write(0,gerrorn,7)"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *fx = fixture_new(1);
		char expected[200];
		int gerror;

		fx->noise = 0x80F00000;
		fx->live[0].reg[GERROR / 4] = cases[i].live_gerror;
		fx->live[0].reg[GERRORN / 4] = cases[i].live_gerrorn;
		fx_write(fx, at_queue(DIRECT, 0, QCONFIG), 1);
		fx_write(fx, at_queue(DIRECT, 0, GERRORN), cases[i].guest_gerrorn);
		fx_write(fx, at_queue(DIRECT, 0, PROD), 0xABCDE);
		fx_write(fx, at_queue(DIRECT, 0, CONS), 0xFF098765);
		fx_bring_up(fx, 1);
		snprintf(expected, sizeof(expected),
			 "bind(0) write(0,cons,624485) write(0,prod,703710) %s write(0,config,1) "
			 "map",
			 cases[i].calls);
		fx_assert_calls(fx, expected);
		gerror = fx_find_reg(fx, CALL_READ, 0, GERROR, 0);
		assert_true(gerror > fx_find(fx, CALL_BIND, 0, 0));
		assert_true(gerror < fx_find_reg(fx, CALL_WRITE, 0, GERRORN, 0));
		assert_int_equal(fx_find_reg(fx, CALL_READ, 0, GERROR, (uint32_t)gerror + 1), -1);
		assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
		fixture_free(fx);
	}
}

/* [DEV-15] */
TEST(a_queue_rebound_after_an_acknowledged_error_has_none_pending)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_raise(fx, 1, CMDQ_ERR);
	fx_store(fx, 1, GERRORN, 1);
	fx_store(fx, 1, QCONFIG, 1);
	fx_store(fx, 1, CONS, 0x01000005);
	fx_write8(fx, at_base(VINTF, 0), 0x900008);
	assert_int_equal(fx->live[1].reg[GERRORN / 4], 1);
	assert_int_equal(fx->live[1].reg[CONS / 4], 5);
	assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
	fx_write(fx, AT_CONFIG, 0);
	fx_write(fx, AT_CONFIG, 1);
	assert_int_equal(fx->live[1].reg[GERRORN / 4], 1);
	assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
	fixture_free(fx);
}

/* ---- a bind that fails ---- */

/* Two queues, LVCMDQ 0 bound and enabled, LVCMDQ 1 refused with -ENOSPC. */
static struct fixture *failed_above_running(void)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 1);
	fx_store(fx, 0, QCONFIG, 1);
	fx_store(fx, 0, PROD, 3);
	fx->bind_errors[1] = -ENOSPC;
	fx_write(fx, at_alloc(1), alloc_of(1));
	fx_write8(fx, at_base(VINTF, 1), base_of(1));
	return fx;
}

/* [DEV-17] [DEV-18] */
TEST(a_failed_bind_of_lvcmdq_1_leaves_lvcmdq_0_running_and_shows_itself)
{
	struct fixture *fx = failed_above_running();

	fx_assert_calls(fx, "unmap bind(1)! pulse");
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_NONE);
	assert_int_equal(fx->queues[1].life, CMDQV_QUEUE_FAILED);
	assert_int_equal(fx->queues[1].bind_error, -ENOSPC);
	assert_string_equal(fx->last_log.id, "bind-failed");
	assert_int_equal(fx->last_log.level, CMDQV_LOG_HOST);
	assert_non_null(strstr(fx->last_text, "the fake says no"));
	assert_non_null(strstr(fx->last_text, "LVCMDQ 1"));

	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, GERROR)), INIT_ERR);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, GERRORN)), 0);
	assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 1);
	assert_int_equal(fx_read8(fx, AT_LVCMDQ_ERR_MAP), 2);
	assert_int_equal(fx_read(fx, AT_VINTF_STATUS), 3);

	assert_int_equal(fx_read(fx, at_queue(VINTF, 0, QSTATUS)), 1);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 0, PROD)), 3);
	fx_write(fx, at_queue(VINTF, 0, PROD), 4);
	fx_assert_calls(fx, "write(0,prod,4)");
	fixture_free(fx);
}

/* [DEV-17] [DEV-24] */
TEST(a_masked_failure_pulses_when_the_mask_goes)
{
	struct fixture *fx = fixture_new(2);

	fx->bind_errors[0] = -ENOENT;
	fx_write(fx, AT_VI_INT_MASK, 1);
	fx_bring_up(fx, 1);
	fx_assert_calls(fx, "bind(0)!");
	fx_write(fx, AT_VI_INT_MASK, 0);
	fx_assert_calls(fx, "pulse");
	fixture_free(fx);
}

/* [DEV-17] */
TEST(a_failure_that_is_pending_already_pulses_no_more)
{
	struct fixture *fx = failed_above_running();

	fx_write8(fx, at_base(VINTF, 1), 0x900008);
	fx_assert_calls(fx, "bind(1)!");
	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, GERROR)), INIT_ERR);
	fx_write(fx, at_queue(VINTF, 1, GERRORN), INIT_ERR);
	assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
	fx_write8(fx, at_base(VINTF, 1), 0xA00008);
	fx_assert_calls(fx, "bind(1)! pulse");
	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, GERROR)), 0);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, GERRORN)), INIT_ERR);
	assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 1);
	fixture_free(fx);
}

/* [DEV-17] */
TEST(what_clears_a_failure)
{
	enum { BASE_0, NO_ALLOC, ALLOC_ELSEWHERE, NO_CMDQV, NO_VINTF, BOUND, WAYS };

	for (int way = 0; way < WAYS; way++) {
		struct fixture *fx = failed_above_running();

		switch (way) {
		case BASE_0:
			fx_write8(fx, at_base(VINTF, 1), 0);
			break;
		case NO_ALLOC:
			fx_write(fx, at_alloc(1), 2);
			break;
		case ALLOC_ELSEWHERE:
			fx_write(fx, at_alloc(1), 5);
			break;
		case NO_CMDQV:
			fx_write(fx, AT_CONFIG, 0);
			break;
		case NO_VINTF:
			fx_write(fx, AT_VINTF_CONFIG, 0);
			break;
		default:
			fx->bind_errors[1] = 0;
			fx_write8(fx, at_base(VINTF, 1), 0x900008);
			break;
		}
		assert_int_equal(fx_count(fx, CALL_PULSE), 0);
		assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
		assert_int_equal(fx_read(fx, at_queue(DIRECT, 1, GERROR)) ^
					 fx_read(fx, at_queue(DIRECT, 1, GERRORN)),
				 0);
		assert_int_equal(fx->queues[1].life,
				 way == BOUND ? CMDQV_QUEUE_BOUND : CMDQV_QUEUE_IDLE);
		assert_int_equal(fx->queues[1].bind_error, 0);
		assert_int_equal(fx->mapped, way != NO_CMDQV && way != NO_VINTF);
		fixture_free(fx);
	}
}

/* [DEV-17] */
TEST(a_failure_that_was_cleared_stays_so_when_the_queue_is_unbound_again)
{
	struct fixture *fx = failed_above_running();

	fx_write(fx, at_queue(VINTF, 1, GERRORN), INIT_ERR);
	fx->bind_errors[1] = 0;
	fx_write8(fx, at_base(VINTF, 1), 0x900008);
	assert_int_equal(fx->num_bound, 2);
	fx_write8(fx, at_base(VINTF, 1), 0);
	assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
	fixture_free(fx);
}

/* [DEV-8] [DEV-17] */
TEST(a_failed_lvcmdq_is_tried_again_when_the_one_below_is_bound_anew)
{
	struct fixture *fx = failed_above_running();

	fx->live[0].reg[QCONFIG / 4] = 0;
	fx->live[0].reg[QSTATUS / 4] = 0;
	fx_write8(fx, at_base(VINTF, 0), 0x900008);
	assert_int_equal(fx_count(fx, CALL_BIND), 2);
	assert_int_equal(fx->num_bound, 1);
	fx->bind_errors[1] = 0;
	fx_write(fx, at_alloc(0), 0);
	assert_int_equal(fx->queues[1].life, CMDQV_QUEUE_FAILED);
	fx_write(fx, at_alloc(0), alloc_of(0));
	assert_int_equal(fx->num_bound, 2);
	assert_true(fx->mapped);
	assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
	fixture_free(fx);
}

/* [DEV-17] [DEV-9] */
TEST(a_failed_lvcmdq_holds_back_those_above_it_without_an_error)
{
	struct fixture *fx = failed_above_running();

	fx_write(fx, at_alloc(2), alloc_of(2));
	fx_write8(fx, at_base(VINTF, 2), base_of(2));
	fx_assert_calls(fx, "");
	assert_int_equal(fx->queues[2].life, CMDQV_QUEUE_WAITING);
	assert_int_equal(fx_read8(fx, AT_LVCMDQ_ERR_MAP), 2);
	fx->bind_errors[1] = 0;
	fx_write8(fx, at_base(VINTF, 1), 0x900008);
	assert_int_equal(fx->num_bound, 3);
	fixture_free(fx);
}

/* [DEV-17] */
TEST(every_errno_of_a_backend_is_shown)
{
	static const int errors[] = {-ENOENT, -EFAULT, -ENOSPC, -EIO, -ENOMEM, -EBUSY};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		struct fixture *fx = fixture_new(1);

		fx->bind_errors[0] = errors[i];
		fx_bring_up(fx, 1);
		assert_int_equal(fx->queues[0].bind_error, errors[i]);
		assert_int_equal(fx_counter(fx, CMDQV_COUNTER_BIND_FAILURES), 1);
		assert_int_equal(fx_guest_errors(fx), 0);
		fixture_free(fx);
	}
}

/* [DEV-31] */
TEST(a_broken_backend_is_told_once_and_binds_nothing_more)
{
	struct fixture *fx = fixture_new(2);
	uint32_t told = 0;

	fx_bring_up(fx, 2);
	fx->break_on_unbind = true;
	fx_write(fx, AT_CONFIG, 0);
	assert_int_equal(fx->num_bound, 0);
	assert_int_equal(fx->state.backend_broken, -ETIMEDOUT);
	fx_write(fx, AT_CONFIG, 1);
	assert_int_equal(fx->queues[0].bind_error, -EIO);
	assert_int_equal(fx->num_bound, 0);
	fx_reset(fx);
	fx_bring_up(fx, 2);
	assert_int_equal(fx->queues[0].bind_error, -EIO);
	for (uint32_t i = 0; i < fx->num_logs; i++)
		told += strcmp(fx->log_ids[i], "backend-broken") == 0;
	assert_int_equal(told, 1);
	fixture_free(fx);
}

/* [DEV-31] [DEV-18] Queue 1 may live on in the page: the guest is not shown it, all ranges are in
 * use. */
TEST(page_0_stays_away_once_an_unbind_failed)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_MAPPED);
	fx->break_on_unbind = true;
	fx_write(fx, at_alloc(1), 2);
	assert_int_equal(fx->num_bound, 1);
	assert_int_equal(fx->state.backend_broken, -ETIMEDOUT);
	assert_int_equal(fx->state.page0, CMDQV_PAGE0_NONE);
	assert_true(cmdqv_range_in_use(fx->dev, (cmdqv_gpa_t){0}, 1));
	fixture_free(fx);
}

/* ---- random walks ---- */

struct walk {
	struct fixture *fx;
	uint32_t queues;
	uint64_t seed;
	bool acknowledges; /* writes GERRORN too */
	uint32_t prod[MOST_QUEUES];
	uint32_t config[MOST_QUEUES];
};

static uint32_t roll(struct walk *walk, uint32_t sides)
{
	walk->seed ^= walk->seed << 13;
	walk->seed ^= walk->seed >> 7;
	walk->seed ^= walk->seed << 17;
	return (uint32_t)(walk->seed >> 33) % sides;
}

static void forget(struct walk *walk)
{
	memset(walk->prod, 0, sizeof(walk->prod));
	memset(walk->config, 0, sizeof(walk->config));
}

/* [DEV-9] [DEV-13]: PROD and CONFIG are what was written last, unless they were zeroed. */
static void assert_nothing_lost(const struct walk *walk)
{
	const struct fixture *fx = walk->fx;

	for (uint32_t q = 0; q < walk->queues; q++) {
		assert_int_equal(fx->queues[q].prod, walk->prod[q]);
		assert_int_equal(fx->queues[q].en, walk->config[q]);
	}
}

static uint64_t some_base(struct walk *walk)
{
	static const uint64_t odd[] = {0, 0x9, 0x100009, 0x100808, 0x20000000008, 0xFFFFFFFFF008};

	return roll(walk, 8) ? base_of(roll(walk, 9)) : odd[roll(walk, 6)];
}

static void write_some_base(struct walk *walk, uint32_t q)
{
	uint64_t at = at_base(roll(walk, 2) ? DIRECT : VINTF, q);
	uint64_t base = some_base(walk);

	switch (roll(walk, 4)) {
	case 0:
		fx_write(walk->fx, at, (uint32_t)base);
		break;
	case 1:
		fx_write(walk->fx, at + 4, (uint32_t)(base >> 32));
		break;
	default:
		fx_write8(walk->fx, at, base);
		break;
	}
}

static void write_some_alloc(struct walk *walk, uint32_t q)
{
	struct fixture *fx = walk->fx;
	bool had = fx->guest_alloc[q] == alloc_of(q);

	fx_write(fx, at_alloc(q), roll(walk, 8) ? alloc_of(q) : roll(walk, 16));
	if (had && fx->guest_alloc[q] != alloc_of(q)) {
		walk->prod[q] = 0;
		walk->config[q] = 0;
	}
}

static void write_some_enable(struct walk *walk)
{
	struct fixture *fx = walk->fx;
	bool vintf = roll(walk, 2);
	uint32_t was = vintf ? fx->guest_vintf_config : fx->guest_config;
	uint32_t value = roll(walk, 8) ? 1 : roll(walk, 0x40000) & ~1U;

	fx_write(fx, vintf ? AT_VINTF_CONFIG : AT_CONFIG, value);
	if ((was & 1) && !(value & 1))
		forget(walk);
}

static void write_some_page0(struct walk *walk, uint32_t q)
{
	struct fixture *fx = walk->fx;
	uint32_t aperture = roll(walk, 2) ? DIRECT : VINTF;
	bool reaches = aperture == DIRECT || fx->guest_alloc[q] == alloc_of(q);
	uint32_t reg = roll(walk, walk->acknowledges ? 6 : 5) * 4;
	uint32_t value = roll(walk, 0x200000);

	fx_write(fx, at_queue(aperture, q, reg), value);
	if (reaches && reg == PROD)
		walk->prod[q] = value & 0xFFFFF;
	if (reaches && reg == QCONFIG)
		walk->config[q] = value & 1;
}

static void store_some(struct walk *walk, uint32_t q)
{
	struct fixture *fx = walk->fx;
	uint32_t value = roll(walk, 0x100000);

	if (!fx->mapped || q >= fx->num_bound)
		return;
	if (roll(walk, 2)) {
		fx_store(fx, q, PROD, value);
		walk->prod[q] = value;
	} else {
		fx_store(fx, q, QCONFIG, value & 1);
		walk->config[q] = value & 1;
	}
}

/* What is not the guest's doing. */
static void let_something_happen(struct walk *walk, uint32_t q)
{
	static const int errors[] = {-ENOENT, -EFAULT, -ENOSPC, -EIO};
	struct fixture *fx = walk->fx;

	switch (roll(walk, 6)) {
	case 0:
		if (q < fx->num_bound)
			fx_raise(fx, q, 1U << roll(walk, 2));
		fx->num_events = 0;
		fx->next_event = 0;
		fx_push_event(fx, 1, roll(walk, 9), roll(walk, 2));
		assert_int_equal(fx_events(fx), 1);
		break;
	case 1:
		fx->bind_errors[q] = roll(walk, 8) ? 0 : errors[roll(walk, 4)];
		break;
	case 2:
		fx->map_error = roll(walk, 4) ? 0 : -ENOMEM;
		break;
	case 3:
		fx_write(fx, AT_VI_INT_MASK, roll(walk, 4));
		break;
	case 4:
		fx_access(fx, roll(walk, 0x50010), (uint8_t)roll(walk, 17), false, 0);
		break;
	default:
		if (roll(walk, 50) == 0) {
			fx_reset(fx);
			forget(walk);
		}
		break;
	}
}

static void step(struct walk *walk)
{
	uint32_t q = roll(walk, walk->queues);

	walk->fx->num_calls = 0; /* not every step is a call on the device */
	switch (roll(walk, 12)) {
	case 0:
	case 1:
	case 2:
		write_some_base(walk, q);
		break;
	case 3:
	case 4:
		write_some_alloc(walk, q);
		break;
	case 5:
		write_some_enable(walk);
		break;
	case 6:
	case 7:
		write_some_page0(walk, q);
		break;
	case 8:
	case 9:
		store_some(walk, q);
		break;
	case 10:
		for (uint32_t reg = CONS; q < walk->fx->num_bound && reg <= GERRORN; reg += 4)
			assert_int_equal(fx_read(walk->fx, at_queue(DIRECT, q, reg)),
					 fx_read(walk->fx, at_queue(VINTF, q, reg)));
		break;
	default:
		let_something_happen(walk, q);
		break;
	}
	if (fx_count(walk->fx, CALL_BIND) + fx_count(walk->fx, CALL_UNBIND) > 0)
		assert_nothing_lost(walk);
}

static void walk_at_random(uint32_t queues, uint32_t steps, bool acknowledges)
{
	struct walk walk = {.fx = fixture_new(queues),
			    .queues = queues,
			    .seed = 0x9E3779B97F4A7C15 + queues,
			    .acknowledges = acknowledges};
	struct fixture *fx = walk.fx;

	fx_bring_up(fx, queues);
	for (uint32_t i = 0; i < steps; i++)
		step(&walk);
	assert_true(fx->totals[CALL_BIND] > steps / 100);
	assert_true(fx->totals[CALL_MAP] > (queues > 8 ? 0 : steps / 1000));
	memset(fx->bind_errors, 0, sizeof(fx->bind_errors));
	fx->map_error = 0;
	fx_reset(fx);
	fx_bring_up(fx, queues);
	assert_int_equal(fx->num_bound, queues);
	assert_true(fx->mapped);
	fixture_free(fx);
}

/* [DEV-9] [DEV-18] [DEV-27] [DEV-16] */
TEST(whatever_the_guest_does_the_rules_hold)
{
	for (uint32_t queues = 1; queues <= 8; queues *= 2)
		walk_at_random(queues, 100000, queues == 2 || queues == 8);
}

/* [DEV-9] [DEV-18] [DEV-27] */
TEST(whatever_the_guest_does_with_128_queues_the_rules_hold)
{
	walk_at_random(128, 5000, true);
}

/* ---- [DEV-15] queues that a former owner left enabled ---- */

TEST(a_queue_that_is_handed_over_enabled_is_taken_down_first)
{
	struct fixture *fx = fixture_new(1);

	fx->live[0].handed_over_enabled = true;
	fx_write(fx, AT_VINTF_CONFIG, 1);
	fx_write(fx, at_alloc(0), alloc_of(0));
	fx_write8(fx, at_base(VINTF, 0), base_of(0));
	fx_assert_calls(fx, "bind(0) write(0,config,0) write(0,cons,0) write(0,prod,0) "
			    "write(0,gerrorn,0) write(0,config,0) map");
	assert_true(fx_find_reg(fx, CALL_READ, 0, QSTATUS, 0) > 0);
	fixture_free(fx);
}

/* [DEV-17] */
TEST(a_queue_that_does_not_go_down_is_a_failed_bind)
{
	struct fixture *fx = fixture_new(1);

	fx->live[0].handed_over_enabled = true;
	fx->live[0].never_disables = true;
	fx_write(fx, AT_VINTF_CONFIG, 1);
	fx_write(fx, at_alloc(0), alloc_of(0));
	fx_write8(fx, at_base(VINTF, 0), base_of(0));
	fx_assert_calls(fx, "bind(0) write(0,config,0) unbind(0) pulse");
	assert_int_equal(fx->queues[0].life, CMDQV_QUEUE_FAILED);
	assert_int_equal(fx->queues[0].bind_error, -ETIMEDOUT);
	assert_non_null(strstr(fx->last_text, "does not go down"));
	fixture_free(fx);
}

/* ---- [DEV-32] [DEV-33] errors of those above ---- */

static void hold_queue_1(struct fixture *fx)
{
	fx_bring_up(fx, 3);
	fx_store(fx, 1, QCONFIG, 1);
	fx_store(fx, 1, CONS, 5 | 3 << 24);
	fx_raise(fx, 1, 1);
	fx_write(fx, at_alloc(0), 0);
}

TEST(an_error_survives_the_unbind_of_the_queue_below)
{
	struct fixture *fx = fixture_new(4);

	hold_queue_1(fx);
	assert_int_equal(fx_count(fx, CALL_PULSE), 1); /* once more */
	assert_int_equal(fx->queues[1].life, CMDQV_QUEUE_HELD);
	assert_int_equal(fx_read(fx, 0x10c0), 2);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, CONS)), 5 | 3 << 24);
	/* Queue 0 is back, but the page is not: the error must be seen. */
	fx_write(fx, at_alloc(0), alloc_of(0));
	assert_int_equal(fx->queues[0].life, CMDQV_QUEUE_BOUND);
	assert_int_equal(fx->queues[1].life, CMDQV_QUEUE_HELD);
	assert_int_equal(fx->queues[2].life, CMDQV_QUEUE_WAITING);
	assert_int_equal(fx_count(fx, CALL_MAP), 0);
	fx_write(fx, at_queue(VINTF, 1, GERRORN), 4); /* not the acknowledgement */
	assert_int_equal(fx->queues[1].life, CMDQV_QUEUE_HELD);
	fx_write(fx, at_queue(VINTF, 1, GERRORN), 1);
	assert_int_equal(fx_count(fx, CALL_BIND), 2);
	assert_int_equal(fx_count(fx, CALL_MAP), 1);
	assert_int_equal(fx->live[1].reg[CONS / 4], 5);
	assert_int_equal(fx_read(fx, 0x10c0), 0);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_QUEUES_HELD), 1);
	fixture_free(fx);
}

TEST(a_masked_error_is_held_without_a_pulse)
{
	struct fixture *fx = fixture_new(4);

	fx_write(fx, 0x1c, 1); /* VI_INT_MASK */
	hold_queue_1(fx);
	assert_int_equal(fx_count(fx, CALL_PULSE), 0);
	assert_int_equal(fx->queues[1].life, CMDQV_QUEUE_HELD);
	fx_write(fx, 0x1c, 0);
	assert_int_equal(fx_count(fx, CALL_PULSE), 1);
	fixture_free(fx);
}

TEST(a_held_queue_that_its_guest_takes_away_forgets_its_error)
{
	struct fixture *fx = fixture_new(4);

	hold_queue_1(fx);
	fx_write(fx, at_alloc(1), 0);
	assert_int_equal(fx->queues[1].life, CMDQV_QUEUE_IDLE);
	assert_int_equal(fx_read(fx, 0x10c0), 0);
	fx_write(fx, AT_VINTF_CONFIG, 0);
	fixture_free(fx);
}

TEST(a_queue_that_its_own_guest_unbinds_is_not_held)
{
	struct fixture *fx = fixture_new(1);

	fx_bring_up(fx, 1);
	fx_raise(fx, 0, 1);
	fx_write(fx, at_alloc(0), 0);
	assert_int_equal(fx->queues[0].life, CMDQV_QUEUE_IDLE);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_QUEUES_HELD), 0);
	fixture_free(fx);
}

/* The engine executes while the device looks. */
static void consume_one(struct fixture *fx, const struct call *call)
{
	uint32_t *reg = fx->live[1].reg;

	if (call->kind == CALL_READ && call->queue == 1 && call->reg == CONS &&
	    reg[CONS / 4] != reg[PROD / 4])
		reg[CONS / 4]++;
}

TEST(a_queue_is_drained_before_another_one_takes_it_down)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_store(fx, 1, QCONFIG, 1);
	fx_store(fx, 1, PROD, 20);
	fx->hook = consume_one;
	fx_write(fx, at_alloc(0), 0);
	assert_int_equal(fx->queues[1].cons, 20);
	assert_true(fx_find_reg(fx, CALL_READ, 1, CONS, 0) <
		    fx_find_reg(fx, CALL_WRITE, 1, QCONFIG, 0));
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_UNDRAINED), 0);
	fixture_free(fx);
}

TEST(a_queue_that_does_not_drain_is_counted_and_goes)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_store(fx, 1, QCONFIG, 1);
	fx_store(fx, 1, PROD, 20);
	fx_write(fx, at_alloc(0), 0);
	assert_int_equal(fx->num_bound, 0);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_UNDRAINED), 1);
	fixture_free(fx);
}

/* [DEV-35] */
TEST(results_that_are_no_errnos_are_clamped)
{
	static const int results[] = {INT_MIN, INT_MIN + 1, -4096, 1, INT_MAX};

	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		struct fixture *fx = fixture_new(1);

		fx->map_error = results[i];
		fx_bring_up(fx, 1);
		assert_int_equal(fx->state.page0, CMDQV_PAGE0_TRAPPED);
		assert_int_equal(fx->state.page0_error, -EIO);
		fixture_free(fx);
		fx = fixture_new(1);
		fx->bind_errors[0] = results[i];
		fx_bring_up(fx, 1);
		assert_int_equal(fx->queues[0].bind_error, -EIO);
		fixture_free(fx);
	}
}
