/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every VMM does on a Grace host before it opens the library's iommufd backend: the
 * iommufd, a VFIO device bound to it, guest RAM mapped for DMA, a nest parent.
 */
#ifndef VMM_VFIO_H
#define VMM_VFIO_H

#include "memory.h"

#include <cmdqv/iommufd.h>

struct vfio {
	int iommufd; /* /dev/iommu */
	int device;  /* a VFIO character device */
	uint32_t dev_id;
	uint32_t ioas_id;
	uint32_t nest_parent; /* a HWPT, which the device is attached to */
	struct cmdqv_hw_info info;
};

/*
 * Opens the device at `cdev` (/dev/vfio/devices/vfioN) with `memory` for its DMA. On failure
 * nothing is left, and `error` says what to do.
 *
 * Returns: 0; -ENOENT, -EACCES: no such device, or no permission; -ENOTTY: it is another
 * device; -EOPNOTSUPP: no CMDQV, or no nesting; -EPROTO: an answer that makes no sense; or what
 * else a system call said.
 */
int vfio_open(struct vfio *vfio, const char *cdev, const struct memory *memory,
	      struct cmdqv_error *error);

/*
 * Asks the kernel about the SMMU of a device that no program uses, without memory: opened, bound
 * and closed again. Returns as vfio_open(); the caller sets info->size.
 */
int vfio_ask(const char *cdev, struct cmdqv_hw_info *info, struct cmdqv_error *error);

/* In reverse. Whatever stood on it (the library's backend) was closed before. */
void vfio_close(struct vfio *vfio);

#endif
