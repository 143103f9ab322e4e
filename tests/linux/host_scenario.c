/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VMM that plays its own guest on a host that runs an unmodified Linux with a CMDQV:
 *
 *	cmdqv-host-scenario /dev/vfio/devices/vfioN [/dev/vfio/devices/vfioM]
 *
 * The second device is an edu of QEMU's, whose DMA shows what invalidations do. The device of the
 *library over its iommufd backend over the kernel's /dev/iommu. Each scenario is a process of its
 *own: what it did not take down, the kernel does when it ends, and the next one shows whether that
 *went well. One line for each: `host: ok` or `host: FAIL` with words. Exit status 0 if all are ok.
 */
#include <cmdqv/cmdqv.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "host_edu.h"

enum {
	RAM_GPA = 0x40000000,
	RAM_BYTES = 1 << 20,
	RING_SPAN = 0x1000,
	LOG2SIZE = 8, /* what fits into a page of 4 KiB */
	ENTRIES = 1 << LOG2SIZE,
	QUEUES = 2,
	VSID = 0x10,
	OTHER_VSID = 0x11, /* that no device has */
	SECONDS = 30,	   /* a scenario at most */
	WAIT_MS = 5000,	   /* for the hardware at most */
	VINTFS_OF_USERS = 63,
};

static const char *cdev;
static const char *edu_cdev; /* or NULL */

/* A VM with its guest in one. */
struct vm {
	int iommufd;
	int device;
	uint32_t dev_id;
	uint32_t ioas;
	uint32_t parent;
	char *ram;
	struct cmdqv_viommu *backend;
	struct cmdqv *dev;
	void *page; /* where the guest sees VINTF page 0, or NULL */
	uint32_t interrupts;
	uint32_t maps;
	uint32_t unmaps;
	uint32_t prod[QUEUES];
	char log[HOST_WORDS];
};

/* ---- what a VMM lends to the device ---- */

static int map_page(void *user, const struct cmdqv_page0_map *map)
{
	struct vm *vm = user;

	vm->page = map->view.host;
	vm->maps++;
	return 0;
}

static void unmap_page(void *user)
{
	struct vm *vm = user;

	vm->page = NULL;
	vm->unmaps++;
}

static void interrupt(void *user)
{
	struct vm *vm = user;

	vm->interrupts++;
}

static bool is_ram(void *user, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)user;
	return gpa.value >= RAM_GPA && gpa.value - RAM_GPA < RAM_BYTES &&
	       bytes <= RAM_BYTES - (gpa.value - RAM_GPA);
}

static void take_note(void *user, const struct cmdqv_log *log)
{
	struct vm *vm = user;

	snprintf(vm->log, sizeof(vm->log), "%s", log->text);
}

static const struct cmdqv_vmm_ops vmm_ops = {
	sizeof(vmm_ops), map_page, unmap_page, interrupt, is_ram, take_note, NULL,
};

/* ---- a VM's life; each step says what went wrong, or NULL ---- */

static const char *failed(const char *what, int err, const struct cmdqv_error *why)
{
	static char words[HOST_WORDS];

	snprintf(words, sizeof(words), "%s: %s%s%s", what, strerror(-err), why ? ": " : "",
		 why ? why->text : "");
	return words;
}

static const char *open_host_of(struct vm *vm, const char *path)
{
	int err;

	*vm = (struct vm){.iommufd = host_open("/dev/iommu"), .device = host_open(path)};
	vm->ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (vm->iommufd < 0 || vm->device < 0 || vm->ram == MAP_FAILED)
		return "iommufd, device or memory could not be opened";
	err = host_bind(vm->device, vm->iommufd, &vm->dev_id);
	if (err)
		return failed("VFIO_DEVICE_BIND_IOMMUFD", err, NULL);
	err = host_ioas_alloc(vm->iommufd, &vm->ioas);
	if (!err)
		err = host_ioas_map(vm->iommufd, vm->ioas, vm->ram, RAM_BYTES, RAM_GPA);
	if (!err)
		err = host_nest_parent(vm->iommufd, vm->dev_id, vm->ioas, &vm->parent);
	if (!err)
		err = host_attach(vm->device, vm->parent);
	return err ? failed("memory of the VM", err, NULL) : NULL;
}

static const char *open_host(struct vm *vm)
{
	return open_host_of(vm, cdev);
}

