/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdqv-hw: the virt machine's SMMUv3 gets a physical CMDQV, as a host's driver sees it:
 * the model of libcmdqv as the machine's hardware.
 *
 *	-machine virt,gic-version=3,iommu=smmuv3,virtualization=on -device cmdqv-hw
 *
 * How it works. Accesses go to cmdqv_model_access(), commands into the caches of the
 * machine's own SMMUv3 with the VMID that the model put into them, and queues are read at
 * physical addresses. The guest reads an IDR3 with FWB, because a host kernel offers
 * nested translation, and with it vIOMMUs, only then. (QEMU's SMMU ignores the attributes
 * that FWB is about.)
 *
 * Every access traps into QEMU, page 0 of the virtual machines' VINTFs included, and what
 * it makes work is done before the guest goes on; a bottom half does what is too much for
 * one access. The machine inside sees no exit in it: a KVM in it maps page 0 as it
 * maps a device's registers.
 *
 * The big QEMU lock is the one lock of the library's domain [HW-12].
 *
 * Properties: base, spi; smmu=ID: which SMMU, if there are several; record=FILE: a trace;
 * report=FILE: counters, as JSON, when QEMU ends; stats=FILE: how it is, a line of JSON each second
 * (docs/json.md, cmdqv-stats/1); refuse-queue, refuse-index, refuse-code: a fault
 * on demand [HW-20], the queue being a VCMDQ; refuse=QUEUE:INDEX:CODE+...: many, each after the one
 * before has struck.
 *
 * Deviations. The VMID of a command is the VINTF's or, from a queue of the host's, the
 * command's own. Migration and snapshots are refused.
 */
#include "qemu/osdep.h"

#include "cmdqv-common.h"
#include "cmdqv-stats.h"

#include "hw/qdev-properties.h"
#include "hw/resettable.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/bswap.h"
#include "qemu/error-report.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "system/dma.h"
#include "system/reset.h"
#include "system/system.h"

#include <cmdqv/regs.h>

OBJECT_DECLARE_SIMPLE_TYPE(CmdqvHw, CMDQV_HW)

enum {
	SLICE = 64,	     /* commands in one turn */
	SLICES_OF_TRAP = 64, /* turns of a trapped access; a bottom half does the rest */
	SMMU_IDR3_FWB = 1 << 8,
};

/* What a queue's last commands were executed with, after the hardware's substitutions. */
typedef struct CmdqvHwSeen {
	bool tlbi;
	bool atc_inv;
	uint16_t vmid;
	uint32_t sid;
} CmdqvHwSeen;

struct CmdqvHw {
	DeviceState parent;
	CmdqvMachine machine;
	struct cmdqv_model *model;
	QEMUBH *rest;
	bool interrupt_due;
	FILE *record_file;
	CmdqvCommandCounts commands;
	CmdqvHwSeen seen[CMDQV_MAX_VCMDQS];

	char *record;
	char *report;
	CmdqvStats stats;
	uint32_t refuse_queue;
	uint32_t refuse_index;
	uint8_t refuse_code;
	char *refuse;
	const char *refuse_rest; /* what of `refuse` is not armed yet */
	bool refusal_struck;
};

/* ---- what the model asks ---- */

static int read_memory(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes)
{
	uint64_t *words = buffer;
	MemTxResult result;

	for (size_t i = 0; i < bytes / sizeof(*words); i++) {
		words[i] = address_space_ldq_le(&address_space_memory, address + i * sizeof(*words),
						MEMTXATTRS_UNSPECIFIED, &result);
		if (result != MEMTX_OK)
			return -EFAULT;
	}
	return bytes % sizeof(*words) ? -EINVAL : 0;
}

static void look(CmdqvHwSeen *seen, const struct cmdqv_command *command)
{
	if (command->opcode == CMDQV_OP_TLBI_NH_VA || command->opcode == CMDQV_OP_TLBI_NH_ASID) {
		seen->tlbi = true;
		seen->vmid = command->vmid;
	}
	if (command->opcode == CMDQV_OP_ATC_INV) {
		seen->atc_inv = true;
		seen->sid = command->sid;
	}
}

