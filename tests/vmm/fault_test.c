/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on demand, as a Linux-like guest sees them: each kind, and what comes of it. */
#include "fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"

enum { BRING_UP = 2, VINTF = 3, ERROR = 5 };	     /* phases */
enum { OTHER, ILLEGAL, ABORT, ATC, ILLEGAL_ACCESS }; /* CONS.ERR */

static struct vmm_config config_with(const char *text)
{
	struct vmm_config config = {
		.guest = VMM_GUEST_THREAD,
		.log2_queues = 1,
		.vcpus = 1,
		.batches = 20,
		.batch_size = 8,
		.map_page0 = true,
		.fault_count = 1,
	};

	assert_int_equal(vmm_fault_parse(text, &config.faults[0]), 0);
	return config;
}

static struct vmm_report run(const struct vmm_config *config)
{
	struct cmdqv_error error = {.text = ""};
	struct vmm_report report;
	struct vmm *vmm;

	if (vmm_create(&vmm, config, &error))
		fail_msg("not created: %s", error.text);
	if (vmm_run(vmm, &report, &error))
		fail_msg("not run: %s", error.text);
	vmm_destroy(vmm);
	return report;
}

static void assert_ok(const struct vmm_report *report)
{
	if (!report->ok)
		fail_msg("%s", report->verdict);
}

static void assert_failed(const struct vmm_report *report, const char *words)
{
	assert_false(report->ok);
	if (!strstr(report->verdict, words))
		fail_msg("'%s' does not say '%s'", report->verdict, words);
}

static void expect_errors(const struct vmm_phase *phase, uint64_t illegal, uint64_t abort_,
			  uint64_t atc)
{
	assert_int_equal(phase->errors[OTHER], 0);
	assert_int_equal(phase->errors[ILLEGAL], illegal);
	assert_int_equal(phase->errors[ABORT], abort_);
	assert_int_equal(phase->errors[ATC], atc);
	assert_int_equal(phase->errors[ILLEGAL_ACCESS], 0);
}

/* [HW-20] The driver puts a CMD_SYNC over the command, as Linux does: 39 of 40 are left. */
TEST(a_refused_command_is_skipped_and_its_invalidation_lost)
{
	struct vmm_config config = config_with("refuse@0:1");
	struct vmm_report report = run(&config);

	assert_failed(&report, "the invalidation of 0x100000000000 (entry 0) was lost: the fault "
			       "refuse@0 refused it");
	assert_int_equal(report.phase_count, 8);
	assert_int_equal(report.faults[0].struck, 1);
	expect_errors(&report.phases[VINTF], 1, 0, 0);
	assert_int_equal(report.phases[VINTF].sent_tlbis - report.phases[VINTF].executed_tlbis, 1);
	assert_int_equal(report.phases[VINTF].executed_syncs, 21);
}

/* [HW-20] [HW-13] Fetched again after each acknowledgement; nothing is lost. */
TEST(an_abort_on_fetch_is_recovered_from)
{
	struct vmm_config config = config_with("abort@1:3");
	struct vmm_report report = run(&config);

	assert_ok(&report);
	assert_int_equal(report.faults[0].struck, 3);
	expect_errors(&report.phases[VINTF], 0, 3, 0);
	expect_errors(&report.phases[ERROR], 1, 0, 0);
}

/* [HW-20] [HW-13] Told at the CMD_SYNC behind it, which then completes. */
TEST(an_atc_that_does_not_answer_is_told_at_the_sync)
{
	struct vmm_config config = config_with("atc-timeout@0:2");
	struct vmm_report report = run(&config);

	assert_ok(&report);
	assert_int_equal(report.faults[0].struck, 2);
	expect_errors(&report.phases[VINTF], 0, 0, 2);
	/* One of each batch's; the two were not executed. */
	assert_int_equal(report.phases[VINTF].executed_atcs, 18);
	assert_int_equal(report.phases[VINTF].executed_syncs, 20);
}

/* [HW-20] [HW-6] */
TEST(a_delayed_enable_is_waited_for)
{
	struct vmm_config config = config_with("delayed-enable@1:50");
	struct vmm_report report = run(&config);

	assert_ok(&report);
	assert_int_equal(report.faults[0].struck, 50);
}

