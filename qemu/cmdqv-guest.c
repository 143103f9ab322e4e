/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdqv-guest: the virt machine's SMMUv3 gets the CMDQV that a guest sees, over the
 * software backend.
 *
 *	-machine virt,gic-version=3,iommu=smmuv3 -device cmdqv-guest
 *
 * How it works. Accesses that trap go to cmdqv_access(). Page 0 is a RAM region that is
 * put over the window when the device says so. The commands are executed in the caches of
 * the machine's own SMMUv3. The guest's RAM is handed to the backend as the machine's
 * memory map tells of it; page 0 is no RAM there, and no IOMMU maps it.
 *
 * The big QEMU lock is the one lock of the library's domain [HW-12]. What a trapped access
 * makes work is executed before the guest goes on; what is stored into the mapped page is
 * found by the engine's thread, which takes the lock for a slice of commands at a time.
 *
 * Taking page 0 away: a vCPU in another thread may use a translation of QEMU's own for a
 * moment longer than the region lives. So the region's memory is a place of ours, where
 * the shared page is mapped and from where it is taken before the region goes: no vCPU
 * reaches the shared page once page0_unmap() returns [DEV-19]. Stores of such a moment
 * are lost; there are none when the page only rests.
 *
 * When the queues have been quiet for 2 ms page 0 is withdrawn [DEV-36], at a moment when no vCPU
 * runs, and the engine's thread sleeps until an access traps.
 *
 * Properties: base, spi; smmu=ID: which SMMU, if there are several; map=off: page 0 is never
 * mapped; rest=off: it stays mapped while the queues are quiet; record=FILE: a trace, which needs
 * map=off; report=FILE: counters, as JSON, when QEMU ends; stats=FILE: the same as it goes, a
 * line each second; refuse-queue, refuse-index, refuse-code: a fault on demand [HW-20]; lose=on:
 * commands are fetched and completed but without effect, so that one sees what stale translations
 * do.
 *
 * Deviations. The backend gives the guest a VMID of its own, as the hardware does; in the
 * machine's SMMU the guest's translations are those of VMID 0, because the guest is all
 * there is, so that is what its commands are executed for. A guest that runs guests of its
 * own behind stage 2 is not served.
 *
 * Migration and snapshots: the device is saved as <cmdqv/saved.h> does it, and bound anew to the
 * software host of the QEMU that it comes to. Its SMMU's caches are empty, so commands that wait
 * may be executed at any time. A recording does not move.
 */
#include "qemu/osdep.h"

#include "cmdqv-device.h"
#include "cmdqv-stats.h"

#include "hw/pci/pci_device.h"
#include "hw/qdev-properties.h"
#include "hw/resettable.h"
#include "migration/blocker.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "system/kvm.h"
#include "system/reset.h"
#include "system/system.h"

#include <cmdqv/regs.h>
#include <cmdqv/saved.h>
#include <cmdqv/model/soft.h>

#include <poll.h>
#include <sys/mman.h>

OBJECT_DECLARE_SIMPLE_TYPE(CmdqvGuest, CMDQV_GUEST)

enum {
	SLICE = 64,	     /* commands in one turn with the lock */
	SLICES_OF_TRAP = 64, /* turns of a trapped access; the thread does the rest */
	GUEST_VMID = 0,
};

struct CmdqvGuest {
	DeviceState parent;
	CmdqvMachine machine;
	CmdqvEngine engine;
	struct cmdqv_soft_host *host;
	struct cmdqv_soft_vm *vm;
	struct cmdqv_viommu *viommu;
	struct cmdqv *device;
	MemoryRegion page0;
	void *page0_memory; /* CMDQV_PAGE_BYTES: nothing, or the shared page */
	MemoryListener listener;
	Notifier devices;
	uint64_t not_for_queues; /* pieces of RAM that the backend refused */
	FILE *record_file;
	CmdqvCommandCounts commands;
	CmdqvMoves moves;
	Error *blocker; /* why it cannot migrate */
	uint8_t *saved; /* as long as may be needed, and as is needed */
	uint32_t saved_room;
	uint32_t saved_bytes;

