/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a queue: ready, bound, waiting, failed, held, and what it carries along. Random lives
 * are led in tests/scenario/device_reference_test.c.
 */
#include "device_script.h"

#include <limits.h>

#include <errno.h>
#include <stdio.h>

/* What a bind that carries nothing along asks of the backend. */
#define BINDS_0 "bind(0) write(0,cons,0) write(0,prod,0) write(0,gerrorn,0) write(0,config,0)"

/* LVCMDQ 0 runs, LVCMDQ 1 was refused. */
#define FAILED_1 "up=1 page0.config=1 page0.prod=3 deny1=ENOSPC ready=1 "

/* Nothing of the failure is left. */
#define CLEAR "vi_err?0 life1?idle bind_error1?0 "

/* LVCMDQ 1 has an error, and goes because LVCMDQ 0 does. */
#define HELD_1 "up=3 page1.config=1 page1.cons=0x3000005 raise1=1 alloc0=0 "

static const struct script scripts[] = {
	{"[DEV-9] a waiting LVCMDQ shows STATUS 0 and no error; its BASE is not looked at yet", 2,
	 "up=0 alloc1=3 v1.config=1 v1.base:=3 life1?waiting v1.status?0 v1.gerror?0 "
	 "guest-errors?0"},
	{"[DEV-9] [DEV-15] a waiting LVCMDQ keeps its values until it is bound again", 4,
	 "up=3 page0.cons=0x20 page1.cons=0x21 page2.cons=0x22 "
	 "page0.prod=0x30 page1.prod=0x31 page2.prod=0x32 "
	 "page0.config=1 page1.config=1 page2.config=1 alloc0=0 "
	 "[unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1) write(0,config,0) "
	 "unbind(0)] "
	 "v1.cons?0x21 v1.prod?0x31 v1.config?1 v1.status?0 "
	 "v2.cons?0x22 v2.prod?0x32 v2.config?1 v2.status?0 v2.prod=0x33 alloc0=1 "
	 "[" BINDS_0 " "
	 "bind(1) write(1,cons,33) write(1,prod,49) write(1,gerrorn,0) write(1,config,1) "
	 "bind(2) write(2,cons,34) write(2,prod,51) write(2,gerrorn,0) write(2,config,1) map]"},
	{"[DEV-9] [DEV-6] [DEV-31] a queue that never disables is unbound all the same", 2,
	 "up=1 stuck0=1 page0.config=1 alloc0=0 [unmap write(0,config,0) unbind(0)] "
	 "guest-stuck-queue?1 log?stuck-queue log_level?host d0.status?0"},
	{"[DEV-15] a queue rebound after an acknowledged error has none pending", 2,
	 "up=2 raise1=1 page1.gerrorn=1 page1.config=1 page1.cons=0x1000005 v0.base:=0x900008 "
	 "page1.gerrorn?1 page1.cons?5 vi_err?0 config=0 config=1 page1.gerrorn?1 vi_err?0"},
	{"[DEV-15] a queue that is handed over enabled is taken down first", 1,
	 "left_config0=1 left_status0=1 up=1 [bind(0) write(0,config,0) write(0,cons,0) "
	 "write(0,prod,0) write(0,gerrorn,0) write(0,config,0) map]"},
	{"[DEV-15] also one of which CONFIG alone says so", 1,
	 "left_config0=1 up=1 [bind(0) write(0,config,0) write(0,cons,0) write(0,prod,0) "
	 "write(0,gerrorn,0) write(0,config,0) map]"},
	{"[DEV-15] or STATUS alone", 1,
	 "left_status0=1 up=1 [bind(0) write(0,config,0) write(0,cons,0) write(0,prod,0) "
	 "write(0,gerrorn,0) write(0,config,0) map]"},
	{"[DEV-15] [DEV-17] a queue that does not go down is a failed bind", 1,
	 "left_config0=1 left_status0=1 stuck0=1 up=1 [bind(0) write(0,config,0) unbind(0) pulse] "
	 "life0?failed bind_error0?ETIMEDOUT log?bind-failed"},

	{"[DEV-17] [DEV-18] a failed bind of LVCMDQ 1 leaves LVCMDQ 0 running and shows itself", 4,
	 FAILED_1 "[unmap bind(1)! pulse] page?none life1?failed bind_error1?ENOSPC "
		  "log?bind-failed log_level?host v1.gerror?4 v1.gerrorn?0 vi_err?1 lvcmdq_err:?2 "
		  "vstatus?3 v0.status?1 v0.prod?3 v0.prod=4 [write(0,prod,4)]"},
	{"[DEV-17] [DEV-24] a masked failure pulses when the mask goes", 2,
	 "deny0=ENOENT mask=1 up=1 [bind(0)!] mask=0 [pulse]"},
	{"[DEV-17] a failure that is pending already pulses no more", 4,
	 FAILED_1 "v1.base:=0x900008 [bind(1)!] v1.gerror?4 v1.gerrorn=4 vi_err?0 "
		  "v1.base:=0xA00008 [bind(1)! pulse] v1.gerror?0 v1.gerrorn?4 vi_err?1"},
	{"[DEV-17] a failure that was cleared stays so when the queue is unbound again", 4,
	 FAILED_1 "v1.gerrorn=4 deny1=0 v1.base:=0x900008 bound?2 v1.base:=0 vi_err?0"},
	{"[DEV-17] nor does it come back if the guest never acknowledged it", 4,
	 FAILED_1 "deny1=0 v1.base:=0x900008 bound?2 v1.base:=0 d1.gerror?0 " CLEAR},
	{"[DEV-17] one that the guest acknowledged is not pending once it is cleared", 4,
	 FAILED_1 "v1.gerrorn=4 v1.base:=0 d1.gerror?4 d1.gerrorn?4 " CLEAR},
	{"[DEV-8] [DEV-17] a failed LVCMDQ is tried again when the one below is bound anew", 4,
	 FAILED_1 "v0.config=0 v0.base:=0x900008 binds?2 bind-failures?2 bound?1 deny1=0 alloc0=0 "
		  "life1?failed alloc0=1 bound?2 mapped?1 vi_err?0"},
	{"[DEV-17] [DEV-9] a failed LVCMDQ holds back those above it without an error", 4,
	 FAILED_1 "ready=2 [] life2?waiting lvcmdq_err:?2 deny1=0 v1.base:=0x900008 bound?3"},
	{"[DEV-17] BASE 0 clears a failure", 4, FAILED_1 "v1.base:=0 [map] " CLEAR "mapped?1"},
	{"[DEV-17] so does a lost allocation", 4, FAILED_1 "alloc1=2 [map] " CLEAR "mapped?1"},
	{"[DEV-17] an allocation elsewhere", 4, FAILED_1 "alloc1=5 [map] " CLEAR "mapped?1"},
	{"[DEV-17] the CMDQV disabled", 4,
	 FAILED_1 "config=0 [write(0,config,0) unbind(0)] " CLEAR "mapped?0"},
	{"[DEV-17] the VINTF disabled", 4,
	 FAILED_1 "vconfig=0 [write(0,config,0) unbind(0)] " CLEAR "mapped?0"},
	{"[DEV-17] and a bind", 4,
	 FAILED_1 "deny1=0 v1.base:=0x900008 [bind(1) write(1,cons,0) write(1,prod,0) "
		  "write(1,gerrorn,0) write(1,config,0) map] "
		  "vi_err?0 life1?bound bind_error1?0 d1.gerror?0 mapped?1"},

	{"[DEV-31] [DEV-18] page 0 stays away once an unbind failed: queue 1 may live on in it", 2,
	 "up=2 page?mapped breaks=1 alloc1=2 bound?1 broken?ETIMEDOUT page?none used?1"},
	{"[DEV-31] a broken backend is told once and binds nothing more", 2,
	 "up=2 breaks=1 config=0 bound?0 broken?ETIMEDOUT log?backend-broken logs?1 "
	 "config=1 bind_error0?EIO bound?0 log?bind-failed reset=1 up=2 bind_error0?EIO "
	 "log?bind-failed logs?3"},

	{"[DEV-32] an error survives the unbind of the queue below, and is pulsed once more", 4,
	 HELD_1 "[unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1) write(0,config,0) "
		"unbind(0) pulse] life1?held lvcmdq_err?2 v1.cons?0x3000005 "
		/* LVCMDQ 0 is back, but the page is not: the error must be seen. */
		"alloc0=1 [" BINDS_0 "] life0?bound life1?held life2?waiting "
		"v1.gerrorn=4 life1?held " /* not the acknowledgement */
		"v1.gerrorn=1 [bind(1) write(1,cons,5) write(1,prod,0) write(1,gerrorn,1) "
		"write(1,config,1) bind(2) write(2,cons,0) write(2,prod,0) write(2,gerrorn,0) "
		"write(2,config,0) map] lvcmdq_err?0 queues-held?1"},
	{"[DEV-32] so does one that does not stop the queue", 2,
	 "up=2 raise1=2 alloc0=0 life1?held lvcmdq_err?2 v1.gerror?2 v1.gerrorn?0 alloc0=1 "
	 "bound?1 v1.gerrorn=2 bound?2 lvcmdq_err?0"},
	{"[DEV-32] a queue is held until each of its errors is acknowledged", 2,
	 "up=2 raise1=5 alloc0=0 alloc0=1 v1.gerrorn=1 life1?held lvcmdq_err?2 v1.gerrorn=4 "
	 "life1?held v1.gerrorn=5 bound?2 lvcmdq_err?0"},
	{"[DEV-32] a masked error is held without a pulse", 4,
	 "mask=1 " HELD_1 "[unmap write(2,config,0) unbind(2) write(1,config,0) unbind(1) "
	 "write(0,config,0) unbind(0)] life1?held mask=0 [pulse]"},
	{"[DEV-32] a held queue that its guest takes away forgets its error", 4,
	 HELD_1 "alloc1=0 life1?idle lvcmdq_err?0 vconfig=0"},
	{"[DEV-32] also by a BASE of 0, and GERROR shows none", 4,
	 HELD_1 "v1.gerror?1 d1.base:=0 life1?idle lvcmdq_err?0 v1.gerror?0"},
	{"[DEV-32] a queue that its own guest unbinds is not held", 1,
	 "up=1 raise0=1 alloc0=0 life0?idle queues-held?0"},
	{"[DEV-33] a queue that does not drain is counted and goes", 2,
	 "up=2 page1.config=1 page1.prod=20 alloc0=0 bound?0 undrained?1"},
	{"[DEV-33] nor does one whose PROD has gone round before CONS did", 2,
	 "up=2 page1.config=1 page1.cons=0x1FE page1.prod=2 alloc0=0 d1.cons?0x1FE undrained?1"},
	{"[DEV-33] one that is disabled, or stands, has nothing to wait for", 4,
	 "up=3 page1.prod=20 page2.config=1 page2.prod=20 raise2=1 alloc0=0 bound?0 undrained?0"},
};
SCRIPTS(scripts)

