/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a queue, in both apertures: shadow, live page, BASE. */
#include "device_fixture.h"

static const uint32_t apertures[] = {DIRECT, VINTF};

/* [DEV-7] [DEV-5] */
TEST(shadow_registers_keep_exactly_their_fields)
{
	static const struct {
		uint32_t reg;
		uint32_t mask;
	} cases[] = {{CONS, 0x7F0FFFFF}, {PROD, 0x000FFFFF}, {QCONFIG, 1},
		     {QSTATUS, 0},	 {GERROR, 0},	     {GERRORN, 7}};
	struct fixture *fx = fixture_new(2);

	for (size_t i = 0; i < 6; i++) {
		uint64_t at = at_queue(DIRECT, 1, cases[i].reg);

		assert_int_equal(fx_read(fx, at), 0);
		fx_write(fx, at, 0xFFFFFFFF);
		assert_int_equal(fx_read(fx, at), cases[i].mask);
		assert_int_equal(fx->num_calls, 0);
	}
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-14] */
TEST(a_lvcmdq_without_an_allocation_hides_from_the_vintf_aperture)
{
	struct fixture *fx = fixture_new(2);

	for (uint32_t reg = CONS; reg <= GERRORN; reg += 4)
		fx_write(fx, at_queue(VINTF, 1, reg), 0xFFFFFFFF);
	fx_write8(fx, at_base(VINTF, 1), base_of(1));
	fx_write(fx, at_base(VINTF, 1), 1);
	fx_write(fx, at_base(VINTF, 1) + 4, 1);
	fx_write8(fx, at_base(VINTF, 1) + 8, 0xFFFFFFFF);
	for (uint32_t reg = CONS; reg <= GERRORN; reg += 4)
		assert_int_equal(fx_read(fx, at_queue(DIRECT, 1, reg)), 0);
	assert_int_equal(fx_read8(fx, at_base(DIRECT, 1)), 0);
	assert_int_equal(fx_read8(fx, at_base(DIRECT, 1) + 8), 0);

	fx_write(fx, at_queue(DIRECT, 1, PROD), 5);
	fx_write8(fx, at_base(DIRECT, 1), base_of(1));
	fx_write8(fx, at_base(DIRECT, 1) + 8, 0x40);
	assert_int_equal(fx_read(fx, at_queue(DIRECT, 1, PROD)), 5);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, PROD)), 0);
	assert_true(fx_read8(fx, at_base(DIRECT, 1)) == base_of(1));
	assert_int_equal(fx_read8(fx, at_base(VINTF, 1)), 0);
	assert_int_equal(fx_read8(fx, at_base(VINTF, 1) + 8), 0);

	fx_write(fx, at_alloc(1), alloc_of(1));
	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, PROD)), 5);
	assert_true(fx_read8(fx, at_base(VINTF, 1)) == base_of(1));
	assert_int_equal(fx_read8(fx, at_base(VINTF, 1) + 8), 0x40);
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-2] */
TEST(lvcmdqs_from_n_on_read_0_and_are_no_error)
{
	struct fixture *fx = fixture_new(2);

	for (uint32_t q = 2; q < 128; q++)
		for (size_t a = 0; a < 2; a++) {
			for (uint32_t reg = CONS; reg <= GERRORN; reg += 4) {
				fx_write(fx, at_queue(apertures[a], q, reg), 0xFFFFFFFF);
				assert_int_equal(fx_read(fx, at_queue(apertures[a], q, reg)), 0);
			}
			fx_write8(fx, at_base(apertures[a], q), base_of(q));
			assert_int_equal(fx_read8(fx, at_base(apertures[a], q)), 0);
			fx_write(fx, at_base(apertures[a], q) + 12, 0xFFFFFFFF);
			assert_int_equal(fx_read8(fx, at_base(apertures[a], q) + 8), 0);
		}
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-21] [DEV-22] */
TEST(a_bound_lvcmdq_is_the_live_page_through_both_apertures)
{
	static const struct {
		uint32_t reg;
		uint32_t mask;
	} cases[] = {{CONS, 0x7F0FFFFF}, {PROD, 0x000FFFFF}, {QCONFIG, 1},
		     {QSTATUS, 1},	 {GERROR, 7},	     {GERRORN, 7}};
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	for (size_t i = 0; i < 6; i++)
		for (size_t a = 0; a < 2; a++) {
			uint64_t at = at_queue(apertures[a], 1, cases[i].reg);

			fx->live[1].reg[i] = cases[i].mask;
			fx->noise = 0;
			assert_int_equal(fx_read(fx, at), cases[i].mask);
			assert_int_equal(fx_count(fx, CALL_READ), 1);
			fx->noise = 0x80F00000;
			assert_int_equal(fx_read(fx, at), cases[i].mask);
			fx->live[1].reg[i] = 0;
			assert_int_equal(fx_read(fx, at), 0);
		}
	fixture_free(fx);
}

