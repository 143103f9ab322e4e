/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the port on Linux alone has: system calls, which are counted, made to fail or answered by
 * other bytes; descriptors that are closed; vIOMMUs of the VMM's own. The rest is tests/viommu/.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "fixture.h"

enum { MOST = 200 };

static void fill(struct cmdqv_viommu_command *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		commands[i] = (struct cmdqv_viommu_command){{0x10, 0}};
}

/* ---- how many system calls ---- */

TEST(opening_and_closing_take_six_calls_each)
{
	struct vmm vmm;

	vmm_prepare(&vmm, &front_port);
	front_count_from_here();
	assert_int_equal(vmm_open_viommu(&vmm, NULL), 0);
	assert_int_equal(front_calls(), 6);
	front_count_from_here();
	vmm_close_viommu(&vmm);
	assert_int_equal(front_calls(), 6);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

TEST(closing_takes_one_call_more_for_each_queue_device_and_entry)
{
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	for (uint32_t i = 0; i < QUEUES; i++)
		assert_int_equal(vmm_bind(&vmm, i, NULL), 0);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(vmm_add(&vmm, i, 0x10 + i), 0);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(vmm_set_ste(&vmm, 0x10 + i, STE_STAGE1, 0), 0);
	front_count_from_here();
	vmm_close_viommu(&vmm);
	/* And one to detach each device that was not removed: its entry is busy until then. */
	assert_int_equal(front_calls(), 6 + QUEUES + 8 + 4 + 4);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

TEST(binding_is_one_call_and_registers_are_none)
{
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	front_count_from_here();
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(front_calls(), 1);
	vmm_write(&vmm, 0, CONFIG, 1);
	host_drain(vmm.host);
	assert_int_equal(vmm_read(&vmm, 0, STATUS), 1);
	assert_int_equal(front_calls(), 1);
	vmm_unbind(&vmm, 0);
	assert_int_equal(front_calls(), 2);
	vmm_close(&vmm);
}

TEST(a_device_and_its_entries_take_the_calls_that_are_promised)
{
	static const uint64_t entries[] = {STE_BYPASS, STE_STAGE1, STE_ABORT, 0, STE_STAGE1};
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	front_count_from_here();
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(front_calls(), 1);
	for (size_t i = 0; i < 5; i++) {
		front_count_from_here();
		assert_int_equal(vmm_set_ste(&vmm, 0x10, entries[i], 0), 0);
		assert_int_equal(front_calls(), 2 + (i > 0) + (entries[i] != STE_STAGE1));
	}
	front_count_from_here();
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(front_calls(), 3);
	vmm_close(&vmm);
}

TEST(an_invalidation_is_one_call_for_each_63_commands)
{
	static const size_t lengths[] = {0, 1, 62, 63, 64, 125, 126, 127, 189, 200};
	struct cmdqv_viommu_command commands[MOST];
	struct cmdqv_viommu_result result;
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	fill(commands, MOST);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		front_count_from_here();
		assert_int_equal(
			cmdqv_viommu_invalidate(vmm.viommu, commands, lengths[i], &result, NULL),
			0);
		assert_int_equal(front_calls(), (lengths[i] + 62) / 63);
	}
	vmm_close(&vmm);
}

TEST(a_query_takes_two_calls_and_none_without_a_place_for_the_answer)
{
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	struct cmdqv_backend_event event;
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	front_count_from_here();
	assert_int_equal(cmdqv_iommufd_query(vmm.iommufd, vmm.dev_id[0], NULL, NULL), -EINVAL);
	assert_int_equal(cmdqv_iommufd_query(-1, 0, NULL, NULL), -EINVAL);
	assert_int_equal(front_calls(), 0);
	assert_int_equal(cmdqv_iommufd_query(vmm.iommufd, vmm.dev_id[0], &info, NULL), 0);
	assert_int_equal(front_calls(), 2);
	assert_int_equal(vmm_event(&vmm, &event), 0);
	assert_int_equal(front_calls(), 3);
	vmm_close(&vmm);
}

/* What the kernel in software says is 0: words of the answer, and of the SMMU's data. */
static void fill_in_info(void *context, unsigned long number, uint8_t *argument)
{
	static const uint32_t iidr = 0x1234043B;
	uint64_t data;

	(void)context;
	if (number != IOCTL_HW_INFO || argument[24] != 2)
		return;
	argument[28] = 20;
	memcpy(&data, argument + 16, sizeof(data));
	memcpy((uint8_t *)(uintptr_t)data + 32, &iidr, sizeof(iidr));
}

TEST(a_query_hands_on_what_the_kernel_says)
{
	struct cmdqv_hw_info info = {.size = sizeof(info)};
	struct vmm vmm;

	vmm_prepare(&vmm, &front_port);
	front_tamper_with(fill_in_info, NULL);
	assert_int_equal(cmdqv_iommufd_query(vmm.iommufd, vmm.dev_id[0], &info, NULL), 0);
	assert_int_equal(info.max_pasid_log2, 20);
	assert_int_equal(info.iidr, 0x1234043B);
	vmm_finish(&vmm);
}

struct stall {
	uint8_t model;
	uint64_t taken; /* word 1 of the last entry */
};

static void say_stall_model(void *context, unsigned long number, uint8_t *argument)
{
	struct stall *stall = context;
	uint8_t *data;

	if (number == IOCTL_HW_INFO && argument[24] == 2) {
		memcpy(&data, argument + 16, sizeof(data));
		data[8 + 3] = (uint8_t)((data[8 + 3] & ~3) | stall->model);
	} else if (number == IOCTL_HWPT_ALLOC) {
		memcpy(&data, argument + 32, sizeof(data));
		if (data)
			memcpy(&stall->taken, data + 8, sizeof(stall->taken));
	}
}

/* Of stage 1, and where the physical STALL_MODEL is 0; elsewhere the guest's own S1STALLD stays. */
TEST(where_faults_could_stall_an_entry_says_that_they_must_not)
{
	static const struct {
		uint64_t word[2];
		uint8_t model;
		uint64_t taken;
	} cases[] = {
		{{STE_STAGE1, 0x10000001}, 0, 0x18000001},
		{{STE_STAGE1, 0x18000000}, 0, 0x18000000},
		{{STE_STAGE1, 0x10000001}, 1, 0x10000001},
		{{STE_STAGE1, 0x18000001}, 1, 0x18000001},
		{{STE_STAGE1, 0x10000001}, 2, 0x10000001},
		{{STE_BYPASS, 0x10000000}, 0, 0x10000000},
		{{0, 0}, 0, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct stall stall = {.model = cases[i].model};
		struct vmm vmm;

		vmm_prepare(&vmm, &front_port);
		front_tamper_with(say_stall_model, &stall);
		assert_int_equal(vmm_open_viommu(&vmm, NULL), 0);
		assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
		assert_int_equal(vmm_set_ste(&vmm, 0x10, cases[i].word[0], cases[i].word[1]), 0);
		assert_int_equal(stall.taken, cases[i].taken);
		vmm_close(&vmm);
	}
}

struct geometry {
	uint8_t log2_vcmdqs;
	uint8_t log2_sids;
	int expected;
};

static void say_geometry(void *context, unsigned long number, uint8_t *argument)
{
	const struct geometry *geometry = context;
	uint8_t *data;

	if (number != IOCTL_HW_INFO || argument[24] != 3)
		return;
	memcpy(&data, argument + 16, sizeof(data));
	data[5] = geometry->log2_vcmdqs;
	data[6] = geometry->log2_sids;
}

TEST(a_geometry_is_taken_up_to_what_a_cmdqv_has)
{
	static struct geometry geometries[] = {
		{0, 0, 0}, {7, 4, 0}, {8, 4, -EPROTO}, {7, 5, -EPROTO}, {0xFF, 0xFF, -EPROTO},
	};
	struct vmm vmm;

	vmm_prepare(&vmm, &front_port);
	for (size_t i = 0; i < COUNT(geometries); i++) {
		struct cmdqv_hw_info info = {.size = sizeof(info)};

		front_tamper_with(say_geometry, &geometries[i]);
		assert_int_equal(cmdqv_iommufd_query(vmm.iommufd, vmm.dev_id[0], &info, NULL),
				 geometries[i].expected);
		if (geometries[i].expected)
			continue;
		assert_int_equal(info.num_lvcmdqs, 1U << geometries[i].log2_vcmdqs);
		assert_int_equal(info.num_sids, 1U << geometries[i].log2_sids);
	}
	vmm_finish(&vmm);
}

/* ---- page 0, events, descriptors ---- */

/* [DEV-19] The page is described, and nothing of ours maps it for DMA. */
TEST(page_0_is_offered_for_mapping_and_never_for_dma)
{
	struct cmdqv_page_view view = {0};
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	assert_int_equal(vmm.backend.ops->page0_view(vmm.backend.impl, &view), 0);
	assert_int_equal(view.length, 0x10000);
	assert_int_equal(view.fd, vmm.iommufd);
	assert_int_equal(view.fd_offset, 0x1000);
	assert_ptr_equal(view.host, front_mapping(vmm.iommufd, 0x1000));
	assert_int_equal(front_pages_in_ioas(), 0);
	assert_int_equal(front_last_prot(), PROT_READ | PROT_WRITE);
	vmm_close(&vmm);
}

/* [DEV-19] The check itself can fail: a page 0 that is mapped for DMA is seen. */
TEST(the_front_sees_a_page_0_that_is_mapped_for_dma)
{
	struct cmdqv_page_view view = {0};
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	assert_int_equal(vmm.backend.ops->page0_view(vmm.backend.impl, &view), 0);
	assert_int_equal(uapi_map(vmm.iommufd, vmm.ioas_id, 0x50000000, view.host, 0x1000),
			 -EFAULT);
	assert_int_equal(front_pages_in_ioas(), 1);
	vmm_close_viommu(&vmm);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
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
		{{0}, 0, ENOMEM, -EINTR}, /* the record of lost events stays */
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

	vmm_open(&vmm, &front_port);
	fd = vmm.backend.ops->event_fd(vmm.backend.impl);
	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(&event, 0, sizeof(event));
		front_feed(fd, cases[i].word, cases[i].length, cases[i].error);
		if (vmm_event(&vmm, &event) != cases[i].expected)
			fail_msg("case %zu", i);
		if (cases[i].expected == 1)
			assert_int_equal(event.lost, cases[i].word[0]);
		if (cases[i].expected == 1)
			assert_int_equal(event.sequence, cases[i].word[1]);
	}
	/* More than was asked for: no kernel does that, and it is not believed. */
	front_feed(fd, (uint8_t[32]){0}, 32, 0);
	assert_int_equal(vmm_event(&vmm, &event), -EPROTO);
	vmm_close(&vmm);
}

TEST(what_cannot_be_destroyed_goes_with_the_iommufd)
{
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	for (uint32_t i = 0; i < QUEUES; i++)
		assert_int_equal(vmm_bind(&vmm, i, NULL), 0);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	front_fail_ioctl(IOCTL_DESTROY, EBUSY);
	vmm_close_viommu(&vmm);
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

	vmm_open(&vmm, &front_port);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), 0);
	assert_int_equal(close(vmm.iommufd), 0);
	vmm.iommufd = -1;
	assert_int_equal(vmm_bind(&vmm, 1, &why), -EBADF);
	assert_non_null(strstr(why.text, "not open"));
	assert_int_equal(vmm_add(&vmm, 1, 0x11), -EBADF);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_ABORT, 0), -EBADF);
	assert_int_equal(cmdqv_viommu_invalidate(vmm.viommu, &command, 1, &result, NULL), -EBADF);
	assert_int_equal(result.issued, 0);
	vmm_write(&vmm, 0, PROD, 0); /* the page stays until it is unmapped */
	vmm_unbind(&vmm, 0);
	assert_int_equal(vmm_broken(&vmm), -EBADF);
	vmm_close_viommu(&vmm);
	assert_int_equal(front_mappings(), 0);
	assert_int_equal(front_event_descriptors(), 0);
	vmm_finish(&vmm);
}

