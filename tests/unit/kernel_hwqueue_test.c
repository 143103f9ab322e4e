/* SPDX-License-Identifier: BSD-2-Clause */
/* src/kernel/hwqueue.c: what a queue may read, and what its next owner finds. */
#include <errno.h>

#include "kernel_fixture.h"
#include "kernel_lie.h"

/* VINTF 1 of the small fixture has queues 2 and 3: these are their windows. */
#define WINDOW_2 0x2000000U
#define WINDOW_3 0x3000000U

/* [HW-17] */
TEST(a_queue_reads_the_memory_that_it_pinned_and_no_other)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	uint64_t words[2];
	uint32_t queue;

	put_command(f, 0x1FF0, 0x1122334455667788, 0x99AABBCCDDEEFF00);
	queue = must_hw_queue(f->fd, vm.viommu, 0, RAM_GPA + 0x1000, 0x1000);
	assert_int_equal(kernel_read_memory(f->kernel, 1, WINDOW_2 + 0xFF0, words, 16), 0);
	assert_int_equal(words[0], 0x1122334455667788);
	assert_int_equal(words[1], 0x99AABBCCDDEEFF00);
	assert_int_equal(kernel_read_memory(f->kernel, 1, WINDOW_2 + 0xFF8, words, 16), -EFAULT);
	assert_int_equal(kernel_read_memory(f->kernel, 1, WINDOW_2 + 0x1000, words, 16), -EFAULT);
	assert_int_equal(kernel_read_memory(f->kernel, 2, WINDOW_2, words, 16), -EFAULT);
	assert_int_equal(kernel_read_memory(f->kernel, 1, WINDOW_3, words, 16), -EFAULT);
	assert_int_equal(kernel_read_memory(f->kernel, 1, RAM_GPA, words, 16), -EFAULT);
	assert_int_equal(kernel_read_memory(f->kernel, 1, ~7ULL, words, 16), -EFAULT);
	assert_int_equal(kernel_read_memory(f->kernel, 1, WINDOW_2 + 4, words, 16), -EINVAL);
	assert_int_equal(kernel_destroy_object(f->fd, queue), 0);
	assert_int_equal(kernel_read_memory(f->kernel, 1, WINDOW_2, words, 16), -EFAULT);
	close_vm(f, &vm);
}

/* [HW-21]: areas side by side, in the guest and in this process, are one memory. */
TEST(a_queue_may_lie_across_two_areas_and_locks_both)
{
	const uint32_t read = KERNEL_IOAS_MAP_READABLE;
	struct kernel_ioas_unmap first = {.iova = 0x80000000, .length = 0x1000};
	struct kernel_ioas_unmap second = {.iova = 0x80001000, .length = 0x1000};
	const struct kernel_config config = {.cmdqs = 9, .vmid_bits = 16};
	struct fixture *f = fixture_open(3, 2, 1, &config);
	struct vm vm = open_vm(f, f->fd, 8);
	uint32_t queue;

	first.ioas_id = second.ioas_id = vm.ioas;
	must_map(f->fd, vm.ioas, 0x80001000, f->ram + 0x1000, 0x1000, read);
	must_map(f->fd, vm.ioas, 0x80000000, f->ram, 0x1000, read);
	queue = must_hw_queue(f->fd, vm.viommu, 0, 0x80000000, 0x2000);
	assert_int_equal(kernel_ioas_unmap(f->fd, &first), -EBUSY);
	assert_int_equal(kernel_ioas_unmap(f->fd, &second), -EBUSY);
	assert_int_equal(kernel_destroy_object(f->fd, queue), 0);
	assert_int_equal(kernel_ioas_unmap(f->fd, &first), 0);
	assert_int_equal(first.length, 0x1000);
	assert_int_equal(kernel_ioas_unmap(f->fd, &second), 0);
	close_vm(f, &vm);
}

