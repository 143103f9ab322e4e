/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream table entry in words: of the eight words the two that a guest fills in, as Linux
 * takes them for a nested HWPT. What it refuses is refused here in the same order.
 */
#include <cmdqv/describe.h>

#include <errno.h>
#include <inttypes.h>

#include "regs/ste.h"
#include "text.h"

static const char *cfg_name(uint64_t cfg)
{
	switch (cfg) {
	case STE_CONFIG_ABORT:
		return "abort";
	case STE_CONFIG_BYPASS:
		return "bypass";
	case STE_CONFIG_BYPASS | STE_CONFIG_S1:
		return "stage 1";
	case STE_CONFIG_BYPASS | STE_CONFIG_S2:
		return "stage 2";
	case STE_CONFIG_BYPASS | STE_CONFIG_S1 | STE_CONFIG_S2:
		return "stage 1 and 2";
	default:
		return "abort, reserved";
	}
}

/* If there is only one context descriptor (S1CDMAX 0), the SMMU ignores S1FMT and S1DSS. */
static void add_stage1(struct text *out, uint64_t word0, uint64_t word1)
{
	uint64_t cdmax = CMDQV_GET(STE0_S1CDMAX, word0);

	if (cdmax > 0)
		text_add_field(out, "S1FMT", CMDQV_GET(STE0_S1FMT, word0));
	text_add_field(out, "S1CTXPTR", word0 & STE0_S1CONTEXTPTR);
	text_add_field(out, "S1CDMAX", cdmax);
	if (cdmax > 0)
		text_add_field(out, "S1DSS", CMDQV_GET(STE1_S1DSS, word1));
	text_add_field(out, "S1CIR", CMDQV_GET(STE1_S1CIR, word1));
	text_add_field(out, "S1COR", CMDQV_GET(STE1_S1COR, word1));
	text_add_field(out, "S1CSH", CMDQV_GET(STE1_S1CSH, word1));
	text_add_field(out, "S1STALLD", CMDQV_GET(STE1_S1STALLD, word1));
}

/* Why the kernel refuses the entry. */
static const char *const objections[] = {
	[STE_GOOD] = NULL,
	[STE_FOREIGN_BITS] = "the kernel refuses it: bits are set that are not a guest's to set",
	[STE_BAD_CONFIG] =
		"the kernel refuses it: CFG must be abort (0), bypass (4) or stage 1 (5)",
	[STE_BAD_EATS] = "the kernel refuses it: EATS must be 0 or 1",
};

int cmdqv_describe_ste(uint64_t word0, uint64_t word1, char *text, size_t bytes)
{
	uint64_t cfg = CMDQV_GET(STE0_CONFIG, word0);
	const char *why = objections[ste_check_guest((const uint64_t[2]){word0, word1})];
	struct text out;

	text_begin(&out, text, bytes);
	text_add_field(&out, "V", CMDQV_GET(STE0_V, word0));
	if ((word0 & STE0_V) == 0) {
		text_add(&out, " (not valid: every access is aborted)");
		return 0;
	}
	text_add_field(&out, "CFG", cfg);
	text_add(&out, " (%s)", cfg_name(cfg));
	if (cfg > STE_CONFIG_BYPASS && (cfg & STE_CONFIG_S1))
		add_stage1(&out, word0, word1);
	text_add_field(&out, "EATS", CMDQV_GET(STE1_EATS, word1));
	if ((word0 & ~STE0_GUEST) != 0)
		text_add(&out, " others=0x%" PRIx64, word0 & ~STE0_GUEST);
	if ((word1 & ~STE1_GUEST) != 0)
		text_add(&out, " others1=0x%" PRIx64, word1 & ~STE1_GUEST);
	if (why == NULL)
		return 0;
	text_add(&out, "; %s", why);
	return -EIO;
}
