/* SPDX-License-Identifier: BSD-2-Clause */
/* The devices of a VM, by virtual StreamID. */
#ifndef SRC_VIOMMU_DEVICE_H
#define SRC_VIOMMU_DEVICE_H

#include "viommu/state.h"

/* The device of this StreamID; NULL if none was added, and `error` says so. */
struct viommu_device *device_find(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid,
				  struct cmdqv_error *error);

/*
 * Is it still the device that was added? Returns: 0; -ENOENT: it was closed, and its id and number
 * may be another's; what else the kernel said.
 */
int device_confirm(const struct cmdqv_viommu *viommu, struct viommu_device *device,
		   struct cmdqv_error *error);

/* Removes every device, as far as that can be done. */
void device_close_all(struct cmdqv_viommu *viommu);

#endif
