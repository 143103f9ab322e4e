/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages to the VMM: few, whatever the guest does. */
#include "device_fixture.h"

#include <errno.h>
#include <string.h>

/* [DEV-27] [DEV-6] */
TEST(a_message_comes_at_its_1st_2nd_4th_8th_time_with_the_count)
{
	struct fixture *fx = fixture_new(2);
	uint64_t next = 1;

	for (uint64_t i = 1; i <= 5000; i++) {
		uint32_t before = fx->num_logs;

		fx_access(fx, 0x2, 4, true, 0);
		if (i == next) {
			assert_int_equal(fx->num_logs, before + 1);
			assert_true(fx->last_log.count == i);
			assert_int_equal(fx->last_log.level, CMDQV_LOG_GUEST);
			assert_string_equal(fx->last_log.id, "guest-access");
			next *= 2;
		} else {
			assert_int_equal(fx->num_logs, before);
		}
	}
	assert_int_equal(fx->num_logs, 13);
	fixture_free(fx);
}

/* [DEV-27] */
TEST(kinds_are_counted_apart)
{
	struct fixture *fx = fixture_new(2);

	for (int i = 0; i < 3; i++)
		fx_read(fx, 0xC);
	assert_int_equal(fx->num_logs, 2);
	fx_write(fx, at_alloc(0), 3);
	assert_int_equal(fx->num_logs, 3);
	assert_string_equal(fx->last_log.id, "guest-alloc");
	assert_true(fx->last_log.count == 1);
	fixture_free(fx);
}

/* [DEV-27] [DEV-17] */
TEST(a_guest_that_fails_binds_for_ever_is_told_few_times)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 0);
	fx_write(fx, at_alloc(0), alloc_of(0));
	for (uint32_t i = 0; i < 1000; i++)
		fx_write8(fx, at_base(VINTF, 0), 0x100009 + 0x20 * (uint64_t)i);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_BIND_FAILURES), 1000);
	assert_int_equal(fx->num_logs, 10); /* guest-base: the host was not asked */
	for (uint32_t i = 0; i < 20; i++)
		assert_true((fx->log_counts[i] & (fx->log_counts[i] - 1)) == 0);
	fixture_free(fx);
}

/* [DEV-17] */
TEST(a_failed_bind_says_where_and_why)
{
	struct fixture *fx = fixture_new(2);

	fx->bind_errors[0] = -EFAULT;
	fx_bring_up(fx, 1);
	assert_string_equal(fx->last_log.id, "bind-failed");
	assert_string_equal(fx->last_text,
			    "LVCMDQ 0, 0x1000 bytes at 0x100000: the fake says no");
	fixture_free(fx);
}

/* [DEV-27] */
TEST(a_reset_does_not_start_the_counts_anew)
{
	struct fixture *fx = fixture_new(2);

	for (int i = 0; i < 4; i++) {
		fx_read(fx, 0xC);
		fx_reset(fx);
	}
	assert_int_equal(fx->num_logs, 3);
	fixture_free(fx);
}
