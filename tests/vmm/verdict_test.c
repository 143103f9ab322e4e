/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm.h"

#include <string.h>

#include "../test.h"

enum { VINTF = 3, DIRECT = 4, ERROR = 5 }; /* where these phases stand in the report */

/* A run as it should be, of 10 batches of 4 commands. */
static struct vmm_report good_report(void)
{
	static const enum cmdqv_page0_life page0[VMM_PHASES] = {
		CMDQV_PAGE0_NONE,   CMDQV_PAGE0_NONE,	CMDQV_PAGE0_MAPPED, CMDQV_PAGE0_MAPPED,
		CMDQV_PAGE0_MAPPED, CMDQV_PAGE0_MAPPED, CMDQV_PAGE0_NONE,   CMDQV_PAGE0_NONE,
	};
	struct vmm_report report = {.phase_count = VMM_PHASES};

	for (size_t i = 0; i < VMM_PHASES; i++) {
		report.phases[i].name = "some";
		report.phases[i].page0 = page0[i];
	}
	for (size_t i = VINTF; i <= DIRECT; i++) {
		report.phases[i].batches = 10;
		report.phases[i].sent_tlbis = report.phases[i].executed_tlbis = 30;
		report.phases[i].sent_syncs = report.phases[i].executed_syncs = 10;
	}
	report.phases[DIRECT].exits[CMDQV_AT_DIRECT0] = 20;
	return report;
}

static void assert_refused(struct vmm_report *report, const char *words)
{
	vmm_judge(report);
	assert_false(report->ok);
	if (!strstr(report->verdict, words))
		fail_msg("'%s' does not say '%s'", report->verdict, words);
}

/* A test of its own: a good run, but for one thing, is refused in these words. */
#define REFUSED(name, spoil, words)                                                                \
	TEST(name)                                                                                 \
	{                                                                                          \
		struct vmm_report report = good_report();                                          \
                                                                                                   \
		spoil;                                                                             \
		assert_refused(&report, words);                                                    \
	}

REFUSED(a_command_that_was_not_executed_is_refused, report.phases[DIRECT].executed_tlbis--,
	"29 and 10 were executed")
REFUSED(a_sync_too_many_is_refused, report.phases[ERROR].executed_syncs++, "0 and 1 were executed")
REFUSED(a_run_that_ended_early_is_refused, report.phase_count = 7, "after 7 of 8 phases")
REFUSED(what_the_guest_found_is_the_reason, strcpy(report.guest_failure, "a queue is blue"),
	"a queue is blue")
REFUSED(what_surprised_the_executor_is_the_reason,
	strcpy(report.executor_surprise, "CFGI_ALL was executed"), "CFGI_ALL was executed")
REFUSED(an_error_of_the_guest_that_the_device_counted_is_refused, report.guest_errors = 2,
	"2 errors of the guest")
REFUSED(a_direct_aperture_that_does_not_trap_is_refused,
	report.phases[DIRECT].exits[CMDQV_AT_DIRECT0] = 19, "direct aperture")
/* [DEV-18] */
REFUSED(a_page_that_stays_mapped_is_refused, report.phases[6].page0 = CMDQV_PAGE0_MAPPED,
	"is mapped, not none")
/* [DEV-20] */
REFUSED(a_page_that_could_not_be_mapped_is_refused_with_the_hosts_reason,
	(report.phases[2].page0 = CMDQV_PAGE0_TRAPPED,
	 strcpy(report.host_message, "the VMM has no slot left")),
	"no slot left")
REFUSED(what_the_host_said_stands_behind_what_the_guest_found,
	(strcpy(report.guest_failure, "in phase error the guest found: x"),
	 strcpy(report.host_message, "queue 0: y")),
	"the guest found: x; the host said: queue 0: y")

TEST(a_run_as_it_should_be_is_ok_and_says_that_it_cost_no_exit)
{
	struct vmm_report report = good_report();

	vmm_judge(&report);
	assert_true(report.ok);
	assert_non_null(strstr(report.verdict, "no exit"));
}

TEST(one_exit_of_a_mapped_batch_is_too_many_whatever_the_page)
{
	for (size_t page = 0; page < CMDQV_AT_PAGES; page++) {
		struct vmm_report report = good_report();

		report.phases[VINTF].exits[page] = 1;
		assert_refused(&report, "cost 1 exits");
	}
}

TEST(what_hardware_executed_is_the_guests_word_and_not_called_exact)
{
	struct vmm_report report = good_report();

	report.by_hardware = true;
	for (size_t i = 0; i < VMM_PHASES; i++)
		report.phases[i].executed_tlbis = report.phases[i].executed_syncs = 0;
	vmm_judge(&report);
	assert_true(report.ok);
	assert_non_null(strstr(report.verdict, "the hardware's CONS passed"));
	assert_null(strstr(report.verdict, "exactly"));
	report.phases[VINTF].exits[CMDQV_AT_CONFIG] = 1;
	assert_refused(&report, "cost 1 exits");
}

/* [DEV-20] */
TEST(a_page_that_was_refused_must_be_trapped_and_cost_exits)
{
	struct vmm_report report = good_report();

	report.vmm_refused_page0 = true;
	for (size_t i = 2; i <= ERROR; i++)
		report.phases[i].page0 = CMDQV_PAGE0_TRAPPED;
	report.phases[VINTF].exits[CMDQV_AT_VINTF0] = 20;
	vmm_judge(&report);
	assert_true(report.ok);
	assert_non_null(strstr(report.verdict, "cost 20 exits"));

	report.phases[VINTF].exits[CMDQV_AT_VINTF0] = 19;
	assert_refused(&report, "did not exit");
}