/* On a host that is open. */
static const char *make_vm(struct vm *vm)
{
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	struct cmdqv_iommufd_config config = {.size = sizeof(config)};
	struct cmdqv_config device_config = {.size = sizeof(device_config)};
	struct cmdqv_backend backend;
	struct cmdqv_error why;
	int err;

	config.iommufd = vm->iommufd;
	config.dev_id = vm->dev_id;
	config.hwpt_id = vm->parent;
	err = cmdqv_iommufd_open(&vm->backend, &config, &backend, &why);
	if (err)
		return failed("cmdqv_iommufd_open", err, &why);
	err = cmdqv_viommu_hw_info(vm->backend, &info);
	if (err)
		return failed("cmdqv_viommu_hw_info", err, NULL);
	device_config.cmdqs = (uint32_t)cmdqv_hw_info_cmdqs(&info, 4096);
	err = cmdqv_create(&vm->dev, &device_config, &backend, &vmm_ops, vm, &why);
	return err ? failed("cmdqv_create", err, &why) : NULL;
}

static const char *open_vm(struct vm *vm)
{
	const char *wrong = open_host(vm);

	return wrong ? wrong : make_vm(vm);
}

static void close_vm(struct vm *vm)
{
	cmdqv_destroy(vm->dev);
	cmdqv_viommu_close(vm->backend);
	close(vm->device);
	close(vm->iommufd);
	munmap(vm->ram, RAM_BYTES);
}

/* ---- the guest ---- */

static uint64_t trap_read(struct vm *vm, uint64_t offset, uint8_t size)
{
	struct cmdqv_mmio access = {.offset = offset, .size = size};

	(void)cmdqv_access(vm->dev, &access);
	return access.value;
}

static void trap_write(struct vm *vm, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	(void)cmdqv_access(vm->dev, &access);
}

/* A register of page 0: through the page while the guest has it, else by an exit. */
static uint32_t queue_read(struct vm *vm, uint32_t queue, uint32_t reg)
{
	uint32_t offset = queue * CMDQV_VCMDQ_STRIDE + reg;
	_Atomic uint32_t *registers = vm->page;

	return registers ? atomic_load(&registers[offset / 4])
			 : (uint32_t)trap_read(vm, CMDQV_VINTF_PAGE0 + offset, 4);
}

static void queue_write(struct vm *vm, uint32_t queue, uint32_t reg, uint32_t value)
{
	uint32_t offset = queue * CMDQV_VCMDQ_STRIDE + reg;
	_Atomic uint32_t *registers = vm->page;

	if (registers)
		atomic_store(&registers[offset / 4], value);
	else
		trap_write(vm, CMDQV_VINTF_PAGE0 + offset, 4, value);
}

/* Waits for a register's value, taking events as a VMM does. */
static bool wait_for(struct vm *vm, uint32_t queue, uint32_t reg, uint32_t value)
{
	struct pollfd events = {.fd = cmdqv_event_fd(vm->dev), .events = POLLIN};

	for (int i = 0; i < WAIT_MS; i++) {
		if (queue_read(vm, queue, reg) == value)
			return true;
		if (poll(&events, 1, 1) > 0)
			(void)cmdqv_events(vm->dev);
	}
	return false;
}

static const char *bring_up(struct vm *vm)
{
	trap_write(vm, CMDQV_REG_CONFIG, 4, trap_read(vm, CMDQV_REG_CONFIG, 4) | 1);
	trap_write(vm, CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, 4,
		   CMDQV_VINTF_CONFIG_ENABLE | CMDQV_VINTF_CONFIG_HYP_OWN);
	if (trap_read(vm, CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, 4) !=
	    CMDQV_VINTF_CONFIG_ENABLE)
		return "the guest reads another VINTF CONFIG than ENABLE";
	for (uint32_t q = 0; q < QUEUES; q++) {
		trap_write(vm, CMDQV_REG_CMDQ_ALLOC + 4 * q, 4,
			   CMDQV_CMDQ_ALLOC_ALLOCATED | CMDQV_SET(CMDQV_CMDQ_ALLOC_LVCMDQ, q));
		trap_write(vm, CMDQV_VINTF_PAGE1 + q * CMDQV_VCMDQ_STRIDE + CMDQV_REG_VCMDQ_BASE, 8,
			   (uint64_t)(RAM_GPA + q * RING_SPAN) | LOG2SIZE);
		if (!vm->page)
			return vm->log[0] ? vm->log : "page 0 is not mapped";
		queue_write(vm, q, CMDQV_REG_VCMDQ_CONFIG, CMDQV_VCMDQ_CONFIG_EN);
		if (!wait_for(vm, q, CMDQV_REG_VCMDQ_STATUS, CMDQV_VCMDQ_STATUS_EN_OK))
			return "a queue does not enable";
		vm->prod[q] = queue_read(vm, q, CMDQV_REG_VCMDQ_PROD);
	}
	return NULL;
}

