/* SPDX-License-Identifier: BSD-2-Clause */
/* src/kernel/stream.c: what the physical SMMU reads of the kernel, and the events that it reports.
 */
#include <errno.h>

#include "kernel_fixture.h"

enum { SID = 8, VSID = 0x10 };

#define ABORT 0x1ULL
#define BYPASS 0x9ULL
#define STAGE1 0x000000004123400BULL
#define STAGE2 0xDULL		     /* the guest's bypass, nested */
#define NESTED 0x000000004123400FULL /* the guest's stage 1, nested */

/* Word 2 of an entry with stage 2: S2AA64 and S2R. */
#define STAGE2_WORD2(vmid) ((vmid) | 1ULL << 51 | 1ULL << 58)

static void expect_entry(struct fixture *f, uint32_t sid, uint64_t word0, uint64_t word1,
			 uint64_t word2)
{
	const uint64_t expected[8] = {word0, word1, word2};
	uint64_t entry[8];

	memset(entry, 0xA5, sizeof(entry));
	kernel_stream_entry(f->kernel, sid, entry);
	assert_memory_equal(entry, expected, sizeof(entry));
}

static void attach(struct vm *vm, uint32_t pt_id)
{
	assert_int_equal(kernel_device_attach(vm->fd, vm->dev, pt_id), 0);
}

/* [HW-18] */
TEST(an_entry_is_what_the_device_is_attached_to)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);
	static const struct {
		uint64_t guest;
		uint64_t word0;
	} cases[] = {{0, 1}, {BYPASS - 1, 1}, {ABORT, 1}, {BYPASS, STAGE2}, {STAGE1, NESTED}};

	must_vdevice(f->fd, vm.viommu, vm.dev, VSID);
	expect_entry(f, SID - 1, 0, 0, 0); /* no device */
	expect_entry(f, SID, 1, 0, 0);	   /* attached to nothing */
	attach(&vm, must_hwpt(f->fd, vm.dev, vm.ioas, 0));
	expect_entry(f, SID, 1, 0, 0); /* a page table of the host, which is not modelled */
	attach(&vm, vm.ioas);
	expect_entry(f, SID, 1, 0, 0);
	attach(&vm, vm.parent);
	expect_entry(f, SID, STAGE2, 0, STAGE2_WORD2(1));
	for (size_t i = 0; i < COUNT(cases); i++) {
		attach(&vm, must_nested(f->fd, vm.dev, vm.viommu, cases[i].guest));
		expect_entry(f, SID, cases[i].word0, 0, cases[i].word0 == 1 ? 0 : STAGE2_WORD2(1));
	}
	assert_int_equal(kernel_device_detach(f->fd, vm.dev), 0);
	expect_entry(f, SID, 1, 0, 0);
	assert_int_equal(kernel_device_unbind(f->fd, vm.dev), 0);
	expect_entry(f, SID, 0, 0, 0);
	fixture_close(f);
}

/* [HW-18] All StreamIDs of a device, and those of no other iommufd. */
TEST(devices_are_told_apart_by_streamid_in_all_iommufds)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID), other;
	struct kernel_iommufd *fd;
	uint32_t wide;

	assert_int_equal(kernel_iommufd_open(f->kernel, &fd), 0);
	other = open_vm(f, fd, SID + 1);
	wide = must_bind(fd, 0x100, 3);
	must_bind(fd, 0, 0); /* without a StreamID, as a bridge */
	attach(&vm, vm.parent);
	attach(&other, other.parent);
	assert_int_equal(kernel_device_attach(fd, wide, other.parent), 0);
	expect_entry(f, SID, STAGE2, 0, STAGE2_WORD2(1));
	expect_entry(f, SID + 1, STAGE2, 0, STAGE2_WORD2(2));
	expect_entry(f, 0, 0, 0, 0);
	expect_entry(f, 0xFF, 0, 0, 0);
	for (uint32_t i = 0; i < 3; i++)
		expect_entry(f, 0x100 + i, STAGE2, 0, STAGE2_WORD2(2));
	expect_entry(f, 0x103, 0, 0, 0);
	kernel_device_unbind_all(fd);
	assert_int_equal(kernel_iommufd_close(fd), 0);
	kernel_device_unbind_all(f->fd);
	fixture_close(f);
}