static int hw_execute(void *user, const struct cmdqv_command *command)
{
	CmdqvHw *hw = user;

	hw->commands.by_opcode[command->opcode]++;
	look(&hw->seen[command->queue], command);
	return cmdqv_machine_execute(&hw->machine, command, command->vmid);
}

static void hw_interrupt(void *user)
{
	CmdqvHw *hw = user;

	hw->interrupt_due = true;
}

/* The thread whose access trapped runs the engine until it is idle. */
static void hw_kick(void *user)
{
}

static void trace(void *user, const struct cmdqv_trace_event *event)
{
	CmdqvHw *hw = user;

	if (event->kind == CMDQV_TRACE_REFUSED) {
		hw->commands.refused++;
		hw->refusal_struck |=
			event->queue == hw->refuse_queue && event->index == hw->refuse_index;
	}
	cmdqv_record(hw->record_file, event);
}

static bool hw_arm(CmdqvHw *hw)
{
	return !cmdqv_model_refuse(hw->model, hw->refuse_queue, hw->refuse_index, hw->refuse_code);
}

/* The model has one refusal for a queue at a time: the next of `refuse` comes after the last. */
static bool hw_arm_next(CmdqvHw *hw)
{
	int end = 0;

	if (sscanf(hw->refuse_rest, "%" SCNu32 ":%" SCNu32 ":%" SCNu8 "%n", &hw->refuse_queue,
		   &hw->refuse_index, &hw->refuse_code, &end) != 3 ||
	    (hw->refuse_rest[end] && hw->refuse_rest[end] != '+'))
		return false;
	hw->refuse_rest += end + (hw->refuse_rest[end] == '+');
	return hw_arm(hw);
}

static void deliver_interrupt(CmdqvHw *hw)
{
	if (!hw->interrupt_due)
		return;
	hw->interrupt_due = false;
	cmdqv_machine_pulse(&hw->machine);
}

/* ---- accesses and the engine ---- */

/* A recording wants all that an access led to with it. */
static void hw_settle(CmdqvHw *hw)
{
	for (int slices = 0; slices < SLICES_OF_TRAP || hw->record_file; slices++) {
		if (cmdqv_model_run(hw->model, SLICE) <= 0)
			break;
	}
	if (hw->refusal_struck && hw->refuse_rest && *hw->refuse_rest)
		(void)hw_arm_next(hw); /* hw_inject() has tried it */
	hw->refusal_struck = false;
	deliver_interrupt(hw);
	if (cmdqv_model_pending(hw->model))
		qemu_bh_schedule(hw->rest);
}

static void do_the_rest(void *opaque)
{
	hw_settle(opaque);
}

static MemTxResult hw_window_read(void *opaque, hwaddr offset, uint64_t *value, unsigned size,
				  MemTxAttrs attrs)
{
	CmdqvHw *hw = opaque;
	struct cmdqv_mmio access = {.offset = offset, .size = size};

	(void)cmdqv_model_access(hw->model, &access);
	hw_settle(hw);
	*value = access.value;
	return MEMTX_OK;
}

static MemTxResult hw_window_write(void *opaque, hwaddr offset, uint64_t value, unsigned size,
				   MemTxAttrs attrs)
{
	CmdqvHw *hw = opaque;
	struct cmdqv_mmio access = {
		.offset = offset,
		.value = value,
		.size = size,
		.write = true,
	};

	(void)cmdqv_model_access(hw->model, &access);
	hw_settle(hw);
	return MEMTX_OK;
}

static const MemoryRegionOps window_ops = {
	.read_with_attrs = hw_window_read,
	.write_with_attrs = hw_window_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
	.impl = {.min_access_size = 1, .max_access_size = 8, .unaligned = true},
};

/* ---- the report ---- */

