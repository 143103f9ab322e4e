/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue behind the page that a guest has mapped: its life, its errors. What
 * trapped accesses alone can show is compared with a reference in
 * tests/scenario/model_reference_test.c.
 */
#include "model_script.h"

static const struct script scripts[] = {
	/* [HW-2] [HW-3] */
	{"mapping_publishes_private_values_over_what_was_scribbled",
	 "model=2.1.0 [2] prod=0x1234 [1.0] guest=5 @cons=-1 @prod=-1 @config=-1 @status=-1 "
	 "@gerror=-1 @gerrorn=-1 map=2 @cons:0 @prod:0x1234 @config:0 @status:0 "
	 "@gerror:0 @gerrorn:0 cons:0 prod:0x1234 config:0 status:0 gerror:0 gerrorn:0"},
	/* [HW-2] [HW-3] [HW-16] BASE stays. */
	{"unmapping_stops_whatever_the_page_says_and_leaves_zeros",
	 "queue=4 #0=va @prod=1 unmap=0 [0] enabled:0 [0.0] @cons:0 @prod:0 @config:0 @status:0 "
	 "@gerror:0 @gerrorn:0 [0] cons:0 prod:0 config:0 status:0 gerror:0 gerrorn:0 "
	 "[0.0] @config=1 @prod=1 pending:0 run done:0 [0] base:0x40000004"},
	/* [HW-3] INIT_ERR differs on purpose. */
	{"gerror_and_gerrorn_survive_unmapping_and_mapping",
	 "queue=4 #0=bad prod=1 run gerrorn=5 unmap=0 [0] gerror:1 gerrorn:5 [0.0] @gerrorn=0 "
	 "map=0 gerror:1 gerrorn:5 @gerror:1 @gerrorn:5"},
	/* [HW-9] Resuming clears CONS.ERR for all who read it, though no command is left. */
	{"a_queue_that_resumes_with_nothing_left_shows_no_error_code",
	 "queue=2 #0=bad prod=1 run @cons:0x01000000 @prod=0 gerrorn=1 run @cons:0 cons:0 "
	 "pending:0"},
	{"the_same_where_the_page_acknowledges_it",
	 "queue=2 #0=bad prod=1 run @cons:0x01000000 @prod=0 @gerrorn=1 pending:1 run @cons:0 "
	 "cons:0 pending:0"},
	/* [HW-6] [HW-9] */
	{"a_refused_queue_stays_so_until_it_was_seen_disabled",
	 "queue=0 base=0x40000004 config=1 gerrorn=4 0x1000=0x20000 0x1000=0x20001 status:0 "
	 "pending:0 interrupts:1 @config=0 pending:1 run @config=1 run status:1 "
	 "gerror:4"},
	/* [HW-2] STATUS is 0 until the engine comes by. */
	{"base_and_cons_are_latched_once_when_the_enable_is_seen",
	 "model=1.0.4 host map=0 #0-15=sync base=0x40000004 @cons=0x02abcd03 @prod=0xffffffe5 "
	 "@config=0xffffffff status:0 pending:1 run=1:1 status:1 last:3 cons=0 @cons:4 "
	 "@cons=0 base=0x40010005 cons:4 run done:2 last:4 @cons:5"},
	/* [HW-2] */
	{"what_a_guest_scribbles_over_status_and_gerror_misleads_itself",
	 "queue=4 @status=0 @gerror=7 status:1 gerror:0 0x24:0 #0=sync @prod=1 run done:1 "
	 "interrupts:0"},
	/* [HW-2] */
	{"a_disable_shows_where_the_queue_stands_whatever_was_scribbled_over_cons",
	 "queue=4 #0=sync @prod=1 run @cons=9 @config=0 run status:0 @cons:1"},
	/* [HW-2] [HW-9] */
	{"a_queue_goes_on_where_it_stood_whatever_was_scribbled_over_cons",
	 "queue=4 #0-2=sync #1=bad @prod=3 run @cons:0x01000001 @cons=0 #1=sync @gerrorn=1 run "
	 "done:3 last:2 @cons:3"},
	/* [HW-10] */
	{"config_1_0_1_between_two_looks_passes_unseen",
	 "queue=4 #0-2=sync prod=2 run @config=0 @cons=0 @config=1 @prod=3 run done:3 last:2"},
	/* [HW-2] [HW-16] */
	{"a_disable_through_the_page_is_seen_before_anything_is_fetched",
	 "queue=4 #0=sync @prod=1 @config=0 pending:1 run reads:0 @status:0 pending:0 "
	 "cons=0x7f000003 cons:0x7f000003"},
	/* [HW-9] The enable kicks once, the acknowledgement a second time. */
	{"an_acknowledged_error_clears_cons_err_and_goes_on_at_cons",
	 "queue=4 #0=sync #1=bad #2=sync prod=3 kicks:1 run cons:0x01000001 @cons:0x01000001 "
	 "gerror:1 @gerror:1 standing:1 pending:0 #1=sync gerrorn=1 kicks:2 cons:1 run "
	 "done:3 interrupts:1 cons:3"},
	/* [HW-9] */
	{"the_next_error_toggles_gerror_back",
	 "queue=4 #0=bad prod=1 run @gerrorn=1 pending:1 run gerror:0 gerrorn:1 cons:0x01000000 "
	 "interrupts:2 errors:2"},
	/* [HW-9] Bit 0 makes the queue stand, bits 1 and 2 do not. */
	{"a_gerrorn_write_that_differs_is_kept_shows_and_stays_silent",
	 "queue=4 #0=sync gerrorn=0xffffffff gerrorn:7 0x14:1 0x24:1 0x10c0!:1 0x1004:3 prod=1 "
	 "kicks:0 run done:0 gerrorn=6 kicks:1 run done:1 0x14:1 interrupts:0"},
};

SCRIPTS(scripts)

/* Called with the interrupt, too. */
static void expect_the_code_with_the_error(struct bench *bench)
{
	if (load_word(bench, 0, 0, GERROR) == 1)
		assert_int_equal(load_word(bench, 0, 0, CONS), 0x01000001);
}

/* [HW-9] [HW-10] A guest that is interrupted, or reads GERROR, finds the reason in CONS. */
TEST(the_code_of_an_error_is_there_before_the_error)
{
	struct bench *bench = bench_with_queue(2);

	bench->in_any = expect_the_code_with_the_error;
	play_on(bench, "#0=sync #1=bad @prod=2 run interrupts:1 @gerror:1");
}
