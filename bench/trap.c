/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a trapped access costs in the device, by class of register: trap/read/...,
 * trap/write/... On a backend that is a page, two bound queues: the device alone, as on
 * iommufd. The exit itself, and what a VMM adds, come on top. trap/reference/... is the same
 * access of a plain switch (reference.h), timed in turn with it; trap/ratio/... is how often the
 * one has the other's time.
 */
#include <stdio.h>

#include "bench.h"
#include "page_backend.h"
#include "reference.h"

enum { TURNS = 2000, LOG2SIZE = 8, MAX_RUNS = 256 };

struct trap {
	struct cmdqv *dev;
	struct reference reference;
	struct cmdqv_mmio access;
	struct bench_report *report;
};

static void turn(void *context)
{
	struct trap *trap = context;

	cmdqv_access(trap->dev, &trap->access);
}

static void turn_of_reference(void *context)
{
	struct trap *trap = context;

	reference_access(&trap->reference, &trap->access);
}

/* Both must come to the same. */
static void check_reference(struct trap *trap)
{
	uint64_t value;

	turn(trap);
	value = trap->access.value;
	turn_of_reference(trap);
	if (trap->access.value != value || trap->reference.errors || trap->reference.changed)
		trap->report->complaint = "trap: the reference is another device";
}

static void add(struct trap *trap, const char *kind, const char *name, const char *unit,
		double *samples)
{
	char full[64];

	snprintf(full, sizeof(full), "trap/%s%s", kind, name);
	bench_add(trap->report, full, unit, samples, bench_runs(trap->report));
}

/* One class after the other, each in turn with the reference. */
static void measure(struct trap *trap, const char *name, bool write, uint64_t offset, uint8_t size,
		    uint64_t value)
{
	double device[MAX_RUNS];
	double reference[MAX_RUNS];
	double ratio[MAX_RUNS];

	trap->access =
		(struct cmdqv_mmio){.offset = offset, .size = size, .write = write, .value = value};
	check_reference(trap);
	for (uint32_t run = 0; run < bench_runs(trap->report); run++) {
		device[run] = bench_sample(turn, trap, TURNS);
		reference[run] = bench_sample(turn_of_reference, trap, TURNS);
		ratio[run] = device[run] / reference[run];
	}
	add(trap, "", name, "ns", device);
	add(trap, "reference/", name, "ns", reference);
	add(trap, "ratio/", name, "x", ratio);
}

static struct cmdqv *create(struct page_backend *impl, uint32_t queues,
			    struct cmdqv_backend *backend)
{
	const struct cmdqv_config config = {
		.size = sizeof(config), .cmdqs = CMDQV_MAX_LOG2SIZE, .guest_is_coherent = true};
	struct cmdqv *dev = NULL;

	if (page_backend_open(impl, queues, backend))
		return NULL;
	if (cmdqv_create(&dev, &config, backend, &idle_vmm_ops, NULL, NULL)) {
		page_backend_close(impl);
		return NULL;
	}
	dev_bring_up(dev, queues, 0x10000000, LOG2SIZE);
	return dev;
}

static void destroy(struct cmdqv *dev, struct page_backend *impl)
{
	cmdqv_destroy(dev);
	page_backend_close(impl);
}

static void measure_reads(struct trap *trap)
{
	const uint64_t vintf = CMDQV_VINTF_BLOCK;
	const uint64_t direct1 = CMDQV_DIRECT_PAGE0 + CMDQV_VCMDQ_STRIDE;

	measure(trap, "read/config", false, CMDQV_REG_CONFIG, 4, 0);
	measure(trap, "read/param", false, CMDQV_REG_PARAM, 4, 0);
	measure(trap, "read/alloc", false, CMDQV_REG_CMDQ_ALLOC, 4, 0);
	measure(trap, "read/vintf-config", false, vintf + CMDQV_REG_VINTF_CONFIG, 4, 0);
	measure(trap, "read/vintf-status", false, vintf + CMDQV_REG_VINTF_STATUS, 4, 0);
	measure(trap, "read/error-map", false, vintf + CMDQV_REG_LVCMDQ_ERR_MAP, 8, 0);
	measure(trap, "read/cons", false, CMDQV_VINTF_PAGE0 + CMDQV_REG_VCMDQ_CONS, 4, 0);
	measure(trap, "read/cons-direct", false, direct1 + CMDQV_REG_VCMDQ_CONS, 4, 0);
	measure(trap, "read/base", false, CMDQV_VINTF_PAGE1 + CMDQV_REG_VCMDQ_BASE, 8, 0);
}

static void measure_writes(struct trap *trap)
{
	const uint64_t vintf = CMDQV_VINTF_BLOCK;
	const uint64_t direct1 = CMDQV_DIRECT_PAGE0 + CMDQV_VCMDQ_STRIDE;

	measure(trap, "write/config", true, CMDQV_REG_CONFIG, 4, CMDQV_CONFIG_CMDQV_EN);
	measure(trap, "write/alloc", true, CMDQV_REG_CMDQ_ALLOC, 4, CMDQV_CMDQ_ALLOC_ALLOCATED);
	measure(trap, "write/vintf-config", true, vintf + CMDQV_REG_VINTF_CONFIG, 4,
		CMDQV_VINTF_CONFIG_ENABLE);
	measure(trap, "write/sid", true, vintf + CMDQV_REG_SID_MATCH, 4, 1);
	measure(trap, "write/prod", true, CMDQV_VINTF_PAGE0 + CMDQV_REG_VCMDQ_PROD, 4, 2);
	measure(trap, "write/prod-direct", true, direct1 + CMDQV_REG_VCMDQ_PROD, 4, 2);
	measure(trap, "write/base", true, CMDQV_VINTF_PAGE1 + CMDQV_REG_VCMDQ_BASE, 8,
		0x10000000U | LOG2SIZE);
}

static void measure_two_queues(struct bench_report *report)
{
	struct trap trap = {.report = report};
	struct cmdqv_backend backend;
	struct page_backend impl;

	trap.dev = create(&impl, REFERENCE_QUEUES, &backend);
	if (!trap.dev) {
		report->complaint = "trap: no memory for a device";
		return;
	}
	reference_init(&trap.reference, &backend, trap.dev);
	measure_reads(&trap);
	measure_writes(&trap);
	destroy(trap.dev, &impl);
}

/* An error map is a view of every queue, so its cost grows with their number [DEV-23]. */
static void measure_many_queues(struct bench_report *report)
{
	struct trap trap = {.report = report};
	struct cmdqv_backend backend;
	struct page_backend impl;

	trap.dev = create(&impl, CMDQV_MAX_VCMDQS, &backend);
	if (!trap.dev) {
		report->complaint = "trap: no memory for a device";
		return;
	}
	trap.access = (struct cmdqv_mmio){.offset = CMDQV_VINTF_BLOCK + CMDQV_REG_LVCMDQ_ERR_MAP,
					  .size = 8};
	bench_time(report, "error-map/read/q128", turn, &trap, TURNS);
	trap.access = (struct cmdqv_mmio){.offset = CMDQV_REG_VI_ERR_MAP, .size = 4};
	bench_time(report, "error-map/any/q128", turn, &trap, TURNS);
	destroy(trap.dev, &impl);
}

void bench_trap(struct bench_report *report)
{
	if (bench_wanted(report, "trap/"))
		measure_two_queues(report);
	if (bench_wanted(report, "error-map/"))
		measure_many_queues(report);
}