/* Of the queues that did something. */
static void hw_queues_report(const CmdqvHw *hw, const struct cmdqv_model_state *state,
			     JSONWriter *json)
{
	json_writer_start_array(json, "queues");
	for (uint32_t q = 0; q < state->num_vcmdqs; q++) {
		struct cmdqv_model_queue_state queue = {.size = sizeof(queue)};

		(void)cmdqv_model_get_queue(hw->model, q, &queue);
		if (!queue.commands && !queue.errors)
			continue;
		json_writer_start_object(json, NULL);
		json_writer_uint64(json, "queue", q);
		json_writer_uint64(json, "commands", queue.commands);
		json_writer_uint64(json, "errors", queue.errors);
		if (hw->seen[q].tlbi)
			json_writer_uint64(json, "vmid", hw->seen[q].vmid);
		if (hw->seen[q].atc_inv)
			json_writer_uint64(json, "sid", hw->seen[q].sid);
		json_writer_end_object(json);
	}
	json_writer_end_array(json);
}

static void hw_report(CmdqvHw *hw)
{
	struct cmdqv_model_state state = {.size = sizeof(state)};
	JSONWriter *json = json_writer_new(false);
	uint64_t accesses[CMDQV_AT_PAGES];

	(void)cmdqv_model_get_state(hw->model, &state);
	for (unsigned int page = 0; page < CMDQV_AT_PAGES; page++)
		accesses[page] = cmdqv_model_accesses(hw->model, page);
	json_writer_start_object(json, NULL);
	json_writer_str(json, "schema", "cmdqv-qemu-hw/1");
	json_writer_str(json, "version", cmdqv_version());
	cmdqv_report_exits(json, "accesses", accesses);
	json_writer_uint64(json, "bad_accesses", state.bad_accesses);
	json_writer_uint64(json, "order_violations", state.order_violations);
	json_writer_uint64(json, "interrupts", state.interrupts);
	cmdqv_report_commands(json, &hw->commands);
	hw_queues_report(hw, &state, json);
	cmdqv_report_smmu(json, &hw->machine.smmu_counts);
	json_writer_end_object(json);
	cmdqv_report_write(json, hw->report);
}

static void hw_stats_write(FILE *file, void *owner)
{
	cmdqv_stats_hardware(file, CMDQV_HW(owner)->model);
}

static void hw_at_exit(Notifier *notifier, void *data)
{
	CmdqvHw *hw = container_of(notifier, CmdqvHw, machine.exit);

	cmdqv_stats_end(&hw->stats);
	if (hw->report)
		hw_report(hw);
	cmdqv_record_close(hw->record_file, hw->record);
	hw->record_file = NULL;
}

/* ---- the device's life ---- */

/* With as many of each as a CMDQV can have, as a Grace has them. */
static int create_model(CmdqvHw *hw, struct cmdqv_error *error)
{
	const struct cmdqv_model_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = CMDQV_MAX_LOG2_VCMDQS,
		.log2_vintfs = CMDQV_MAX_LOG2_VINTFS,
		.log2_sids = CMDQV_MAX_LOG2_SIDS,
	};
	const struct cmdqv_model_ops ops = {
		.size = sizeof(ops),
		.read = read_memory,
		.execute = hw_execute,
		.interrupt = hw_interrupt,
		.kick = hw_kick,
		.trace = trace,
	};

	return cmdqv_model_create(&hw->model, &config, &ops, hw, error);
}

static bool hw_inject(CmdqvHw *hw, Error **errp)
{
	bool ok = !hw->refuse_code || hw_arm(hw);

	hw->refuse_rest = hw->refuse;
	while (ok && hw->refuse_rest && *hw->refuse_rest) {
		ok = hw_arm_next(hw);
		(void)cmdqv_model_refuse(hw->model, hw->refuse_queue, hw->refuse_index, 0);
	}
	hw->refuse_rest = hw->refuse;
	if (ok && hw->refuse)
		ok = hw_arm_next(hw);
	if (!ok)
		error_setg(errp, "there is no such queue, index or code to refuse");
	return ok;
}

