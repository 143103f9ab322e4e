/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on demand, as a Linux-like guest sees them: each kind, and what comes of it. */
#include "fault.h"
#include "guest/driver.h"
#include "upcall.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "whole.h"

enum { BRING_UP = 2, VINTF = 3, ERROR = 5 };	     /* phases */
enum { OTHER, ILLEGAL, ABORT, ATC, ILLEGAL_ACCESS }; /* CONS.ERR */

#define IN_VAIN "found: what it waited for did not happen in time (VINTF0 LVCMDQ1 "

/* 20 batches of 7 TLBIs and a CMD_SYNC, of two queues; one of the TLBIs is an ATC_INV. */
static const struct {
	const char *name;
	const char *fault;
	uint64_t struck;		     /* so often; 0: it does not matter */
	const char *says;		     /* NULL: the verdict is ok, so nothing is lost */
	uint32_t phase;			     /* in this one */
	uint64_t errors[ILLEGAL_ACCESS + 1]; /* that the guest's handler found there */
	uint64_t lost, atcs, syncs; /* TLBIs, and what was executed; 0: it does not matter */
} cases[] = {
	/* clang-format off */
	{"[HW-20] the driver puts a CMD_SYNC over a refused command, as Linux does: it is lost",
	 "refuse@0:1", 1,
	 "the invalidation of 0x100000000000 (entry 0) was lost: the fault refuse@0 refused it",
	 VINTF, {[ILLEGAL] = 1}, .lost = 1, .syncs = 21},
	{"[HW-20] [HW-13] what an abort stopped is fetched again after each acknowledgement",
	 "abort@1:3", 3, NULL, VINTF, {[ABORT] = 3}, .syncs = 20},
	{"the phase with errors of the guest's own is not touched by it",
	 "abort@1:3", 3, NULL, ERROR, {[ILLEGAL] = 1}, .lost = 0},
	{"[HW-20] [HW-13] an ATC that does not answer is told at the CMD_SYNC, which completes then",
	 "atc-timeout@0:2", 2, NULL, VINTF, {[ATC] = 2}, .atcs = 18, .syncs = 20},
	{"[HW-20] [HW-6] a delayed enable is waited for",
	 "delayed-enable@1:50", 50, NULL, BRING_UP, {0}, .lost = 0},
	{"[HW-20] [HW-6] CMDQ_INIT_ERR, and STATUS that never comes: the guest gives up",
	 "refused-enable@1", 1, "in phase bring-up the guest " IN_VAIN "STATUS: expected 0x1, got 0x0)",
	 BRING_UP, {[OTHER] = 1}, .lost = 0},
	{"[HW-20] [HW-9] without an interrupt the queue stands until the guest gives up",
	 "lost-interrupt@1", 1, "in phase error the guest " IN_VAIN "CONS", ERROR, {0}, .lost = 0},
	{"[HW-20] a stall that ends costs time only",
	 "stall@0:1000", 1000, NULL, VINTF, {0}, .syncs = 20},
	{"[HW-20] one that does not is a time-out; the other queue's batch is done meanwhile",
	 "stall@1:always", 0,
	 "in phase invalidate-vintf the guest " IN_VAIN "CONS: expected 0x8, got 0x0)",
	 VINTF, {0}, .syncs = 1},
	{"a fault without an occasion is a failed verdict",
	 "lost-interrupt@0", 0,
	 "lost-interrupt@0:1 was ordered, and never had an occasion to strike: it needs an error of "
	 "that queue; add --fault abort@0",
	 VINTF, {0}, .syncs = 20},
	/* clang-format on */
};

static struct vmm_config config_with(const char *text)
{
	struct vmm_config config = whole_config(VMM_GUEST_THREAD);

	config.fault_count = 1;
	assert_int_equal(vmm_fault_parse(text, &config.faults[0]), 0);
	return config;
}

static void expect(uint64_t expected, uint64_t found)
{
	if (expected)
		assert_int_equal(found, expected);
}

TEST(each_fault_has_its_outcome)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vmm_config config = config_with(cases[i].fault);
		struct vmm_report report = whole_run(&config);
		const struct vmm_phase *phase = &report.phases[cases[i].phase];

		print_message("%s\n", cases[i].name);
		if (report.ok != !cases[i].says ||
		    (cases[i].says && !strstr(report.verdict, cases[i].says)))
			fail_msg("%s", report.verdict);
		expect(cases[i].struck, report.faults[0].struck);
		for (size_t e = 0; e <= ILLEGAL_ACCESS; e++)
			assert_int_equal(phase->errors[e], cases[i].errors[e]);
		expect(cases[i].lost, phase->sent_tlbis - phase->executed_tlbis);
		expect(cases[i].atcs, phase->executed_atcs);
		expect(cases[i].syncs, phase->executed_syncs);
		/* A guest that waited in vain ends there, any other goes on to its last phase. */
		assert_int_equal(report.phase_count,
				 strstr(report.verdict, "in time") ? cases[i].phase + 1 : 8);
	}
}

/* The VMM looks after its guest every tenth of a second; hurried, twenty times as often. */
enum { HURRY_NS = 5000000 };

static atomic_uint looks;
static bool is_hurried;

int __real_pthread_cond_timedwait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock,
				  const struct timespec *until);

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *lock,
				  const struct timespec *until)
{
	struct timespec soon;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &soon);
	soon.tv_nsec += HURRY_NS;
	if (soon.tv_nsec >= 1000000000) {
		soon.tv_nsec -= 1000000000;
		soon.tv_sec++;
	}
	err = __real_pthread_cond_timedwait(condition, lock, is_hurried ? &soon : until);
	if (err == ETIMEDOUT)
		atomic_fetch_add(&looks, 1);
	return err;
}

