/* SPDX-License-Identifier: BSD-2-Clause */
/* src/kernel/smmu.c: what a host makes its SMMU forget by itself, and for whom. */
#include <errno.h>

#include "kernel_fixture.h"

enum { ATC_INV = 0x40, CFGI_STE = 0x03, TLBI_S12_VMALL = 0x28, SID = 8 };

static void unmap_all(struct fixture *f, uint32_t ioas)
{
	struct kernel_ioas_unmap cmd = {.ioas_id = ioas, .length = UINT64_MAX};

	f->commands = 0;
	assert_int_equal(kernel_ioas_unmap(f->fd, &cmd), 0);
}

/* How many commands of this opcode with this StreamID were executed, on the SMMU's own queue? */
static uint32_t count_sid(const struct fixture *f, uint8_t opcode, uint32_t sid)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < f->commands; i++)
		count += f->command[i].opcode == opcode && f->command[i].sid == sid &&
			 f->command[i].queue == CMDQV_SMMU_QUEUE;
	return count;
}

static uint32_t count_vmid(const struct fixture *f, uint16_t vmid)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < f->commands; i++)
		count += f->command[i].opcode == TLBI_S12_VMALL && f->command[i].vmid == vmid;
	return count;
}

/* [HW-21] A byte of an area is not unmapped without the rest of it. */
TEST(an_unmap_ends_where_an_area_ends)
{
	struct fixture *f = small_fixture();
	uint32_t ioas = must_ioas(f->fd);
	struct kernel_ioas_unmap cmd = {.ioas_id = ioas, .iova = 0x50000000, .length = 0x1001};

	must_map(f->fd, ioas, 0x50000000, f->ram, 0x1000, KERNEL_IOAS_MAP_READABLE);
	must_map(f->fd, ioas, 0x50001000, f->ram + 0x1000, 0x1000, KERNEL_IOAS_MAP_READABLE);
	assert_int_equal(kernel_ioas_unmap(f->fd, &cmd), -ENOENT);
	cmd.length = UINT64_MAX;
	cmd.iova = 0;
	assert_int_equal(kernel_ioas_unmap(f->fd, &cmd), 0);
	cmd.length = UINT64_MAX; /* all, and there is none */
	assert_int_equal(kernel_ioas_unmap(f->fd, &cmd), 0);
	fixture_close(f);
}

/* [HW-21] It lies before the end, so it is missed and not too far. */
TEST(the_last_page_of_all_can_be_asked_for)
{
	struct fixture *f = small_fixture();
	struct kernel_ioas_unmap cmd = {
		.ioas_id = must_ioas(f->fd), .iova = 0xFFFFFFFFFFFFF000, .length = 0x1000};

	assert_int_equal(kernel_ioas_unmap(f->fd, &cmd), -ENOENT);
	cmd.length++;
	assert_int_equal(kernel_ioas_unmap(f->fd, &cmd), -EOVERFLOW);
	fixture_close(f);
}

/* [HW-21] It is refused for what it is: no whole page. */
TEST(a_single_byte_does_not_wrap)
{
	struct fixture *f = small_fixture();
	struct kernel_ioas_map cmd = {
		.flags = KERNEL_IOAS_MAP_FIXED_IOVA | KERNEL_IOAS_MAP_READABLE,
		.ioas_id = must_ioas(f->fd),
		.user_va = f->ram,
		.length = 1,
	};

	assert_int_equal(kernel_ioas_map(f->fd, &cmd), -EINVAL);
	fixture_close(f);
}

/* [HW-24] Each StreamID of a device and its ATC, whenever its entry changes, and only then. */
TEST(a_changed_entry_is_forgotten)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);
	uint32_t wide = must_bind(f->fd, 0x100, 2);

	f->commands = 0;
	assert_int_equal(kernel_device_detach(f->fd, wide), 0);
	assert_int_equal(f->commands, 0);
	assert_int_equal(kernel_device_attach(f->fd, wide, vm.parent), 0);
	assert_int_equal(f->commands, 4);
	for (uint32_t sid = 0x100; sid < 0x102; sid++) {
		assert_int_equal(count_sid(f, CFGI_STE, sid), 1);
		assert_int_equal(count_sid(f, ATC_INV, sid), 1);
	}
	assert_int_equal(kernel_device_attach(f->fd, wide, vm.ioas), 0);
	assert_int_equal(f->commands, 8);
	assert_int_equal(kernel_device_unbind(f->fd, wide), 0);
	assert_int_equal(f->commands, 12);
	close_vm(f, &vm);
}

/* [HW-24] */
TEST(a_vmid_that_is_free_again_is_forgotten)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);
	uint32_t table = must_hwpt(f->fd, vm.dev, vm.ioas, 0);

	f->commands = 0;
	assert_int_equal(kernel_destroy_object(f->fd, table), 0); /* it has no VMID */
	assert_int_equal(f->commands, 0);
	assert_int_equal(kernel_destroy_object(f->fd, vm.viommu), 0);
	assert_int_equal(kernel_destroy_object(f->fd, vm.parent), 0);
	assert_int_equal(f->commands, 1);
	assert_int_equal(count_vmid(f, 1), 1);
	close_vm(f, &vm);
}