/* [HW-21] Two queues lie in the memory. It can be unmapped once both are gone. */
TEST(two_queues_in_one_area_lock_it_each)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	struct kernel_ioas_unmap cmd = {.ioas_id = vm.ioas, .iova = RAM_GPA, .length = RAM_BYTES};
	uint32_t queues[2];

	for (uint32_t i = 0; i < 2; i++)
		queues[i] = must_hw_queue(f->fd, vm.viommu, i, RAM_GPA + i * 0x1000, 0x1000);
	for (uint32_t i = 2; i-- > 0;) {
		assert_int_equal(kernel_ioas_unmap(f->fd, &cmd), -EBUSY);
		assert_int_equal(kernel_destroy_object(f->fd, queues[i]), 0);
	}
	assert_int_equal(kernel_ioas_unmap(f->fd, &cmd), 0);
	close_vm(f, &vm);
}

/* STATUS of the first queue of VINTF 1, which is VCMDQ 2. */
#define STATUS_2 (0x30000 + 0x20000 + 0xC)

/* [HW-21] A queue that does not go down is not given, and leaves its place free. */
TEST(a_queue_that_does_not_go_down_is_refused)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	struct kernel_hw_queue_alloc cmd = {
		.viommu_id = vm.viommu,
		.type = KERNEL_HW_QUEUE_TEGRA241_CMDQV,
		.nesting_parent_iova = RAM_GPA,
		.length = 0x1000,
	};
	uint64_t word;

	lie.offset = STATUS_2;
	lie.value = 1;
	assert_int_equal(kernel_hw_queue_alloc(f->fd, &cmd), -ETIMEDOUT);
	assert_int_equal(guest_read(f, 0x200 + 2 * 4) & 1, 0); /* CMDQ_ALLOC */
	assert_int_equal(kernel_read_memory(f->kernel, 1, WINDOW_2, &word, 8), -EFAULT);
	lie.offset = 0;
	assert_int_equal(kernel_hw_queue_alloc(f->fd, &cmd), 0);
	assert_int_equal(guest_read(f, 0x200 + 2 * 4) & 1, 1);
	assert_int_equal(kernel_read_memory(f->kernel, 1, WINDOW_2, &word, 8), 0);
	assert_int_equal(kernel_destroy_object(f->fd, cmd.out_hw_queue_id), 0);
	close_vm(f, &vm);
}

static bool exchange_time_out(struct fixture *f, uint32_t vcmdq, bool timed_out)
{
	int had = cmdqv_model_exchange_time_out(f->model, vcmdq, timed_out);

	assert_in_range(had, 0, 1);
	return had;
}

/* [DEV-33] [HW-22] Of each queue by itself; a bind that fails leaves it for the next. */
TEST(a_time_out_waits_for_the_queue_that_it_is_of)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	uint32_t queues[2];

	for (uint32_t i = 0; i < 2; i++)
		queues[i] = must_hw_queue(f->fd, vm.viommu, i, RAM_GPA + i * 0x1000, 0x1000);
	exchange_time_out(f, 2, true);
	exchange_time_out(f, 3, true);
	for (uint32_t i = 2; i-- > 0;)
		assert_int_equal(kernel_destroy_object(f->fd, queues[i]), 0);
	lie.offset = STATUS_2;
	lie.value = 1;
	assert_int_equal(try_hw_queue(f->fd, vm.viommu, 0, RAM_GPA, 0x1000, queues), -ETIMEDOUT);
	lie.offset = 0;
	assert_false(exchange_time_out(f, 2, false));
	must_hw_queue(f->fd, vm.viommu, 0, RAM_GPA, 0x1000);
	assert_true(exchange_time_out(f, 2, false));
	assert_false(exchange_time_out(f, 3, false));
	must_hw_queue(f->fd, vm.viommu, 1, RAM_GPA + 0x1000, 0x1000);
	assert_true(exchange_time_out(f, 3, false));
	close_vm(f, &vm);
}