static void put(struct vm *vm, uint32_t queue, uint64_t word0, uint64_t word1)
{
	uint64_t *entry =
		(uint64_t *)(void *)(vm->ram + queue * RING_SPAN) + 2 * (vm->prod[queue] % ENTRIES);

	entry[0] = word0;
	entry[1] = word1;
	vm->prod[queue] = (vm->prod[queue] + 1) % (2 * ENTRIES);
}

static void ring(struct vm *vm, uint32_t queue)
{
	queue_write(vm, queue, CMDQV_REG_VCMDQ_PROD, vm->prod[queue]);
}

static void put_invalidation(struct vm *vm, uint32_t queue)
{
	/* as a driver of stage 1 does, which knows of no VMID */
	put(vm, queue, CMDQV_OP_TLBI_NH_VA | CMDQV_SET(CMDQV_TLBI0_ASID, 7ULL), 0x12345000);
	put(vm, queue, CMDQV_OP_CMD_SYNC, 0);
	put(vm, queue, CMDQV_OP_ATC_INV | (uint64_t)VSID << 32, 52);
	put(vm, queue, CMDQV_OP_CMD_SYNC, 0);
}

static bool sent(struct vm *vm, uint32_t queue)
{
	ring(vm, queue);
	return wait_for(vm, queue, CMDQV_REG_VCMDQ_CONS, vm->prod[queue]);
}

static const char *invalidate(struct vm *vm)
{
	for (uint32_t q = 0; q < QUEUES; q++) {
		put_invalidation(vm, q);
		if (!sent(vm, q))
			return "a queue does not come to its end";
	}
	return NULL;
}

static const char *add_device(struct vm *vm, uint64_t cfg)
{
	const uint64_t ste[2] = {cfg << 1 | 1, 0};
	const cmdqv_vsid_t vsid = {VSID};
	struct cmdqv_error why;
	int err = cmdqv_viommu_add_device(vm->backend, vsid, vm->dev_id, vm->device, &why);

	if (err)
		return failed("cmdqv_viommu_add_device", err, &why);
	err = cmdqv_viommu_set_ste(vm->backend, vsid, ste, &why);
	return err ? failed("cmdqv_viommu_set_ste", err, &why) : NULL;
}

/* All that a VM can have, at once. */
static const char *full_life(struct vm *vm)
{
	const char *wrong = open_vm(vm);

	if (!wrong)
		wrong = add_device(vm, 4 /* bypass */);
	if (!wrong)
		wrong = bring_up(vm);
	return wrong ? wrong : invalidate(vm);
}

/* ---- the scenarios ---- */

struct scenario {
	const char *words;
	const char *(*play)(struct vm *vm, struct host_outcome *outcome);
};

static const char *ask_for_hardware(struct vm *vm, struct host_outcome *outcome)
{
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	struct cmdqv_error why;
	const char *wrong = open_host(vm);
	int err;

	if (wrong)
		return wrong;
	err = cmdqv_iommufd_query(vm->iommufd, vm->dev_id, &info, &why);
	if (err)
		return failed("cmdqv_iommufd_query", err, &why);
	host_say(outcome, 0, "IDR0 %x IDR1 %x IDR3 %x IDR5 %x, %u queues, %u SID slots",
		 info.idr[0], info.idr[1], info.idr[3], info.idr[5], info.num_lvcmdqs,
		 info.num_sids);
	if (info.version != 1 || info.num_lvcmdqs != 2 || info.num_sids != 16)
		return "it is not the CMDQV of a Grace";
	return NULL;
}

static const char *two_queues(struct vm *vm, struct host_outcome *outcome)
{
	const char *wrong = full_life(vm);
	uint64_t before;
	uint64_t exits;

	if (wrong)
		return wrong;
	before = cmdqv_get_counter(vm->dev, CMDQV_COUNTER_TRAPS_VINTF0);
	for (int i = 0; i < ENTRIES; i++) { /* around the rings, more than twice */
		wrong = invalidate(vm);
		if (wrong)
			return wrong;
	}
	exits = cmdqv_get_counter(vm->dev, CMDQV_COUNTER_TRAPS_VINTF0) - before;
	host_say(outcome, 0, "%d commands in each queue, %llu exits", 4 * ENTRIES,
		 (unsigned long long)exits);
	if (exits)
		return "page 0 was mapped, and there were exits";
	close_vm(vm);
	return NULL;
}

