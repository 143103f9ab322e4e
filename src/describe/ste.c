/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream table entry in words: of the eight words the two that a guest fills in, as Linux
 * takes them for a nested HWPT. What it refuses is refused here in the same order.
 */
#include <cmdqv/describe.h>

#include <errno.h>
#include <inttypes.h>

#include <cmdqv/regs.h>

#include "text.h"

#define STE0_V UINT64_C(0x1)
#define STE0_CFG UINT64_C(0xE)
#define STE0_S1FMT UINT64_C(0x30)
#define STE0_S1CTXPTR UINT64_C(0xFFFFFFFFFFFC0)
#define STE0_S1CDMAX UINT64_C(0xF800000000000000)
#define STE0_ALLOWED (STE0_V | STE0_CFG | STE0_S1FMT | STE0_S1CTXPTR | STE0_S1CDMAX)
#define STE1_S1DSS UINT64_C(0x3)
#define STE1_S1CIR UINT64_C(0xC)
#define STE1_S1COR UINT64_C(0x30)
#define STE1_S1CSH UINT64_C(0xC0)
#define STE1_S1STALLD UINT64_C(0x8000000)
#define STE1_EATS UINT64_C(0x30000000)
#define STE1_ALLOWED (STE1_S1DSS | STE1_S1CIR | STE1_S1COR | STE1_S1CSH | STE1_S1STALLD | STE1_EATS)

enum ste_cfg {
	STE_ABORT = 0,
	STE_BYPASS = 4,
	STE_STAGE_1 = 5,
	STE_STAGE_2 = 6,
	STE_BOTH = 7,
};

static const char *cfg_name(uint64_t cfg)
{
	switch (cfg) {
	case STE_ABORT:
		return "abort";
	case STE_BYPASS:
		return "bypass";
	case STE_STAGE_1:
		return "stage 1";
	case STE_STAGE_2:
		return "stage 2";
	case STE_BOTH:
		return "stage 1 and 2";
	default:
		return "abort, reserved";
	}
}

static void add_stage1(struct text *out, uint64_t word0, uint64_t word1)
{
	text_add_field(out, "S1FMT", CMDQV_GET(STE0_S1FMT, word0));
	text_add_field(out, "S1CTXPTR", word0 & STE0_S1CTXPTR);
	text_add_field(out, "S1CDMAX", CMDQV_GET(STE0_S1CDMAX, word0));
	text_add_field(out, "S1DSS", CMDQV_GET(STE1_S1DSS, word1));
	text_add_field(out, "S1STALLD", CMDQV_GET(STE1_S1STALLD, word1));
}

/* Why the kernel refuses the entry, or NULL. */
static const char *objection(uint64_t word0, uint64_t word1)
{
	uint64_t cfg = CMDQV_GET(STE0_CFG, word0);

	if ((word0 & STE0_V) == 0)
		return NULL;
	if ((word0 & ~STE0_ALLOWED) != 0 || (word1 & ~STE1_ALLOWED) != 0)
		return "the kernel refuses it: bits are set that are not a guest's to set";
	if (cfg != STE_ABORT && cfg != STE_BYPASS && cfg != STE_STAGE_1)
		return "the kernel refuses it: CFG must be abort (0), bypass (4) or stage 1 (5)";
	if (CMDQV_GET(STE1_EATS, word1) > 1)
		return "the kernel refuses it: EATS must be 0 or 1";
	return NULL;
}

int cmdqv_describe_ste(uint64_t word0, uint64_t word1, char *text, size_t bytes)
{
	uint64_t cfg = CMDQV_GET(STE0_CFG, word0);
	const char *why = objection(word0, word1);
	struct text out;

	text_begin(&out, text, bytes);
	text_add_field(&out, "V", CMDQV_GET(STE0_V, word0));
	if ((word0 & STE0_V) == 0) {
		text_add(&out, " (not valid: every access is aborted)");
		return 0;
	}
	text_add_field(&out, "CFG", cfg);
	text_add(&out, " (%s)", cfg_name(cfg));
	if (cfg == STE_STAGE_1 || cfg == STE_BOTH)
		add_stage1(&out, word0, word1);
	text_add_field(&out, "EATS", CMDQV_GET(STE1_EATS, word1));
	if ((word0 & ~STE0_ALLOWED) != 0)
		text_add(&out, " others=0x%" PRIx64, word0 & ~STE0_ALLOWED);
	if ((word1 & ~STE1_ALLOWED) != 0)
		text_add(&out, " others1=0x%" PRIx64, word1 & ~STE1_ALLOWED);
	if (why == NULL)
		return 0;
	text_add(&out, "; %s", why);
	return -EIO;
}
