/* SPDX-License-Identifier: BSD-2-Clause */
/* src/kernel/veventq.c and isr.c: from an error of a queue to a record that a VMM reads. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kernel/object.h"
#include "kernel_fixture.h"

#define VINTF1_PAGE0 0x50000U
#define RECORD_BYTES 24

struct record {
	uint32_t flags;
	uint32_t sequence;
	uint64_t map[2];
};

static bool is_readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

/* A VM whose queue 0 runs an illegal command as often as one likes. */
struct bench {
	struct fixture *f;
	struct vm vm;
	uint32_t events;
	int event_fd;
};

static struct bench bench_open(uint32_t depth)
{
	struct bench b = {.f = small_fixture()};
	struct kernel_veventq_alloc events;

	b.vm = open_vm(b.f, b.f->fd, 8);
	events = must_veventq(b.f->fd, b.vm.viommu, depth);
	b.events = events.out_veventq_id;
	b.event_fd = events.out_veventq_fd;
	must_hw_queue(b.f->fd, b.vm.viommu, 0, RAM_GPA, 0x1000);
	put_command(b.f, 0, 0x04, 0); /* CFGI_ALL: not a guest's */
	guest_write(b.f, VINTF1_PAGE0 + 0x08, 1);
	guest_write(b.f, VINTF1_PAGE0 + 0x04, 1);
	return b;
}

static void bench_close(struct bench *b)
{
	assert_int_equal(kernel_veventq_close(b->f->fd, b->events), 0);
	assert_int_equal(kernel_device_unbind(b->f->fd, b->vm.dev), 0);
	fixture_close(b->f);
}

static void acknowledge(struct bench *b)
{
	guest_write(b->f, VINTF1_PAGE0 + 0x14, guest_read(b->f, VINTF1_PAGE0 + 0x10));
}

/* The command is refused, `times` times. */
static void fail_queue(struct bench *b, int times)
{
	for (int i = 0; i < times; i++) {
		acknowledge(b);
		run_to_end(b->f);
	}
}

/* A read gives so many bytes, and if any a record with these. */
static struct record expect_record(struct bench *b, ssize_t bytes, uint32_t flags,
				   uint32_t sequence)
{
	struct record record = {0};

	assert_int_equal(kernel_veventq_read(b->f->fd, b->events, &record, RECORD_BYTES), bytes);
	assert_int_equal(record.flags, flags);
	assert_int_equal(record.sequence, sequence);
	return record;
}

/* [HW-9] [HW-21]; offsets of the handler of Linux 7.2, docs/spec.md 2. */
TEST(the_handler_reads_the_maps_and_leaves_gerrorn_to_the_guest)
{
	static const struct {
		uint64_t offset;
		uint8_t size;
		uint64_t value;
	} reads[] = {
		{0x18, 4, 0}, {0x14, 4, 2}, {0x30, 4, 0},   {0x2C, 4, 0},
		{0x28, 4, 0}, {0x24, 4, 4}, {0x11C0, 8, 1}, {0x11C8, 8, 0},
	};
	struct bench b = bench_open(4);
	struct fixture *f = b.f;
	struct record record;
	uint32_t first;

	while (cmdqv_model_run(f->model, 64) > 0)
		continue;
	assert_true(kernel_interrupt_pending(f->kernel));
	first = f->events;
	kernel_handle_interrupt(f->kernel);
	assert_false(kernel_interrupt_pending(f->kernel));
	assert_int_equal(f->events - first, 8);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(f->event[first + i].kind, CMDQV_TRACE_READ);
		assert_int_equal(f->event[first + i].offset, reads[i].offset);
		assert_int_equal(f->event[first + i].size, reads[i].size);
		assert_int_equal(f->event[first + i].value[0], reads[i].value);
	}
	kernel_handle_interrupt(f->kernel);
	assert_int_equal(f->events - first, 8);
	record = expect_record(&b, RECORD_BYTES, 0, 0);
	assert_int_equal(record.map[0], 1);
	assert_int_equal(record.map[1], 0);
	bench_close(&b);
}

