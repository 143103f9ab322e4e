/* SPDX-License-Identifier: BSD-2-Clause */
/* src/iommufd/port.c: a kernel that answers nonsense is not believed. */
#include "fixture.h"

/* What is done to the answer of an ioctl: `bytes` at `offset` become `value`. */
struct lie {
	unsigned long number;
	uint32_t skip; /* so many answers are left alone first */
	uint32_t offset;
	uint32_t bytes;
	uint64_t value;
	bool in_data; /* in what the pointer at `pointer` leads to */
	uint32_t pointer;
	int expected;
	bool leaks; /* an object without a name: it goes with the iommufd */
};

static void tell(void *context, unsigned long number, uint8_t *argument)
{
	struct lie *lie = context;
	uint64_t data;

	if (number != lie->number || lie->skip-- > 0)
		return;
	if (lie->in_data) {
		memcpy(&data, argument + lie->pointer, sizeof(data));
		argument = (uint8_t *)(uintptr_t)data;
	}
	memcpy(argument + lie->offset, &lie->value, lie->bytes);
}

/* Numbers and offsets are those of docs/iommufd.md. */
static const struct lie lies_at_open[] = {
	/* hw info: type, length of the data, version, queues, SIDs */
	{0x3B8A, 0, 24, 4, 1, false, 0, -EOPNOTSUPP, false},
	{0x3B8A, 0, 12, 4, 8, false, 0, -EPROTO, false},
	{0x3B8A, 1, 12, 4, 4, false, 0, -EPROTO, false},
	{0x3B8A, 1, 12, 4, 0, false, 0, -EPROTO, false},
	{0x3B8A, 1, 4, 1, 0, true, 16, -EPROTO, false},
	{0x3B8A, 1, 4, 1, 2, true, 16, -EOPNOTSUPP, false},
	{0x3B8A, 1, 5, 1, 8, true, 16, -EPROTO, false},
	{0x3B8A, 1, 5, 1, 255, true, 16, -EPROTO, false},
	{0x3B8A, 1, 6, 1, 5, true, 16, -EPROTO, false},
	{0x3B8A, 1, 6, 1, 255, true, 16, -EPROTO, false},
	/* vIOMMU: id, mmap offset and length */
	{0x3B90, 0, 20, 4, 0, false, 0, -EPROTO, true},
	{0x3B90, 0, 0, 8, 0, true, 32, -EPROTO, false},
	{0x3B90, 0, 0, 8, UINT64_MAX, true, 32, -EPROTO, false},
	{0x3B90, 0, 8, 8, 0, true, 32, -EPROTO, false},
	{0x3B90, 0, 8, 8, 0x1000, true, 32, -EPROTO, false},
	{0x3B90, 0, 8, 8, UINT64_MAX, true, 32, -EPROTO, false},
	/* vEVENTQ: id of the first and the second */
	{0x3B93, 0, 20, 4, 0, false, 0, -EPROTO, true},
	{0x3B93, 1, 20, 4, 0, false, 0, -EPROTO, true},
};

TEST(open_believes_no_nonsense_and_leaves_nothing)
{
	for (size_t i = 0; i < COUNT(lies_at_open); i++) {
		struct lie lie = lies_at_open[i];
		struct cmdqv_error why = {0};
		struct vmm vmm;
		int err;

		vmm_prepare(&vmm, &front_port);
		front_tamper_with(tell, &lie);
		err = vmm_open_viommu(&vmm, &why);
		front_tamper_with(NULL, NULL);
		if (err != lie.expected)
			fail_msg("lie %zu: expected %d, got %d", i, lie.expected, err);
		assert_int_equal(why.code, err);
		assert_true(why.text[0] != 0);
		assert_int_equal(front_mappings(), 0);
		assert_int_equal(front_event_descriptors(), 0);
		if (!lie.leaks)
			vmm_check_clean(&vmm);
		vmm_finish(&vmm);
	}
}

/* The kernel gives no descriptor: the front's own must be closed for it. */
TEST(an_event_descriptor_of_minus_one_is_refused)
{
	struct lie lie = {0x3B93, 0, 24, 4, UINT32_MAX, false, 0, -EPROTO, true};
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_prepare(&vmm, &front_port);
	front_tamper_with(tell, &lie);
	assert_int_equal(vmm_open_viommu(&vmm, &why), -EPROTO);
	front_tamper_with(NULL, NULL);
	assert_int_equal(front_mappings(), 0);
	assert_int_equal(front_event_descriptors(), 1);
	for (uint32_t id = 1; id < 64; id++)
		if (front_event_fd(vmm.iommufd, id) >= 0)
			assert_int_equal(close(front_event_fd(vmm.iommufd, id)), 0);
	vmm_finish(&vmm);
}

/* [DEV-31] A queue without a known id is as one that cannot be unbound. */
TEST(a_queue_without_a_name_breaks_the_backend)
{
	struct lie lie = {0x3B94, 0, 20, 4, 0, false, 0, -EPROTO, true};
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	front_tamper_with(tell, &lie);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), -EPROTO);
	front_tamper_with(NULL, NULL);
	assert_int_equal(vmm_broken(&vmm), -EPROTO);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), -EIO);
	vmm_close_viommu(&vmm);
	assert_int_equal(front_mappings(), 0);
	vmm_finish(&vmm);
}

TEST(a_vdevice_or_hwpt_without_a_name_is_refused)
{
	struct lie vdevice = {0x3B91, 0, 12, 4, 0, false, 0, -EPROTO, true};
	struct lie hwpt = {0x3B89, 0, 16, 4, 0, false, 0, -EPROTO, true};
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	assert_int_equal(vmm_add(&vmm, 1, 0x11), 0);
	front_tamper_with(tell, &vdevice);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), -EPROTO);
	front_tamper_with(tell, &hwpt);
	assert_int_equal(vmm_set_ste(&vmm, 0x11, STE_STAGE1, 0), -EPROTO);
	front_tamper_with(NULL, NULL);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), -ENOENT);
	vmm_close_viommu(&vmm);
	assert_int_equal(front_mappings(), 0);
	vmm_finish(&vmm);
}

TEST(huge_counts_of_issued_commands_are_not_believed)
{
	static const uint64_t counts[] = {3, 4, 64, UINT32_MAX};
	const struct cmdqv_viommu_command good[2] = {{{0x10, 0}}, {{0x10, 0}}};
	const struct cmdqv_viommu_command bad[2] = {{{0x10, 0}}, {{0x40 | 0x99ULL << 32, 52}}};
	struct cmdqv_viommu_result result;
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	for (size_t i = 0; i < 4; i++) {
		struct lie lie = {0x3B8D, 0, 24, 4, counts[i], false, 0, -EPROTO, false};

		front_tamper_with(tell, &lie);
		assert_int_equal(cmdqv_viommu_invalidate(vmm.viommu, good, 2, &result, NULL),
				 -EPROTO);
		assert_int_equal(result.issued, 0);
		lie.skip = 0;
		assert_int_equal(cmdqv_viommu_invalidate(vmm.viommu, bad, 2, &result, NULL),
				 -EPROTO);
		assert_int_equal(result.issued, 0);
	}
	front_tamper_with(NULL, NULL);
	vmm_close(&vmm);
}

TEST(interruptions_are_met_up_to_a_bound)
{
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	front_fail(1, 15, EINTR);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(front_calls(), 16);
	front_fail(1, UINT32_MAX, EINTR);
	assert_int_equal(vmm_bind(&vmm, 1, &why), -EINTR);
	assert_int_equal(front_calls(), 16);
	front_fail(0, 0, 0);
	vmm_close(&vmm);
}
