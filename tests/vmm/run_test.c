/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole runs, in threads and under KVM, of several geometries. */
#include "upcall.h"

#include <errno.h>
#include <stdlib.h>

#include "whole.h"

/* From the command line. */
static enum vmm_guest guest;

static struct vmm_config small_config(void)
{
	return whole_config(guest);
}

static uint64_t commands(const struct vmm_phase *phase)
{
	return phase->executed_tlbis + phase->executed_syncs;
}

/* [DEV-18] [DEV-19] [HW-10] 20 batches of 8; the error phase: 1 and 4 more. */
TEST(a_mapped_batch_costs_no_exit)
{
	struct vmm_config config = small_config();
	struct vmm_report report = whole_run_well(&config);

	assert_int_equal(report.phase_count, 8);
	assert_string_equal(report.phases[3].name, "invalidate-vintf");
	assert_int_equal(commands(&report.phases[3]), 160);
	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		assert_int_equal(report.phases[3].exits[page], 0);
	assert_int_equal(commands(&report.phases[4]), 160);
	assert_true(report.phases[4].exits[CMDQV_AT_DIRECT0] >= 40);
	assert_int_equal(report.phases[4].exits[CMDQV_AT_VINTF0], 0);
	assert_int_equal(commands(&report.phases[5]), 40);
	assert_int_equal(commands(&report.phases[7]), 8);
}

/* The accesses that a recording of Linux has, without its polling: these never vary. */
TEST(probe_and_reset_cost_the_exits_of_the_recording)
{
	struct vmm_config config = small_config();
	struct vmm_report report = whole_run_well(&config);

	assert_int_equal(report.phases[0].exits[CMDQV_AT_CONFIG], 2);
	assert_int_equal(report.phases[1].exits[CMDQV_AT_CONFIG], 45);
	assert_int_equal(report.phases[1].exits[CMDQV_AT_VINTF0], 12);
	assert_int_equal(report.phases[1].exits[CMDQV_AT_VINTF1], 4);
}

/* [DEV-2] [DEV-9] [HW-1] */
TEST(every_number_of_queues_and_vcpus_works)
{
	static const uint32_t log2_queues[] = {0, 1, 2, 6};
	struct vmm_config config = small_config();

	for (size_t i = 0; i < COUNT(log2_queues); i++) {
		config.log2_queues = log2_queues[i];
		config.batches = 2U << log2_queues[i];
		for (config.vcpus = 1; config.vcpus <= 2; config.vcpus++)
			(void)whole_run_well(&config);
	}
}

/* [DEV-36] How often the page rests is the machine's to say; nothing may be lost by it. */
TEST(a_page_that_may_rest_loses_nothing)
{
	struct vmm_config config = small_config();

	config.rests = true;
	for (config.vcpus = 1; config.vcpus <= 4; config.vcpus++)
		(void)whole_run_well(&config);
}

TEST(the_smallest_and_the_largest_batch_work)
{
	struct vmm_config config = small_config();
	struct vmm_report report;

	config.batches = 3;
	config.batch_size = 2;
	report = whole_run_well(&config);
	assert_int_equal(commands(&report.phases[3]), 6);
	config.batch_size = 1024;
	report = whole_run_well(&config);
	assert_int_equal(commands(&report.phases[3]), 3072);
}

/* [DEV-20] */
TEST(a_vmm_that_refuses_the_page_gets_every_access)
{
	struct vmm_config config = small_config();
	struct vmm_report report;

	config.map_page0 = false;
	report = whole_run_well(&config);
	for (size_t i = 2; i <= 5; i++)
		assert_int_equal(report.phases[i].page0, CMDQV_PAGE0_TRAPPED);
	assert_true(report.phases[3].exits[CMDQV_AT_VINTF0] >= 40);
}

/* Reads a recorded trace back; returns how many lines there are of each kind. */
static void count_lines(FILE *file, size_t counts[CMDQV_TRACE_END + 1],
			struct cmdqv_trace_event *first)
{
	struct cmdqv_trace_event event;
	char line[128];
	bool any = false;

