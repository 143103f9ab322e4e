/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a queue, in both apertures: shadow, live page, BASE. */
#include "device_script.h"

static const struct script scripts[] = {
	{"[DEV-7] [DEV-5] shadow registers keep exactly their fields", 2,
	 "shadow1?0 d1.cons=0xFFFFFFFF d1.cons?0x7F0FFFFF d1.prod=0xFFFFFFFF d1.prod?0xFFFFF "
	 "d1.config=0xFFFFFFFF d1.config?1 d1.status=0xFFFFFFFF d1.status?0 "
	 "d1.gerror=0xFFFFFFFF d1.gerror?0 d1.gerrorn=0xFFFFFFFF d1.gerrorn?7 calls?0 "
	 "guest-errors?0"},
	{"[DEV-14] an LVCMDQ without an allocation hides from the VINTF aperture", 2,
	 "v1.cons=7 v1.prod=7 v1.config=7 v1.status=7 v1.gerror=7 v1.gerrorn=7 "
	 "v1.base:=0x200008 v1.base=1 v1.base+4=1 v1.indx:=7 shadow1?0 d1.base:?0 d1.indx:?0 "
	 "d1.prod=5 d1.base:=0x200008 d1.indx:=0x40 d1.prod?5 v1.prod?0 "
	 "d1.base:?0x200008 v1.base:?0 v1.indx:?0 "
	 "alloc1=3 v1.prod?5 v1.base:?0x200008 v1.indx:?0x40 guest-errors?0"},
	{"[DEV-3] an 8-byte write to page 0 is two stores, low first", 2,
	 "up=1 v0.cons:=0x900000007 [write(0,cons,7) write(0,prod,9)] "
	 "d0.config:=0xFFFFFFFF00000001 [write(0,config,1)] d0.config:?0x100000001"},
	{"[DEV-16] EN of an unbound LVCMDQ is kept without an EN_OK and takes effect at bind", 2,
	 "d0.config=1 d0.config?1 d0.status?0 en0?1 up=1 v0.config?1 v0.status?1 en_ok0?1"},
	{"[DEV-16] a failed LVCMDQ never says EN_OK", 2,
	 "deny0=ENOSPC up=1 v0.config=1 v0.config?1 v0.status?0 v0.gerror?4"},
	{"[DEV-11] one half commits and binds with the write that completes the set", 2,
	 "alloc0=1 v0.base=0x100008 vconfig=1 bound?1 gpa0?0x100000 "
	 "d1.base=0x200008 alloc1=3 bound?2 gpa1?0x200000"},
	{"[DEV-11] halves by different apertures meet", 2,
	 "alloc0=1 v0.base=0x300008 d0.base+4=2 d0.base:?0x200300008 v0.base?0x300008 v0.base+4?2"},
	{"[DEV-5] [DEV-26] BASE and CONS_INDX_BASE have 48 bits", 2,
	 "d1.base:=0xFFFFFFFFFFFFFFFF d1.base:?0xFFFFFFFFFFFF "
	 "d1.indx:=0xFFFFFFFFFFFFFFFF d1.indx:?0xFFFFFFFFFFFF "
	 "d1.indx=5 d1.indx+4=0xFFFF0006 d1.indx:?0x600000005 binds?0"},
	{"[DEV-12] the same BASE again does nothing, whether the queue is enabled or not", 2,
	 "up=2 v0.base:=0x100008 [] v0.base=0x100008 v0.base+4=0 [] "
	 "page0.config=1 v0.base:=0x100008 [] v0.base=0x100008 v0.base+4=0 [] guest-errors?0"},
	{"[DEV-12] [DEV-9] BASE of a disabled queue moves it and the queues above return", 4,
	 "up=3 page2.prod=5 page2.config=1 d1.base:=0x900008 "
	 "[unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1) "
	 "bind(1) write(1,cons,0) write(1,prod,0) write(1,gerrorn,0) write(1,config,0) "
	 "bind(2) write(2,cons,0) write(2,prod,5) write(2,gerrorn,0) write(2,config,1) map] "
	 "gpa1?0x900000 d1.base:=0 "
	 "[unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1)] "
	 "life1?idle life2?waiting d2.prod?5 en2?1"},
	{"[DEV-11] [DEV-12] what is staged for one queue frees no other one", 2,
	 "up=2 page1.config=1 v0.base=0x900008 v1.base=0xA00008 vconfig=1 v0.base:?0x900008 "
	 "v1.base:?0x200008 guest-base-in-use?1 bound?2 v1.status?1"},
};
SCRIPTS(scripts)