TEST(open_says_what_is_wrong)
{
	struct cmdqv_iommufd_config config;
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_prepare(&vmm, &front_port);
	config = vmm_config(&vmm);
	assert_int_equal(cmdqv_iommufd_open(&vmm.viommu, NULL, &vmm.backend, &why), -EINVAL);
	config.size = 4;
	assert_int_equal(cmdqv_iommufd_open(&vmm.viommu, &config, &vmm.backend, &why), -EINVAL);
	config = vmm_config(&vmm);
	config.dev_id = 999;
	assert_int_equal(cmdqv_iommufd_open(&vmm.viommu, &config, &vmm.backend, &why), -ENOENT);
	assert_non_null(strstr(why.text, "bind it first"));
	config = vmm_config(&vmm);
	config.hwpt_id = vmm.ioas_id;
	assert_int_equal(cmdqv_iommufd_open(&vmm.viommu, &config, &vmm.backend, &why), -ENOENT);
	config = vmm_config(&vmm);
	config.iommufd = vmm.device[0];
	assert_int_equal(cmdqv_iommufd_open(&vmm.viommu, &config, &vmm.backend, &why), -ENOTTY);
	assert_non_null(strstr(why.text, "this is not an iommufd, or the kernel is too old"));
	config.iommufd = -1;
	assert_int_equal(cmdqv_iommufd_open(&vmm.viommu, &config, &vmm.backend, &why), -EBADF);
	assert_non_null(strstr(why.text, "the descriptor is not open"));
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

	vmm_prepare(&vmm, &front_port);
	adopted = make_viommu(&vmm, ids);
	front_count_from_here();
	if (cmdqv_iommufd_adopt(&vmm.viommu, &adopted, &vmm.backend, &why))
		fail_msg("%s", why.text);
	assert_int_equal(front_calls(), 3);
	assert_int_equal(vmm_bind(&vmm, 0, NULL), 0);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm.backend.ops->event_fd(vmm.backend.impl), adopted.cmdqv_event_fd);
	assert_int_equal(cmdqv_viommu_smmu_event_fd(vmm.viommu), -1);
	assert_int_equal(cmdqv_viommu_smmu_event(vmm.viommu, &smmu_event), -ENOENT);
	assert_int_equal(cmdqv_viommu_id(vmm.viommu), ids[0]);
	vmm_close_viommu(&vmm);
	assert_int_equal(front_mappings(), 0);
	assert_int_equal(front_event_descriptors(), 1);
	assert_int_equal(front_objects(vmm.iommufd), vmm.objects + 2);
	assert_int_equal(close(adopted.cmdqv_event_fd), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, ids[1]), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, ids[0]), 0);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

