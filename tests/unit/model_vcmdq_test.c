/* SPDX-License-Identifier: BSD-2-Clause */
/* A queue: one register set by two apertures, its life, its errors. */
#include "model_script.h"

/* [HW-3] */
TEST(vcmdq_and_lvcmdq_are_one_register_set_while_mapped)
{
	struct bench *bench = bench_open(7, 6, 4);

	play(bench, "[1.0] guest=5 map=9");
	play(bench, "[9] cons=1    [1.0] cons:1    cons=0    [9] cons:0");
	play(bench, "[9] prod=1    [1.0] prod:1    prod=0    [9] prod:0");
	play(bench, "[9] gerrorn=1 [1.0] gerrorn:1 gerrorn=0 [9] gerrorn:0");
	play(bench, "[9] config=1  [1.0] config:1  config=0  [9] config:0");
	play_on(bench, "[1.0] base=0x42000012 [9] base:0x42000012 dram=0x1000 [1.0] dram:0x1000");
}

/* [HW-3] */
TEST(an_unmapped_lvcmdq_reads_zero_and_drops_writes)
{
	play_on(bench_open(2, 1, 0),
		"[1.0] guest=5 @prod=3 "
		"cons=1 cons:0 prod=1 prod:0 config=1 config:0 "
		"status=1 status:0 gerror=1 gerror:0 gerrorn=1 gerrorn:0 "
		"base=0x42000012 base:0 [0] base:0 [1] base:0 [2] base:0 [3] base:0 bad:0");
}

/* [HW-2] [HW-3] */
TEST(mapping_publishes_private_values_over_what_was_scribbled)
{
	play_on(bench_open(2, 1, 0),
		"[2] prod=0x1234 [1.0] guest=5 "
		"@cons=-1 @prod=-1 @config=-1 @status=-1 @gerror=-1 @gerrorn=-1 map=2 "
		"@cons:0 @prod:0x1234 @config:0 @status:0 @gerror:0 @gerrorn:0 "
		"cons:0 prod:0x1234 config:0 status:0 gerror:0 gerrorn:0");
}

/* [HW-2] [HW-3] [HW-16] BASE stays. */
TEST(unmapping_stops_whatever_the_page_says_and_leaves_zeros)
{
	play_on(bench_with_queue(4),
		"#0=va @prod=1 unmap=0 [0] enabled:0 "
		"[0.0] @cons:0 @prod:0 @config:0 @status:0 @gerror:0 @gerrorn:0 "
		"[0] cons:0 prod:0 config:0 status:0 gerror:0 gerrorn:0 "
		"[0.0] @config=1 @prod=1 pending:0 run done:0 [0] base:0x40000004");
}

/* [HW-3] INIT_ERR differs on purpose. */
TEST(gerror_and_gerrorn_survive_unmapping_and_mapping)
{
	play_on(bench_with_queue(4),
		"#0=bad prod=1 run gerrorn=5 unmap=0 [0] gerror:1 gerrorn:5 "
		"[0.0] @gerrorn=0 map=0 gerror:1 gerrorn:5 @gerror:1 @gerrorn:5");
}

/* [HW-3] [HW-9] */
TEST(a_queue_with_an_old_error_stands_when_it_is_mapped_and_enabled_again)
{
	play_on(bench_with_queue(4), "#0=bad prod=1 run unmap=0 map=0 #0=sync ring=4 prod=1 "
				     "status:1 pending:0 run done:0 gerrorn=1 run done:1");
}

/* [HW-6] */
TEST(enabling_is_acknowledged_at_once_and_disabling_too)
{
	play_on(bench_with_queue(4), "status:1 @status:1 config=0 status:0 @status:0");
}

/* [HW-6] */
TEST(a_bad_size_makes_init_err_pending_and_is_not_acknowledged)
{
	for (uint32_t log2size = 0; log2size < 32; log2size++) {
		bool good = log2size >= 1 && log2size <= 19;

		play_on(bench_with_queue(log2size),
			good ? "status:1 gerror:0 @gerror:0 interrupts:0 prod=1 pending:1"
			     : "status:0 gerror:4 @gerror:4 interrupts:1 prod=1 pending:0 "
			       "run reads:0");
	}
}

