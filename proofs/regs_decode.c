/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: reg_decode() of any 32-bit word at any 64-bit offset gives a place that every handler may
 * use as an index: a known register, an instance, a queue, a VINTF and a SID slot that the geometry
 * has; and reg_offset() leads back to the same offset.
 *
 * Assumes: a geometry as cmdqv_create() and cmdqv_model_create() let it be.
 *
 * Bound: none; there is no loop.
 *
 * Takes: 1.0 s, 57 MiB.
 */
#include "proof.h"

#include "regs/registers.h"

int main(void)
{
	struct cmdqv_geometry g;
	uint64_t offset = nondet_u64();
	struct reg_ref ref;

	ASSUME(g.log2_vcmdqs <= 7 && g.log2_vintfs <= 6 && g.log2_vintfs <= g.log2_vcmdqs);
	ASSUME(g.log2_sids <= 4 && offset % 4 == 0);
	reg_decode(&g, offset, &ref);
	PROVE(ref.match == REG_HOLE || ref.id < REG_COUNT, "a known register");
	PROVE(ref.match == REG_PRESENT || ref.match == REG_ABSENT || ref.match == REG_HOLE,
	      "a match");
	if (ref.match != REG_PRESENT)
		return 0;
	PROVE(offset < reg_window_bytes(&g), "inside the window");
	PROVE(ref.index < reg_infos[ref.id].count, "an instance that the register has");
	PROVE(!ref.high || reg_infos[ref.id].bits == 64, "only wide registers have an upper word");
	PROVE(ref.vintf < reg_num_vintfs(&g), "a VINTF that there is");
	PROVE(ref.queue < reg_num_vcmdqs(&g), "a VCMDQ that there is");
	PROVE(ref.page < CMDQV_AT_VINTF0 || ref.queue < reg_num_lvcmdqs(&g),
	      "an LVCMDQ that there is");
	PROVE(ref.id != REG_CMDQ_ALLOC || ref.index < reg_num_vcmdqs(&g), "an entry that there is");
	PROVE((ref.id != REG_SID_MATCH && ref.id != REG_SID_REPLACE) ||
		      ref.index < reg_num_sids(&g),
	      "a SID slot that there is");
	PROVE(reg_offset(&ref) == offset, "and back");
	COVER(ref.page == CMDQV_AT_VINTF1 && ref.vintf == 63 && ref.high, "the last VINTF");
	COVER(ref.id == REG_CMDQ_ALLOC && ref.index == 127, "the last entry");
	REACHED("the end");
}