/* 0 is a descriptor as any other. */
TEST(an_adopted_event_queue_may_have_any_descriptor)
{
	static const int fds[][2] = {{0, 0}, {1, 1}, {-1, -1}, {-2, -1}};
	struct cmdqv_iommufd_adopted adopted;
	uint32_t ids[2];
	struct vmm vmm;
	int own_fd;

	vmm_prepare(&vmm, &front_port);
	adopted = make_viommu(&vmm, ids);
	for (size_t i = 0; i < COUNT(fds); i++) {
		adopted.smmu_event_fd = fds[i][0];
		assert_int_equal(cmdqv_iommufd_adopt(&vmm.viommu, &adopted, &vmm.backend, NULL), 0);
		assert_int_equal(cmdqv_viommu_smmu_event_fd(vmm.viommu), fds[i][1]);
		vmm_close_viommu(&vmm);
	}
	own_fd = adopted.cmdqv_event_fd;
	adopted.cmdqv_event_fd = 0;
	assert_int_equal(cmdqv_iommufd_adopt(&vmm.viommu, &adopted, &vmm.backend, NULL), 0);
	assert_int_equal(vmm.backend.ops->event_fd(vmm.backend.impl), 0);
	vmm_close_viommu(&vmm);
	assert_int_equal(close(own_fd), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, ids[1]), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, ids[0]), 0);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