/* ---- readiness ---- */

static const char *const base_forms[] = {"d0.base:=0x100008", "d0.base=0x100008 d0.base+4=0",
					 "d0.base+4=0 d0.base=0x100008"};

/* [DEV-8] [DEV-18] */
TEST(the_four_conditions_may_come_in_any_order)
{
	const char *conditions[] = {"alloc0=1", "config=1", "vconfig=1", NULL};
	uint32_t orders = 0;

	for (uint32_t code = 0; code < 256; code++) {
		uint32_t seen = 0;

		for (uint32_t i = 0; i < 4; i++)
			seen |= 1U << (code >> 2 * i & 3);
		if (seen != 0xF)
			continue;
		orders++;
		for (uint32_t form = 0; form < 3; form++) {
			struct fixture *fx = fixture_new(2);

			conditions[3] = base_forms[form];
			fx_run(fx, "config=0");
			for (uint32_t i = 0; i < 4; i++)
				fx_run(fx, "binds?0 %s", conditions[code >> 2 * i & 3]);
			fx_run(fx, "[" BINDS_0 " map] gpa0?0x100000");
			assert_int_equal(fx->live[0].bytes, 4096);
			fixture_free(fx);
		}
	}
	assert_int_equal(orders, 24);
}

/* [DEV-8] [DEV-17] */
TEST(nothing_is_tried_on_a_write_that_changes_nothing)
{
	static const char *const errors[] = {"", "deny1=ENOSPC", "deny0=ENOENT"};
	static const char *const writes[] = {
		"config=1",    "vconfig=1",	    "vconfig=0x11",	 "alloc0=1",
		"alloc1=3",    "d0.base:=0x100008", "d0.base=0x100008",	 "d0.base+4=0",
		"d0.base+4=0", "d0.base=0x100008",  "d1.base:=0x200008", "d1.base=0x200008",
		"d1.base+4=0", "v0.cons=0",	    "v0.prod=0",	 "v0.config=0",
		"v0.status=0", "v0.gerror=0",	    "v1.cons=0",	 "v1.prod=0",
		"v1.config=0", "v1.status=0",	    "v1.gerror=0"};

	for (size_t i = 0; i < 3; i++) {
		struct fixture *fx = fixture_new(2);

		fx_run(fx, "config=1 %s up=2", errors[i]);
		for (size_t w = 0; w < COUNT(writes); w++) {
			fx_run(fx, "%s", writes[w]);
			if (fx_count(fx, CALL_BIND) + fx_count(fx, CALL_UNBIND))
				fail_msg("%s after %s", writes[w], errors[i]);
		}
		fixture_free(fx);
	}
}

