/* SPDX-License-Identifier: BSD-2-Clause */
/* The host in software. */
#include "fixture.h"

#include "kernel/state.h"
#include "soft/vm.h"

static void soft_vm_open(struct vmm *vmm, uint32_t first_sid)
{
	assert_int_equal(cmdqv_soft_vm_create(&vmm->soft, vmm->host->soft, NULL), 0);
	for (uint32_t i = 0; i < DEVICES; i++) {
		vmm->device[i] = -1;
		assert_int_equal(cmdqv_soft_bind_device(vmm->soft, (cmdqv_sid_t){first_sid + i},
							&vmm->dev_id[i]),
				 0);
	}
}

static void soft_vm_close(struct vmm *vmm)
{
	cmdqv_soft_vm_destroy(vmm->soft);
}

static int soft_map(struct vmm *vmm, uint64_t gpa, void *memory, uint64_t bytes)
{
	return cmdqv_soft_map_ram(vmm->soft, (cmdqv_gpa_t){gpa}, memory, bytes);
}

static int soft_unmap(struct vmm *vmm, uint64_t gpa, uint64_t bytes)
{
	return cmdqv_soft_unmap_ram(vmm->soft, (cmdqv_gpa_t){gpa}, bytes);
}

static void soft_device_close(struct vmm *vmm, uint32_t i)
{
	assert_int_equal(cmdqv_soft_unbind_device(vmm->soft, vmm->dev_id[i]), 0);
}

static uint32_t soft_objects(const struct vmm *vmm)
{
	uint32_t count = 0;

	for (const struct object *o = vmm->soft->fd->objects; o; o = o->next)
		count++;
	return count;
}

/* What holds a page or a descriptor is an object here. */
static void soft_check_clean(void)
{
}

static int soft_query(struct vmm *vmm, uint32_t dev_id, struct cmdqv_hw_info *info,
		      struct cmdqv_error *error)
{
	return cmdqv_soft_query(vmm->soft, dev_id, info, error);
}

static int soft_open(struct vmm *vmm, struct cmdqv_viommu **out, struct cmdqv_backend *backend,
		     struct cmdqv_error *error)
{
	if (vmm->guest_repeats)
		cmdqv_soft_vm_guest_repeats(vmm->soft);
	return cmdqv_soft_open(out, vmm->soft, backend, error);
}

static void soft_place(const struct vmm *vmm, uint32_t *vintf, uint16_t *vmid)
{
	*vintf = cmdqv_soft_vintf(vmm->viommu);
	*vmid = cmdqv_soft_vmid(vmm->viommu);
}

const struct port_fixture soft_port = {
	.vm_open = soft_vm_open,
	.vm_close = soft_vm_close,
	.map = soft_map,
	.unmap = soft_unmap,
	.device_close = soft_device_close,
	.objects = soft_objects,
	.check_clean = soft_check_clean,
	.query = soft_query,
	.open = soft_open,
	.place = soft_place,
};
