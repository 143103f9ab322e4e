/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases of kernel_errno_table.h and the order of destruction, in software. */
#include "kernel_errno_table.h"

static void map_nothing(struct fixture *f)
{
	must_map(f->fd, 2, 0x60000000, NULL, 0x1000,
		 KERNEL_IOAS_MAP_READABLE | KERNEL_IOAS_MAP_WRITEABLE);
}

static void twist_hardware(struct fixture *f, enum twist twist)
{
	if (twist == CMDQV_OFF)
		guest_write(f, 0x0, 0x20082);
	else
		f->execute_result = -ETIMEDOUT;
}

/* Lets go of what the process holds from outside, so that the iommufd can be closed. */
static void let_go(struct fixture *f)
{
	for (uint32_t id = 1; id < 300; id++) {
		(void)kernel_veventq_close(f->fd, id);
		(void)kernel_device_unbind(f->fd, id);
	}
	while (kernel_munmap(f->fd, 0x1000) == 0)
		continue;
}

/* What the model says after it all must be what it said before: no VINTF, no queue is left. */
static void check_nothing_is_left(struct fixture *f, const char *name)
{
	struct cmdqv_model_state state = {.size = sizeof(state)};

	assert_int_equal(cmdqv_model_get_state(f->model, &state), 0);
	assert_int_equal(state.order_violations, 0);
	for (uint32_t q = 0; q < state.num_vcmdqs; q++) {
		struct cmdqv_model_queue_state queue = {.size = sizeof(queue)};

		assert_int_equal(cmdqv_model_get_queue(f->model, q, &queue), 0);
		if (queue.mapped || queue.base)
			fail_msg("%s: queue %u is left", name, q);
	}
	for (uint32_t v = 1; v < state.num_vintfs; v++)
		assert_int_equal(guest_read(f, 0x1000 + 0x100 * v), 0);
}

static void check_nothing_is_pinned(struct fixture *f, const char *name)
{
	struct kernel_ioas_unmap all = {.ioas_id = 2, .length = UINT64_MAX};

	if (kernel_ioas_unmap(f->fd, &all))
		fail_msg("%s: failed, but memory stays pinned", name);
}

/* [HW-21] */
TEST(each_call_is_answered_with_the_kernels_errno)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture *f = small_fixture();
		struct row row = rows[i];
		uint32_t traced;
		int result;

		bring_to(f, row.state);
		give_twist(f, row.twist);
		traced = f->events;
		result = make_call(f, &row);
		if (result != row.expected)
			fail_msg("%s (%s): expected %d, got %d", row.name, row.facts, row.expected,
				 result);
		if (result && result != -ETIMEDOUT && f->events != traced)
			fail_msg("%s (%s): failed, but touched registers", row.name, row.facts);
		if (row.call == HW_QUEUE && result && row.state < LIVE)
			check_nothing_is_pinned(f, row.name);
		let_go(f);
		assert_int_equal(kernel_iommufd_close(f->fd), 0);
		check_nothing_is_left(f, row.name);
		assert_int_equal(kernel_iommufd_open(f->kernel, &f->fd), 0);
		fixture_close(f);
	}
}

/* [HW-21]: a table that lost its rows, or says twice the same, is no contract. */
TEST(the_table_has_every_section_and_no_name_twice)
{
	static const char *const sections[] = {"ABI-1", "ABI-2",  "ABI-3", "ABI-4",
					       "ABI-5", "ABI-6",  "ABI-7", "ABI-8",
					       "ABI-9", "ABI-10", "ABI-11"};

	for (size_t s = 0; s < COUNT(sections); s++) {
		size_t found = 0;

		for (size_t i = 0; i < COUNT(rows); i++)
			found += strcmp(rows[i].facts, sections[s]) == 0;
		assert_true(found > 0);
	}
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(rows[i].name, rows[k].name) == 0)
				fail_msg("twice: %s", rows[i].name);
}

/* [HW-21]: at each point of the right order, everything that is not due yet is busy. */
TEST(every_wrong_order_of_destruction_is_busy)
{
	struct life life;
	uint32_t done = 0;

	live(&life, small_fixture());
	for (uint32_t step = 0; step < STEPS; step++) {
		for (uint32_t other = 0; other < STEPS; other++)
			if (!(done >> other & 1) && (before[other] & ~done))
				assert_int_equal(take_step(&life, other), -EBUSY);
		assert_int_equal(take_step(&life, step), 0);
		done |= 1U << step;
	}
	assert_int_equal(kernel_iommufd_close(life.f->fd), -EBUSY);
	assert_int_equal(kernel_device_unbind(life.f->fd, life.vm.dev), 0);
	check_nothing_is_left(life.f, "the right order");
	fixture_close(life.f);
}

/* [HW-8] [HW-21]: whatever order is tried, all is gone in the end and the hardware saw its rule
 * kept. */
TEST(trying_until_it_works_destroys_everything)
{
	uint32_t random = 1;

	for (int round = 0; round < 50; round++) {
		uint32_t done = 0;
		struct life life;

		live(&life, small_fixture());
		while (done != (1U << STEPS) - 1) {
			uint32_t step;

			random = random * 1664525 + 1013904223;
			step = (random >> 16) % STEPS;
			if (done >> step & 1)
				continue;
			if (before[step] & ~done) {
				assert_int_equal(take_step(&life, step), -EBUSY);
				continue;
			}
			assert_int_equal(take_step(&life, step), 0);
			done |= 1U << step;
		}
		assert_int_equal(kernel_device_unbind(life.f->fd, life.vm.dev), 0);
		check_nothing_is_left(life.f, "a random order");
		fixture_close(life.f);
	}
}

/* [HW-21] */
TEST(closing_the_iommufd_takes_everything_down_in_order)
{
	struct life life;

	live(&life, small_fixture());
	assert_int_equal(kernel_iommufd_close(life.f->fd), -EBUSY);
	assert_int_equal(take_step(&life, EVENT_FD), 0);
	assert_int_equal(take_step(&life, PAGE), 0);
	assert_int_equal(kernel_device_unbind(life.f->fd, life.vm.dev), 0);
	assert_int_equal(kernel_iommufd_close(life.f->fd), 0);
	check_nothing_is_left(life.f, "close");
	assert_int_equal(kernel_iommufd_open(life.f->kernel, &life.f->fd), 0);
	fixture_close(life.f);
}
