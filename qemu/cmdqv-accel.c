/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdqv-accel: the virt machine's SMMUv3 is accelerated by a Grace host's, with a CMDQV that the
 * guest sees. For VFIO devices, on a Linux host with KVM and iommufd.
 *
 *	-machine virt,gic-version=3,iommu=smmuv3 -accel kvm -object iommufd,id=iommufd0
 *	-device cmdqv-accel -device pcie-root-port,id=port,bus=pcie.0
 *	-device vfio-pci,host=BDF,bus=port,iommufd=iommufd0
 *
 * How it works. QEMU's emulated SMMUv3 stays what the guest sees. This device stands before its
 * registers, and puts itself in the place of its functions for the PCI bus:
 *
 * - A VFIO device gets the machine's memory for its address space, so that QEMU's container
 *   maps the guest's RAM into its IOAS at the guest's addresses. With the first device comes a
 *   nest parent on that IOAS, and the library's vIOMMU and CMDQV on it.
 * - A write of PROD moves the emulated command queue in steps: invalidations go to the host first,
 *   a command that changes stream table entries makes us read those of the VFIO devices, and then
 *   the emulation consumes the same commands. So it completes and signals them, and forgets what
 *   it must for its own devices. What the host refuses is an error in the guest's queue.
 * - Events of the host's SMMU go into the guest's event queue.
 * - While the guest's SMMU is off, its devices bypass it or are blocked, as GBPA says.
 *
 * The emulation goes on to translate: for emulated devices, and for the addresses of all MSIs,
 * which KVM wants as the guest's physical ones. A TLBI in a CMDQV's queue never reaches it, so its
 * TLB is made to keep nothing.
 *
 * A device has a vDEVICE from the moment that it is plugged, so that what the host has against it
 * is said there; its StreamID is one that no bus has until the guest's SMMU is on and bus numbers
 * are known.
 *
 * The IOAS holds the guest's queues, and must outlive the last device that is unplugged. QEMU's
 * container lives as long as it has a device, so it has one more, which is nothing.
 *
 * Properties: base, spi; map=off: page 0 is never mapped; report=FILE: counters, as JSON, when
 * QEMU ends; x-fail-unplugs=N: for tests, the first N devices that are unplugged stay in the
 * vIOMMU.
 *
 * For QEMU 10.0: later ones have VFIO's structures elsewhere, and from 11.0 on such an SMMU
 * themselves.
 *
 * Not done: migration; several SMMUs; a guest without ACPI, which would not learn where MSIs go;
 * TCG; PASIDs, ATS and PRI; mediated devices.
 *
 * A DIMM stays while a queue lies in it, whatever the guest ejects: the host has pinned the queue's
 * memory, and holds all of the DIMM's mapping with it. Blocks that a virtio-mem device gives back
 * and RAM in a BAR that moves (ivshmem) cannot be held: VFIO complains, and until the guest frees
 * the queue the host goes on to execute it in the memory that was there.
 */
#include "qemu/osdep.h"

#include "cmdqv-device.h"

#include "../../vfio/pci.h"
#include "../smmuv3-internal.h"
#include "hw/boards.h"
#include "hw/hotplug.h"
#include "hw/irq.h"
#include "hw/mem/memory-device.h"
#include "hw/mem/pc-dimm.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "hw/qdev-properties.h"
#include "hw/resettable.h"
#include "hw/vfio/vfio-common.h"
#include "hw/virtio/virtio-bus.h"
#include "hw/virtio/virtio.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/rcu.h"
#include "system/dma.h"
#include "system/hostmem.h"
#include "system/iommufd.h"
#include "system/kvm.h"
#include "system/reset.h"
#include "system/system.h"

#include <cmdqv/iommufd.h>
#include <cmdqv/regs.h>

#include <linux/iommufd.h>

OBJECT_DECLARE_SIMPLE_TYPE(CmdqvAccel, CMDQV_ACCEL)

enum {
	DEVICES = 16,
	BATCH = 64,	  /* commands of the guest's queue that are looked at in one step */
	EVENTS = 64,	  /* that are taken in one turn with the lock */
	NO_BUS = 0x10000, /* StreamIDs from here on are no bus's */
	COMMAND_BYTES = 16,
	STE_BYTES = 64,
	LOG2_STE_BYTES = 6,
	LOG2_DESCRIPTOR_BYTES = 3,
	ABORTED = 2,	   /* CONS.ERR: the command is to be fetched again */
	OVERFLOW_BIT = 31, /* of the event queue's PROD and CONS */
};

#define ENTRY_VALID 1ULL
#define ENTRY_BYPASS (ENTRY_VALID | 4ULL << 1)
#define TABLE_ADDRESS MAKE_64BIT_MASK(6, 46)

/* A VFIO device. */
typedef struct CmdqvAccelDevice {
	/* NULL: the slot has no device. With `added` set it had one, which could not be removed. */
	PCIDevice *pci;
	VFIODevice *vfio;
	uint32_t vsid;
	bool added;   /* to the vIOMMU, with that StreamID */
	bool settled; /* it has had an entry since */
	uint64_t complaints;
} CmdqvAccelDevice;