	bool map;
	bool rest;
	bool lose;
	char *record;
	char *report;
	CmdqvStats stats;
	uint32_t refuse_queue;
	uint32_t refuse_index;
	uint8_t refuse_code;
};

/* ---- page 0 ---- */

static int page0_map(void *vmm, const struct cmdqv_page0_map *page)
{
	CmdqvGuest *guest = vmm;

	if (!guest->map)
		return -EPERM;
	if (mmap(guest->page0_memory, page->view.length, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, page->view.fd, (off_t)page->view.fd_offset) == MAP_FAILED)
		return -errno;
	memory_region_add_subregion_overlap(&guest->machine.window, page->guest_offset,
					    &guest->page0, 1);
	cmdqv_note_move(&guest->moves, guest->device, true);
	return 0;
}

static void page0_unmap(void *vmm)
{
	CmdqvGuest *guest = vmm;

	if (mmap(guest->page0_memory, CMDQV_PAGE_BYTES, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
		error_report("cmdqv: page 0 cannot be taken from the guest: %s", strerror(errno));
		abort();
	}
	memory_region_del_subregion(&guest->machine.window, &guest->page0);
	cmdqv_note_move(&guest->moves, guest->device, false);
}

/* ---- what the device asks of its VMM ---- */

static void guest_interrupt(void *vmm)
{
	CmdqvGuest *guest = vmm;

	cmdqv_machine_pulse(&guest->machine);
}

static void trace_device(void *vmm, const struct cmdqv_trace_event *event)
{
	CmdqvGuest *guest = vmm;

	cmdqv_record(guest->record_file, event);
}

/* ---- what the software host asks ---- */

static int guest_execute(void *user, const struct cmdqv_command *command)
{
	CmdqvGuest *guest = user;

	/* What the host invalidates when RAM goes: QEMU does so by itself. */
	if (command->queue == CMDQV_SMMU_QUEUE)
		return 0;
	guest->commands.by_opcode[command->opcode]++;
	if (guest->lose)
		return 0;
	return cmdqv_machine_execute(&guest->machine, command, GUEST_VMID);
}

/* The thread whose access trapped runs the engine until it is idle. */
static void guest_kick(void *user)
{
}

static void trace_model(void *user, const struct cmdqv_trace_event *event)
{
	CmdqvGuest *guest = user;
	struct cmdqv_trace_event guests = *event;

	if (event->kind == CMDQV_TRACE_REFUSED)
		guest->commands.refused++;
	if (event->kind != CMDQV_TRACE_COMMAND && event->kind != CMDQV_TRACE_REFUSED)
		return;
	if (event->vintf != cmdqv_soft_vintf(guest->viommu))
		return;
	guests.queue = event->lvcmdq;
	cmdqv_record(guest->record_file, &guests);
}

/* ---- the engine ---- */

static void deliver_events(CmdqvGuest *guest)
{
	struct pollfd events = {.fd = cmdqv_event_fd(guest->device), .events = POLLIN};

	while (poll(&events, 1, 0) > 0 && cmdqv_events(guest->device) > 0)
		continue;
}

static bool engine_pending(void *opaque)
{
	CmdqvGuest *guest = opaque;

	return cmdqv_soft_host_pending(guest->host);
}

static void engine_run(void *opaque)
{
	CmdqvGuest *guest = opaque;

	(void)cmdqv_soft_host_run(guest->host, SLICE);
	deliver_events(guest);
}

/* [DEV-36] Withdraws page 0, and looks once more: a vCPU may have stored just before. */
static bool engine_fall_asleep(void *opaque)
{
	CmdqvGuest *guest = opaque;
	struct cmdqv_state state = {.size = sizeof(state)};

	(void)cmdqv_get_state(guest->device, &state);
	if (state.page0 == CMDQV_PAGE0_MAPPED) {
		if (!guest->rest)
			return false;
		cmdqv_note_rest(&guest->moves, guest->device);
		(void)cmdqv_page0_withdraw(guest->device);
	}
	engine_run(guest);
	return !cmdqv_soft_host_pending(guest->host);
}

/* Commands and events may follow each other; a recording wants all of them here. */
static void guest_settle(CmdqvGuest *guest)
{
	for (int slices = 0; slices < SLICES_OF_TRAP || guest->record_file; slices++) {
		if (cmdqv_soft_host_run(guest->host, SLICE) <= 0)
			break;
	}
	deliver_events(guest);
}

static MemTxResult guest_window_access(CmdqvGuest *guest, struct cmdqv_mmio *access)
{
	(void)cmdqv_access(guest->device, access);
	guest_settle(guest);
	cmdqv_engine_wake(&guest->engine);
	return MEMTX_OK;
}

static MemTxResult guest_window_read(void *opaque, hwaddr offset, uint64_t *value, unsigned size,
				     MemTxAttrs attrs)
{
	struct cmdqv_mmio access = {.offset = offset, .size = size};
	MemTxResult result = guest_window_access(opaque, &access);

	*value = access.value;
	return result;
}

static MemTxResult guest_window_write(void *opaque, hwaddr offset, uint64_t value, unsigned size,
				      MemTxAttrs attrs)
{
	struct cmdqv_mmio access = {
		.offset = offset,
		.value = value,
		.size = size,
		.write = true,
	};

	return guest_window_access(opaque, &access);
}

static const MemoryRegionOps window_ops = {
	.read_with_attrs = guest_window_read,
	.write_with_attrs = guest_window_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
	.impl = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
};

/* ---- guest RAM and devices, for the backend ---- */

static void ram_added(MemoryListener *listener, MemoryRegionSection *section)
{
	CmdqvGuest *guest = container_of(listener, CmdqvGuest, listener);
	cmdqv_gpa_t gpa = {section->offset_within_address_space};
	uint8_t *memory;
	int err;

	if (!cmdqv_is_ram(section->mr))
		return;
	memory = memory_region_get_ram_ptr(section->mr);
	err = cmdqv_soft_map_ram(guest->vm, gpa, memory + section->offset_within_region,
				 int128_get64(section->size));
	/* A guest that moves one BAR over another makes as many pieces as it likes. */
	if (err && is_power_of_2(++guest->not_for_queues))
		warn_report("cmdqv: RAM at 0x%" PRIx64 " is not for queues: %s (%" PRIu64 ")",
			    gpa.value, strerror(-err), guest->not_for_queues);
}

static void ram_removed(MemoryListener *listener, MemoryRegionSection *section)
{
	CmdqvGuest *guest = container_of(listener, CmdqvGuest, listener);
	cmdqv_gpa_t gpa = {section->offset_within_address_space};
	int err;

	if (!cmdqv_is_ram(section->mr))
		return;
	err = cmdqv_soft_unmap_ram(guest->vm, gpa, int128_get64(section->size));
	/* -ENOENT: the backend had refused this piece in ram_added(), so no queue is in it. */
	if (err && err != -ENOENT) {
		/* The engine would go on to read what is about to be freed. */
		error_report("cmdqv: RAM at 0x%" PRIx64 " goes, and a queue is in it: %s",
			     gpa.value, strerror(-err));
		exit(EXIT_FAILURE);
	}
}

static void add_device(PCIBus *bus, PCIDevice *device, void *opaque)
{
	CmdqvGuest *guest = opaque;
	uint32_t sid = pci_get_bdf(device);
	uint32_t dev_id;

	if (cmdqv_soft_bind_device(guest->vm, (cmdqv_sid_t){sid}, &dev_id) ||
	    cmdqv_viommu_add_device(guest->viommu, (cmdqv_vsid_t){sid}, dev_id, -1, NULL))
		warn_report("cmdqv: no StreamID slot for %s", device->name);
}

/* The root bus only: the numbers of others are the guest's to give. */
static void add_devices(Notifier *notifier, void *data)
{
	CmdqvGuest *guest = container_of(notifier, CmdqvGuest, devices);
	PCIBus *bus = guest->machine.virt->bus;

	pci_for_each_device(bus, pci_bus_num(bus), add_device, guest);
}

/* ---- the report ---- */

static void guest_queues_report(const CmdqvGuest *guest, JSONWriter *json)
{
	struct cmdqv_model_queue_state queue = {.size = sizeof(queue)};
	struct cmdqv_model_state model = {.size = sizeof(model)};
	uint32_t vintf = cmdqv_soft_vintf(guest->viommu);

	(void)cmdqv_model_get_state(cmdqv_soft_host_model(guest->host), &model);
	json_writer_start_array(json, "queues");
	for (uint32_t q = 0; q < model.num_vcmdqs; q++) {
		if (q / (model.num_vcmdqs / model.num_vintfs) != vintf)
			continue;
		(void)cmdqv_model_get_queue(cmdqv_soft_host_model(guest->host), q, &queue);
		json_writer_start_object(json, NULL);
		json_writer_uint64(json, "commands", queue.commands);
		json_writer_uint64(json, "errors", queue.errors);
		json_writer_end_object(json);
	}
	json_writer_end_array(json);
}

static void guest_report(CmdqvGuest *guest)
{
	JSONWriter *json = json_writer_new(false);

	json_writer_start_object(json, NULL);
	json_writer_str(json, "schema", "cmdqv-qemu/1");
	json_writer_str(json, "version", cmdqv_version());
	cmdqv_report_device(json, &guest->moves, guest->device);
	cmdqv_report_commands(json, &guest->commands);
	guest_queues_report(guest, json);
	cmdqv_report_moves(json, &guest->moves);
	cmdqv_report_smmu(json, &guest->machine.smmu_counts);
	json_writer_end_object(json);
	cmdqv_report_write(json, guest->report);
}

static void guest_stats_write(FILE *file, void *owner)
{
	CmdqvGuest *guest = owner;

	cmdqv_stats_device(file, guest->device, cmdqv_soft_host_model(guest->host),
			   cmdqv_soft_vintf(guest->viommu));
}

static void guest_at_exit(Notifier *notifier, void *data)
{
	CmdqvGuest *guest = container_of(notifier, CmdqvGuest, machine.exit);

	cmdqv_engine_stop(&guest->engine);
	cmdqv_stats_end(&guest->stats);
	if (guest->report)
		guest_report(guest);
	cmdqv_record_close(guest->record_file, guest->record);
	guest->record_file = NULL;
}

/* ---- the device's life ---- */

static bool create_host(CmdqvGuest *guest, struct cmdqv_backend *backend, struct cmdqv_error *error)
{
	const struct cmdqv_soft_host_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = CMDQV_MAX_LOG2_VCMDQS,
		.log2_vintfs = CMDQV_MAX_LOG2_VINTFS,
		.log2_sids = CMDQV_MAX_LOG2_SIDS,
		.cmdqs = 19,
	};
	const struct cmdqv_soft_ops ops = {
		.size = sizeof(ops),
		.execute = guest_execute,
		.kick = guest_kick,
		.trace = trace_model,
	};

	return !cmdqv_soft_host_create(&guest->host, &config, &ops, guest, error) &&
	       !cmdqv_soft_vm_create(&guest->vm, guest->host, error) &&
	       !cmdqv_soft_open(&guest->viommu, guest->vm, backend, error);
}

