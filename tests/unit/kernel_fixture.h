/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A booted kernel on a model, for the tests of src/kernel/: it notes what the model traced
 * and executed. Small on purpose: 4 VINTFs of 2 queues and 2 SID slots.
 */
#ifndef TESTS_KERNEL_FIXTURE_H
#define TESTS_KERNEL_FIXTURE_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../idle.h"
#include "../test.h"
#include "kernel/kernel.h"

#define RAM_GPA 0x40000000U
#define RAM_BYTES 0x20000U
#define MOST_EVENTS 1024
#define MOST_COMMANDS 256

struct fixture {
	struct cmdqv_model *model;
	struct kernel *kernel;
	struct kernel_iommufd *fd;
	uint8_t *ram;
	uint32_t events; /* traced */
	struct cmdqv_trace_event event[MOST_EVENTS];
	uint32_t commands; /* executed */
	struct cmdqv_command command[MOST_COMMANDS];
	int execute_result;
};

static int fixture_read(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes)
{
	const struct fixture *f = user;

	return kernel_read_memory(f->kernel, vintf, address, buffer, bytes);
}

static int fixture_execute(void *user, const struct cmdqv_command *command)
{
	struct fixture *f = user;

	if (f->commands < MOST_COMMANDS)
		f->command[f->commands] = *command;
	f->commands++;
	return f->execute_result;
}

static void fixture_interrupt(void *user)
{
	const struct fixture *f = user;

	kernel_raise_interrupt(f->kernel);
}

static void fixture_trace(void *user, const struct cmdqv_trace_event *event)
{
	struct fixture *f = user;

	if (f->events < MOST_EVENTS)
		f->event[f->events] = *event;
	f->events++;
}

static inline struct fixture *fixture_open(uint8_t log2_vcmdqs, uint8_t log2_vintfs,
					   uint8_t log2_sids, const struct kernel_config *kernel)
{
	const struct cmdqv_model_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = log2_vcmdqs,
		.log2_vintfs = log2_vintfs,
		.log2_sids = log2_sids,
	};
	const struct cmdqv_model_ops ops = {
		.size = sizeof(ops),
		.read = fixture_read,
		.execute = fixture_execute,
		.interrupt = fixture_interrupt,
		.kick = idle,
		.trace = fixture_trace,
	};
	const struct kernel_ops kernel_ops = {.execute = fixture_execute};
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->ram = aligned_alloc(4096, RAM_BYTES);
	assert_non_null(f->ram);
	memset(f->ram, 0, RAM_BYTES);
	assert_int_equal(cmdqv_model_create(&f->model, &config, &ops, f, NULL), 0);
	assert_int_equal(kernel_create(&f->kernel, f->model, kernel, &kernel_ops, f), 0);
	assert_int_equal(kernel_iommufd_open(f->kernel, &f->fd), 0);
	return f;
}

static inline struct fixture *small_fixture(void)
{
	const struct kernel_config config = {.cmdqs = 8, .vmid_bits = 8, .granule_bytes = 0x4000};

	return fixture_open(3, 2, 1, &config);
}

static inline void fixture_close(struct fixture *f)
{
	assert_int_equal(kernel_iommufd_close(f->fd), 0);
	kernel_destroy(f->kernel);
	cmdqv_model_destroy(f->model);
	free(f->ram);
	free(f);
}

/* What a VMM does, each step demanded to succeed; the id that it gives. */

static inline uint32_t must_bind(struct kernel_iommufd *fd, uint32_t sid, uint32_t num_sids)
{
	struct kernel_device_bind cmd = {.sid = sid, .num_sids = num_sids};

	assert_int_equal(kernel_device_bind(fd, &cmd), 0);
	return cmd.out_devid;
}

static inline uint32_t must_ioas(struct kernel_iommufd *fd)
{
	struct kernel_ioas_alloc cmd = {.flags = 0};

	assert_int_equal(kernel_ioas_alloc(fd, &cmd), 0);
	return cmd.out_ioas_id;
}

static inline void must_map(struct kernel_iommufd *fd, uint32_t ioas, uint64_t iova, void *memory,
			    uint64_t bytes, uint32_t access)
{
	const struct kernel_ioas_map cmd = {
		.flags = KERNEL_IOAS_MAP_FIXED_IOVA | access,
		.ioas_id = ioas,
		.user_va = memory,
		.length = bytes,
		.iova = iova,
	};

	assert_int_equal(kernel_ioas_map(fd, &cmd), 0);
}

static inline uint32_t must_hwpt(struct kernel_iommufd *fd, uint32_t dev, uint32_t ioas,
				 uint32_t flags)
{
	struct kernel_hwpt_alloc cmd = {.flags = flags, .dev_id = dev, .pt_id = ioas};

	assert_int_equal(kernel_hwpt_alloc(fd, &cmd), 0);
	return cmd.out_hwpt_id;
}

