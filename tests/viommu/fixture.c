/* SPDX-License-Identifier: BSD-2-Clause */
#include "fixture.h"

#include <poll.h>

/* ---- the host ---- */

static int host_execute(void *user, const struct cmdqv_command *command)
{
	struct host *host = user;

	if (host->in_execute)
		host->in_execute(host->context);
	if (host->commands < MOST_COMMANDS)
		host->command[host->commands] = *command;
	host->commands++;
	return host->execute_result;
}

static void host_kick(void *user)
{
	((struct host *)user)->kicks++;
}

static void host_trace(void *user, const struct cmdqv_trace_event *event)
{
	(void)event;
	((struct host *)user)->traced++;
}

const struct cmdqv_soft_host_config soft_config = {
	.size = sizeof(soft_config),
	.log2_vcmdqs = LOG2_VCMDQS,
	.log2_vintfs = LOG2_VINTFS,
	.log2_sids = LOG2_SIDS,
	.cmdqs = CMDQS,
	.granule_bytes = GRANULE_BYTES,
};

const struct cmdqv_soft_ops soft_ops = {
	.size = sizeof(soft_ops),
	.execute = host_execute,
	.kick = host_kick,
	.trace = host_trace,
};

void host_drain(struct host *host)
{
	while (cmdqv_soft_host_run(host->soft, 64) > 0)
		continue;
}

/* ---- the VMM ---- */

static void vmm_prepare_on(struct vmm *vmm, struct host *host)
{
	vmm->host = host;
	vmm->ram = aligned_alloc(4096, RAM_BYTES);
	assert_non_null(vmm->ram);
	memset(vmm->ram, 0, RAM_BYTES);
	host->port->vm_open(vmm, FIRST_SID + DEVICES * host->vms++);
	assert_int_equal(host->port->map(vmm, RAM_GPA, vmm->ram, RAM_BYTES), 0);
	vmm->objects = host->port->objects(vmm);
}

static void vmm_prepare_with(struct vmm *vmm, const struct port_fixture *port,
			     const struct cmdqv_soft_host_config *config,
			     const struct cmdqv_soft_ops *ops)
{
	memset(vmm, 0, sizeof(*vmm));
	vmm->own.port = port;
	assert_int_equal(cmdqv_soft_host_create(&vmm->own.soft, config, ops, &vmm->own, NULL), 0);
	if (port->host_open)
		port->host_open(vmm->own.soft);
	vmm_prepare_on(vmm, &vmm->own);
}

void vmm_prepare(struct vmm *vmm, const struct port_fixture *port)
{
	vmm_prepare_with(vmm, port, &soft_config, &soft_ops);
}

void vmm_prepare_on_smmu(struct vmm *vmm, const struct port_fixture *port, uint32_t errata)
{
	struct cmdqv_soft_host_config config = soft_config;
	struct cmdqv_soft_ops ops = soft_ops;

	config.errata = errata;
	ops.execute = NULL;
	vmm_prepare_with(vmm, port, &config, &ops);
}

void vmm_prepare_beside(struct vmm *vmm, struct vmm *other)
{
	memset(vmm, 0, sizeof(*vmm));
	vmm_prepare_on(vmm, other->host);
}

void vmm_finish(struct vmm *vmm)
{
	const struct port_fixture *port = vmm->host->port;

	port->vm_close(vmm);
	if (vmm->host == &vmm->own && port->host_close)
		port->host_close(vmm->own.soft);
	cmdqv_soft_host_destroy(vmm->own.soft); /* NULL: of another VMM */
	free(vmm->ram);
}

int vmm_open_viommu(struct vmm *vmm, struct cmdqv_error *why)
{
	int err = vmm->host->port->open(vmm, &vmm->viommu, &vmm->backend, why);

	if (err)
		vmm->viommu = NULL;
	return err;
}

void vmm_close_viommu(struct vmm *vmm)
{
	cmdqv_viommu_close(vmm->viommu);
	vmm->viommu = NULL;
}

void vmm_check_objects(const struct vmm *vmm)
{
	assert_int_equal(vmm->host->port->objects(vmm), vmm->objects);
}

void vmm_check_clean(const struct vmm *vmm)
{
	vmm_check_objects(vmm);
	vmm->host->port->check_clean();
}

static void vmm_must_open_viommu(struct vmm *vmm)
{
	struct cmdqv_error why;

	if (vmm_open_viommu(vmm, &why))
		fail_msg("%s", why.text);
}

void vmm_open(struct vmm *vmm, const struct port_fixture *port)
{
	vmm_prepare(vmm, port);
	vmm_must_open_viommu(vmm);
}

void vmm_open_beside(struct vmm *vmm, struct vmm *other)
{
	vmm_prepare_beside(vmm, other);
	vmm_must_open_viommu(vmm);
}

