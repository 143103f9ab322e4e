/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vDEVICE: a guest's StreamID for a device, in a SID slot of the VINTF, by which the
 * hardware replaces the StreamID of an ATC_INV. The physical StreamID is written before
 * the slot takes part in the look-up, and is cleared after the slot has left it.
 */
#include <errno.h>
#include <stdlib.h>

#include "hw.h"
#include "object.h"
#include "vdevice.h"

#define MAX_VSID (CMDQV_SID_MATCH_VIRT_SID / CMDQV_LOWEST(CMDQV_SID_MATCH_VIRT_SID))

struct vdevice *vdevice_find(const struct kernel_iommufd *fd, const struct viommu *viommu,
			     uint64_t vsid)
{
	for (struct object *object = fd->objects; object; object = object->next) {
		struct vdevice *vdevice = (struct vdevice *)object;

		if (object->type == OBJECT_VDEVICE && vdevice->viommu == viommu &&
		    vdevice->vsid == vsid)
			return vdevice;
	}
	return NULL;
}

static uint32_t free_slot(const struct kernel *kernel, const struct viommu *viommu)
{
	for (uint32_t s = 0; s < reg_num_sids(&kernel->geometry); s++)
		if (!(viommu->sids >> s & 1))
			return s;
	return SLOT_NONE;
}

static int take_slot(struct kernel *kernel, struct vdevice *vdevice)
{
	struct viommu *viommu = vdevice->viommu;
	uint32_t slot = free_slot(kernel, viommu);

	if (slot == SLOT_NONE)
		return -ENOSPC;
	hw_write32(kernel, reg_of_vintf(REG_SID_REPLACE, viommu->vintf, slot),
		   vdevice->device->sid);
	hw_write32(kernel, reg_of_vintf(REG_SID_MATCH, viommu->vintf, slot),
		   CMDQV_SET(CMDQV_SID_MATCH_VIRT_SID, vdevice->vsid) | CMDQV_SID_MATCH_ENABLE);
	viommu->sids |= 1ULL << slot;
	vdevice->slot = slot;
	return 0;
}

int kernel_vdevice_alloc(struct kernel_iommufd *fd, struct kernel_vdevice_alloc *cmd)
{
	struct viommu *viommu = (struct viommu *)object_find(fd, cmd->viommu_id, OBJECT_VIOMMU);
	struct device *device = (struct device *)object_find(fd, cmd->dev_id, OBJECT_DEVICE);
	struct vdevice *vdevice;
	int err = 0;

	if (!viommu || !device)
		return -ENOENT;
	if (device->vdevice)
		return -EEXIST;
	if (vdevice_find(fd, viommu, cmd->virt_id))
		return -EEXIST;
	if (device->num_sids != 1)
		return -EOPNOTSUPP;
	if (viommu->vintf && cmd->virt_id > MAX_VSID)
		return -EINVAL;
	vdevice = calloc(1, sizeof(*vdevice));
	if (!vdevice)
		return -ENOMEM;
	vdevice->viommu = viommu;
	vdevice->device = device;
	vdevice->vsid = cmd->virt_id;
	vdevice->slot = SLOT_NONE;
	if (viommu->vintf)
		err = take_slot(fd->kernel, vdevice);
	if (err) {
		free(vdevice);
		return err;
	}
	device->vdevice = vdevice;
	viommu->object.users++;
	object_add(fd, &vdevice->object, OBJECT_VDEVICE);
	cmd->out_vdevice_id = vdevice->object.id;
	return 0;
}

void vdevice_fini(struct kernel *kernel, struct vdevice *vdevice)
{
	struct viommu *viommu = vdevice->viommu;

	if (vdevice->slot != SLOT_NONE) {
		hw_write32(kernel, reg_of_vintf(REG_SID_MATCH, viommu->vintf, vdevice->slot), 0);
		hw_write32(kernel, reg_of_vintf(REG_SID_REPLACE, viommu->vintf, vdevice->slot), 0);
		viommu->sids &= ~(1ULL << vdevice->slot);
	}
	vdevice->device->vdevice = NULL;
	viommu->object.users--;
}
