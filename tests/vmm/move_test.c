/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * [DEV-29] A guest that goes from one software host to another while it works loses nothing: in the
 * middle of batches, of DMA, and of errors of each kind that it has not acknowledged.
 */
#include "move.h"
#include "upcall.h"

#include "whole.h"

enum { PHASE_INVALIDATE_VINTF = 3 };

/* From the command line. */
static enum vmm_guest guest;

static struct vmm_config config_of(uint32_t moves)
{
	struct vmm_config config = whole_config(guest);

	config.vcpus = 2;
	config.batches = guest == VMM_GUEST_KVM ? 200 : 4000;
	config.batch_size = 16;
	config.moves = moves;
	return config;
}

static uint32_t few_or_many(uint32_t few, uint32_t many)
{
	return guest == VMM_GUEST_KVM ? few : many;
}

/* Each command was executed once and in order, and page 0 cost no exit before or after. */
TEST(commands_go_on_where_they_were)
{
	struct vmm_config config = config_of(few_or_many(5, 100));
	struct vmm_report report;
	uint64_t moves = 0;

	report = whole_run_well(&config);
	for (size_t i = 0; i < report.phase_count; i++)
		moves += report.phases[i].moves;
	assert_int_equal(report.moves.made, config.moves);
	assert_int_equal(moves, config.moves);
	assert_true(report.phases[PHASE_INVALIDATE_VINTF].moves > 0);
	assert_int_equal(report.phases[PHASE_INVALIDATE_VINTF].exits[CMDQV_AT_VINTF0], 0);
	assert_in_range(report.moves.stream_bytes, 1, 4095);
}

TEST(a_page_that_traps_moves_too)
{
	struct vmm_config config = config_of(few_or_many(3, 30));

	config.map_page0 = false;
	config.batches = few_or_many(40, 400);
	(void)whole_run_well(&config);
}

/* [DEV-32] An error of each kind is found by the guest on the new host, as it was on the old one.
 */
TEST(an_error_that_is_not_acknowledged_comes_along)
{
	static const enum cmdqv_fault kinds[] = {CMDQV_FAULT_FETCH_ABORT, CMDQV_FAULT_ATC_TIME_OUT};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct vmm_config config = config_of(few_or_many(5, 40));
		struct vmm_report report;

		config.fault_count = 2;
		config.faults[0] = (struct vmm_fault){.kind = kinds[i], .queue = 0, .count = 1};
		config.faults[1] = (struct vmm_fault){.kind = kinds[i], .queue = 1, .count = 1};
		report = whole_run_well(&config);
		assert_int_equal(report.moves.made, config.moves);
		assert_true(report.moves.held > 0);
		assert_true(report.faults[0].struck > 1);
	}
}

/* The data prove it: what is lost on the way, or executed too late, brings a former page. */
TEST(dma_goes_on_over_moves)
{
	struct vmm_config config = config_of(few_or_many(5, 100));
	struct vmm_report report;

	config.dma_rounds = few_or_many(60, 10000);
	report = whole_run_well(&config);
	assert_int_equal(report.moves.made, config.moves);
	assert_int_equal(report.dma.rounds, config.dma_rounds);
	assert_int_equal(report.dma.invalidations, 2 * config.dma_rounds);
}

TEST(a_lost_invalidation_is_seen_over_moves)
{
	struct vmm_config config = config_of(few_or_many(2, 20));
	struct vmm_report report;

	config.dma_rounds = few_or_many(60, 2000);
	config.drop_invalidation = few_or_many(31, 1501);
	report = whole_run(&config);
	assert_false(report.ok);
	assert_non_null(strstr(report.verdict, "was lost on purpose"));
	assert_true(report.dma.stale.round > 0);
}

/* More moves than work: the verdict says so. */
TEST(too_many_moves_are_not_made_up)
{
	struct vmm_config config = config_of(100000);
	struct vmm_report report;

	config.batches = 1;
	report = whole_run(&config);
	assert_false(report.ok);
	assert_true(report.moves.made < config.moves);
	assert_non_null(strstr(report.verdict, "moves"));
}

TEST(a_recorded_run_does_not_move)
{
	struct vmm_config config = config_of(1);

	config.map_page0 = false;
	config.record = stderr;
	whole_refused(&config, "move");
}

TEST(one_move_too_few_is_refused)
{
	double stood_still[] = {3, 1, 2};
	struct vmm_report report = {.ok = true,
				    .moves = {.wanted = 3, .made = 3, .stood_still = stood_still}};

	move_judge(&report);
	assert_true(report.ok);
	assert_true(report.moves.median == 2 && report.moves.longest == 3);
	report.moves.made = 2;
	move_judge(&report);
	assert_false(report.ok);
	assert_non_null(strstr(report.verdict, "after 2 of 3 moves"));
}

/* What the guest did wrong on a host that it has left counts, as on the last one. */
TEST(an_error_of_the_guest_is_counted_wherever_it_was)
{
	for (uint32_t moves = 0; moves < 2; moves++) {
		struct cmdqv_mmio no_size = {.size = 3};
		struct vmm_config config = config_of(moves);
		struct cmdqv_error error = {.text = ""};
		struct vmm_report report;
		struct vmm *vmm;

		config.batches = 200;
		if (vmm_create(&vmm, &config, &error))
			fail_msg("%s", error.text);
		vmm_access(vmm, &no_size);
		if (vmm_run(vmm, &report, &error))
			fail_msg("%s", error.text);
		assert_false(report.ok);
		assert_int_equal(report.guest_errors, 1);
		assert_int_equal(report.moves.made, moves);
		assert_non_null(strstr(report.verdict, "counted 1 error of the guest"));
		vmm_destroy(vmm);
	}
}

int main(int argc, char **argv)
{
	guest = whole_guest(argc, argv);
	return test_run_all(NULL, NULL);
}
