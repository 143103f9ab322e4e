/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HW queue: guest memory that a physical VCMDQ reads commands from. In software: on a Grace this
 * is Linux.
 *
 * Checks come in the kernel's order, which a caller can see: memory before index, so a
 * bad index on unmapped memory is -ENOENT, and index 1 before index 0 is -EIO without an
 * access. The queue is left disabled; the guest enables it. Each queue holds on to the
 * one below, so that they go in descending order [HW-8].
 *
 * BASE gets a bus address, not one of this process: the window of 16 MiB of the physical
 * queue, which kernel_read_memory() maps to the pinned memory and to nothing else
 * [HW-17].
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/shared.h"
#include "hw.h"
#include "hwqueue.h"
#include "ioas.h"
#include "object.h"

#define WINDOW_LOG2 24
#define MIN_QUEUE_BYTES (2 * CMDQV_ENTRY_BYTES)

_Static_assert((1ULL << WINDOW_LOG2) >= (uint64_t)CMDQV_ENTRY_BYTES << CMDQV_MAX_LOG2SIZE,
	       "the largest queue fits into its window");

int kernel_read_memory(const struct kernel *kernel, uint32_t vintf, uint64_t address, void *buffer,
		       size_t bytes)
{
	uint64_t physical = address >> WINDOW_LOG2;
	uint64_t within = address & ((1ULL << WINDOW_LOG2) - 1);
	const struct hw_queue *queue;

	if ((address | bytes) % sizeof(uint64_t) != 0)
		return -EINVAL;
	if (physical >= CMDQV_MAX_VCMDQS)
		return -EFAULT;
	queue = kernel->queues[physical];
	if (!queue || queue->viommu->vintf != vintf || bytes > queue->length ||
	    within > queue->length - bytes)
		return -EFAULT;
	for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
		const shared64 *word = (const shared64 *)(const void *)(queue->host + within + i);
		uint64_t value = shared_load64(word);

		memcpy((uint8_t *)buffer + i, &value, sizeof(value));
	}
	return 0;
}

/*
 * Disables the queue and zeroes what a former user left. GERROR keeps its phase, so
 * GERRORN is made to agree with it.
 */
static int vcmdq_clear(struct kernel *kernel, uint32_t vintf, uint32_t index)
{
	struct reg_ref acknowledge = reg_of_queue(REG_VCMDQ_GERRORN, vintf, index);
	uint32_t gerrorn;
	uint32_t gerror;
	int err;

	hw_write32(kernel, reg_of_queue(REG_VCMDQ_CONFIG, vintf, index), 0);
	err = hw_poll(kernel, reg_of_queue(REG_VCMDQ_STATUS, vintf, index), false);
	hw_write32(kernel, reg_of_queue(REG_VCMDQ_PROD, vintf, index), 0);
	hw_write32(kernel, reg_of_queue(REG_VCMDQ_CONS, vintf, index), 0);
	hw_write64(kernel, reg_of_queue(REG_VCMDQ_BASE, vintf, index), 0);
	hw_write64(kernel, reg_of_queue(REG_VCMDQ_CONS_INDX_BASE, vintf, index), 0);
	gerrorn = hw_read32(kernel, acknowledge);
	gerror = hw_read32(kernel, reg_of_queue(REG_VCMDQ_GERROR, vintf, index));
	if (gerror != gerrorn)
		hw_write32(kernel, acknowledge, gerror);
	return err;
}

static void vcmdq_map(struct kernel *kernel, uint32_t vintf, uint32_t index, bool map)
{
	struct reg_ref alloc = reg_of_global(REG_CMDQ_ALLOC, physical_queue(kernel, vintf, index));
	uint32_t entry = hw_read32(kernel, alloc) & ~CMDQV_CMDQ_ALLOC_ALLOCATED;

	hw_write32(kernel, alloc, entry | (map ? CMDQV_CMDQ_ALLOC_ALLOCATED : 0));
}

/*
 * A time-out that no CMD_SYNC has reported yet belongs to this VM. The next owner of the physical
 * queue must not hear of it, and this VM gets it back when it binds the LVCMDQ again [DEV-33].
 * Linux cannot do that. It issues a CMD_SYNC on the SMMU's own queue, which also takes the
 * time-outs of other queues whose guests have disabled them (decision 0011).
 */
static void vcmdq_take_time_out(struct kernel *kernel, struct viommu *viommu, uint32_t index)
{
	uint32_t physical = physical_queue(kernel, viommu->vintf, index);

	if (cmdqv_model_exchange_time_out(kernel->model, physical, false) == 1)
		viommu->late |= 1ULL << index;
}

static void vcmdq_give_time_out_back(struct kernel *kernel, struct viommu *viommu, uint32_t index)
{
	uint64_t bit = 1ULL << index;

	if (!(viommu->late & bit))
		return;
	viommu->late &= ~bit;
	(void)cmdqv_model_exchange_time_out(kernel->model,
					    physical_queue(kernel, viommu->vintf, index), true);
}