/* [HW-20] [HW-6] CMDQ_INIT_ERR, and STATUS that never comes: the guest gives up cleanly. */
TEST(a_refused_enable_fails_the_bring_up)
{
	struct vmm_config config = config_with("refused-enable@1");
	struct vmm_report report = run(&config);

	assert_failed(&report, "in phase bring-up the guest found: what it waited for did not "
			       "happen in time (VINTF0 LVCMDQ1 STATUS: expected 0x1, got 0x0)");
	assert_int_equal(report.phase_count, 3);
	assert_int_equal(report.phases[BRING_UP].errors[OTHER], 1);
}

/* [HW-20] [HW-9] No handler acknowledges, so the queue stands until the guest gives up. */
TEST(a_lost_interrupt_leaves_the_queue_standing)
{
	struct vmm_config config = config_with("lost-interrupt@1");
	struct vmm_report report = run(&config);

	assert_failed(&report, "in phase error the guest found: what it waited for did not "
			       "happen in time (VINTF0 LVCMDQ1 CONS");
	expect_errors(&report.phases[ERROR], 0, 0, 0);
}

/* [HW-20] */
TEST(a_stalled_engine_that_goes_on_costs_time_only)
{
	struct vmm_config config = config_with("stall@0:1000");
	struct vmm_report report = run(&config);

	assert_ok(&report);
	assert_int_equal(report.faults[0].struck, 1000);
}

/* [HW-20] The other queue's batch is done meanwhile, however often the stalled one is looked at. */
TEST(a_stalled_engine_is_a_time_out_of_the_guest)
{
	struct vmm_config config = config_with("stall@1:always");
	struct vmm_report report = run(&config);

	assert_failed(&report, "in phase invalidate-vintf the guest found: what it waited for did "
			       "not happen in time (VINTF0 LVCMDQ1 CONS: expected 0x8, got 0x0)");
	assert_int_equal(report.phases[VINTF].executed_syncs, 1);
}

/* [HW-20] */
TEST(faults_of_several_queues_and_kinds_come_together)
{
	struct vmm_config config = config_with("abort@0:2");
	struct vmm_report report;

	config.vcpus = 2;
	config.fault_count = 3;
	assert_int_equal(vmm_fault_parse("stall@1:10", &config.faults[1]), 0);
	assert_int_equal(vmm_fault_parse("delayed-enable@0:3", &config.faults[2]), 0);
	report = run(&config);
	assert_ok(&report);
	assert_int_equal(report.faults[0].struck, 2);
	assert_int_equal(report.faults[1].struck, 10);
	assert_int_equal(report.faults[2].struck, 3);
}

TEST(a_fault_without_an_occasion_is_a_failed_verdict)
{
	struct vmm_config config = config_with("lost-interrupt@0");
	struct vmm_report report = run(&config);

	assert_failed(&report, "lost-interrupt@0:1 was ordered, and never had an occasion to "
			       "strike: it needs an error of that queue; add --fault abort@0");
}

TEST(faults_that_cannot_be_are_refused)
{
	static const char *const texts[] = {"abort@2", "abort@127", "atc-timeout@0"};
	struct vmm *vmm = NULL;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct vmm_config config = config_with(texts[i]);
		struct cmdqv_error error = {.text = ""};

		config.batch_size = 2;
		assert_int_equal(vmm_create(&vmm, &config, &error), -EINVAL);
		assert_true(strlen(error.text) > 0);
	}
}

TEST(faults_are_read_to_the_letter)
{
	static const char *const bad[] = {"",
					  "abort",
					  "abort@",
					  "abort@x",
					  "abort@-1",
					  "abort@128",
					  "abort@0:0",
					  "abort@0:",
					  "abort@0:x",
					  "abort@0 ",
					  "Abort@0",
					  "aborts@0",
					  "abor@0",
					  "@0",
					  "abort@0:4294967295",
					  "abort@0:1:1",
					  "abort@0:alwaysx"};
	struct vmm_fault fault = {.count = 77};
	char text[48];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (vmm_fault_parse(bad[i], &fault) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(fault.count, 77);
	}
	assert_int_equal(vmm_fault_parse("stall@127:4294967294", &fault), 0);
	assert_int_equal(fault.queue, 127);
	assert_int_equal(fault.count, 4294967294);
	vmm_fault_format(&fault, text, sizeof(text));
	assert_string_equal(text, "stall@127:4294967294");
	assert_int_equal(vmm_fault_parse("stall@3:always", &fault), 0);
	vmm_fault_format(&fault, text, sizeof(text));
	assert_string_equal(text, "stall@3:always");
}
