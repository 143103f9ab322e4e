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
#define IOCTL_HWPT_ALLOC 0x3B89UL
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

/* For cmdqv_vmm_ops: the RAM of tests/viommu/fixture.h. */
static inline bool vmm_is_guest_ram(void *user, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)user;
	return gpa.value >= RAM_GPA && bytes <= RAM_BYTES &&
	       gpa.value - RAM_GPA <= RAM_BYTES - bytes;
}

static inline void guest_write(struct cmdqv *dev, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	assert_int_equal(cmdqv_access(dev, &access), 0);
}

#endif