/* [DEV-21] [DEV-5] */
TEST(a_trapped_write_of_a_bound_lvcmdq_is_one_store_of_the_fields)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	for (size_t a = 0; a < 2; a++) {
		fx_write(fx, at_queue(apertures[a], 1, CONS), 0xFFFFFFFF);
		fx_assert_calls(fx, "write(1,cons,2131755007)");
		fx_write(fx, at_queue(apertures[a], 1, PROD), 0xFFFFFFFF);
		fx_assert_calls(fx, "write(1,prod,1048575)");
		fx_write(fx, at_queue(apertures[a], 1, QCONFIG), 0xFFFFFFFE);
		fx_assert_calls(fx, "write(1,config,0)");
		fx_write(fx, at_queue(apertures[a], 1, GERRORN), 0xFFFFFFF8);
		fx_assert_calls(fx, "write(1,gerrorn,0)");
		fx_write(fx, at_queue(apertures[a], 1, QSTATUS), 1);
		fx_assert_calls(fx, "");
		fx_write(fx, at_queue(apertures[a], 1, GERROR), 1);
		fx_assert_calls(fx, "");
		assert_int_equal(fx_count(fx, CALL_READ), 0);
	}
	fixture_free(fx);
}

/* [DEV-3] */
TEST(an_8_byte_write_to_page_0_is_two_stores_low_first)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 1);
	fx_write8(fx, at_queue(VINTF, 0, CONS), 0x0000000900000007);
	fx_assert_calls(fx, "write(0,cons,7) write(0,prod,9)");
	fx_write8(fx, at_queue(DIRECT, 0, QCONFIG), 0xFFFFFFFF00000001);
	fx_assert_calls(fx, "write(0,config,1)");
	assert_true(fx_read8(fx, at_queue(DIRECT, 0, QCONFIG)) == 0x0000000100000001);
	fixture_free(fx);
}

/* [DEV-16] */
TEST(en_of_an_unbound_lvcmdq_is_kept_without_an_en_ok_and_takes_effect_at_bind)
{
	struct fixture *fx = fixture_new(2);

	fx_write(fx, at_queue(DIRECT, 0, QCONFIG), 1);
	assert_int_equal(fx_read(fx, at_queue(DIRECT, 0, QCONFIG)), 1);
	assert_int_equal(fx_read(fx, at_queue(DIRECT, 0, QSTATUS)), 0);
	assert_true(fx->queues[0].en);
	fx_bring_up(fx, 1);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 0, QCONFIG)), 1);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 0, QSTATUS)), 1);
	assert_true(fx->queues[0].en_ok);
	fixture_free(fx);
}

/* [DEV-16] */
TEST(a_failed_lvcmdq_never_says_en_ok)
{
	struct fixture *fx = fixture_new(2);

	fx->bind_errors[0] = -28;
	fx_bring_up(fx, 1);
	fx_write(fx, at_queue(VINTF, 0, QCONFIG), 1);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 0, QCONFIG)), 1);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 0, QSTATUS)), 0);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 0, GERROR)), INIT_ERR);
	fixture_free(fx);
}

/* ---- BASE ---- */

