/* SPDX-License-Identifier: BSD-2-Clause */
/* An access of a device. */
#ifndef SRC_SMMU_ACCESS_H
#define SRC_SMMU_ACCESS_H

#include "state.h"

/* As cmdqv_smmu_translate(), inside a call. */
int smmu_access(struct cmdqv_smmu *smmu, const struct cmdqv_smmu_access *access,
		struct cmdqv_smmu_translation *translation);

#endif
