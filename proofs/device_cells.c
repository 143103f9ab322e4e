/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: of any two places that reg_decode() gives in a guest's window, the words in which they
 * are stored are aligned, lie among the registers of the device, and are two, unless they are one
 * register.
 *
 * Assumes: a guest's geometry of PROOF_LVCMDQS LVCMDQs.
 *
 * Bound: two LVCMDQs; no loop. More LVCMDQs are further elements of the same array.
 *
 * Takes: 1.4 s, 69 MiB.
 */
#include "proof.h"

#include "device/lvcmdq.h"

int main(void)
{
	static struct cmdqv dev;
	struct reg_ref a, b;
	const struct cmdqv_geometry g = {
		.log2_vcmdqs = PROOF_LVCMDQS - 1, .log2_sids = 4, .guest_view = true};
	unsigned char *start = (unsigned char *)&dev;
	unsigned char *at, *other;

	reg_decode(&g, nondet_u64() & ~UINT64_C(3), &a);
	reg_decode(&g, nondet_u64() & ~UINT64_C(3), &b);
	if (a.match != REG_PRESENT || b.match != REG_PRESENT)
		return 0;
	at = (unsigned char *)device_cell_at(&dev, &a);
	other = (unsigned char *)device_cell_at(&dev, &b);
	COVER(!at, "a view");
	if (!at || !other)
		return 0;
	PROVE(at >= start + offsetof(struct cmdqv, config) && (at - start) % 4 == 0,
	      "aligned, a register");
	PROVE(at - start <= (ptrdiff_t)sizeof(dev) - 4, "inside the device");
	PROVE(at < start + offsetof(struct cmdqv, num_bound) ||
		      at >= start + offsetof(struct cmdqv, lvcmdqs),
	      "no other state");
	if (a.id != b.id || a.index != b.index || a.queue != b.queue || a.high != b.high)
		PROVE(at != other, "two registers are two words");
	else
		PROVE(at == other, "[DEV-21] both apertures are one");
	COVER(a.id == b.id && a.queue != b.queue, "of two LVCMDQs");
	REACHED("the end");
}
