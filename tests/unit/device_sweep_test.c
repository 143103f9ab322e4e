/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole life of a device in which the n-th call that can fail does fail, for every n:
 * binds and events of the backend, maps of the VMM. The fixture checks the rules after
 * each access, and that nothing is left bound or mapped at the end.
 */
#include "device_script.h"

#include <errno.h>

/* STATUS says enabled where a queue is bound, and nowhere else. */
static void enable(struct fixture *fx)
{
	for (uint32_t q = 0; q < 2; q++)
		fx_run(fx, "v%u.config=1 v%u.status?%d v%u.prod=%u", q, q, q < fx->num_bound, q,
		       1 + q);
}

static void raise_and_acknowledge(struct fixture *fx)
{
	for (uint32_t q = 0; q < 2; q++) {
		if (q < fx->num_bound)
			fx_raise(fx, q, CMDQ_ERR);
		fx_push_event(fx, 1, q, false);
		fx_events(fx);
		fx_events(fx);
		fx_write(fx, at_queue(VINTF, q, GERRORN), fx_read(fx, at_queue(VINTF, q, GERROR)));
	}
}

static void live_once(struct fixture *fx)
{
	fx_bring_up(fx, 2);
	enable(fx);
	raise_and_acknowledge(fx);
	fx_run(fx, "v1.config=0 v1.status?0 v0.config=0 v0.status?0 v0.base:=0x900008 "
		   "v1.base:=0xA00008");
	enable(fx);
	fx_run(fx, "alloc1=2 alloc1=3 vconfig=0 vconfig=1 config=0 config=1 reset=1");
}

static void live(struct fixture *fx)
{
	live_once(fx);
	live_once(fx);
	fx_bring_up(fx, 2);
}

/* [DEV-31] [DEV-18] [DEV-17] [DEV-20] [DEV-25] */
TEST(any_call_may_fail)
{
	static const int errors[] = {-ENOENT, -EFAULT, -ENOSPC, -EIO, -ENOMEM, -EINTR, -EBADMSG};
	struct fixture *fx = fixture_new(2);
	uint32_t calls;

	live(fx);
	assert_int_equal(fx->num_bound, 2);
	calls = fx->fallible_calls;
	assert_in_range(calls, 40, 1000);
	fixture_free(fx);

	for (uint32_t n = 1; n <= calls; n++)
		for (size_t e = 0; e < COUNT(errors); e++) {
			fx = fixture_new(2);
			fx->fail_call = n;
			fx->fail_error = errors[e];
			live(fx);
			assert_true(fx->fallible_calls >= n);
			if (e % 2 == 0) { /* and it recovers: by a reset, or not at all */
				fx_reset(fx);
				fx_bring_up(fx, 2);
				assert_int_equal(fx->num_bound, 2);
				assert_int_equal(fx->mapped, fx->fail_call < fx->fallible_calls);
			}
			fixture_free(fx);
		}
}

/* [DEV-31] [DEV-18] [DEV-17] Every pair: a life has few calls. */
TEST(any_two_calls_may_fail)
{
	struct fixture *fx = fixture_new(2);
	uint32_t calls;

	live(fx);
	calls = fx->fallible_calls;
	fixture_free(fx);
	for (uint32_t n = 1; n <= calls; n++)
		for (uint32_t too = n + 1; too <= calls; too++) {
			fx = fixture_new(2);
			fx->fail_call = n;
			fx->fail_call_too = too;
			fx->fail_error = (n + too) % 2 ? -EIO : -ENOSPC;
			live(fx);
			fx_reset(fx);
			fx_bring_up(fx, 2);
			fixture_free(fx);
		}
}

/* [DEV-31] */
TEST(any_unbind_may_break_the_backend)
{
	for (uint32_t n = 1; n <= 8; n++) {
		struct fixture *fx = fixture_new(2);

		fx_bring_up(fx, 2);
		for (uint32_t i = 1; i <= 8; i++) {
			fx->break_on_unbind = i == n;
			fx_write8(fx, at_base(DIRECT, i % 2), base_of(i + 1));
			assert_int_equal(fx->state.backend_broken != 0, i >= n);
		}
		assert_true(fx->num_bound < 2);
		fixture_free(fx);
	}
}