struct CmdqvAccel {
	DeviceState parent;
	CmdqvMachine machine;
	const PCIIOMMUOps *emulated; /* what the SMMU does for its bus, */
	void *emulated_opaque;	     /*   and what it gets */
	/* of the machine: */
	HotplugHandler *(*handler_of)(MachineState *machine, DeviceState *dev);
	void (*plug)(HotplugHandler *handler, DeviceState *dev, Error **errp);
	void (*unplug)(HotplugHandler *handler, DeviceState *dev, Error **errp);
	IOMMUFDBackend *iommufd;
	struct cmdqv_hw_info info;
	struct cmdqv_viommu *viommu; /* NULL: there was no device yet */
	struct cmdqv *device;
	MemoryRegion page0;
	Notifier machine_done;
	VFIODevice holder; /* of the container */
	CmdqvAccelDevice devices[DEVICES];
	CmdqvMoves moves;
	uint64_t invalidations, refused, entries, smmu_events; /* for the report */
	uint64_t complaints;				       /* about the command queue */
	uint64_t held;					       /* how often a DIMM had to stay */

	bool map;
	char *report;
	uint32_t fail_unplugs;
};

static SMMUv3State *smmu_of(const CmdqvAccel *accel)
{
	return accel->machine.smmu;
}

static CmdqvAccel *accel_of(CmdqvMachine *machine)
{
	return container_of(machine, CmdqvAccel, machine);
}

/* The 1st, 2nd, 4th, 8th ... of what a guest can bring about as often as it likes [DEV-27]. */
static void complain(uint64_t *count, const char *who, const struct cmdqv_error *error)
{
	if (is_power_of_2(++*count))
		error_report("cmdqv: %s: %s (%" PRIu64 ")", who, error->text, *count);
}

/* ---- page 0 ---- */

static int page0_map(void *vmm, const struct cmdqv_page0_map *page)
{
	CmdqvAccel *accel = vmm;

	if (!accel->map)
		return -EPERM;
	if (!memory_region_size(&accel->page0))
		cmdqv_page0_init(&accel->page0, OBJECT(accel), page->view.length,
				 (void *)page->view.host);
	memory_region_add_subregion_overlap(&accel->machine.window, page->guest_offset,
					    &accel->page0, 1);
	cmdqv_note_move(&accel->moves, accel->device, true);
	return 0;
}

/* KVM has no translation of it any more when this returns. */
static void page0_unmap(void *vmm)
{
	CmdqvAccel *accel = vmm;

	memory_region_del_subregion(&accel->machine.window, &accel->page0);
	cmdqv_note_move(&accel->moves, accel->device, false);
}

/* ---- the window ---- */

static void accel_interrupt(void *vmm)
{
	CmdqvAccel *accel = vmm;

	cmdqv_machine_pulse(&accel->machine);
}

static uint64_t window_read(void *opaque, hwaddr offset, unsigned size)
{
	CmdqvAccel *accel = opaque;
	struct cmdqv_mmio access = {.offset = offset, .size = size};

	(void)cmdqv_access(accel->device, &access);
	return access.value;
}

static void window_write(void *opaque, hwaddr offset, uint64_t value, unsigned size)
{
	CmdqvAccel *accel = opaque;
	struct cmdqv_mmio access = {
		.offset = offset,
		.value = value,
		.size = size,
		.write = true,
	};

	(void)cmdqv_access(accel->device, &access);
}

static const MemoryRegionOps window_ops = {
	.read = window_read,
	.write = window_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
	.impl = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
};

/* ---- the guest's event queue ---- */

/* `word` is NULL for one that was lost on the way. */
static void event_put(SMMUv3State *smmu, const uint64_t word[4])
{
	SMMUQueue *queue = &smmu->eventq;
	uint64_t event[4];

	if (!smmuv3_eventq_enabled(smmu))
		return;
	if (!word || smmuv3_q_full(queue)) {
		queue->prod = deposit32(queue->prod, OVERFLOW_BIT, 1,
					!extract32(queue->cons, OVERFLOW_BIT, 1));
	} else {
		for (int i = 0; i < ARRAY_SIZE(event); i++)
			event[i] = cpu_to_le64(word[i]);
		(void)dma_memory_write(&address_space_memory, Q_PROD_ENTRY(queue), event,
				       sizeof(event), MEMTXATTRS_UNSPECIFIED);
		queue->prod = deposit32(queue->prod, 0, queue->log2size + 1, queue->prod + 1);
	}
	if (smmuv3_eventq_irq_enabled(smmu))
		qemu_irq_pulse(smmu->irq[SMMU_IRQ_EVTQ]);
}

static void event_put_bad_ste(SMMUv3State *smmu, uint32_t vsid)
{
	const uint64_t word[4] = {SMMU_EVT_C_BAD_STE | (uint64_t)vsid << 32};

	event_put(smmu, word);
}

/* The host's SMMU has something to tell. It may never end: what is left is for the next turn. */
static void events_of_smmu(void *opaque)
{
	CmdqvAccel *accel = opaque;
	struct cmdqv_viommu_event event;
	int err = 0;

	for (int i = 0; i < EVENTS; i++) {
		err = cmdqv_viommu_smmu_event(accel->viommu, &event);
		if (err != 1)
			break;
		accel->smmu_events++;
		event_put(smmu_of(accel), event.lost ? NULL : event.word);
	}
	if (err < 0 && err != -EINTR && err != -EMSGSIZE && err != -EBADMSG) {
		warn_report("cmdqv: no more events of the host's SMMU: %s", strerror(-err));
		qemu_set_fd_handler(cmdqv_viommu_smmu_event_fd(accel->viommu), NULL, NULL, NULL);
	}
}

static void events_of_cmdqv(void *opaque)
{
	CmdqvAccel *accel = opaque;

	if (cmdqv_events(accel->device) < 0)
		qemu_set_fd_handler(cmdqv_event_fd(accel->device), NULL, NULL, NULL);
}

/* ---- stream table entries ---- */

