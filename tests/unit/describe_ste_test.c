/* SPDX-License-Identifier: BSD-2-Clause */
/* Values are put together from Arm IHI 0070 section 5.2, and the bits that Linux takes. */
#include <errno.h>
#include <string.h>

#include <cmdqv/describe.h>

#include "../test.h"

#define BAD_CFG "the kernel refuses it: CFG must be abort (0), bypass (4) or stage 1 (5)"
#define FOREIGN "the kernel refuses it: bits are set that are not a guest's to set"
#define ONE_CD "S1CTXPTR=0 S1CDMAX=0 S1CIR=0 S1COR=0 S1CSH=0 S1STALLD=0 "

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
		 "V=1 CFG=5 (stage 1) S1FMT=0 S1CTXPTR=0x41c00000 S1CDMAX=5 S1DSS=1 S1CIR=0 "
		 "S1COR=0 S1CSH=0 S1STALLD=1 EATS=1"},
		/* As Linux writes it: how the context descriptors are cached and shared. */
		{{0x2800000041c0002b, 0x100000d6},
		 "V=1 CFG=5 (stage 1) S1FMT=2 S1CTXPTR=0x41c00000 S1CDMAX=5 S1DSS=2 S1CIR=1 "
		 "S1COR=1 S1CSH=3 S1STALLD=0 EATS=1"},
		{{0xb, 0x18},
		 "V=1 CFG=5 (stage 1) S1CTXPTR=0 S1CDMAX=0 S1CIR=2 S1COR=1 S1CSH=0 S1STALLD=0 "
		 "EATS=0"},
		/* The SMMU looks at S1FMT and S1DSS only if the table has more than one descriptor.
		 */
		{{0x0000000041c0003b, 0x2},
		 "V=1 CFG=5 (stage 1) S1CTXPTR=0x41c00000 S1CDMAX=0 "
		 "S1CIR=0 S1COR=0 S1CSH=0 S1STALLD=0 EATS=0"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[200];

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
		const char *text;
	} cases[] = {
		{{0xd, 0}, "V=1 CFG=6 (stage 2) EATS=0; " BAD_CFG},
		{{0xf, 0}, "V=1 CFG=7 (stage 1 and 2) " ONE_CD "EATS=0; " BAD_CFG},
		{{0x3, 0}, "V=1 CFG=1 (abort, reserved) EATS=0; " BAD_CFG},
		{{0xb, 0x20000000},
		 "V=1 CFG=5 (stage 1) " ONE_CD
		 "EATS=2; the kernel refuses it: EATS must be 0 or 1"},
		{{0x001000000000000b, 0},
		 "V=1 CFG=5 (stage 1) " ONE_CD "EATS=0 others=0x10000000000000; " FOREIGN},
		{{0xb, 0x100}, "V=1 CFG=5 (stage 1) " ONE_CD "EATS=0 others1=0x100; " FOREIGN},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[400];

		assert_int_equal(cmdqv_describe_ste(cases[i].words[0], cases[i].words[1], text,
						    sizeof(text)),
				 -EIO);
		assert_string_equal(text, cases[i].text);
	}
}

TEST(an_entry_that_does_not_fit_is_cut_off)
{
	char text[8] = "xxxxxxx";

	assert_int_equal(cmdqv_describe_ste(0x9, 0, text, sizeof(text)), 0);
	assert_string_equal(text, "V=1 CFG");
}
