/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: reg_decode_guest(), the short way that an access of a guest takes, finds a register
 * exactly where reg_decode() does, at any offset of the window and in any guest's geometry: the
 * same one, the same instance or queue, the same half, and the bits that a guest may change.
 *
 * Assumes: an offset within the window, as device_admit() sees to.
 *
 * Bound: 24 turns: the registers of the list.
 *
 * Takes: 1.2 s, 83 MiB.
 */
#include "proof.h"

#include "regs/decode.h"

int main(void)
{
	struct cmdqv_geometry g;
	struct reg_guest_window window;
	uint64_t offset = nondet_u64();
	uint32_t which;
	const struct reg_word *word;
	struct reg_ref ref;

	g.log2_vintfs = 0;
	g.guest_view = true;
	ASSUME(g.log2_vcmdqs <= 7 && g.log2_sids <= 4);
	ASSUME(offset % 4 == 0 && offset < CMDQV_GUEST_BYTES);
	reg_guest_window(&window, &g);
	word = reg_decode_guest(&window, offset, &which);
	reg_decode(&g, offset, &ref);
	PROVE((word != NULL) == (ref.match == REG_PRESENT), "a register where there is one");
	if (!word)
		return 0;
	PROVE(reg_word_id(word) == ref.id && word->high == ref.high, "the same register and half");
	PROVE(ref.index == 0 || ref.queue == 0, "no register has both");
	PROVE(which == (ref.index | ref.queue), "the same instance, or queue");
	PROVE(word->guest_mask == reg_writable(&g, &ref) || ref.id == REG_VI_INT_MASK,
	      "the same bits");
	COVER(which == 127 && ref.page == CMDQV_AT_VINTF1, "the last queue");
	REACHED("the end");
}
