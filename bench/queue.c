/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest's configuration costs on the software backend: queue/bind, queue/unbind by
 * CMDQ_ALLOC of one queue of two, and page0/map, page0/unmap, which the same writes cause,
 * with a VMM whose callbacks do nothing. The two are told apart by a VMM's clock.
 *
 * The kernel's own time to make or withdraw a memslot is not in it.
 */
#include "bench.h"
#include "page_backend.h"
#include "soft_host.h"

enum { TURNS = 200, MAX_RUNS = 256, LOG2SIZE = 8 };

/* Writes CMDQ_ALLOC(1); queue 0 stays bound, so the page is withdrawn and mapped again. */
static void allocate(struct cmdqv *dev, bool yes)
{
	dev_write(dev, CMDQV_REG_CMDQ_ALLOC + sizeof(uint32_t), 4,
		  CMDQV_SET(CMDQV_CMDQ_ALLOC_LVCMDQ, 1U) | (yes ? CMDQV_CMDQ_ALLOC_ALLOCATED : 0));
}

static void measure_bind(struct bench_report *report, struct cmdqv *dev)
{
	double bind[MAX_RUNS];
	double unbind[MAX_RUNS];
	uint32_t runs = bench_runs(report);

	for (uint32_t run = 0; run < runs; run++) {
		uint64_t bind_ns = 0;
		uint64_t unbind_ns = 0;

		for (uint32_t i = 0; i < TURNS; i++) {
			uint64_t start = bench_now_ns();
			uint64_t middle;

			allocate(dev, false);
			middle = bench_now_ns();
			allocate(dev, true);
			unbind_ns += middle - start;
			bind_ns += bench_now_ns() - middle;
		}
		bind[run] = (double)bind_ns / (double)TURNS;
		unbind[run] = (double)unbind_ns / (double)TURNS;
	}
	bench_add(report, "queue/bind", "ns", bind, runs);
	bench_add(report, "queue/unbind", "ns", unbind, runs);
}

/*
 * A ready LVCMDQ that cannot be bound keeps the page withdrawn, so a BASE outside the cap on
 * LVCMDQ 1 unmaps it, and BASE 0 maps it again, without a bind or an unbind.
 */
static void measure_page0(struct bench_report *report, struct cmdqv *dev)
{
	const uint64_t base1 = CMDQV_DIRECT_PAGE1 + CMDQV_VCMDQ_STRIDE + CMDQV_REG_VCMDQ_BASE;
	double map[MAX_RUNS];
	double unmap[MAX_RUNS];
	uint32_t runs = bench_runs(report);

	dev_write(dev, CMDQV_VINTF_PAGE0 + CMDQV_VCMDQ_STRIDE + CMDQV_REG_VCMDQ_CONFIG, 4, 0);
	dev_write(dev, base1, 8, 0);
	for (uint32_t run = 0; run < runs; run++) {
		uint64_t map_ns = 0;
		uint64_t unmap_ns = 0;

		for (uint32_t i = 0; i < TURNS; i++) {
			uint64_t start = bench_now_ns();
			uint64_t middle;

			dev_write(dev, base1, 8, CMDQV_MAX_LOG2SIZE + 1U);
			middle = bench_now_ns();
			dev_write(dev, base1, 8, 0);
			unmap_ns += middle - start;
			map_ns += bench_now_ns() - middle;
		}
		map[run] = (double)map_ns / (double)TURNS;
		unmap[run] = (double)unmap_ns / (double)TURNS;
	}
	bench_add(report, "page0/map", "ns", map, runs);
	bench_add(report, "page0/unmap", "ns", unmap, runs);
}

void bench_queue(struct bench_report *report)
{
	struct soft_vm vm;

	if (!bench_wanted(report, "queue/") && !bench_wanted(report, "page0/"))
		return;
	if (!soft_vm_open(&vm, 2)) {
		report->complaint = "queue: " BENCH_NO_HOST;
		return;
	}
	dev_bring_up(vm.dev, 2, 0, LOG2SIZE);
	measure_bind(report, vm.dev);
	measure_page0(report, vm.dev);
	soft_vm_close(&vm);
}