/* [DEV-34] */
TEST(an_adoption_says_whether_the_guest_repeats)
{
	struct cmdqv_iommufd_adopted adopted;
	uint32_t ids[2];
	struct vmm vmm;

	vmm_prepare_on_smmu(&vmm, &front_port, CMDQV_SMMU_REPEAT);
	adopted = make_viommu(&vmm, ids);
	assert_int_equal(cmdqv_iommufd_adopt(&vmm.viommu, &adopted, &vmm.backend, NULL),
			 -EOPNOTSUPP);
	adopted.guest_repeats = true;
	assert_int_equal(cmdqv_iommufd_adopt(&vmm.viommu, &adopted, &vmm.backend, NULL), 0);
	vmm_close_viommu(&vmm);
	assert_int_equal(close(adopted.cmdqv_event_fd), 0);
	vmm_finish(&vmm);
}

TEST(a_bad_adoption_is_refused_and_changes_nothing)
{
	struct cmdqv_iommufd_adopted good;
	struct cmdqv_iommufd_adopted bad[7];
	static const struct {
		int err;
		const char *says;
	} expected[7] = {{-EINVAL, "but is 0;"},
			 {-EINVAL, "but is -1;"},
			 {-EINVAL, "but is 0;"},
			 {-EINVAL, "but is 4097;"},
			 {-EINVAL, "but is 131072"},
			 {-ENXIO, ""},
			 {-ENOENT, ""}};
	struct cmdqv_error why;
	uint32_t ids[2];
	struct vmm vmm;

	vmm_prepare(&vmm, &front_port);
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
		assert_int_equal(cmdqv_iommufd_adopt(&vmm.viommu, &bad[i], &vmm.backend, &why),
				 expected[i].err);
		assert_true(why.text[0] != 0 && strstr(why.text, expected[i].says));
	}
	assert_int_equal(front_mappings(), 0);
	assert_int_equal(close(good.cmdqv_event_fd), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, ids[1]), 0);
	assert_int_equal(uapi_destroy(vmm.iommufd, ids[0]), 0);
	vmm_check_clean(&vmm);
	vmm_finish(&vmm);
}

