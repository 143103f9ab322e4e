/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel boots, opens iommufds and destroys what is in them.
 *
 * Boot is what Linux does before and in its reset of the CMDQV: read CONFIG and PARAM,
 * disable and enable, write into each CMDQ_ALLOC where its VCMDQ will be mapped, and map none
 * [HW-21].
 *
 * Not modelled: the kernel's own use of VINTF 0; its queues stay unmapped. GET_HW_INFO
 * answers with the SMMU of the recorded host, CMDQS as configured.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hw.h"
#include "hwpt.h"
#include "hwqueue.h"
#include "ioas.h"
#include "object.h"
#include "vdevice.h"
#include "veventq.h"
#include "viommu.h"

/* SMMUv3 ID registers of the recorded host: stages 1 and 2, FWB, 16-bit VMIDs. */
#define SMMU_IDR0 0x0D44101BU
#define SMMU_IDR1 0x02730010U
#define SMMU_IDR1_CMDQS 0x03E00000U
#define SMMU_IDR3 0x00001514U
#define SMMU_IDR5 0x00000074U
#define SMMU_AIDR 1U

static int probe(struct kernel *kernel)
{
	struct cmdqv_geometry *geometry = &kernel->geometry;
	uint32_t param;

	(void)hw_read32(kernel, reg_of_global(REG_CONFIG, 0));
	param = hw_read32(kernel, reg_of_global(REG_PARAM, 0));
	geometry->log2_vcmdqs = (uint8_t)CMDQV_GET(CMDQV_PARAM_NUM_VCMDQ_LOG2, param);
	geometry->log2_vintfs = (uint8_t)CMDQV_GET(CMDQV_PARAM_NUM_VINTF_LOG2, param);
	geometry->log2_sids = (uint8_t)CMDQV_GET(CMDQV_PARAM_NUM_SID_PER_VM_LOG2, param);
	if (CMDQV_GET(CMDQV_PARAM_VER, param) != 1 ||
	    geometry->log2_vintfs > geometry->log2_vcmdqs ||
	    reg_num_vcmdqs(geometry) > CMDQV_MAX_VCMDQS ||
	    reg_num_vintfs(geometry) > CMDQV_MAX_VINTFS || reg_num_sids(geometry) > CMDQV_MAX_SIDS)
		return -ENODEV;
	return 0;
}

static int reset(struct kernel *kernel)
{
	struct reg_ref config = reg_of_global(REG_CONFIG, 0);
	struct reg_ref status = reg_of_global(REG_STATUS, 0);
	uint32_t value = hw_read32(kernel, config);
	uint32_t per_vintf = reg_num_lvcmdqs(&kernel->geometry);
	int err;

	hw_write32(kernel, config, value & ~CMDQV_CONFIG_CMDQV_EN);
	err = hw_poll(kernel, status, false);
	if (err)
		return err;
	hw_write32(kernel, config, value | CMDQV_CONFIG_CMDQV_EN);
	err = hw_poll(kernel, status, true);
	if (err)
		return err;
	for (uint32_t q = 0; q < reg_num_vcmdqs(&kernel->geometry); q++)
		hw_write32(kernel, reg_of_global(REG_CMDQ_ALLOC, q),
			   CMDQV_SET(CMDQV_CMDQ_ALLOC_VINTF, q / per_vintf) |
				   CMDQV_SET(CMDQV_CMDQ_ALLOC_LVCMDQ, q % per_vintf));
	return 0;
}

static bool config_is_good(const struct kernel_config *config)
{
	uint64_t granule = config->granule_bytes;

	return config->cmdqs >= 7 && config->cmdqs <= CMDQV_MAX_LOG2SIZE &&
	       (config->vmid_bits == 8 || config->vmid_bits == 16) &&
	       (granule & (granule - 1)) == 0 && (granule == 0 || granule >= KERNEL_PAGE_BYTES);
}

int kernel_create(struct kernel **out, struct cmdqv_model *model,
		  const struct kernel_config *config, const struct kernel_ops *ops, void *user)
{
	struct kernel *kernel;
	int err;

	if (!config_is_good(config) || !ops->execute)
		return -EINVAL;
	kernel = calloc(1, sizeof(*kernel));
	if (!kernel)
		return -ENOMEM;
	kernel->model = model;
	kernel->config = *config;
	kernel->ops = *ops;
	kernel->user = user;
	atomic_init(&kernel->interrupt, false);
	err = probe(kernel);
	if (!err)
		err = reset(kernel);
	if (err) {
		free(kernel);
		return err;
	}
	*out = kernel;
	return 0;
}

void kernel_destroy(struct kernel *kernel)
{
	free(kernel);
}

/* Undoes what the object did, then lets go of it. */
static void object_fini(struct kernel *kernel, struct object *object)
{
	switch (object->type) {
	case OBJECT_IOAS:
		ioas_fini((struct ioas *)object);
		break;
	case OBJECT_HWPT:
		hwpt_fini(kernel, (struct hwpt *)object);
		break;
	case OBJECT_NESTED:
		nested_fini((struct nested *)object);
		break;
	case OBJECT_VIOMMU:
		viommu_fini(kernel, (struct viommu *)object);
		break;
	case OBJECT_VDEVICE:
		vdevice_fini(kernel, (struct vdevice *)object);
		break;
	case OBJECT_HW_QUEUE:
		hw_queue_fini(kernel, (struct hw_queue *)object);
		break;
	case OBJECT_VEVENTQ:
		veventq_fini((struct veventq *)object);
		break;
	case OBJECT_DEVICE:
	case OBJECT_TOMBSTONE:
		break;
	}
	free(object);
}

