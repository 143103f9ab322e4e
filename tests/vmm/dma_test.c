/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DMA behind the SMMU, in threads and under KVM: right as long as every invalidation
 * arrives, wrong at a known place as soon as one is lost.
 */
#include "dma.h"
#include "guest/dma.h"

#include <errno.h>
#include <sched.h>
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

/* The judges, given reports that no run here comes to. */

static struct vmm_report good_report(void)
{
	return (struct vmm_report){.ok = true,
				   .verdict = "the rest",
				   .dma = {.ran = true, .rounds = 3, .invalidations = 6}};
}

static void assert_judged(struct vmm_report *report, bool ok, const char *words)
{
	dma_judge(report);
	assert_int_equal(report->ok, ok);
	if (!strstr(report->verdict, words))
		fail_msg("'%s' does not say '%s'", report->verdict, words);
}

TEST(one_number_that_is_not_as_it_should_be_is_refused)
{
	struct vmm_report report = good_report();

	assert_judged(&report, true, "right in all of 3 rounds");
	report = good_report();
	report.dma.idle_invalidations = 1;
	assert_judged(&report, false, "1 invalidation did not meet exactly one");
	report = good_report();
	report.dma.dropped.number = 2;
	assert_judged(&report, false,
		      "invalidation 2 was lost on purpose, and the data do not show it");
	report = good_report();
	report.dma.stale.round = 2;
	assert_judged(&report, false, "in round 2 of vCPU 0 the device reached a former page");
	report = good_report();
	report.ok = false;
	assert_judged(&report, false, "the rest");
}

/* The devices of a VM without a guest. */
struct devices {
	struct memory memory;
	pthread_mutex_t lock;
	struct dma *dma;
};

static void make(struct devices *devices, uint64_t rounds, uint32_t vcpus)
{
	struct vmm_config config = config_of(rounds, vcpus);
	struct cmdqv_error error = {.text = ""};

	assert_int_equal(memory_create(&devices->memory, GUEST_RAM, GUEST_RAM_BYTES), 0);
	pthread_mutex_init(&devices->lock, NULL);
	if (dma_create(&devices->dma, &config, &devices->memory, 7, &devices->lock, &error))
		fail_msg("%s", error.text);
}

static void unmake(struct devices *devices)
{
	dma_destroy(devices->dma);
	pthread_mutex_destroy(&devices->lock);
	memory_destroy(&devices->memory);
}

static struct guest_dma_lane *lane_of(struct devices *devices, uint32_t vcpu)
{
	return memory_at(&devices->memory,
			 GUEST_DMA + (uint64_t)vcpu * GUEST_DMA_STRIDE + GUEST_DMA_LANE,
			 sizeof(struct guest_dma_lane));
}

static struct cmdqv_command tlbi_of(uint16_t asid)
{
	return (struct cmdqv_command){.opcode = 0x12,
				      .vmid = 7,
				      .asid = asid,
				      .address = SOURCE,
				      .last = SOURCE + 0xfff,
				      .raw = {0x12, SOURCE}};
}

/* [HW-18] Else a run in which the devices cached nothing would be called right. */
TEST(an_invalidation_of_what_is_not_cached_is_counted)
{
	const struct cmdqv_command of_first = tlbi_of(0x100), of_last = tlbi_of(0x101);
	const struct cmdqv_command of_none = tlbi_of(0x102), of_driver = tlbi_of(0xff);
	struct vmm_dma_report report;
	struct devices devices;

	make(&devices, 4, 2);
	assert_true(dma_execute(devices.dma, &of_first));
	assert_true(dma_execute(devices.dma, &of_last));
	assert_false(dma_execute(devices.dma, &of_none));
	assert_false(dma_execute(devices.dma, &of_driver));
	dma_report(devices.dma, &report);
	assert_int_equal(report.invalidations, 2);
	assert_int_equal(report.idle_invalidations, 2);
	unmake(&devices);
}

/* The first vCPU is the one to tell; of 3 rounds it has two, the other one. */
TEST(what_is_stale_after_a_vcpus_last_round_is_told_so)
{
	static const struct {
		uint64_t of_first, of_last; /* rounds; 0: not stale */
		uint32_t vcpu;
		bool after_last;
	} cases[] = {{2, 0, 0, false},
		     {3, 0, 0, true},
		     {0, 1, 1, false},
		     {0, 2, 1, true},
		     {2, 2, 0, false}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vmm_dma_report report;
		struct devices devices;

		make(&devices, 3, 2);
		lane_of(&devices, 0)->stale.round = cases[i].of_first;
		lane_of(&devices, 1)->stale.round = cases[i].of_last;
		dma_report(devices.dma, &report);
		assert_int_not_equal(report.stale.round, 0);
		assert_int_equal(report.stale.vcpu, cases[i].vcpu);
		assert_int_equal(report.stale.after_last, cases[i].after_last);
		unmake(&devices);
	}
}

/* [HW-19] The context descriptor is all zeroes. */
TEST(a_job_without_a_translation_is_aborted)
{
	struct guest_dma_job *job;
	struct devices devices;

	make(&devices, 1, 1);
	job = &lane_of(&devices, 0)->job;
	job->source = SOURCE;
	job->destination = DESTINATION;
	job->bytes = 8;
	atomic_store(&job->rung, 1);
	assert_int_equal(dma_start(devices.dma), 0);
	while (atomic_load(&job->done) != 1)
		sched_yield();
	dma_stop(devices.dma);
	assert_true(job->aborted);
	assert_int_equal(job->fault_iova, SOURCE);
	unmake(&devices);
}

int main(int argc, char **argv)
{
	guest = whole_guest(argc, argv);
	return test_run_all(NULL, NULL);
}
