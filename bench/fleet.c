/* SPDX-License-Identifier: BSD-2-Clause */
#include "fleet.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "bench.h"
#include "page_backend.h"

enum {
	RING_BYTES = CMDQV_ENTRY_BYTES << FLEET_LOG2SIZE,
	VM_BYTES = RING_BYTES * FLEET_QUEUES_PER_VM,
	RAM_BYTES = VM_BYTES * FLEET_MAX_VMS,
};

static int fleet_execute(void *user, const struct cmdqv_command *command)
{
	struct fleet *fleet = user;

	fleet->executed++;
	if (fleet->is_timed)
		fleet->executed_ns = bench_now_ns();
	return fleet->tlb ? cmdqv_smmu_execute(fleet->tlb->smmu, command) : 0;
}

static void fleet_kick(void *user)
{
	const struct fleet *fleet = user;

	if (fleet->kick_fd >= 0)
		(void)eventfd_write(fleet->kick_fd, 1);
}

static bool open_host(struct fleet *fleet)
{
	const struct cmdqv_soft_host_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = CMDQV_MAX_LOG2_VCMDQS,
		.log2_vintfs = CMDQV_MAX_LOG2_VINTFS,
		.log2_sids = CMDQV_MAX_LOG2_SIDS,
		.cmdqs = CMDQV_MAX_LOG2SIZE,
	};
	const struct cmdqv_soft_ops ops = {
		.size = sizeof(ops), .execute = fleet_execute, .kick = fleet_kick};

	return cmdqv_soft_host_create(&fleet->host, &config, &ops, fleet, NULL) == 0;
}

/* The stream of a VM's device is numbered as the VM, for its guest and physically. */
static bool open_vm(struct fleet *fleet, uint32_t number, uint32_t queues)
{
	const struct cmdqv_config config = {
		.size = sizeof(config), .cmdqs = CMDQV_MAX_LOG2SIZE, .guest_is_coherent = true};
	struct fleet_vm *vm = &fleet->vms[number];
	struct cmdqv_backend backend;
	uint32_t dev_id;

	if (cmdqv_soft_vm_create(&vm->vm, fleet->host, NULL) ||
	    cmdqv_soft_open(&vm->viommu, vm->vm, &backend, NULL) ||
	    cmdqv_soft_map_ram(vm->vm, (cmdqv_gpa_t){0}, fleet->ram + (size_t)number * VM_BYTES,
			       VM_BYTES) ||
	    cmdqv_soft_bind_device(vm->vm, (cmdqv_sid_t){number}, &dev_id) ||
	    cmdqv_viommu_add_device(vm->viommu, (cmdqv_vsid_t){number}, dev_id, -1, NULL) ||
	    cmdqv_create(&vm->dev, &config, &backend, &idle_vmm_ops, NULL, NULL) ||
	    backend.ops->page0_view(backend.impl, &vm->page0))
		return false;
	if (fleet->tlb)
		tlb_add_vm(fleet->tlb, number, cmdqv_soft_vmid(vm->viommu));
	dev_bring_up(vm->dev, queues, 0, FLEET_LOG2SIZE);
	return true;
}

bool fleet_open(struct fleet *fleet, uint32_t queues, struct bench_tlb *tlb)
{
	void *ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	*fleet = (struct fleet){.tlb = tlb, .queue_count = queues, .kick_fd = -1};
	if (ram == MAP_FAILED)
		return false;
	fleet->ram = ram;
	if (!open_host(fleet)) {
		fleet_close(fleet);
		return false;
	}
	for (uint32_t left = queues; left > 0;) {
		uint32_t mine = left < FLEET_QUEUES_PER_VM ? left : FLEET_QUEUES_PER_VM;

		left -= mine;
		if (!open_vm(fleet, fleet->vm_count++, mine)) {
			fleet_close(fleet);
			return false;
		}
	}
	return true;
}

void fleet_close(struct fleet *fleet)
{
	for (uint32_t i = 0; i < fleet->vm_count; i++) {
		cmdqv_destroy(fleet->vms[i].dev);
		cmdqv_viommu_close(fleet->vms[i].viommu);
		cmdqv_soft_vm_destroy(fleet->vms[i].vm);
	}
	cmdqv_soft_host_destroy(fleet->host);
	munmap(fleet->ram, RAM_BYTES);
}

uint64_t *fleet_entry(struct fleet *fleet, uint32_t queue, uint32_t entry)
{
	return (uint64_t *)(void *)(fleet->ram + (size_t)queue * RING_BYTES +
				    (size_t)entry * CMDQV_ENTRY_BYTES);
}

_Atomic uint32_t *fleet_word(struct fleet *fleet, uint32_t queue, uint32_t reg)
{
	const struct fleet_vm *vm = &fleet->vms[queue / FLEET_QUEUES_PER_VM];
	char *block =
		(char *)vm->page0.host + (size_t)(queue % FLEET_QUEUES_PER_VM) * CMDQV_VCMDQ_STRIDE;

	return (_Atomic uint32_t *)(void *)(block + reg);
}
