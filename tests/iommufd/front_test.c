/* SPDX-License-Identifier: BSD-2-Clause */
/* The front itself: what the kernel says before it looks at the meaning of a call. */
#include <sys/mman.h>

#include "fixture.h"

static const struct {
	unsigned long number;
	uint32_t size;
	uint32_t least;
} calls[] = {
	{0x3B80, 8, 8},	  {0x3B81, 12, 12}, {0x3B85, 40, 40}, {0x3B86, 24, 24},
	{0x3B89, 48, 24}, {0x3B8A, 40, 32}, {0x3B8D, 32, 32}, {0x3B90, 40, 24},
	{0x3B91, 24, 24}, {0x3B93, 32, 28}, {0x3B94, 40, 40},
};

/* [HW-21] */
TEST(a_struct_that_is_too_small_or_has_an_unknown_tail_is_refused)
{
	uint32_t a[32];
	struct vmm vmm;

	vmm_prepare(&vmm, &front_port);
	for (size_t i = 0; i < COUNT(calls); i++) {
		memset(a, 0, sizeof(a));
		a[0] = calls[i].least - 4;
		assert_int_equal(uapi_result(ioctl(vmm.iommufd, calls[i].number, a)), -EINVAL);
		a[0] = calls[i].size + 8;
		a[calls[i].size / 4 + 1] = 1;
		assert_int_equal(uapi_result(ioctl(vmm.iommufd, calls[i].number, a)), -E2BIG);
		assert_int_equal(uapi_result(ioctl(vmm.iommufd, calls[i].number, NULL)), -EFAULT);
	}
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

/* [HW-21] */
TEST(a_longer_struct_whose_tail_is_zero_is_taken)
{
	uint32_t a[16] = {20, 0};
	struct vmm vmm;

	vmm_prepare(&vmm, &front_port);
	assert_int_equal(ioctl(vmm.iommufd, 0x3B81UL, a), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, a[2]), 0);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

/* [HW-21] */
TEST(unknown_numbers_and_wrong_descriptors_are_no_ioctls)
{
	uint32_t a[16] = {64, 0};
	struct vmm vmm;

	vmm_prepare(&vmm, &front_port);
	assert_int_equal(uapi_result(ioctl(vmm.iommufd, 0x3B95UL, a)), -ENOTTY);
	assert_int_equal(uapi_result(ioctl(vmm.iommufd, 0x3B76UL, a)), -ENOTTY);
	assert_int_equal(uapi_result(ioctl(vmm.device[0], 0x3B81UL, a)), -ENOTTY);
	assert_true(mmap(NULL, 0x10000, PROT_READ, MAP_SHARED, vmm.device[0], 0x1000) ==
		    MAP_FAILED);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

/* [HW-21] Pointers within a struct. */
TEST(pointers_that_lead_nowhere_fault)
{
	struct vmm vmm;
	struct {
		uint32_t word[4];
		uint64_t uptr;
		uint32_t more[4];
	} info = {{40, 1, 0, 40}, 16, {2}};
	struct {
		uint32_t word[8];
		uint64_t uptr;
	} viommu = {{40, 0, 2, 0, 0, 0, 16, 0}, 16};

	vmm_prepare(&vmm, &front_port);
	info.word[2] = vmm.dev_id[0];
	assert_int_equal(uapi_result(ioctl(vmm.iommufd, 0x3B8AUL, &info)), -EFAULT);
	viommu.word[3] = vmm.dev_id[0];
	viommu.word[4] = vmm.parent_id;
	assert_int_equal(uapi_result(ioctl(vmm.iommufd, 0x3B90UL, &viommu)), -EFAULT);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

/* [HW-21] What holds an iommufd from outside keeps it alive without its descriptor. */
TEST(an_iommufd_lives_as_long_as_something_holds_it)
{
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	assert_int_equal(close(vmm.iommufd), 0);
	assert_int_equal(front_mappings(), 1);
	vmm.iommufd = -1;
	vmm_close_viommu(&vmm);
	vmm_finish(&vmm); /* fails if the kernel still has it */
}
