/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of the backend, and the interrupt that follows from them. */
#include "device_fixture.h"

#include <errno.h>

/* A running queue with an error pending. */
static struct fixture *with_an_error(void)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 2);
	fx_raise(fx, 1, CMDQ_ERR);
	return fx;
}

/* [DEV-25] */
TEST(the_descriptor_is_the_backends)
{
	struct fixture *fx = fixture_new(2);

	assert_int_equal(cmdqv_event_fd(fx->dev), 77);
	fixture_free(fx);
}

/* [DEV-24] [DEV-25] */
TEST(no_event_is_no_pulse)
{
	struct fixture *fx = with_an_error();

	assert_int_equal(fx_events(fx), 0);
	fx_assert_calls(fx, "");
	assert_int_equal(fx_count(fx, CALL_EVENT), 1);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS), 0);
	fixture_free(fx);
}

/* [DEV-24] */
TEST(an_event_pulses_once)
{
	struct fixture *fx = with_an_error();

	fx_push_event(fx, 1, 0, false);
	assert_int_equal(fx_events(fx), 1);
	fx_assert_calls(fx, "pulse");
	fixture_free(fx);
}

/* [DEV-24] [DEV-23] */
TEST(an_error_that_was_acknowledged_meanwhile_pulses_no_more)
{
	struct fixture *fx = with_an_error();

	fx_push_event(fx, 1, 0, false);
	fx_store(fx, 1, GERRORN, 1);
	assert_int_equal(fx_events(fx), 1);
	fx_assert_calls(fx, "");
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS), 1);
	fixture_free(fx);
}

/* [DEV-24] */
TEST(a_masked_event_is_told_by_the_unmask)
{
	struct fixture *fx = with_an_error();

	fx_write(fx, AT_VI_INT_MASK, 1);
	fx_push_event(fx, 1, 0, false);
	fx_push_event(fx, 1, 1, false);
	assert_int_equal(fx_events(fx), 2);
	fx_assert_calls(fx, "");
	fx_write(fx, AT_VI_INT_MASK, 0);
	fx_assert_calls(fx, "pulse");
	fixture_free(fx);
}

/* [DEV-24] [DEV-6] */
TEST(a_storm_is_taken_64_at_a_time_with_one_pulse_each)
{
	static const int expected[] = {64, 64, 64, 8, 0};
	struct fixture *fx = with_an_error();

	for (uint32_t i = 0; i < 200; i++)
		fx_push_event(fx, 1, i, false);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(fx_events(fx), expected[i]);
		fx_assert_calls(fx, expected[i] ? "pulse" : "");
		assert_in_range(fx_count(fx, CALL_EVENT), 0, 65);
	}
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS), 200);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_INTERRUPTS), 4);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS_LOST), 0);
	fixture_free(fx);
}

/* [DEV-24] [DEV-28] */
TEST(a_record_of_lost_events_is_an_event)
{
	struct fixture *fx = with_an_error();

	fx_push_event(fx, 1, 0, true);
	assert_int_equal(fx_events(fx), 1);
	fx_assert_calls(fx, "pulse");
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS_LOST), 1);
	assert_string_equal(fx->last_log.id, "events-lost");
	fixture_free(fx);
}

/* [DEV-24] [DEV-28] */
TEST(gaps_in_the_sequence_are_lost_events)
{
	static const struct {
		uint32_t sequence;
		bool lost;
		uint64_t sum;
	} cases[] = {
		{41, false, 0},
		{42, false, 0},
		{44, false, 1},
		{45, false, 1},
		{50, false, 5},
		{53, true, 8}, /* 51 and 52, and itself */
		{54, false, 8},
		{55 + 0x3FFFFFFF, false, 8 + 0x3FFFFFFFULL}, /* no gap is longer */
		{0x7FFFFFFF, false, 8 + 0x3FFFFFFFULL + 0x3FFFFFC8ULL},
		{0, false, 8 + 0x3FFFFFFFULL + 0x3FFFFFC8ULL},
		{2, false, 9 + 0x3FFFFFFFULL + 0x3FFFFFC8ULL},
	};
	struct fixture *fx = with_an_error();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fx_push_event(fx, 1, cases[i].sequence, cases[i].lost);
		assert_int_equal(fx_events(fx), 1);
		assert_true(fx_counter(fx, CMDQV_COUNTER_EVENTS_LOST) == cases[i].sum);
		fx_assert_calls(fx, "pulse");
	}
	fixture_free(fx);
}

/* [DEV-24] [DEV-28] */
TEST(a_gap_over_the_wrap_of_the_sequence_is_counted_right)
{
	struct fixture *fx = with_an_error();

	fx_push_event(fx, 1, 0x7FFFFFFE, false);
	fx_push_event(fx, 1, 1, false); /* 0x7FFFFFFF and 0 are missing */
	assert_int_equal(fx_events(fx), 2);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS_LOST), 2);
	fixture_free(fx);
}

