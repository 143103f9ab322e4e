/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How it works. Nothing of the virt machine is changed: it is found once it is made, the
 * window is mapped where it has nothing, and the device tree gets its nodes and ACPI its
 * table after the machine has made them and before they are put into the guest's memory.
 * A guest that boots through UEFI finds the table, another one the nodes. (Notifiers of a
 * finished machine run in the reverse order of their registration, and the machine's own
 * comes first.)
 *
 * From QEMU 10.2 on there may be several SMMUs, each for a root of PCI, and each may have its
 * CMDQV. The machine describes those of other roots than the first by ACPI alone.
 *
 * The SMMU's registers are watched by a region of memory in front of them, which passes
 * every access on: that counts what its own command queue costs, and can show the guest
 * another IDR3.
 *
 * Not modelled: ATC_INV (no device here has an ATC), PRI and stall responses.
 */
#include "cmdqv-common.h"

#include "hw/acpi/acpi.h"
#include "hw/arm/fdt.h"
#include "hw/core/cpu.h"
#include "hw/irq.h"
#include "hw/pci/pci_bus.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/config-file.h"
#include "qemu/main-loop.h"
#include "qemu/memfd.h"
#include "qemu/option.h"
#include "qemu/rcu.h"
#include "system/device_tree.h"
#include "system/dma.h"
#include "system/system.h"

#include <cmdqv/describe.h>
#include <cmdqv/firmware.h>
#include <cmdqv/model/poller.h>
#include <cmdqv/regs.h>

#include <libfdt.h>
#include <sys/prctl.h>

enum {
	/* registers of an SMMUv3 that are watched */
	SMMU_IDR3 = 0x0c,
	SMMU_IDR5 = 0x14,
	SMMU_CMDQ_PROD = 0x98,
	SMMU_CMDQ_CONS = 0x9c,
	SMMU_IDR0_S2P = 1,
	COMMAND_BYTES = 16,
	MOST_LOOKS =
		1024, /* at commands, for one write of the guest: far more than a driver adds */

	SMMU_REGISTERS = 0x10000, /* their first page, and with the second one: */
	SMMU_ALL_REGISTERS = 0x20000,
	FIRST_SPI = 32,
	FIRST_FREE_SPI = 176, /* those below are of the virt machine's own devices, */
	SPIS = 256,	      /*   and there are no more than these */
	SIDS = 0x10000,
	PAGE_SHIFT = 12,

	MOMENT_NS = 10000, /* the engine's shortest sleep, */
	SLACK_NS = 1000,   /*   and how much longer it may get */
	QUIET_SLEEPS = 4,  /* of the poller's 500 us: 2 ms */
};

#define SMMU_BASE_ADDRESS MAKE_64BIT_MASK(5, 47) /* of its command queue's base register */

/* ---- the machine ---- */

/* Where the SMMU's registers lie in the machine's memory. */
static hwaddr smmu_base(const CmdqvMachine *machine)
{
	hwaddr base = 0;

	for (const MemoryRegion *region = &machine->smmu->smmu_state.iomem; region;
	     region = region->container)
		base += region->addr;
	return base;
}

/*
 * The commands of the SMMU's own queue between two values of PROD; they are still in memory. A
 * guest that moves PROD by more than a driver does is not worth the time.
 */
static void count_commands(CmdqvMachine *machine, uint32_t from, uint32_t to)
{
	const SMMUQueue *queue = &machine->smmu->cmdq;
	uint32_t entries = 1u << queue->log2size;
	uint32_t count = (to - from) & (2 * entries - 1);
	hwaddr base = queue->base & SMMU_BASE_ADDRESS;
	uint64_t command;

	machine->smmu_counts.commands += count;
	for (uint32_t i = 0; i < MIN(MIN(count, entries), MOST_LOOKS); i++) {
		command = address_space_ldq_le(&address_space_memory,
					       base + ((from + i) & (entries - 1)) * COMMAND_BYTES,
					       MEMTXATTRS_UNSPECIFIED, NULL);
		if (CMDQV_GET(CMDQV_CMD0_OPCODE, command) == CMDQV_OP_CMD_SYNC)
			machine->smmu_counts.syncs++;
	}
}

