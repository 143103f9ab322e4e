/* SPDX-License-Identifier: BSD-2-Clause */
/* From StreamID and SubstreamID to a context. */
#ifndef SRC_SMMU_CONFIG_H
#define SRC_SMMU_CONFIG_H

#include "state.h"

/* Fills in request->ste. */
bool smmu_find_ste(struct cmdqv_smmu *smmu, struct smmu_request *request);

/*
 * Fills in which stages the access goes through, by its stream table entry: request->stage1
 * and cd, stage2.
 */
bool smmu_find_context(struct cmdqv_smmu *smmu, struct smmu_request *request);

#endif
