/* SPDX-License-Identifier: BSD-2-Clause */
/* vIOMMUs, when they are destroyed. */
#ifndef SRC_KERNEL_VIOMMU_H
#define SRC_KERNEL_VIOMMU_H

#include "state.h"

void viommu_fini(struct kernel *kernel, struct viommu *viommu);

#endif
