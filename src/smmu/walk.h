/* SPDX-License-Identifier: BSD-2-Clause */
/* From an address to where it lies. */
#ifndef SRC_SMMU_WALK_H
#define SRC_SMMU_WALK_H

#include "state.h"

/* Stage 2 of one address: the piece of the memory map that holds it. */
bool smmu_stage2(const struct cmdqv_smmu *smmu, struct smmu_request *request, uint64_t ipa,
		 uint8_t class, struct cmdqv_smmu_span *span);

/* Stage 1, stage 2 or both; the caller sees to it that there is one. */
bool smmu_walk(const struct cmdqv_smmu *smmu, struct smmu_request *request, struct smmu_page *page);

#endif