/* [DEV-9] */
TEST(lvcmdqs_bind_ascending_whatever_order_the_guest_takes)
{
	for (uint32_t code = 0; code < 256; code++) {
		struct fixture *fx = fixture_new(4);
		uint32_t given = 0;

		fx_run(fx, "vconfig=1");
		for (uint32_t i = 0; i < 4; i++) {
			uint32_t q = code >> (2 * i) & 3, prefix = 0;

			given |= 1U << q;
			while (given >> prefix & 1)
				prefix++;
			fx_run(fx, "ready=%u bound?%u vi_err?0", q, prefix);
			for (uint32_t w = prefix; w < 4; w++)
				fx_run(fx, "life%u?%s", w, given >> w & 1 ? "waiting" : "idle");
		}
		for (uint32_t i = 4; i-- > 0;) {
			fx_run(fx, "alloc%u=0", code >> (2 * i) & 3);
			assert_in_range(fx->num_bound, 0, code >> (2 * i) & 3);
		}
		fixture_free(fx);
	}
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
	disabled = fx_find(fx, CALL_READ, 1, QSTATUS,
			   (uint32_t)fx_find(fx, CALL_WRITE, 1, QCONFIG, 0));
	assert_true(disabled > 0);
	assert_true(fx_find(fx, CALL_READ, 1, CONS, (uint32_t)disabled) > disabled);
	assert_int_equal(fx_find(fx, CALL_READ, 1, CONS, (uint32_t)disabled + 3), -1);
	assert_int_equal(fx->queues[1].cons, 0x77);
	assert_int_equal(fx->queues[1].prod, 0x99);
	assert_true(fx->queues[1].en);
	fixture_free(fx);
}

