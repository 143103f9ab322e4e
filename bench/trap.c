/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a trapped access costs in the device, by class of register: trap/read/...,
 * trap/write/... On a backend that is a page, two bound queues: the device alone, as on
 * iommufd. The exit itself, and what a VMM adds, come on top.
 */
#include <stdio.h>

#include "bench.h"
#include "page_backend.h"

enum { TURNS = 2000, LOG2SIZE = 8 };

struct trap {
	struct cmdqv *dev;
	struct cmdqv_mmio access;
};

static void turn(void *context)
{
	struct trap *trap = context;

	cmdqv_access(trap->dev, &trap->access);
}

static void measure(struct bench_report *report, struct cmdqv *dev, const char *name, bool write,
		    uint64_t offset, uint8_t size, uint64_t value)
{
	struct trap trap = {
		.dev = dev,
		.access = {.offset = offset, .size = size, .write = write, .value = value},
	};

	bench_time(report, name, turn, &trap, TURNS);
}

static struct cmdqv *create(struct page_backend *impl, uint32_t queues)
{
	const struct cmdqv_config config = {.size = sizeof(config), .cmdqs = CMDQV_MAX_LOG2SIZE};
	struct cmdqv_backend backend;
	struct cmdqv *dev = NULL;

	if (page_backend_open(impl, queues, &backend))
		return NULL;
	if (cmdqv_create(&dev, &config, &backend, &idle_vmm_ops, NULL, NULL)) {
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

static void measure_two_queues(struct bench_report *report)
{
	const uint64_t base = 0x10000000U | LOG2SIZE;
	const uint64_t direct1 = CMDQV_DIRECT_PAGE0 + CMDQV_VCMDQ_STRIDE;
	const uint64_t page0 = CMDQV_VINTF_PAGE0;
	struct page_backend impl;
	struct cmdqv *dev = create(&impl, 2);

	if (!dev) {
		report->complaint = "trap: no memory for a device";
		return;
	}
	measure(report, dev, "trap/read/config", false, CMDQV_REG_CONFIG, 4, 0);
	measure(report, dev, "trap/read/param", false, CMDQV_REG_PARAM, 4, 0);
	measure(report, dev, "trap/read/alloc", false, CMDQV_REG_CMDQ_ALLOC, 4, 0);
	measure(report, dev, "trap/read/vintf-config", false,
		CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, 4, 0);
	measure(report, dev, "trap/read/vintf-status", false,
		CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_STATUS, 4, 0);
	measure(report, dev, "trap/read/error-map", false,
		CMDQV_VINTF_BLOCK + CMDQV_REG_LVCMDQ_ERR_MAP, 8, 0);
	measure(report, dev, "trap/read/cons", false, page0 + CMDQV_REG_VCMDQ_CONS, 4, 0);
	measure(report, dev, "trap/read/cons-direct", false, direct1 + CMDQV_REG_VCMDQ_CONS, 4, 0);
	measure(report, dev, "trap/read/base", false, CMDQV_VINTF_PAGE1 + CMDQV_REG_VCMDQ_BASE, 8,
		0);
	measure(report, dev, "trap/write/config", true, CMDQV_REG_CONFIG, 4, CMDQV_CONFIG_CMDQV_EN);
	measure(report, dev, "trap/write/alloc", true, CMDQV_REG_CMDQ_ALLOC, 4,
		CMDQV_CMDQ_ALLOC_ALLOCATED);
	measure(report, dev, "trap/write/vintf-config", true,
		CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, 4, CMDQV_VINTF_CONFIG_ENABLE);
	measure(report, dev, "trap/write/sid", true, CMDQV_VINTF_BLOCK + CMDQV_REG_SID_MATCH, 4, 1);
	measure(report, dev, "trap/write/prod", true, page0 + CMDQV_REG_VCMDQ_PROD, 4, 2);
	measure(report, dev, "trap/write/prod-direct", true, direct1 + CMDQV_REG_VCMDQ_PROD, 4, 2);
	measure(report, dev, "trap/write/base", true, CMDQV_VINTF_PAGE1 + CMDQV_REG_VCMDQ_BASE, 8,
		base);
	destroy(dev, &impl);
}

/* An error map is a view of every queue, so its cost grows with their number [DEV-23]. */
static void measure_many_queues(struct bench_report *report)
{
	struct page_backend impl;
	struct cmdqv *dev = create(&impl, CMDQV_MAX_VCMDQS);

	if (!dev) {
		report->complaint = "trap: no memory for a device";
		return;
	}
	measure(report, dev, "error-map/read/q128", false,
		CMDQV_VINTF_BLOCK + CMDQV_REG_LVCMDQ_ERR_MAP, 8, 0);
	measure(report, dev, "error-map/any/q128", false, CMDQV_REG_VI_ERR_MAP, 4, 0);
	destroy(dev, &impl);
}

void bench_trap(struct bench_report *report)
{
	if (bench_wanted(report, "trap/"))
		measure_two_queues(report);
	if (bench_wanted(report, "error-map/"))
		measure_many_queues(report);
}