/* As the driver's handler does it: a CMD_SYNC over the command, then the acknowledgement. */
static void handle_error(struct vm *vm, uint32_t queue)
{
	uint32_t cons = queue_read(vm, queue, CMDQV_REG_VCMDQ_CONS) & CMDQV_VCMDQ_CONS_INDEX;
	uint64_t *entry = (uint64_t *)(void *)(vm->ram + queue * RING_SPAN) + 2 * (cons % ENTRIES);

	entry[0] = CMDQV_OP_CMD_SYNC;
	entry[1] = 0;
	queue_write(vm, queue, CMDQV_REG_VCMDQ_GERRORN,
		    queue_read(vm, queue, CMDQV_REG_VCMDQ_GERROR));
}

static bool hear_of_error(struct vm *vm)
{
	struct pollfd events = {.fd = cmdqv_event_fd(vm->dev), .events = POLLIN};

	return poll(&events, 1, WAIT_MS) == 1 && cmdqv_events(vm->dev) >= 0 && vm->interrupts;
}

static const char *bad_command(struct vm *vm, struct host_outcome *outcome)
{
	const uint64_t maps = CMDQV_VINTF_BLOCK + CMDQV_REG_LVCMDQ_ERR_MAP;
	const char *wrong = full_life(vm);
	uint32_t cons;

	if (wrong)
		return wrong;
	put(vm, 1, CMDQV_OP_CFGI_ALL, CMDQV_CFGI1_RANGE); /* not for guests */
	put(vm, 1, CMDQV_OP_CMD_SYNC, 0);
	cons = (vm->prod[1] - 2) % (2 * ENTRIES);
	ring(vm, 1);
	if (!hear_of_error(vm))
		return "no event came";
	if (trap_read(vm, maps, 8) != 2 || trap_read(vm, CMDQV_REG_VI_ERR_MAP, 4) != 1)
		return "the error maps do not say which queue";
	if (queue_read(vm, 1, CMDQV_REG_VCMDQ_CONS) != (CMDQV_CERROR_ILL << 24 | cons))
		return "CONS does not say what and where";
	put_invalidation(vm, 0);
	if (!sent(vm, 0))
		return "the other queue stands as well";
	handle_error(vm, 1);
	if (!wait_for(vm, 1, CMDQV_REG_VCMDQ_CONS, vm->prod[1]))
		return "the queue did not go on";
	if (trap_read(vm, maps, 8))
		return "the error maps were not cleared";
	wrong = invalidate(vm);
	host_say(outcome, 0, "%u interrupts", vm->interrupts);
	close_vm(vm);
	return wrong;
}

static const char *disable_and_enable(struct vm *vm, struct host_outcome *outcome)
{
	const char *wrong = full_life(vm);

	for (int i = 0; i < 5 && !wrong; i++) {
		trap_write(vm, CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, 4, 0);
		if (vm->page)
			return "page 0 stayed mapped";
		if (i % 2)
			cmdqv_reset(vm->dev);
		memset(vm->ram, 0, RAM_BYTES);
		wrong = bring_up(vm);
		if (!wrong)
			wrong = invalidate(vm);
	}
	host_say(outcome, 0, "page 0 mapped %u times", vm->maps);
	close_vm(vm);
	return wrong;
}

/*
 * [DEV-29] The guest is saved, gets another vIOMMU, on another VINTF because the old one is still
 * there when it is opened, and is restored.
 */
static const char *move_vm(struct vm *vm)
{
	static unsigned char saved[4096];
	struct cmdqv_viommu *old_backend = vm->backend;
	struct cmdqv *old_dev = vm->dev;
	size_t bytes = sizeof(saved);
	struct cmdqv_error why;
	const char *wrong;
	int err = cmdqv_save(old_dev, saved, &bytes, &why);

	if (err)
		return failed("cmdqv_save", err, &why);
	wrong = make_vm(vm);
	if (wrong)
		return wrong;
	cmdqv_destroy(old_dev);
	cmdqv_viommu_close(old_backend);
	if (vm->page)
		return "page 0 stayed mapped";
	wrong = add_device(vm, 4 /* bypass */);
	if (wrong)
		return wrong;
	err = cmdqv_restore(vm->dev, saved, bytes, &why);
	return err ? failed("cmdqv_restore", err, &why) : NULL;
}

static const char *moved(struct vm *vm, struct host_outcome *outcome)
{
	const char *wrong = full_life(vm);
	uint64_t before;

	for (int i = 0; i < 5 && !wrong; i++) {
		put_invalidation(vm, 0);
		ring(vm, 0);
		wrong = move_vm(vm);
		if (!wrong && !vm->page)
			wrong = "page 0 is not mapped";
		if (!wrong && !wait_for(vm, 0, CMDQV_REG_VCMDQ_CONS, vm->prod[0]))
			wrong = "the queue does not go on where it was";
		before = wrong ? 0 : cmdqv_get_counter(vm->dev, CMDQV_COUNTER_TRAPS_VINTF0);
		if (!wrong)
			wrong = invalidate(vm);
		if (!wrong && cmdqv_get_counter(vm->dev, CMDQV_COUNTER_TRAPS_VINTF0) != before)
			wrong = "page 0 was mapped, and there were exits";
	}
	host_say(outcome, 0, "5 moves, page 0 mapped %u times", vm->maps);
	if (!wrong)
		close_vm(vm);
	return wrong;
}

