/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices: bound to an iommufd, attached to page tables. The VFIO half of the kernel.
 */
#include <errno.h>
#include <stdlib.h>

#include "ioas.h"
#include "object.h"
#include "smmu.h"
#include "vdevice.h"

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
	device->object.users = 1; /* the binding */
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

/* Attaches the device to `pt`, or to nothing, in place of what it had. */
static void device_replace(struct kernel *kernel, struct device *device, struct object *pt)
{
	struct object *former = device->attached;

	if (pt) {
		ioas_behind(pt)->attached++;
		pt->users++;
	}
	device->attached = pt;
	if (former) {
		ioas_behind(former)->attached--;
		former->users--;
	}
	for (uint32_t i = 0; (former || pt) && i < device->num_sids; i++)
		smmu_forget_stream(kernel, device->sid + i);
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
	device_replace(fd->kernel, device, pt);
	return 0;
}

int kernel_device_detach(struct kernel_iommufd *fd, uint32_t dev_id)
{
	struct device *device = (struct device *)object_find(fd, dev_id, OBJECT_DEVICE);

	if (!device)
		return -ENOENT;
	device_replace(fd->kernel, device, NULL);
	return 0;
}

int kernel_device_unbind(struct kernel_iommufd *fd, uint32_t dev_id)
{
	struct device *device = (struct device *)object_find(fd, dev_id, OBJECT_DEVICE);

	if (!device)
		return -ENOENT;
	device_replace(fd->kernel, device, NULL);
	if (device->vdevice) {
		struct object *vdevice = &device->vdevice->object;

		vdevice_fini(fd->kernel, device->vdevice);
		vdevice->type = OBJECT_TOMBSTONE;
	}
	object_remove(fd, &device->object);
	free(device);
	return 0;
}

void kernel_device_unbind_all(struct kernel_iommufd *fd)
{
	struct object *object = fd->objects;

	while (object) {
		struct object *next = object->next;

		if (object->type == OBJECT_DEVICE)
			(void)kernel_device_unbind(fd, object->id);
		object = next;
	}
}
