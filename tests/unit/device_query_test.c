/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VMM may ask: the state item by item, and which memory is in use. */
#include "device_script.h"

#include <errno.h>
#include <string.h>

static const struct script scripts[] = {
	{"[DEV-28] resets are counted and counters survive them", 2,
	 "up=2 reset=1 reset=1 resets?2 binds?2 unbinds?2"},
};
SCRIPTS(scripts)

/* [DEV-28] */
TEST(a_fresh_device_says_so)
{
	struct fixture *fx = fixture_prepare(8);
	const struct cmdqv_queue_state zero = {.size = sizeof(zero)};
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
	fx_run(fx, "page?none broken?0");
	for (int i = 0; i < CMDQV_COUNTERS; i++)
		assert_int_equal(fx_counter(fx, (enum cmdqv_counter)i), 0);
	for (int q = 0; q < 4; q++)
		assert_memory_equal(&fx->queues[q], &zero, sizeof(zero));
	fixture_free(fx);
}

/* [DEV-28] */
TEST(each_queue_is_told_as_it_stands)
{
	static const struct cmdqv_queue_state expected[] = {
		{.size = sizeof(expected[0]),
		 .base = 0x100008,
		 .bytes = 4096,
		 .pinned_gpa = 0x100000,
		 .pinned_bytes = 4096,
		 .life = CMDQV_QUEUE_BOUND,
		 .prod = 9,
		 .cons = 0x01000008,
		 .gerror = 1,
		 .en = true,
		 .en_ok = true},
		{.size = sizeof(expected[0]),
		 .base = 0x200007,
		 .bytes = 2048,
		 .life = CMDQV_QUEUE_FAILED,
		 .bind_error = -ENOSPC,
		 .gerror = INIT_ERR},
		{.size = sizeof(expected[0]),
		 .base = 0x300008,
		 .bytes = 4096,
		 .life = CMDQV_QUEUE_WAITING,
		 .prod = 4},
		{.size = sizeof(expected[0]), .base = 0x400008, .bytes = 4096},
	};
	struct fixture *fx = fixture_new(4);

	fx_run(fx, "up=1 deny1=ENOSPC d1.base:=0x200007 alloc1=3 ready=2 d3.base:=0x400008 "
		   "d0.prod=9 d0.cons=0x1000008 d0.config=1 d2.prod=4 raise0=1");
	fx_check(fx);
	for (int q = 0; q < 4; q++)
		assert_memory_equal(&fx->queues[q], &expected[q], sizeof(expected[q]));
	fixture_free(fx);
}

/* [DEV-28] */
TEST(traps_are_counted_by_page)
{
	struct fixture *fx = fixture_new(2);

	for (uint64_t page = 0; page < 5; page++)
		for (uint64_t i = 0; i <= page; i++)
			fx_access(fx, page * 0x10000 + (page == 4 ? 0xFFFC : 0), 4, i % 2, 0);
	fx_run(fx, "0x50000?0 traps-config?1 traps-direct0?2 traps-direct1?3 traps-vintf0?4 "
		   "traps-vintf1?5");
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
TEST(a_struct_that_is_missing_or_too_small_is_refused)
{
	struct fixture *fx = fixture_new(2);
	struct cmdqv_state smaller = {.size = sizeof(smaller) - 1};

	assert_int_equal(cmdqv_get_state(fx->dev, NULL), -EINVAL);
	assert_int_equal(cmdqv_get_state(fx->dev, &smaller), -EINVAL);
	assert_int_equal(smaller.version, 0);
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
		{0x1000, 0xFF000, false},      {0x1000, 0xFF001, true},
	};
	struct fixture *fx = fixture_new(4);

	assert_false(in_use(fx, 0, UINT64_MAX));
	fx_bring_up(fx, 2);
	fx->bind_errors[2] = -EFAULT;
	fx_run(fx, "ready=2");
	for (size_t i = 0; i < COUNT(cases); i++)
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
	static const char *const lives[] = {"idle", "waiting", "bound", "failed", "held"};
	static const char *const pages[] = {"none", "mapped", "trapped", "resting"};

	for (int i = 0; i < 5; i++)
		assert_string_equal(cmdqv_queue_life_name((enum cmdqv_queue_life)i), lives[i]);
	for (int i = 0; i < 4; i++)
		assert_string_equal(cmdqv_page0_life_name((enum cmdqv_page0_life)i), pages[i]);
	assert_string_equal(cmdqv_counter_name(CMDQV_COUNTER_TRAPS_VINTF1), "traps-vintf1");
	assert_string_equal(cmdqv_counter_name(CMDQV_COUNTER_GUEST_STUCK_QUEUE),
			    "guest-stuck-queue");
	for (int i = 0; i < CMDQV_COUNTERS; i++)
		assert_non_null(cmdqv_counter_name((enum cmdqv_counter)i));
	assert_null(cmdqv_counter_name(CMDQV_COUNTERS));
}
