/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vIOMMU: a VINTF for a VM, with the VMID of its nest parent, and its page 0 to map.
 *
 * A VINTF is cleared before it is given away and after it was given back, and gets a
 * fresh page, so that nothing of a former owner meets the next one [HW-4].
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "hw.h"
#include "object.h"
#include "viommu.h"

/* Disables the VINTF and forgets its StreamIDs. */
static int vintf_clear(struct kernel *kernel, uint32_t vintf)
{
	int err;

	hw_write32(kernel, reg_of_vintf(REG_VINTF_CONFIG, vintf, 0), 0);
	err = hw_poll(kernel, reg_of_vintf(REG_VINTF_STATUS, vintf, 0), false);
	for (uint32_t s = 0; s < reg_num_sids(&kernel->geometry); s++) {
		hw_write32(kernel, reg_of_vintf(REG_SID_MATCH, vintf, s), 0);
		hw_write32(kernel, reg_of_vintf(REG_SID_REPLACE, vintf, s), 0);
	}
	return err;
}

/* Makes the VINTF ready for a guest with `vmid`. */
static int vintf_set_up(struct kernel *kernel, uint32_t vintf, uint16_t vmid)
{
	struct reg_ref config = reg_of_vintf(REG_VINTF_CONFIG, vintf, 0);
	uint32_t value = CMDQV_SET(CMDQV_VINTF_CONFIG_VMID, (uint32_t)vmid);
	int err = vintf_clear(kernel, vintf);

	if (err)
		return err;
	err = cmdqv_model_renew_page(kernel->model, vintf);
	if (err)
		return err;
	hw_write32(kernel, config, value);
	hw_write32(kernel, config, value | CMDQV_VINTF_CONFIG_ENABLE);
	err = hw_poll(kernel, reg_of_vintf(REG_VINTF_STATUS, vintf, 0), true);
	if (err) {
		(void)vintf_clear(kernel, vintf);
		return err;
	}
	(void)hw_read32(kernel, config); /* a host looks whether HYP_OWN stuck */
	return 0;
}

/* The lowest VINTF that is free; 0: none, as VINTF 0 is the kernel's. */
static uint32_t free_vintf(const struct kernel *kernel)
{
	for (uint32_t v = 1; v < reg_num_vintfs(&kernel->geometry); v++)
		if (!kernel->vintfs[v])
			return v;
	return 0;
}

static struct viommu *viommu_mapped_at(const struct kernel_iommufd *fd, uint64_t offset)
{
	for (struct object *object = fd->objects; object; object = object->next) {
		struct viommu *viommu = (struct viommu *)object;

		if (object->type == OBJECT_VIOMMU && viommu->vintf && viommu->mmap_offset == offset)
			return viommu;
	}
	return NULL;
}

/* Cookies start at one page, so that 0 is none, and follow each other. */
static uint64_t free_mmap_offset(const struct kernel_iommufd *fd)
{
	uint64_t offset = KERNEL_PAGE_BYTES;

	while (viommu_mapped_at(fd, offset))
		offset += CMDQV_PAGE_BYTES;
	return offset;
}

/* Gives the vIOMMU a VINTF. */
static int viommu_take_vintf(struct kernel_iommufd *fd, struct viommu *viommu,
			     struct kernel_viommu_alloc *cmd)
{
	struct kernel *kernel = fd->kernel;
	uint32_t vintf;
	int err;

	if (!cmd->data || cmd->data_len != sizeof(*cmd->data))
		return -EINVAL;
	vintf = free_vintf(kernel);
	if (!vintf)
		return -ENOSPC;
	err = vintf_set_up(kernel, vintf, viommu->parent->vmid);
	if (err)
		return err;
	viommu->mmap_offset = free_mmap_offset(fd);
	viommu->vintf = vintf;
	viommu->queues = &kernel->queues[physical_queue(kernel, vintf, 0)];
	kernel->vintfs[vintf] = viommu;
	cmd->data->out_vintf_mmap_offset = viommu->mmap_offset;
	cmd->data->out_vintf_mmap_length = CMDQV_PAGE_BYTES;
	return 0;
}

int kernel_viommu_alloc(struct kernel_iommufd *fd, struct kernel_viommu_alloc *cmd)
{
	struct viommu *viommu;
	struct hwpt *hwpt;
	int err = 0;

	if (cmd->flags || cmd->type == KERNEL_VIOMMU_DEFAULT)
		return -EOPNOTSUPP;
	if (!object_find(fd, cmd->dev_id, OBJECT_DEVICE))
		return -ENOENT;
	if (cmd->type > KERNEL_VIOMMU_TEGRA241_CMDQV)
		return -EOPNOTSUPP;
	hwpt = (struct hwpt *)object_find(fd, cmd->hwpt_id, OBJECT_HWPT);
	if (!hwpt)
		return -ENOENT;
	if (!hwpt->nest_parent)
		return -EINVAL;
	viommu = calloc(1, sizeof(*viommu));
	if (!viommu)
		return -ENOMEM;
	viommu->type = cmd->type;
	viommu->parent = hwpt;
	if (cmd->type == KERNEL_VIOMMU_TEGRA241_CMDQV)
		err = viommu_take_vintf(fd, viommu, cmd);
	if (err) {
		free(viommu);
		return err;
	}
	hwpt->object.users++;
	object_add(fd, &viommu->object, OBJECT_VIOMMU);
	cmd->out_viommu_id = viommu->object.id;
	return 0;
}

void viommu_fini(struct kernel *kernel, struct viommu *viommu)
{
	if (viommu->vintf) {
		(void)vintf_clear(kernel, viommu->vintf);
		kernel->vintfs[viommu->vintf] = NULL;
	}
	viommu->parent->object.users--;
}

int kernel_viommu_query(struct kernel_iommufd *fd, uint32_t viommu_id, uint32_t *vintf,
			uint16_t *vmid)
{
	const struct viommu *viommu =
		(const struct viommu *)object_find(fd, viommu_id, OBJECT_VIOMMU);

	if (!viommu)
		return -ENOENT;
	*vintf = viommu->vintf;
	*vmid = viommu->parent->vmid;
	return 0;
}

/* mmap() takes any length for one of whole pages. */
static uint64_t whole_pages(uint64_t length)
{
	return (length + KERNEL_PAGE_BYTES - 1) / KERNEL_PAGE_BYTES * KERNEL_PAGE_BYTES;
}

int kernel_mmap(struct kernel_iommufd *fd, struct kernel_mmap *cmd)
{
	struct viommu *viommu;
	int err;

	if (cmd->length == 0 || !(cmd->flags & MAP_SHARED))
		return -EINVAL;
	if (cmd->prot & PROT_EXEC)
		return -EPERM;
	viommu = viommu_mapped_at(fd, cmd->offset);
	if (!viommu || whole_pages(cmd->length) != CMDQV_PAGE_BYTES)
		return -ENXIO;
	err = cmdqv_model_page(fd->kernel->model, viommu->vintf, &cmd->view);
	if (err)
		return err;
	viommu->mappings++;
	viommu->object.users++;
	return 0;
}

int kernel_munmap(struct kernel_iommufd *fd, uint64_t offset)
{
	struct viommu *viommu = viommu_mapped_at(fd, offset);

	if (!viommu || !viommu->mappings)
		return -EINVAL;
	viommu->mappings--;
	viommu->object.users--;
	return 0;
}
