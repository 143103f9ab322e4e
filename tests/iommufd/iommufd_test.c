/* SPDX-License-Identifier: BSD-2-Clause */
/* src/viommu/viommu.c: open, adopt, close, and the operations of the device. */
#include <fcntl.h>
#include <poll.h>

#include "fixture.h"

enum { CONS = 0x00, PROD = 0x04, CONFIG = 0x08, STATUS = 0x0C, GERROR = 0x10, GERRORN = 0x14 };

static uint32_t reg_read(struct vmm *vmm, uint32_t index, uint32_t reg)
{
	return vmm->ops.ops->queue_read(vmm->ops.impl, index, reg);
}

static void reg_write(struct vmm *vmm, uint32_t index, uint32_t reg, uint32_t value)
{
	vmm->ops.ops->queue_write(vmm->ops.impl, index, reg, value);
}

static void drain(void)
{
	while (front_run(64) > 0)
		continue;
}

static void put(struct vmm *vmm, uint32_t index, uint32_t entry, uint64_t word0, uint64_t word1)
{
	uint8_t *at = vmm->ram + index * RING_BYTES + entry * 16;

	memcpy(at, &word0, sizeof(word0));
	memcpy(at + 8, &word1, sizeof(word1));
}

TEST(opening_takes_at_most_twelve_calls_and_closing_eight)
{
	struct vmm vmm;

	vmm_open(&vmm);
	assert_true(front_calls() <= 12);
	front_count_from_here();
	vmm_close_backend(&vmm);
	assert_true(front_calls() <= 8);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

TEST(closing_takes_one_call_more_for_each_queue_device_and_entry)
{
	struct vmm vmm;

	vmm_open(&vmm);
	for (uint32_t i = 0; i < QUEUES; i++)
		assert_int_equal(vmm_bind(&vmm, i, NULL), 0);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(vmm_add(&vmm, i, 0x10 + i), 0);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(vmm_set_ste(&vmm, 0x10 + i, STE_STAGE1, 0), 0);
	front_count_from_here();
	vmm_close_backend(&vmm);
	/* And one to detach each device that was not removed: its entry is busy until then. */
	assert_true(front_calls() <= 8 + QUEUES + 8 + 4 + 4);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

TEST(closing_nothing_is_allowed)
{
	cmdqv_viommu_close(NULL);
}

TEST(binding_is_one_call_and_registers_are_none)
{
	struct vmm vmm;

	vmm_open(&vmm);
	front_count_from_here();
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(front_calls(), 1);
	reg_write(&vmm, 0, CONFIG, 1);
	drain();
	assert_int_equal(reg_read(&vmm, 0, STATUS), 1);
	assert_int_equal(front_calls(), 1);
	vmm.ops.ops->queue_unbind(vmm.ops.impl, 0);
	assert_int_equal(front_calls(), 2);
	assert_int_equal(vmm.ops.ops->broken(vmm.ops.impl), 0);
	vmm_close(&vmm);
}

TEST(the_geometry_is_that_of_one_vintf)
{
	struct cmdqv_backend_geometry geometry = {0};
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm.ops.ops->geometry(vmm.ops.impl, &geometry), 0);
	assert_int_equal(geometry.num_lvcmdqs, QUEUES);
	assert_int_equal(geometry.num_sids, 16);
	assert_int_equal(geometry.version, 1);
	vmm_close(&vmm);
}

/* [DEV-21] Page 0 is live: commands execute, and CONS is what the engine made of it. */
TEST(commands_of_a_bound_queue_execute_through_page_0)
{
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	put(&vmm, 0, 0, 0x12 | 7ULL << 48, 0x12345000 | 1);
	put(&vmm, 0, 1, 0x46, 0);
	reg_write(&vmm, 0, CONFIG, 1);
	reg_write(&vmm, 0, PROD, 2);
	drain();
	assert_int_equal(reg_read(&vmm, 0, CONS), 2);
	assert_int_equal(vmm.commands, 2);
	assert_int_equal(vmm.command[0].opcode, 0x12);
	assert_int_equal(vmm.command[0].asid, 7);
	assert_int_equal(vmm.command[0].address, 0x12345000);
	vmm_close(&vmm);
}

TEST(registers_out_of_range_are_not_reached)
{
	struct vmm vmm;

	vmm_open(&vmm);
	reg_write(&vmm, QUEUES, PROD, 5);
	reg_write(&vmm, 0, 0x80, 5);
	reg_write(&vmm, 0, 2, 5);
	assert_int_equal(reg_read(&vmm, QUEUES, PROD), 0);
	assert_int_equal(reg_read(&vmm, UINT32_MAX, PROD), 0);
	assert_int_equal(reg_read(&vmm, 0, 0x80), 0);
	assert_int_equal(reg_read(&vmm, 0, 1), 0);
	vmm_close(&vmm);
}

TEST(every_errno_of_a_bind_comes_back_with_a_remedy)
{
	static const struct {
		uint32_t index;
		uint64_t base;
		uint64_t bytes;
		int expected;
		const char *says;
	} cases[] = {
		{0, 0x80000000, 0x1000, -ENOENT, "map the guest's RAM"},
		{0, RAM_GPA + 0xF000, 0x2000, -EFAULT, "larger pages"},
		{0, RAM_GPA, 0x3000, -EINVAL, "IDR1.CMDQS"},
		{0, RAM_GPA, 0x20000, -EFAULT, "larger pages"},
		{0, RAM_GPA, 0, -EINVAL, "IDR1.CMDQS"},
		{4, RAM_GPA, 0x1000, -EINVAL, "no such queue"},
		{1, RAM_GPA, 0x1000, -EIO, "ascending"},
		{0, 0xFFFFFFFFFFFFF000, 0x2000, -EOVERFLOW, "wraps"},
	};
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_open(&vmm);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&why, 0, sizeof(why));
		assert_int_equal(vmm.ops.ops->queue_bind(vmm.ops.impl, cases[i].index,
							 (cmdqv_gpa_t){cases[i].base},
							 cases[i].bytes, &why),
				 cases[i].expected);
		assert_int_equal(why.code, cases[i].expected);
		assert_string_equal(why.id, "queue-bind");
		if (!strstr(why.text, cases[i].says))
			fail_msg("case %zu says: %s", i, why.text);
	}
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(vmm_bind(&vmm, 0, &why), -EEXIST);
	vmm_close(&vmm);
}