static bool hw_open_recording(CmdqvHw *hw, Error **errp)
{
	const struct cmdqv_trace_event geometry = {
		.kind = CMDQV_TRACE_GEOMETRY,
		.log2_vcmdqs = CMDQV_MAX_LOG2_VCMDQS,
		.log2_vintfs = CMDQV_MAX_LOG2_VINTFS,
		.log2_sids = CMDQV_MAX_LOG2_SIDS,
	};

	if (!hw->record)
		return true;
	hw->record_file = cmdqv_record_open(hw->record, &geometry, errp);
	return hw->record_file;
}

static void hw_realize(DeviceState *dev, Error **errp)
{
	CmdqvHw *hw = CMDQV_HW(dev);
	struct cmdqv_error error = {.code = 0};

	if (create_model(hw, &error)) {
		error_setg(errp, "%s", error.text);
		return;
	}
	hw->machine.bytes = cmdqv_model_window_bytes(hw->model);
	hw->machine.is_reported = hw->report;
	hw->machine.idr3 = SMMU_IDR3_FWB;
	if (!cmdqv_machine_find(&hw->machine, errp) || !hw_open_recording(hw, errp) ||
	    !hw_inject(hw, errp) || !cmdqv_stats_begin(&hw->stats, hw_stats_write, hw, errp))
		return;
	hw->rest = qemu_bh_new(do_the_rest, hw);
	cmdqv_machine_init_window(&hw->machine, &window_ops, OBJECT(hw), TYPE_CMDQV_HW);
	cmdqv_machine_plug(&hw->machine);
	hw->machine.exit.notify = hw_at_exit;
	qemu_add_exit_notifier(&hw->machine.exit);
	qemu_register_resettable(OBJECT(hw));
}

static void hw_reset(Object *object, ResetType type)
{
	CmdqvHw *hw = CMDQV_HW(object);

	(void)cmdqv_model_reset(hw->model);
	hw->interrupt_due = false;
	hw->machine.smmu_prod = 0; /* it was reset too */
}

static const Property properties[] = {
	DEFINE_PROP_LINK("smmu", CmdqvHw, machine.smmu, TYPE_ARM_SMMUV3, SMMUv3State *),
	DEFINE_PROP_UINT64("base", CmdqvHw, machine.base, 0x0b000000),
	DEFINE_PROP_UINT32("spi", CmdqvHw, machine.spi, 200),
	DEFINE_PROP_STRING("record", CmdqvHw, record),
	DEFINE_PROP_STRING("report", CmdqvHw, report),
	DEFINE_PROP_STRING("stats", CmdqvHw, stats.path),
	DEFINE_PROP_UINT32("refuse-queue", CmdqvHw, refuse_queue, 0),
	DEFINE_PROP_UINT32("refuse-index", CmdqvHw, refuse_index, 0),
	DEFINE_PROP_UINT8("refuse-code", CmdqvHw, refuse_code, 0),
	DEFINE_PROP_STRING("refuse", CmdqvHw, refuse),
};

static const VMStateDescription unmigratable = {
	.name = TYPE_CMDQV_HW,
	.unmigratable = 1,
};

static void hw_class_init(ObjectClass *class, CmdqvClassData *data)
{
	DeviceClass *device = DEVICE_CLASS(class);

	device->desc = "Tegra241 CMDQV as the hardware of a host";
	device->realize = hw_realize;
	device->vmsd = &unmigratable;
	device->hotpluggable = false;
	device_class_set_props(device, properties);
	RESETTABLE_CLASS(class)->phases.hold = hw_reset;
	set_bit(DEVICE_CATEGORY_MISC, device->categories);
}

static const TypeInfo types[] = {
	{
		.name = TYPE_CMDQV_HW,
		.parent = TYPE_DEVICE,
		.instance_size = sizeof(CmdqvHw),
		.class_init = hw_class_init,
	},
};

DEFINE_TYPES(types)