/* [HW-21] */
TEST(the_descriptor_is_readable_exactly_while_a_record_waits)
{
	struct bench b = bench_open(4);

	assert_int_equal(fcntl(b.event_fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(fcntl(b.event_fd, F_GETFD), FD_CLOEXEC);
	assert_false(is_readable(b.event_fd));
	run_to_end(b.f);
	fail_queue(&b, 1);
	assert_true(is_readable(b.event_fd));
	expect_record(&b, RECORD_BYTES, 0, 0);
	assert_true(is_readable(b.event_fd));
	expect_record(&b, RECORD_BYTES, 0, 1);
	assert_false(is_readable(b.event_fd));
	expect_record(&b, 0, 0, 0);
	fail_queue(&b, 1);
	assert_true(is_readable(b.event_fd));
	bench_close(&b);
}

/* [HW-21] */
TEST(a_queue_that_gets_no_descriptor_is_none)
{
	struct bench b = bench_open(4);
	struct kernel_veventq_alloc events = {
		.viommu_id = b.vm.viommu, .type = KERNEL_VEVENTQ_ARM_SMMUV3, .veventq_depth = 4};
	struct rlimit limit, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(kernel_veventq_alloc(b.f->fd, &events), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(kernel_veventq_alloc(b.f->fd, &events), 0);
	assert_int_equal(kernel_veventq_close(b.f->fd, events.out_veventq_id), 0);
	bench_close(&b);
}

/* [HW-21] A VMM may have closed its standard input. */
TEST(the_descriptor_0_is_one_like_any_other)
{
	struct bench b = bench_open(4);
	struct fixture *f = b.f;
	struct kernel_veventq_alloc events;
	int input = dup(0);

	assert_int_equal(kernel_veventq_close(f->fd, b.events), 0);
	assert_int_equal(kernel_destroy_object(f->fd, b.events), 0);
	close(0);
	events = must_veventq(f->fd, b.vm.viommu, 4);
	b.events = events.out_veventq_id;
	assert_int_equal(events.out_veventq_fd, 0);
	run_to_end(f);
	assert_true(is_readable(0));
	expect_record(&b, RECORD_BYTES, 0, 0);
	assert_false(is_readable(0));
	assert_int_equal(kernel_device_unbind(f->fd, b.vm.dev), 0);
	assert_int_equal(kernel_iommufd_close(f->fd), -EBUSY);
	assert_int_equal(kernel_veventq_close(f->fd, b.events), 0);
	assert_int_equal(fcntl(0, F_GETFD), -1);
	assert_int_equal(kernel_veventq_close(f->fd, b.events), -ENOENT);
	fixture_close(f);
	assert_int_equal(dup2(input, 0), 0);
	close(input);
}

/* [HW-21] */
TEST(a_lost_record_gives_way_to_the_next_event_and_leaves_a_gap)
{
	struct bench b = bench_open(2);

	run_to_end(b.f);
	fail_queue(&b, 2);
	expect_record(&b, RECORD_BYTES, 0, 0);
	fail_queue(&b, 1); /* 3, where 2 was lost */
	expect_record(&b, RECORD_BYTES, 0, 1);
	expect_record(&b, RECORD_BYTES, 0, 3);
	expect_record(&b, 0, 0, 0);
	bench_close(&b);
}

/*
 * [HW-21] A VMM polls the descriptor and reads one record each time. The record of the loss must
 * keep the descriptor readable.
 */
TEST(a_lost_record_that_is_left_alone_keeps_the_descriptor_readable)
{
	struct bench b = bench_open(1);

	run_to_end(b.f);
	fail_queue(&b, 1);
	expect_record(&b, RECORD_BYTES, 0, 0);
	assert_true(is_readable(b.event_fd));
	expect_record(&b, 8, 1, 1);
	assert_false(is_readable(b.event_fd));
	bench_close(&b);
}

/* [HW-21] After INT32_MAX comes 0, in records and in what is said of lost ones. */
TEST(the_sequence_wraps_before_the_sign)
{
	struct bench b = bench_open(3);
	struct veventq *queue = (struct veventq *)object_find(b.f->fd, b.events, OBJECT_VEVENTQ);

	queue->sequence = INT32_MAX - 1;
	run_to_end(b.f);
	fail_queue(&b, 3);
	expect_record(&b, RECORD_BYTES, 0, INT32_MAX - 1);
	expect_record(&b, RECORD_BYTES, 0, INT32_MAX);
	expect_record(&b, RECORD_BYTES, 0, 0);
	expect_record(&b, 8, 1, 1);
	queue->sequence = INT32_MAX;
	fail_queue(&b, 4);
	for (uint32_t i = 0; i < 3; i++)
		expect_record(&b, RECORD_BYTES, 0, (INT32_MAX + i) & INT32_MAX);
	expect_record(&b, 8, 1, 2);
	bench_close(&b);
}

/* [HW-21] */
TEST(one_read_takes_as_many_whole_records_as_fit)
{
	struct bench b = bench_open(4);
	uint8_t buffer[3 * RECORD_BYTES - 1];

	run_to_end(b.f);
	fail_queue(&b, 2);
	assert_int_equal(kernel_veventq_read(b.f->fd, b.events, buffer, RECORD_BYTES - 1), -EINVAL);
	assert_int_equal(kernel_veventq_read(b.f->fd, b.events, buffer, sizeof(buffer)),
			 2 * RECORD_BYTES);
	assert_int_equal(kernel_veventq_read(b.f->fd, b.events, buffer, sizeof(buffer)),
			 RECORD_BYTES);
	assert_int_equal(buffer[4], 2);
	bench_close(&b);
}

/* [HW-21] */
TEST(errors_go_nowhere_while_there_is_no_vevent_queue)
{
	struct fixture *f = small_fixture();
	struct vm vm = open_vm(f, f->fd, 8);
	struct kernel_veventq_alloc events;
	struct record record;

	must_hw_queue(f->fd, vm.viommu, 0, RAM_GPA, 0x1000);
	put_command(f, 0, 0x04, 0);
	guest_write(f, VINTF1_PAGE0 + 0x08, 1);
	guest_write(f, VINTF1_PAGE0 + 0x04, 1);
	run_to_end(f);
	assert_int_equal(guest_read(f, VINTF1_PAGE0 + 0x10), 1);
	events = must_veventq(f->fd, vm.viommu, 4);
	assert_int_equal(kernel_veventq_read(f->fd, events.out_veventq_id, &record, 24), 0);
	assert_int_equal(kernel_veventq_close(f->fd, events.out_veventq_id), 0);
	close_vm(f, &vm);
}

/* [HW-21]: the host's own queue; only a test sets one up. */
TEST(errors_of_vintf_0_are_acknowledged_by_the_kernel)
{
	struct fixture *f = small_fixture();

	guest_write(f, 0x1000, 0x20001); /* owned by the hypervisor, enabled */
	guest_write(f, 0x200, 1);
	guest_write(f, 0x204, 1 | 1 << 1);
	guest_write(f, 0x30008, 1); /* BASE is 0: LOG2SIZE is out of range */
	guest_write(f, 0x30088, 1);
	assert_int_equal(guest_read(f, 0x30010), 4);
	assert_int_equal(guest_read(f, 0x30090), 4);
	assert_true(kernel_interrupt_pending(f->kernel));
	kernel_handle_interrupt(f->kernel);
	assert_int_equal(guest_read(f, 0x30014), 4);
	assert_int_equal(guest_read(f, 0x30094), 4);
	assert_int_equal(guest_read(f, 0x14), 0);
	fixture_close(f);
}