static void count_smmu_prod(CmdqvMachine *machine)
{
	uint32_t prod = machine->smmu->cmdq.prod;

	machine->smmu_counts.prod_writes++;
	if (machine->is_reported)
		count_commands(machine, machine->smmu_prod, prod);
	machine->smmu_prod = prod;
}

static uint32_t limited_idr(CmdqvMachine *machine, hwaddr offset)
{
	uint32_t idr[ARRAY_SIZE(machine->smmu->idr)];

	memcpy(idr, machine->smmu->idr, sizeof(idr));
	machine->smmu_ops->limit_idr(machine, idr);
	return idr[offset / sizeof(idr[0])];
}

static MemTxResult watch_read(void *opaque, hwaddr offset, uint64_t *value, unsigned size,
			      MemTxAttrs attrs)
{
	CmdqvMachine *machine = opaque;
	MemTxResult result;

	machine->smmu_counts.reads++;
	if (offset == SMMU_CMDQ_CONS)
		machine->smmu_counts.cons_reads++;
	result = memory_region_dispatch_read(&machine->smmu->smmu_state.iomem, offset, value,
					     size_memop(size) | MO_LE, attrs);
	if (offset == SMMU_IDR3)
		*value |= machine->idr3;
	if (offset <= SMMU_IDR5 && machine->smmu_ops)
		*value = limited_idr(machine, offset);
	return result;
}

MemTxResult cmdqv_machine_smmu_write(CmdqvMachine *machine, hwaddr offset, uint64_t value,
				     unsigned size)
{
	return memory_region_dispatch_write(&machine->smmu->smmu_state.iomem, offset, value,
					    size_memop(size) | MO_LE, MEMTXATTRS_UNSPECIFIED);
}

static MemTxResult watch_write(void *opaque, hwaddr offset, uint64_t value, unsigned size,
			       MemTxAttrs attrs)
{
	CmdqvMachine *machine = opaque;
	MemTxResult result;

	if (machine->smmu_ops)
		result = machine->smmu_ops->write(machine, offset, value, size);
	else
		result = cmdqv_machine_smmu_write(machine, offset, value, size);
	machine->smmu_counts.writes++;
	if (offset == SMMU_CMDQ_PROD)
		count_smmu_prod(machine);
	return result;
}

static const MemoryRegionOps watch_ops = {
	.read_with_attrs = watch_read,
	.write_with_attrs = watch_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = {.min_access_size = 4, .max_access_size = 8},
	.impl = {.min_access_size = 4, .max_access_size = 8},
};

static bool find_smmu(CmdqvMachine *machine, Error **errp)
{
	bool several = false;
	Object *smmu;

	if (machine->smmu)
		return true;
	smmu = object_resolve_path_type("", TYPE_ARM_SMMUV3, &several);
	if (several) {
		error_setg(errp, "there are several SMMUs: smmu=ID says which one");
		return false;
	}
	if (!smmu) {
		error_setg(errp, "a CMDQV needs an SMMU: -machine virt,iommu=smmuv3, or -device "
				 "arm-smmuv3 before it");
		return false;
	}
	machine->smmu = ARM_SMMUV3(smmu);
	return true;
}

/* What of the machine has one of these addresses, or NULL. */
static const MemoryRegion *region_at(hwaddr address, uint64_t bytes)
{
	MemoryRegionSection section = memory_region_find(get_system_memory(), address, bytes);

	if (section.mr)
		memory_region_unref(section.mr);
	return section.mr;
}

static bool check_place(const CmdqvMachine *machine, Error **errp)
{
	const MemoryRegion *other = region_at(machine->base, machine->bytes);

	if (machine->base % SMMU_REGISTERS) {
		error_setg(errp, "'base' must be a multiple of 64 KiB");
		return false;
	}
	if (other) {
		error_setg(errp,
			   "'base' puts the window at 0x%" PRIx64 " to 0x%" PRIx64
			   ", where '%s' lies",
			   machine->base, machine->base + machine->bytes - 1,
			   memory_region_name(other));
		return false;
	}
	return true;
}

typedef struct Spi {
	uint32_t spi;
	bool taken;
} Spi;

