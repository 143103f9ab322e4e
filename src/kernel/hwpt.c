/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables: nest parents, which own a VMID, and nested ones, which hold a guest's stream
 * table entry.
 *
 * A HWPT is its checks, its VMID and its place in the order of destruction. stream.c shows it
 * to the SMMU.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hwpt.h"
#include "object.h"
#include "regs/ste.h"
#include "smmu.h"

/* The lowest VMID that is free, from 1. Returns: 0; -ENOSPC. */
static int vmid_alloc(struct kernel *kernel, uint16_t *vmid)
{
	uint32_t end = 1U << kernel->config.vmid_bits;

	for (uint32_t i = 1; i < end; i++) {
		uint64_t bit = 1ULL << i % 64;

		if (kernel->vmids[i / 64] & bit)
			continue;
		kernel->vmids[i / 64] |= bit;
		*vmid = (uint16_t)i;
		return 0;
	}
	return -ENOSPC;
}

static int hwpt_alloc_paging(struct kernel_iommufd *fd, struct kernel_hwpt_alloc *cmd,
			     struct ioas *ioas)
{
	struct hwpt *hwpt;
	int err = 0;

	if (cmd->data_type != KERNEL_HWPT_DATA_NONE ||
	    (cmd->flags != 0 && cmd->flags != KERNEL_HWPT_NEST_PARENT &&
	     cmd->flags != KERNEL_HWPT_PASID))
		return -EOPNOTSUPP;
	hwpt = calloc(1, sizeof(*hwpt));
	if (!hwpt)
		return -ENOMEM;
	hwpt->nest_parent = cmd->flags == KERNEL_HWPT_NEST_PARENT;
	if (hwpt->nest_parent)
		err = vmid_alloc(fd->kernel, &hwpt->vmid);
	if (err) {
		free(hwpt);
		return err;
	}
	hwpt->ioas = ioas;
	ioas->object.users++;
	object_add(fd, &hwpt->object, OBJECT_HWPT);
	cmd->out_hwpt_id = hwpt->object.id;
	return 0;
}

void hwpt_fini(struct kernel *kernel, struct hwpt *hwpt)
{
	if (hwpt->nest_parent) {
		smmu_forget_vmid(kernel, hwpt->vmid);
		kernel->vmids[hwpt->vmid / 64] &= ~(1ULL << hwpt->vmid % 64);
	}
	hwpt->ioas->object.users--;
}

static int hwpt_alloc_nested(struct kernel_iommufd *fd, struct kernel_hwpt_alloc *cmd,
			     struct viommu *viommu)
{
	struct nested *nested;
	uint64_t ste[2];

	if ((cmd->flags & ~KERNEL_HWPT_FAULT_ID_VALID) || !cmd->data_len)
		return -EOPNOTSUPP;
	if (cmd->data_type != KERNEL_HWPT_DATA_ARM_SMMUV3 || cmd->data_len != sizeof(ste))
		return -EINVAL;
	memcpy(ste, cmd->data, sizeof(ste));
	if (ste_check_guest(ste) != STE_GOOD)
		return -EIO;
	if (cmd->flags & KERNEL_HWPT_FAULT_ID_VALID)
		return -ENOENT; /* no fault queue can have been allocated */
	nested = calloc(1, sizeof(*nested));
	if (!nested)
		return -ENOMEM;
	nested->viommu = viommu;
	nested->stage1 = ste_is_stage1(ste);
	memcpy(nested->ste, ste, sizeof(ste));
	viommu->object.users++;
	object_add(fd, &nested->object, OBJECT_NESTED);
	cmd->out_hwpt_id = nested->object.id;
	return 0;
}

void nested_fini(struct nested *nested)
{
	nested->viommu->object.users--;
}

int kernel_hwpt_alloc(struct kernel_iommufd *fd, struct kernel_hwpt_alloc *cmd)
{
	const uint32_t known = KERNEL_HWPT_NEST_PARENT | KERNEL_HWPT_DIRTY_TRACKING |
			       KERNEL_HWPT_FAULT_ID_VALID | KERNEL_HWPT_PASID;
	bool none = cmd->data_type == KERNEL_HWPT_DATA_NONE;
	struct object *on;

	if ((cmd->flags & ~known) || cmd->reserved)
		return -EOPNOTSUPP;
	if (none == (cmd->data_len != 0))
		return -EINVAL;
	if (!object_find(fd, cmd->dev_id, OBJECT_DEVICE))
		return -ENOENT;
	on = object_find_any(fd, cmd->pt_id);
	if (!on)
		return -EINVAL;
	switch (on->type) {
	case OBJECT_IOAS:
		return hwpt_alloc_paging(fd, cmd, (struct ioas *)on);
	case OBJECT_VIOMMU:
		return hwpt_alloc_nested(fd, cmd, (struct viommu *)on);
	case OBJECT_HWPT:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}
