/* SPDX-License-Identifier: BSD-2-Clause */
/* The SMMU's own command queue. */
#ifndef SRC_KERNEL_SMMU_H
#define SRC_KERNEL_SMMU_H

#include "state.h"

/* Executes a command at once. Returns: 0; -ETIMEDOUT: the SMMU did not. */
int smmu_issue(struct kernel *kernel, const uint64_t word[2]);

/* The entry of a stream changed: CFGI_STE, and ATC_INV of what the device holds. */
void smmu_forget_stream(struct kernel *kernel, uint32_t sid);

/*
 * What a host invalidates by itself [HW-24]. A VMID is free again: everything that was translated
 * with it. Memory of an IOAS was unmapped: everything with the VMIDs of its nest parents, and what
 * the ATCs of the devices on it hold.
 */
void smmu_forget_vmid(struct kernel *kernel, uint16_t vmid);
void smmu_forget_memory(struct kernel *kernel, const struct ioas *ioas);

#endif
