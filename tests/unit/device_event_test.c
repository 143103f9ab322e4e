/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of the backend, and the interrupt that follows from them. */
#include "device_script.h"

#include <errno.h>

#define ERROR "up=2 raise1=1 " /* a running queue has an error pending */

static const struct script scripts[] = {
	{"[DEV-24] [DEV-25] no event is no pulse", 2, ERROR "poll?0 [] polls?1 events?0"},
	{"[DEV-24] an event pulses once", 2, ERROR "record=0 poll?1 [pulse]"},
	{"[DEV-24] [DEV-23] an error that was acknowledged meanwhile pulses no more", 2,
	 ERROR "record=0 page1.gerrorn=1 poll?1 [] events?1"},
	{"[DEV-24] a masked event is told by the unmask", 2,
	 ERROR "mask=1 record=0 record=1 poll?2 [] mask=0 [pulse]"},
	{"[DEV-24] [DEV-28] a record of lost events is an event", 2,
	 ERROR "lost=0 poll?1 [pulse] events-lost?1 log?events-lost"},
	{"[DEV-24] [DEV-28] gaps in the sequence are lost events", 2,
	 ERROR
	 "record=41 poll?1 events-lost?0 record=42 poll?1 events-lost?0 "
	 "record=44 poll?1 events-lost?1 record=45 poll?1 events-lost?1 "
	 "record=50 poll?1 events-lost?5 lost=53 poll?1 events-lost?8 " /* 51, 52 and itself */
	 "record=54 poll?1 [pulse] events-lost?8 "
	 "record=0x40000036 poll?1 events-lost?0x40000007 " /* no gap is longer */
	 "record=0x7FFFFFFF poll?1 events-lost?0x7FFFFFCF "
	 "record=0 poll?1 [pulse] events-lost?0x7FFFFFCF "
	 "record=2 poll?1 [pulse] events-lost?0x7FFFFFD0"},
	{"[DEV-24] [DEV-28] a sequence that repeats or goes back has lost nothing", 2,
	 ERROR "record=41 record=41 record=42 record=7 record=8 poll?5 [pulse] events-lost?0 "
	       "record=10 poll?1 events-lost?1 record=0 record=0 record=1 record=0x40000002 "
	       "poll?4 [pulse] events-lost?1"},
	{"[DEV-24] [DEV-28] a gap over the wrap of the sequence is counted right", 2,
	 ERROR "record=0x7FFFFFFE record=1 poll?2 events-lost?2"}, /* 0x7FFFFFFF and 0 */
	{"[DEV-25] short and malformed records are consumed and counted", 2,
	 ERROR "result=-EMSGSIZE result=-EBADMSG result=-EBADMSG record=0 poll?4 [pulse] events?4 "
	       "event-reads-short?1 event-reads-malformed?2 events-lost?0"},
	{"[DEV-25] an interrupted read is repeated and is no record", 2,
	 ERROR
	 "result=-EINTR record=0 result=-EINTR poll?1 [pulse] events?1 event-reads-interrupted?2"},
	{"[DEV-25] a read that fails for good is returned after what came before", 2,
	 ERROR "result=-ENODEV poll?-ENODEV [] event-reads-failed?1 log?event-read "
	       "record=0 result=-EIO poll?-EIO [pulse] events?1"},
	{"[DEV-25] [DEV-35] an answer that no backend may give is a failure", 2,
	 ERROR "result=2 poll?-EIO event-reads-failed?1"},
	{"[DEV-24] [DEV-17] an event pulses for an error of a failed LVCMDQ too", 2,
	 "deny0=EIO up=1 [bind(0)! pulse] record=0 poll?1 [pulse]"},
	{"[DEV-24] a guest that writes GERRORN to make an error gets no interrupt", 2,
	 "up=1 v0.gerrorn=1 [write(0,gerrorn,1)] d1.gerrorn=1 [] cmdq_err?3"},
};
SCRIPTS(scripts)

/* [DEV-25] */
TEST(the_descriptor_is_the_backends)
{
	struct fixture *fx = fixture_new(2);

	assert_int_equal(cmdqv_event_fd(fx->dev), 77);
	fixture_free(fx);
}

/* [DEV-24] [DEV-6] */
TEST(a_storm_is_taken_64_at_a_time_with_one_pulse_each)
{
	static const int expected[] = {64, 64, 64, 8, 0};
	struct fixture *fx = fixture_new(2);

	fx_run(fx, ERROR);
	for (uint32_t i = 0; i < 200; i++)
		fx_push_event(fx, 1, i, false);
	for (size_t i = 0; i < 5; i++) {
		fx_run(fx, "poll?%d [%s]", expected[i], expected[i] ? "pulse" : "");
		assert_in_range(fx_count(fx, CALL_EVENT), 0, 65);
	}
	fx_run(fx, "events?200 interrupts?4 events-lost?0");
	fixture_free(fx);
}

/* [DEV-25] [DEV-6] */
TEST(interruptions_without_end_end_the_call_and_pulse_nothing)
{
	struct fixture *fx = fixture_new(2);

	fx_run(fx, ERROR);
	for (uint32_t i = 0; i < 250; i++)
		fx_push_event(fx, -EINTR, 0, false);
	fx_run(fx, "poll?0 [] events?0");
	assert_in_range(fx_count(fx, CALL_EVENT), 1, 65);
	fixture_free(fx);
}