static bool read_words(hwaddr address, uint64_t *words, size_t count)
{
	if (dma_memory_read(&address_space_memory, address, words, count * sizeof(*words),
			    MEMTXATTRS_UNSPECIFIED) != MEMTX_OK)
		return false;
	for (size_t i = 0; i < count; i++)
		words[i] = le64_to_cpu(words[i]);
	return true;
}

/* Where the guest has the entry of a StreamID. False: nowhere. */
static bool ste_find(const SMMUv3State *smmu, uint32_t sid, hwaddr *address)
{
	uint32_t log2size = FIELD_EX32(smmu->strtab_base_cfg, STRTAB_BASE_CFG, LOG2SIZE);
	uint32_t split = smmu->features & SMMU_FEATURE_2LVL_STE ? smmu->sid_split : 0;
	uint32_t index = sid & ((1u << split) - 1);
	uint64_t base = smmu->strtab_base & TABLE_ADDRESS;
	uint64_t descriptor;
	uint32_t span;

	if (log2size < 32 && sid >> log2size)
		return false;
	if (!split) {
		*address = base + ((uint64_t)sid << LOG2_STE_BYTES);
		return true;
	}
	if (!read_words(base + ((uint64_t)(sid >> split) << LOG2_DESCRIPTOR_BYTES), &descriptor, 1))
		return false;
	span = descriptor & 0x1f;
	*address = (descriptor & TABLE_ADDRESS) + index * STE_BYTES;
	return span && index < 1u << (span - 1);
}

/* What is in force for a StreamID: V 0 blocks. */
static void ste_get(const SMMUv3State *smmu, uint32_t sid, uint64_t ste[2])
{
	hwaddr address;

	ste[0] = ste[1] = 0;
	if (!smmu_enabled((SMMUv3State *)smmu))
		ste[0] = FIELD_EX32(smmu->gbpa, GBPA, ABORT) ? ENTRY_VALID : ENTRY_BYPASS;
	else if (!ste_find(smmu, sid, &address) || !read_words(address, ste, 2))
		ste[0] = 0;
}

/* ---- devices ---- */

static bool device_add(CmdqvAccel *accel, CmdqvAccelDevice *device, uint32_t vsid,
		       struct cmdqv_error *error)
{
	device->vsid = vsid;
	device->settled = false;
	device->added =
		!cmdqv_viommu_add_device(accel->viommu, (cmdqv_vsid_t){vsid},
					 (uint32_t)device->vfio->devid, device->vfio->fd, error);
	return device->added;
}

/* One that no bus has. */
static uint32_t device_spare_vsid(const CmdqvAccel *accel, const CmdqvAccelDevice *device)
{
	return (uint32_t)(NO_BUS + (device - accel->devices));
}

/* While the SMMU is off it keeps the one that it has: bus numbers are known once it is on. */
static uint32_t device_wanted_vsid(const CmdqvAccel *accel, const CmdqvAccelDevice *device)
{
	if (smmu_enabled(smmu_of(accel)))
		return pci_get_bdf(device->pci);
	return device->added ? device->vsid : device_spare_vsid(accel, device);
}

/* One that is not there, because it could not be added or had to go, is tried again. */
static void device_add_again(CmdqvAccel *accel, CmdqvAccelDevice *device, uint32_t vsid)
{
	struct cmdqv_error error;

	if (!device->added && !device_add(accel, device, vsid, &error))
		complain(&device->complaints, device->vfio->name, &error);
}

static void device_remove(CmdqvAccel *accel, CmdqvAccelDevice *device)
{
	struct cmdqv_error error;

	if (device->added &&
	    cmdqv_viommu_remove_device(accel->viommu, (cmdqv_vsid_t){device->vsid}, &error))
		complain(&device->complaints,
			 device->pci ? device->vfio->name : "a device that was unplugged",
			 &error); /* it can be removed again */
	else
		device->added = false;
}

/*
 * A device that was unplugged and could not be removed still has its StreamID in the vIOMMU.
 * Another device will want that StreamID, so the removal is tried again.
 */
static void devices_remove_unplugged(CmdqvAccel *accel)
{
	for (int i = 0; i < DEVICES; i++)
		if (!accel->devices[i].pci)
			device_remove(accel, &accel->devices[i]);
}

/*
 * A device whose entry is refused is blocked: the guest will free what its former entry leads to.
 */
static void ste_set(CmdqvAccel *accel, CmdqvAccelDevice *device, const uint64_t ste[2])
{
	const cmdqv_vsid_t vsid = {device->vsid};
	const uint64_t blocked[2] = {0};
	struct cmdqv_error error;
	int err;

	if (!device->added)
		return;
	device->settled = true;
	accel->entries++;
	err = cmdqv_viommu_set_ste(accel->viommu, vsid, ste, &error);
	if (!err)
		return;
	if (err == -EIO)
		event_put_bad_ste(smmu_of(accel), device->vsid);
	else
		complain(&device->complaints, device->vfio->name, &error);
	if (cmdqv_viommu_set_ste(accel->viommu, vsid, blocked, &error)) {
		complain(&device->complaints, device->vfio->name, &error);
		device_remove(accel, device);
	}
}

/* Those whose bus got another number: all of them go before one comes. */
static void devices_renumber(CmdqvAccel *accel)
{
	CmdqvAccelDevice *device;

	devices_remove_unplugged(accel);
	for (int i = 0; i < DEVICES; i++) {
		device = &accel->devices[i];
		if (device->pci && device->vsid != device_wanted_vsid(accel, device))
			device_remove(accel, device);
	}
	for (int i = 0; i < DEVICES; i++) {
		device = &accel->devices[i];
		if (device->pci)
			device_add_again(accel, device, device_wanted_vsid(accel, device));
	}
}

