/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VMM may ask: the state item by item, and which memory is in use. */
#include "device_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "At most 16 KiB for two queues", of the project's aims. */
TEST(two_queues_take_at_most_16_kib)
{
	struct fixture *fx = fixture_new(2);

	assert_in_range(fx->state.device_bytes, 1, 16384);
	fixture_free(fx);
}

/* [DEV-28] */
TEST(a_fresh_device_says_so)
{
	struct fixture *fx = fixture_prepare(8);
	const struct cmdqv_state *s = &fx->state;

	fx->config.num_lvcmdqs = 4;
	fx->config.num_sids = 8;
	fx->config.cmdqs = 12;
	fixture_create(fx);
	assert_int_equal(s->version, 1);
	assert_int_equal(s->num_lvcmdqs, 4);
	assert_int_equal(s->num_sids, 8);
	assert_int_equal(s->cmdqs, 12);
	assert_true(s->cmdqv_enabled);
	assert_false(s->vintf_enabled);
	assert_int_equal(s->page0, CMDQV_PAGE0_NONE);
	assert_int_equal(s->backend_broken, 0);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_BINDS) +
				 fx_counter(fx, CMDQV_COUNTER_UNBINDS) +
				 fx_counter(fx, CMDQV_COUNTER_PAGE0_MAPS) +
				 fx_counter(fx, CMDQV_COUNTER_PAGE0_UNMAPS) +
				 fx_counter(fx, CMDQV_COUNTER_EVENTS) +
				 fx_counter(fx, CMDQV_COUNTER_INTERRUPTS) +
				 fx_counter(fx, CMDQV_COUNTER_RESETS),
			 0);
	for (int q = 0; q < 4; q++) {
		const struct cmdqv_queue_state zero = {.size = sizeof(zero)};

		assert_memory_equal(&fx->queues[q], &zero, sizeof(zero));
	}
	fixture_free(fx);
}

/* [DEV-28] */
TEST(each_queue_is_told_as_it_stands)
{
	struct fixture *fx = fixture_new(4);
	const struct cmdqv_queue_state *q = fx->queues;

	fx_bring_up(fx, 1);
	fx->bind_errors[1] = -ENOSPC;
	fx_write8(fx, at_base(DIRECT, 1), 0x200007);
	fx_write(fx, at_alloc(1), alloc_of(1));
	fx_write8(fx, at_base(DIRECT, 2), base_of(2));
	fx_write(fx, at_alloc(2), alloc_of(2));
	fx_write8(fx, at_base(DIRECT, 3), base_of(3));
	fx_write(fx, at_queue(DIRECT, 0, PROD), 9);
	fx_write(fx, at_queue(DIRECT, 0, CONS), 0x01000008);
	fx_write(fx, at_queue(DIRECT, 0, QCONFIG), 1);
	fx_write(fx, at_queue(DIRECT, 2, PROD), 4);
	fx_raise(fx, 0, CMDQ_ERR);
	fx_check(fx);

	assert_int_equal(q[0].life, CMDQV_QUEUE_BOUND);
	assert_int_equal(q[0].base, 0x100008);
	assert_int_equal(q[0].bytes, 4096);
	assert_int_equal(q[0].pinned_gpa, 0x100000);
	assert_int_equal(q[0].pinned_bytes, 4096);
	assert_int_equal(q[0].prod, 9);
	assert_int_equal(q[0].cons, 0x01000008);
	assert_int_equal(q[0].gerror, 1);
	assert_int_equal(q[0].gerrorn, 0);
	assert_true(q[0].en && q[0].en_ok);
	assert_int_equal(q[1].life, CMDQV_QUEUE_FAILED);
	assert_int_equal(q[1].bind_error, -ENOSPC);
	assert_int_equal(q[1].bytes, 2048);
	assert_int_equal(q[1].pinned_bytes, 0);
	assert_int_equal(q[1].gerror, INIT_ERR);
	assert_int_equal(q[2].life, CMDQV_QUEUE_WAITING);
	assert_int_equal(q[2].prod, 4);
	assert_int_equal(q[3].life, CMDQV_QUEUE_IDLE);
	assert_int_equal(q[3].base, 0x400008);
	fixture_free(fx);
}

/* [DEV-28] */
TEST(traps_are_counted_by_page)
{
	struct fixture *fx = fixture_new(2);

	for (uint64_t page = 0; page < 5; page++)
		for (uint64_t i = 0; i <= page; i++)
			fx_access(fx, page * 0x10000 + (page == 4 ? 0xFFFC : 0), 4, i % 2, 0);
	fx_access(fx, 0x50000, 4, false, 0);
	for (uint32_t page = 0; page < 5; page++)
		assert_int_equal(fx_counter(fx, (enum cmdqv_counter)(CMDQV_COUNTER_TRAPS + page)),
				 page + 1);
	fixture_free(fx);
}