static bool create_device(CmdqvGuest *guest, const struct cmdqv_backend *backend,
			  struct cmdqv_error *error)
{
	const struct cmdqv_config config = {
		.size = sizeof(config), .cmdqs = 19, .guest_is_coherent = !kvm_enabled()};
	const struct cmdqv_vmm_ops ops = {
		.size = sizeof(ops),
		.page0_map = page0_map,
		.page0_unmap = page0_unmap,
		.interrupt = guest_interrupt,
		.is_guest_ram = cmdqv_is_guest_ram,
		.log = cmdqv_log_message,
		.trace = trace_device,
	};

	return !cmdqv_create(&guest->device, &config, backend, &ops, guest, error);
}

static bool guest_inject(CmdqvGuest *guest, Error **errp)
{
	uint32_t first = 2 * cmdqv_soft_vintf(guest->viommu); /* of two queues each */

	if (!guest->refuse_code)
		return true;
	if (guest->refuse_queue > 1 ||
	    cmdqv_model_refuse(cmdqv_soft_host_model(guest->host), first + guest->refuse_queue,
			       guest->refuse_index, guest->refuse_code)) {
		error_setg(errp, "there is no such queue, index or code to refuse");
		return false;
	}
	return true;
}

static bool guest_open_recording(CmdqvGuest *guest, Error **errp)
{
	const struct cmdqv_trace_event geometry = {
		.kind = CMDQV_TRACE_GEOMETRY,
		.log2_vcmdqs = 1,
		.log2_sids = 4,
	};

	if (!guest->record)
		return true;
	if (guest->map) {
		error_setg(errp, "record= needs map=off: what does not trap is not seen");
		return false;
	}
	error_setg(&guest->blocker, "cmdqv-guest is recorded, and a recording does not move");
	if (migrate_add_blocker(&guest->blocker, errp) < 0)
		return false;
	guest->record_file = cmdqv_record_open(guest->record, &geometry, errp);
	return guest->record_file;
}