static inline uint32_t must_nested(struct kernel_iommufd *fd, uint32_t dev, uint32_t viommu,
				   uint64_t ste0)
{
	const uint64_t ste[2] = {ste0, 0};
	struct kernel_hwpt_alloc cmd = {
		.dev_id = dev,
		.pt_id = viommu,
		.data_type = KERNEL_HWPT_DATA_ARM_SMMUV3,
		.data_len = sizeof(ste),
		.data = ste,
	};

	assert_int_equal(kernel_hwpt_alloc(fd, &cmd), 0);
	return cmd.out_hwpt_id;
}

static inline uint32_t must_viommu(struct kernel_iommufd *fd, uint32_t dev, uint32_t hwpt,
				   struct kernel_viommu_cmdqv *data)
{
	struct kernel_viommu_alloc cmd = {
		.type = KERNEL_VIOMMU_TEGRA241_CMDQV,
		.dev_id = dev,
		.hwpt_id = hwpt,
		.data_len = sizeof(*data),
		.data = data,
	};

	assert_int_equal(kernel_viommu_alloc(fd, &cmd), 0);
	return cmd.out_viommu_id;
}

static inline uint32_t must_vdevice(struct kernel_iommufd *fd, uint32_t viommu, uint32_t dev,
				    uint32_t vsid)
{
	struct kernel_vdevice_alloc cmd = {.viommu_id = viommu, .dev_id = dev, .virt_id = vsid};

	assert_int_equal(kernel_vdevice_alloc(fd, &cmd), 0);
	return cmd.out_vdevice_id;
}

static inline struct kernel_veventq_alloc must_veventq(struct kernel_iommufd *fd, uint32_t viommu,
						       uint32_t depth)
{
	struct kernel_veventq_alloc cmd = {
		.viommu_id = viommu,
		.type = KERNEL_VEVENTQ_TEGRA241_CMDQV,
		.veventq_depth = depth,
	};

	assert_int_equal(kernel_veventq_alloc(fd, &cmd), 0);
	return cmd;
}

static inline int try_hw_queue(struct kernel_iommufd *fd, uint32_t viommu, uint32_t index,
			       uint64_t iova, uint64_t length, uint32_t *id)
{
	struct kernel_hw_queue_alloc cmd = {
		.viommu_id = viommu,
		.type = KERNEL_HW_QUEUE_TEGRA241_CMDQV,
		.index = index,
		.nesting_parent_iova = iova,
		.length = length,
	};
	int err = kernel_hw_queue_alloc(fd, &cmd);

	if (!err)
		*id = cmd.out_hw_queue_id;
	return err;
}

static inline uint32_t must_hw_queue(struct kernel_iommufd *fd, uint32_t viommu, uint32_t index,
				     uint64_t iova, uint64_t length)
{
	uint32_t id = 0;

	assert_int_equal(try_hw_queue(fd, viommu, index, iova, length, &id), 0);
	return id;
}

static inline uint64_t guest_read(struct fixture *f, uint64_t offset)
{
	struct cmdqv_mmio access = {.offset = offset, .size = 4};

	assert_int_equal(cmdqv_model_access(f->model, &access), 0);
	return access.value;
}

static inline void guest_write(struct fixture *f, uint64_t offset, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = 4, .write = true};

	assert_int_equal(cmdqv_model_access(f->model, &access), 0);
}

static inline void run_to_end(struct fixture *f)
{
	while (cmdqv_model_run(f->model, 64) > 0)
		continue;
	kernel_handle_interrupt(f->kernel);
}

static inline void put_command(struct fixture *f, uint64_t offset, uint64_t word0, uint64_t word1)
{
	memcpy(f->ram + offset, &word0, sizeof(word0));
	memcpy(f->ram + offset + sizeof(word0), &word1, sizeof(word1));
}

/* A VM with a nest parent, RAM and a vIOMMU: the common ground of most tests. */
struct vm {
	struct kernel_iommufd *fd;
	uint32_t dev;
	uint32_t ioas;
	uint32_t parent;
	uint32_t viommu;
	uint64_t mmap_offset;
};

static inline struct vm open_vm(struct fixture *f, struct kernel_iommufd *fd, uint32_t sid)
{
	const uint32_t both = KERNEL_IOAS_MAP_READABLE | KERNEL_IOAS_MAP_WRITEABLE;
	struct kernel_viommu_cmdqv data;
	struct vm vm = {.fd = fd};

	vm.dev = must_bind(fd, sid, 1);
	vm.ioas = must_ioas(fd);
	must_map(fd, vm.ioas, RAM_GPA, f->ram, RAM_BYTES, both);
	vm.parent = must_hwpt(fd, vm.dev, vm.ioas, KERNEL_HWPT_NEST_PARENT);
	vm.viommu = must_viommu(fd, vm.dev, vm.parent, &data);
	vm.mmap_offset = data.out_vintf_mmap_offset;
	return vm;
}

/* The last VM of its fixture: what it had goes with its iommufd. */
static inline void close_vm(struct fixture *f, const struct vm *vm)
{
	assert_int_equal(kernel_device_unbind(vm->fd, vm->dev), 0);
	fixture_close(f);
}

static inline struct kernel_mmap page_at(uint64_t offset)
{
	return (struct kernel_mmap){.offset = offset,
				    .length = 0x10000,
				    .prot = PROT_READ | PROT_WRITE,
				    .flags = MAP_SHARED};
}

#endif
