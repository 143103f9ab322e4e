/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a VMM does before it opens a vIOMMU: an iommufd, an IOAS, a nest parent, devices.
 *
 * The kernel wants a device behind the SMMU for a nest parent and for a vIOMMU. VMMs have one
 * before they start; here a bridge is bound, which has no StreamID, and devices come later.
 */
#include "soft/vm.h"

#include <errno.h>
#include <stdlib.h>

#include <cmdqv/regs.h>

#include "describe/failure.h"

/* Each step of cmdqv_soft_vm_create(). */

static int vm_bind_bridge(struct cmdqv_soft_vm *vm, struct cmdqv_error *error)
{
	struct kernel_device_bind cmd = {.num_sids = 0};
	int err = kernel_device_bind(vm->fd, &cmd);

	vm->bridge_id = cmd.out_devid;
	return err ? failure_set(error, REASON_BIND_DEVICE, err) : 0;
}

static int vm_alloc_ioas(struct cmdqv_soft_vm *vm, struct cmdqv_error *error)
{
	struct kernel_ioas_alloc cmd = {.flags = 0};
	int err = kernel_ioas_alloc(vm->fd, &cmd);

	vm->ioas_id = cmd.out_ioas_id;
	return err ? failure_set(error, REASON_IOAS_ALLOC, err) : 0;
}

static int vm_alloc_parent(struct cmdqv_soft_vm *vm, struct cmdqv_error *error)
{
	struct kernel_hwpt_alloc cmd = {
		.flags = KERNEL_HWPT_NEST_PARENT,
		.dev_id = vm->bridge_id,
		.pt_id = vm->ioas_id,
	};
	int err = kernel_hwpt_alloc(vm->fd, &cmd);

	vm->parent_id = cmd.out_hwpt_id;
	return err ? failure_set(error, REASON_HWPT_ALLOC, err) : 0;
}

int cmdqv_soft_vm_create(struct cmdqv_soft_vm **out, struct cmdqv_soft_host *host,
			 struct cmdqv_error *error)
{
	struct cmdqv_soft_vm *vm = calloc(1, sizeof(*vm));
	int err;

	if (!vm)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "no memory for a VM");
	vm->host = host;
	err = kernel_iommufd_open(host->kernel, &vm->fd);
	if (err) {
		free(vm);
		return failure_set(error, REASON_OPEN, err);
	}
	err = vm_bind_bridge(vm, error);
	if (!err)
		err = vm_alloc_ioas(vm, error);
	if (!err)
		err = vm_alloc_parent(vm, error);
	if (err) {
		cmdqv_soft_vm_destroy(vm);
		return err;
	}
	*out = vm;
	return 0;
}

void cmdqv_soft_vm_guest_repeats(struct cmdqv_soft_vm *vm)
{
	vm->guest_repeats = true;
}

void cmdqv_soft_vm_destroy(struct cmdqv_soft_vm *vm)
{
	if (!vm)
		return;
	kernel_device_unbind_all(vm->fd);
	/* Objects that are left go with the iommufd, in the order of their dependencies. */
	(void)kernel_iommufd_close(vm->fd);
	free(vm);
}

int cmdqv_soft_map_ram(struct cmdqv_soft_vm *vm, cmdqv_gpa_t gpa, void *memory, uint64_t bytes)
{
	const struct kernel_ioas_map cmd = {
		.flags = KERNEL_IOAS_MAP_FIXED_IOVA | KERNEL_IOAS_MAP_READABLE |
			 KERNEL_IOAS_MAP_WRITEABLE,
		.ioas_id = vm->ioas_id,
		.user_va = memory,
		.length = bytes,
		.iova = gpa.value,
	};

	return memory ? kernel_ioas_map(vm->fd, &cmd) : -EINVAL;
}

int cmdqv_soft_unmap_ram(struct cmdqv_soft_vm *vm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	struct kernel_ioas_unmap cmd = {.ioas_id = vm->ioas_id, .iova = gpa.value, .length = bytes};
	int err = kernel_ioas_unmap(vm->fd, &cmd);

	/* No area is empty or wraps, so there is none like that. */
	return err == -EINVAL || err == -EOVERFLOW ? -ENOENT : err;
}

int cmdqv_soft_bind_device(struct cmdqv_soft_vm *vm, cmdqv_sid_t sid, uint32_t *dev_id)
{
	struct kernel_device_bind cmd = {.sid = sid.value, .num_sids = 1};
	int err;

	if (sid.value > CMDQV_SID_REPLACE_PHYS_SID)
		return -EINVAL;
	err = kernel_device_bind(vm->fd, &cmd);
	*dev_id = cmd.out_devid;
	return err == -EINVAL ? -EEXIST : err; /* a VM has the device */
}

int cmdqv_soft_unbind_device(struct cmdqv_soft_vm *vm, uint32_t dev_id)
{
	return dev_id == vm->bridge_id ? -ENOENT : kernel_device_unbind(vm->fd, dev_id);
}
