/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on demand, as a Linux-like guest sees them: each kind, and what comes of it. */
#include "fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

static void expect_errors(const struct vmm_phase *phase, uint64_t illegal, uint64_t abort_,
			  uint64_t atc)
{
	assert_int_equal(phase->errors[OTHER], 0);
	assert_int_equal(phase->errors[ILLEGAL], illegal);
	assert_int_equal(phase->errors[ABORT], abort_);
	assert_int_equal(phase->errors[ATC], atc);
	assert_int_equal(phase->errors[ILLEGAL_ACCESS], 0);
}

/*
 * [HW-20] [HW-6] [HW-9] [HW-13] Good ones cost time only. In the others the words are of the guest,
 * which waits until it gives up, or of who counts what was executed: the driver puts a CMD_SYNC
 * over a refused command, as Linux does. An ATC that does not answer is told at the CMD_SYNC behind
 * it.
 */
TEST(each_fault_strikes_as_ordered_and_the_verdict_says_what_came_of_it)
{
	static const struct {
		const char *fault;
		const char *verdict; /* NULL: it is good */
		uint32_t phases;
		int64_t struck; /* -1: until the guest gave up */
		struct {
			uint64_t illegal, abort_, atc, lost_tlbis, atcs, syncs;
		} vintf;
	} cases[] = {
		{"refuse@0:1",
		 "the invalidation of 0x100000000000 (entry 0) was lost: the fault refuse@0 "
		 "refused it",
		 8,
		 1,
		 {1, 0, 0, 1, 0, 21}},
		{"abort@1:3", NULL, 8, 3, {0, 3, 0, 0, 0, 20}},
		{"atc-timeout@0:2", NULL, 8, 2, {0, 0, 2, 0, 18, 20}},
		{"delayed-enable@1:50", NULL, 8, 50, {0, 0, 0, 0, 0, 20}},
		{"stall@0:1000", NULL, 8, 1000, {0, 0, 0, 0, 0, 20}},
		{"refused-enable@1",
		 "in phase bring-up the guest found: what it waited for did not happen in time "
		 "(VINTF0 LVCMDQ1 STATUS: expected 0x1, got 0x0)",
		 3,
		 1,
		 {0, 0, 0, 0, 0, 0}},
		{"lost-interrupt@1",
		 "in phase error the guest found: what it waited for did not happen in time "
		 "(VINTF0 LVCMDQ1 CONS",
		 6,
		 1,
		 {0, 0, 0, 0, 0, 20}},
		{"stall@1:always",
		 "in phase invalidate-vintf the guest found: what it waited for did not happen in "
		 "time (VINTF0 LVCMDQ1 CONS: expected 0x8, got 0x0)",
		 4,
		 -1,
		 {0, 0, 0, 7, 0, 1}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vmm_config config = config_with(cases[i].fault);
		struct vmm_report report = run(&config);
		const struct vmm_phase *vintf = &report.phases[VINTF];

		print_message("%s: %s\n", cases[i].fault, report.verdict);
		if (cases[i].verdict)
			assert_non_null(strstr(report.verdict, cases[i].verdict));
		assert_int_equal(report.ok, cases[i].verdict == NULL);
		assert_int_equal(report.phase_count, cases[i].phases);
		if (cases[i].struck >= 0)
			assert_int_equal(report.faults[0].struck, cases[i].struck);
		expect_errors(vintf, cases[i].vintf.illegal, cases[i].vintf.abort_,
			      cases[i].vintf.atc);
		assert_int_equal(vintf->sent_tlbis - vintf->executed_tlbis,
				 cases[i].vintf.lost_tlbis);
		assert_int_equal(vintf->executed_atcs, cases[i].vintf.atcs);
		assert_int_equal(vintf->executed_syncs, cases[i].vintf.syncs);
		if (report.phase_count == 3)
			assert_int_equal(report.phases[BRING_UP].errors[OTHER], 1);
		else
			expect_errors(&report.phases[ERROR], report.phase_count == 8, 0, 0);
	}
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
	if (!report.ok)
		fail_msg("%s", report.verdict);
	assert_int_equal(report.faults[0].struck, 2);
	assert_int_equal(report.faults[1].struck, 10);
	assert_int_equal(report.faults[2].struck, 3);
}

TEST(a_fault_without_an_occasion_is_a_failed_verdict)
{
	struct vmm_config config = config_with("lost-interrupt@0");
	struct vmm_report report = run(&config);

	assert_false(report.ok);
	assert_non_null(strstr(report.verdict,
			       "lost-interrupt@0:1 was ordered, and never had an occasion to "
			       "strike: it needs an error of that queue; add --fault abort@0"));
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
