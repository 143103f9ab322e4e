/* SPDX-License-Identifier: BSD-2-Clause */
#include "page_backend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t *word(struct page_backend *impl, uint32_t index, uint32_t reg)
{
	return &impl->page[(index * CMDQV_VCMDQ_STRIDE + reg) / sizeof(uint32_t)];
}

static int geometry(void *impl, struct cmdqv_backend_geometry *geometry)
{
	const struct page_backend *page = impl;

	*geometry = (struct cmdqv_backend_geometry){
		.num_lvcmdqs = page->num_lvcmdqs, .num_sids = CMDQV_MAX_SIDS, .version = 1};
	return 0;
}

static int queue_bind(void *impl, uint32_t index, cmdqv_gpa_t base, uint64_t bytes,
		      struct cmdqv_error *error)
{
	(void)base;
	(void)bytes;
	(void)error;
	memset(word(impl, index, 0), 0, CMDQV_VCMDQ_STRIDE);
	return 0;
}

static void queue_unbind(void *impl, uint32_t index)
{
	(void)impl;
	(void)index;
}

static uint32_t queue_read(void *impl, uint32_t index, uint32_t reg)
{
	return *word(impl, index, reg);
}

static void queue_write(void *impl, uint32_t index, uint32_t reg, uint32_t value)
{
	*word(impl, index, reg) = value;
	if (reg == CMDQV_REG_VCMDQ_CONFIG)
		*word(impl, index, CMDQV_REG_VCMDQ_STATUS) = value;
}

static int page0_view(void *impl, struct cmdqv_page_view *view)
{
	const struct page_backend *page = impl;

	*view = (struct cmdqv_page_view){.host = page->page, .fd = -1, .length = CMDQV_PAGE_BYTES};
	return 0;
}

static int event_fd(void *impl)
{
	(void)impl;
	return -1;
}

static int event_read(void *impl, struct cmdqv_backend_event *event)
{
	(void)impl;
	(void)event;
	return 0;
}

static int broken(void *impl)
{
	(void)impl;
	return 0;
}

static const struct cmdqv_backend_ops page_ops = {
	.size = sizeof(page_ops),
	.geometry = geometry,
	.queue_bind = queue_bind,
	.queue_unbind = queue_unbind,
	.queue_read = queue_read,
	.queue_write = queue_write,
	.page0_view = page0_view,
	.event_fd = event_fd,
	.event_read = event_read,
	.broken = broken,
};

int page_backend_open(struct page_backend *impl, uint32_t num_lvcmdqs,
		      struct cmdqv_backend *backend)
{
	impl->page = aligned_alloc(CMDQV_PAGE_BYTES, CMDQV_PAGE_BYTES);
	if (!impl->page)
		return -ENOMEM;
	memset(impl->page, 0, CMDQV_PAGE_BYTES);
	impl->num_lvcmdqs = num_lvcmdqs;
	*backend = (struct cmdqv_backend){.ops = &page_ops, .impl = impl};
	return 0;
}

void page_backend_close(struct page_backend *impl)
{
	free(impl->page);
}

/* ---- the VMM ---- */

static int page0_map(void *vmm, const struct cmdqv_page0_map *page)
{
	(void)vmm;
	(void)page;
	return 0;
}

static void nothing(void *vmm)
{
	(void)vmm;
}

static bool is_guest_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)vmm;
	(void)gpa;
	(void)bytes;
	return true;
}

static void no_log(void *vmm, const struct cmdqv_log *log)
{
	(void)vmm;
	(void)log;
}

const struct cmdqv_vmm_ops idle_vmm_ops = {
	.size = sizeof(idle_vmm_ops),
	.page0_map = page0_map,
	.page0_unmap = nothing,
	.interrupt = nothing,
	.is_guest_ram = is_guest_ram,
	.log = no_log,
};

/* ---- a driver's moves ---- */

uint64_t dev_read(struct cmdqv *dev, uint64_t offset, uint8_t size)
{
	struct cmdqv_mmio access = {.offset = offset, .size = size};

	cmdqv_access(dev, &access);
	return access.value;
}

void dev_write(struct cmdqv *dev, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	cmdqv_access(dev, &access);
}

void dev_bring_up(struct cmdqv *dev, uint32_t queues, uint64_t gpa, uint32_t log2size)
{
	uint64_t bytes = (uint64_t)CMDQV_ENTRY_BYTES << log2size;

	dev_write(dev, CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, 4, CMDQV_VINTF_CONFIG_ENABLE);
	for (uint32_t q = 0; q < queues; q++) {
		uint64_t at = q * CMDQV_VCMDQ_STRIDE;

		dev_write(dev, CMDQV_REG_CMDQ_ALLOC + q * sizeof(uint32_t), 4,
			  CMDQV_CMDQ_ALLOC_ALLOCATED | CMDQV_SET(CMDQV_CMDQ_ALLOC_LVCMDQ, q));
		dev_write(dev, CMDQV_VINTF_PAGE1 + at + CMDQV_REG_VCMDQ_BASE, 8,
			  (gpa + q * bytes) | log2size);
		dev_write(dev, CMDQV_VINTF_PAGE0 + at + CMDQV_REG_VCMDQ_CONFIG, 4,
			  CMDQV_VCMDQ_CONFIG_EN);
	}
}