/* [DEV-2] */
TEST(lvcmdqs_from_n_on_read_0_and_are_no_error)
{
	struct fixture *fx = fixture_new(2);

	for (uint32_t q = 2; q < 128; q++)
		for (const char *a = "dv"; *a; a++) {
			for (uint32_t reg = CONS; reg <= GERRORN; reg += 4)
				fx_run(fx, "%c%u.cons+%u=0xFFFFFFFF %c%u.cons+%u?0", *a, q, reg, *a,
				       q, reg);
			fx_run(fx, "%c%u.base:=0x100008 %c%u.base:?0 %c%u.indx+4=7 %c%u.indx:?0",
			       *a, q, *a, q, *a, q, *a, q);
		}
	assert_int_equal(fx_guest_errors(fx), 0);
	fixture_free(fx);
}

/* [DEV-21] [DEV-22] */
TEST(a_bound_lvcmdq_is_the_live_page_through_both_apertures)
{
	static const uint32_t masks[] = {0x7F0FFFFF, 0x000FFFFF, 1, 1, 7, 7};
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	for (uint32_t i = 0; i < 6; i++)
		for (const char *a = "dv"; *a; a++) {
			fx->live[1].reg[i] = masks[i];
			fx->noise = 0;
			fx_run(fx, "%c1.cons+%u?%u reads?1", *a, 4 * i, masks[i]);
			fx->noise = 0x80F00000;
			fx_run(fx, "%c1.cons+%u?%u", *a, 4 * i, masks[i]);
			fx->live[1].reg[i] = 0;
			fx_run(fx, "%c1.cons+%u?0", *a, 4 * i);
		}
	fixture_free(fx);
}

/* [DEV-21] [DEV-5] */
TEST(a_trapped_write_of_a_bound_lvcmdq_is_one_store_of_the_fields)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	for (const char *a = "dv"; *a; a++)
		fx_run(fx,
		       "%c1.cons=0xFFFFFFFF [write(1,cons,2131755007)] reads?0 "
		       "%c1.prod=0xFFFFFFFF [write(1,prod,1048575)] "
		       "%c1.config=0xFFFFFFFE [write(1,config,0)] "
		       "%c1.gerrorn=0xFFFFFFF8 [write(1,gerrorn,0)] "
		       "%c1.status=1 [] %c1.gerror=1 [] reads?0",
		       *a, *a, *a, *a, *a, *a);
	fixture_free(fx);
}

/* ---- BASE ---- */

#define LOW "d0.base=0x11100008 "
#define OTHER_LOW "d0.base=0x22200008 "
#define HIGH "d0.base+4=1 "
#define WHOLE "d0.base:=0x500600008 "
#define ALLOC "alloc0=1 "
#define DIRECT_CONFIG "d0.config=0 "
#define VINTF_CONFIG "v0.config=0 "
#define CMDQV_EN "config=0x20083 "
#define ENABLE "vconfig=1 "
#define RESET "reset=1 "
/* What commits nothing of LVCMDQ 0. */
#define OTHERS "d0.prod=0 mask=0 alloc1=3 d1.config=0 d0.indx:=0x123 d0.base:?0x700700008 "