/* [HW-20] Not before: ten looks at least, however slow the machine is. */
TEST(a_guest_in_which_nothing_happens_is_given_a_second)
{
	struct vmm_config config = config_with("stall@1:always");

	atomic_store(&looks, 0);
	assert_false(whole_run(&config).ok);
	assert_true(atomic_load(&looks) >= 10);
}

/* A vCPU that gets no CPU before the VMM has looked five times. */
static bool is_late;

void __real_guest_driver_run(struct guest_driver *, struct guest_cpu *, uint32_t);
void __wrap_guest_driver_run(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index);

void __wrap_guest_driver_run(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index)
{
	while (is_late && atomic_load(&looks) < 5 && !atomic_load(&driver->mailbox->stop))
		sched_yield();
	__real_guest_driver_run(driver, cpu, index);
}

/* Recorded, so that it never waits for the engine. */
TEST(a_guest_that_has_not_begun_does_not_hang)
{
	struct vmm_config config = whole_config(VMM_GUEST_THREAD);

	config.patience_ms = 1;
	config.map_page0 = false;
	config.record = tmpfile();
	assert_non_null(config.record);
	atomic_store(&looks, 0);
	is_late = true;
	(void)whole_run_well(&config);
	is_late = false;
	fclose(config.record);
}

static int start_no_engine(struct vmm *vmm, struct cmdqv_error *error)
{
	(void)vmm;
	(void)error;
	return 0;
}

static void say_nothing(const char *line)
{
	(void)line;
}

/* A case counts its waits: one that waits in vain for 20 s, for the machine is slow, is no hang. */
TEST(a_case_that_waits_in_vain_gives_up_by_itself)
{
	struct vmm_config config = whole_config(VMM_GUEST_THREAD);
	struct vmm_report report;
	struct backend_ops idle;
	struct vmm *vmm;

	config.judge_say = say_nothing;
	config.judge_only = "command-legal";
	assert_int_equal(vmm_create(&vmm, &config, NULL), 0);
	idle = *vmm->backend_ops;
	idle.start = start_no_engine;
	vmm->backend_ops = &idle;
	atomic_store(&looks, 0);
	is_hurried = true;
	assert_int_equal(vmm_run(vmm, &report, NULL), 0);
	is_hurried = false;
	vmm_destroy(vmm);
	assert_true(atomic_load(&looks) > 200);
	assert_string_equal(report.guest_failure, "");
	assert_int_equal(report.judged, 1);
	assert_false(report.ok);
}

TEST(cases_are_right_only_if_there_are_some_and_the_guest_came_to_their_end)
{
	static const struct {
		const char *only, *failure;
		int judged;
		const char *verdict;
	} runs[] = {
		{"command-legal", "", 0, "every case passed"},
		{"no-such-case", "", -1, "no case has that name"},
		{"command-legal", "the guest hangs", 0, "the guest hangs"},
	};

	for (size_t i = 0; i < COUNT(runs); i++) {
		struct vmm_config config = whole_config(VMM_GUEST_THREAD);
		struct vmm_report report;
		struct vmm *vmm;

		config.judge_say = say_nothing;
		config.judge_only = runs[i].only;
		assert_int_equal(vmm_create(&vmm, &config, NULL), 0);
		snprintf(vmm->report.guest_failure, sizeof(vmm->report.guest_failure), "%s",
			 runs[i].failure);
		assert_int_equal(vmm_run(vmm, &report, NULL), 0);
		vmm_destroy(vmm);
		assert_int_equal(report.judged, runs[i].judged);
		assert_int_equal(report.ok, i == 0);
		assert_string_equal(report.verdict, runs[i].verdict);
	}
}

/* [HW-20] An illegal command and an ATC_INV have room in the smallest batch that there can be. */
TEST(batches_of_any_size_have_their_atc_inv)
{
	for (uint32_t size = 3; size <= 6; size++) {
		struct vmm_config config = config_with("atc-timeout@0:2");
		struct vmm_report report;

		config.batch_size = size;
		report = whole_run_well(&config);
		assert_int_equal(report.phases[VINTF].executed_atcs, 18);
		assert_int_equal(report.phases[ERROR].executed_atcs, report.phases[ERROR].batches);
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
	report = whole_run_well(&config);
	assert_int_equal(report.faults[0].struck, 2);
	assert_int_equal(report.faults[1].struck, 10);
	assert_int_equal(report.faults[2].struck, 3);
}

TEST(faults_that_cannot_be_are_refused)
{
	static const char *const texts[] = {"abort@2", "abort@127", "atc-timeout@0"};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct vmm_config config = config_with(texts[i]);

		config.batch_size = 2;
		whole_refused(&config, "");
	}
}

/* Both would have the counts of the second. */
TEST(a_fault_is_not_ordered_twice)
{
	struct vmm_config config = config_with("repeat@0:2");

	config.fault_count = 3;
	assert_int_equal(vmm_fault_parse("stall@1:3", &config.faults[1]), 0);
	assert_int_equal(vmm_fault_parse("repeat@0:3", &config.faults[2]), 0);
	whole_refused(&config, "ordered twice for queue 0");
	config.faults[2].queue = 1;
	(void)whole_run_well(&config);
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

	for (size_t i = 0; i < COUNT(bad); i++) {
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