/* Puts the guest's entries from `first` to `last` in force, and those of devices that have come. */
static void devices_settle(CmdqvAccel *accel, uint32_t first, uint32_t last)
{
	uint64_t ste[2];

	devices_renumber(accel);
	for (int i = 0; i < DEVICES; i++) {
		CmdqvAccelDevice *device = &accel->devices[i];

		if (!device->pci ||
		    (device->settled && (device->vsid < first || device->vsid > last)))
			continue;
		ste_get(smmu_of(accel), device->vsid, ste);
		ste_set(accel, device, ste);
	}
}

static bool device_is_here(const CmdqvAccel *accel, uint32_t sid)
{
	for (int i = 0; i < DEVICES; i++)
		if (accel->devices[i].pci && accel->devices[i].added &&
		    accel->devices[i].vsid == sid)
			return true;
	return false;
}

/* ---- the guest's command queue ---- */

/* What of the queue is looked at in one step. */
typedef struct CmdqvStep {
	struct cmdqv_viommu_command commands[BATCH]; /* for the host */
	uint32_t index[BATCH];			     /* where each of them lies */
	uint32_t count;
	uint32_t end;		      /* PROD behind the last one */
	uint32_t first_sid, last_sid; /* whose entries to look at; none: first > last */
} CmdqvStep;

static uint32_t queue_next(const SMMUQueue *queue, uint32_t index)
{
	return (index + 1) & WRAP_INDEX_MASK(queue);
}

static void step_wants_entries(CmdqvStep *step, uint32_t sid, uint32_t count_log2)
{
	uint32_t mask = count_log2 < 32 ? (1u << count_log2) - 1 : UINT32_MAX;

	step->first_sid = sid & ~mask;
	step->last_sid = sid | mask;
}

/* Takes note of a command. False: the step ends with it. */
static bool step_take(CmdqvStep *step, const CmdqvAccel *accel, const uint64_t word[2],
		      uint32_t index)
{
	uint32_t sid = word[0] >> 32;

	switch (word[0] & 0xff) {
	case CMDQV_OP_CMD_SYNC:
		return false;
	case CMDQV_OP_CFGI_STE:
		step_wants_entries(step, sid, 0);
		return false;
	case CMDQV_OP_CFGI_ALL:
		step_wants_entries(step, sid, (word[1] & 0x1f) + 1);
		return false;
	case SMMU_CMD_PREFETCH_CONFIG:
	case SMMU_CMD_PREFETCH_ADDR:
		return true;
	case CMDQV_OP_CFGI_CD:
	case CMDQV_OP_CFGI_CD_ALL:
	case CMDQV_OP_ATC_INV:
		if (!device_is_here(accel, sid))
			return true; /* an emulated one's */
		break;
	}
	step->commands[step->count] = (struct cmdqv_viommu_command){{word[0], word[1]}};
	step->index[step->count++] = index;
	return true;
}

/* What cannot be read is for the emulation to find. */
static void step_gather(CmdqvStep *step, const CmdqvAccel *accel)
{
	const SMMUQueue *queue = &smmu_of(accel)->cmdq;
	uint32_t prod = queue->prod & WRAP_INDEX_MASK(queue);
	uint64_t word[2];
	bool more = true;

	step->count = 0;
	step->first_sid = 1;
	step->last_sid = 0;
	step->end = queue->cons & WRAP_INDEX_MASK(queue);
	for (int i = 0; i < BATCH && more && step->end != prod; i++) {
		uint64_t offset = (uint64_t)(step->end & INDEX_MASK(queue)) * COMMAND_BYTES;

		more = read_words(Q_BASE(queue) + offset, word, 2) &&
		       step_take(step, accel, word, step->end);
		step->end = queue_next(queue, step->end);
	}
}

/* The emulation consumes up to `end`. */
static void queue_advance(CmdqvAccel *accel, uint32_t end)
{
	SMMUQueue *queue = &smmu_of(accel)->cmdq;
	uint32_t prod = queue->prod;

	(void)cmdqv_machine_smmu_write(&accel->machine, A_CMDQ_PROD, end, 4);
	queue->prod = prod;
}

static void queue_fail(SMMUv3State *smmu, uint32_t error)
{
	smmu_write_cmdq_err(smmu, error);
	if (FIELD_EX32(smmu->gerror ^ smmu->gerrorn, GERROR, CMDQ_ERR))
		return;
	smmu->gerror ^= R_GERROR_CMDQ_ERR_MASK;
	if (smmuv3_gerror_irq_enabled(smmu))
		qemu_irq_pulse(smmu->irq[SMMU_IRQ_GERROR]);
}

/* False: the queue stands, at an error. */
static bool step_issue(CmdqvStep *step, CmdqvAccel *accel)
{
	struct cmdqv_viommu_result result = {.issued = 0};
	struct cmdqv_error error;
	int err = 0;

	if (step->count)
		err = cmdqv_viommu_invalidate(accel->viommu, step->commands, step->count, &result,
					      &error);
	accel->invalidations += result.issued;
	if (!err && !result.error)
		return true;
	if (err)
		complain(&accel->complaints, "the guest's command queue", &error);
	else
		accel->refused++;
	queue_advance(accel, step->index[result.issued]);
	queue_fail(smmu_of(accel), err ? ABORTED : result.error);
	return false;
}