/* [DEV-28] */
TEST(what_does_not_exist_is_neither_a_counter_nor_a_queue)
{
	struct cmdqv_queue_state queue = {.size = sizeof(queue)};
	struct fixture *fx = fixture_new(2);

	assert_int_equal(cmdqv_get_counter(fx->dev, CMDQV_COUNTERS), 0);
	assert_int_equal(cmdqv_get_counter(fx->dev, (enum cmdqv_counter) - 1), 0);
	assert_int_equal(cmdqv_get_queue(fx->dev, 2, &queue), -ENOENT);
	assert_int_equal(cmdqv_get_queue(fx->dev, UINT32_MAX, &queue), -ENOENT);
	queue.size--;
	assert_int_equal(cmdqv_get_queue(fx->dev, 1, &queue), -EINVAL);
	fixture_free(fx);
}

/* [DEV-28] */
TEST(resets_are_counted_and_counters_survive_them)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_reset(fx);
	fx_reset(fx);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_RESETS), 2);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_BINDS), 2);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_UNBINDS), 2);
	fixture_free(fx);
}

/* [DEV-28] */
TEST(a_struct_of_another_version_is_met_halfway)
{
	struct fixture *fx = fixture_new(2);
	size_t later = sizeof(struct cmdqv_state) + 64;
	struct cmdqv_state *larger = malloc(later);
	struct cmdqv_state smaller = {.size = sizeof(smaller) - 1};

	assert_non_null(larger);
	memset(larger, 0xA5, later);
	larger->size = later;
	assert_int_equal(cmdqv_get_state(fx->dev, larger), 0);
	assert_int_equal(larger->size, later);
	assert_int_equal(larger->num_lvcmdqs, 2);
	for (size_t i = sizeof(*larger); i < later; i++)
		assert_int_equal(((unsigned char *)larger)[i], 0);
	free(larger);
	assert_int_equal(cmdqv_get_state(fx->dev, &smaller), -EINVAL);
	smaller.size = 0;
	assert_int_equal(cmdqv_get_state(fx->dev, &smaller), -EINVAL);
	assert_int_equal(smaller.version, 0);
	assert_int_equal(cmdqv_get_state(fx->dev, NULL), -EINVAL);
	fixture_free(fx);
}

static bool in_use(const struct fixture *fx, uint64_t gpa, uint64_t bytes)
{
	return cmdqv_range_in_use(fx->dev, (cmdqv_gpa_t){gpa}, bytes);
}

/* [DEV-28] */
TEST(a_range_is_in_use_from_its_first_byte_to_its_last)
{
	static const struct {
		uint64_t gpa;
		uint64_t bytes;
		bool in_use;
	} cases[] = {
		{0x100000, 0, false},	       {0x100000, 1, true},
		{0x100FFF, 1, true},	       {0x101000, 1, false},
		{0x0FFFFF, 1, false},	       {0x0FFFFF, 2, true},
		{0x100800, 16, true},	       {0, 0x100000, false},
		{0, 0x100001, true},	       {0, UINT64_MAX, true},
		{0x101000, UINT64_MAX, true}, /* the second queue */
		{0x201000, UINT64_MAX, false}, {UINT64_MAX, UINT64_MAX, false},
		{0x200000, 0x1000, true},      {0x300000, 0x1000, false},
		{0x1FFFFF, 1, false},	       {UINT64_MAX, 1, false},
	};
	struct fixture *fx = fixture_new(4);

	assert_false(in_use(fx, 0, UINT64_MAX));
	fx_bring_up(fx, 2);
	fx->bind_errors[2] = -EFAULT;
	fx_write(fx, at_alloc(2), alloc_of(2));
	fx_write8(fx, at_base(VINTF, 2), base_of(2));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (in_use(fx, cases[i].gpa, cases[i].bytes) != cases[i].in_use)
			fail_msg("0x%llx, 0x%llx bytes", (unsigned long long)cases[i].gpa,
				 (unsigned long long)cases[i].bytes);
	fx_write(fx, AT_CONFIG, 0);
	assert_false(in_use(fx, 0, UINT64_MAX));
	fixture_free(fx);
}

/* [DEV-28] */
TEST(every_enumerator_has_a_name)
{
	static const char *const lives[] = {"idle", "waiting", "bound", "failed"};
	static const char *const pages[] = {"none", "mapped", "trapped"};

	for (int i = 0; i < 4; i++)
		assert_string_equal(cmdqv_queue_life_name((enum cmdqv_queue_life)i), lives[i]);
	for (int i = 0; i < 3; i++)
		assert_string_equal(cmdqv_page0_life_name((enum cmdqv_page0_life)i), pages[i]);
	assert_string_equal(cmdqv_counter_name(CMDQV_COUNTER_TRAPS_VINTF1), "traps-vintf1");
	assert_string_equal(cmdqv_counter_name(CMDQV_COUNTER_GUEST_STUCK_QUEUE),
			    "guest-stuck-queue");
	for (int i = 0; i < CMDQV_COUNTERS; i++)
		assert_non_null(cmdqv_counter_name((enum cmdqv_counter)i));
	assert_null(cmdqv_counter_name(CMDQV_COUNTERS));
}