static int vcmdq_set_up(struct kernel *kernel, uint32_t vintf, uint32_t index, uint64_t length)
{
	uint32_t log2size = (uint32_t)__builtin_ctzll(length / CMDQV_ENTRY_BYTES);
	uint64_t address = (uint64_t)physical_queue(kernel, vintf, index) << WINDOW_LOG2;
	int err;

	vcmdq_map(kernel, vintf, index, true);
	err = vcmdq_clear(kernel, vintf, index);
	if (err) {
		vcmdq_map(kernel, vintf, index, false);
		return err;
	}
	hw_write64(kernel, reg_of_queue(REG_VCMDQ_BASE, vintf, index), address | log2size);
	return 0;
}

/* 1. and 2.: the call itself, and whether the vIOMMU has queues. */
static int check_call(const struct kernel_iommufd *fd, const struct kernel_hw_queue_alloc *cmd,
		      struct viommu **viommu)
{
	if (cmd->flags || cmd->type == 0)
		return -EOPNOTSUPP;
	if (cmd->length == 0)
		return -EINVAL;
	if (cmd->nesting_parent_iova + cmd->length - 1 < cmd->nesting_parent_iova)
		return -EOVERFLOW;
	*viommu = (struct viommu *)object_find(fd, cmd->viommu_id, OBJECT_VIOMMU);
	if (!*viommu)
		return -ENOENT;
	if (!(*viommu)->vintf || cmd->type != KERNEL_HW_QUEUE_TEGRA241_CMDQV)
		return -EOPNOTSUPP;
	return 0;
}

/* 3. before the memory is looked at: the number of pages must be one. */
static bool pages_overflow(const struct kernel_hw_queue_alloc *cmd)
{
	uint64_t lead = cmd->nesting_parent_iova % KERNEL_PAGE_BYTES;

	return cmd->length > UINT64_MAX - lead - (KERNEL_PAGE_BYTES - 1);
}

/* 5.: what the CMDQV's driver demands. Physical and guest address agree below the length. */
static int check_queue(const struct kernel *kernel, const struct viommu *viommu,
		       const struct kernel_hw_queue_alloc *cmd)
{
	uint64_t most = (uint64_t)CMDQV_ENTRY_BYTES << kernel->config.cmdqs;

	if (cmd->index >= reg_num_lvcmdqs(&kernel->geometry))
		return -EINVAL;
	if (viommu->queues[cmd->index])
		return -EEXIST;
	if (cmd->index > 0 && !viommu->queues[cmd->index - 1])
		return -EIO;
	if ((cmd->length & (cmd->length - 1)) || cmd->length < MIN_QUEUE_BYTES ||
	    cmd->length > most)
		return -EINVAL;
	return cmd->nesting_parent_iova % cmd->length ? -EINVAL : 0;
}

static void hw_queue_publish(struct kernel_iommufd *fd, struct hw_queue *queue)
{
	struct viommu *viommu = queue->viommu;

	viommu->queues[queue->index] = queue;
	viommu->object.users++;
	if (queue->index > 0)
		viommu->queues[queue->index - 1]->object.users++;
	object_add(fd, &queue->object, OBJECT_HW_QUEUE);
}

int kernel_hw_queue_alloc(struct kernel_iommufd *fd, struct kernel_hw_queue_alloc *cmd)
{
	struct kernel *kernel = fd->kernel;
	struct hw_queue *queue;
	struct viommu *viommu;
	struct ioas *ioas;
	int err;

	err = check_call(fd, cmd, &viommu);
	if (err)
		return err;
	if (pages_overflow(cmd))
		return -ERANGE;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	queue->viommu = viommu;
	queue->index = cmd->index;
	queue->iova = cmd->nesting_parent_iova;
	queue->length = cmd->length;
	ioas = viommu->parent->ioas;
	err = ioas_pin(ioas, queue->iova, queue->length, kernel->config.granule_bytes,
		       &queue->host);
	if (err)
		goto err_free;
	err = check_queue(kernel, viommu, cmd);
	if (err)
		goto err_unpin;
	err = vcmdq_set_up(kernel, viommu->vintf, queue->index, queue->length);
	if (err)
		goto err_unpin;
	vcmdq_give_time_out_back(kernel, viommu, queue->index);
	hw_queue_publish(fd, queue);
	cmd->out_hw_queue_id = queue->object.id;
	return 0;

err_unpin:
	ioas_unpin(ioas, queue->iova, queue->length);
err_free:
	free(queue);
	return err;
}

void hw_queue_fini(struct kernel *kernel, struct hw_queue *queue)
{
	struct viommu *viommu = queue->viommu;

	vcmdq_take_time_out(kernel, viommu, queue->index);
	/* Should it not say that it is disabled: unmapping stops it whatever it says [HW-3]. */
	(void)vcmdq_clear(kernel, viommu->vintf, queue->index);
	vcmdq_map(kernel, viommu->vintf, queue->index, false);
	viommu->queues[queue->index] = NULL;
	if (queue->index > 0)
		viommu->queues[queue->index - 1]->object.users--;
	viommu->object.users--;
	ioas_unpin(viommu->parent->ioas, queue->iova, queue->length);
}