static bool queue_runs(SMMUv3State *smmu)
{
	return smmuv3_cmdq_enabled(smmu) && !smmuv3_q_empty(&smmu->cmdq) &&
	       !FIELD_EX32(smmu->gerror ^ smmu->gerrorn, GERROR, CMDQ_ERR);
}

static void queue_consume(CmdqvAccel *accel)
{
	CmdqvStep step;

	while (queue_runs(smmu_of(accel))) {
		step_gather(&step, accel);
		if (!step_issue(&step, accel))
			return;
		if (step.first_sid <= step.last_sid)
			devices_settle(accel, step.first_sid, step.last_sid);
		queue_advance(accel, step.end);
	}
}

/* ---- before the SMMU's registers ---- */

/* A write after which the emulation would go on with commands that the host has not seen. */
static MemTxResult write_held(CmdqvAccel *accel, hwaddr offset, uint64_t value, unsigned size)
{
	SMMUQueue *queue = &smmu_of(accel)->cmdq;
	uint32_t prod = queue->prod;
	MemTxResult result;

	queue->prod = queue->cons & WRAP_INDEX_MASK(queue);
	result = cmdqv_machine_smmu_write(&accel->machine, offset, value, size);
	queue->prod = prod;
	return result;
}

static MemTxResult smmu_write(CmdqvMachine *machine, hwaddr offset, uint64_t value, unsigned size)
{
	CmdqvAccel *accel = accel_of(machine);
	SMMUv3State *smmu = machine->smmu;
	bool was_enabled = smmu_enabled(smmu);
	uint32_t gbpa = smmu->gbpa;
	MemTxResult result = MEMTX_OK;

	offset &= ~0x10000ULL; /* the second page is the first one again */
	if (size == 4 && offset == A_CMDQ_PROD)
		smmu->cmdq.prod = (uint32_t)value;
	else
		result = write_held(accel, offset, value, size);
	if (smmu_enabled(smmu) != was_enabled || (!was_enabled && smmu->gbpa != gbpa))
		devices_settle(accel, 0, UINT32_MAX);
	queue_consume(accel);
	return result;
}

static void smmu_limit_idr(CmdqvMachine *machine, uint32_t idr[6])
{
	CmdqvAccel *accel = accel_of(machine);
	struct cmdqv_error error;

	if (!cmdqv_hw_info_limit_idr(&accel->info, qemu_minrampagesize(), idr, &error))
		return;
	error_report("cmdqv: %s", error.text);
	exit(EXIT_FAILURE);
}

static const CmdqvSmmuOps smmu_ops = {
	.write = smmu_write,
	.limit_idr = smmu_limit_idr,
};

/* The emulation keeps translations in a table. With this it never finds one there again. */
static gboolean never_equal(gconstpointer one, gconstpointer other)
{
	return FALSE;
}

/*
 * Refuses a device that keeps translations. Such a device asks QEMU for a notifier, which QEMU
 * calls for each TLBI that it executes. But QEMU does not see the TLBIs that the guest puts into
 * its CMDQV, so the device would go on with stale translations. machine_plug() has already refused
 * each vhost device that it can recognise.
 */
static int notifier_refuse(IOMMUMemoryRegion *region, IOMMUNotifierFlag before,
			   IOMMUNotifierFlag after, Error **errp)
{
	if (after == IOMMU_NOTIFIER_NONE)
		return 0;
	error_setg(errp, "behind cmdqv-accel no device may keep translations: leave out a mediated "
			 "device, and vhost=on or iommu_platform=on; put a VFIO device behind a "
			 "pcie-root-port, not behind a pcie-pci-bridge");
	return -EINVAL;
}

/* An entry of the emulation's table that waits until no thread reads it. */
typedef struct {
	struct rcu_head rcu;
	gpointer entry;
} CmdqvForgotten;

static void forget_now(struct rcu_head *head)
{
	CmdqvForgotten *forgotten = container_of(head, CmdqvForgotten, rcu);

	g_free(forgotten->entry);
	g_free(forgotten);
}

/*
 * The emulation reads an entry after it has let go of its lock, in an RCU read section. It empties
 * the table every 256 translations. Then another thread, such as the I/O thread of a disk, may
 * still read an entry.
 */
static void forget(gpointer entry)
{
	CmdqvForgotten *forgotten = g_new(CmdqvForgotten, 1);

	forgotten->entry = entry;
	call_rcu1(&forgotten->rcu, forget_now);
}

static void smmu_keep_no_translations(SMMUState *smmu)
{
	ObjectClass *class = object_class_by_name(TYPE_SMMUV3_IOMMU_MEMORY_REGION);

	IOMMU_MEMORY_REGION_CLASS(class)->notify_flag_changed = notifier_refuse;
	g_hash_table_unref(smmu->iotlb);
	smmu->iotlb = g_hash_table_new_full(NULL, never_equal, g_free, forget);
}

/* ---- with the first device: the vIOMMU and the CMDQV ---- */

/* The library's errors have sentences. */
static bool failed(const struct cmdqv_error *error, Error **errp)
{
	error_setg(errp, "%s", error->text);
	return false;
}

static bool open_viommu(CmdqvAccel *accel, const VFIODevice *vfio, struct cmdqv_backend *backend,
			Error **errp)
{
	VFIOIOMMUFDContainer *container =
		container_of(vfio->bcontainer, VFIOIOMMUFDContainer, bcontainer);
	struct cmdqv_iommufd_config config = {
		.size = sizeof(config),
		.iommufd = vfio->iommufd->fd,
		.dev_id = (uint32_t)vfio->devid,
	};
	struct cmdqv_error error;

	accel->info.size = sizeof(accel->info);
	if (cmdqv_iommufd_query(config.iommufd, config.dev_id, &accel->info, &error))
		return failed(&error, errp);
	if (!iommufd_backend_alloc_hwpt(vfio->iommufd, config.dev_id, container->ioas_id,
					IOMMU_HWPT_ALLOC_NEST_PARENT, IOMMU_HWPT_DATA_NONE, 0, NULL,
					&config.hwpt_id, errp))
		return false;
	if (cmdqv_iommufd_open(&accel->viommu, &config, backend, &error))
		return failed(&error, errp);
	return true;
}

