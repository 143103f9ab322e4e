/* SPDX-License-Identifier: BSD-2-Clause */
#include "soft_host.h"

#include <stdlib.h>
#include <string.h>

#include "page_backend.h"

enum { RAM_BYTES = 16 << 20 };

static int soft_host_execute(void *user, const struct cmdqv_command *command)
{
	(void)command;
	((struct soft_vm *)user)->executed++;
	return 0;
}

static void soft_host_kick(void *user)
{
	(void)user;
}

static const struct cmdqv_soft_ops soft_ops = {
	.size = sizeof(soft_ops), .execute = soft_host_execute, .kick = soft_host_kick};

static uint8_t log2_of(uint32_t power)
{
	uint8_t log2 = 0;

	while (power >> (log2 + 1))
		log2++;
	return log2;
}

bool soft_vm_open(struct soft_vm *vm, uint32_t queues)
{
	const struct cmdqv_soft_host_config host = {
		.size = sizeof(host),
		.log2_vcmdqs = (uint8_t)(log2_of(queues) + 1),
		.log2_vintfs = 1, /* the kernel's and ours */
		.log2_sids = 4,
		.cmdqs = CMDQV_MAX_LOG2SIZE,
	};
	const struct cmdqv_config config = {
		.size = sizeof(config), .cmdqs = CMDQV_MAX_LOG2SIZE, .guest_is_coherent = true};
	struct cmdqv_backend backend;

	*vm = (struct soft_vm){.ram_bytes = RAM_BYTES};
	vm->ram = aligned_alloc(CMDQV_PAGE_BYTES, RAM_BYTES);
	if (!vm->ram)
		return false;
	memset(vm->ram, 0, RAM_BYTES);
	if (cmdqv_soft_host_create(&vm->host, &host, &soft_ops, vm, NULL) ||
	    cmdqv_soft_vm_create(&vm->vm, vm->host, NULL) ||
	    cmdqv_soft_open(&vm->viommu, vm->vm, &backend, NULL) ||
	    cmdqv_soft_map_ram(vm->vm, (cmdqv_gpa_t){0}, vm->ram, RAM_BYTES) ||
	    cmdqv_create(&vm->dev, &config, &backend, &idle_vmm_ops, NULL, NULL) ||
	    backend.ops->page0_view(backend.impl, &vm->page0)) {
		soft_vm_close(vm);
		return false;
	}
	return true;
}

void soft_vm_close(struct soft_vm *vm)
{
	cmdqv_destroy(vm->dev);
	cmdqv_viommu_close(vm->viommu);
	cmdqv_soft_vm_destroy(vm->vm);
	cmdqv_soft_host_destroy(vm->host);
	free(vm->ram);
}
