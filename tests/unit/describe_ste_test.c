/* SPDX-License-Identifier: BSD-2-Clause */
/* Values are put together from Arm IHI 0070 section 5.2, and the bits that Linux takes. */
#include <errno.h>
#include <string.h>

#include <cmdqv/describe.h>

#include "../test.h"

TEST(an_entry_becomes_its_fields)
{
	static const struct {
		uint64_t words[2];
		const char *text;
	} cases[] = {
		{{0, 0}, "V=0 (not valid: every access is aborted)"},
		{{0xe, 0xffff}, "V=0 (not valid: every access is aborted)"},
		{{0x1, 0}, "V=1 CFG=0 (abort) EATS=0"},
		{{0x9, 0}, "V=1 CFG=4 (bypass) EATS=0"},
		{{0x2800000041c0000b, 0x18000001},
		 "V=1 CFG=5 (stage 1) S1FMT=0 S1CTXPTR=0x41c00000 S1CDMAX=5 S1DSS=1 S1STALLD=1 "
		 "EATS=1"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[160];

		assert_int_equal(cmdqv_describe_ste(cases[i].words[0], cases[i].words[1], text,
						    sizeof(text)),
				 0);
		assert_string_equal(text, cases[i].text);
	}
}

TEST(an_entry_that_linux_refuses_says_why)
{
	static const struct {
		uint64_t words[2];
		const char *why;
	} cases[] = {
		{{0xd, 0}, "CFG must be"},
		{{0xf, 0}, "CFG must be"},
		{{0x3, 0}, "CFG must be"},
		{{0xb, 0x20000000}, "EATS must be"},
		{{0x001000000000000b, 0}, "not a guest's"},
		{{0xb, 0x100}, "not a guest's"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[240];

		assert_int_equal(cmdqv_describe_ste(cases[i].words[0], cases[i].words[1], text,
						    sizeof(text)),
				 -EIO);
		assert_non_null(strstr(text, cases[i].why));
	}
}

TEST(an_entry_that_does_not_fit_is_cut_off)
{
	char text[8] = "xxxxxxx";

	assert_int_equal(cmdqv_describe_ste(0x9, 0, text, sizeof(text)), 0);
	assert_string_equal(text, "V=1 CFG");
}