/* [HW-18] */
TEST(stage_2_is_what_is_mapped_in_the_ioas_of_the_vmid)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);
	struct kernel_span span;

	must_map(f->fd, vm.ioas, 0x1000, f->ram + 0x3000, 0x2000, KERNEL_IOAS_MAP_READABLE);
	must_hwpt(f->fd, vm.dev, vm.ioas, 0); /* no nest parent: it has no VMID */
	assert_true(kernel_stage2(f->kernel, 1, RAM_GPA + 0x1234, &span));
	assert_int_equal(span.ipa, RAM_GPA);
	assert_int_equal(span.bytes, RAM_BYTES);
	assert_ptr_equal(span.host, f->ram);
	assert_true(span.writable);
	assert_true(kernel_stage2(f->kernel, 1, 0x2FFF, &span));
	assert_int_equal(span.ipa, 0x1000);
	assert_int_equal(span.bytes, 0x2000);
	assert_ptr_equal(span.host, f->ram + 0x3000);
	assert_false(span.writable);
	assert_false(kernel_stage2(f->kernel, 1, 0xFFF, &span));
	assert_false(kernel_stage2(f->kernel, 1, 0x3000, &span));
	assert_false(kernel_stage2(f->kernel, 1, RAM_GPA + RAM_BYTES, &span));
	assert_false(kernel_stage2(f->kernel, 0, RAM_GPA, &span));
	assert_false(kernel_stage2(f->kernel, 2, RAM_GPA, &span));
	kernel_device_unbind_all(f->fd);
	fixture_close(f);
}

/* [HW-17] [HW-18] */
TEST(only_memory_that_is_mapped_for_dma_is_lent)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);
	uint64_t ram = (uintptr_t)f->ram;

	assert_ptr_equal(kernel_memory(f->kernel, ram, 8), f->ram);
	assert_ptr_equal(kernel_memory(f->kernel, ram, RAM_BYTES), f->ram);
	assert_ptr_equal(kernel_memory(f->kernel, ram + RAM_BYTES - 8, 8), f->ram + RAM_BYTES - 8);
	assert_null(kernel_memory(f->kernel, ram - 8, 8));
	assert_null(kernel_memory(f->kernel, ram - 8, 16));
	assert_null(kernel_memory(f->kernel, ram, RAM_BYTES + 1));
	assert_null(kernel_memory(f->kernel, ram + RAM_BYTES - 8, 9));
	assert_null(kernel_memory(f->kernel, ram + RAM_BYTES, 1));
	assert_null(kernel_memory(f->kernel, ram + RAM_BYTES + 8, 1));
	assert_null(kernel_memory(f->kernel, 0, 8));
	close_vm(f, &vm);
}

/* [HW-18] [HW-21] */
TEST(an_event_goes_to_the_viommu_of_the_device_with_the_guests_streamid)
{
	const uint64_t record[4] = {0x10 | 1ULL << 11 | 5ULL << 12 | (uint64_t)SID << 32, 2, 3, 4};
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);
	struct kernel_veventq_alloc queue = {
		.viommu_id = vm.viommu, .type = KERNEL_VEVENTQ_ARM_SMMUV3, .veventq_depth = 4};
	struct {
		struct kernel_vevent_header header;
		uint64_t word[4];
	} got;

	attach(&vm, must_nested(f->fd, vm.dev, vm.viommu, BYPASS));
	assert_int_equal(kernel_smmu_event(f->kernel, record), -ENOENT); /* it has no vDEVICE */
	must_vdevice(f->fd, vm.viommu, vm.dev, VSID);
	assert_int_equal(kernel_smmu_event(f->kernel, record), 0); /* a VMM that does not listen */
	assert_int_equal(kernel_veventq_alloc(f->fd, &queue), 0);
	assert_int_equal(kernel_smmu_event(f->kernel, record), 0);
	assert_int_equal(kernel_veventq_read(f->fd, queue.out_veventq_id, &got, sizeof(got)),
			 sizeof(got));
	assert_int_equal(got.header.flags, 0);
	assert_int_equal(got.header.sequence, 0);
	assert_int_equal(got.word[0], 0x10 | 1ULL << 11 | 5ULL << 12 | (uint64_t)VSID << 32);
	assert_memory_equal(&got.word[1], &record[1], 24);
	assert_int_equal(kernel_veventq_read(f->fd, queue.out_veventq_id, &got, sizeof(got)), 0);
	assert_int_equal(kernel_veventq_close(f->fd, queue.out_veventq_id), 0);
	assert_int_equal(kernel_device_unbind(f->fd, vm.dev), 0);
	assert_int_equal(kernel_smmu_event(f->kernel, record), -ENOENT);
	fixture_close(f);
}

