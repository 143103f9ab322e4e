/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults, and their event records: 32 bytes as the architecture lays them out.
 *
 * Each fault is counted by its kind. It is recorded unless the context descriptor (R) or
 * the stream table entry (S2R) asks for silence, which they may for what a translation
 * finds, and not for a broken configuration. Of a device that uses ATS two kinds are recorded
 * alone: it hears of the others itself. The embedder's queue may be full: then the
 * record is dropped, and counted. Nothing is logged, so a million faults in a row are a
 * million increments.
 */
#include "event.h"

#include "regs/event.h"

bool smmu_fail(struct smmu_request *request, uint8_t id)
{
	request->fault.id = id;
	return false;
}

static bool is_of_translation(uint8_t id)
{
	return id >= CMDQV_SMMU_F_TRANSLATION && id <= CMDQV_SMMU_F_PERMISSION;
}

static bool is_of_address(uint8_t id)
{
	return is_of_translation(id) || id == CMDQV_SMMU_F_WALK_EABT ||
	       id == CMDQV_SMMU_F_TRANSL_FORBIDDEN || id == CMDQV_SMMU_F_BAD_ATS_TREQ;
}

static bool is_of_fetch(uint8_t id)
{
	return id == CMDQV_SMMU_F_STE_FETCH || id == CMDQV_SMMU_F_CD_FETCH ||
	       id == CMDQV_SMMU_F_WALK_EABT;
}

static bool is_of_ats(uint8_t id)
{
	return id == CMDQV_SMMU_F_BAD_ATS_TREQ || id == CMDQV_SMMU_F_TRANSL_FORBIDDEN;
}

static bool is_silent(const struct smmu_request *request)
{
	if (request->access->ats)
		return !is_of_ats(request->fault.id);
	if (!is_of_translation(request->fault.id))
		return false;
	if (request->fault.stage2)
		return !request->ste.record;
	return request->stage1 && !request->cd.record;
}

static uint64_t first_word(const struct smmu_request *request)
{
	const struct cmdqv_smmu_access *access = request->access;
	uint64_t word = CMDQV_SET(EVENT0_ID, (uint64_t)request->fault.id) |
			CMDQV_SET(EVENT0_SID, (uint64_t)access->sid);

	if (!access->ssv || request->fault.id == CMDQV_SMMU_F_STREAM_DISABLED)
		return word;
	word |= CMDQV_SET(EVENT0_SSID, (uint64_t)access->ssid);
	/* One kind is of accesses with a SubstreamID alone, and does not say so. */
	return request->fault.id == CMDQV_SMMU_C_BAD_SUBSTREAMID ? word : word | EVENT0_SSV;
}

static uint64_t second_word(const struct smmu_request *request)
{
	const struct smmu_fault *fault = &request->fault;
	uint64_t word = request->write ? 0 : EVENT1_RNW;

	if (fault->id == CMDQV_SMMU_F_TRANSL_FORBIDDEN)
		return word;
	word |= CMDQV_SET(EVENT1_CLASS, (uint64_t)fault->class);
	if (request->access->privileged)
		word |= EVENT1_PNU;
	if (fault->stage2)
		word |= EVENT1_S2;
	return word;
}

void smmu_report(struct cmdqv_smmu *smmu, const struct smmu_request *request)
{
	const struct smmu_fault *fault = &request->fault;
	uint64_t record[4] = {0};

	if (fault->id == 0)
		return;
	smmu->faults[fault->id]++;
	if (!smmu->ops.event || is_silent(request))
		return;
	record[0] = first_word(request);
	if (is_of_address(fault->id)) {
		record[1] = second_word(request);
		record[2] = request->access->address;
	}
	if (is_of_fetch(fault->id))
		record[3] = fault->fetch & EVENT3_FETCH;
	else if (fault->stage2)
		record[3] = fault->ipa & EVENT3_IPA;
	if (smmu->ops.event(smmu->user, record) == 0)
		smmu->events++;
	else
		smmu->events_lost++;
}
