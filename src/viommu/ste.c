/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's stream table entry is a nested HWPT. A new one is allocated and attached before the
 * former one is destroyed, so that a failure on the way leaves what was, and the device is
 * translated all the time. A former one that cannot be destroyed is remembered and stands in the
 * way of the next: never more than one is left.
 *
 * Bits that are not a guest's are masked here; the entry itself is checked by the host kernel. The
 * rule in software is ste_check_guest(), regs/ste.c.
 */
#include <errno.h>

#include "describe/failure.h"
#include "regs/ste.h"
#include "viommu/device.h"
#include "viommu/idr.h"
#include "viommu/object.h"

/*
 * cmdqv_hw_info_limit_idr() tells the guest that faults do not stall. But on a physical SMMU with
 * STALL_MODEL 0 a context descriptor, which the guest writes, can make them stall. The guest could
 * not end such a stall: Linux reports to a vIOMMU only faults that did not stall, and has no call
 * that resumes one for a guest. So this library sets S1STALLD in the stream table entry, and the
 * SMMU then stalls no fault of the device.
 */
static uint64_t stall_bit(const struct cmdqv_viommu *viommu, const uint64_t ste[2])
{
	return ste_is_stage1(ste) && idr_can_stall(&viommu->info) ? STE1_S1STALLD : 0;
}

/* Attaches the device to a new HWPT and lets go of the former one. */
static int ste_replace(const struct port *port, struct viommu_device *device, uint32_t id,
		       struct cmdqv_error *error)
{
	int err = port->ops->attach(port, &device->device, id);

	device->former_hwpt_id = err ? id : device->hwpt_id;
	if (!err)
		device->hwpt_id = id;
	(void)object_let_go(port, &device->former_hwpt_id);
	return err ? failure_set(error, REASON_ATTACH, err) : 0;
}

int cmdqv_viommu_set_ste(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid, const uint64_t ste[2],
			 struct cmdqv_error *error)
{
	const uint64_t own[2] = {ste[0] & STE0_GUEST, ste[1] & STE1_GUEST};
	const uint64_t taken[2] = {own[0], own[1] | stall_bit(viommu, own)};
	struct viommu_device *device = device_find(viommu, vsid, error);
	const struct port *port = &viommu->port;
	uint32_t id;
	int err;

	if (!device)
		return -ENOENT;
	if (device->gone)
		return failure_set(error, REASON_HWPT_ALLOC, -ENOENT);
	/* For stage 1 the kernel looks for the vDEVICE; any other entry it gives to any device. */
	err = ste_is_stage1(taken) ? 0 : device_confirm(viommu, device, error);
	if (err)
		return err;
	err = object_let_go(port, &device->former_hwpt_id);
	if (err)
		return failure_set(error, REASON_DESTROY, err);
	err = port->ops->nested_alloc(port, viommu->viommu.id, device->device.id, taken, &id);
	if (err)
		return failure_set(error, REASON_HWPT_ALLOC, err);
	return ste_replace(port, device, id, error);
}
