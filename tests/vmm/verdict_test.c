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
	struct vmm_report report = {.phase_count = VMM_PHASES, .vcpus = 1};

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

/* One more fault that was ordered. */
static void order(struct vmm_report *report, enum cmdqv_fault kind, uint32_t queue, uint64_t struck)
{
	report->faults[report->fault_count++] =
		(struct vmm_fault){.kind = kind, .queue = queue, .count = 1, .struck = struck};
}

static void assert_right(struct vmm_report *report)
{
	vmm_judge(report);
	assert_true(report->ok);
}

static void assert_refused(struct vmm_report *report, const char *words)
{
	vmm_judge(report);
	assert_false(report->ok);
	if (!strstr(report->verdict, words))
		fail_msg("'%s' does not say '%s'", report->verdict, words);
}

TEST(a_run_as_it_should_be_is_ok_and_says_that_it_cost_no_exit)
{
	struct vmm_report report = good_report();

	assert_right(&report);
	assert_non_null(strstr(report.verdict, "no exit"));
}

#define MEMBER(member) offsetof(struct vmm_report, member)

TEST(one_number_that_is_not_as_it_should_be_is_refused)
{
	static const struct {
		size_t member; /* 64 bits */
		uint64_t value;
		const char *words;
	} cases[] = {
		/* An exit of a mapped batch, whatever the page. */
		{MEMBER(phases[VINTF].exits[0]), 1, "cost 1 exit"},
		{MEMBER(phases[VINTF].exits[1]), 1, "cost 1 exit"},
		{MEMBER(phases[VINTF].exits[2]), 1, "cost 1 exit"},
		{MEMBER(phases[VINTF].exits[3]), 1, "cost 1 exit"},
		{MEMBER(phases[VINTF].exits[4]), 1, "cost 1 exit"},
		/* A command that was not executed, a CMD_SYNC too many. */
		{MEMBER(phases[DIRECT].executed_tlbis), 29, "29 and 10 were executed"},
		{MEMBER(phases[ERROR].executed_syncs), 1, "0 and 1 were executed"},
		/* The other way round. */
		{MEMBER(phases[DIRECT].executed_tlbis), 31, "31 and 10 were executed"},
		{MEMBER(phases[VINTF].executed_syncs), 9, "30 and 9 were executed"},
		/* A run that ended early, an error that the device counted. */
		{MEMBER(phase_count), 7, "after 7 of 8 phases"},
		{MEMBER(guest_errors), 2, "2 errors of the guest"},
		{MEMBER(phases[DIRECT].exits[CMDQV_AT_DIRECT0]), 19, "direct aperture"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vmm_report report = good_report();

		memcpy((char *)&report + cases[i].member, &cases[i].value, sizeof(uint64_t));
		assert_refused(&report, cases[i].words);
	}
}

TEST(what_was_found_is_the_reason)
{
	struct vmm_report report = good_report();

	strcpy(report.executor_surprise, "CFGI_ALL was executed");
	assert_refused(&report, "CFGI_ALL was executed");
	report = good_report();
	strcpy(report.guest_failure, "in phase error the guest found: x");
	assert_refused(&report, "the guest found: x");
	strcpy(report.host_message, "LVCMDQ 0: y");
	assert_refused(&report, "the guest found: x; the host said: LVCMDQ 0: y");
}

/* So many exits of the batches through page 0 are right, and one more is not. */
static void assert_at_most(struct vmm_report *report, uint64_t exits)
{
	report->phases[VINTF].exits[CMDQV_AT_VINTF0] = exits;
	vmm_judge(report);
	assert_true(report->ok);
	report->phases[VINTF].exits[CMDQV_AT_VINTF0] = exits + 1;
	assert_refused(report, "cost 1 exit");
}

/* [DEV-36] */
TEST(exits_of_a_page_that_rested_are_told_and_no_more_than_those_are_right)
{
	struct vmm_report report = good_report();

	report.phases[VINTF].rests = 2;
	report.phases[VINTF].rest_exits = 3;
	report.phases[VINTF].exits[CMDQV_AT_VINTF0] = 3;
	report.phases[ERROR].rests = 1;
	report.phases[ERROR].page0 = CMDQV_PAGE0_RESTING;
	assert_right(&report);
	assert_non_null(strstr(report.verdict, "rests 2, exits 3"));

	report.phases[VINTF].exits[CMDQV_AT_VINTF0] = 4;
	assert_refused(&report, "cost 1 exit");
	report.vcpus = 2;
	assert_right(&report);

	report.phases[2].page0 = CMDQV_PAGE0_RESTING;
	assert_refused(&report, "is resting, not mapped");
}

/* [DEV-36] A rest goes over the end of a phase; vCPUs that it sends out come in the next. */
TEST(a_rest_of_the_phase_before_accounts_for_exits_too)
{
	struct vmm_report report = good_report();

	report.vcpus = 4;
	report.phases[VINTF - 1].rests = 1;
	report.phases[VINTF - 1].page0 = CMDQV_PAGE0_RESTING;
	report.phases[VINTF].rest_exits = 1;
	assert_at_most(&report, 4);

	report.phases[VINTF].exits[CMDQV_AT_VINTF0] = 0;
	report.phases[VINTF].rest_exits = 0;
	report.phases[VINTF].page0 = CMDQV_PAGE0_RESTING;
	assert_right(&report);
}

/* [DEV-36] [DEV-29] Then each vCPU that left for the resting page finds it back. */
TEST(a_rest_that_a_move_ends_accounts_for_an_exit_of_each_vcpu)
{
	struct vmm_report report = good_report();

	report.vcpus = 2;
	report.phases[VINTF].rests = 2;
	report.phases[VINTF].moves = 1;
	assert_at_most(&report, 3);

	report.vcpus = 1;
	report.phases[VINTF].moves = 5;
	assert_at_most(&report, 2);
	report.phases[VINTF].exits[CMDQV_AT_VINTF0] = 2;
	report.phases[VINTF].rests = 0;
	assert_refused(&report, "cost 2 exits");
}

TEST(what_hardware_executed_is_the_guests_word_and_not_called_exact)
{
	struct vmm_report report = good_report();

	report.by_hardware = true;
	for (size_t i = 0; i < VMM_PHASES; i++)
		report.phases[i].executed_tlbis = report.phases[i].executed_syncs = 0;
	assert_right(&report);
	assert_non_null(strstr(report.verdict, "the hardware's CONS passed"));
	assert_null(strstr(report.verdict, "exactly"));
	report.phases[VINTF].exits[CMDQV_AT_CONFIG] = 1;
	assert_refused(&report, "cost 1 exit");
}

/* [DEV-18] [DEV-20] */
TEST(a_page_that_stays_mapped_or_could_not_be_mapped_is_refused)
{
	struct vmm_report report = good_report();

	report.phases[6].page0 = CMDQV_PAGE0_MAPPED;
	assert_refused(&report, "is mapped, not none");
	report = good_report();
	report.phases[2].page0 = CMDQV_PAGE0_TRAPPED;
	strcpy(report.host_message, "the VMM has no memslot left");
	assert_refused(&report, "no memslot left");
}

/* [DEV-20] [DEV-36] */
TEST(a_page_that_was_refused_must_be_trapped_and_cost_exits)
{
	struct vmm_report report = good_report();

	report.vmm_refused_page0 = true;
	for (size_t i = 2; i <= ERROR; i++)
		report.phases[i].page0 = CMDQV_PAGE0_TRAPPED;
	report.phases[VINTF].exits[CMDQV_AT_VINTF0] = 20;
	assert_right(&report);
	assert_non_null(strstr(report.verdict, "cost 20 exits"));

	report.phases[VINTF].exits[CMDQV_AT_VINTF0] = 19;
	assert_refused(&report, "did not exit");

	report.phases[VINTF].exits[CMDQV_AT_VINTF0] = 20;
	report.phases[ERROR].rests = 1;
	report.phases[ERROR].page0 = CMDQV_PAGE0_RESTING;
	assert_refused(&report, "is resting, not trapped");
}

/* [HW-25] What had no effect on purpose is neither executed nor lost; all else must be. */
TEST(of_tlbis_without_effect_as_many_are_missing_as_were_struck)
{
	struct vmm_report report = good_report();

	order(&report, CMDQV_FAULT_REPEAT, 0, 2);
	order(&report, CMDQV_FAULT_REPEAT, 1, 1);
	report.phases[VINTF].executed_tlbis = 27;
	assert_right(&report);
	report.phases[VINTF].executed_tlbis = 28;
	assert_refused(&report, "58 were executed and 3 had no effect");
	report.phases[VINTF].executed_tlbis = 26;
	assert_refused(&report, "56 were executed and 3 had no effect");

	/* Faults of another kind excuse nothing; here all 20 ATC_INV are done, or timed out. */
	report.phases[VINTF].executed_atcs = 17;
	for (enum cmdqv_fault kind = 0; kind < CMDQV_FAULTS; kind++) {
		if (kind == CMDQV_FAULT_REPEAT)
			continue;
		report.faults[0].kind = report.faults[1].kind = kind;
		assert_refused(&report, "30 TLBI_NH_VA and 10 CMD_SYNC, but 26 and 10");
	}
}

/* [HW-20] */
TEST(each_fault_must_have_struck)
{
	struct vmm_report report = good_report();

	order(&report, CMDQV_FAULT_STALLED_ENGINE, 0, 1);
	order(&report, CMDQV_FAULT_STALLED_ENGINE, 1, 1);
	assert_right(&report);
	report.faults[1].struck = 0;
	assert_refused(&report, "the fault stall@1:1 was ordered, and never had an occasion");
	report.faults[0].struck = 0;
	assert_refused(&report, "the fault stall@0:1 was ordered, and never had an occasion");
}

/* An error costs exits; without one none are forgiven. */
TEST(exits_are_forgiven_where_the_guest_handled_an_error)
{
	struct vmm_report report = good_report();

	report.phases[VINTF].errors[1] = 1;
	report.phases[VINTF].exits[CMDQV_AT_VINTF1] = 4;
	assert_right(&report);
	assert_non_null(strstr(report.verdict, "to handle 1 error among 10 batches cost 4 exits"));
	report.phases[VINTF].errors[1] = 0;
	report.phases[DIRECT].errors[1] = 1;
	assert_refused(&report, "cost 4 exits");
}

/* [HW-20] */
TEST(each_batch_has_an_atc_inv_where_some_time_out)
{
	struct vmm_report report = good_report();

	order(&report, CMDQV_FAULT_ATC_TIME_OUT, 0, 2);
	report.phases[VINTF].executed_atcs = 8;
	report.phases[DIRECT].executed_atcs = 10;
	assert_right(&report);
	report.phases[DIRECT].executed_atcs = 9;
	assert_refused(&report, "sent 20 ATC_INV, 17 were executed and 2 timed out");
	report.phases[DIRECT].executed_atcs = 11;
	assert_refused(&report, "sent 20 ATC_INV, 19 were executed and 2 timed out");
}