/* [DEV-32] The error is shown and pulsed anew, and the queue goes on once it is acknowledged. */
static const char *moved_in_error(struct vm *vm, struct host_outcome *outcome)
{
	const char *wrong = full_life(vm);
	uint32_t before;

	if (wrong)
		return wrong;
	put(vm, 1, CMDQV_OP_CFGI_ALL, CMDQV_CFGI1_RANGE); /* not for guests */
	put(vm, 1, CMDQV_OP_CMD_SYNC, 0);
	ring(vm, 1);
	if (!hear_of_error(vm))
		return "no event came";
	before = vm->interrupts;
	wrong = move_vm(vm);
	if (wrong)
		return wrong;
	if (vm->page || vm->interrupts != before + 1)
		return "the queue is not held, or there was no pulse";
	if (queue_read(vm, 1, CMDQV_REG_VCMDQ_CONS) >> 24 != CMDQV_CERROR_ILL)
		return "CONS does not say what is wrong";
	handle_error(vm, 1);
	if (!vm->page)
		return "page 0 is not mapped after the acknowledgement";
	if (!wait_for(vm, 1, CMDQV_REG_VCMDQ_CONS, vm->prod[1]))
		return "the queue did not go on";
	wrong = invalidate(vm);
	host_say(outcome, 0, "%u interrupts", vm->interrupts);
	close_vm(vm);
	return wrong;
}

/* A device that shows fewer queues refuses, and the guest goes on where it was. */
static const char *not_moved(struct vm *vm, struct host_outcome *outcome)
{
	const struct cmdqv_config fewer = {
		.size = sizeof(fewer), .num_lvcmdqs = 1, .cmdqs = LOG2SIZE};
	const char *wrong = full_life(vm);
	unsigned char saved[4096];
	size_t bytes = sizeof(saved);
	struct cmdqv_iommufd_config config = {.size = sizeof(config)};
	struct cmdqv_viommu *viommu;
	struct cmdqv_backend backend;
	struct cmdqv_error why;
	struct cmdqv *dev;
	int err;

	if (wrong)
		return wrong;
	config.iommufd = vm->iommufd;
	config.dev_id = vm->dev_id;
	config.hwpt_id = vm->parent;
	err = cmdqv_save(vm->dev, saved, &bytes, &why);
	if (!err)
		err = cmdqv_iommufd_open(&viommu, &config, &backend, &why);
	if (!err)
		err = cmdqv_create(&dev, &fewer, &backend, &vmm_ops, vm, &why);
	if (err)
		return failed("a device of one queue", err, &why);
	err = cmdqv_restore(dev, saved, bytes, &why);
	if (err != -EOPNOTSUPP)
		return failed("a restore into one queue", err, NULL);
	host_say(outcome, 0, "%.100s", why.text);
	cmdqv_destroy(dev);
	cmdqv_viommu_close(viommu);
	wrong = vm->page ? invalidate(vm) : "page 0 is gone";
	close_vm(vm);
	return wrong;
}

static const char *trapped_commands(struct vm *vm, struct host_outcome *outcome)
{
	static struct cmdqv_viommu_command commands[200];
	struct cmdqv_viommu_result result;
	struct cmdqv_error why;
	const char *wrong = full_life(vm);
	int err;

	if (wrong)
		return wrong;
	for (int i = 0; i < 200; i++) /* more than three chunks */
		commands[i].word[0] = CMDQV_OP_TLBI_NH_ASID;
	commands[199].word[0] = CMDQV_OP_CFGI_CD_ALL | (uint64_t)VSID << 32;
	err = cmdqv_viommu_invalidate(vm->backend, commands, 200, &result, &why);
	if (err || result.issued != 200 || result.error)
		return failed("cmdqv_viommu_invalidate", err, err ? &why : NULL);
	commands[150].word[0] = CMDQV_OP_CFGI_CD_ALL | (uint64_t)OTHER_VSID << 32;
	err = cmdqv_viommu_invalidate(vm->backend, commands, 200, &result, &why);
	host_say(outcome, 0, "of 200 with a bad one %zu issued", result.issued);
	if (err || result.issued != 150 || result.error != CMDQV_CERROR_ILL)
		return "a bad command was not refused at its place";
	close_vm(vm);
	return NULL;
}

