/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables: nest parents, which own a VMID, nested ones, which are a guest's stream
 * table entry, and the devices that are attached to them.
 *
 * There is no SMMU here: a HWPT is its checks, its VMID and its place in the order of
 * destruction.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "regs/ste.h"

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
	if (hwpt->nest_parent)
		kernel->vmids[hwpt->vmid / 64] &= ~(1ULL << hwpt->vmid % 64);
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
	if (none ? (cmd->data_len || cmd->data) : !cmd->data_len)
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

/* Is a device with this StreamID bound in any iommufd? */
static bool sid_is_bound(const struct kernel *kernel, uint32_t sid)
{
	for (const struct kernel_iommufd *fd = kernel->fds; fd; fd = fd->next) {
		for (const struct object *object = fd->objects; object; object = object->next) {
			const struct device *device = (const struct device *)object;

			if (object->type == OBJECT_DEVICE && device->num_sids &&
			    sid >= device->sid && sid - device->sid < device->num_sids)
				return true;
		}
	}
	return false;
}

int kernel_device_bind(struct kernel_iommufd *fd, struct kernel_device_bind *cmd)
{
	struct device *device;

	if (cmd->flags || cmd->sid > CMDQV_SID_REPLACE_PHYS_SID ||
	    cmd->num_sids > CMDQV_SID_REPLACE_PHYS_SID - cmd->sid + 1)
		return -EINVAL;
	for (uint32_t i = 0; i < cmd->num_sids; i++)
		if (sid_is_bound(fd->kernel, cmd->sid + i))
			return -EINVAL;
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->sid = cmd->sid;
	device->num_sids = cmd->num_sids;
	device->object.users = 1; /* whoever bound it */
	object_add(fd, &device->object, OBJECT_DEVICE);
	cmd->out_devid = device->object.id;
	return 0;
}

static struct ioas *ioas_behind(struct object *pt)
{
	switch (pt->type) {
	case OBJECT_IOAS:
		return (struct ioas *)pt;
	case OBJECT_HWPT:
		return ((struct hwpt *)pt)->ioas;
	case OBJECT_NESTED:
		return ((struct nested *)pt)->viommu->parent->ioas;
	default:
		return NULL;
	}
}

static void detach(struct device *device)
{
	if (!device->attached)
		return;
	ioas_behind(device->attached)->attached--;
	device->attached->users--;
	device->attached = NULL;
}

int kernel_device_attach(struct kernel_iommufd *fd, uint32_t dev_id, uint32_t pt_id)
{
	struct device *device = (struct device *)object_find(fd, dev_id, OBJECT_DEVICE);
	struct object *pt = object_find_any(fd, pt_id);
	struct ioas *ioas;

	if (!device || !pt)
		return -ENOENT;
	ioas = ioas_behind(pt);
	if (!ioas)
		return -EINVAL;
	if (pt->type == OBJECT_NESTED) {
		const struct nested *nested = (const struct nested *)pt;

		if (nested->stage1 &&
		    (!device->vdevice || device->vdevice->viommu != nested->viommu))
			return -ENOENT;
	}
	if (!ioas_msi_is_free(ioas))
		return -EADDRINUSE;
	detach(device);
	ioas->attached++;
	pt->users++;
	device->attached = pt;
	return 0;
}

int kernel_device_detach(struct kernel_iommufd *fd, uint32_t dev_id)
{
	struct device *device = (struct device *)object_find(fd, dev_id, OBJECT_DEVICE);

	if (!device)
		return -ENOENT;
	detach(device);
	return 0;
}

int kernel_device_unbind(struct kernel_iommufd *fd, uint32_t dev_id)
{
	struct device *device = (struct device *)object_find(fd, dev_id, OBJECT_DEVICE);

	if (!device)
		return -ENOENT;
	detach(device);
	if (device->vdevice) {
		struct object *vdevice = &device->vdevice->object;

		vdevice_fini(fd->kernel, device->vdevice);
		vdevice->type = OBJECT_TOMBSTONE;
	}
	object_remove(fd, &device->object);
	free(device);
	return 0;
}