enum step {
	END,
	LOW,	   /* 0x11100008 */
	OTHER_LOW, /* 0x22200008 */
	HIGH,	   /* 0x1 */
	WHOLE,	   /* 0x0000000500600008 */
	ALLOC,
	DIRECT_CONFIG,
	VINTF_CONFIG,
	CMDQV_EN,
	ENABLE,
	PROD_WRITE,
	MASK_WRITE,
	OTHER_ALLOC,
	OTHER_CONFIG,
	CONS_INDX,
	READ_BASE,
	RESET,
};

static void take_step(struct fixture *fx, enum step step)
{
	const uint64_t base = at_base(DIRECT, 0);

	switch (step) {
	case END:
		break;
	case LOW:
		fx_write(fx, base, 0x11100008);
		break;
	case OTHER_LOW:
		fx_write(fx, base, 0x22200008);
		break;
	case HIGH:
		fx_write(fx, base + 4, 0x1);
		break;
	case WHOLE:
		fx_write8(fx, base, 0x0000000500600008);
		break;
	case ALLOC:
		fx_write(fx, at_alloc(0), fx_read(fx, at_alloc(0)));
		break;
	case DIRECT_CONFIG:
		fx_write(fx, at_queue(DIRECT, 0, QCONFIG), 0);
		break;
	case VINTF_CONFIG:
		fx_write(fx, at_queue(VINTF, 0, QCONFIG), 0);
		break;
	case CMDQV_EN:
		fx_write(fx, AT_CONFIG, 0x00020083);
		break;
	case ENABLE:
		fx_write(fx, AT_VINTF_CONFIG, fx_read(fx, AT_VINTF_CONFIG));
		break;
	case PROD_WRITE:
		fx_write(fx, at_queue(DIRECT, 0, PROD), 0);
		break;
	case MASK_WRITE:
		fx_write(fx, AT_VI_INT_MASK, 0);
		break;
	case OTHER_ALLOC:
		fx_write(fx, at_alloc(1), alloc_of(1));
		break;
	case OTHER_CONFIG:
		fx_write(fx, at_queue(DIRECT, 1, QCONFIG), 0);
		break;
	case CONS_INDX:
		fx_write8(fx, base + 8, 0x123);
		break;
	case READ_BASE:
		fx_read8(fx, base);
		break;
	case RESET:
		fx_reset(fx);
		break;
	}
}

/* [DEV-11] */
TEST(staged_halves_commit_as_they_should)
{
	static const struct {
		enum step steps[8];
		uint64_t expected;
	} cases[] = {
		{{LOW}, 0x700700008},
		{{HIGH}, 0x700700008},
		{{LOW, HIGH}, 0x111100008},
		{{HIGH, LOW}, 0x111100008},
		{{LOW, OTHER_LOW}, 0x700700008},
		{{LOW, OTHER_LOW, HIGH}, 0x122200008},
		{{HIGH, HIGH, LOW}, 0x111100008},
		{{LOW, HIGH, OTHER_LOW}, 0x111100008},
		{{LOW, HIGH, OTHER_LOW, HIGH}, 0x122200008},
		{{WHOLE}, 0x500600008},
		{{LOW, WHOLE}, 0x500600008},
		{{LOW, WHOLE, HIGH}, 0x500600008},
		{{HIGH, WHOLE, LOW}, 0x500600008},
		{{LOW, WHOLE, HIGH, LOW}, 0x111100008},
		{{HIGH, WHOLE, DIRECT_CONFIG}, 0x500600008},
		{{LOW, ALLOC}, 0x711100008},
		{{HIGH, ALLOC}, 0x100700008},
		{{LOW, DIRECT_CONFIG}, 0x711100008},
		{{HIGH, DIRECT_CONFIG}, 0x100700008},
		{{LOW, VINTF_CONFIG}, 0x711100008},
		{{HIGH, VINTF_CONFIG}, 0x100700008},
		{{LOW, CMDQV_EN}, 0x711100008},
		{{HIGH, CMDQV_EN}, 0x100700008},
		{{LOW, ENABLE}, 0x711100008},
		{{HIGH, ENABLE}, 0x100700008},
		{{LOW, DIRECT_CONFIG, HIGH}, 0x711100008},
		{{LOW, DIRECT_CONFIG, HIGH, ENABLE}, 0x111100008},
		{{LOW, PROD_WRITE, MASK_WRITE, OTHER_ALLOC, OTHER_CONFIG, CONS_INDX, READ_BASE},
		 0x700700008},
		{{HIGH, PROD_WRITE, MASK_WRITE, OTHER_ALLOC, OTHER_CONFIG, READ_BASE, LOW},
		 0x111100008},
		{{LOW, RESET}, 0},
		{{LOW, RESET, HIGH}, 0},
		{{LOW, RESET, HIGH, ENABLE}, 0x100000000},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int bound = 0; bound < 2; bound++) {
			struct fixture *fx = fixture_new(2);

			fx_write(fx, at_alloc(0), alloc_of(0));
			fx_write8(fx, at_base(DIRECT, 0), 0x700700008);
			if (bound)
				fx_write(fx, AT_VINTF_CONFIG, 1);
			for (size_t s = 0; s < 8 && cases[i].steps[s] != END; s++)
				take_step(fx, cases[i].steps[s]);
			if (fx_read8(fx, at_base(DIRECT, 0)) != cases[i].expected)
				fail_msg("case %zu, %s", i, bound ? "bound" : "unbound");
			assert_int_equal(fx->num_bound, bound && fx->state.vintf_enabled);
			fixture_free(fx);
		}
}

