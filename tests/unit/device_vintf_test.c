/* SPDX-License-Identifier: BSD-2-Clause */
/* The VINTF block as a guest sees it. */
#include "device_script.h"

static const struct script scripts[] = {
	{"[DEV-26] [DEV-5] HYP_OWN reads 0 and the VMID is kept", 2,
	 "vconfig=0x20000 vconfig?0 vconfig=0x20001 vconfig?1 "
	 "vconfig=0xFFFFFFFF vconfig?0x1FFFF"},
	{"[DEV-26] SID tables reach neither backend nor VMM", 2,
	 "up=2 sid_match0=0x1FFFFF calls?0 sid_replace0=0xFFFFF calls?0"},
	{"[DEV-13] enabled needs both enables", 2,
	 "config=0 vconfig=1 vstatus?0 config=1 vstatus?1 vconfig=0 vstatus?0"},
	{"[DEV-5] [DEV-23] STATUS shows pending errors and no number of queues", 128,
	 "up=1 vstatus?1 raise0=1 vstatus?3 v0.gerrorn=1 vstatus?1"},
	{"[DEV-5] the global filter reads 0", 2,
	 "0x100C=0xFFFFFFFF 0x1010=0xFFFFFFFF 0x100C?0 0x1010?0 guest-errors?0"},
	{"[DEV-13] [DEV-8] a VMID written while enabled leaves the queues alone", 2,
	 "up=2 vconfig=0x1235 [] vconfig?0x1235"},
	{"[DEV-3] [DEV-23] the map of 64 queues is read with one load", 64,
	 "up=64 raise0=1 raise33=1 raise63=2 lvcmdq_err:?0x8000000200000001"},
	{"[DEV-13] disabling the VINTF zeroes all shadows while the CMDQV is enabled", 4,
	 "up=2 shadow0=7 shadow1=7 shadow2=7 shadow3=7 vconfig=0xFFFE bound?0 "
	 "shadow0?0 shadow1?0 shadow2?0 shadow3?0 vconfig=1 bound?2"},
	{"[DEV-13] and while it is disabled", 4,
	 "up=2 config=0 shadow0=7 shadow1=7 shadow2=7 shadow3=7 vconfig=0xFFFE bound?0 "
	 "shadow0?0 shadow1?0 shadow2?0 shadow3?0 config=1 vconfig=1 bound?2"},
};
SCRIPTS(scripts)

/* [DEV-26] [DEV-2] */
TEST(sid_tables_are_kept_for_the_sid_slots_that_exist)
{
	for (uint32_t sids = 1; sids <= 16; sids *= 2) {
		struct fixture *fx = fixture_prepare(2);

		fx->config.num_sids = sids;
		fixture_create(fx);
		for (uint32_t s = 0; s < 16; s++)
			fx_run(fx, "sid_match%u=%u sid_replace%u=%u", s, 0xFFFFFFF0 | s, s,
			       0xFFFFFFE0 | s);
		for (uint32_t s = 0; s < 16; s++)
			fx_run(fx, "sid_match%u?%u sid_replace%u?%u", s,
			       s < sids ? 0x1FFFF0 | s : 0, s, s < sids ? 0xFFFE0 | s : 0);
		assert_int_equal(fx_guest_errors(fx), 0);
		fixture_free(fx);
	}
}

/*
 * [DEV-2] [DEV-26] Linux (6.17) clears as many SID slots as PARAM says, and a guest's Linux fills
 * none: it has no VINTF to give away.
 */
TEST(a_guest_sees_16_sid_slots_however_few_the_backend_has)
{
	for (uint32_t sids = 1; sids <= 16; sids *= 2) {
		struct fixture *fx = fixture_prepare(2);

		fx->geometry.num_sids = sids;
		fixture_create(fx);
		fx_run(fx, "up=2 param?0x4011");
		for (uint32_t s = 0; s < 16; s++)
			fx_run(fx, "sid_match%u=0x%x calls?0 sid_replace%u=0x%x calls?0", s,
			       2 * s | 1, s, s);
		for (uint32_t s = 0; s < 16; s++)
			fx_run(fx, "sid_match%u?0x%x sid_replace%u?0x%x", s, 2 * s | 1, s, s);
		for (uint32_t s = 0; s < 16; s++)
			fx_run(fx, "sid_match%u=0 sid_replace%u=0 sid_match%u?0 sid_replace%u?0", s,
			       s, s, s);
		fx_run(fx, "bound?2 guest-errors?0");
		fixture_free(fx);
	}
}

/* [DEV-2] */
TEST(other_vintfs_read_0_and_are_no_error)
{
	struct fixture *fx = fixture_new(2);

	for (uint32_t at = 0x1100; at < 0x5000; at += 0x100)
		fx_run(fx, "0x%x=0xFFFFFFFF 0x%x?0 0x%x?0 0x%x=0xFFFFFFFF 0x%x?0 0x%x:?0", at, at,
		       at + 4, at + 0x40, at + 0x40, at + 0xC0);
	fx_run(fx, "guest-errors?0 vconfig?0");
	fixture_free(fx);
}