static const char *stream_table_entries(struct vm *vm, struct host_outcome *outcome)
{
	static const uint64_t entries[][2] = {
		{4 << 1 | 1, 0},			 /* bypass */
		{0 << 1 | 1, 0},			 /* abort */
		{5 << 1 | 1 | (RAM_GPA + 0x8000ULL), 0}, /* stage 1 */
		{0, 0},					 /* not valid */
		{4 << 1 | 1, 0},
	};
	static const uint64_t forbidden[2] = {6 << 1 | 1, 0}; /* stage 2 */
	const cmdqv_vsid_t vsid = {VSID};
	struct cmdqv_error why;
	const char *wrong = full_life(vm);
	int err;

	(void)outcome;
	if (wrong)
		return wrong;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		err = cmdqv_viommu_set_ste(vm->backend, vsid, entries[i], &why);
		if (err)
			return failed("cmdqv_viommu_set_ste", err, &why);
	}
	if (cmdqv_viommu_set_ste(vm->backend, vsid, forbidden, &why) != -EIO)
		return "a stage 2 entry was not refused";
	err = cmdqv_viommu_remove_device(vm->backend, vsid, &why);
	if (!err)
		err = cmdqv_viommu_add_device(vm->backend, vsid, vm->dev_id, vm->device, &why);
	if (err)
		return failed("removed and added again", err, &why);
	close_vm(vm);
	return NULL;
}

/* ---- what an invalidation does to a device's DMA ---- */

enum {
	/* where in the guest's memory things are */
	CD_AT = 0x8000,
	TABLES_AT = 0x9000, /* levels 1, 2 and 3, a page each */
	FIRST_AT = 0x10000, /* pages that are read, */
	SECOND_AT = 0x11000,
	RESULT_AT = 0x12000, /*   and where they come to */
	PAGE_BYTES = 0x1000,

	SOURCE = 0x1000000, /* IOVAs */
	RESULT = 0x1001000,
	ASID = 7,
	STAGE1 = 5,
	WORDS_BYTES = 64,
	FAULT_EVENT = 0x10, /* F_TRANSLATION */
};

static uint64_t *guest_words(struct vm *vm, uint32_t at)
{
	return (uint64_t *)(void *)(vm->ram + at);
}

static uint64_t table(uint32_t level)
{
	return RAM_GPA + TABLES_AT + (level - 1ULL) * PAGE_BYTES;
}

/* A page that may be read and written: AF, inner shareable, not global. */
static uint64_t page_entry(uint32_t at)
{
	return (RAM_GPA + (uint64_t)at) | 1 << 11 | 1 << 10 | 3 << 8 | 1 << 6 | 3;
}

/* The last level's entry of an IOVA. */
static uint64_t *leaf(struct vm *vm, uint32_t iova)
{
	return guest_words(vm, TABLES_AT + 2 * PAGE_BYTES) + (iova >> 12) % 512;
}

/* Context descriptor and tables of 39 bits, in three levels of 4 KiB pages. */
static void make_stage1(struct vm *vm)
{
	uint64_t *cd = guest_words(vm, CD_AT);

	/* T0SZ 25, no TTB1, V, IPS 40 bits, AArch64, records and aborts, ASID */
	cd[0] = 25 | 1ULL << 30 | 1ULL << 31 | 2ULL << 32 | 1ULL << 41 | 3ULL << 45 |
		(uint64_t)ASID << 48;
	cd[1] = table(1);
	guest_words(vm, TABLES_AT)[0] = table(2) | 3;
	guest_words(vm, TABLES_AT + PAGE_BYTES)[SOURCE >> 21] = table(3) | 3;
	*leaf(vm, SOURCE) = page_entry(FIRST_AT);
	*leaf(vm, RESULT) = page_entry(RESULT_AT);
	memset(vm->ram + FIRST_AT, 0x11, WORDS_BYTES);
	memset(vm->ram + SECOND_AT, 0x22, WORDS_BYTES);
}

/* The byte that comes from SOURCE by way of the device; -1: the device does not answer. */
static int byte_by_dma(struct vm *vm)
{
	memset(vm->ram + RESULT_AT, 0, WORDS_BYTES);
	if (!host_edu_fetch(vm->device, SOURCE, WORDS_BYTES) ||
	    !host_edu_store(vm->device, RESULT, WORDS_BYTES))
		return -1;
	return vm->ram[RESULT_AT];
}

