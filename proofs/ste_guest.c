/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: what ste_check_guest() lets through has a guest's bits alone and a configuration that
 * Linux takes [HW-21]; an entry that is valid and taken as stage 1 is one that the SMMU's
 * decode_ste() takes too, with the same context pointer, and never with a stage 2 or a VMID of the
 * guest's own.
 *
 * Assumes: an SMMU with 20 bits of SubstreamID.
 *
 * Bound: none; there is no loop.
 *
 * Takes: 0.1 s, 19 MiB.
 */
#include "proof.h"

#include "smmu/config.c"

int main(void)
{
	static struct cmdqv_smmu smmu = {.ssid_bits = 20, .output_bits = 48};
	uint64_t words[STE_WORDS];
	struct smmu_ste ste;
	enum ste_fault fault;

	words[0] = nondet_u64();
	words[1] = nondet_u64();
	for (int i = 2; i < STE_WORDS; i++)
		words[i] = 0;
	fault = ste_check_guest(words);
	COVER(fault == STE_FOREIGN_BITS, "foreign bits");
	COVER(fault == STE_BAD_CONFIG, "a bad configuration");
	COVER(fault == STE_BAD_EATS, "a bad EATS");
	if (fault != STE_GOOD || !(words[0] & 1))
		return 0;
	PROVE(!(words[0] & UINT64_C(0x07F0000000000000)), "bits 58:52 are not a guest's");
	PROVE(!(words[1] & ~UINT64_C(0x380000FF)),
	      "S1DSS, S1CIR, S1COR, S1CSH, S1STALLD and EATS alone");
	PROVE((words[0] >> 1 & 7) == 0 || (words[0] >> 1 & 7) == 4 || (words[0] >> 1 & 7) == 5,
	      "config");
	PROVE((words[1] >> 28 & 3) <= 1, "EATS");
	PROVE(ste_is_stage1(words) == ((words[0] >> 1 & 7) == 5), "stage 1");
	if (decode_ste(&smmu, words, &ste)) {
		PROVE(!(ste.config & STE_CONFIG_S2) && ste.vmid == 0 && !ste.el2,
		      "no stage 2, no EL2");
		PROVE(ste.context == (words[0] & UINT64_C(0xFFFFFFFFFFFC0)), "the context pointer");
		PROVE(ste.config != 5 || ste.s1cdmax <= smmu.ssid_bits,
		      "SubstreamIDs that the SMMU has");
		COVER(ste_is_stage1(words), "stage 1 is taken");
	}
	REACHED("the end");
}