static bool create_device(CmdqvAccel *accel, const struct cmdqv_backend *backend, Error **errp)
{
	const struct cmdqv_config config = {
		.size = sizeof(config),
		.cmdqs = cmdqv_hw_info_cmdqs(&accel->info, qemu_minrampagesize()),
	};
	const struct cmdqv_vmm_ops ops = {
		.size = sizeof(ops),
		.page0_map = page0_map,
		.page0_unmap = page0_unmap,
		.interrupt = accel_interrupt,
		.is_guest_ram = cmdqv_is_guest_ram,
		.log = cmdqv_log_message,
	};
	struct cmdqv_error error;

	if (cmdqv_create(&accel->device, &config, backend, &ops, accel, &error))
		return failed(&error, errp);
	return true;
}

/* If it fails QEMU does not start. */
static bool open_host(CmdqvAccel *accel, VFIODevice *vfio, Error **errp)
{
	struct cmdqv_backend backend;

	if (phase_check(PHASE_MACHINE_READY)) {
		error_setg(errp, "cmdqv-accel needs a vfio-pci device from the start");
		return false;
	}
	if (!iommufd_backend_connect(vfio->iommufd, errp) ||
	    !open_viommu(accel, vfio, &backend, errp) || !create_device(accel, &backend, errp))
		return false;
	accel->iommufd = vfio->iommufd;
	QLIST_INSERT_HEAD(&vfio->bcontainer->device_list, &accel->holder, container_next);
	qemu_set_fd_handler(cmdqv_event_fd(accel->device), events_of_cmdqv, NULL, accel);
	qemu_set_fd_handler(cmdqv_viommu_smmu_event_fd(accel->viommu), events_of_smmu, NULL, accel);
	return true;
}

/* ---- for the PCI bus ---- */

static AddressSpace *bus_address_space(PCIBus *bus, void *opaque, int devfn)
{
	CmdqvAccel *accel = opaque;
	PCIDevice *pci = bus->devices[devfn];

	/* A mediated device has no StreamID: notifier_refuse() refuses it. */
	if (pci && object_dynamic_cast(OBJECT(pci), TYPE_VFIO_PCI) && !VFIO_PCI(pci)->vbasedev.mdev)
		return &address_space_memory;
	return accel->emulated->get_address_space(bus, accel->emulated_opaque, devfn);
}

static AddressSpace *bus_msi_address_space(PCIBus *bus, void *opaque, int devfn)
{
	CmdqvAccel *accel = opaque;

	return accel->emulated->get_address_space(bus, accel->emulated_opaque, devfn);
}

static CmdqvAccelDevice *device_of(CmdqvAccel *accel, const PCIDevice *pci)
{
	for (int i = 0; i < DEVICES; i++)
		if (accel->devices[i].pci == pci)
			return &accel->devices[i];
	return NULL;
}

static CmdqvAccelDevice *device_free(CmdqvAccel *accel)
{
	devices_remove_unplugged(accel);
	for (int i = 0; i < DEVICES; i++)
		if (!accel->devices[i].pci && !accel->devices[i].added)
			return &accel->devices[i];
	return NULL;
}

/*
 * The number of the device's IOMMU group, which the caller frees. NULL: the user gave QEMU a
 * descriptor of the device, so QEMU does not know where the device is in sysfs.
 */
static char *group_of(const VFIODevice *vfio)
{
	g_autofree char *link = NULL;
	g_autofree char *target = NULL;

	if (!vfio->sysfsdev)
		return NULL;
	link = g_strdup_printf("%s/iommu_group", vfio->sysfsdev);
	target = g_file_read_link(link, NULL);
	return target ? g_path_get_basename(target) : NULL;
}

/*
 * A device of the same group, or NULL. The host attaches a group as a whole, so the entry that the
 * guest wrote last for one device would count for all of them.
 */
static const VFIODevice *device_beside(const CmdqvAccel *accel, const VFIODevice *vfio)
{
	g_autofree char *group = group_of(vfio);

	for (int i = 0; i < DEVICES && group; i++) {
		const CmdqvAccelDevice *device = &accel->devices[i];
		g_autofree char *other = device->pci ? group_of(device->vfio) : NULL;

		if (!g_strcmp0(group, other))
			return device->vfio;
	}
	return NULL;
}