static bool forget_source(struct vm *vm, uint32_t queue)
{
	put(vm, queue, CMDQV_OP_TLBI_NH_VA | CMDQV_SET(CMDQV_TLBI0_ASID, (uint64_t)ASID),
	    SOURCE | CMDQV_TLBI1_LEAF);
	put(vm, queue, CMDQV_OP_CMD_SYNC, 0);
	return sent(vm, queue);
}

static bool hear_of_fault(struct vm *vm, struct cmdqv_viommu_event *event)
{
	struct pollfd events = {.fd = cmdqv_viommu_smmu_event_fd(vm->backend), .events = POLLIN};

	return poll(&events, 1, WAIT_MS) == 1 && cmdqv_viommu_smmu_event(vm->backend, event) == 1;
}

static const char *open_dma_vm(struct vm *vm)
{
	const uint64_t ste[2] = {(RAM_GPA + (uint64_t)CD_AT) | STAGE1 << 1 | 1, 0};
	const cmdqv_vsid_t vsid = {VSID};
	const char *wrong = open_host_of(vm, edu_cdev);
	struct cmdqv_error why;
	int err;

	if (!wrong)
		wrong = make_vm(vm);
	if (!wrong)
		wrong = add_device(vm, 4 /* bypass */);
	if (!wrong)
		wrong = bring_up(vm);
	if (wrong)
		return wrong;
	make_stage1(vm);
	err = cmdqv_viommu_set_ste(vm->backend, vsid, ste, &why);
	if (err)
		return failed("stage 1", err, &why);
	return host_edu_enable(vm->device) ? NULL : "the device cannot be enabled";
}

static const char *dma(struct vm *vm, struct host_outcome *outcome)
{
	struct cmdqv_viommu_event event;
	const char *wrong;

	if (!edu_cdev) {
		host_say(outcome, 0, "skipped, there is no such device");
		return NULL;
	}
	wrong = open_dma_vm(vm);
	if (wrong)
		return wrong;
	if (byte_by_dma(vm) != 0x11)
		return "DMA through two stages does not come through";
	*leaf(vm, SOURCE) = page_entry(SECOND_AT);
	if (byte_by_dma(vm) != 0x11)
		return "nothing was cached, so nothing is shown";
	if (!forget_source(vm, 0) || byte_by_dma(vm) != 0x22)
		return "an invalidation by queue 0 had no effect";
	*leaf(vm, SOURCE) = page_entry(FIRST_AT);
	if (!forget_source(vm, 1) || byte_by_dma(vm) != 0x11)
		return "an invalidation by queue 1 had no effect";
	*leaf(vm, SOURCE) = 0;
	if (!forget_source(vm, 1) || byte_by_dma(vm) < 0 || !hear_of_fault(vm, &event))
		return "DMA to what was unmapped is no fault";
	if ((event.word[0] & 0xff) != FAULT_EVENT || event.word[0] >> 32 != VSID ||
	    event.word[2] != SOURCE)
		return "the fault is another one";
	host_say(outcome, 0, "fault %llx of StreamID %llx at %llx",
		 (unsigned long long)(event.word[0] & 0xff),
		 (unsigned long long)(event.word[0] >> 32), (unsigned long long)event.word[2]);
	close_vm(vm);
	return NULL;
}

/* ---- teardown ---- */

enum end { DESTROY, CLOSE, CLOSE_DEVICE, CLOSE_IOMMUFD, ENDS };

static void take_end(struct vm *vm, uint32_t end)
{
	switch (end) {
	case DESTROY:
		cmdqv_destroy(vm->dev);
		break;
	case CLOSE:
		cmdqv_viommu_close(vm->backend);
		break;
	case CLOSE_DEVICE:
		close(vm->device);
		break;
	case CLOSE_IOMMUFD:
		close(vm->iommufd);
		break;
	}
}

/* The next permutation of four; false behind the last. */
static bool next_order(uint32_t order[ENDS])
{
	uint32_t i = ENDS - 1, k = ENDS - 1, swap;

	while (i && order[i - 1] >= order[i])
		i--;
	if (!i)
		return false;
	while (order[k] <= order[i - 1])
		k--;
	swap = order[i - 1], order[i - 1] = order[k], order[k] = swap;
	for (k = ENDS - 1; i < k; i++, k--)
		swap = order[i], order[i] = order[k], order[k] = swap;
	return true;
}

/* The device uses the backend until it is destroyed: that order alone is the caller's to keep. */
static bool allowed(const uint32_t order[ENDS])
{
	for (uint32_t i = 0; i < ENDS; i++)
		if (order[i] == DESTROY || order[i] == CLOSE)
			return order[i] == DESTROY;
	return false;
}