	rewind(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "# cmdqv-trace 1\n");
	while (fgets(line, sizeof(line), file)) {
		assert_int_equal(cmdqv_trace_parse(line, &event, NULL), 0);
		counts[event.kind]++;
		if (!any)
			*first = event;
		any = true;
	}
}

/* [DEV-30] */
TEST(a_recording_has_every_access_command_and_interrupt)
{
	struct vmm_config config = small_config();
	size_t counts[CMDQV_TRACE_END + 1] = {0};
	struct cmdqv_trace_event first = {0};
	struct vmm_report report;
	FILE *file = tmpfile();

	assert_non_null(file);
	config.map_page0 = false;
	config.record = file;
	report = whole_run_well(&config);
	/* Executed at the access, so nothing is ever polled: PROD and one CONS a batch. */
	assert_int_equal(report.phases[3].exits[CMDQV_AT_VINTF0], 40);
	assert_int_equal(report.phases[4].exits[CMDQV_AT_DIRECT0], 40);

	count_lines(file, counts, &first);
	assert_int_equal(first.kind, CMDQV_TRACE_GEOMETRY);
	assert_int_equal(first.log2_vcmdqs, 1);
	assert_int_equal(first.log2_vintfs, 0);
	assert_int_equal(first.log2_sids, 4);
	/* 160 + 160 + 40 + 8 that were executed, and the one that was refused. */
	assert_int_equal(counts[CMDQV_TRACE_COMMAND], 369);
	assert_int_equal(counts[CMDQV_TRACE_REFUSED], 1);
	assert_int_equal(counts[CMDQV_TRACE_INTERRUPT], 1);
	assert_int_equal(counts[CMDQV_TRACE_GEOMETRY], 1);
	assert_int_equal(counts[CMDQV_TRACE_END], 1);
	assert_int_equal(counts[CMDQV_TRACE_NOTHING], 0);
	fclose(file);
}

TEST(two_recordings_of_the_same_run_are_the_same)
{
	struct vmm_config config = small_config();
	FILE *files[2];
	int c;

	config.map_page0 = false;
	for (size_t i = 0; i < 2; i++) {
		files[i] = tmpfile();
		assert_non_null(files[i]);
		config.record = files[i];
		(void)whole_run_well(&config);
		rewind(files[i]);
	}
	do {
		c = fgetc(files[0]);
		assert_int_equal(c, fgetc(files[1]));
	} while (c != EOF);
	fclose(files[0]);
	fclose(files[1]);
}

static int start_no_engine(struct vmm *vmm, struct cmdqv_error *error)
{
	(void)vmm;
	(void)error;
	return 0;
}

/* Without an engine a guest waits for its queue for ever; it is made to give up and says so. */
TEST(a_guest_that_hangs_is_stopped_and_says_what_it_waits_for)
{
	struct vmm_config config = small_config();
	struct vmm_report report;
	struct backend_ops idle;
	struct vmm *vmm;

	config.patience_ms = 300;
	config.vcpus = 2;
	assert_int_equal(vmm_create(&vmm, &config, NULL), 0);
	idle = *vmm->backend_ops;
	idle.start = start_no_engine;
	vmm->backend_ops = &idle;
	assert_int_equal(vmm_run(vmm, &report, NULL), 0);
	vmm_destroy(vmm);
	assert_false(report.ok);
	assert_non_null(strstr(report.verdict, "did not happen in time"));
	assert_non_null(strstr(report.verdict, "STATUS"));
}

static void say_nothing(const char *line)
{
	(void)line;
}

TEST(numbers_out_of_range_are_refused)
{
	struct vmm_config good = small_config();
	struct vmm_config bad[] = {good, good, good, good, good, good, good};

	bad[0].log2_queues = 7;
	bad[1].vcpus = 0;
	bad[2].vcpus = 9;
	bad[3].batch_size = 1;
	bad[4].batch_size = 1025;
	bad[5].record = stdout;
	bad[6].judge_say = say_nothing;
	bad[6].vcpus = 2;
	for (size_t i = 0; i < COUNT(bad); i++)
		whole_refused(&bad[i], "");
}

int main(int argc, char **argv)
{
	guest = whole_guest(argc, argv);
	return test_run_all(NULL, NULL);
}