/* [DEV-19] The page is described, and nothing of ours maps it for DMA. */
TEST(page_0_is_offered_for_mapping_and_never_for_dma)
{
	struct cmdqv_page_view view = {0};
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm.ops.ops->page0_view(vmm.ops.impl, &view), 0);
	assert_int_equal(view.length, 0x10000);
	assert_int_equal(view.fd, vmm.iommufd);
	assert_int_equal(view.fd_offset, 0x1000);
	assert_ptr_equal(view.host, front_mapping(vmm.iommufd, 0x1000));
	assert_int_equal(front_pages_in_ioas(), 0);
	vmm_close(&vmm);
}

/* [DEV-19] The check itself can fail: a page 0 that is mapped for DMA is seen. */
TEST(the_front_sees_a_page_0_that_is_mapped_for_dma)
{
	struct cmdqv_page_view view = {0};
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm.ops.ops->page0_view(vmm.ops.impl, &view), 0);
	assert_int_equal(uapi_map(vmm.iommufd, vmm.ioas_id, 0x50000000, view.host, 0x1000),
			 -EFAULT);
	assert_int_equal(front_pages_in_ioas(), 1);
	vmm_close_backend(&vmm);
	vmm_check_clean(&vmm);
	for (uint32_t i = 0; i < DEVICES; i++)
		assert_int_equal(close(vmm.device[i]), 0);
	assert_int_equal(close(vmm.iommufd), 0);
	front_close();
	free(vmm.ram);
}

/* [DEV-25] An error of the guest becomes an event, by poll and by read. */
TEST(an_error_arrives_as_an_event)
{
	struct cmdqv_backend_event event;
	struct pollfd poll_fd = {.events = POLLIN};
	struct vmm vmm;

	vmm_open(&vmm);
	poll_fd.fd = vmm.ops.ops->event_fd(vmm.ops.impl);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	assert_int_equal(vmm.ops.ops->event_read(vmm.ops.impl, &event), 0);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(vmm_bind(&vmm, 1, NULL), 0);
	put(&vmm, 1, 0, 0x10, 0); /* TLBI_NH_ALL: not for guests */
	reg_write(&vmm, 1, CONFIG, 1);
	reg_write(&vmm, 1, PROD, 1);
	drain();
	assert_int_equal(poll(&poll_fd, 1, 0), 1);
	front_count_from_here();
	assert_int_equal(vmm.ops.ops->event_read(vmm.ops.impl, &event), 1);
	assert_int_equal(front_calls(), 1);
	assert_int_equal(event.sequence, 0);
	assert_false(event.lost);
	assert_int_equal(vmm.ops.ops->event_read(vmm.ops.impl, &event), 0);
	assert_int_equal(poll(&poll_fd, 1, 0), 0);
	vmm_close(&vmm);
}

