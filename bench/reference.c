/* SPDX-License-Identifier: BSD-2-Clause */
#include "reference.h"

#include <errno.h>

#include "page_backend.h"

enum {
	QUEUES = REFERENCE_QUEUES,
	WORD = sizeof(uint32_t),
	PARAM = 0x4011, /* version 1, two queues, one VINTF, 16 SID slots */
	CONFIG_MASK = 0xfffff,
	ALLOC_MASK = 0x1f80ff,
	VINTF_CONFIG_MASK = 0x1ffff,
	SID_MATCH_MASK = 0x1fffff,
	SID_REPLACE_MASK = 0xfffff,
	INDEX_MASK = 0xfffff,
	CONS_MASK = 0x7f0fffff,
	ERROR_MASK = 7,
};

#define BASE_MASK 0x0000ffffffffffffULL

/* ---- what several registers show ---- */

static uint32_t live(struct reference *r, uint32_t queue, uint32_t reg, uint32_t mask)
{
	return r->backend.ops->queue_read(r->backend.impl, queue, reg) & mask;
}

static uint32_t pending(struct reference *r, uint32_t queue)
{
	return live(r, queue, CMDQV_REG_VCMDQ_GERROR, ERROR_MASK) ^
	       live(r, queue, CMDQV_REG_VCMDQ_GERRORN, ERROR_MASK);
}

static uint32_t error_map(struct reference *r)
{
	uint32_t map = 0;

	for (uint32_t queue = 0; queue < QUEUES; queue++)
		if (pending(r, queue))
			map |= 1U << queue;
	return map;
}

static uint32_t vintf_status(struct reference *r)
{
	return (r->config & r->vintf_config & 1) | (error_map(r) ? 2 : 0);
}

/* ---- reads ---- */

static uint32_t read_config_page(struct reference *r, uint32_t at)
{
	switch (at) {
	case CMDQV_REG_CONFIG:
		return r->config;
	case CMDQV_REG_PARAM:
		return PARAM;
	case CMDQV_REG_STATUS:
		return r->config & CMDQV_CONFIG_CMDQV_EN;
	case CMDQV_REG_VI_ERR_MAP:
		return error_map(r) != 0;
	case CMDQV_REG_VI_INT_MASK:
		return r->int_mask[0];
	case CMDQV_REG_CMDQ_ERR_MAP:
		return error_map(r);
	case CMDQV_REG_CMDQ_ALLOC:
		return r->queues[0].alloc;
	case CMDQV_REG_CMDQ_ALLOC + WORD:
		return r->queues[1].alloc;
	case CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG:
		return r->vintf_config;
	case CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_STATUS:
		return vintf_status(r);
	case CMDQV_VINTF_BLOCK + CMDQV_REG_LVCMDQ_ERR_MAP:
		return error_map(r);
	default:
		break;
	}
	at -= CMDQV_VINTF_BLOCK;
	if (at >= CMDQV_REG_SID_MATCH && at < CMDQV_REG_SID_REPLACE)
		return r->sid_match[(at - CMDQV_REG_SID_MATCH) / WORD];
	if (at >= CMDQV_REG_SID_REPLACE && at < CMDQV_REG_LVCMDQ_ERR_MAP)
		return r->sid_replace[(at - CMDQV_REG_SID_REPLACE) / WORD];
	return 0; /* what there is none of; holes are not told from it */
}

static uint32_t read_page0(struct reference *r, uint32_t queue, uint32_t reg)
{
	switch (reg) {
	case CMDQV_REG_VCMDQ_CONS:
		return live(r, queue, reg, CONS_MASK);
	case CMDQV_REG_VCMDQ_PROD:
		return live(r, queue, reg, INDEX_MASK);
	case CMDQV_REG_VCMDQ_CONFIG:
	case CMDQV_REG_VCMDQ_STATUS:
		return live(r, queue, reg, 1);
	case CMDQV_REG_VCMDQ_GERROR:
	case CMDQV_REG_VCMDQ_GERRORN:
		return live(r, queue, reg, ERROR_MASK);
	default:
		r->errors++;
		return 0;
	}
}

