/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel boots, and reaches its registers.
 *
 * Boot is what Linux does before and in its reset of the CMDQV: read CONFIG and PARAM,
 * disable and enable, say for every VCMDQ where it will be mapped, and map none [HW-21].
 *
 * Not modelled: the kernel's own use of VINTF 0; its queues stay unmapped. GET_HW_INFO
 * answers with the SMMU of the recorded host, CMDQS as configured.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* The model acknowledges in the write; a device that is told to be slow gets some patience. */
#define POLL_READS 1000

/* SMMUv3 ID registers of the recorded host: stages 1 and 2, FWB, 16-bit VMIDs. */
#define SMMU_IDR0 0x0D44101BU
#define SMMU_IDR1 0x02730010U
#define SMMU_IDR1_CMDQS 0x03E00000U
#define SMMU_IDR3 0x00001514U
#define SMMU_IDR5 0x00000074U
#define SMMU_AIDR 1U
#define CAPABILITY_ATS_NOT_SUPPORTED 0x8U

struct reg_ref reg_of_global(enum reg_id id, uint32_t index)
{
	return (struct reg_ref){.id = id, .page = CMDQV_AT_CONFIG, .index = (uint8_t)index};
}

struct reg_ref reg_of_vintf(enum reg_id id, uint32_t vintf, uint32_t index)
{
	return (struct reg_ref){.id = id,
				.page = CMDQV_AT_CONFIG,
				.vintf = (uint8_t)vintf,
				.index = (uint8_t)index};
}

struct reg_ref reg_of_queue(enum reg_id id, uint32_t vintf, uint32_t lvcmdq)
{
	bool page0 = reg_infos[id].block == BLOCK_PAGE0;

	return (struct reg_ref){.id = id,
				.page = page0 ? CMDQV_AT_VINTF0 : CMDQV_AT_VINTF1,
				.vintf = (uint8_t)vintf,
				.slot = (uint8_t)lvcmdq};
}

static uint64_t read_register(struct kernel *kernel, struct reg_ref ref, uint8_t size)
{
	struct cmdqv_access access = {.offset = reg_offset(&ref), .size = size};

	if (cmdqv_model_access(kernel->model, &access))
		return 0;
	return access.value;
}

static void write_register(struct kernel *kernel, struct reg_ref ref, uint8_t size, uint64_t value)
{
	struct cmdqv_access access = {
		.offset = reg_offset(&ref), .value = value, .size = size, .write = true};

	(void)cmdqv_model_access(kernel->model, &access);
}

uint32_t kernel_read32(struct kernel *kernel, struct reg_ref ref)
{
	return (uint32_t)read_register(kernel, ref, 4);
}

uint64_t kernel_read64(struct kernel *kernel, struct reg_ref ref)
{
	return read_register(kernel, ref, 8);
}

void kernel_write32(struct kernel *kernel, struct reg_ref ref, uint32_t value)
{
	write_register(kernel, ref, 4, value);
}

void kernel_write64(struct kernel *kernel, struct reg_ref ref, uint64_t value)
{
	write_register(kernel, ref, 8, value);
}

int kernel_poll(struct kernel *kernel, struct reg_ref status, bool set)
{
	for (int i = 0; i < POLL_READS; i++) {
		struct cmdqv_access access = {.offset = reg_offset(&status), .size = 4};
		int err = cmdqv_model_access(kernel->model, &access);

		if (err)
			return err;
		if ((access.value & 1) == set)
			return 0;
	}
	return -ETIMEDOUT;
}

static int probe(struct kernel *kernel)
{
	struct cmdqv_geometry *geometry = &kernel->geometry;
	uint32_t param;

	(void)kernel_read32(kernel, reg_of_global(REG_CONFIG, 0));
	param = kernel_read32(kernel, reg_of_global(REG_PARAM, 0));
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
	uint32_t value = kernel_read32(kernel, config);
	uint32_t per_vintf = reg_num_lvcmdqs(&kernel->geometry);
	int err;

	kernel_write32(kernel, config, value & ~CMDQV_CONFIG_CMDQV_EN);
	err = kernel_poll(kernel, status, false);
	if (err)
		return err;
	kernel_write32(kernel, config, value | CMDQV_CONFIG_CMDQV_EN);
	err = kernel_poll(kernel, status, true);
	if (err)
		return err;
	for (uint32_t q = 0; q < reg_num_vcmdqs(&kernel->geometry); q++)
		kernel_write32(kernel, reg_of_global(REG_CMDQ_ALLOC, q),
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
		.idr = {SMMU_IDR0, (SMMU_IDR1 & ~SMMU_IDR1_CMDQS) | cmdqs, 0, SMMU_IDR3, 0,
			SMMU_IDR5},
		.aidr = SMMU_AIDR,
	};

	fill_hw_info(cmd, &info, sizeof(info));
}

static void cmdqv_info(struct kernel *kernel, struct kernel_get_hw_info *cmd)
{
	uint32_t param = kernel_read32(kernel, reg_of_global(REG_PARAM, 0));
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
	cmd->out_capabilities = CAPABILITY_ATS_NOT_SUPPORTED;
	return 0;
}
