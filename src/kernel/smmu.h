/* SPDX-License-Identifier: BSD-2-Clause */
/* The SMMU's own command queue. */
#ifndef SRC_KERNEL_SMMU_H
#define SRC_KERNEL_SMMU_H

#include "state.h"

/* Executes a command at once. Returns: 0; -ETIMEDOUT: the SMMU did not. */
int smmu_issue(struct kernel *kernel, const uint64_t word[2]);

/* The entry of a stream changed: CFGI_STE. */
void smmu_forget_stream(struct kernel *kernel, uint32_t sid);

#endif