/* A queue that is told to go down does so just before the n-th look at its STATUS. */
static void go_down_late(struct fixture *fx, const struct call *call)
{
	if (call->kind == CALL_READ && call->reg == QSTATUS && --fx->hook_count == 0)
		fx->live[0].reg[QSTATUS / 4] = 0;
}

/* [DEV-15] [DEV-9] backend.h: 10000 looks are what hardware has. */
TEST(a_queue_that_takes_its_time_is_seen_to_go_down)
{
	for (uint32_t late = 0; late < 2; late++) {
		struct fixture *fx = fixture_new(1);

		fx->hook_count = 10000 + late;
		fx->hook = go_down_late;
		fx_run(fx, "left_config0=1 left_status0=1 stuck0=1 up=1 life0?%s bound?%u",
		       late ? "failed" : "bound", 1 - late);
		fixture_free(fx);

		fx = fixture_new(1);
		fx_run(fx, "up=1 stuck0=1 page0.config=1");
		fx->hook_count = 10000 + late;
		fx->hook = go_down_late;
		fx_run(fx, "alloc0=0 guest-stuck-queue?%u bound?0", late);
		fixture_free(fx);
	}
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

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *fx = fixture_prepare(1);
		bool good = cases[i].bytes != 0;

		fx->config.cmdqs = cases[i].cmdqs;
		fx->ram_bytes = 0x100000000;
		fixture_create(fx);
		fx_run(fx,
		       "vconfig=1 alloc0=1 v0.base:=0x%llx [%s] guest-bad-base?%d bind-failures?%d",
		       (unsigned long long)cases[i].base, good ? BINDS_0 " map" : "pulse", !good,
		       !good);
		assert_int_equal(fx->live[0].bytes, cases[i].bytes);
		fixture_free(fx);
	}
}