static bool bus_set_device(PCIBus *bus, void *opaque, int devfn, HostIOMMUDevice *host,
			   Error **errp)
{
	CmdqvAccel *accel = opaque;
	CmdqvAccelDevice *device = device_free(accel);
	VFIODevice *vfio = host->agent;
	const VFIODevice *beside;
	struct cmdqv_error error;

	if (!object_dynamic_cast(OBJECT(host), TYPE_HOST_IOMMU_DEVICE_IOMMUFD) ||
	    !object_dynamic_cast(OBJECT(vfio->dev), "vfio-pci")) {
		error_setg(errp, "behind cmdqv-accel a vfio-pci device needs iommufd=");
		return false;
	}
	if (!accel->viommu && !open_host(accel, vfio, errp))
		return false;
	if (vfio->iommufd != accel->iommufd) {
		error_setg(errp, "all devices behind cmdqv-accel need the same iommufd=");
		return false;
	}
	if (!device) {
		error_setg(errp, "there are %d devices behind cmdqv-accel, and no more fit",
			   DEVICES);
		return false;
	}
	beside = device_beside(accel, vfio);
	if (beside) {
		error_setg(errp,
			   "it is in one IOMMU group with %s, and has no translations of its own: "
			   "take devices that are alone in their groups",
			   beside->name);
		return false;
	}
	*device = (CmdqvAccelDevice){.pci = PCI_DEVICE(vfio->dev), .vfio = vfio};
	if (!device_add(accel, device, device_spare_vsid(accel, device), &error)) {
		device->pci = NULL;
		return failed(&error, errp);
	}
	/* Else it bypasses the SMMU, as VFIO has attached it. */
	if (smmu_enabled(smmu_of(accel)) || FIELD_EX32(smmu_of(accel)->gbpa, GBPA, ABORT))
		devices_settle(accel, device->vsid, device->vsid);
	return true;
}

static void bus_unset_device(PCIBus *bus, void *opaque, int devfn)
{
	CmdqvAccel *accel = opaque;
	PCIDevice *pci = bus->devices[devfn];
	CmdqvAccelDevice *device = pci ? device_of(accel, pci) : NULL;

	if (!device)
		return;
	if (accel->fail_unplugs)
		accel->fail_unplugs--;
	else
		device_remove(accel, device);
	*device = (CmdqvAccelDevice){
		.vsid = device->vsid,
		.added = device->added,
		.complaints = device->complaints,
	};
}

static const PCIIOMMUOps bus_ops = {
	.get_address_space = bus_address_space,
	.get_msi_address_space = bus_msi_address_space,
	.set_iommu_device = bus_set_device,
	.unset_iommu_device = bus_unset_device,
};

static void take_bus(CmdqvAccel *accel, PCIBus *bus)
{
	accel->emulated = bus->iommu_ops;
	accel->emulated_opaque = bus->iommu_opaque;
	pci_setup_iommu(bus, &bus_ops, accel);
}

/* ---- what comes to the machine and goes ---- */

static CmdqvAccel *accel_of_machine(HotplugHandler *machine)
{
	return VIRT_MACHINE(machine)->bus->iommu_opaque;
}

/*
 * Would vhost translate for this device? vhost keeps translations. It asks for a notifier only when
 * the guest's driver starts, and QEMU ends if notifier_refuse() refuses it then.
 */
static bool vhost_translates(Object *object)
{
	VirtIODevice *virtio = (VirtIODevice *)object_dynamic_cast(object, TYPE_VIRTIO_DEVICE);
	VirtioDeviceClass *class;

	if (!virtio || !DEVICE(virtio)->parent_bus ||
	    !virtio_host_has_feature(virtio, VIRTIO_F_IOMMU_PLATFORM) ||
	    !virtio_bus_device_iommu_enabled(virtio))
		return false;
	class = VIRTIO_DEVICE_GET_CLASS(virtio);
	return class->get_vhost && class->get_vhost(virtio);
}

static int vhost_refuse(Object *object, void *opaque)
{
	Error **errp = opaque;
	DeviceState *device;

	if (!vhost_translates(object))
		return 0;
	device = qdev_get_parent_bus(DEVICE(object))->parent;
	error_setg(errp,
		   "'%s' is behind cmdqv-accel, and vhost would keep translations: leave out "
		   "vhost=on or iommu_platform=on",
		   device->id ?: object_get_typename(OBJECT(device)));
	return -EINVAL;
}

/* QEMU has no handler for a virtio device, which comes with its proxy: the machine gets it, too. */
static HotplugHandler *machine_handler_of(MachineState *machine, DeviceState *dev)
{
	if (object_dynamic_cast(OBJECT(dev), TYPE_VIRTIO_DEVICE))
		return HOTPLUG_HANDLER(machine);
	return accel_of_machine(HOTPLUG_HANDLER(machine))->handler_of(machine, dev);
}

static void machine_plug(HotplugHandler *machine, DeviceState *dev, Error **errp)
{
	if (!vhost_refuse(OBJECT(dev), errp))
		accel_of_machine(machine)->plug(machine, dev, errp);
}

static bool dimm_has_queue(const CmdqvAccel *accel, DeviceState *dimm)
{
	MemoryDeviceState *memory = MEMORY_DEVICE(dimm);
	cmdqv_gpa_t gpa = {MEMORY_DEVICE_GET_CLASS(memory)->get_addr(memory)};

	return accel->device &&
	       cmdqv_range_in_use(accel->device, gpa,
				  memory_device_get_region_size(memory, &error_abort));
}

/*
 * The guest ejects a device. If it is a DIMM with a queue in it, VFIO could not unmap the memory,
 * and QEMU would abort when another DIMM is plugged at that address.
 */
static void machine_unplug(HotplugHandler *machine, DeviceState *dev, Error **errp)
{
	CmdqvAccel *accel = accel_of_machine(machine);

	if (!object_dynamic_cast(OBJECT(dev), TYPE_PC_DIMM) || !dimm_has_queue(accel, dev)) {
		accel->unplug(machine, dev, errp);
		return;
	}
	error_setg(errp, "a command queue of the guest's lies in this memory");
	if (is_power_of_2(++accel->held))
		warn_report("cmdqv: '%s' stays: a command queue of the guest's lies in it; its "
			    "driver must free the queue first (%" PRIu64 ")",
			    dev->id ?: "a DIMM", accel->held);
}

