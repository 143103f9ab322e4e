/* SPDX-License-Identifier: BSD-2-Clause */
/* vDEVICEs by the StreamID of the guest. */
#ifndef SRC_KERNEL_VDEVICE_H
#define SRC_KERNEL_VDEVICE_H

#include "state.h"

/* NULL: the vIOMMU has none of this vSID. */
struct vdevice *vdevice_find(const struct kernel_iommufd *fd, const struct viommu *viommu,
			     uint64_t vsid);

void vdevice_fini(struct kernel *kernel, struct vdevice *vdevice);

#endif