static uint32_t read_page1(struct reference *r, uint32_t queue, uint32_t reg)
{
	switch (reg) {
	case CMDQV_REG_VCMDQ_BASE:
		return (uint32_t)r->queues[queue].base;
	case CMDQV_REG_VCMDQ_BASE + WORD:
		return (uint32_t)(r->queues[queue].base >> 32);
	case CMDQV_REG_VCMDQ_CONS_INDX_BASE:
		return (uint32_t)r->queues[queue].cons_indx_base;
	case CMDQV_REG_VCMDQ_CONS_INDX_BASE + WORD:
		return (uint32_t)(r->queues[queue].cons_indx_base >> 32);
	default:
		r->errors++;
		return 0;
	}
}

/* Is there something of a queue? Through its VINTF only if it is allocated. */
static bool is_there(const struct reference *r, uint32_t page, uint32_t queue)
{
	return queue < QUEUES && (page < CMDQV_AT_VINTF0 || r->queues[queue].alloc & 1);
}

static uint32_t read_word(struct reference *r, uint32_t offset)
{
	uint32_t at = offset % CMDQV_PAGE_BYTES;
	uint32_t page = offset / CMDQV_PAGE_BYTES;
	uint32_t queue = at / CMDQV_VCMDQ_STRIDE;

	if (page == CMDQV_AT_CONFIG)
		return read_config_page(r, at);
	if (!is_there(r, page, queue))
		return 0;
	return page == CMDQV_AT_DIRECT0 || page == CMDQV_AT_VINTF0
		       ? read_page0(r, queue, at % CMDQV_VCMDQ_STRIDE)
		       : read_page1(r, queue, at % CMDQV_VCMDQ_STRIDE);
}

/* ---- writes ---- */

/* Keeps a value, and notes if `what` of it is another now. */
static void keep(struct reference *r, uint32_t *word, uint32_t value, uint32_t what)
{
	if ((*word ^ value) & what)
		r->changed = true;
	*word = value;
}

static void write_config_page(struct reference *r, uint32_t at, uint32_t value)
{
	switch (at) {
	case CMDQV_REG_CONFIG:
		keep(r, &r->config, value & CONFIG_MASK, CMDQV_CONFIG_CMDQV_EN);
		return;
	case CMDQV_REG_VI_INT_MASK:
		r->raise = r->int_mask[0] & ~value & 1;
		r->int_mask[0] = value & 1;
		return;
	case CMDQV_REG_CMDQ_ALLOC:
		keep(r, &r->queues[0].alloc, value & ALLOC_MASK, ALLOC_MASK);
		return;
	case CMDQV_REG_CMDQ_ALLOC + WORD:
		keep(r, &r->queues[1].alloc, value & ALLOC_MASK, ALLOC_MASK);
		return;
	case CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG:
		keep(r, &r->vintf_config, value & VINTF_CONFIG_MASK, CMDQV_VINTF_CONFIG_ENABLE);
		return;
	default:
		break;
	}
	at -= CMDQV_VINTF_BLOCK;
	if (at >= CMDQV_REG_SID_MATCH && at < CMDQV_REG_SID_REPLACE)
		r->sid_match[(at - CMDQV_REG_SID_MATCH) / WORD] = value & SID_MATCH_MASK;
	else if (at >= CMDQV_REG_SID_REPLACE && at < CMDQV_REG_LVCMDQ_ERR_MAP)
		r->sid_replace[(at - CMDQV_REG_SID_REPLACE) / WORD] = value & SID_REPLACE_MASK;
}

static void store(struct reference *r, uint32_t queue, uint32_t reg, uint32_t value)
{
	r->backend.ops->queue_write(r->backend.impl, queue, reg, value);
}

static void write_page0(struct reference *r, uint32_t queue, uint32_t reg, uint32_t value)
{
	switch (reg) {
	case CMDQV_REG_VCMDQ_CONS:
		store(r, queue, reg, value & CONS_MASK);
		return;
	case CMDQV_REG_VCMDQ_PROD:
		store(r, queue, reg, value & INDEX_MASK);
		return;
	case CMDQV_REG_VCMDQ_CONFIG:
		store(r, queue, reg, value & 1);
		return;
	case CMDQV_REG_VCMDQ_GERRORN:
		store(r, queue, reg, value & ERROR_MASK);
		return;
	case CMDQV_REG_VCMDQ_STATUS:
	case CMDQV_REG_VCMDQ_GERROR:
		return;
	default:
		r->errors++;
	}
}

