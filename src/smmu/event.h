/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults, and their event records. */
#ifndef SRC_SMMU_EVENT_H
#define SRC_SMMU_EVENT_H

#include "state.h"

/* Notes the fault and returns false, so that a failure is one line. */
bool smmu_fail(struct smmu_request *request, uint8_t id);

/* Counts the fault of the request, if it has one, and records it. */
void smmu_report(struct cmdqv_smmu *smmu, const struct smmu_request *request);

#endif
