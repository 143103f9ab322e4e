/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of what only the port on Linux has: a VMM of tests/viommu/ on the front. */
#ifndef TESTS_IOMMUFD_FIXTURE_H
#define TESTS_IOMMUFD_FIXTURE_H

#include <unistd.h>

#include "../viommu/fixture.h"
#include "front.h"
#include "uapi.h"

/* ioctls that tests name: docs/iommufd.md */
#define IOCTL_ATTACH 0x3B77UL
#define IOCTL_DETACH 0x3B78UL
#define IOCTL_DESTROY 0x3B80UL
#define IOCTL_HW_INFO 0x3B8AUL
#define IOCTL_INVALIDATE 0x3B8DUL

static inline struct cmdqv_iommufd_config vmm_config(const struct vmm *vmm)
{
	return (struct cmdqv_iommufd_config){.size = sizeof(struct cmdqv_iommufd_config),
					     .iommufd = vmm->iommufd,
					     .dev_id = vmm->dev_id[0],
					     .hwpt_id = vmm->parent_id,
					     .guest_repeats = vmm->guest_repeats};
}

#endif