/* One update of eight bytes; halves are more than it can do. */
static void write_page1(struct reference *r, uint32_t queue, uint32_t reg, uint64_t value)
{
	switch (reg) {
	case CMDQV_REG_VCMDQ_BASE:
		r->changed = r->changed || r->queues[queue].base != (value & BASE_MASK);
		r->queues[queue].base = value & BASE_MASK;
		return;
	case CMDQV_REG_VCMDQ_CONS_INDX_BASE:
		r->queues[queue].cons_indx_base = value & BASE_MASK;
		return;
	default:
		r->errors++;
	}
}

static void write_word(struct reference *r, uint32_t offset, uint64_t value)
{
	uint32_t at = offset % CMDQV_PAGE_BYTES;
	uint32_t page = offset / CMDQV_PAGE_BYTES;
	uint32_t queue = at / CMDQV_VCMDQ_STRIDE;

	if (page == CMDQV_AT_CONFIG)
		write_config_page(r, at, (uint32_t)value);
	else if (!is_there(r, page, queue))
		return;
	else if (page == CMDQV_AT_DIRECT0 || page == CMDQV_AT_VINTF0)
		write_page0(r, queue, at % CMDQV_VCMDQ_STRIDE, (uint32_t)value);
	else
		write_page1(r, queue, at % CMDQV_VCMDQ_STRIDE, value);
}

/* ---- an access ---- */

void reference_init(struct reference *reference, const struct cmdqv_backend *backend,
		    struct cmdqv *dev)
{
	*reference = (struct reference){
		.backend = *backend,
		.interrupt = idle_vmm_ops.interrupt,
		.config = (uint32_t)dev_read(dev, CMDQV_REG_CONFIG, WORD),
		.vintf_config =
			(uint32_t)dev_read(dev, CMDQV_VINTF_BLOCK + CMDQV_REG_VINTF_CONFIG, WORD),
	};
	for (uint32_t q = 0; q < QUEUES; q++)
		reference->queues[q] = (struct reference_queue){
			.alloc = (uint32_t)dev_read(dev, CMDQV_REG_CMDQ_ALLOC + q * WORD, WORD),
			.base = dev_read(dev,
					 CMDQV_DIRECT_PAGE1 + q * CMDQV_VCMDQ_STRIDE +
						 CMDQV_REG_VCMDQ_BASE,
					 sizeof(uint64_t)),
		};
}

static void trace(struct reference *r, const struct cmdqv_mmio *access)
{
	const struct cmdqv_trace_event event = {
		.kind = access->write ? CMDQV_TRACE_WRITE : CMDQV_TRACE_READ,
		.offset = access->offset,
		.value = {access->value},
		.size = access->size,
	};

	r->trace(NULL, &event);
}

static void do_access(struct reference *r, struct cmdqv_mmio *access)
{
	uint32_t offset = (uint32_t)access->offset;

	if (access->offset >= CMDQV_GUEST_BYTES || (access->size != 4 && access->size != 8) ||
	    (offset & (access->size - 1U))) {
		r->errors++;
		return;
	}
	r->traps[offset / CMDQV_PAGE_BYTES]++;
	if (access->write) {
		write_word(r, offset, access->value);
		return;
	}
	access->value = read_word(r, offset);
	if (access->size == 8)
		access->value |= (uint64_t)read_word(r, offset + WORD) << 32;
}

int reference_access(struct reference *r, struct cmdqv_mmio *access)
{
	if (!access->write)
		access->value = 0;
	if (r->inside)
		return -EBUSY;
	r->inside = true;
	if (access->write && r->trace)
		trace(r, access);
	do_access(r, access);
	if (r->raise) {
		r->raise = false;
		r->interrupt(NULL);
	}
	if (!access->write && r->trace)
		trace(r, access);
	r->inside = false;
	return 0;
}