static int compare_spi(Object *object, void *opaque)
{
	Spi *spi = opaque;

	if (!object_dynamic_cast(object, TYPE_CMDQV_GUEST) &&
	    !object_dynamic_cast(object, TYPE_CMDQV_HW) &&
	    !object_dynamic_cast(object, TYPE_CMDQV_ACCEL))
		return 0;
	if (DEVICE(object)->realized && object_property_get_uint(object, "spi", NULL) == spi->spi)
		spi->taken = true;
	return 0;
}

static bool check_interrupt(const CmdqvMachine *machine, Error **errp)
{
	Spi spi = {.spi = machine->spi};

	if (machine->spi < FIRST_FREE_SPI || machine->spi >= SPIS) {
		error_setg(errp,
			   "'spi' must be %d to %d, which the virt machine leaves free, not %u",
			   FIRST_FREE_SPI, SPIS - 1, machine->spi);
		return false;
	}
	object_child_foreach_recursive(object_get_root(), compare_spi, &spi);
	if (spi.taken) {
		error_setg(errp, "'spi' %u is another CMDQV's", machine->spi);
		return false;
	}
	return true;
}

bool cmdqv_machine_find(CmdqvMachine *machine, Error **errp)
{
	machine->virt =
		(VirtMachineState *)object_dynamic_cast(qdev_get_machine(), TYPE_VIRT_MACHINE);
	if (!machine->virt) {
		error_setg(errp, "a CMDQV needs -machine virt");
		return false;
	}
	if (!find_smmu(machine, errp))
		return false;
	if (region_at(smmu_base(machine), 1)->ops == &watch_ops) {
		error_setg(errp, "this SMMU has a CMDQV already");
		return false;
	}
	return check_place(machine, errp) && check_interrupt(machine, errp);
}

static void put_node(void *fdt, const char *path, const struct cmdqv_firmware_node *node)
{
	for (uint32_t i = 0; i < node->count; i++)
		qemu_fdt_setprop(fdt, path, node->properties[i].name, node->properties[i].value,
				 (int)node->properties[i].bytes);
}

/* The SMMU's node. There is none where firmware alone tells of it. */
static bool find_smmu_node(CmdqvMachine *machine, char *path, size_t bytes)
{
	snprintf(path, bytes, "/smmuv3@%" PRIx64, smmu_base(machine));
	return fdt_path_offset(MACHINE(machine->virt)->fdt, path) >= 0;
}

static void describe_in_tree(CmdqvMachine *machine, const struct cmdqv_firmware *firmware)
{
	void *fdt = MACHINE(machine->virt)->fdt;
	struct cmdqv_firmware_node cmdqv, smmu;
	g_autofree char *path = NULL;
	char smmu_path[128];
	uint32_t phandle;

	if (!fdt || !find_smmu_node(machine, smmu_path, sizeof(smmu_path)))
		return;
	(void)cmdqv_firmware_dt_cmdqv(firmware, &cmdqv, NULL); /* checked by describe() */
	phandle = qemu_fdt_alloc_phandle(fdt);
	path = g_strdup_printf("/%s", cmdqv.name);
	qemu_fdt_add_subnode(fdt, path);
	put_node(fdt, path, &cmdqv);
	qemu_fdt_setprop_cell(fdt, path, "phandle", phandle);
	cmdqv_firmware_dt_smmu(phandle, &smmu);
	put_node(fdt, smmu_path, &smmu);
}

/* QEMU takes a table from a file; this one has no name. */
static void add_table(const void *table, size_t bytes)
{
	QemuOpts *opts = qemu_opts_create(qemu_find_opts("acpi"), NULL, 0, &error_abort);
	int fd = qemu_memfd_create("ssdt", bytes, false, 0, 0, &error_fatal);
	g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);

	if (pwrite(fd, table, bytes, 0) != (ssize_t)bytes)
		error_setg_errno(&error_fatal, errno, "cannot write an ACPI table");
	qemu_opt_set(opts, "file", path, &error_abort);
	acpi_table_add(opts, &error_fatal);
	qemu_opts_del(opts);
	close(fd);
}

/* The machine numbers its SMMUs by their buses. */
typedef struct Rank {
	int bus;
	uint32_t before;
} Rank;

static int bus_of(const SMMUv3State *smmu)
{
	return smmu->smmu_state.primary_bus ? pci_bus_num(smmu->smmu_state.primary_bus) : 0;
}