int kernel_destroy_object(struct kernel_iommufd *fd, uint32_t id)
{
	struct object *object = object_find_any(fd, id);

	if (!object)
		return -ENOENT;
	if (object->users)
		return -EBUSY;
	object_remove(fd, object);
	object_fini(fd->kernel, object);
	return 0;
}

int kernel_iommufd_open(struct kernel *kernel, struct kernel_iommufd **out)
{
	struct kernel_iommufd *fd = calloc(1, sizeof(*fd));

	if (!fd)
		return -ENOMEM;
	fd->kernel = kernel;
	fd->next = kernel->fds;
	kernel->fds = fd;
	*out = fd;
	return 0;
}

/* Does something outside the iommufd hold on to the object? */
static bool held_from_outside(const struct object *object)
{
	switch (object->type) {
	case OBJECT_DEVICE:
		return true;
	case OBJECT_VIOMMU:
		return ((const struct viommu *)object)->mappings > 0;
	case OBJECT_VEVENTQ:
		return ((const struct veventq *)object)->fd >= 0;
	default:
		return false;
	}
}

/* The first object that nothing uses; as uses make no circle, there always is one. */
static struct object *take_unused(struct kernel_iommufd *fd)
{
	struct object *object = fd->objects;

	while (object && object->users)
		object = object->next;
	if (object)
		object_remove(fd, object);
	return object;
}

static void unlink_iommufd(struct kernel_iommufd *fd)
{
	struct kernel_iommufd **link = &fd->kernel->fds;

	while (*link != fd)
		link = &(*link)->next;
	*link = fd->next;
}

int kernel_iommufd_close(struct kernel_iommufd *fd)
{
	struct object *object;

	for (object = fd->objects; object; object = object->next)
		if (held_from_outside(object))
			return -EBUSY;
	while ((object = take_unused(fd)) != NULL)
		object_fini(fd->kernel, object);
	unlink_iommufd(fd);
	free(fd);
	return 0;
}

static void fill_hw_info(struct kernel_get_hw_info *cmd, const void *info, uint32_t bytes)
{
	if (cmd->data_len > bytes)
		memset((uint8_t *)cmd->data + bytes, 0, cmd->data_len - bytes);
	if (cmd->data_len)
		memcpy(cmd->data, info, cmd->data_len < bytes ? cmd->data_len : bytes);
	cmd->data_len = bytes;
}

static void smmu_info(const struct kernel *kernel, struct kernel_get_hw_info *cmd)
{
	uint32_t cmdqs = CMDQV_SET(SMMU_IDR1_CMDQS, (uint32_t)kernel->config.cmdqs);
	struct kernel_hw_info_smmuv3 info = {
		.flags = kernel->config.smmu_flags,
		.idr = {SMMU_IDR0, (SMMU_IDR1 & ~SMMU_IDR1_CMDQS) | cmdqs, 0, SMMU_IDR3, 0,
			SMMU_IDR5},
		.aidr = SMMU_AIDR,
	};

	fill_hw_info(cmd, &info, sizeof(info));
}

static void cmdqv_info(struct kernel *kernel, struct kernel_get_hw_info *cmd)
{
	uint32_t param = hw_read32(kernel, reg_of_global(REG_PARAM, 0));
	struct kernel_hw_info_cmdqv info = {
		.version = (uint8_t)CMDQV_GET(CMDQV_PARAM_VER, param),
		.log2vcmdqs = (uint8_t)(CMDQV_GET(CMDQV_PARAM_NUM_VCMDQ_LOG2, param) -
					CMDQV_GET(CMDQV_PARAM_NUM_VINTF_LOG2, param)),
		.log2vsids = (uint8_t)CMDQV_GET(CMDQV_PARAM_NUM_SID_PER_VM_LOG2, param),
	};

	fill_hw_info(cmd, &info, sizeof(info));
}

int kernel_get_hw_info(struct kernel_iommufd *fd, struct kernel_get_hw_info *cmd)
{
	uint32_t type = cmd->data_type;

	if ((cmd->flags & ~KERNEL_HW_INFO_INPUT_TYPE) || cmd->reserved[0] || cmd->reserved[1] ||
	    cmd->reserved[2])
		return -EOPNOTSUPP;
	if (!(cmd->flags & KERNEL_HW_INFO_INPUT_TYPE) || type == KERNEL_HW_INFO_DEFAULT)
		type = KERNEL_HW_INFO_ARM_SMMUV3;
	if (!object_find(fd, cmd->dev_id, OBJECT_DEVICE))
		return -ENOENT;
	if (type == KERNEL_HW_INFO_ARM_SMMUV3)
		smmu_info(fd->kernel, cmd);
	else if (type == KERNEL_HW_INFO_TEGRA241_CMDQV)
		cmdqv_info(fd->kernel, cmd);
	else
		return -EOPNOTSUPP;
	cmd->data_type = type;
	cmd->out_capabilities = KERNEL_HW_CAP_ATS_NOT_SUPPORTED;
	return 0;
}