void vmm_close(struct vmm *vmm)
{
	vmm_close_viommu(vmm);
	vmm_check_objects(vmm);
	vmm_finish(vmm);
}

/* ---- queues ---- */

int vmm_bind_at(struct vmm *vmm, uint32_t index, uint64_t base, uint64_t bytes,
		struct cmdqv_error *why)
{
	return vmm->backend.ops->queue_bind(vmm->backend.impl, index, (cmdqv_gpa_t){base}, bytes,
					    why);
}

int vmm_bind(struct vmm *vmm, uint32_t index, struct cmdqv_error *why)
{
	return vmm_bind_at(vmm, index, RAM_GPA + (uint64_t)index * RING_BYTES, RING_BYTES, why);
}

void vmm_unbind(struct vmm *vmm, uint32_t index)
{
	vmm->backend.ops->queue_unbind(vmm->backend.impl, index);
}

int vmm_broken(struct vmm *vmm)
{
	return vmm->backend.ops->broken(vmm->backend.impl);
}

uint32_t vmm_read(struct vmm *vmm, uint32_t index, uint32_t reg)
{
	return vmm->backend.ops->queue_read(vmm->backend.impl, index, reg);
}

void vmm_write(struct vmm *vmm, uint32_t index, uint32_t reg, uint32_t value)
{
	vmm->backend.ops->queue_write(vmm->backend.impl, index, reg, value);
}

void vmm_put(struct vmm *vmm, uint32_t index, uint32_t entry, uint64_t word0, uint64_t word1)
{
	const uint64_t words[2] = {word0, word1};

	memcpy(vmm->ram + index * RING_BYTES + entry * sizeof(words), words, sizeof(words));
}

void vmm_start(struct vmm *vmm, uint32_t index, uint32_t count)
{
	assert_int_equal(vmm_bind(vmm, index, NULL), 0);
	vmm_write(vmm, index, CONFIG, 1);
	vmm_write(vmm, index, PROD, count);
}

int vmm_event(struct vmm *vmm, struct cmdqv_backend_event *event)
{
	return vmm->backend.ops->event_read(vmm->backend.impl, event);
}

bool vmm_is_readable(struct vmm *vmm)
{
	struct pollfd poll_fd = {.fd = vmm->backend.ops->event_fd(vmm->backend.impl),
				 .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

/* ---- devices ---- */

int vmm_add(struct vmm *vmm, uint32_t i, uint32_t vsid)
{
	return cmdqv_viommu_add_device(vmm->viommu, (cmdqv_vsid_t){vsid}, vmm->dev_id[i],
				       vmm->device[i], NULL);
}

int vmm_remove(struct vmm *vmm, uint32_t vsid)
{
	return cmdqv_viommu_remove_device(vmm->viommu, (cmdqv_vsid_t){vsid}, NULL);
}

int vmm_set_ste(struct vmm *vmm, uint32_t vsid, uint64_t word0, uint64_t word1)
{
	const uint64_t ste[2] = {word0, word1};

	return cmdqv_viommu_set_ste(vmm->viommu, (cmdqv_vsid_t){vsid}, ste, NULL);
}

void vmm_write_ram(struct vmm *vmm, uint64_t at, uint64_t value)
{
	memcpy(vmm->ram + at, &value, sizeof(value));
}

/* A page in TABLE3: AF, SH, AP: EL0 may write. */
void vmm_map_iova(struct vmm *vmm, uint64_t iova, uint64_t page)
{
	vmm_write_ram(vmm, TABLE3 + (iova >> 12 & 511) * 8, (RAM_GPA + page) | 0x743);
}

void vmm_write_tables(struct vmm *vmm)
{
	vmm_write_ram(vmm, CONTEXT,
		      25 | 1ULL << 31 | 5ULL << 32 | 1ULL << 41 | 3ULL << 45 | 7ULL << 48);
	vmm_write_ram(vmm, CONTEXT + 8, RAM_GPA + TABLE1);
	vmm_write_ram(vmm, TABLE1 + (IOVA >> 30 & 511) * 8, (RAM_GPA + TABLE2) | 3);
	vmm_write_ram(vmm, TABLE2 + (IOVA >> 21 & 511) * 8, (RAM_GPA + TABLE3) | 3);
	vmm_map_iova(vmm, IOVA, PAGE_A);
}

const uint8_t *vmm_reached(const struct vmm *vmm, uint32_t sid, bool ats)
{
	const struct cmdqv_smmu_access access = {.address = IOVA, .sid = sid, .ats = ats};
	struct cmdqv_smmu_translation translation;

	if (cmdqv_smmu_translate(cmdqv_soft_host_smmu(vmm->host->soft), &access, &translation))
		return NULL;
	return (const uint8_t *)(uintptr_t)translation.physical;
}
