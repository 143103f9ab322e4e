/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VMM on the front: an iommufd with the guest's RAM, a nest parent, devices, and the
 * backend on them. 4 VINTFs of 4 queues, 16 SID slots.
 */
#ifndef TESTS_IOMMUFD_FIXTURE_H
#define TESTS_IOMMUFD_FIXTURE_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmdqv/cmdqv.h>

#include "../test.h"
#include "front.h"
#include "uapi.h"

enum {
	DEVICES = 17,
	QUEUES = 4,
	RAM_GPA = 0x40000000,
	RAM_BYTES = 0x40000,
	RING_BYTES = 0x1000,
	MOST_COMMANDS = 1024,
	FIRST_SID = 0x100,
};

struct vmm {
	int iommufd;
	int device[DEVICES];
	uint32_t dev_id[DEVICES];
	uint32_t ioas_id;
	uint32_t parent_id;
	uint32_t objects; /* in the kernel without the backend's */
	uint8_t *ram;
	struct cmdqv_viommu *backend;
	struct cmdqv_backend ops;
	uint32_t commands; /* executed */
	struct cmdqv_command command[MOST_COMMANDS];
	int execute_result;
};

static inline int vmm_execute(void *user, const struct cmdqv_command *command)
{
	struct vmm *vmm = user;

	if (vmm->commands < MOST_COMMANDS)
		vmm->command[vmm->commands] = *command;
	vmm->commands++;
	return vmm->execute_result;
}

/* Everything but the backend. */
static inline void vmm_prepare(struct vmm *vmm)
{
	const struct front_config config = {
		.log2_vcmdqs = 4,
		.log2_vintfs = 2,
		.log2_sids = 4,
		.cmdqs = 12,
		.granule_bytes = 0x10000,
		.execute = vmm_execute,
		.user = vmm,
	};

	memset(vmm, 0, sizeof(*vmm));
	front_open(&config);
	vmm->ram = aligned_alloc(4096, RAM_BYTES);
	assert_non_null(vmm->ram);
	memset(vmm->ram, 0, RAM_BYTES);
	vmm->iommufd = front_iommufd();
	for (uint32_t i = 0; i < DEVICES; i++) {
		vmm->device[i] = front_device(FIRST_SID + i, 1);
		assert_int_equal(uapi_bind(vmm->device[i], vmm->iommufd, &vmm->dev_id[i]), 0);
	}
	assert_int_equal(uapi_ioas(vmm->iommufd, &vmm->ioas_id), 0);
	assert_int_equal(uapi_map(vmm->iommufd, vmm->ioas_id, RAM_GPA, vmm->ram, RAM_BYTES), 0);
	assert_int_equal(
		uapi_nest_parent(vmm->iommufd, vmm->dev_id[0], vmm->ioas_id, &vmm->parent_id), 0);
	vmm->objects = front_objects(vmm->iommufd);
	front_count_from_here();
}

static inline struct cmdqv_iommufd_config vmm_config(const struct vmm *vmm)
{
	return (struct cmdqv_iommufd_config){.size = sizeof(struct cmdqv_iommufd_config),
					     .iommufd = vmm->iommufd,
					     .dev_id = vmm->dev_id[0],
					     .hwpt_id = vmm->parent_id};
}

static inline int vmm_open_backend(struct vmm *vmm, struct cmdqv_error *why)
{
	const struct cmdqv_iommufd_config config = vmm_config(vmm);
	int err = cmdqv_iommufd_open(&vmm->backend, &config, &vmm->ops, why);

	if (err)
		vmm->backend = NULL;
	return err;
}

static inline void vmm_open(struct vmm *vmm)
{
	struct cmdqv_error why;

	vmm_prepare(vmm);
	if (vmm_open_backend(vmm, &why))
		fail_msg("%s", why.text);
}

static inline void vmm_close_backend(struct vmm *vmm)
{
	cmdqv_viommu_close(vmm->backend);
	vmm->backend = NULL;
}

/* Nothing of the backend is left: no object, no mapping, no descriptor. */
static inline void vmm_check_clean(const struct vmm *vmm)
{
	assert_int_equal(front_objects(vmm->iommufd), vmm->objects);
	assert_int_equal(front_mappings(), 0);
	assert_int_equal(front_event_descriptors(), 0);
}

/* The rest, whatever is left of the backend. */
static inline void vmm_finish(struct vmm *vmm)
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
	front_close();
	free(vmm->ram);
}

static inline void vmm_close(struct vmm *vmm)
{
	vmm_close_backend(vmm);
	vmm_check_clean(vmm);
	vmm_finish(vmm);
}

static inline int vmm_bind(struct vmm *vmm, uint32_t index, struct cmdqv_error *why)
{
	return vmm->ops.ops->queue_bind(
		vmm->ops.impl, index, (cmdqv_gpa_t){RAM_GPA + index * RING_BYTES}, RING_BYTES, why);
}

static inline int vmm_add(struct vmm *vmm, uint32_t i, uint32_t vsid)
{
	return cmdqv_viommu_add_device(vmm->backend, (cmdqv_vsid_t){vsid}, vmm->dev_id[i],
				       vmm->device[i], NULL);
}

static inline int vmm_set_ste(struct vmm *vmm, uint32_t vsid, uint64_t word0, uint64_t word1)
{
	const uint64_t ste[2] = {word0, word1};

	return cmdqv_viommu_set_ste(vmm->backend, (cmdqv_vsid_t){vsid}, ste, NULL);
}

static inline int vmm_remove(struct vmm *vmm, uint32_t vsid)
{
	return cmdqv_viommu_remove_device(vmm->backend, (cmdqv_vsid_t){vsid}, NULL);
}

/* Stream table entries by docs/spec.md: V, CFG and a context descriptor's address. */
#define STE_ABORT 0x1ULL
#define STE_BYPASS 0x9ULL
#define STE_STAGE1 0x000000004123400BULL

#endif
