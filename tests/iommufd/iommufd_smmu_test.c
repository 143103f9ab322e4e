/* SPDX-License-Identifier: BSD-2-Clause */
/* src/viommu/invalidate.c: devices, stream table entries, invalidations, events. */
#include "fixture.h"

/* ---- devices ---- */

TEST(an_atc_inv_for_an_added_device_reaches_its_physical_streamid)
{
	const struct cmdqv_viommu_command command = {{0x40 | 0x25ULL << 32, 52}};
	struct cmdqv_viommu_result result;
	struct vmm vmm;

	vmm_open(&vmm);
	front_count_from_here();
	assert_int_equal(vmm_add(&vmm, 3, 0x25), 0);
	assert_int_equal(front_calls(), 1);
	assert_int_equal(cmdqv_viommu_invalidate(vmm.backend, &command, 1, &result, NULL), 0);
	assert_int_equal(result.issued, 1);
	assert_int_equal(vmm.command[0].sid, FIRST_SID + 3);
	vmm_close(&vmm);
}

TEST(the_seventeenth_device_gets_no_slot)
{
	struct vmm vmm;

	vmm_open(&vmm);
	for (uint32_t i = 0; i < 16; i++)
		assert_int_equal(vmm_add(&vmm, i, i), 0);
	assert_int_equal(vmm_add(&vmm, 16, 16), -ENOSPC);
	assert_int_equal(vmm_remove(&vmm, 7), 0);
	assert_int_equal(vmm_add(&vmm, 16, 16), 0);
	vmm_close(&vmm);
}

TEST(adding_says_what_is_wrong)
{
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_add(&vmm, 1, 0x10), -EEXIST);
	assert_int_equal(vmm_add(&vmm, 0, 0x11), -EEXIST);
	assert_int_equal(vmm_add(&vmm, 1, 0x100000), -EINVAL);
	assert_int_equal(cmdqv_viommu_add_device(vmm.backend, (cmdqv_vsid_t){0x12}, 999,
						 vmm.device[1], NULL),
			 -ENOENT);
	assert_int_equal(vmm_remove(&vmm, 0x12), -ENOENT);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(vmm_remove(&vmm, 0x10), -ENOENT);
	vmm_close(&vmm);
}

TEST(a_device_whose_descriptor_was_closed_can_be_removed)
{
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_add(&vmm, 5, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	assert_int_equal(close(vmm.device[5]), 0);
	vmm.device[5] = -1;
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), -ENOENT);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	vmm_close_backend(&vmm);
	/* The device's object went, and the id of its vDEVICE stays taken. */
	assert_int_equal(front_objects(vmm.iommufd), vmm.objects);
	assert_int_equal(front_mappings(), 0);
	vmm_finish(&vmm);
}

TEST(a_device_id_that_goes_away_leaves_the_others_alone)
{
	struct cmdqv_viommu_result result;
	const struct cmdqv_viommu_command commands[3] = {
		{{0x40 | 0x11ULL << 32, 52}}, {{0x40 | 0x10ULL << 32, 52}}, {{0x10, 0}}};
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_add(&vmm, 5, 0x10), 0);
	assert_int_equal(vmm_add(&vmm, 6, 0x11), 0);
	assert_int_equal(close(vmm.device[5]), 0);
	vmm.device[5] = -1;
	assert_int_equal(cmdqv_viommu_invalidate(vmm.backend, commands, 3, &result, NULL), 0);
	assert_int_equal(result.issued, 1);
	assert_int_equal(result.error, 1);
	assert_int_equal(vmm_set_ste(&vmm, 0x11, STE_STAGE1, 0), 0);
	vmm_close_backend(&vmm);
	assert_int_equal(front_objects(vmm.iommufd), vmm.objects);
	vmm_finish(&vmm);
}

/* VFIO_DEVICE_DETACH_IOMMUFD_PT, each that did something. */
static void count_detaches(void *context, unsigned long number, uint8_t *argument)
{
	(void)argument;
	*(uint32_t *)context += number == 0x3B78;
}

/* Unplugs device 5, which has an entry, and plugs in another one that gets its number. */
static void exchange_descriptor(struct vmm *vmm)
{
	int number = vmm->device[5];

	assert_int_equal(vmm_add(vmm, 5, 0x10), 0);
	assert_int_equal(vmm_set_ste(vmm, 0x10, STE_STAGE1, 0), 0);
	assert_int_equal(close(number), 0);
	vmm->device[5] = front_device(0x300, 1);
	assert_int_equal(vmm->device[5], number);
	assert_int_equal(uapi_bind(vmm->device[5], vmm->iommufd, &vmm->dev_id[5]), 0);
}

TEST(a_device_with_the_number_of_an_unplugged_one_stays_attached)
{
	uint32_t detached = 0;
	struct vmm vmm;

	vmm_open(&vmm);
	exchange_descriptor(&vmm);
	assert_int_equal(vmm_add(&vmm, 5, 0x20), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x20, STE_STAGE1, 0), 0);
	front_tamper_with(count_detaches, &detached);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), -ENOENT);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(detached, 0);
	assert_int_equal(vmm_remove(&vmm, 0x20), 0);
	assert_int_equal(detached, 1);
	vmm_close_backend(&vmm);
	vmm_finish(&vmm);
}

