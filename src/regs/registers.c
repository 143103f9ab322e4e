/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an offset to a register and back.
 *
 * The page comes first (bits 31:16), then the block in it, then the row of the block:
 * a block has at most eight rows, so a walk over them is as fast as anything.
 */
#include "registers.h"

const struct reg_info reg_infos[REG_COUNT] = {
#define CMDQV_REGISTER(id, block, offset, count, bits, guest, host, reset, text)                   \
	[REG_##id] = {#id, BLOCK_##block, offset, count, bits, guest, host, reset},
#include "registers.def"
};

const struct reg_field reg_fields[] = {
#define CMDQV_FIELD(reg, field, msb, lsb, text) {REG_##reg, #field, CMDQV_##reg##_##field},
#include "registers.def"
};

const size_t reg_field_count = sizeof(reg_fields) / sizeof(reg_fields[0]);

/*
 * The rows of a block are neighbours in the list, in the order of their offsets, the first
 * one at 0: the first of each block, and the end.
 */
static const struct {
	enum reg_id first;
	enum reg_id end;
} block_rows[] = {
	[BLOCK_GLOBAL] = {REG_CONFIG, REG_VINTF_CONFIG},
	[BLOCK_VINTF] = {REG_VINTF_CONFIG, REG_VCMDQ_CONS},
	[BLOCK_PAGE0] = {REG_VCMDQ_CONS, REG_VCMDQ_BASE},
	[BLOCK_PAGE1] = {REG_VCMDQ_BASE, REG_COUNT},
};

/* Offsets alone, side by side: a walk over them stays in one or two cache lines. */
static const uint16_t row_starts[REG_COUNT] = {
#define CMDQV_REGISTER(id, block, offset, count, bits, guest, host, reset, text) offset,
#include "registers.def"
};

enum cmdqv_page reg_page(uint64_t offset)
{
	uint64_t page = offset / CMDQV_PAGE_BYTES;

	if (page <= CMDQV_AT_VINTF1)
		return (enum cmdqv_page)page;
	if (offset >= CMDQV_VINTF_PAGE0 + (uint64_t)CMDQV_MAX_VINTFS * CMDQV_VINTF_PAGE_STRIDE)
		return CMDQV_AT_CONFIG;
	return (page - CMDQV_AT_VINTF0) % 2 == 0 ? CMDQV_AT_VINTF0 : CMDQV_AT_VINTF1;
}

uint64_t reg_window_bytes(const struct cmdqv_geometry *g)
{
	return CMDQV_VINTF_PAGE0 + (uint64_t)reg_num_vintfs(g) * CMDQV_VINTF_PAGE_STRIDE;
}

uint32_t reg_param(const struct cmdqv_geometry *g)
{
	return CMDQV_SET(CMDQV_PARAM_VER, 1U) |
	       CMDQV_SET(CMDQV_PARAM_NUM_VCMDQ_LOG2, (uint32_t)g->log2_vcmdqs) |
	       CMDQV_SET(CMDQV_PARAM_NUM_VINTF_LOG2, (uint32_t)g->log2_vintfs) |
	       CMDQV_SET(CMDQV_PARAM_NUM_SID_PER_VM_LOG2, (uint32_t)g->log2_sids);
}

static uint32_t reg_bytes(const struct reg_info *info)
{
	return info->bits / 8;
}

/*
 * Finds the row of `block` that holds the word at `offset` from the block's start: the
 * last one that begins there or before, if it reaches so far.
 */
static void decode_row(enum reg_block block, uint32_t offset, struct reg_ref *ref)
{
	enum reg_id id = block_rows[block].end - 1;
	const struct reg_info *info;
	uint32_t within;

	while (offset < row_starts[id])
		id--;
	info = &reg_infos[id];
	within = offset - info->offset;
	if (within >= info->count * reg_bytes(info))
		return;
	ref->match = REG_PRESENT;
	ref->id = id;
	ref->index = (uint8_t)(info->bits == 64 ? within / 8 : within / 4);
	ref->high = info->bits == 64 && within % 8 != 0;
}

static void absent_if(struct reg_ref *ref, bool absent)
{
	if (ref->match == REG_PRESENT && absent)
		ref->match = REG_ABSENT;
}

static void decode_config_page(const struct cmdqv_geometry *g, uint32_t offset, struct reg_ref *ref)
{
	uint32_t vintf;

	if (offset < CMDQV_VINTF_BLOCK) {
		decode_row(BLOCK_GLOBAL, offset, ref);
		absent_if(ref, ref->id == REG_CMDQ_ALLOC && ref->index >= reg_num_vcmdqs(g));
		return;
	}
	vintf = (offset - CMDQV_VINTF_BLOCK) / CMDQV_VINTF_BLOCK_STRIDE;
	if (vintf >= CMDQV_MAX_VINTFS)
		return;
	ref->vintf = (uint8_t)vintf;
	decode_row(BLOCK_VINTF, (offset - CMDQV_VINTF_BLOCK) % CMDQV_VINTF_BLOCK_STRIDE, ref);
	absent_if(ref, vintf >= reg_num_vintfs(g));
	absent_if(ref, (ref->id == REG_SID_MATCH || ref->id == REG_SID_REPLACE) &&
			       ref->index >= reg_num_sids(g));
}

static void decode_queue_page(enum reg_block block, uint32_t queues, uint32_t offset,
			      struct reg_ref *ref)
{
	uint32_t queue = offset / CMDQV_VCMDQ_STRIDE;

	if (queue >= CMDQV_MAX_VCMDQS)
		return;
	ref->queue = (uint8_t)queue;
	decode_row(block, offset % CMDQV_VCMDQ_STRIDE, ref);
	absent_if(ref, queue >= queues);
}

void reg_decode(const struct cmdqv_geometry *g, uint64_t offset, struct reg_ref *ref)
{
	uint32_t within = (uint32_t)(offset % CMDQV_PAGE_BYTES);

	*ref = (struct reg_ref){.match = REG_HOLE, .id = REG_COUNT, .page = reg_page(offset)};
	if (offset >= reg_window_bytes(g))
		return;
	switch (ref->page) {
	case CMDQV_AT_CONFIG:
		decode_config_page(g, within, ref);
		return;
	case CMDQV_AT_DIRECT0:
		decode_queue_page(BLOCK_PAGE0, reg_num_vcmdqs(g), within, ref);
		return;
	case CMDQV_AT_DIRECT1:
		decode_queue_page(BLOCK_PAGE1, reg_num_vcmdqs(g), within, ref);
		return;
	case CMDQV_AT_VINTF0:
	case CMDQV_AT_VINTF1:
		ref->vintf = (uint8_t)((offset - CMDQV_VINTF_PAGE0) / CMDQV_VINTF_PAGE_STRIDE);
		decode_queue_page(ref->page == CMDQV_AT_VINTF0 ? BLOCK_PAGE0 : BLOCK_PAGE1,
				  reg_num_lvcmdqs(g), within, ref);
		return;
	case CMDQV_AT_PAGES:
		return;
	}
}

uint64_t reg_offset(const struct reg_ref *ref)
{
	static const uint64_t page_start[CMDQV_AT_PAGES] = {
		[CMDQV_AT_CONFIG] = CMDQV_CONFIG_PAGE,	 [CMDQV_AT_DIRECT0] = CMDQV_DIRECT_PAGE0,
		[CMDQV_AT_DIRECT1] = CMDQV_DIRECT_PAGE1, [CMDQV_AT_VINTF0] = CMDQV_VINTF_PAGE0,
		[CMDQV_AT_VINTF1] = CMDQV_VINTF_PAGE1,
	};
	const struct reg_info *info = &reg_infos[ref->id];
	uint64_t offset = page_start[ref->page] + info->offset + ref->index * reg_bytes(info) +
			  (ref->high ? sizeof(uint32_t) : 0);

	if (info->block == BLOCK_VINTF)
		offset += CMDQV_VINTF_BLOCK + ref->vintf * CMDQV_VINTF_BLOCK_STRIDE;
	if (ref->page == CMDQV_AT_VINTF0 || ref->page == CMDQV_AT_VINTF1)
		offset += ref->vintf * CMDQV_VINTF_PAGE_STRIDE;
	if (info->block == BLOCK_PAGE0 || info->block == BLOCK_PAGE1)
		offset += ref->queue * CMDQV_VCMDQ_STRIDE;
	return offset;
}

/* Bits of word `index` of a map that has one bit for each of `count` things. */
static uint32_t map_word(uint32_t count, uint32_t index)
{
	uint32_t before = index * 32;

	if (count <= before)
		return 0;
	return count - before >= 32 ? UINT32_MAX : (1U << (count - before)) - 1;
}

uint32_t reg_writable(const struct cmdqv_geometry *g, const struct reg_ref *ref)
{
	const struct reg_info *info = &reg_infos[ref->id];
	uint64_t mask = g->guest_view ? info->guest_mask : info->host_mask;

	if (ref->id == REG_VI_INT_MASK)
		return (uint32_t)mask & map_word(reg_num_vintfs(g), ref->index);
	return (uint32_t)(ref->high ? mask >> 32 : mask);
}
