/* SPDX-License-Identifier: BSD-2-Clause */
/* src/kernel/viommu.c and vdevice.c: VINTFs, their pages and their SID slots. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel_fixture.h"

/* Without a descriptor for a fresh page there is no vIOMMU, and its VINTF stays disabled. */
static void fail_to_renew(struct fixture *f, const struct vm *vm)
{
	struct kernel_viommu_cmdqv data;
	struct kernel_viommu_alloc cmd = {
		.type = KERNEL_VIOMMU_TEGRA241_CMDQV,
		.dev_id = vm->dev,
		.hwpt_id = vm->parent,
		.data_len = sizeof(data),
		.data = &data,
	};
	struct rlimit limit, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(kernel_viommu_alloc(f->fd, &cmd), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(guest_read(f, 0x1100), 0);
}

/* [HW-4] Also where its page could not be renewed at first. */
TEST(a_new_owner_gets_a_page_that_no_former_one_can_reach)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	struct kernel_mmap page = page_at(0x1000);
	struct kernel_viommu_cmdqv data;
	uint32_t *kept;
	uint32_t viommu;

	assert_int_equal(kernel_mmap(f->fd, &page), 0);
	assert_int_equal(page.view.length, 0x10000);
	kept = mmap(NULL, 0x10000, PROT_READ | PROT_WRITE, MAP_SHARED, page.view.fd,
		    (off_t)page.view.fd_offset);
	assert_ptr_not_equal(kept, MAP_FAILED);
	for (int i = 0; i < 0x4000; i++)
		kept[i] = 0xA5A5A5A5;
	assert_int_equal(kernel_munmap(f->fd, 0x1000), 0);
	assert_int_equal(kernel_destroy_object(f->fd, vm.viommu), 0);

	fail_to_renew(f, &vm);
	viommu = must_viommu(f->fd, vm.dev, vm.parent, &data);
	page = page_at(data.out_vintf_mmap_offset);
	assert_int_equal(kernel_mmap(f->fd, &page), 0);
	for (int i = 0; i < 0x4000; i++)
		assert_int_equal(((const uint32_t *)page.view.host)[i], 0);
	kept[0x104 / 4] = 0x77;
	assert_int_equal(((const uint32_t *)page.view.host)[0x104 / 4], 0);
	assert_int_equal(munmap(kept, 0x10000), 0);
	assert_int_equal(kernel_munmap(f->fd, data.out_vintf_mmap_offset), 0);
	assert_int_equal(kernel_destroy_object(f->fd, viommu), 0);
	close_vm(f, &vm);
}

/* [HW-21] A page that is mapped keeps its vIOMMU, whatever else is gone. */
TEST(an_iommufd_does_not_close_under_a_mapped_page)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	struct kernel_mmap page = page_at(vm.mmap_offset);

	assert_int_equal(kernel_mmap(f->fd, &page), 0);
	assert_int_equal(kernel_device_unbind(f->fd, vm.dev), 0);
	assert_int_equal(kernel_iommufd_close(f->fd), -EBUSY);
	assert_int_equal(kernel_munmap(f->fd, vm.mmap_offset), 0);
	fixture_close(f);
}

/* [HW-21] */
TEST(vintfs_and_vmids_are_given_from_1_up_and_given_again)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	uint32_t parent = must_hwpt(f->fd, vm.dev, vm.ioas, KERNEL_HWPT_NEST_PARENT);
	struct kernel_viommu_cmdqv data;
	uint32_t other = must_viommu(f->fd, vm.dev, parent, &data);
	uint32_t vintf;
	uint16_t vmid;

	assert_int_equal(data.out_vintf_mmap_offset, 0x11000);
	assert_int_equal(kernel_viommu_query(f->fd, vm.viommu, &vintf, &vmid), 0);
	assert_int_equal(vintf, 1);
	assert_int_equal(vmid, 1);
	assert_int_equal(guest_read(f, 0x1100), 0x3);
	assert_int_equal(kernel_viommu_query(f->fd, other, &vintf, &vmid), 0);
	assert_int_equal(vintf, 2);
	assert_int_equal(vmid, 2);
	assert_int_equal(guest_read(f, 0x1200), 0x5);
	assert_int_equal(kernel_destroy_object(f->fd, vm.viommu), 0);
	assert_int_equal(guest_read(f, 0x1100), 0);
	must_viommu(f->fd, vm.dev, parent, &data);
	assert_int_equal(data.out_vintf_mmap_offset, 0x1000);
	assert_int_equal(guest_read(f, 0x1100), 0x5);
	close_vm(f, &vm);
}

static uint16_t vmid_of_parent(struct fixture *f, const struct vm *vm, uint32_t parent)
{
	struct kernel_viommu_cmdqv data;
	uint32_t viommu = must_viommu(f->fd, vm->dev, parent, &data);
	uint32_t vintf;
	uint16_t vmid;

	assert_int_equal(kernel_viommu_query(f->fd, viommu, &vintf, &vmid), 0);
	assert_int_equal(kernel_destroy_object(f->fd, viommu), 0);
	return vmid;
}

