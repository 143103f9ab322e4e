/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the physical SMMU reads of the kernel and tells it: a stream table, which is a view of the
 * devices and what they are attached to; stage 2, which is a view of the IOASes; events.
 *
 * Not modelled: tables of stage 2 in memory. A physical address is an address of this process.
 */
#include <errno.h>
#include <string.h>

#include <cmdqv/regs.h>

#include "ioas.h"
#include "regs/event.h"
#include "regs/ste.h"
#include "state.h"
#include "veventq.h"

/* Calls `visit` for each object of a type, until it returns what is not NULL. */
static const void *stream_search(const struct kernel *kernel, enum object_type type,
				 const void *(*visit)(const struct object *, uint64_t),
				 uint64_t key)
{
	for (const struct kernel_iommufd *fd = kernel->fds; fd; fd = fd->next) {
		for (const struct object *object = fd->objects; object; object = object->next) {
			const void *found = object->type == type ? visit(object, key) : NULL;

			if (found)
				return found;
		}
	}
	return NULL;
}

static const void *device_of_sid(const struct object *object, uint64_t sid)
{
	const struct device *device = (const struct device *)object;

	return sid >= device->sid && sid - device->sid < device->num_sids ? device : NULL;
}

static const void *parent_of_vmid(const struct object *object, uint64_t vmid)
{
	const struct hwpt *hwpt = (const struct hwpt *)object;

	return hwpt->nest_parent && hwpt->vmid == vmid ? hwpt : NULL;
}

static const void *area_of_address(const struct object *object, uint64_t address)
{
	return ioas_area_of_host((const struct ioas *)object, address);
}

/* Stage 2 of a nest parent, under what a guest said of stage 1. */
static void stream_nest(uint64_t entry[8], const struct hwpt *parent, const uint64_t ste[2])
{
	uint64_t config = CMDQV_GET(STE0_CONFIG, ste[0]);

	if (!(ste[0] & STE0_V) || config == STE_CONFIG_ABORT)
		return;
	entry[0] = ste[0] | CMDQV_SET(STE0_CONFIG, (uint64_t)STE_CONFIG_S2);
	entry[1] = ste[1];
	entry[2] = CMDQV_SET(STE2_S2VMID, (uint64_t)parent->vmid) | STE2_S2AA64 | STE2_S2R;
}

void kernel_stream_entry(const struct kernel *kernel, uint32_t sid, uint64_t entry[8])
{
	static const uint64_t bypass[2] = {
		STE0_V | CMDQV_SET(STE0_CONFIG, (uint64_t)STE_CONFIG_BYPASS), 0};
	const struct device *device = stream_search(kernel, OBJECT_DEVICE, device_of_sid, sid);

	memset(entry, 0, STE_WORDS * sizeof(*entry));
	if (!device)
		return;
	entry[0] = STE0_V;
	if (!device->attached)
		return;
	if (device->attached->type == OBJECT_NESTED) {
		const struct nested *nested = (const struct nested *)device->attached;

		stream_nest(entry, nested->viommu->parent, nested->ste);
	} else if (device->attached->type == OBJECT_HWPT) {
		const struct hwpt *hwpt = (const struct hwpt *)device->attached;

		if (hwpt->nest_parent)
			stream_nest(entry, hwpt, bypass);
	}
}

bool kernel_stage2(const struct kernel *kernel, uint16_t vmid, uint64_t ipa,
		   struct kernel_span *span)
{
	const struct hwpt *parent = stream_search(kernel, OBJECT_HWPT, parent_of_vmid, vmid);
	const struct area *area = parent ? ioas_area_of_iova(parent->ioas, ipa) : NULL;

	if (!area || !area->host)
		return false;
	*span = (struct kernel_span){
		.ipa = area->iova,
		.bytes = area->last - area->iova + 1,
		.host = area->host,
		.writable = area->writable,
	};
	return true;
}

void *kernel_memory(const struct kernel *kernel, uint64_t address, uint64_t bytes)
{
	const struct area *area = stream_search(kernel, OBJECT_IOAS, area_of_address, address);

	if (!area || bytes > (uintptr_t)area->host + (area->last - area->iova) + 1 - address)
		return NULL;
	return (void *)(uintptr_t)address;
}

/*
 * Does Linux hand the record on to a VM? By its number: C_BAD_STE, F_STREAM_DISABLED,
 * C_BAD_SUBSTREAMID, C_BAD_CD, F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION.
 */
static bool event_is_of_guest(const uint64_t record[4])
{
	const uint32_t forwarded = 1U << 0x04 | 1U << 0x06 | 1U << 0x08 | 1U << 0x0A | 0xFU << 0x10;
	uint64_t id = CMDQV_GET(EVENT0_ID, record[0]);

	return !(record[1] & EVENT1_S2) && id < 32 && (forwarded >> id & 1);
}

/*
 * The vIOMMU that hears of the device: the one that has its vDEVICE and the nested HWPT that it is
 * attached to. Of what happens on a nest parent a guest hears nothing.
 */
static struct viommu *viommu_of_events(const struct device *device)
{
	const struct nested *nested = (const struct nested *)device->attached;

	if (!device->vdevice || !nested || nested->object.type != OBJECT_NESTED ||
	    nested->viommu != device->vdevice->viommu)
		return NULL;
	return nested->viommu;
}

int kernel_smmu_event(const struct kernel *kernel, const uint64_t record[4])
{
	uint32_t sid = (uint32_t)CMDQV_GET(EVENT0_SID, record[0]);
	const struct device *device = stream_search(kernel, OBJECT_DEVICE, device_of_sid, sid);
	struct viommu *viommu = device ? viommu_of_events(device) : NULL;
	struct kernel_vevent_smmuv3 event;

	if (!viommu || !event_is_of_guest(record))
		return -ENOENT;
	memcpy(event.evt, record, sizeof(event.evt));
	event.evt[0] = (record[0] & ~EVENT0_SID) | CMDQV_SET(EVENT0_SID, device->vdevice->vsid);
	veventq_post(viommu, KERNEL_VEVENTQ_ARM_SMMUV3, event.evt);
	return 0;
}
