/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter itself: that it bites, and that it lets through nothing that is not needed. */
#include "filter.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmdqv/iommufd.h>

#include "../idle.h"
#include "fixture.h"

static struct {
	void (*in_callback)(void);
	struct cmdqv *dev;
} vmm_of_guest;

static int page0_map(void *user, const struct cmdqv_page0_map *page)
{
	(void)user;
	(void)page;
	return 0;
}

static bool is_guest_ram(void *user, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)user;
	(void)gpa;
	(void)bytes;
	if (vmm_of_guest.in_callback)
		vmm_of_guest.in_callback();
	return true;
}

static const struct cmdqv_vmm_ops vmm_ops = {
	.size = sizeof(vmm_ops),
	.page0_map = page0_map,
	.page0_unmap = idle,
	.interrupt = idle,
	.is_guest_ram = is_guest_ram,
	.log = idle_log,
};

static void bring_up(struct vmm *vmm)
{
	const struct cmdqv_config config = {.size = sizeof(config), .cmdqs = 8};

	vmm_open(vmm, &front_port);
	assert_int_equal(
		cmdqv_create(&vmm_of_guest.dev, &config, &vmm->backend, &vmm_ops, NULL, NULL), 0);
	guest_write(vmm_of_guest.dev, 0x1000, 4, 1);
	guest_write(vmm_of_guest.dev, 0x200, 4, 1);
	guest_write(vmm_of_guest.dev, 0x20000, 8, RAM_GPA | 4);
}

/* What the library asks for is what is listed; `forbidden` it does from within an access. */
static int status_of_a_process_with(void (*forbidden)(void))
{
	struct vmm vmm;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		vmm_of_guest.in_callback = forbidden;
		bring_up(&vmm);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void open_a_file(void)
{
	(void)open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void make_a_pipe(void)
{
	int fds[2];

	(void)!pipe(fds);
}

static void ask_for_hw_info(void)
{
	struct cmdqv_hw_info info = {.size = sizeof(info)};

	(void)cmdqv_iommufd_query(0, 0, &info, NULL);
}

static void read_events(void)
{
	char byte;

	(void)!read(0, &byte, 1);
}

TEST(a_call_that_is_not_listed_ends_the_process)
{
	assert_int_equal(status_of_a_process_with(NULL), 0);
	assert_int_equal(status_of_a_process_with(open_a_file), FILTER_REFUSED);
	assert_int_equal(status_of_a_process_with(make_a_pipe), FILTER_REFUSED);
}

/* What one kind of call needs is not let through in another. */
TEST(each_kind_of_call_has_a_filter_of_its_own)
{
	assert_int_equal(status_of_a_process_with(ask_for_hw_info), FILTER_REFUSED);
	assert_int_equal(status_of_a_process_with(read_events), FILTER_REFUSED);
}

/* More than a thread caches for itself, as a vIOMMU is. */
static void allocate(void)
{
	void *volatile memory = calloc(1, 4096);

	free(memory);
}

static void *allocate_without_end(void *context)
{
	for (;;)
		allocate();
	return context;
}

static void *allocate_under_a_filter(void *context)
{
	filter_all_but_the_allocator();
	for (int i = 0; i < 200000; i++)
		allocate();
	_exit(0);
	return context;
}

/* Threads of a VMM that allocate at once wait for each other. */
TEST(the_allocator_may_wait_for_another_thread)
{
	pthread_t thread;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (!mallopt(M_ARENA_MAX, 1) ||
		    pthread_create(&thread, NULL, allocate_without_end, NULL) ||
		    pthread_create(&thread, NULL, allocate_under_a_filter, NULL))
			_exit(1);
		pthread_join(thread, NULL);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void use_the_smmu(struct vmm *vmm)
{
	const struct cmdqv_viommu_command command = {{0x10, 0}};
	struct cmdqv_viommu_event event;
	struct cmdqv_viommu_result result;

	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(vmm_add(vmm, i, i), 0);
		assert_int_equal(vmm_set_ste(vmm, i, STE_STAGE1, 0), 0);
	}
	assert_int_equal(vmm_remove(vmm, 0), 0);
	assert_int_equal(cmdqv_viommu_invalidate(vmm->viommu, &command, 1, &result, NULL), 0);
	assert_int_equal(cmdqv_viommu_smmu_event(vmm->viommu, &event), 0);
}

/* An open that fails at each call, and a life. */
TEST(nothing_is_listed_that_is_not_needed)
{
	struct vmm vmm;
	struct cmdqv_error why;

	for (uint32_t n = 1; n <= 6; n++) {
		vmm_prepare(&vmm, &front_port);
		front_fail(n, n, EIO);
		assert_true(vmm_open_viommu(&vmm, &why) < 0);
		front_fail(0, 0, 0);
		vmm_finish(&vmm);
	}
	bring_up(&vmm);
	guest_write(vmm_of_guest.dev, 0x200, 4, 0);
	guest_write(vmm_of_guest.dev, 0x200, 4, 1);
	assert_int_equal(cmdqv_events(vmm_of_guest.dev), 0);
	use_the_smmu(&vmm);
	cmdqv_destroy(vmm_of_guest.dev);
	vmm_close(&vmm);
	assert_true(filter_is_as_short_as_can_be());
}