/* [HW-24] By every way in which a device can be on an IOAS; and no other device. */
TEST(unmapped_memory_is_forgotten_for_each_device_on_it)
{
	enum { BY_IOAS = 0x20, BY_TABLE = 0x30, BY_NEST = 0x40, BY_VDEVICE = 0x50, IDLE = 0x60 };
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID), other = open_vm(f, f->fd, SID + 1);
	uint32_t table = must_hwpt(f->fd, vm.dev, vm.ioas, 0);
	uint32_t nest = must_nested(f->fd, vm.dev, vm.viommu, 0x9);
	const struct {
		uint32_t sid;
		uint32_t pt_id;
	} devices[] = {{BY_IOAS, vm.ioas}, {BY_TABLE, table}, {BY_NEST, nest}};

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(kernel_device_attach(f->fd, must_bind(f->fd, devices[i].sid, 2),
						      devices[i].pt_id),
				 0);
	must_vdevice(f->fd, vm.viommu, must_bind(f->fd, BY_VDEVICE, 1), 0x10);
	must_bind(f->fd, IDLE, 1);
	assert_int_equal(kernel_device_attach(f->fd, other.dev, other.parent), 0);

	unmap_all(f, vm.ioas);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(count_sid(f, ATC_INV, devices[i].sid), 1);
		assert_int_equal(count_sid(f, ATC_INV, devices[i].sid + 1), 1);
	}
	assert_int_equal(count_sid(f, ATC_INV, BY_VDEVICE), 1);
	assert_int_equal(count_vmid(f, 1), 1);
	assert_int_equal(f->commands, 8);

	unmap_all(f, other.ioas);
	assert_int_equal(count_sid(f, ATC_INV, SID + 1), 1);
	assert_int_equal(count_vmid(f, 2), 1);
	assert_int_equal(f->commands, 2);
	kernel_device_unbind_all(f->fd);
	fixture_close(f);
}

/* [HW-21] The kernel reserves the MSI window while a device is attached, and frees it after. */
TEST(the_doorbell_of_msis_is_reserved_while_a_device_is_attached)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);
	const struct kernel_ioas_map cmd = {
		.flags = KERNEL_IOAS_MAP_FIXED_IOVA | KERNEL_IOAS_MAP_READABLE,
		.ioas_id = vm.ioas,
		.user_va = f->ram,
		.length = 0x1000,
		.iova = 0x08000000,
	};

	assert_int_equal(kernel_device_attach(f->fd, vm.dev, vm.parent), 0);
	assert_int_equal(kernel_device_attach(f->fd, vm.dev, vm.ioas), 0);
	assert_int_equal(kernel_ioas_map(f->fd, &cmd), -EINVAL);
	assert_int_equal(kernel_device_detach(f->fd, vm.dev), 0);
	assert_int_equal(kernel_ioas_map(f->fd, &cmd), 0);
	close_vm(f, &vm);
}

/* [HW-24] An SMMU that does not answer keeps nothing from being undone. */
TEST(a_time_out_does_not_keep_memory_mapped)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);

	assert_int_equal(kernel_device_attach(f->fd, vm.dev, vm.parent), 0);
	f->execute_result = -ETIMEDOUT;
	unmap_all(f, vm.ioas);
	assert_int_equal(f->commands, 2);
	close_vm(f, &vm);
}

/*
 * [HW-24] The call fails at an area that a queue locks. The kernel forgets the translations of the
 * areas that it unmapped before.
 */
TEST(what_was_unmapped_before_a_failure_is_forgotten)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);
	struct kernel_ioas_unmap cmd = {.ioas_id = vm.ioas, .length = UINT64_MAX};

	assert_int_equal(kernel_device_attach(f->fd, vm.dev, vm.parent), 0);
	must_map(f->fd, vm.ioas, 0x1000, f->ram, 0x1000, KERNEL_IOAS_MAP_READABLE);
	must_hw_queue(f->fd, vm.viommu, 0, RAM_GPA, 0x1000);
	f->commands = 0;
	assert_int_equal(kernel_ioas_unmap(f->fd, &cmd), -EBUSY);
	assert_int_equal(count_vmid(f, 1), 1);
	assert_int_equal(count_sid(f, ATC_INV, SID), 1);
	f->commands = 0;
	assert_int_equal(kernel_ioas_unmap(f->fd, &cmd), -EBUSY); /* nothing is gone */
	assert_int_equal(f->commands, 0);
	close_vm(f, &vm);
}

/* [HW-24] [HW-22] Two iommufds, opened one after the other: an unmap works in either. */
TEST(unmapped_memory_of_each_iommufd_is_forgotten)
{
	struct fixture *f = small_fixture();
	struct vm vms[2] = {open_vm(f, f->fd, SID)};
	struct kernel_iommufd *fd;

	assert_int_equal(kernel_iommufd_open(f->kernel, &fd), 0);
	vms[1] = open_vm(f, fd, SID + 1);
	for (uint16_t i = 0; i < 2; i++) {
		struct kernel_ioas_unmap cmd = {.ioas_id = vms[i].ioas, .length = UINT64_MAX};

		assert_int_equal(kernel_device_attach(vms[i].fd, vms[i].dev, vms[i].parent), 0);
		f->commands = 0;
		assert_int_equal(kernel_ioas_unmap(vms[i].fd, &cmd), 0);
		assert_int_equal(count_vmid(f, i + 1), 1);
		assert_int_equal(count_sid(f, ATC_INV, SID + i), 1);
		assert_int_equal(f->commands, 2);
	}
	kernel_device_unbind_all(fd);
	assert_int_equal(kernel_iommufd_close(fd), 0);
	close_vm(f, &vms[0]);
}