static int count_before(Object *object, void *opaque)
{
	Rank *rank = opaque;

	if (object_dynamic_cast(object, TYPE_ARM_SMMUV3) && bus_of(ARM_SMMUV3(object)) < rank->bus)
		rank->before++;
	return 0;
}

/* Which one of the machine's SMMUs it is. */
static uint32_t smmu_rank(const CmdqvMachine *machine)
{
	Rank rank = {.bus = bus_of(machine->smmu)};

	object_child_foreach_recursive(object_get_root(), count_before, &rank);
	return rank.before;
}

static void describe(Notifier *notifier, void *data)
{
	CmdqvMachine *machine = container_of(notifier, CmdqvMachine, done);
	const uint32_t rank = smmu_rank(machine);
	const struct cmdqv_firmware firmware = {
		.size = sizeof(firmware),
		.base = machine->base,
		.bytes = machine->bytes,
		.gsiv = machine->spi + FIRST_SPI,
		.smmu = rank + CMDQV_ITS_NODES(machine->virt),
		.instance = (uint8_t)rank,
	};
	struct cmdqv_error error = {.code = 0};
	uint8_t table[CMDQV_FIRMWARE_ACPI_BYTES];
	int length = cmdqv_firmware_acpi(&firmware, table, sizeof(table), &error);

	if (length < 0) {
		error_report("cmdqv: %s", error.text);
		exit(EXIT_FAILURE);
	}
	add_table(table, (size_t)length);
	describe_in_tree(machine, &firmware);
}

void cmdqv_machine_init_window(CmdqvMachine *machine, const MemoryRegionOps *ops, Object *owner,
			       const char *name)
{
	memory_region_init_io(&machine->window, owner, ops, owner, name, machine->bytes);
}

void cmdqv_machine_plug(CmdqvMachine *machine)
{
	MemoryRegion *memory = get_system_memory();

	memory_region_add_subregion(memory, machine->base, &machine->window);
	memory_region_init_io(&machine->watch, memory_region_owner(&machine->window), &watch_ops,
			      machine, "cmdqv-smmu-watch",
			      machine->smmu_ops ? SMMU_ALL_REGISTERS : SMMU_REGISTERS);
	memory_region_add_subregion_overlap(memory, smmu_base(machine), &machine->watch, 1);
	machine->done.notify = describe;
	qemu_add_machine_init_done_notifier(&machine->done);
}

void cmdqv_machine_pulse(CmdqvMachine *machine)
{
	qemu_irq_pulse(qdev_get_gpio_in(machine->virt->gic, (int)machine->spi));
}

/* ---- commands ---- */

/*
 * The TLB forgets ranges whose length is a power of two and divides their beginning, so
 * that is what a range is cut into. `granule` is the log2 of a page's size, 0 unknown.
 */
static void forget_range(SMMUState *smmu, const struct cmdqv_command *command, int asid, int vmid,
			 bool stage2)
{
	uint8_t tg = command->granule ? (command->granule - 10) / 2 : 0;
	unsigned int shift = command->granule ?: PAGE_SHIFT;
	uint64_t address = command->address;
	uint64_t mask;

	do {
		mask = dma_aligned_pow2_mask(address, command->last, 64);
		if (mask == UINT64_MAX) {
			smmu_iotlb_inv_all(smmu);
			return;
		}
		if (stage2)
			smmu_iotlb_inv_ipa(smmu, vmid, address, tg, (mask + 1) >> shift, 0);
		else
			smmu_iotlb_inv_iova(smmu, asid, vmid, address, tg, (mask + 1) >> shift, 0);
		address += mask + 1;
	} while (address - 1 != command->last);
}

static void forget_streams(SMMUState *smmu, uint32_t first, uint32_t count_log2)
{
	uint32_t count = count_log2 < 16 ? 1u << count_log2 : SIDS;

	smmu_configs_inv_sid_range(smmu, (SMMUSIDRange){first, first + (count - 1)});
}

/* Entries of stage 1 alone have VMID -1 where the SMMU has no stage 2. */
static int tag_of_vmid(const CmdqvMachine *machine, uint16_t vmid)
{
	return machine->smmu->idr[0] & SMMU_IDR0_S2P ? vmid : -1;
}