/* [HW-21] [HW-24] Of 8 bits here, none of them 0; each is free again on its own. */
TEST(every_vmid_is_given_once_and_again_when_it_is_free)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8); /* has VMID 1 */
	struct kernel_hwpt_alloc one_more = {
		.flags = KERNEL_HWPT_NEST_PARENT, .dev_id = vm.dev, .pt_id = vm.ioas};
	static const uint32_t again[] = {2, 63, 64, 65, 127, 128, 200, 255};
	uint32_t parents[256];

	for (uint32_t vmid = 2; vmid < 256; vmid++)
		parents[vmid] = must_hwpt(f->fd, vm.dev, vm.ioas, KERNEL_HWPT_NEST_PARENT);
	assert_int_equal(kernel_hwpt_alloc(f->fd, &one_more), -ENOSPC);
	for (size_t i = 0; i < COUNT(again); i++) {
		assert_int_equal(vmid_of_parent(f, &vm, parents[again[i]]), again[i]);
		assert_int_equal(kernel_destroy_object(f->fd, parents[again[i]]), 0);
		parents[again[i]] = must_hwpt(f->fd, vm.dev, vm.ioas, KERNEL_HWPT_NEST_PARENT);
		assert_int_equal(vmid_of_parent(f, &vm, parents[again[i]]), again[i]);
		assert_int_equal(kernel_hwpt_alloc(f->fd, &one_more), -ENOSPC);
	}
	for (uint32_t vmid = 2; vmid < 256; vmid++)
		assert_int_equal(kernel_destroy_object(f->fd, parents[vmid]), 0);
	close_vm(f, &vm);
}

/* [HW-21] */
TEST(closing_a_device_takes_its_slot_back_and_leaves_the_id_dead)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	uint32_t vdevice = must_vdevice(f->fd, vm.viommu, vm.dev, 0x10);
	uint32_t dev;

	assert_int_equal(kernel_device_unbind(f->fd, vm.dev), 0);
	assert_int_equal(guest_read(f, 0x1140), 0);
	assert_int_equal(guest_read(f, 0x1180), 0);
	dev = must_bind(f->fd, 8, 1);
	assert_int_equal(dev, vm.dev);
	assert_int_not_equal(must_vdevice(f->fd, vm.viommu, dev, 0x10), vdevice);
	assert_int_equal(kernel_destroy_object(f->fd, vdevice), -ENOENT);
	assert_int_equal(kernel_device_unbind(f->fd, dev), 0);
	fixture_close(f);
}

/* [HW-21] [ABI-3] Stage 1 wants the vDEVICE on the vIOMMU of the entry; none on another will do. */
TEST(a_vdevice_of_another_viommu_is_none_for_stage_1)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	struct kernel_viommu_cmdqv data;
	uint32_t other = must_viommu(f->fd, vm.dev, vm.parent, &data);
	uint32_t stage1 = must_nested(f->fd, vm.dev, other, 0xB);

	must_vdevice(f->fd, vm.viommu, vm.dev, 0x10);
	assert_int_equal(kernel_device_attach(f->fd, vm.dev, stage1), -ENOENT);
	assert_int_equal(
		kernel_device_attach(f->fd, vm.dev, must_nested(f->fd, vm.dev, vm.viommu, 0xB)), 0);
	close_vm(f, &vm);
}

/* [HW-21] */
TEST(a_device_has_streamids_of_20_bits)
{
	static const struct kernel_device_bind bad[] = {{.sid = 0x100000, .num_sids = 1},
							{.sid = 0xFFFFF, .num_sids = 2}};
	struct kernel_device_bind into = {.sid = 0xFFFFC, .num_sids = 3};
	struct fixture *f = small_fixture();

	for (size_t i = 0; i < 2; i++) {
		struct kernel_device_bind cmd = bad[i];

		assert_int_equal(kernel_device_bind(f->fd, &cmd), -EINVAL);
	}
	must_bind(f->fd, 0xFFFFF, 1); /* the last one there is */
	kernel_device_unbind_all(f->fd);
	must_bind(f->fd, 0xFFFFE, 2);
	assert_int_equal(kernel_device_bind(f->fd, &into), -EINVAL); /* its last one is taken */
	must_bind(f->fd, 0xFFFFC, 2);
	kernel_device_unbind_all(f->fd);
	assert_int_equal(kernel_device_attach(f->fd, 1, 1), -ENOENT);
	assert_int_equal(kernel_device_detach(f->fd, 1), -ENOENT);
	fixture_close(f);
}

/* [HW-22] */
TEST(an_iommufd_cannot_name_the_objects_of_another)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	struct kernel_device_bind taken = {.sid = 8, .num_sids = 1};
	struct kernel_mmap page = page_at(0x1000);
	struct kernel_iommufd *other;

	assert_int_equal(kernel_iommufd_open(f->kernel, &other), 0);
	assert_int_equal(kernel_destroy_object(other, vm.viommu), -ENOENT);
	assert_int_equal(kernel_mmap(other, &page), -ENXIO);
	assert_int_equal(kernel_device_bind(other, &taken), -EINVAL);
	assert_int_equal(kernel_iommufd_close(other), 0);
	close_vm(f, &vm);
}