/* [DEV-11] */
TEST(one_half_commits_and_binds_with_the_write_that_completes_the_set)
{
	struct fixture *fx = fixture_new(2);

	fx_write(fx, at_alloc(0), alloc_of(0));
	fx_write(fx, at_base(VINTF, 0), 0x00100008);
	fx_write(fx, AT_VINTF_CONFIG, 1);
	assert_int_equal(fx->num_bound, 1);
	assert_int_equal(fx->live[0].gpa, 0x100000);

	fx_write(fx, at_base(DIRECT, 1), 0x00200008);
	fx_write(fx, at_alloc(1), alloc_of(1));
	assert_int_equal(fx->num_bound, 2);
	assert_int_equal(fx->live[1].gpa, 0x200000);
	fixture_free(fx);
}

/* [DEV-11] */
TEST(halves_by_different_apertures_meet)
{
	struct fixture *fx = fixture_new(2);

	fx_write(fx, at_alloc(0), alloc_of(0));
	fx_write(fx, at_base(VINTF, 0), 0x00300008);
	fx_write(fx, at_base(DIRECT, 0) + 4, 0x2);
	assert_true(fx_read8(fx, at_base(DIRECT, 0)) == 0x200300008);
	assert_int_equal(fx_read(fx, at_base(VINTF, 0)), 0x00300008);
	assert_int_equal(fx_read(fx, at_base(VINTF, 0) + 4), 2);
	fixture_free(fx);
}

/* [DEV-5] [DEV-26] */
TEST(base_and_cons_indx_base_have_48_bits)
{
	struct fixture *fx = fixture_new(2);

	fx_write8(fx, at_base(DIRECT, 1), UINT64_MAX);
	assert_true(fx_read8(fx, at_base(DIRECT, 1)) == 0x0000FFFFFFFFFFFF);
	fx_write8(fx, at_base(DIRECT, 1) + 8, UINT64_MAX);
	assert_true(fx_read8(fx, at_base(DIRECT, 1) + 8) == 0x0000FFFFFFFFFFFF);
	fx_write(fx, at_base(DIRECT, 1) + 8, 5);
	fx_write(fx, at_base(DIRECT, 1) + 12, 0xFFFF0006);
	assert_true(fx_read8(fx, at_base(DIRECT, 1) + 8) == 0x0000000600000005);
	assert_int_equal(fx->totals[CALL_BIND], 0);
	fixture_free(fx);
}

