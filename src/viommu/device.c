/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices and their vDEVICEs. A device has a vDEVICE from the moment that it is added, for the
 * kernel wants one before it attaches a stage 1 entry.
 *
 * The VMM owns the descriptors of devices, and may close one too early: its number may then be
 * another device's. Before a device is detached its vDEVICE is destroyed, for the kernel tells by
 * that whether the descriptor is still open: closing it destroys the vDEVICE, and no other object
 * gets the id until the iommufd is closed. A device that is gone is not detached.
 */
#include "viommu/device.h"

#include <errno.h>

#include "describe/failure.h"
#include "viommu/object.h"

static struct viommu_device *device_with(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++)
		if (viommu->devices[i].used && viommu->devices[i].vsid.value == vsid.value)
			return &viommu->devices[i];
	return NULL;
}

struct viommu_device *device_find(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid,
				  struct cmdqv_error *error)
{
	struct viommu_device *device = device_with(viommu, vsid);

	if (!device)
		(void)cmdqv_error_set(error, -ENOENT, "no-device",
				      "no device was added with StreamID 0x%x; call "
				      "cmdqv_viommu_add_device()",
				      vsid.value);
	return device;
}

static struct viommu_device *device_free(struct cmdqv_viommu *viommu)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++)
		if (!viommu->devices[i].used)
			return &viommu->devices[i];
	return NULL;
}

static bool device_is_namesake(const struct viommu_device *device, const struct port_device *added)
{
	return device->device.id == added->id || (added->fd >= 0 && device->device.fd == added->fd);
}

/*
 * A device that gets a vDEVICE had none before. So an older device with its descriptor or its id
 * was closed.
 */
static void device_forget_namesakes(struct cmdqv_viommu *viommu, const struct port_device *added)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++)
		if (device_is_namesake(&viommu->devices[i], added))
			viommu->devices[i].gone = true;
}

/* Is it here still, for a removal of it failed before it was detached? */
static bool device_is_stuck(const struct cmdqv_viommu *viommu, const struct port_device *added)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++) {
		const struct viommu_device *device = &viommu->devices[i];

		if (device->used && !device->vdevice_id && !device->gone &&
		    device_is_namesake(device, added))
			return true;
	}
	return false;
}

int cmdqv_viommu_add_device(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid, uint32_t dev_id,
			    int device_fd, struct cmdqv_error *error)
{
	const struct port_device added = {.id = dev_id, .fd = device_fd};
	struct viommu_device *device = device_free(viommu);
	uint32_t id;
	int err;

	if (device_with(viommu, vsid) || device_is_stuck(viommu, &added))
		return failure_set(error, REASON_VDEVICE_ALLOC, -EEXIST);
	if (!device)
		return failure_set(error, REASON_VDEVICE_ALLOC, -ENOSPC);
	err = viommu->port.ops->vdevice_alloc(&viommu->port, viommu->viommu.id, dev_id, vsid, &id);
	if (err)
		return failure_set(error, REASON_VDEVICE_ALLOC, err);
	device_forget_namesakes(viommu, &added);
	*device = (struct viommu_device){
		.used = true, .vsid = vsid, .device = added, .vdevice_id = id};
	return 0;
}

/* A device that still has its vDEVICE gets no second one. */
int device_confirm(const struct cmdqv_viommu *viommu, struct viommu_device *device,
		   struct cmdqv_error *error)
{
	const struct port *port = &viommu->port;
	uint32_t id;
	int err;

	if (!device->vdevice_id) /* a removal of it failed */
		return 0;
	err = port->ops->vdevice_alloc(port, viommu->viommu.id, device->device.id, device->vsid,
				       &id);
	if (err == -EEXIST)
		return 0;
	if (err && err != -ENOENT)
		return failure_set(error, REASON_VDEVICE_ALLOC, err);
	if (!err)
		(void)object_destroy(port, id);
	device->gone = true;
	return failure_set(error, REASON_HWPT_ALLOC, -ENOENT);
}

/* Destroys the vDEVICE. A vDEVICE that is gone went with the device's descriptor. */
static int device_let_go_of_vdevice(const struct port *port, struct viommu_device *device)
{
	int err;

	if (!device->vdevice_id)
		return 0;
	err = port->ops->destroy(port, device->vdevice_id);
	if (err && err != -ENOENT)
		return err;
	device->gone = device->gone || err;
	device->vdevice_id = 0;
	return 0;
}

/*
 * A descriptor that was closed took the attachment with it. A device that was detached is let alone
 * from then on, should something else fail.
 */
static int device_detach(const struct port *port, struct viommu_device *device)
{
	int err = device->gone ? 0 : port->ops->detach(port, &device->device);

	device->gone = device->gone || !err;
	return err == -EBADF || err == -ENOTTY || err == -ENODEV ? 0 : err;
}

/* What it is attached to without an entry is the VMM's: `blocks` detaches it from that too. */
static int device_remove(const struct port *port, struct viommu_device *device, bool blocks,
			 struct cmdqv_error *error)
{
	int err = device_let_go_of_vdevice(port, device);

	if (err)
		err = device_let_go_of_vdevice(port, device); /* once more, as object_destroy() */
	if (err)
		return failure_set(error, REASON_DESTROY, err);
	if (blocks || device->hwpt_id)
		err = device_detach(port, device);
	if (err)
		return failure_set(error, REASON_DETACH, err);
	err = object_let_go(port, &device->hwpt_id);
	if (!err)
		err = object_let_go(port, &device->former_hwpt_id);
	if (err)
		return failure_set(error, REASON_DESTROY, err);
	*device = (struct viommu_device){.used = false};
	return 0;
}

int cmdqv_viommu_remove_device(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid,
			       struct cmdqv_error *error)
{
	struct viommu_device *device = device_find(viommu, vsid, error);

	return device ? device_remove(&viommu->port, device, true, error) : -ENOENT;
}

void device_close_all(struct cmdqv_viommu *viommu)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++) {
		struct viommu_device *device = &viommu->devices[i];

		if (device->used && device_remove(&viommu->port, device, false, NULL))
			(void)device_remove(&viommu->port, device, false, NULL);
	}
}