/* [DEV-11] */
TEST(staged_halves_commit_as_they_should)
{
	static const struct {
		const char *steps;
		uint64_t expected;
	} cases[] = {
		{LOW, 0x700700008},
		{HIGH, 0x700700008},
		{LOW HIGH, 0x111100008},
		{HIGH LOW, 0x111100008},
		{LOW OTHER_LOW, 0x700700008},
		{LOW OTHER_LOW HIGH, 0x122200008},
		{HIGH HIGH LOW, 0x111100008},
		{LOW HIGH OTHER_LOW, 0x111100008},
		{LOW HIGH OTHER_LOW HIGH, 0x122200008},
		{WHOLE, 0x500600008},
		{LOW WHOLE, 0x500600008},
		{LOW WHOLE HIGH, 0x500600008},
		{HIGH WHOLE LOW, 0x500600008},
		{LOW WHOLE HIGH LOW, 0x111100008},
		{HIGH WHOLE DIRECT_CONFIG, 0x500600008},
		{LOW ALLOC, 0x711100008},
		{HIGH ALLOC, 0x100700008},
		{LOW DIRECT_CONFIG, 0x711100008},
		{HIGH DIRECT_CONFIG, 0x100700008},
		{LOW VINTF_CONFIG, 0x711100008},
		{HIGH VINTF_CONFIG, 0x100700008},
		{LOW CMDQV_EN, 0x711100008},
		{HIGH CMDQV_EN, 0x100700008},
		{LOW ENABLE, 0x711100008},
		{HIGH ENABLE, 0x100700008},
		{LOW DIRECT_CONFIG HIGH, 0x711100008},
		{LOW DIRECT_CONFIG HIGH ENABLE, 0x111100008},
		{LOW OTHERS, 0x700700008},
		{HIGH OTHERS LOW, 0x111100008},
		{LOW RESET, 0},
		{LOW RESET HIGH, 0},
		{LOW RESET HIGH ENABLE, 0x100000000},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (int bound = 0; bound < 2; bound++) {
			struct fixture *fx = fixture_new(2);

			fx_run(fx, "alloc0=1 d0.base:=0x700700008 vconfig=%d %sd0.base:?0x%llx",
			       bound, cases[i].steps, (unsigned long long)cases[i].expected);
			assert_int_equal(fx->num_bound,
					 fx->guest.vintf_config && fx->guest.alloc[0]);
			fixture_free(fx);
		}
}

/* [DEV-12] */
TEST(base_of_an_enabled_queue_is_ignored_and_counted)
{
	static const uint64_t values[] = {0, 0x900008, 0x900000};
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	for (uint32_t i = 0; i < 6; i++) {
		fx->live[0].reg[QCONFIG / 4] = i % 2;
		fx->live[0].reg[QSTATUS / 4] = 1 - i % 2;
		fx_run(fx, "d0.base:=0x%llx [] d0.base:?0x100008 guest-base-in-use?%u",
		       (unsigned long long)values[i / 2], i + 1);
	}
	assert_int_equal(fx_guest_errors(fx), 6);
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

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *fx = fixture_new(2);
		struct moment moment = cases[i].moment;

		fx_bring_up(fx, 2);
		fx->hook = enable_at_moment;
		fx->hook_data = &moment;
		fx_run(fx, "d0.base:=0x900008 [%s]", cases[i].calls);
		fx->hook = NULL;
		fx_run(fx, "d0.base:?0x100008 guest-base-in-use?1 d0.status?1");
		fixture_free(fx);
	}
}

/* [DEV-12] */
TEST(status_and_config_are_each_loaded_once_per_look)
{
	struct fixture *fx = fixture_new(1);

	fx_run(fx, "up=1 d0.base:=0x900008");
	assert_int_equal(fx_find(fx, CALL_UNMAP, 0, 0, 0), 2);
	for (int look = 0; look <= 3; look += 3) { /* before the page went, and after */
		assert_in_range(fx_find(fx, CALL_READ, 0, QSTATUS, (uint32_t)look), look, look + 1);
		assert_in_range(fx_find(fx, CALL_READ, 0, QCONFIG, (uint32_t)look), look, look + 1);
	}
	fixture_free(fx);
}

/* [DEV-11] [DEV-27] */
TEST(one_write_that_commits_for_every_queue_moves_each_once)
{
	struct fixture *fx = fixture_new(128);

	fx_bring_up(fx, 128);
	for (uint32_t q = 0; q < 128; q++)
		fx_run(fx, "v%u.base+4=1", q);
	fx_run(fx, "config=1 binds?256 unbinds?128");
	assert_int_equal(fx_count(fx, CALL_UNMAP), 1);
	assert_int_equal(fx_count(fx, CALL_MAP), 1);
	for (uint32_t q = 0; q < 128; q++)
		assert_int_equal(fx->live[q].gpa, 0x100000000 + 0x100000ULL * (q + 1));
	fixture_free(fx);
}

/* [DEV-22] */
TEST(a_map_loads_gerror_and_gerrorn_of_each_bound_queue_once)
{
	static const char *const views[] = {"cmdq_err?0 reads?4", "lvcmdq_err?0 reads?4",
					    "vi_err?0 reads?4", "vstatus?1 reads?4"};
	struct fixture *fx = fixture_new(4);

	fx_bring_up(fx, 2);
	for (size_t i = 0; i < 4; i++) {
		fx_run(fx, "%s", views[i]);
		for (uint32_t q = 0; q < 2; q++) {
			assert_true(fx_find(fx, CALL_READ, q, GERROR, 0) >= 0);
			assert_true(fx_find(fx, CALL_READ, q, GERRORN, 0) >= 0);
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
		fx_run(fx, "alloc%u=%u v%u.prod=%u", i % 2, alloc_of(i % 2) & ~(i >> 4 & 1), i % 2,
		       i);
	}
	fx->hook = NULL;
	fixture_free(fx);
}