/* The backend never hears of the other one: only the vDEVICE tells. */
TEST(a_stranger_with_the_number_of_an_unplugged_device_stays_attached)
{
	uint32_t detached = 0;
	struct vmm vmm;

	vmm_open(&vmm);
	exchange_descriptor(&vmm);
	assert_int_equal(uapi_attach(vmm.device[5], vmm.parent_id), 0);
	front_tamper_with(count_detaches, &detached);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), -ENOENT);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(detached, 0);
	vmm_close_backend(&vmm);
	assert_int_equal(detached, 0);
	vmm_finish(&vmm);
}

TEST(closing_detaches_no_device_with_the_number_of_an_unplugged_one)
{
	uint32_t detached = 0;
	struct vmm vmm;

	vmm_open(&vmm);
	exchange_descriptor(&vmm);
	assert_int_equal(uapi_attach(vmm.device[5], vmm.parent_id), 0);
	front_tamper_with(count_detaches, &detached);
	vmm_close_backend(&vmm);
	assert_int_equal(detached, 0);
	assert_int_equal(front_mappings(), 0);
	vmm_finish(&vmm);
}

/* ---- stream table entries ---- */

TEST(entries_replace_each_other_and_leave_one_hwpt)
{
	static const uint64_t entries[] = {STE_BYPASS, STE_STAGE1, STE_ABORT, 0, STE_STAGE1};
	uint32_t objects;
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	objects = front_objects(vmm.iommufd);
	for (size_t i = 0; i < 5; i++) {
		front_count_from_here();
		assert_int_equal(vmm_set_ste(&vmm, 0x10, entries[i], 0), 0);
		assert_int_equal(front_calls(), i == 0 ? 2 : 3);
		assert_int_equal(front_objects(vmm.iommufd), objects + 1);
	}
	front_count_from_here();
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(front_calls(), 3);
	assert_int_equal(front_objects(vmm.iommufd), objects - 1);
	vmm_close(&vmm);
}

/* What the kernel would refuse but means nothing here is masked: SHCFG of a Linux guest. */
TEST(bits_of_a_linux_guest_that_the_kernel_refuses_are_masked)
{
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 1ULL << 44), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1 | 1ULL << 52, 1ULL << 30), 0);
	vmm_close(&vmm);
}

TEST(an_entry_that_a_guest_may_not_have_changes_nothing)
{
	uint32_t objects;
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	objects = front_objects(vmm.iommufd);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, 6 << 1 | 1, 0), -EIO);		 /* stage 2 */
	assert_int_equal(vmm_set_ste(&vmm, 0x10, 7 << 1 | 1, 0), -EIO);		 /* both */
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 2ULL << 28), -EIO); /* EATS */
	assert_int_equal(vmm_set_ste(&vmm, 0x11, STE_STAGE1, 0), -ENOENT);
	assert_int_equal(front_objects(vmm.iommufd), objects);
	vmm_close(&vmm);
}

TEST(a_failed_attach_keeps_what_was)
{
	uint32_t objects;
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	objects = front_objects(vmm.iommufd);
	front_fail_ioctl(0x3B77, EBUSY);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), -EBUSY);
	front_fail_ioctl(0, 0);
	assert_int_equal(front_objects(vmm.iommufd), objects);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), 0);
	assert_int_equal(front_objects(vmm.iommufd), objects);
	vmm_close(&vmm);
}

/* Never more than one is left behind, and it goes with the next chance. */
TEST(a_former_entry_that_stays_busy_stands_in_the_way)
{
	uint32_t objects;
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	objects = front_objects(vmm.iommufd);
	front_fail_ioctl(0x3B80, EBUSY);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), -EBUSY);
	assert_int_equal(front_objects(vmm.iommufd), objects + 1);
	assert_int_equal(vmm_remove(&vmm, 0x10), -EBUSY);
	front_fail_ioctl(0, 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), 0);
	assert_int_equal(front_objects(vmm.iommufd), objects);
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
	assert_int_equal(vmm->commands, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(vmm->command[i].address, (uint64_t)i << 12);
}

TEST(batches_of_any_length_are_issued_whole)
{
	static const size_t lengths[] = {0, 1, 62, 63, 64, 125, 126, 127, 189, 200};
	struct cmdqv_viommu_command commands[MOST];
	struct cmdqv_viommu_result result;
	struct vmm vmm;

	vmm_open(&vmm);
	fill(commands, MOST);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		vmm.commands = 0;
		front_count_from_here();
		assert_int_equal(
			cmdqv_viommu_invalidate(vmm.backend, commands, lengths[i], &result, NULL),
			0);
		assert_int_equal(result.issued, lengths[i]);
		assert_int_equal(result.error, 0);
		check_executed(&vmm, lengths[i]);
		assert_int_equal(front_calls(), (lengths[i] + 62) / 63);
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

	vmm_open(&vmm);
	for (size_t kind = 0; kind < sizeof(refused) / sizeof(refused[0]); kind++) {
		for (size_t bad = 0; bad < MOST; bad++) {
			fill(commands, MOST);
			commands[bad] = refused[kind];
			vmm.commands = 0;
			assert_int_equal(
				cmdqv_viommu_invalidate(vmm.backend, commands, MOST, &result, NULL),
				0);
			assert_int_equal(result.issued, bad);
			assert_int_equal(result.error, 1);
			check_executed(&vmm, bad);
		}
	}
	vmm_close(&vmm);
}