/* ---- want of memory ---- */

static uint32_t fail_allocation; /* counted down; 0: none */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return fail_allocation && --fail_allocation == 0 ? NULL : __real_calloc(count, size);
}

static int alloc_ioas(struct fixture *f, struct vm *vm)
{
	struct kernel_ioas_alloc cmd = {.flags = 0};

	(void)vm;
	return kernel_ioas_alloc(f->fd, &cmd);
}

static int map_area(struct fixture *f, struct vm *vm)
{
	const struct kernel_ioas_map cmd = {.flags = 7,
					    .ioas_id = vm->ioas,
					    .user_va = f->ram,
					    .length = 0x1000,
					    .iova = 0x90000000};

	return kernel_ioas_map(f->fd, &cmd);
}

static int alloc_parent(struct fixture *f, struct vm *vm)
{
	struct kernel_hwpt_alloc cmd = {
		.flags = KERNEL_HWPT_NEST_PARENT, .dev_id = vm->dev, .pt_id = vm->ioas};

	return kernel_hwpt_alloc(f->fd, &cmd);
}

static int alloc_nested(struct fixture *f, struct vm *vm)
{
	const uint64_t bypass[2] = {9, 0};
	struct kernel_hwpt_alloc cmd = {.dev_id = vm->dev,
					.pt_id = vm->viommu,
					.data_type = KERNEL_HWPT_DATA_ARM_SMMUV3,
					.data_len = sizeof(bypass),
					.data = bypass};

	return kernel_hwpt_alloc(f->fd, &cmd);
}

static int alloc_viommu(struct fixture *f, struct vm *vm)
{
	struct kernel_viommu_cmdqv data;
	struct kernel_viommu_alloc cmd = {.type = KERNEL_VIOMMU_TEGRA241_CMDQV,
					  .dev_id = vm->dev,
					  .hwpt_id = vm->parent,
					  .data_len = sizeof(data),
					  .data = &data};

	return kernel_viommu_alloc(f->fd, &cmd);
}

static int alloc_vdevice(struct fixture *f, struct vm *vm)
{
	struct kernel_vdevice_alloc cmd = {
		.viommu_id = vm->viommu, .dev_id = vm->dev, .virt_id = 1};

	return kernel_vdevice_alloc(f->fd, &cmd);
}

static int alloc_queue(struct fixture *f, struct vm *vm)
{
	struct kernel_hw_queue_alloc cmd = {.viommu_id = vm->viommu,
					    .type = KERNEL_HW_QUEUE_TEGRA241_CMDQV,
					    .nesting_parent_iova = RAM_GPA,
					    .length = 0x1000};

	return kernel_hw_queue_alloc(f->fd, &cmd);
}

static uint32_t veventq; /* the last one */

static int alloc_veventq(struct fixture *f, struct vm *vm)
{
	struct kernel_veventq_alloc cmd = {
		.viommu_id = vm->viommu, .type = KERNEL_VEVENTQ_TEGRA241_CMDQV, .veventq_depth = 4};
	int err = kernel_veventq_alloc(f->fd, &cmd);

	veventq = cmd.out_veventq_id;
	return err;
}

static int bind_device(struct fixture *f, struct vm *vm)
{
	struct kernel_device_bind cmd = {.sid = 0x77, .num_sids = 1};

	(void)vm;
	return kernel_device_bind(f->fd, &cmd);
}

/* [HW-21] And the call that comes next does not know of it. */
TEST(each_call_says_enomem_and_changes_nothing)
{
	static const struct {
		int (*call)(struct fixture *f, struct vm *vm);
		uint32_t allocations;
	} calls[] = {{alloc_ioas, 1},	{map_area, 1},	    {alloc_parent, 1},
		     {alloc_nested, 1}, {alloc_viommu, 1},  {alloc_vdevice, 1},
		     {alloc_queue, 1},	{alloc_veventq, 2}, {bind_device, 1}};

	for (size_t i = 0; i < COUNT(calls); i++) {
		struct fixture *f = small_fixture();
		struct vm vm = open_vm(f, f->fd, 8);

		for (uint32_t n = 1; n <= calls[i].allocations; n++) {
			fail_allocation = n;
			if (calls[i].call(f, &vm) != -ENOMEM)
				fail_msg("call %zu, allocation %u", i, n);
			assert_int_equal(fail_allocation, 0);
		}
		fail_allocation = calls[i].allocations + 1;
		assert_int_equal(calls[i].call(f, &vm), 0);
		assert_int_equal(fail_allocation, 1);
		fail_allocation = 0;
		kernel_device_unbind_all(f->fd);
		/* A vEVENTQ's descriptor is all that may hold the iommufd. */
		if (calls[i].call == alloc_veventq)
			assert_int_equal(kernel_veventq_close(f->fd, veventq), 0);
		fixture_close(f);
	}
}
