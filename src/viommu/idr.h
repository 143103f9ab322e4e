/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ID registers of the physical SMMU say, for the files that act on it. */
#ifndef SRC_VIOMMU_IDR_H
#define SRC_VIOMMU_IDR_H

#include <cmdqv/viommu.h>

/* Does a context descriptor say whether its faults stall? A guest is told that none can. */
bool idr_can_stall(const struct cmdqv_hw_info *info);

#endif