static bool make_page0(CmdqvGuest *guest, Error **errp)
{
	guest->page0_memory = mmap(NULL, CMDQV_PAGE_BYTES, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guest->page0_memory == MAP_FAILED) {
		error_setg_errno(errp, errno, "no memory for page 0");
		return false;
	}
	cmdqv_page0_init(&guest->page0, OBJECT(guest), CMDQV_PAGE_BYTES, guest->page0_memory);
	return true;
}

static void plug(CmdqvGuest *guest)
{
	guest->listener = (MemoryListener){
		.name = TYPE_CMDQV_GUEST,
		.region_add = ram_added,
		.region_del = ram_removed,
	};
	memory_listener_register(&guest->listener, &address_space_memory);
	cmdqv_machine_plug(&guest->machine);
	guest->devices.notify = add_devices;
	qemu_add_machine_init_done_notifier(&guest->devices);
	guest->machine.exit.notify = guest_at_exit;
	qemu_add_exit_notifier(&guest->machine.exit);
	qemu_register_resettable(OBJECT(guest));
}

static void guest_realize(DeviceState *dev, Error **errp)
{
	CmdqvGuest *guest = CMDQV_GUEST(dev);
	struct cmdqv_error error = {.code = 0};
	struct cmdqv_backend backend;

	guest->machine.bytes = CMDQV_GUEST_BYTES;
	guest->machine.is_reported = guest->report;
	if (!cmdqv_machine_find(&guest->machine, errp) || !make_page0(guest, errp) ||
	    !guest_open_recording(guest, errp))
		return;
	if (!create_host(guest, &backend, &error) || !create_device(guest, &backend, &error)) {
		error_setg(errp, "%s", error.text);
		return;
	}
	if (!guest_inject(guest, errp) ||
	    !cmdqv_stats_begin(&guest->stats, guest_stats_write, guest, errp))
		return;
	guest->saved_room = (uint32_t)cmdqv_save_bytes(guest->device);
	guest->saved = g_malloc0(guest->saved_room);
	cmdqv_machine_init_window(&guest->machine, &window_ops, OBJECT(guest), TYPE_CMDQV_GUEST);
	plug(guest);
	guest->engine.pending = engine_pending;
	guest->engine.run = engine_run;
	guest->engine.fall_asleep = engine_fall_asleep;
	guest->engine.opaque = guest;
	if (!guest->record_file)
		cmdqv_engine_start(&guest->engine);
}

