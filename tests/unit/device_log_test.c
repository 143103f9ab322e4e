/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to the VMM: few, whatever the guest does. */
#include "device_script.h"

#include <string.h>

static const struct script scripts[] = {
	{"[DEV-27] kinds are counted apart", 2,
	 "0xC?0 0xC?0 0xC?0 logs?2 alloc0=3 logs?3 log?guest-alloc log_count?1"},
	{"[DEV-27] a reset does not start the counts anew", 2,
	 "0xC?0 reset=1 0xC?0 reset=1 0xC?0 reset=1 0xC?0 logs?3"},
};
SCRIPTS(scripts)

/* [DEV-27] [DEV-6] */
TEST(a_message_comes_at_its_1st_2nd_4th_8th_time_with_the_count)
{
	struct fixture *fx = fixture_new(2);
	uint64_t next = 1;

	for (uint64_t i = 1; i <= 5000; i++) {
		uint32_t before = fx->num_logs;

		fx_access(fx, 0x2, 4, true, 0);
		assert_int_equal(fx->num_logs, before + (i == next));
		if (i != next)
			continue;
		fx_run(fx, "log?guest-access log_level?guest log_count?%llu",
		       (unsigned long long)i);
		next *= 2;
	}
	assert_int_equal(fx->num_logs, 13);
	fixture_free(fx);
}

/* [DEV-27] [DEV-17] */
TEST(a_guest_that_fails_binds_for_ever_is_told_few_times)
{
	struct fixture *fx = fixture_new(2);

	fx_run(fx, "vconfig=1 alloc0=1");
	for (uint32_t i = 0; i < 1000; i++)
		fx_run(fx, "v0.base:=0x%x", 0x100009 + 0x20 * i);
	/* guest-base: the host was not asked */
	fx_run(fx, "bind-failures?1000 log?guest-base logs?10 log_count?512");
	fixture_free(fx);
}

/* [DEV-4] [DEV-10] [DEV-17] */
TEST(a_message_names_what_is_wrong_and_what_is_possible)
{
	static const struct {
		const char *happens;
		const char *id;
		const char *text;
	} cases[] = {
		{"0x50000?0", "guest-access", "an access at 0x50000; the window ends at 0x50000"},
		{"0xC?0", "guest-access", "there is no register at 0xc"},
		{"0x12:?0", "guest-access",
		 "an access of 8 bytes at 0x12, which is not aligned to its size"},
		{"alloc1=1", "guest-alloc",
		 "CMDQ_ALLOC(1) is 0x1, which is not LVCMDQ 1 of VINTF 0; nothing is "
		 "allocated"},
		{"up=1 v0.config=1 v0.base:=8", "guest-base-in-use",
		 "LVCMDQ 0: BASE is written while it is enabled; ignored"},
		{"up=1 v0.base:=0x10000C", "guest-base",
		 "LVCMDQ 0: BASE of 2^12 entries; 2^1 to 2^8 are possible"},
		{"up=1 v0.base:=0x100808", "guest-base",
		 "LVCMDQ 0: BASE at 0x100800; 2^8 entries lie at a multiple of 0x1000"},
		{"up=1 v0.base:=0xFFFFFFFFF008", "guest-base",
		 "LVCMDQ 0: BASE at 0xfffffffff000; its 0x1000 bytes are not guest RAM"},
		{"deny0=EFAULT up=1", "bind-failed",
		 "LVCMDQ 0, 0x1000 bytes at 0x100000: the fake says no"},
		{"letters=0 deny0=EFAULT up=1", "bind-failed",
		 "LVCMDQ 0, 0x1000 bytes at 0x100000: the backend refused it: EFAULT"},
		{"letters=1 deny0=EFAULT up=1", "bind-failed",
		 "LVCMDQ 0, 0x1000 bytes at 0x100000: x"},
		{"deny_map=ENOMEM up=1", "page0-trapped",
		 "VINTF page 0 could not be mapped: ENOMEM; every access will exit"},
		{"breaks=1 up=1 alloc0=0", "backend-broken",
		 "the backend could not undo a bind: ETIMEDOUT; it takes "
		 "no further one: stop the VM"},
		{"result=-ENODEV poll?-ENODEV", "event-read",
		 "reading the backend's events failed: ENODEV"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture *fx = fixture_new(2);

		fx_run(fx, "%s", cases[i].happens);
		assert_string_equal(fx->last_text, cases[i].text);
		fx_run(fx, "log?%s", cases[i].id);
		fixture_free(fx);
	}
}