/* [HW-18] [ABI-8] Eight events are a guest's, and of those none of stage 2; Linux logs the rest. */
TEST(what_is_the_hosts_is_no_event_of_a_guest)
{
	static const uint8_t of_guests[] = {0x04, 0x06, 0x08, 0x0A, 0x10, 0x11, 0x12, 0x13};
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);
	struct kernel_veventq_alloc queue = {
		.viommu_id = vm.viommu, .type = KERNEL_VEVENTQ_ARM_SMMUV3, .veventq_depth = 512};
	struct {
		struct kernel_vevent_header header;
		uint64_t word[4];
	} got;

	must_vdevice(f->fd, vm.viommu, vm.dev, VSID);
	attach(&vm, must_nested(f->fd, vm.dev, vm.viommu, STAGE1));
	assert_int_equal(kernel_veventq_alloc(f->fd, &queue), 0);
	for (uint32_t id = 0; id < 0x100; id++) {
		uint64_t record[4] = {id | (uint64_t)SID << 32, 1ULL << 35, 2, 3};
		bool forwarded = memchr(of_guests, (int)id, sizeof(of_guests)) != NULL;

		assert_int_equal(kernel_smmu_event(f->kernel, record), forwarded ? 0 : -ENOENT);
		record[1] |= 1ULL << 39; /* S2 */
		assert_int_equal(kernel_smmu_event(f->kernel, record), -ENOENT);
	}
	for (size_t i = 0; i < COUNT(of_guests); i++) {
		assert_int_equal(
			kernel_veventq_read(f->fd, queue.out_veventq_id, &got, sizeof(got)),
			sizeof(got));
		assert_int_equal(got.header.sequence, i);
		assert_int_equal(got.word[0], of_guests[i] | (uint64_t)VSID << 32);
	}
	assert_int_equal(kernel_veventq_read(f->fd, queue.out_veventq_id, &got, sizeof(got)), 0);
	assert_int_equal(kernel_veventq_close(f->fd, queue.out_veventq_id), 0);
	assert_int_equal(kernel_device_unbind(f->fd, vm.dev), 0);
	fixture_close(f);
}

/* [HW-18] [ABI-8] A guest hears of a device while its own entry is in force, and only then. */
TEST(a_device_that_is_on_no_nested_hwpt_has_no_event_of_a_guest)
{
	const uint64_t record[4] = {0x08 | (uint64_t)SID << 32};
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, SID);
	struct kernel_viommu_cmdqv data;
	uint32_t other = must_viommu(f->fd, vm.dev, vm.parent, &data);

	must_vdevice(f->fd, vm.viommu, vm.dev, VSID);
	assert_int_equal(kernel_smmu_event(f->kernel, record), -ENOENT);
	attach(&vm, vm.parent);
	assert_int_equal(kernel_smmu_event(f->kernel, record), -ENOENT);
	attach(&vm, must_nested(f->fd, vm.dev, other, BYPASS));
	assert_int_equal(kernel_smmu_event(f->kernel, record), -ENOENT);
	attach(&vm, must_nested(f->fd, vm.dev, vm.viommu, BYPASS));
	assert_int_equal(kernel_smmu_event(f->kernel, record), 0);
	assert_int_equal(kernel_device_detach(f->fd, vm.dev), 0);
	assert_int_equal(kernel_smmu_event(f->kernel, record), -ENOENT);
	close_vm(f, &vm);
}