/* A kernel that counts backwards is followed down, not for ever. */
static void count_down(void *context, unsigned long number, uint8_t *argument)
{
	uint32_t *count = context;

	if (number != 0x3B8D)
		return;
	*count = *count > 0 ? *count - 1 : 0;
	memcpy(argument + 24, count, sizeof(*count));
}

TEST(a_kernel_that_refuses_everything_is_asked_a_bounded_number_of_times)
{
	struct cmdqv_viommu_command commands[63];
	struct cmdqv_viommu_result result;
	uint32_t count = 63;
	struct vmm vmm;

	vmm_open(&vmm);
	fill(commands, 63);
	commands[0] = (struct cmdqv_viommu_command){{0x40 | 0x99ULL << 32, 52}};
	front_tamper_with(count_down, &count);
	front_count_from_here();
	assert_int_equal(cmdqv_viommu_invalidate(vmm.backend, commands, 63, &result, NULL), 0);
	front_tamper_with(NULL, NULL);
	assert_int_equal(result.issued, 0);
	assert_int_equal(result.error, 1);
	assert_int_equal(front_calls(), 63);
	vmm_close(&vmm);
}

TEST(a_time_out_says_which_commands_are_complete)
{
	struct cmdqv_viommu_command commands[MOST];
	struct cmdqv_viommu_result result;
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_open(&vmm);
	fill(commands, MOST);
	vmm.execute_result = -ETIMEDOUT;
	assert_int_equal(cmdqv_viommu_invalidate(vmm.backend, commands, MOST, &result, &why),
			 -ETIMEDOUT);
	assert_int_equal(result.issued, 0);
	assert_int_equal(result.error, 0);
	assert_non_null(strstr(why.text, "CMD_SYNC"));
	vmm.execute_result = 0;
	front_fail(3, 3, ENOMEM);
	assert_int_equal(cmdqv_viommu_invalidate(vmm.backend, commands, MOST, &result, &why),
			 -ENOMEM);
	assert_int_equal(result.issued, 126);
	front_fail(0, 0, 0);
	vmm_close(&vmm);
}

/* ---- events of the SMMU ---- */

TEST(smmu_events_are_read_with_what_was_missed)
{
	static const struct {
		uint32_t word[10];
		size_t length;
		int error;
		int expected;
		uint32_t missed;
	} cases[] = {
		{{0, 5, 0x10, 0x25, 1, 2, 3, 4, 5, 6}, 40, 0, 1, 0}, /* any is the first */
		{{0, 6}, 40, 0, 1, 0},
		{{0, 9}, 40, 0, 1, 2},
		{{1, 10}, 8, 0, 1, 1},
		{{0, 12}, 40, 0, 1, 1},
		{{0}, 0, EINTR, -EINTR, 0},
		{{0, 13}, 24, 0, -EMSGSIZE, 0},
		{{1, 13}, 40, 0, -EBADMSG, 0},
		{{0, 12}, 40, 0, 1, 0}, /* once more */
		{{0, 3}, 40, 0, 1, 0},	/* back */
		{{0, 4}, 40, 0, 1, 0},
		{{0, 5 + 0x40000000}, 40, 0, 1, 0}, /* more than half is back, too */
		{{0, 0x7FFFFFFF}, 40, 0, 1, 0x3FFFFFF9},
		{{0, 0}, 40, 0, 1, 0}, /* wraps */
		{{0, 0x40000000}, 40, 0, 1, 0x3FFFFFFF},
		{{0}, 0, 0, 0, 0},
	};
	struct cmdqv_viommu_event event;
	struct vmm vmm;
	int fd;

	vmm_open(&vmm);
	fd = cmdqv_viommu_smmu_event_fd(vmm.backend);
	assert_true(fd >= 0);
	assert_int_equal(cmdqv_viommu_smmu_event(vmm.backend, &event), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		front_feed(fd, cases[i].word, cases[i].length, cases[i].error);
		if (cmdqv_viommu_smmu_event(vmm.backend, &event) != cases[i].expected)
			fail_msg("case %zu", i);
		if (cases[i].expected != 1)
			continue;
		assert_int_equal(event.missed, cases[i].missed);
		assert_int_equal(event.sequence, cases[i].word[1]);
		assert_int_equal(event.lost, cases[i].word[0]);
		if (i == 0) {
			assert_int_equal(event.word[0], 0x10 | 0x25ULL << 32);
			assert_int_equal(event.word[3], 5 | 6ULL << 32);
		}
	}
	vmm_close(&vmm);
}