/* [DEV-10] RAM begins and ends in the middle of where a ring of 4 KiB would lie. */
TEST(a_ring_that_leaves_ram_at_either_end_is_refused)
{
	static const struct {
		uint64_t base;
		bool good;
	} cases[] = {{0x40000008, true},  {0x3FFFF008, false}, {0x4000F008, true},
		     {0x40010008, false}, {0x40000007, true},  {0x3FFFF007, false},
		     {0x3FFFF807, true},  {0x40010007, true},  {0x40010807, false}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *fx = fixture_prepare(1);

		fx->ram_gpa = 0x3FFFF800;
		fx->ram_bytes = 0x11000;
		fixture_create(fx);
		fx_run(fx, "vconfig=1 alloc0=1 v0.base:=0x%llx bound?%d bind_error0?%d",
		       (unsigned long long)cases[i].base, cases[i].good,
		       cases[i].good ? 0 : EFAULT);
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

	for (size_t i = 0; i < COUNT(cases); i++) {
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
		gerror = fx_find(fx, CALL_READ, 0, GERROR, 0);
		assert_true(gerror > fx_find(fx, CALL_BIND, 0, 0, 0));
		assert_true(gerror < fx_find(fx, CALL_WRITE, 0, GERRORN, 0));
		assert_int_equal(fx_find(fx, CALL_READ, 0, GERROR, (uint32_t)gerror + 1), -1);
		assert_int_equal(fx_read(fx, AT_VI_ERR_MAP), 0);
		fixture_free(fx);
	}
}

/* [DEV-17] [DEV-35]: what the backend answers, and what is no errno. */
TEST(every_errno_of_a_backend_is_shown_and_what_is_none_is_clamped)
{
	static const struct {
		int answer;
		int shown;
	} cases[] = {{-ENOENT, ENOENT}, {-EFAULT, EFAULT}, {-ENOSPC, ENOSPC}, {-ENOMEM, ENOMEM},
		     {-EBUSY, EBUSY},	{-4095, 4095},	   {INT_MIN, EIO},    {INT_MIN + 1, EIO},
		     {-4096, EIO},	{1, EIO},	   {INT_MAX, EIO}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *fx = fixture_new(1);

		fx->map_error = cases[i].answer;
		fx_run(fx, "up=1 page?trapped page_error?%d reset=1", cases[i].shown);
		fx->bind_errors[0] = cases[i].answer;
		fx_run(fx, "up=1 bind_error0?%d bind-failures?1 guest-errors?0", cases[i].shown);
		fixture_free(fx);
	}
}

/* [DEV-31] As when the kernel made a queue that nothing can name: the page is gone for good. */
static void break_at_bind(struct fixture *fx, const struct call *call)
{
	if (call->kind == CALL_BIND && call->queue == 1)
		fx->broken = -EPROTO;
}

TEST(a_bind_that_breaks_the_backend_is_told_once)
{
	struct fixture *fx = fixture_new(2);

	fx->hook = break_at_bind;
	fx_run(fx, "up=2 bound?1 page?none broken?EPROTO log?backend-broken logs?2 "
		   "v1.base:=0x900008 log?bind-failed logs?3");
	fixture_free(fx);
}

/* ---- [DEV-33] ---- */

/* The engine executes while the device looks. */
static void consume_one(struct fixture *fx, const struct call *call)
{
	uint32_t *reg = fx->live[1].reg;

	if (call->kind == CALL_READ && call->queue == 1 && call->reg == CONS &&
	    (reg[CONS / 4] & 0xFFFFF) != reg[PROD / 4])
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
	assert_true(fx_find(fx, CALL_READ, 1, CONS, 0) < fx_find(fx, CALL_WRITE, 1, QCONFIG, 0));
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_UNDRAINED), 0);
	fixture_free(fx);
}

/* CONS.ERR says something only while an error is pending: it may be that of the last one. */
TEST(the_code_of_an_error_that_was_acknowledged_keeps_no_queue_from_draining)
{
	struct fixture *fx = fixture_new(2);

	fx_run(fx,
	       "up=2 raise1=1 page1.gerrorn=1 page1.config=1 page1.cons=0x3000004 page1.prod=20");
	fx->hook = consume_one;
	fx_run(fx, "alloc0=0 d1.cons?0x3000014 undrained?0");
	fx->hook = NULL;
	fx_run(fx, "alloc0=1 page1.cons=0x3000004 alloc0=0 undrained?1");
	fixture_free(fx);
}

/* It stops at an error that GERROR tells of a moment after CONS. */
static void stop_while_it_drains(struct fixture *fx, const struct call *call)
{
	if (call->kind != CALL_READ || call->queue != 1)
		return;
	if (call->reg == CONS && ++fx->hook_count == 100)
		fx->live[1].reg[CONS / 4] = 0x3000005;
	if (call->reg == CONS && fx->hook_count == 102)
		fx_raise(fx, 1, CMDQ_ERR);
}

TEST(a_queue_that_stops_while_it_drains_is_held_and_not_waited_for)
{
	struct fixture *fx = fixture_new(2);

	fx_run(fx, "up=2 page1.config=1 page1.cons=4 page1.prod=20");
	fx->hook = stop_while_it_drains;
	fx_run(fx, "alloc0=0 d1.cons?0x3000005 life1?held undrained?0");
	assert_in_range(fx->hook_count, 102, 110);
	fixture_free(fx);
}
