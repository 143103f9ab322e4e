/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: cmdqv_hw_info_limit_idr() of any ID registers of host and VMM: on success the guest is
 * told of no translation format, granule, address size, StreamID, stream table or range
 * invalidation that the host does not have, of no stage 2, and of queues that fit into a piece of
 * memory, and the host does not stall every fault; otherwise nothing is changed.
 *
 * Assumes: a struct of this version.
 *
 * Bound: 57 turns: the fields of the table, and the bytes of the struct's reserved member.
 *
 * Takes: 0.3 s, 23 MiB.
 */
#include "proof.h"
#include "words.h"

#include "viommu/idr.c"

const char *cmdqv_version(void)
{
	return "";
}

int main(void)
{
	struct cmdqv_hw_info info;
	uint32_t idr[CMDQV_SMMU_IDRS], was[CMDQV_SMMU_IDRS], i = nondet_u32();
	uint64_t granule = nondet_u64();
	int err;

	info.size = sizeof(info);
	for (int n = 0; n < CMDQV_SMMU_IDRS; n++)
		was[n] = idr[n] = nondet_u32();
	ASSUME(i < CMDQV_SMMU_IDRS);
	err = cmdqv_hw_info_limit_idr(&info, granule, idr, NULL);
	if (err) {
		PROVE(idr[i] == was[i], "nothing is changed");
		return 0;
	}
	PROVE((idr[0] & IDR0_TTF & ~info.idr[0]) == 0 && idr[0] & IDR0_TTF_AARCH64, "formats");
	PROVE((idr[0] & 1) == 0, "no stage 2");
	PROVE((idr[5] & IDR5_GRANULES & ~info.idr[5]) == 0 && idr[5] & IDR5_GRANULES, "granules");
	PROVE((idr[5] & IDR5_OAS) <= (info.idr[5] & IDR5_OAS), "address size");
	PROVE((idr[1] & IDR1_SIDSIZE) <= (info.idr[1] & IDR1_SIDSIZE) &&
		      (idr[1] & IDR1_SIDSIZE) <= 20,
	      "StreamID");
	PROVE((idr[3] & IDR3_RIL & ~info.idr[3]) == 0, "range invalidation");
	PROVE((info.idr[0] >> 25 & 1) == 0, "an SMMU that does not stall every fault");
	PROVE((UINT64_C(16) << (idr[1] >> 21 & 31)) <= granule, "queues that fit");
	PROVE(!info.ats_not_supported || !(idr[0] & IDR0_ATS), "ATS");
	PROVE((idr[2] | idr[4]) == 0, "what has no row reads 0");
	COVER((idr[1] >> 21 & 31) == 19, "the largest queues");
	REACHED("the end");
}
