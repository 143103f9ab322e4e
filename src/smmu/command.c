/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a command makes the SMMU drop [HW-14].
 *
 * A range is an interval of bytes. Every entry that overlaps it is dropped, whatever its size.
 * So is every piece of a page or block of stage 1 that overlaps it, because a TLBI without a
 * granule may name any byte of the page or block. TTL and the leaf bit would only let hardware
 * drop less, so they are ignored, and so is the granule.
 */
#include <cmdqv/regs.h>

#include "state.h"

#define ALL_STREAMS_LOG2 32

/* By VA: global entries match every ASID. */
static void forget_va(struct smmu_cache *tlb, uint32_t group, const struct cmdqv_command *command)
{
	smmu_cache_drop_range(tlb, group, command->asid, command->address, command->last);
	smmu_cache_drop_range(tlb, group, SMMU_ASID_GLOBAL, command->address, command->last);
}

static void forget_streams(struct cmdqv_smmu *smmu, const struct cmdqv_command *command)
{
	uint32_t first = command->sid;
	uint32_t last = UINT32_MAX;

	if (command->sid_count_log2 < ALL_STREAMS_LOG2) {
		last = (UINT32_C(1) << command->sid_count_log2) - 1;
		first &= ~last;
		last += first;
	} else {
		first = 0;
	}
	smmu_cache_drop_groups(&smmu->ste_cache, first, last);
	smmu_cache_drop_groups(&smmu->cd_cache, first, last);
}

/* Without a SubstreamID, and with the global bit, it concerns them all. */
static void forget_atc(struct smmu_cache *atc, const struct cmdqv_command *command)
{
	if (command->ssv && !command->global)
		smmu_cache_drop_range(atc, command->sid, command->ssid, command->address,
				      command->last);
	else
		smmu_cache_drop_group_range(atc, command->sid, command->address, command->last);
}

static void forget_group(struct smmu_cache *tlb, uint32_t group)
{
	smmu_cache_drop_group_range(tlb, group, 0, UINT64_MAX);
}

static void execute(struct cmdqv_smmu *smmu, const struct cmdqv_command *command)
{
	const uint32_t stage1 = SMMU_GROUP_STAGE1 | command->vmid;
	const uint32_t stage2 = SMMU_GROUP_STAGE2 | command->vmid;
	struct smmu_cache *tlb = &smmu->tlb;

	switch (command->opcode) {
	case CMDQV_OP_TLBI_NH_VA:
		forget_va(tlb, stage1, command);
		break;
	case CMDQV_OP_TLBI_NH_VAA:
		smmu_cache_drop_group_range(tlb, stage1, command->address, command->last);
		break;
	case CMDQV_OP_TLBI_NH_ASID:
		smmu_cache_drop_member(tlb, stage1, command->asid);
		break;
	case CMDQV_OP_TLBI_NH_ALL:
		forget_group(tlb, stage1);
		break;
	case CMDQV_OP_TLBI_EL2_VA:
		forget_va(tlb, SMMU_GROUP_EL2, command);
		break;
	case CMDQV_OP_TLBI_EL2_ASID:
		smmu_cache_drop_member(tlb, SMMU_GROUP_EL2, command->asid);
		break;
	case CMDQV_OP_TLBI_EL2_ALL:
		forget_group(tlb, SMMU_GROUP_EL2);
		break;
	case CMDQV_OP_TLBI_S2_IPA:
		smmu_cache_drop_range(tlb, stage2, 0, command->address, command->last);
		break;
	case CMDQV_OP_TLBI_S12_VMALL:
		forget_group(tlb, stage1);
		forget_group(tlb, stage2);
		break;
	case CMDQV_OP_TLBI_NSNH_ALL:
		smmu_cache_drop_groups(tlb, 0, SMMU_GROUP_EL2 - 1);
		break;
	case CMDQV_OP_CFGI_STE:
		forget_group(&smmu->ste_cache, command->sid);
		forget_group(&smmu->cd_cache, command->sid);
		break;
	case CMDQV_OP_CFGI_ALL:
		forget_streams(smmu, command);
		break;
	case CMDQV_OP_CFGI_CD:
		smmu_cache_drop_member(&smmu->cd_cache, command->sid, command->ssid);
		break;
	case CMDQV_OP_CFGI_CD_ALL:
		forget_group(&smmu->cd_cache, command->sid);
		break;
	case CMDQV_OP_ATC_INV:
		forget_atc(&smmu->atc, command);
		break;
	case CMDQV_OP_CMD_SYNC:
		smmu->syncs++;
		break;
	default: /* PRI_RESP, RESUME: the model's devices ask for no page and do not stall */
		break;
	}
}

int cmdqv_smmu_execute(struct cmdqv_smmu *smmu, const struct cmdqv_command *command)
{
	int err = smmu_enter(smmu);

	if (err != 0)
		return err;
	smmu->commands++;
	execute(smmu, command);
	smmu_leave(smmu);
	return 0;
}