static void take_down(void *context, struct host_outcome *outcome)
{
	const uint32_t *order = context;
	struct vm vm;
	const char *wrong = full_life(&vm);

	for (uint32_t i = 0; i < ENDS && !wrong; i++)
		take_end(&vm, order[i]);
	if (wrong)
		host_say(outcome, 1, "%s", wrong);
}

static const char *every_order(struct vm *vm, struct host_outcome *outcome)
{
	static struct host_outcome one;
	uint32_t order[ENDS] = {DESTROY, CLOSE, CLOSE_DEVICE, CLOSE_IOMMUFD};
	unsigned int orders = 0;

	(void)vm;
	do {
		if (!allowed(order))
			continue;
		host_run(&one, SECONDS, take_down, order);
		orders++;
		if (one.status)
			return one.words;
	} while (next_order(order));
	host_say(outcome, 0, "%u orders", orders);
	return NULL;
}

static void end_at_once(void *context, struct host_outcome *outcome)
{
	const int *commands = context;
	struct vm vm;
	const char *wrong = full_life(&vm);

	if (wrong) {
		host_say(outcome, 1, "%s", wrong);
		return;
	}
	/* With a queue that stands, or with commands that the guest does not wait for. */
	if (*commands < 0)
		put(&vm, 0, CMDQV_OP_CFGI_ALL, 0);
	for (int i = 0; i < *commands; i++)
		put(&vm, 0, CMDQV_OP_ATC_INV | (uint64_t)VSID << 32, 52);
	ring(&vm, 0);
}

static const char *killed(struct vm *vm, struct host_outcome *outcome)
{
	static struct host_outcome one;

	(void)vm;
	for (int commands = -1; commands < 3; commands++) {
		host_run(&one, SECONDS, end_at_once, &commands);
		if (one.status)
			return one.words;
	}
	host_say(outcome, 0, "4 times");
	return NULL;
}

/* What is left at the end: every VINTF but the host's must be free. */
static const char *all_vintfs(struct vm *vm, struct host_outcome *outcome)
{
	struct cmdqv_iommufd_config config = {.size = sizeof(config)};
	struct cmdqv_viommu *backends[VINTFS_OF_USERS + 1];
	struct cmdqv_backend backend;
	struct cmdqv_error why;
	const char *wrong = open_host(vm);
	int count = 0, err;

	if (wrong)
		return wrong;
	config.iommufd = vm->iommufd;
	config.dev_id = vm->dev_id;
	config.hwpt_id = vm->parent;
	do
		err = cmdqv_iommufd_open(&backends[count], &config, &backend, &why);
	while (!err && ++count <= VINTFS_OF_USERS);
	host_say(outcome, 0, "%d VINTFs, then: %s", count, err ? why.text : "one more");
	for (int i = 0; i < count; i++)
		cmdqv_viommu_close(backends[i]);
	return count == VINTFS_OF_USERS && err == -ENOSPC ? NULL : "not as many as a Grace has";
}

static const struct scenario scenarios[] = {
	{"the kernel says what the hardware is", ask_for_hardware},
	{"two queues execute through page 0, without an exit", two_queues},
	{"an illegal command comes as an event, and the guest recovers", bad_command},
	{"queues are unbound and bound, the device is reset", disable_and_enable},
	{"saved on one VINTF, restored on another", moved},
	{"saved with a queue in error, which is held on the new VINTF", moved_in_error},
	{"a device of fewer queues refuses, and the VM goes on", not_moved},
	{"trapped commands are issued, and a bad one is refused at its place", trapped_commands},
	{"stream table entries replace each other", stream_table_entries},
	{"an unmapped page is gone from a device's DMA with the invalidation, not before", dma},
	{"every order of teardown", every_order},
	{"killed in the middle", killed},
	{"nothing is left: every VINTF can be had", all_vintfs},
};

static void play(void *context, struct host_outcome *outcome)
{
	const struct scenario *scenario = context;
	struct vm vm;
	const char *wrong = scenario->play(&vm, outcome);

	if (wrong)
		host_say(outcome, 1, "%.*s", HOST_WORDS - 1, wrong);
}

int main(int argc, char **argv)
{
	struct host_outcome outcome;
	int status = 0;

	if (argc < 2 || argc > 3) {
		fputs("usage: cmdqv-host-scenario /dev/vfio/devices/vfioN [EDU]\n", stderr);
		return 2;
	}
	cdev = argv[1];
	edu_cdev = argv[2];
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		struct scenario scenario = scenarios[i];

		host_run(&outcome, 2 * SECONDS, play, &scenario);
		printf("host: %s %s%s%s\n", outcome.status ? "FAIL" : "ok", scenario.words,
		       outcome.words[0] ? ": " : "", outcome.words);
		if (outcome.status)
			status = 1;
	}
	return status;
}
