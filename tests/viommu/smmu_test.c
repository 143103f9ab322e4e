/* SPDX-License-Identifier: BSD-2-Clause */
/* src/viommu/: devices, stream table entries, invalidations, on the port of PORT. */
#include "fixture.h"

/* ---- devices ---- */

TEST(an_atc_inv_for_an_added_device_reaches_its_physical_streamid)
{
	const struct cmdqv_viommu_command command = {{0x40 | 0x25ULL << 32, 52}};
	struct cmdqv_viommu_result result;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	assert_int_equal(vmm_add(&vmm, 3, 0x25), 0);
	assert_int_equal(cmdqv_viommu_invalidate(vmm.viommu, &command, 1, &result, NULL), 0);
	assert_int_equal(result.issued, 1);
	assert_int_equal(vmm.host->command[0].sid, FIRST_SID + 3);
	vmm_close(&vmm);
}

TEST(the_seventeenth_device_gets_no_slot)
{
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	for (uint32_t i = 0; i < 16; i++)
		assert_int_equal(vmm_add(&vmm, i, i), 0);
	assert_int_equal(vmm_add(&vmm, 16, 16), -ENOSPC);
	assert_int_equal(vmm_remove(&vmm, 7), 0);
	assert_int_equal(vmm_add(&vmm, 16, 16), 0);
	vmm_close(&vmm);
}

TEST(a_device_is_removed_once)
{
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(vmm_remove(&vmm, 0x10), -ENOENT);
	vmm_close(&vmm);
}

TEST(a_device_whose_descriptor_was_closed_can_be_removed)
{
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	assert_int_equal(vmm_add(&vmm, 5, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	PORT.device_close(&vmm, 5);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), -ENOENT);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	vmm_close_viommu(&vmm);
	/* The device's object went, and the id of its vDEVICE stays taken. */
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

TEST(a_device_id_that_goes_away_leaves_the_others_alone)
{
	struct cmdqv_viommu_result result;
	const struct cmdqv_viommu_command commands[3] = {
		{{0x40 | 0x11ULL << 32, 52}}, {{0x40 | 0x10ULL << 32, 52}}, {{0x10, 0}}};
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	assert_int_equal(vmm_add(&vmm, 5, 0x10), 0);
	assert_int_equal(vmm_add(&vmm, 6, 0x11), 0);
	PORT.device_close(&vmm, 5);
	assert_int_equal(cmdqv_viommu_invalidate(vmm.viommu, commands, 3, &result, NULL), 0);
	assert_int_equal(result.issued, 1);
	assert_int_equal(result.error, 1);
	assert_int_equal(vmm_set_ste(&vmm, 0x11, STE_STAGE1, 0), 0);
	vmm_close_viommu(&vmm);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

/* ---- stream table entries ---- */

TEST(entries_replace_each_other_and_leave_one_hwpt)
{
	static const uint64_t entries[] = {STE_BYPASS, STE_STAGE1, STE_ABORT, 0, STE_STAGE1};
	uint32_t objects;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	objects = PORT.objects(&vmm);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(vmm_set_ste(&vmm, 0x10, entries[i], 0), 0);
		assert_int_equal(PORT.objects(&vmm), objects + 1);
	}
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(PORT.objects(&vmm), objects - 1);
	vmm_close(&vmm);
}

/* What the kernel would refuse but means nothing here is masked: SHCFG of a Linux guest. */
TEST(bits_of_a_linux_guest_that_the_kernel_refuses_are_masked)
{
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 1ULL << 44), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1 | 1ULL << 52, 1ULL << 30), 0);
	vmm_close(&vmm);
}

TEST(an_entry_that_a_guest_may_not_have_changes_nothing)
{
	uint32_t objects;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	objects = PORT.objects(&vmm);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, 6 << 1 | 1, 0), -EIO);		 /* stage 2 */
	assert_int_equal(vmm_set_ste(&vmm, 0x10, 7 << 1 | 1, 0), -EIO);		 /* both */
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 2ULL << 28), -EIO); /* EATS */
	assert_int_equal(vmm_set_ste(&vmm, 0x11, STE_STAGE1, 0), -ENOENT);
	assert_int_equal(PORT.objects(&vmm), objects);
	vmm_close(&vmm);
}

/* ---- invalidations ---- */

enum { MOST = 200 };

/* Commands that can be told apart: TLBI_NH_VA of page i. */
static void fill(struct cmdqv_viommu_command *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		commands[i] = (struct cmdqv_viommu_command){{0x12, (uint64_t)i << 12 | 1}};
}

static void check_executed(const struct vmm *vmm, size_t count)
{
	assert_int_equal(vmm->host->commands, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(vmm->host->command[i].address, (uint64_t)i << 12);
}

TEST(batches_of_any_length_are_issued_whole)
{
	static const size_t lengths[] = {0, 1, 62, 63, 64, 125, 126, 127, 189, 200};
	struct cmdqv_viommu_command commands[MOST];
	struct cmdqv_viommu_result result;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	fill(commands, MOST);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		vmm.host->commands = 0;
		assert_int_equal(
			cmdqv_viommu_invalidate(vmm.viommu, commands, lengths[i], &result, NULL),
			0);
		assert_int_equal(result.issued, lengths[i]);
		assert_int_equal(result.error, 0);
		check_executed(&vmm, lengths[i]);
	}
	vmm_close(&vmm);
}

/* The trap: whichever command is refused, all before it are executed, once, and none after. */
TEST(no_command_before_a_refused_one_is_lost_or_repeated)
{
	static const struct cmdqv_viommu_command refused[] = {
		{{0x40 | 0x99ULL << 32, 52}}, /* by the kernel: no such StreamID */
		{{0x05 | 0x99ULL << 32, 0}},  /* the same, CFGI_CD */
		{{0x46, 0}},		      /* by us: CMD_SYNC is the VMM's */
		{{0x03 | 0x10ULL << 32, 1}},  /* CFGI_STE too */
		{{0x20, 0}},		      /* TLBI_EL2_ALL is for no guest */
		{{0xFF, 0}},
	};
	struct cmdqv_viommu_command commands[MOST];
	struct cmdqv_viommu_result result;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	for (size_t kind = 0; kind < COUNT(refused); kind++) {
		for (size_t bad = 0; bad < MOST; bad++) {
			fill(commands, MOST);
			commands[bad] = refused[kind];
			vmm.host->commands = 0;
			assert_int_equal(
				cmdqv_viommu_invalidate(vmm.viommu, commands, MOST, &result, NULL),
				0);
			assert_int_equal(result.issued, bad);
			assert_int_equal(result.error, 1);
			check_executed(&vmm, bad);
		}
	}
	vmm_close(&vmm);
}

TEST(a_time_out_is_told_and_no_command_counts_as_complete)
{
	struct cmdqv_viommu_command commands[MOST];
	struct cmdqv_viommu_result result;
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_open(&vmm, &PORT);
	fill(commands, MOST);
	vmm.host->execute_result = -ETIMEDOUT;
	assert_int_equal(cmdqv_viommu_invalidate(vmm.viommu, commands, MOST, &result, &why),
			 -ETIMEDOUT);
	assert_int_equal(result.issued, 0);
	assert_int_equal(result.error, 0);
	assert_non_null(strstr(why.text, "CMD_SYNC"));
	vmm_close(&vmm);
}