/* [DEV-12] */
TEST(the_same_base_again_does_nothing)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	for (uint32_t enabled = 0; enabled < 2; enabled++) {
		fx_store(fx, 0, QCONFIG, enabled);
		fx_write8(fx, at_base(VINTF, 0), base_of(0));
		fx_assert_calls(fx, "");
		fx_write(fx, at_base(VINTF, 0), (uint32_t)base_of(0));
		fx_write(fx, at_base(VINTF, 0) + 4, (uint32_t)(base_of(0) >> 32));
		fx_assert_calls(fx, "");
	}
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-12] */
TEST(base_of_an_enabled_queue_is_ignored_and_counted)
{
	static const uint64_t values[] = {0, 0x900008, 0x900000};
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	for (size_t i = 0; i < 6; i++) {
		fx->live[0].reg[QCONFIG / 4] = i % 2;
		fx->live[0].reg[QSTATUS / 4] = 1 - i % 2;
		fx_write8(fx, at_base(DIRECT, 0), values[i / 2]);
		fx_assert_calls(fx, "");
		assert_true(fx_read8(fx, at_base(DIRECT, 0)) == base_of(0));
		assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_BASE_IN_USE), i + 1);
	}
	assert_int_equal(fx_guest_errors(fx), 6);
	fixture_free(fx);
}

/* [DEV-12] [DEV-9] */
TEST(base_of_a_disabled_queue_moves_it_and_the_queues_above_return)
{
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 3);
	fx_store(fx, 2, PROD, 5);
	fx_store(fx, 2, QCONFIG, 1);
	fx_write8(fx, at_base(DIRECT, 1), 0x900008);
	fx_assert_calls(fx, "unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1) "
			    "bind(1) write(1,cons,0) write(1,prod,0) write(1,gerrorn,0) "
			    "write(1,config,0) "
			    "bind(2) write(2,cons,0) write(2,prod,5) write(2,gerrorn,0) "
			    "write(2,config,1) map");
	assert_int_equal(fx->live[1].gpa, 0x900000);
	fx_write8(fx, at_base(DIRECT, 1), 0);
	fx_assert_calls(fx, "unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1)");
	assert_int_equal(fx->queues[1].life, CMDQV_QUEUE_IDLE);
	assert_int_equal(fx->queues[2].life, CMDQV_QUEUE_WAITING);
	assert_int_equal(fx->queues[2].prod, 5);
	assert_true(fx->queues[2].en);
	fixture_free(fx);
}

/* A vCPU enables queue 0 just before a given call; hook_data says which. */
struct moment {
	enum call_kind kind;
	uint32_t skip; /* so many calls of the kind pass first */
};

static void enable_at_moment(struct fixture *fx, const struct call *call)
{
	const struct moment *moment = fx->hook_data;

	if (call->kind != moment->kind || fx->hook_count++ != moment->skip)
		return;
	fx_store(fx, 0, QCONFIG, 1);
}

/* [DEV-12] [DEV-22] */
TEST(a_vcpu_that_enables_the_queue_meanwhile_keeps_it)
{
	static const struct {
		struct moment moment;
		const char *calls;
	} cases[] = {
		{{CALL_READ, 0}, ""},
		{{CALL_READ, 1}, ""},
		{{CALL_UNMAP, 0}, "unmap map"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *fx = fixture_new(2);
		struct moment moment = cases[i].moment;

		fx_bring_up(fx, 2);
		fx->hook = enable_at_moment;
		fx->hook_data = &moment;
		fx_write8(fx, at_base(DIRECT, 0), 0x900008);
		fx->hook = NULL;
		fx_assert_calls(fx, cases[i].calls);
		assert_true(fx_read8(fx, at_base(DIRECT, 0)) == base_of(0));
		assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_BASE_IN_USE), 1);
		assert_int_equal(fx_read(fx, at_queue(DIRECT, 0, QSTATUS)), 1);
		fixture_free(fx);
	}
}

/* [DEV-12] */
TEST(status_and_config_are_each_loaded_once_per_look)
{
	struct fixture *fx = fixture_new(1);
	int unmap;

	fx_bring_up(fx, 1);
	fx_write8(fx, at_base(DIRECT, 0), 0x900008);
	unmap = fx_find(fx, CALL_UNMAP, 0, 0);
	assert_int_equal(unmap, 2);
	assert_in_range(fx_find_reg(fx, CALL_READ, 0, QSTATUS, 0), 0, 1);
	assert_in_range(fx_find_reg(fx, CALL_READ, 0, QCONFIG, 0), 0, 1);
	assert_in_range(fx_find_reg(fx, CALL_READ, 0, QSTATUS, 3), 3, 4);
	assert_in_range(fx_find_reg(fx, CALL_READ, 0, QCONFIG, 3), 3, 4);
	fixture_free(fx);
}