/* [DEV-25] */
TEST(every_way_to_read_an_event_has_its_result)
{
	static const struct {
		uint32_t word[6];
		size_t length;
		int error;
		int expected;
	} cases[] = {
		{{0}, 0, EAGAIN, 0},
		{{0}, 0, EINTR, -EINTR},
		{{0}, 0, EBADF, -EBADF},
		{{0}, 0, EIO, -EIO},
		{{0}, 0, 0, 0},
		{{0, 1}, 4, 0, -EMSGSIZE},
		{{0, 1}, 8, 0, -EMSGSIZE},	     /* a header alone that is not of lost events */
		{{0, 1, 2}, 16, 0, -EMSGSIZE},	     /* half a map */
		{{1, 9}, 8, 0, 1},		     /* lost events */
		{{1, 9}, 24, 0, -EBADMSG},	     /* lost events do not have a map */
		{{2, 9}, 24, 0, -EBADMSG},	     /* a flag that is not known */
		{{0, 0x80000000U}, 24, 0, -EBADMSG}, /* no such sequence number */
		{{0, 0x7FFFFFFF, 5, 0, 6, 7}, 24, 0, 1},
	};
	struct cmdqv_backend_event event;
	struct vmm vmm;
	int fd;

	vmm_open(&vmm);
	fd = vmm.ops.ops->event_fd(vmm.ops.impl);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&event, 0, sizeof(event));
		front_feed(fd, cases[i].word, cases[i].length, cases[i].error);
		if (vmm.ops.ops->event_read(vmm.ops.impl, &event) != cases[i].expected)
			fail_msg("case %zu", i);
		if (cases[i].expected == 1)
			assert_int_equal(event.lost, cases[i].word[0]);
		if (cases[i].expected == 1)
			assert_int_equal(event.sequence, cases[i].word[1]);
	}
	/* More than was asked for: no kernel does that, and it is not believed. */
	front_feed(fd, (uint8_t[32]){0}, 32, 0);
	assert_int_equal(vmm.ops.ops->event_read(vmm.ops.impl, &event), -EPROTO);
	vmm_close(&vmm);
}

/* [DEV-31] */
TEST(an_unbind_that_fails_breaks_the_backend_for_good)
{
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	front_fail_ioctl(0x3B80, EBUSY);
	vmm.ops.ops->queue_unbind(vmm.ops.impl, 0);
	front_fail_ioctl(0, 0);
	assert_int_equal(vmm.ops.ops->broken(vmm.ops.impl), -EBUSY);
	assert_int_equal(vmm_bind(&vmm, 0, &why), -EIO);
	assert_string_equal(why.id, "backend-broken");
	vmm.ops.ops->queue_unbind(vmm.ops.impl, 0);
	assert_int_equal(vmm.ops.ops->broken(vmm.ops.impl), -EBUSY);
	vmm_close(&vmm); /* which tries again, and nothing is left */
}

TEST(unbinding_what_is_not_bound_breaks_the_backend)
{
	struct vmm vmm;

	vmm_open(&vmm);
	vmm.ops.ops->queue_unbind(vmm.ops.impl, 1000);
	assert_int_equal(vmm.ops.ops->broken(vmm.ops.impl), -ENOENT);
	vmm_close(&vmm);
}

TEST(what_cannot_be_destroyed_goes_with_the_iommufd)
{
	struct vmm vmm;

	vmm_open(&vmm);
	for (uint32_t i = 0; i < QUEUES; i++)
		assert_int_equal(vmm_bind(&vmm, i, NULL), 0);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	front_fail_ioctl(0x3B80, EBUSY);
	vmm_close_backend(&vmm);
	assert_true(front_objects(vmm.iommufd) > vmm.objects);
	assert_int_equal(front_mappings(), 0);
	assert_int_equal(front_event_descriptors(), 0);
	vmm_finish(&vmm); /* closing the iommufd finds nothing that holds it */
}

