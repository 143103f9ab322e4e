/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's trace against device, software backend and model.
 *
 * Every access traps: the VMM of a replay cannot map the page [DEV-20], so nothing
 * happens that the file does not show. The file's queues are logical ones of the guest;
 * the model's are physical ones of the client's VINTF.
 */
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/model/soft.h>

enum {
	CMDQS = 19,	     /* [DEV-30] */
	EVENTS_AT_ONCE = 64, /* of one cmdqv_events() */
};

struct guest {
	struct cmdqv_soft_host *host;
	struct cmdqv_soft_vm *vm;
	struct cmdqv_viommu *viommu;
	struct cmdqv *dev;
	struct replay_memory memory;
	struct replay_check *check;
	uint32_t num_lvcmdqs;
};

/* The VMM of a replay. */

static int vmm_page0_map(void *vmm, const struct cmdqv_page0_map *page)
{
	(void)vmm;
	(void)page;
	return -ENOTSUP;
}

static void vmm_page0_unmap(void *vmm)
{
	(void)vmm;
}

static void vmm_interrupt(void *vmm)
{
	const struct guest *guest = vmm;

	check_pulse(guest->check);
}

/* All memory is RAM; where the file puts a queue there is some. */
static bool vmm_is_guest_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)vmm;
	(void)gpa;
	(void)bytes;
	return true;
}

/* What the guest did wrong is in the file, and so is what came of it. */
static void vmm_log(void *vmm, const struct cmdqv_log *log)
{
	(void)vmm;
	(void)log;
}

/* The SMMU of a replay. */

static int smmu_execute(void *user, const struct cmdqv_command *command)
{
	const struct guest *guest = user;

	if (command->queue != CMDQV_SMMU_QUEUE) /* what the host invalidates by itself */
		check_execute(guest->check, command);
	return 0;
}

/* The engine runs after each access, whether there is work or not. */
static void smmu_kick(void *user)
{
	(void)user;
}

static void smmu_trace(void *user, const struct cmdqv_trace_event *event)
{
	const struct guest *guest = user;

	if (event->kind == CMDQV_TRACE_COMMAND || event->kind == CMDQV_TRACE_REFUSED)
		check_event(guest->check, event, event->lvcmdq);
}

static int map_memory(struct guest *guest)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < guest->memory.count; i++) {
		const struct replay_area *area = &guest->memory.areas[i];

		err = cmdqv_soft_map_ram(guest->vm, (cmdqv_gpa_t){area->address}, area->memory,
					 area->bytes);
	}
	return err;
}

/*
 * Every StreamID that the file's ATC_INV name is a device's, as far as there are SID slots.
 * One that was refused as an illegal access had none, but then its E line refuses it.
 */
static int add_devices(struct guest *guest, const struct trace_file *file)
{
	int err = 0;

	for (size_t i = 0; i < file->count && err != -ENOSPC; i++) {
		const struct cmdqv_trace_event *event = &file->lines[i].event;
		uint32_t sid = (uint32_t)CMDQV_GET(CMDQV_CMD0_SID, event->value[0]);
		uint32_t dev_id;

		if (event->kind != CMDQV_TRACE_COMMAND ||
		    CMDQV_GET(CMDQV_CMD0_OPCODE, event->value[0]) != CMDQV_OP_ATC_INV)
			continue;
		err = cmdqv_soft_bind_device(guest->vm, (cmdqv_sid_t){sid}, &dev_id);
		if (!err)
			err = cmdqv_viommu_add_device(guest->viommu, (cmdqv_vsid_t){sid}, dev_id,
						      -1, NULL);
		if (err == -ENOMEM)
			return err;
	}
	return 0;
}

static int create_host(struct guest *guest, const struct cmdqv_geometry *geometry,
		       struct cmdqv_error *error)
{
	/* VINTF 0 is the kernel's, VINTF 1 the guest's. */
	const struct cmdqv_soft_host_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = (uint8_t)(geometry->log2_vcmdqs + 1),
		.log2_vintfs = 1,
		.log2_sids = geometry->log2_sids,
		.cmdqs = CMDQS,
	};
	const struct cmdqv_soft_ops ops = {
		.size = sizeof(ops),
		.execute = smmu_execute,
		.kick = smmu_kick,
		.trace = smmu_trace,
	};

	return cmdqv_soft_host_create(&guest->host, &config, &ops, guest, error);
}

