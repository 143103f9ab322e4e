/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine of the model.
 *
 * engine/commands-per-second/q1: a full ring of 256 entries, batches of 63 TLBI_NH_VA and
 * a CMD_SYNC, an executor that only counts; the ring is refilled by PROD alone, for what
 * lies in it does not change. Executing into an SMMU comes on top.
 *
 * engine/prod-to-cons: from the store of PROD to CONS visible, through the mapped page,
 * with the engine spinning on another core; one CMD_SYNC. Only where there are two cores.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "page_backend.h"
#include "soft_host.h"

enum {
	LOG2SIZE = 8,
	ENTRIES = 1 << LOG2SIZE,
	WRAP_MASK = 2 * ENTRIES - 1,
	BATCH = 64,
	MAX_RUNS = 256,
	RINGS_PER_RUN = 100,
	LATENCY_SAMPLES = 20000,
	QUICK_LATENCY_SAMPLES = 100,
};

static void put(uint64_t *ring, uint32_t entry, uint64_t word0, uint64_t word1)
{
	ring[entry * 2] = word0;
	ring[entry * 2 + 1] = word1;
}

static void fill_ring(uint64_t *ring)
{
	for (uint32_t i = 0; i < ENTRIES; i++) {
		if (i % BATCH == BATCH - 1)
			put(ring, i, CMDQV_OP_CMD_SYNC, 0);
		else
			put(ring, i, CMDQV_OP_TLBI_NH_VA | CMDQV_SET(CMDQV_TLBI0_ASID, 1ULL),
			    (uint64_t)i << 12 | CMDQV_TLBI1_LEAF);
	}
}

static _Atomic uint32_t *page_word(const struct soft_vm *vm, uint32_t reg)
{
	return (_Atomic uint32_t *)((char *)vm->page0.host + reg);
}

static void drain(struct soft_vm *vm)
{
	while (cmdqv_soft_host_run(vm->host, ENTRIES) > 0)
		;
}

static void measure_rate(struct bench_report *report, struct soft_vm *vm)
{
	_Atomic uint32_t *prod = page_word(vm, CMDQV_REG_VCMDQ_PROD);
	double samples[MAX_RUNS];
	uint32_t runs = bench_runs(report);
	uint32_t index = 0;

	for (uint32_t run = 0; run < runs; run++) {
		uint64_t before = vm->executed;
		uint64_t start = bench_now_ns();

		for (uint32_t i = 0; i < RINGS_PER_RUN; i++) {
			index = (index + ENTRIES) & WRAP_MASK;
			atomic_store_explicit(prod, index, memory_order_release);
			drain(vm);
		}
		samples[run] =
			(double)(vm->executed - before) * 1e9 / (double)(bench_now_ns() - start);
	}
	bench_add_rate(report, "engine/commands-per-second/q1", "commands/s", samples, runs);
}

struct spinner {
	struct soft_vm *vm;
	_Atomic bool stop;
};

static void *spin(void *context)
{
	struct spinner *spinner = context;

	while (!atomic_load_explicit(&spinner->stop, memory_order_relaxed))
		if (cmdqv_soft_host_pending(spinner->vm->host))
			cmdqv_soft_host_run(spinner->vm->host, BATCH);
	return NULL;
}

static void measure_latency(struct bench_report *report, struct soft_vm *vm)
{
	static double samples[LATENCY_SAMPLES];
	_Atomic uint32_t *prod = page_word(vm, CMDQV_REG_VCMDQ_PROD);
	_Atomic uint32_t *cons = page_word(vm, CMDQV_REG_VCMDQ_CONS);
	uint32_t count = report->quick ? QUICK_LATENCY_SAMPLES : LATENCY_SAMPLES;
	struct spinner spinner = {.vm = vm};
	uint32_t index = atomic_load(prod);
	pthread_t thread;

	for (uint32_t i = 0; i < ENTRIES; i++)
		put(vm->ram, i, CMDQV_OP_CMD_SYNC, 0);
	if (pthread_create(&thread, NULL, spin, &spinner)) {
		report->complaint = "engine: no thread";
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint64_t start = bench_now_ns();

		index = (index + 1) & WRAP_MASK;
		atomic_store_explicit(prod, index, memory_order_release);
		while (atomic_load_explicit(cons, memory_order_acquire) != index)
			;
		samples[i] = (double)(bench_now_ns() - start);
	}
	atomic_store(&spinner.stop, true);
	pthread_join(thread, NULL);
	bench_add(report, "engine/prod-to-cons", "ns", samples, count);
}

void bench_engine(struct bench_report *report)
{
	struct soft_vm vm;

	if (!bench_wanted(report, "engine/"))
		return;
	if (!soft_vm_open(&vm, 1)) {
		report->complaint = "engine: the software backend could not be opened";
		return;
	}
	fill_ring(vm.ram);
	dev_bring_up(vm.dev, 1, 0, LOG2SIZE);
	if (bench_wanted(report, "engine/commands-per-second/"))
		measure_rate(report, &vm);
	if (bench_wanted(report, "engine/prod-to-cons") && sysconf(_SC_NPROCESSORS_ONLN) >= 2)
		measure_latency(report, &vm);
	soft_vm_close(&vm);
}