TEST(an_iommufd_that_is_closed_under_us_is_an_error_everywhere)
{
	const struct cmdqv_viommu_command command = {{0x10, 0}};
	struct cmdqv_viommu_result result;
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), 0);
	assert_int_equal(close(vmm.iommufd), 0);
	vmm.iommufd = -1;
	assert_int_equal(vmm_bind(&vmm, 1, &why), -EBADF);
	assert_non_null(strstr(why.text, "not open"));
	assert_int_equal(vmm_add(&vmm, 1, 0x11), -EBADF);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_ABORT, 0), -EBADF);
	assert_int_equal(cmdqv_viommu_invalidate(vmm.backend, &command, 1, &result, NULL), -EBADF);
	assert_int_equal(result.issued, 0);
	reg_write(&vmm, 0, PROD, 0); /* the page stays until it is unmapped */
	vmm.ops.ops->queue_unbind(vmm.ops.impl, 0);
	assert_int_equal(vmm.ops.ops->broken(vmm.ops.impl), -EBADF);
	vmm_close_backend(&vmm);
	assert_int_equal(front_mappings(), 0);
	assert_int_equal(front_event_descriptors(), 0);
	vmm_finish(&vmm);
}

TEST(a_query_without_a_place_for_the_answer_makes_no_call)
{
	struct cmdqv_hw_info info = {.size = 0};
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_prepare(&vmm);
	assert_int_equal(cmdqv_iommufd_query(vmm.iommufd, vmm.dev_id[0], NULL, &why), -EINVAL);
	assert_string_equal(why.id, "bad-size");
	assert_int_equal(cmdqv_iommufd_query(vmm.iommufd, vmm.dev_id[0], &info, &why), -EINVAL);
	assert_string_equal(why.id, "bad-size");
	assert_int_equal(cmdqv_iommufd_query(-1, 0, NULL, NULL), -EINVAL);
	assert_int_equal(front_calls(), 0);
	vmm_finish(&vmm);
}

TEST(a_wrong_descriptor_is_called_that)
{
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct cmdqv_error why;

	assert_int_equal(cmdqv_iommufd_query(null, 1, &info, &why), -ENOTTY);
	assert_non_null(strstr(why.text, "this is not an iommufd, or the kernel is too old"));
	assert_int_equal(cmdqv_iommufd_query(-1, 1, &info, &why), -EBADF);
	assert_non_null(strstr(why.text, "the descriptor is not open"));
	assert_int_equal(close(null), 0);
}

TEST(ram_in_the_window_of_msis_is_said_when_an_entry_is_set)
{
	const uint64_t ste[2] = {STE_BYPASS, 0};
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_open(&vmm);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	front_fail_ioctl(0x3B77, EADDRINUSE);
	assert_int_equal(cmdqv_viommu_set_ste(vmm.backend, (cmdqv_vsid_t){0x10}, ste, &why),
			 -EADDRINUSE);
	assert_non_null(strstr(why.text, "0x08000000 to 0x080FFFFF"));
	front_fail_ioctl(0, 0);
	vmm_close(&vmm);
}

