/* SPDX-License-Identifier: BSD-2-Clause */
/* The host behind system calls. */
#include <unistd.h>

#include "../iommufd/fixture.h"

static void front_vm_open(struct vmm *vmm, uint32_t first_sid)
{
	vmm->iommufd = front_iommufd(vmm->host->soft);
	for (uint32_t i = 0; i < DEVICES; i++) {
		vmm->device[i] = front_device(first_sid + i, 1);
		assert_int_equal(uapi_bind(vmm->device[i], vmm->iommufd, &vmm->dev_id[i]), 0);
	}
	assert_int_equal(uapi_ioas(vmm->iommufd, &vmm->ioas_id), 0);
	assert_int_equal(
		uapi_nest_parent(vmm->iommufd, vmm->dev_id[0], vmm->ioas_id, &vmm->parent_id), 0);
}

static void front_vm_close(struct vmm *vmm)
{
	front_fail(0, 0, 0);
	front_fail_ioctl(0, 0);
	front_tamper_with(NULL, NULL);
	assert_int_equal(front_pages_in_ioas(), 0); /* [DEV-19] */
	for (uint32_t i = 0; i < DEVICES; i++)
		if (vmm->device[i] >= 0)
			assert_int_equal(close(vmm->device[i]), 0);
	if (vmm->iommufd >= 0)
		assert_int_equal(close(vmm->iommufd), 0);
}

static int front_map(struct vmm *vmm, uint64_t gpa, void *memory, uint64_t bytes)
{
	return uapi_map(vmm->iommufd, vmm->ioas_id, gpa, memory, bytes);
}

static int front_unmap(struct vmm *vmm, uint64_t gpa, uint64_t bytes)
{
	return uapi_unmap(vmm->iommufd, vmm->ioas_id, gpa, bytes);
}

static void front_device_close(struct vmm *vmm, uint32_t i)
{
	assert_int_equal(close(vmm->device[i]), 0);
	vmm->device[i] = -1;
}

static uint32_t front_vm_objects(const struct vmm *vmm)
{
	return front_objects(vmm->iommufd);
}

static void front_check_clean(void)
{
	assert_int_equal(front_mappings(), 0);
	assert_int_equal(front_event_descriptors(), 0);
}

static int front_query(struct vmm *vmm, uint32_t dev_id, struct cmdqv_hw_info *info,
		       struct cmdqv_error *error)
{
	return cmdqv_iommufd_query(vmm->iommufd, dev_id, info, error);
}

static int front_open_viommu(struct vmm *vmm, struct cmdqv_viommu **out,
			     struct cmdqv_backend *backend, struct cmdqv_error *error)
{
	const struct cmdqv_iommufd_config config = vmm_config(vmm);

	return cmdqv_iommufd_open(out, &config, backend, error);
}

static void front_place(const struct vmm *vmm, uint32_t *vintf, uint16_t *vmid)
{
	front_viommu(vmm->iommufd, cmdqv_viommu_id(vmm->viommu), vintf, vmid);
}

const struct port_fixture front_port = {
	.host_open = front_open,
	.host_close = front_close,
	.vm_open = front_vm_open,
	.vm_close = front_vm_close,
	.map = front_map,
	.unmap = front_unmap,
	.device_close = front_device_close,
	.objects = front_vm_objects,
	.check_clean = front_check_clean,
	.query = front_query,
	.open = front_open_viommu,
	.place = front_place,
};