/* ---- devices, entries, invalidations ---- */

/* VFIO_DEVICE_DETACH_IOMMUFD_PT, each that did something. */
static void count_detaches(void *context, unsigned long number, uint8_t *argument)
{
	(void)argument;
	*(uint32_t *)context += number == IOCTL_DETACH;
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

	vmm_open(&vmm, &front_port);
	exchange_descriptor(&vmm);
	assert_int_equal(vmm_add(&vmm, 5, 0x20), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x20, STE_STAGE1, 0), 0);
	front_tamper_with(count_detaches, &detached);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), -ENOENT);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(detached, 0);
	assert_int_equal(vmm_remove(&vmm, 0x20), 0);
	assert_int_equal(detached, 1);
	vmm_close_viommu(&vmm);
	vmm_finish(&vmm);
}

/* The backend never hears of the other one: only the vDEVICE tells. */
TEST(a_stranger_with_the_number_of_an_unplugged_device_stays_attached)
{
	uint32_t detached = 0;
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	exchange_descriptor(&vmm);
	assert_int_equal(uapi_attach(vmm.device[5], vmm.parent_id), 0);
	front_tamper_with(count_detaches, &detached);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), -ENOENT);
	/* The kernel gives these to any device. */
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), -ENOENT);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_ABORT, 0), -ENOENT);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, 0, 0), -ENOENT);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(detached, 0);
	vmm_close_viommu(&vmm);
	assert_int_equal(detached, 0);
	vmm_finish(&vmm);
}

/* It has two StreamIDs. */
TEST(a_stranger_that_can_have_no_vdevice_gets_no_entry_either)
{
	struct vmm vmm;
	int number;

	vmm_open(&vmm, &front_port);
	number = vmm.device[5];
	assert_int_equal(vmm_add(&vmm, 5, 0x10), 0);
	assert_int_equal(close(number), 0);
	vmm.device[5] = front_device(0x300, 2);
	assert_int_equal(vmm.device[5], number);
	assert_int_equal(uapi_bind(vmm.device[5], vmm.iommufd, &vmm.dev_id[5]), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), -EOPNOTSUPP);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	vmm_close_viommu(&vmm);
	front_port.check_clean();
	vmm_finish(&vmm);
}