/* [DEV-11] [DEV-12]: what is staged for one queue frees no other one. */
TEST(staged_halves_of_several_queues_are_judged_as_the_queues_stood)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_store(fx, 1, QCONFIG, 1);
	fx_write(fx, at_base(VINTF, 0), 0x900008);
	fx_write(fx, at_base(VINTF, 1), 0xA00008);
	fx_write(fx, AT_VINTF_CONFIG, 1);
	assert_int_equal(fx_read8(fx, at_base(VINTF, 0)), 0x900008);
	assert_true(fx_read8(fx, at_base(VINTF, 1)) == base_of(1));
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_GUEST_BASE_IN_USE), 1);
	assert_int_equal(fx->num_bound, 2);
	assert_int_equal(fx_read(fx, at_queue(VINTF, 1, QSTATUS)), 1);
	fixture_free(fx);
}

/* [DEV-11] [DEV-27] */
TEST(one_write_that_commits_for_every_queue_moves_each_once)
{
	struct fixture *fx = fixture_new(128);

	fx_bring_up(fx, 128);
	for (uint32_t q = 0; q < 128; q++)
		fx_write(fx, at_base(VINTF, q) + 4, 1);
	fx_write(fx, AT_CONFIG, 1);
	assert_int_equal(fx_count(fx, CALL_UNBIND), 128);
	assert_int_equal(fx_count(fx, CALL_BIND), 128);
	assert_int_equal(fx_count(fx, CALL_UNMAP), 1);
	assert_int_equal(fx_count(fx, CALL_MAP), 1);
	for (uint32_t q = 0; q < 128; q++)
		assert_true(fx->live[q].gpa == 0x100000000 + 0x100000ULL * (q + 1));
	fixture_free(fx);
}

/* [DEV-22] */
TEST(a_map_loads_gerror_and_gerrorn_of_each_bound_queue_once)
{
	static const uint64_t views[] = {AT_CMDQ_ERR_MAP, AT_LVCMDQ_ERR_MAP, AT_VI_ERR_MAP,
					 AT_VINTF_STATUS};
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 2);
	for (size_t i = 0; i < 4; i++) {
		fx_read(fx, views[i]);
		assert_int_equal(fx_count(fx, CALL_READ), 4);
		for (uint32_t q = 0; q < 2; q++) {
			assert_true(fx_find_reg(fx, CALL_READ, q, GERROR, 0) >= 0);
			assert_true(fx_find_reg(fx, CALL_READ, q, GERRORN, 0) >= 0);
		}
	}
	fixture_free(fx);
}

/* A guest that writes random words over its registers at every moment. */
static void scribble(struct fixture *fx, const struct call *call)
{
	uint32_t *seed = fx->hook_data;

	(void)call;
	if (!fx->mapped)
		return;
	*seed = *seed * 1664525 + 1013904223;
	fx->live[*seed >> 30 & 1].reg[(*seed >> 16) % 6] = *seed;
}

/* [DEV-22] */
TEST(words_that_change_between_loads_break_nothing)
{
	struct fixture *fx = fixture_new(2);
	uint32_t seed = 1;

	fx_bring_up(fx, 2);
	fx->hook = scribble;
	fx->hook_data = &seed;
	for (uint32_t i = 0; i < 2000; i++) {
		fx_write8(fx, at_base(DIRECT, i % 2), base_of(i % 7));
		fx_read(fx, AT_VI_ERR_MAP);
		fx_read(fx, AT_LVCMDQ_ERR_MAP);
		fx_write(fx, at_alloc(i % 2), alloc_of(i % 2) & ~(i >> 4 & 1));
		fx_write(fx, at_queue(VINTF, i % 2, PROD), i);
	}
	fx->hook = NULL;
	fixture_free(fx);
}