/* [HW-6] [HW-9] */
TEST(a_refused_queue_stays_so_until_it_was_seen_disabled)
{
	play_on(bench_with_queue(0),
		"base=0x40000004 config=1 gerrorn=4 0x1000=0x20000 0x1000=0x20001 "
		"status:0 pending:0 interrupts:1 "
		"@config=0 pending:1 run @config=1 run status:1 gerror:4");
}

/* [HW-9] */
TEST(an_init_err_that_is_pending_is_not_taken_back_by_another)
{
	play_on(bench_with_queue(0), "config=0 config=1 gerror:4 interrupts:1 "
				     "gerrorn=4 config=0 config=1 gerror:0 interrupts:2");
}

/* [HW-2] STATUS is 0 until the engine comes by. */
TEST(base_and_cons_are_latched_once_when_the_enable_is_seen)
{
	play_on(bench_open(1, 0, 4),
		"host map=0 #0-15=sync base=0x40000004 "
		"@cons=0x02abcd03 @prod=0xffffffe5 @config=0xffffffff "
		"status:0 pending:1 run=1:1 status:1 last:3 "
		"cons=0 @cons:4 @cons=0 base=0x40010005 cons:4 run done:2 last:4 @cons:5");
}

/* [HW-2] */
TEST(what_a_guest_scribbles_over_status_and_gerror_misleads_itself)
{
	play_on(bench_with_queue(4), "@status=0 @gerror=7 status:1 gerror:0 0x24:0 "
				     "#0=sync @prod=1 run done:1 interrupts:0");
}

/* [HW-10] */
TEST(config_1_0_1_between_two_looks_passes_unseen)
{
	play_on(bench_with_queue(4), "#0-2=sync prod=2 run "
				     "@config=0 @cons=0 @config=1 @prod=3 run done:3 last:2");
}

/* [HW-2] [HW-16] */
TEST(a_disable_through_the_page_is_seen_before_anything_is_fetched)
{
	play_on(bench_with_queue(4), "#0=sync @prod=1 @config=0 pending:1 "
				     "run reads:0 @status:0 pending:0 "
				     "cons=0x7f000003 cons:0x7f000003");
}

/* [HW-9] The enable kicks once, the acknowledgement a second time. */
TEST(an_acknowledged_error_clears_cons_err_and_goes_on_at_cons)
{
	play_on(bench_with_queue(4),
		"#0=sync #1=bad #2=sync prod=3 kicks:1 run cons:0x01000001 @cons:0x01000001 "
		"gerror:1 @gerror:1 standing:1 pending:0 "
		"#1=sync gerrorn=1 kicks:2 cons:1 run done:3 interrupts:1 cons:3");
}

/* [HW-9] */
TEST(the_next_error_toggles_gerror_back)
{
	play_on(bench_with_queue(4), "#0=bad prod=1 run @gerrorn=1 pending:1 run "
				     "gerror:0 gerrorn:1 cons:0x01000000 interrupts:2 errors:2");
}

/* [HW-9] Bit 0 makes the queue stand, bits 1 and 2 do not. */
TEST(a_gerrorn_write_that_differs_is_kept_shows_and_stays_silent)
{
	play_on(bench_with_queue(4),
		"#0=sync gerrorn=0xffffffff gerrorn:7 0x14:1 0x24:1 0x10c0!:1 0x1004:3 "
		"prod=1 kicks:0 run done:0 "
		"gerrorn=6 kicks:1 run done:1 0x14:1 interrupts:0");
}

/* [HW-9] */
TEST(a_disabled_queue_that_stood_keeps_its_error_pending)
{
	play_on(bench_with_queue(4), "#0=bad prod=1 run config=0 status:0 cons:0x01000000 0x14:1 "
				     "gerrorn=1 0x14:0");
}
