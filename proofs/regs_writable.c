/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: PARAM says the geometry back; the bits that reg_writable() lets through lie within the
 * register, are none of a read-only one, and in a guest's view neither HYP_OWN nor CONS_DRAM_EN.
 * An offset's page is the one that it lies in.
 *
 * Assumes: a geometry as above, and a place that reg_decode() gives.
 *
 * Bound: none; there is no loop.
 *
 * Takes: 1.1 s, 60 MiB.
 */
#include "proof.h"

#include "regs/registers.h"

int main(void)
{
	struct cmdqv_geometry g;
	uint64_t offset = nondet_u64();
	struct reg_ref ref;
	uint32_t param, bits;

	ASSUME(g.log2_vcmdqs <= 7 && g.log2_vintfs <= 6 && g.log2_vintfs <= g.log2_vcmdqs);
	ASSUME(g.log2_sids <= 4);
	param = reg_param(&g);
	PROVE((param & 0xF) == 1 && (param >> 4 & 0xF) == g.log2_vcmdqs, "version, VCMDQs");
	PROVE((param >> 8 & 0xF) == g.log2_vintfs && param >> 12 == g.log2_sids,
	      "VINTFs, SID slots");
	PROVE(reg_page(offset) < CMDQV_AT_PAGES, "a page");
	PROVE(offset >= 0x50000 || reg_page(offset) == offset >> 16, "the page it lies in");
	reg_decode(&g, offset & ~UINT64_C(3), &ref);
	if (ref.match != REG_PRESENT)
		return 0;
	bits = reg_writable(&g, &ref);
	if (!reg_infos[ref.id].host_mask)
		PROVE(bits == 0, "[DEV-5] a read-only register");
	if (g.guest_view && ref.id == REG_VINTF_CONFIG)
		PROVE(!(bits & CMDQV_VINTF_CONFIG_HYP_OWN), "[DEV-26] HYP_OWN reads 0");
	if (g.guest_view && ref.id == REG_CONFIG)
		PROVE(!(bits & CMDQV_CONFIG_CONS_DRAM_EN), "[DEV-5] CONS_DRAM_EN reads 0");
	COVER(ref.id == REG_VI_INT_MASK && ref.index == 1 && bits == UINT32_MAX, "64 VINTFs");
	REACHED("the end");
}