TEST(open_says_what_is_wrong)
{
	struct cmdqv_iommufd_config config;
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_prepare(&vmm);
	config = vmm_config(&vmm);
	assert_int_equal(cmdqv_iommufd_open(NULL, &config, &vmm.ops, &why), -EINVAL);
	assert_int_equal(cmdqv_iommufd_open(&vmm.backend, &config, NULL, &why), -EINVAL);
	assert_int_equal(cmdqv_iommufd_open(&vmm.backend, NULL, &vmm.ops, &why), -EINVAL);
	config.size = 4;
	assert_int_equal(cmdqv_iommufd_open(&vmm.backend, &config, &vmm.ops, &why), -EINVAL);
	config = vmm_config(&vmm);
	config.dev_id = 999;
	assert_int_equal(cmdqv_iommufd_open(&vmm.backend, &config, &vmm.ops, &why), -ENOENT);
	assert_non_null(strstr(why.text, "bind it first"));
	config = vmm_config(&vmm);
	config.hwpt_id = vmm.ioas_id;
	assert_int_equal(cmdqv_iommufd_open(&vmm.backend, &config, &vmm.ops, &why), -ENOENT);
	config = vmm_config(&vmm);
	config.iommufd = vmm.device[0];
	assert_int_equal(cmdqv_iommufd_open(&vmm.backend, &config, &vmm.ops, &why), -ENOTTY);
	config.iommufd = -1;
	assert_int_equal(cmdqv_iommufd_open(&vmm.backend, &config, &vmm.ops, &why), -EBADF);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

TEST(the_fourth_client_of_three_vintfs_gets_no_space)
{
	struct cmdqv_viommu *backends[4];
	struct cmdqv_iommufd_config config;
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_prepare(&vmm);
	config = vmm_config(&vmm);
	for (int i = 0; i < 3; i++)
		assert_int_equal(cmdqv_iommufd_open(&backends[i], &config, &vmm.ops, &why), 0);
	assert_int_equal(cmdqv_iommufd_open(&backends[3], &config, &vmm.ops, &why), -ENOSPC);
	assert_non_null(strstr(why.text, "stop another VM"));
	for (int i = 0; i < 3; i++)
		cmdqv_viommu_close(backends[i]);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

/* What a VMM does that makes the vIOMMU itself: docs/iommufd.md. */
static struct cmdqv_iommufd_adopted make_viommu(const struct vmm *vmm, uint32_t ids[2])
{
	uint64_t data[2] = {0};
	struct {
		uint32_t word[8];
		uint64_t uptr;
	} viommu = {{40, 0, 2, vmm->dev_id[0], vmm->parent_id, 0, 16, 0}, (uintptr_t)data};
	uint32_t events[8] = {32, 0, 0, 2, 16};

	assert_int_equal(ioctl(vmm->iommufd, 0x3B90UL, &viommu), 0);
	events[2] = viommu.word[5];
	assert_int_equal(ioctl(vmm->iommufd, 0x3B93UL, events), 0);
	ids[0] = viommu.word[5];
	ids[1] = events[5];
	return (struct cmdqv_iommufd_adopted){
		.size = sizeof(struct cmdqv_iommufd_adopted),
		.iommufd = vmm->iommufd,
		.dev_id = vmm->dev_id[0],
		.viommu_id = viommu.word[5],
		.mmap_offset = data[0],
		.mmap_length = data[1],
		.cmdqv_event_fd = (int)events[6],
		.smmu_event_fd = -1,
	};
}

TEST(an_adopted_viommu_works_and_stays_the_vmms)
{
	struct cmdqv_viommu_event smmu_event;
	struct cmdqv_iommufd_adopted adopted;
	struct cmdqv_error why;
	uint32_t ids[2];
	struct vmm vmm;

	vmm_prepare(&vmm);
	adopted = make_viommu(&vmm, ids);
	front_count_from_here();
	if (cmdqv_iommufd_adopt(&vmm.backend, &adopted, &vmm.ops, &why))
		fail_msg("%s", why.text);
	assert_true(front_calls() <= 12);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm.ops.ops->event_fd(vmm.ops.impl), adopted.cmdqv_event_fd);
	assert_int_equal(cmdqv_viommu_smmu_event_fd(vmm.backend), -1);
	assert_int_equal(cmdqv_viommu_smmu_event(vmm.backend, &smmu_event), -ENOENT);
	assert_int_equal(cmdqv_viommu_id(vmm.backend), ids[0]);
	vmm_close_backend(&vmm);
	assert_int_equal(front_mappings(), 0);
	assert_int_equal(front_event_descriptors(), 1);
	assert_int_equal(front_objects(vmm.iommufd), vmm.objects + 2);
	assert_int_equal(close(adopted.cmdqv_event_fd), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, ids[1]), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, ids[0]), 0);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

TEST(a_bad_adoption_is_refused_and_changes_nothing)
{
	struct cmdqv_iommufd_adopted good;
	struct cmdqv_iommufd_adopted bad[7];
	const int expected[7] = {-EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -ENXIO, -ENOENT};
	struct cmdqv_error why;
	uint32_t ids[2];
	struct vmm vmm;

	vmm_prepare(&vmm);
	good = make_viommu(&vmm, ids);
	for (int i = 0; i < 7; i++)
		bad[i] = good;
	bad[0].viommu_id = 0;
	bad[1].cmdqv_event_fd = -1;
	bad[2].mmap_offset = 0;
	bad[3].mmap_offset = 0x1001;
	bad[4].mmap_length = 0x20000;
	bad[5].mmap_offset = 0x2000;
	bad[6].dev_id = 999;
	for (int i = 0; i < 7; i++) {
		memset(&why, 0, sizeof(why));
		assert_int_equal(cmdqv_iommufd_adopt(&vmm.backend, &bad[i], &vmm.ops, &why),
				 expected[i]);
		assert_true(why.text[0] != 0);
	}
	assert_int_equal(front_mappings(), 0);
	assert_int_equal(close(good.cmdqv_event_fd), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, ids[1]), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, ids[0]), 0);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}