static void forget(CmdqvMachine *machine, const struct cmdqv_command *command, int vmid)
{
	SMMUState *smmu = &machine->smmu->smmu_state;

	switch (command->opcode) {
	case CMDQV_OP_TLBI_NH_ALL:
		smmu_inv_notifiers_all(smmu);
		smmu_iotlb_inv_vmid_s1(smmu, vmid);
		break;
	case CMDQV_OP_TLBI_NH_ASID:
		smmu_inv_notifiers_all(smmu);
		smmu_iotlb_inv_asid_vmid(smmu, command->asid, vmid);
		break;
	case CMDQV_OP_TLBI_NH_VA:
		smmu_inv_notifiers_all(smmu);
		forget_range(smmu, command, command->asid, vmid, false);
		break;
	case CMDQV_OP_TLBI_NH_VAA:
		smmu_inv_notifiers_all(smmu);
		forget_range(smmu, command, -1, vmid, false);
		break;
	case CMDQV_OP_TLBI_S12_VMALL:
		smmu_inv_notifiers_all(smmu);
		smmu_iotlb_inv_vmid(smmu, vmid);
		break;
	case CMDQV_OP_TLBI_S2_IPA:
		smmu_inv_notifiers_all(smmu);
		forget_range(smmu, command, -1, vmid, true);
		break;
	case CMDQV_OP_TLBI_NSNH_ALL:
		smmu_inv_notifiers_all(smmu);
		smmu_iotlb_inv_all(smmu);
		break;
	case CMDQV_OP_CFGI_STE:
	case CMDQV_OP_CFGI_CD:
	case CMDQV_OP_CFGI_CD_ALL:
		forget_streams(smmu, command->sid, 0);
		break;
	case CMDQV_OP_CFGI_ALL:
		forget_streams(smmu, command->sid, command->sid_count_log2);
		break;
	default: /* nothing here that it could concern */
		break;
	}
}

int cmdqv_machine_execute(CmdqvMachine *machine, const struct cmdqv_command *command, uint16_t vmid)
{
	qemu_mutex_lock(&machine->smmu->mutex);
	forget(machine, command, tag_of_vmid(machine, vmid));
	qemu_mutex_unlock(&machine->smmu->mutex);
	return 0;
}

/* ---- the engine ---- */

static void run_slice(CmdqvEngine *engine)
{
	bql_lock();
	if (!qatomic_read(&engine->stop))
		engine->run(engine->opaque);
	bql_unlock();
}

/*
 * [DEV-36] When the queues have been quiet for a while the page that the guest stores into goes,
 * and the thread sleeps until an access traps. It goes while no vCPU is in its code: none has an
 * old translation of it then, so no store is lost.
 */
static void engine_rest(CPUState *cpu, run_on_cpu_data data)
{
	CmdqvEngine *engine = data.host_ptr;

	bql_lock();
	engine->asked = false;
	if (engine->running && !qatomic_read(&engine->stop) &&
	    engine->fall_asleep(engine->opaque)) {
		qemu_event_reset(&engine->woken);
		qatomic_set(&engine->asleep, true);
	}
	bql_unlock();
}

static void engine_ask_for_rest(CmdqvEngine *engine)
{
	bql_lock();
	if (!engine->asked && first_cpu) {
		engine->asked = true;
		async_safe_run_on_cpu(first_cpu, engine_rest, RUN_ON_CPU_HOST_PTR(engine));
	}
	bql_unlock();
}

void cmdqv_engine_wake(CmdqvEngine *engine)
{
	if (!engine->asleep)
		return;
	qatomic_set(&engine->asleep, false);
	qemu_event_set(&engine->woken);
}

static void *run_engine(void *argument)
{
	CmdqvEngine *engine = argument;
	/* vCPUs may keep all cores busy: a yield would take a time slice of theirs. */
	const struct cmdqv_poller_config config = {.size = sizeof(config), .yield_ns = MOMENT_NS};
	struct cmdqv_poller poller;
	uint32_t sleeps = 0;

	rcu_register_thread();
	(void)prctl(PR_SET_TIMERSLACK, SLACK_NS);
	(void)cmdqv_poller_init(&poller, &config); /* in range */
	while (!qatomic_read(&engine->stop)) {
		bool found = engine->pending(engine->opaque);

		if (found)
			run_slice(engine);
		if (qatomic_read(&engine->asleep)) {
			qemu_event_wait(&engine->woken);
			found = true;
		}
		sleeps = found || poller.idle < poller.spins + poller.yields ? 0 : sleeps + 1;
		if (sleeps == QUIET_SLEEPS) {
			engine_ask_for_rest(engine);
			sleeps = 0;
		}
		(void)cmdqv_poller_wait(&poller, found, NULL, 0);
	}
	rcu_unregister_thread();
	return NULL;
}