static void take_plugs(CmdqvAccel *accel)
{
	HotplugHandlerClass *handler = HOTPLUG_HANDLER_GET_CLASS(accel->machine.virt);
	MachineClass *machine = MACHINE_GET_CLASS(accel->machine.virt);

	accel->handler_of = machine->get_hotplug_handler;
	machine->get_hotplug_handler = machine_handler_of;
	accel->plug = handler->plug;
	handler->plug = machine_plug;
	accel->unplug = handler->unplug;
	handler->unplug = machine_unplug;
}

/* ---- the report ---- */

static void accel_at_exit(Notifier *notifier, void *data)
{
	CmdqvAccel *accel = container_of(notifier, CmdqvAccel, machine.exit);
	JSONWriter *json;

	if (!accel->report || !accel->device)
		return;
	json = json_writer_new(false);
	json_writer_start_object(json, NULL);
	json_writer_str(json, "schema", "cmdqv-qemu-accel/1");
	json_writer_str(json, "version", cmdqv_version());
	cmdqv_report_device(json, &accel->moves, accel->device);
	json_writer_uint64(json, "invalidations", accel->invalidations);
	json_writer_uint64(json, "refused", accel->refused);
	json_writer_uint64(json, "entries", accel->entries);
	json_writer_uint64(json, "smmu_events", accel->smmu_events);
	cmdqv_report_moves(json, &accel->moves);
	cmdqv_report_smmu(json, &accel->machine.smmu_counts);
	json_writer_end_object(json);
	cmdqv_report_write(json, accel->report);
}

/* ---- the device's life ---- */

static void need_device(Notifier *notifier, void *data)
{
	CmdqvAccel *accel = container_of(notifier, CmdqvAccel, machine_done);

	if (accel->viommu)
		return;
	error_report(
		"cmdqv-accel needs a vfio-pci device with iommufd= from the start, behind it on "
		"the command line");
	exit(EXIT_FAILURE);
}

static void accel_realize(DeviceState *dev, Error **errp)
{
	CmdqvAccel *accel = CMDQV_ACCEL(dev);

	accel->machine.bytes = CMDQV_GUEST_BYTES;
	accel->machine.is_reported = accel->report;
	accel->machine.smmu_ops = &smmu_ops;
	if (!kvm_enabled()) {
		error_setg(errp, "cmdqv-accel needs -accel kvm");
		return;
	}
	if (!cmdqv_machine_find(&accel->machine, errp) ||
	    object_child_foreach_recursive(object_get_root(), vhost_refuse, errp))
		return;
	take_bus(accel, accel->machine.smmu->smmu_state.primary_bus);
	take_plugs(accel);
	smmu_keep_no_translations(&accel->machine.smmu->smmu_state);
	cmdqv_machine_init_window(&accel->machine, &window_ops, OBJECT(accel), TYPE_CMDQV_ACCEL);
	cmdqv_machine_plug(&accel->machine);
	accel->machine_done.notify = need_device;
	qemu_add_machine_init_done_notifier(&accel->machine_done);
	accel->machine.exit.notify = accel_at_exit;
	qemu_add_exit_notifier(&accel->machine.exit);
	qemu_register_resettable(OBJECT(accel));
}

/* Before a device is reset. */
static void accel_reset_hold(Object *object, ResetType type)
{
	CmdqvAccel *accel = CMDQV_ACCEL(object);

	if (accel->device)
		(void)cmdqv_reset(accel->device);
	accel->machine.smmu_prod = 0;
}

/* After all were: their SMMU is off now. */
static void accel_reset_exit(Object *object, ResetType type)
{
	CmdqvAccel *accel = CMDQV_ACCEL(object);
	const uint64_t bypass[2] = {ENTRY_BYPASS};

	devices_remove_unplugged(accel);
	for (int i = 0; i < DEVICES; i++) {
		CmdqvAccelDevice *device = &accel->devices[i];

		if (!device->pci)
			continue;
		device_add_again(accel, device, device_spare_vsid(accel, device));
		ste_set(accel, device, bypass);
	}
}

static const Property properties[] = {
	DEFINE_PROP_UINT64("base", CmdqvAccel, machine.base, 0x0b000000),
	DEFINE_PROP_UINT32("spi", CmdqvAccel, machine.spi, 200),
	DEFINE_PROP_BOOL("map", CmdqvAccel, map, true),
	DEFINE_PROP_STRING("report", CmdqvAccel, report),
	DEFINE_PROP_UINT32("x-fail-unplugs", CmdqvAccel, fail_unplugs, 0),
};

static const VMStateDescription vmstate = {
	.name = TYPE_CMDQV_ACCEL,
	.unmigratable = 1,
};

static void accel_class_init(ObjectClass *class, CmdqvClassData *data)
{
	DeviceClass *device = DEVICE_CLASS(class);

	device->desc = "Tegra241 CMDQV of the host, for a guest's SMMUv3";
	device->realize = accel_realize;
	device->vmsd = &vmstate;
	device->hotpluggable = false;
	device_class_set_props(device, properties);
	RESETTABLE_CLASS(class)->phases.hold = accel_reset_hold;
	RESETTABLE_CLASS(class)->phases.exit = accel_reset_exit;
	set_bit(DEVICE_CATEGORY_MISC, device->categories);
}

static const TypeInfo types[] = {
	{
		.name = TYPE_CMDQV_ACCEL,
		.parent = TYPE_DEVICE,
		.instance_size = sizeof(CmdqvAccel),
		.class_init = accel_class_init,
	},
};

DEFINE_TYPES(types)