static void guest_reset(Object *object, ResetType type)
{
	CmdqvGuest *guest = CMDQV_GUEST(object);

	(void)cmdqv_reset(guest->device);
	guest_settle(guest);
	cmdqv_engine_wake(&guest->engine);
	guest->machine.smmu_prod = 0; /* it was reset too */
}

static const Property properties[] = {
	DEFINE_PROP_LINK("smmu", CmdqvGuest, machine.smmu, TYPE_ARM_SMMUV3, SMMUv3State *),
	DEFINE_PROP_UINT64("base", CmdqvGuest, machine.base, 0x0b000000),
	DEFINE_PROP_UINT32("spi", CmdqvGuest, machine.spi, 200),
	DEFINE_PROP_BOOL("map", CmdqvGuest, map, true),
	DEFINE_PROP_BOOL("rest", CmdqvGuest, rest, true),
	DEFINE_PROP_BOOL("lose", CmdqvGuest, lose, false),
	DEFINE_PROP_STRING("record", CmdqvGuest, record),
	DEFINE_PROP_STRING("report", CmdqvGuest, report),
	DEFINE_PROP_STRING("stats", CmdqvGuest, stats.path),
	DEFINE_PROP_UINT32("refuse-queue", CmdqvGuest, refuse_queue, 0),
	DEFINE_PROP_UINT32("refuse-index", CmdqvGuest, refuse_index, 0),
	DEFINE_PROP_UINT8("refuse-code", CmdqvGuest, refuse_code, 0),
};