void cmdqv_engine_start(CmdqvEngine *engine)
{
	engine->stop = false;
	qemu_event_init(&engine->woken, false);
	qemu_thread_create(&engine->thread, "cmdqv", run_engine, engine, QEMU_THREAD_JOINABLE);
	engine->running = true;
}

void cmdqv_engine_stop(CmdqvEngine *engine)
{
	if (!engine->running)
		return;
	qatomic_set(&engine->stop, true);
	cmdqv_engine_wake(engine);
	bql_unlock(); /* for its last slice */
	qemu_thread_join(&engine->thread);
	bql_lock();
	engine->running = false;
	qemu_event_destroy(&engine->woken);
}

/* ---- the recording ---- */

FILE *cmdqv_record_open(const char *path, const struct cmdqv_trace_event *geometry, Error **errp)
{
	FILE *file = fopen(path, "we");

	if (!file) {
		error_setg_errno(errp, errno, "cannot write '%s'", path);
		return NULL;
	}
	fprintf(file, "%s\n", CMDQV_TRACE_FIRST_LINE);
	cmdqv_record(file, geometry);
	return file;
}

void cmdqv_record(FILE *file, const struct cmdqv_trace_event *event)
{
	char line[CMDQV_TRACE_LINE_BYTES];

	if (file && cmdqv_trace_format(event, line, sizeof(line)) > 0)
		fprintf(file, "%s\n", line);
}

void cmdqv_record_close(FILE *file, const char *path)
{
	if (!file)
		return;
	fprintf(file, "%s\n", CMDQV_TRACE_LAST_LINE);
	if (ferror(file) | fclose(file))
		error_report("cmdqv: '%s' is not complete", path);
}

/* ---- the report ---- */

void cmdqv_report_exits(JSONWriter *json, const char *name, const uint64_t exits[CMDQV_AT_PAGES])
{
	static const char *const pages[CMDQV_AT_PAGES] = {"config", "direct0", "direct1", "vintf0",
							  "vintf1"};

	json_writer_start_object(json, name);
	for (int i = 0; i < CMDQV_AT_PAGES; i++)
		json_writer_uint64(json, pages[i], exits[i]);
	json_writer_end_object(json);
}

void cmdqv_report_commands(JSONWriter *json, const CmdqvCommandCounts *counts)
{
	char text[256];

	json_writer_start_object(json, "commands");
	for (uint64_t opcode = 0; opcode < G_N_ELEMENTS(counts->by_opcode); opcode++) {
		if (!counts->by_opcode[opcode])
			continue;
		(void)cmdqv_describe_command(opcode, 0, text, sizeof(text));
		text[strcspn(text, " ")] = 0; /* its name alone */
		json_writer_uint64(json, text, counts->by_opcode[opcode]);
	}
	json_writer_end_object(json);
	json_writer_uint64(json, "refused", counts->refused);
}

void cmdqv_report_smmu(JSONWriter *json, const CmdqvSmmuCounts *counts)
{
	json_writer_start_object(json, "smmu");
	json_writer_uint64(json, "reads", counts->reads);
	json_writer_uint64(json, "writes", counts->writes);
	json_writer_uint64(json, "prod_writes", counts->prod_writes);
	json_writer_uint64(json, "cons_reads", counts->cons_reads);
	json_writer_uint64(json, "commands", counts->commands);
	json_writer_uint64(json, "syncs", counts->syncs);
	json_writer_end_object(json);
}

void cmdqv_report_write(JSONWriter *json, const char *path)
{
	g_autoptr(GString) text = json_writer_get_and_free(json);
	g_autoptr(GError) error = NULL;

	g_string_append_c(text, '\n');
	if (!g_file_set_contents(path, text->str, (gssize)text->len, &error))
		error_report("cmdqv: %s", error->message);
}
