/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: whatever words lie in memory, decode_ste() and decode_cd() take only what walk.c and the
 * caches may rely on; the way to an entry reads only within its table, aligned, and never across a
 * page; a StreamID or SubstreamID beyond the table is a fault and reads nothing of it.
 *
 * Assumes: a stream table as cmdqv_smmu_set_stream_table() leaves it, an SMMU as
 * cmdqv_smmu_create() makes it.
 *
 * Bound: 9 turns, for the words of an entry that are any value.
 *
 * Takes: 0.2 to 0.2 s each of 2 proofs, at most 23 MiB.
 */
#include "proof.h"

#include "smmu/config.c"

static uint64_t read_at;
static unsigned int reads;

bool smmu_read(const struct cmdqv_smmu *smmu, uint64_t physical, uint64_t *words,
	       unsigned int count)
{
	PROVE(physical % 8 == 0 && count >= 1 && count <= 8, "aligned words");
	PROVE((physical & 4095) + 8 * count <= 4096, "never across a page");
	read_at = physical;
	reads++;
	for (unsigned int i = 0; i < count; i++)
		words[i] = nondet_u64();
	return nondet_bool();
}

bool smmu_stage2(const struct cmdqv_smmu *smmu, struct smmu_request *request, uint64_t ipa,
		 uint8_t class, struct cmdqv_smmu_span *span)
{
	ASSUME(span->ipa % 4096 == 0 && span->physical % 4096 == 0 && span->ipa <= ipa);
	ASSUME(span->physical <= UINT64_MAX - (ipa - span->ipa));
	return nondet_bool();
}

bool smmu_fail(struct smmu_request *request, uint8_t id)
{
	request->fault.id = id;
	return false;
}

static void prove_ste(const struct cmdqv_smmu *smmu, struct smmu_request *request)
{
	bool found = fetch_ste(smmu, request);
	uint64_t bytes = UINT64_C(64) << smmu->strtab_log2;

	PROVE(reads <= 2, "a level 1 descriptor and an entry, each once");
	if ((uint64_t)request->access->sid >> smmu->strtab_log2)
		PROVE(reads == 0 && !found, "a StreamID beyond the table");
	if (reads && smmu->strtab_split == 0)
		PROVE(read_at >= smmu->strtab && read_at - smmu->strtab <= bytes - 64,
		      "within the table");
	if (!found)
		return;
	PROVE(request->ste.config == 0 || (request->ste.config >= 4 && request->ste.config <= 7),
	      "config");
	PROVE(!(request->ste.config & STE_CONFIG_S1) || request->ste.config == 0 ||
		      request->ste.s1cdmax <= smmu->ssid_bits,
	      "SubstreamIDs that the SMMU has");
	COVER(request->ste.config == 7 && smmu->strtab_split, "both stages, of two levels");
}

static void prove_cd(const struct cmdqv_smmu *smmu, struct smmu_request *request)
{
	uint32_t ssid = nondet_u32();

	ASSUME(request->ste.s1cdmax <= 20 && request->ste.context % 64 == 0);
	ASSUME(request->ste.context >> 52 == 0 && ssid >> request->ste.s1cdmax == 0);
	if (!fetch_cd(smmu, request, ssid))
		return;
	PROVE(reads <= 2, "a level 1 descriptor and a descriptor, each once");
	if (request->cd.disabled)
		return;
	PROVE(request->cd.granule == 12 || request->cd.granule == 14 || request->cd.granule == 16,
	      "granule");
	PROVE(request->cd.input_bits >= 25 && request->cd.input_bits <= 48, "input bits");
	PROVE(request->cd.output_bits >= 32 && request->cd.output_bits <= smmu->output_bits,
	      "output bits");
	PROVE(request->cd.ttb0 >> request->cd.output_bits == 0, "a table within the output bits");
	COVER(request->cd.granule == 16 && request->stage2, "64 KiB, behind a stage 2");
}

int main(void)
{
	static struct cmdqv_smmu smmu;
	struct cmdqv_smmu_access access = {.sid = nondet_u32()};
	struct smmu_request request;

	request.access = &access;
	request.stage2 = nondet_bool();
	smmu.ssid_bits = nondet_u8();
	smmu.output_bits = nondet_u8();
	smmu.strtab = nondet_u64();
	smmu.strtab_log2 = nondet_u8();
	smmu.strtab_split = nondet_u8();
	ASSUME(smmu.ssid_bits <= 20 && smmu.output_bits >= 32 && smmu.output_bits <= 48);
	ASSUME(smmu.strtab % 64 == 0 && smmu.strtab >> 52 == 0 && smmu.strtab_log2 <= 32);
	ASSUME(smmu.strtab_split == 0 || smmu.strtab_split == 6 || smmu.strtab_split == 8 ||
	       smmu.strtab_split == 10);
	PROVE_WHAT(&smmu, &request);
	REACHED("the end");
}
