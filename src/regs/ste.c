/* SPDX-License-Identifier: BSD-2-Clause */
/* Stream table entries that a guest fills in. */
#include "regs/ste.h"

enum ste_fault ste_check_guest(const uint64_t words[2])
{
	uint64_t config = CMDQV_GET(STE0_CONFIG, words[0]);

	if (!(words[0] & STE0_V))
		return STE_GOOD;
	if ((words[0] & ~STE0_GUEST) || (words[1] & ~STE1_GUEST))
		return STE_FOREIGN_BITS;
	if (config != STE_CONFIG_ABORT && config != STE_CONFIG_BYPASS &&
	    config != (STE_CONFIG_BYPASS | STE_CONFIG_S1))
		return STE_BAD_CONFIG;
	return CMDQV_GET(STE1_EATS, words[1]) > STE_EATS_FULL ? STE_BAD_EATS : STE_GOOD;
}

bool ste_is_stage1(const uint64_t words[2])
{
	return (words[0] & STE0_V) &&
	       CMDQV_GET(STE0_CONFIG, words[0]) == (STE_CONFIG_BYPASS | STE_CONFIG_S1);
}
