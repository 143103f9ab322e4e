/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of the CMDQV and of the SMMU. */
#ifndef SRC_VIOMMU_EVENT_H
#define SRC_VIOMMU_EVENT_H

#include "viommu/state.h"

/* event_read of backend.h. */
int event_read_cmdqv(const struct cmdqv_viommu *viommu, struct cmdqv_backend_event *event);

#endif