static int create_device(struct guest *guest, const struct cmdqv_geometry *geometry,
			 const struct cmdqv_backend *backend, struct cmdqv_error *error)
{
	const struct cmdqv_config config = {
		.size = sizeof(config),
		.num_lvcmdqs = guest->num_lvcmdqs,
		.num_sids = 1U << geometry->log2_sids,
		.cmdqs = CMDQS,
		.guest_is_coherent = true, /* there is none */
	};
	const struct cmdqv_vmm_ops ops = {
		.size = sizeof(ops),
		.page0_map = vmm_page0_map,
		.page0_unmap = vmm_page0_unmap,
		.interrupt = vmm_interrupt,
		.is_guest_ram = vmm_is_guest_ram,
		.log = vmm_log,
	};

	return cmdqv_create(&guest->dev, &config, backend, &ops, guest, error);
}

static int create_parts(struct guest *guest, const struct trace_file *file,
			const struct cmdqv_geometry *geometry, struct cmdqv_error *error)
{
	struct cmdqv_backend backend;
	int err = replay_memory_create(&guest->memory, file, geometry);

	if (err == 0)
		err = create_host(guest, geometry, error);
	if (err == 0)
		err = cmdqv_soft_vm_create(&guest->vm, guest->host, error);
	if (!err)
		err = cmdqv_soft_open(&guest->viommu, guest->vm, &backend, error);
	if (err == 0)
		err = map_memory(guest);
	if (err == 0)
		err = add_devices(guest, file);
	if (err == 0)
		err = create_device(guest, geometry, &backend, error);
	return err;
}

static void guest_destroy(void *self)
{
	struct guest *guest = self;

	cmdqv_destroy(guest->dev);
	cmdqv_viommu_close(guest->viommu);
	cmdqv_soft_vm_destroy(guest->vm);
	cmdqv_soft_host_destroy(guest->host);
	replay_memory_destroy(&guest->memory);
	free(guest);
}

static int guest_create(void **self, const struct trace_file *file,
			const struct cmdqv_geometry *geometry, struct replay_check *check,
			struct cmdqv_error *error)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	int err;

	if (!guest)
		return -ENOMEM;
	guest->check = check;
	guest->num_lvcmdqs = 1U << geometry->log2_vcmdqs;
	err = create_parts(guest, file, geometry, error);
	if (err != 0) {
		guest_destroy(guest);
		return err;
	}
	*self = guest;
	return 0;
}

static uint64_t guest_base(void *self, uint32_t queue)
{
	struct cmdqv_queue_state state = {.size = sizeof(state)};
	struct guest *guest = self;

	cmdqv_get_queue(guest->dev, queue, &state); /* which leaves 0 if there is no such queue */
	return state.base;
}

static struct replay_memory *guest_memory(void *self)
{
	struct guest *guest = self;

	return &guest->memory;
}

static void guest_refuse(void *self, uint32_t queue, uint32_t index, uint8_t code)
{
	const struct guest *guest = self;
	uint32_t physical = cmdqv_soft_vintf(guest->viommu) * guest->num_lvcmdqs + queue;

	if (queue < guest->num_lvcmdqs)
		cmdqv_model_refuse(cmdqv_soft_host_model(guest->host), physical, index, code);
}

static void guest_access(void *self, struct cmdqv_mmio *access)
{
	const struct guest *guest = self;

	cmdqv_access(guest->dev, access);
}

static void guest_reset(void *self)
{
	const struct guest *guest = self;

	cmdqv_reset(guest->dev);
}

static void guest_settle(void *self)
{
	const struct guest *guest = self;

	while (cmdqv_soft_host_run(guest->host, UINT32_MAX) > 0)
		;
	while (cmdqv_events(guest->dev) == EVENTS_AT_ONCE)
		;
}

const struct replay_way replay_guest = {
	.create = guest_create,
	.destroy = guest_destroy,
	.base = guest_base,
	.memory = guest_memory,
	.refuse = guest_refuse,
	.access = guest_access,
	.reset = guest_reset,
	.settle = guest_settle,
};