/* ---- migration ---- */

static int pre_save(void *opaque)
{
	CmdqvGuest *guest = opaque;
	struct cmdqv_error error = {.code = 0};
	size_t bytes = guest->saved_room;
	int err;

	guest_settle(guest);
	err = cmdqv_save(guest->device, guest->saved, &bytes, &error);
	if (err)
		error_report("cmdqv: %s", error.text);
	guest->saved_bytes = (uint32_t)bytes;
	return err;
}

static bool saved_bytes_fit(void *opaque, int version)
{
	const CmdqvGuest *guest = opaque;

	return guest->saved_bytes <= guest->saved_room;
}

static int post_load(void *opaque, int version)
{
	CmdqvGuest *guest = opaque;
	struct cmdqv_error error = {.code = 0};
	int err;

	/* A snapshot is loaded into a machine that ran. */
	(void)cmdqv_reset(guest->device);
	err = cmdqv_restore(guest->device, guest->saved, guest->saved_bytes, &error);
	if (err)
		error_report("cmdqv: %s", error.text);
	cmdqv_engine_wake(&guest->engine);
	return err;
}

static const VMStateDescription vmstate = {
	.name = TYPE_CMDQV_GUEST,
	.version_id = 1,
	.minimum_version_id = 1,
	.priority = MIG_PRI_DEFAULT,
	.pre_save = pre_save,
	.post_load = post_load,
	.fields =
		(const VMStateField[]){
			VMSTATE_UINT32(machine.smmu_prod, CmdqvGuest),
			VMSTATE_UINT32(saved_bytes, CmdqvGuest),
			VMSTATE_VALIDATE("the saved state fits", saved_bytes_fit),
			VMSTATE_VBUFFER_UINT32(saved, CmdqvGuest, 1, NULL, saved_bytes),
			VMSTATE_END_OF_LIST(),
		},
};

static void guest_class_init(ObjectClass *class, CmdqvClassData *data)
{
	DeviceClass *device = DEVICE_CLASS(class);

	device->desc = "Tegra241 CMDQV as a guest sees it";
	device->realize = guest_realize;
	device->vmsd = &vmstate;
	device->hotpluggable = false;
	device_class_set_props(device, properties);
	RESETTABLE_CLASS(class)->phases.hold = guest_reset;
	set_bit(DEVICE_CATEGORY_MISC, device->categories);
}

static const TypeInfo types[] = {
	{
		.name = TYPE_CMDQV_GUEST,
		.parent = TYPE_DEVICE,
		.instance_size = sizeof(CmdqvGuest),
		.class_init = guest_class_init,
	},
};

DEFINE_TYPES(types)