/* Its removal stops once it is detached; then it is closed. */
TEST(a_device_is_detached_once)
{
	uint32_t detached = 0;
	struct vmm vmm;
	int number;

	vmm_open(&vmm, &front_port);
	number = vmm.device[5];
	assert_int_equal(vmm_add(&vmm, 5, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	front_fail(3, 4, EIO);
	assert_int_equal(vmm_remove(&vmm, 0x10), -EIO);
	front_fail(0, 0, 0);
	assert_int_equal(close(number), 0);
	vmm.device[5] = front_device(0x300, 1);
	assert_int_equal(vmm.device[5], number);
	assert_int_equal(uapi_bind(vmm.device[5], vmm.iommufd, &vmm.dev_id[5]), 0);
	assert_int_equal(uapi_attach(vmm.device[5], vmm.parent_id), 0);
	front_tamper_with(count_detaches, &detached);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(detached, 0);
	vmm_close(&vmm);
}

/* Who added it again would remove it, and it would stay attached. */
TEST(a_device_that_could_not_be_detached_is_not_added_again)
{
	uint32_t detached = 0;
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	assert_int_equal(vmm_add(&vmm, 5, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	front_fail_ioctl(IOCTL_DETACH, EIO);
	assert_int_equal(vmm_remove(&vmm, 0x10), -EIO);
	front_fail_ioctl(0, 0);
	assert_int_equal(vmm_add(&vmm, 5, 0x20), -EEXIST);
	front_tamper_with(count_detaches, &detached);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_int_equal(detached, 1);
	assert_int_equal(vmm_add(&vmm, 5, 0x20), 0);
	vmm_close(&vmm);
}

/* The VMM attached it, and it never got an entry, so nothing else would end what it reaches. */
TEST(a_device_without_an_entry_is_blocked_when_it_is_removed)
{
	struct vmm vmm;

	vmm_prepare_on_smmu(&vmm, &front_port, 0);
	assert_int_equal(vmm_open_viommu(&vmm, NULL), 0);
	assert_int_equal(uapi_attach(vmm.device[0], vmm.parent_id), 0);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_ptr_equal(vmm_reached(&vmm, FIRST_SID, false), vmm.ram + PAGE);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_null(vmm_reached(&vmm, FIRST_SID, false));

	/* It is not forgotten while it may reach something. */
	assert_int_equal(uapi_attach(vmm.device[0], vmm.parent_id), 0);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	front_fail_ioctl(IOCTL_DETACH, EIO);
	assert_int_equal(vmm_remove(&vmm, 0x10), -EIO);
	front_fail_ioctl(0, 0);
	assert_ptr_equal(vmm_reached(&vmm, FIRST_SID, false), vmm.ram + PAGE);
	assert_int_equal(vmm_add(&vmm, 0, 0x20), -EEXIST);
	assert_int_equal(vmm_remove(&vmm, 0x10), 0);
	assert_null(vmm_reached(&vmm, FIRST_SID, false));
	assert_int_equal(vmm_add(&vmm, 0, 0x20), 0);
	vmm_close(&vmm);
}

/* What the VMM attached is the VMM's. */
TEST(closing_lets_a_device_without_an_entry_alone)
{
	uint32_t detached = 0;
	struct vmm vmm;

	vmm_prepare_on_smmu(&vmm, &front_port, 0);
	assert_int_equal(vmm_open_viommu(&vmm, NULL), 0);
	assert_int_equal(uapi_attach(vmm.device[0], vmm.parent_id), 0);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	front_tamper_with(count_detaches, &detached);
	vmm_close_viommu(&vmm);
	assert_int_equal(detached, 0);
	vmm_finish(&vmm);
}

TEST(closing_detaches_no_device_with_the_number_of_an_unplugged_one)
{
	uint32_t detached = 0;
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	exchange_descriptor(&vmm);
	assert_int_equal(uapi_attach(vmm.device[5], vmm.parent_id), 0);
	front_tamper_with(count_detaches, &detached);
	vmm_close_viommu(&vmm);
	assert_int_equal(detached, 0);
	assert_int_equal(front_mappings(), 0);
	vmm_finish(&vmm);
}

TEST(a_failed_attach_keeps_what_was)
{
	uint32_t objects;
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	objects = front_objects(vmm.iommufd);
	front_fail_ioctl(IOCTL_ATTACH, EBUSY);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), -EBUSY);
	front_fail_ioctl(0, 0);
	assert_int_equal(front_objects(vmm.iommufd), objects);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), 0);
	assert_int_equal(front_objects(vmm.iommufd), objects);
	vmm_close(&vmm);
}

