/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA behind the SMMU, in threads and under KVM: right as long as every invalidation
 * arrives, wrong at a known place as soon as one is lost.
 */
#include <errno.h>
#include <stdlib.h>

#include "whole.h"

enum { PHASE_INVALIDATE_VINTF = 3, PHASE_INVALIDATE_DIRECT = 4 };

#define SOURCE 0x4012345000ULL
#define DESTINATION 0x4012346000ULL
#define PAGE_OF(iova) ((iova) & ~0xfffULL)

/* From the command line. */
static enum vmm_guest guest;

/* Each run under KVM makes a virtual machine, which takes its time. */
static uint64_t few_or_many(uint64_t few, uint64_t many)
{
	return guest == VMM_GUEST_KVM ? few : many;
}

static struct vmm_config config_of(uint64_t rounds, uint32_t vcpus)
{
	struct vmm_config config = whole_config(guest);

	config.vcpus = vcpus;
	config.dma_rounds = rounds;
	return config;
}

static uint64_t exits_of(const struct vmm_phase *phase)
{
	uint64_t sum = 0;

	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		sum += phase->exits[page];
	return sum;
}

static void check_good(const struct vmm_report *report, uint64_t rounds)
{
	const struct vmm_phase *phase = &report->phases[PHASE_INVALIDATE_VINTF];

	if (!report->ok)
		fail_msg("%s", report->verdict);
	assert_true(report->dma.ran);
	assert_int_equal(report->dma.rounds, rounds);
	assert_int_equal(report->dma.invalidations, 2 * rounds);
	assert_int_equal(report->dma.idle_invalidations, 0);
	assert_int_equal(report->dma.dropped.number, 0);
	assert_int_equal(report->dma.stale.round, 0);
	assert_int_equal(phase->batches, rounds);
	assert_int_equal(phase->executed_tlbis, 2 * rounds);
	assert_int_equal(phase->executed_syncs, rounds);
	assert_int_equal(report->phases[PHASE_INVALIDATE_DIRECT].batches, 0);
}

/* [HW-18] [HW-19] [DEV-18] A copy and a checksum in each round, and one of each at the end. */
TEST(data_are_right_in_every_round_and_cost_no_exit)
{
	struct vmm_config config = config_of(300, 1);
	struct vmm_report report = whole_run(&config);

	check_good(&report, 300);
	assert_int_equal(report.dma.jobs, 2 * 301);
	assert_int_equal(report.dma.bytes, 301 * 1024);
	assert_int_equal(exits_of(&report.phases[PHASE_INVALIDATE_VINTF]), 0);
}

/* [HW-12] [HW-19] Each vCPU with its own device, ASID and page table, over shared queues. */
TEST(every_vcpu_has_a_device_of_its_own)
{
	static const uint32_t vcpus[] = {2, 3, 8};

	for (size_t i = 0; i < COUNT(vcpus); i++) {
		struct vmm_config config = config_of(50, vcpus[i]);
		struct vmm_report report = whole_run(&config);

		check_good(&report, 50);
		assert_int_equal(report.dma.jobs, 2 * (50 + vcpus[i]));
	}
}

/* [DEV-20] */
TEST(data_are_right_where_every_access_traps)
{
	struct vmm_config config = config_of(50, 1);
	struct vmm_report report;

	config.map_page0 = false;
	report = whole_run(&config);
	check_good(&report, 50);
	assert_true(exits_of(&report.phases[PHASE_INVALIDATE_VINTF]) >= 100);
}

/*
 * [HW-18] The sweep: each round invalidates the source first and then the destination, so
 * what the N-th does shows in the round after its own.
 */
TEST(every_lost_invalidation_shows_in_the_next_round)
{
	const uint64_t rounds = few_or_many(3, 6);

	for (uint64_t n = 1; n <= 2 * rounds; n++) {
		struct vmm_config config = config_of(rounds, 1);
		uint64_t page = n % 2 ? SOURCE : DESTINATION;
		struct vmm_report report;
		char number[64];

		config.drop_invalidation = n;
		report = whole_run(&config);
		assert_false(report.ok);
		assert_int_equal(report.dma.dropped.number, n);
		assert_int_equal(report.dma.dropped.iova, page);
		assert_int_equal(report.dma.stale.round, (n + 1) / 2 + 1);
		assert_int_equal(report.dma.stale.after_last, n > 2 * (rounds - 1));
		assert_int_equal(PAGE_OF(report.dma.stale.iova), page);
		assert_int_not_equal(report.dma.stale.expected, report.dma.stale.found);
		assert_int_equal(report.dma.rounds, (n + 1) / 2);
		snprintf(number, sizeof(number), "invalidation %u, of IOVA 0x%llx", (unsigned int)n,
			 (unsigned long long)page);
		assert_non_null(strstr(report.verdict, number));
		snprintf(number, sizeof(number), "0x%016llx",
			 (unsigned long long)report.dma.stale.found);
		assert_non_null(strstr(report.verdict, number));
	}
}

/* [HW-18] The vCPU that lost it finds it; the others are told to stop. */
TEST(the_vcpu_whose_invalidation_is_lost_finds_stale_data)
{
	for (uint64_t n = 1; n <= 24; n += few_or_many(9, 3)) {
		struct vmm_config config = config_of(12, 3);
		struct vmm_report report;

		config.drop_invalidation = n;
		report = whole_run(&config);
		assert_false(report.ok);
		assert_int_equal(report.dma.dropped.number, n);
		assert_int_equal(report.dma.stale.vcpu, report.dma.dropped.vcpu);
		assert_int_equal(PAGE_OF(report.dma.stale.iova), report.dma.dropped.iova);
	}
}

TEST(what_cannot_be_is_refused)
{
	struct vmm_config good = config_of(6, 1);
	struct vmm_config bad[] = {good, good, good, good, good};

	bad[0].drop_invalidation = 13;
	bad[1].dma_rounds = 0;
	bad[1].drop_invalidation = 1;
	bad[2].map_page0 = false;
	bad[2].record = stdout;
	bad[3].fault_count = 1;
	bad[3].faults[0].count = 1;
	bad[4].dma_rounds = 1ULL << 32;
	for (size_t i = 0; i < COUNT(bad); i++)
		whole_refused(&bad[i], "");
}

int main(int argc, char **argv)
{
	guest = whole_guest(argc, argv);
	return test_run_all(NULL, NULL);
}