/* [DEV-24] [DEV-28] */
TEST(a_sequence_that_repeats_or_goes_back_has_lost_nothing)
{
	static const struct {
		uint32_t sequence;
		uint64_t sum;
	} cases[] = {
		{41, 0}, {41, 0}, {42, 0}, {7, 0}, {8, 0},
		{10, 1}, {0, 1},  {0, 1},  {1, 1}, {2 + 0x40000000, 1},
	};
	struct fixture *fx = with_an_error();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fx_push_event(fx, 1, cases[i].sequence, false);
		assert_int_equal(fx_events(fx), 1);
		assert_true(fx_counter(fx, CMDQV_COUNTER_EVENTS_LOST) == cases[i].sum);
		fx_assert_calls(fx, "pulse");
	}
	fixture_free(fx);
}

/* [DEV-25] */
TEST(short_and_malformed_records_are_consumed_and_counted)
{
	struct fixture *fx = with_an_error();

	fx_push_event(fx, -EMSGSIZE, 0, false);
	fx_push_event(fx, -EBADMSG, 0, false);
	fx_push_event(fx, -EBADMSG, 0, false);
	fx_push_event(fx, 1, 0, false);
	assert_int_equal(fx_events(fx), 4);
	fx_assert_calls(fx, "pulse");
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS), 4);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENT_READS_SHORT), 1);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENT_READS_MALFORMED), 2);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS_LOST), 0);
	fixture_free(fx);
}

/* [DEV-25] */
TEST(an_interrupted_read_is_repeated_and_is_no_record)
{
	struct fixture *fx = with_an_error();

	fx_push_event(fx, -EINTR, 0, false);
	fx_push_event(fx, 1, 0, false);
	fx_push_event(fx, -EINTR, 0, false);
	assert_int_equal(fx_events(fx), 1);
	fx_assert_calls(fx, "pulse");
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS), 1);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENT_READS_INTERRUPTED), 2);
	fixture_free(fx);
}

/* [DEV-25] [DEV-6] */
TEST(interruptions_without_end_end_the_call_and_pulse_nothing)
{
	struct fixture *fx = with_an_error();

	for (uint32_t i = 0; i < 250; i++)
		fx_push_event(fx, -EINTR, 0, false);
	assert_int_equal(fx_events(fx), 0);
	fx_assert_calls(fx, "");
	assert_in_range(fx_count(fx, CALL_EVENT), 1, 65);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS), 0);
	fixture_free(fx);
}

/* [DEV-25] */
TEST(a_read_that_fails_for_good_is_returned_after_what_came_before)
{
	struct fixture *fx = with_an_error();

	fx_push_event(fx, -ENODEV, 0, false);
	assert_int_equal(fx_events(fx), -ENODEV);
	fx_assert_calls(fx, "");
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENT_READS_FAILED), 1);
	assert_string_equal(fx->last_log.id, "event-read");
	fx_push_event(fx, 1, 0, false);
	fx_push_event(fx, -EIO, 0, false);
	assert_int_equal(fx_events(fx), -EIO);
	fx_assert_calls(fx, "pulse");
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENTS), 1);
	fixture_free(fx);
}

/* [DEV-25] */
TEST(an_answer_that_no_backend_may_give_is_a_failure)
{
	struct fixture *fx = with_an_error();

	fx_push_event(fx, 2, 0, false);
	assert_true(fx_events(fx) < 0);
	assert_int_equal(fx_counter(fx, CMDQV_COUNTER_EVENT_READS_FAILED), 1);
	fixture_free(fx);
}

/* [DEV-24] [DEV-17] */
TEST(an_event_pulses_for_an_error_of_a_failed_lvcmdq_too)
{
	struct fixture *fx = fixture_new(2);

	fx->bind_errors[0] = -EIO;
	fx_bring_up(fx, 1);
	fx_assert_calls(fx, "bind(0)! pulse");
	fx_push_event(fx, 1, 0, false);
	fx_events(fx);
	fx_assert_calls(fx, "pulse");
	fixture_free(fx);
}

/* [DEV-24] */
TEST(a_guest_that_writes_gerrorn_to_make_an_error_gets_no_interrupt)
{
	struct fixture *fx = fixture_new(2);

	fx_bring_up(fx, 1);
	fx_write(fx, at_queue(VINTF, 0, GERRORN), 1);
	assert_int_equal(fx_count(fx, CALL_PULSE), 0);
	fx_write(fx, at_queue(DIRECT, 1, GERRORN), 1);
	assert_int_equal(fx_count(fx, CALL_PULSE), 0);
	assert_int_equal(fx_read(fx, AT_CMDQ_ERR_MAP), 3);
	fixture_free(fx);
}