/* A descriptor that is closed has no attachment; then the table tells whether it is still used. */
TEST(a_detach_may_find_the_descriptor_closed)
{
	static const int errors[][2] = {
		{EBADF, -EBUSY}, {ENOTTY, -EBUSY}, {ENODEV, -EBUSY}, {EIO, -EIO}};

	for (size_t i = 0; i < COUNT(errors); i++) {
		struct vmm vmm;

		vmm_open(&vmm, &front_port);
		assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
		assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
		front_fail_ioctl(IOCTL_DETACH, errors[i][0]);
		assert_int_equal(vmm_remove(&vmm, 0x10), errors[i][1]);
		front_fail_ioctl(0, 0);
		assert_int_equal(vmm_remove(&vmm, 0x10), 0);
		vmm_close(&vmm);
	}
}

/* Never more than one is left behind, and it goes with the next chance. */
static void keep_a_former_entry(int error)
{
	uint32_t objects;
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	assert_int_equal(vmm_add(&vmm, 0, 0x10), 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_STAGE1, 0), 0);
	objects = front_objects(vmm.iommufd);
	front_fail_ioctl(IOCTL_DESTROY, error);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), -error);
	assert_int_equal(front_objects(vmm.iommufd), objects + 1);
	assert_int_equal(vmm_remove(&vmm, 0x10), -error);
	front_fail_ioctl(0, 0);
	assert_int_equal(vmm_set_ste(&vmm, 0x10, STE_BYPASS, 0), 0);
	assert_int_equal(front_objects(vmm.iommufd), objects);
	vmm_close(&vmm);
}

TEST(a_former_entry_that_stays_stands_in_the_way)
{
	keep_a_former_entry(EBUSY);
	keep_a_former_entry(EIO);
}

/* A kernel that counts backwards is followed down, not for ever. */
static void count_down(void *context, unsigned long number, uint8_t *argument)
{
	uint32_t *count = context;

	if (number != IOCTL_INVALIDATE)
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

	vmm_open(&vmm, &front_port);
	fill(commands, 63);
	commands[0] = (struct cmdqv_viommu_command){{0x40 | 0x99ULL << 32, 52}};
	front_tamper_with(count_down, &count);
	front_count_from_here();
	assert_int_equal(cmdqv_viommu_invalidate(vmm.viommu, commands, 63, &result, NULL), 0);
	front_tamper_with(NULL, NULL);
	assert_int_equal(result.issued, 0);
	assert_int_equal(result.error, 1);
	assert_int_equal(front_calls(), 63);
	vmm_close(&vmm);
}

TEST(a_failure_on_the_way_says_which_commands_are_complete)
{
	struct cmdqv_viommu_command commands[MOST];
	struct cmdqv_viommu_result result;
	struct cmdqv_error why;
	struct vmm vmm;

	vmm_open(&vmm, &front_port);
	fill(commands, MOST);
	front_fail(3, 3, ENOMEM);
	assert_int_equal(cmdqv_viommu_invalidate(vmm.viommu, commands, MOST, &result, &why),
			 -ENOMEM);
	assert_int_equal(result.issued, 126);
	front_fail(0, 0, 0);
	vmm_close(&vmm);
}

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

	vmm_open(&vmm, &front_port);
	fd = cmdqv_viommu_smmu_event_fd(vmm.viommu);
	assert_true(fd >= 0);
	assert_int_equal(cmdqv_viommu_smmu_event(vmm.viommu, &event), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		front_feed(fd, cases[i].word, cases[i].length, cases[i].error);
		if (cmdqv_viommu_smmu_event(vmm.viommu, &event) != cases[i].expected)
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
