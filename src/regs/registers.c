/* SPDX-License-Identifier: BSD-2-Clause */
/* The list as tables, and the way from a register to its offset. */
#include "decode.h"

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

/* WORDS_n_bits(at, r, i, g): n instances of row r with the guest's mask g, from the i-th on. */
#define WORDS_1_64(at, r, i, g)                                                                    \
	[at] = {(r) + 1, i, false, (uint32_t)(g)},                                                 \
	[(at) + 1] = {(r) + 1, i, true, (uint64_t)(g) >> 32},
#define WORDS_1_32(at, r, i, g) [at] = {(r) + 1, i, false, g},
#define WORDS_2_32(at, r, i, g) WORDS_1_32(at, r, i, g) WORDS_1_32((at) + 1, r, (i) + 1, g)
#define WORDS_4_32(at, r, i, g) WORDS_2_32(at, r, i, g) WORDS_2_32((at) + 2, r, (i) + 2, g)
#define WORDS_8_32(at, r, i, g) WORDS_4_32(at, r, i, g) WORDS_4_32((at) + 4, r, (i) + 4, g)
#define WORDS_16_32(at, r, i, g) WORDS_8_32(at, r, i, g) WORDS_8_32((at) + 8, r, (i) + 8, g)
#define WORDS_32_32(at, r, i, g) WORDS_16_32(at, r, i, g) WORDS_16_32((at) + 16, r, (i) + 16, g)
#define WORDS_64_32(at, r, i, g) WORDS_32_32(at, r, i, g) WORDS_32_32((at) + 32, r, (i) + 32, g)
#define WORDS_128_32(at, r, i, g) WORDS_64_32(at, r, i, g) WORDS_64_32((at) + 64, r, (i) + 64, g)

const struct reg_word reg_words[AT_END] = {
#define CMDQV_REGISTER(id, block, offset, count, bits, guest, host, reset, text)                   \
	WORDS_##count##_##bits(AT_##block + (offset) / WORD, REG_##id, 0, guest)
#include "registers.def"
};

/* Fills in where it lies; returns its place in the table. */
static uint32_t decode_place(const struct cmdqv_geometry *g, uint64_t offset, struct reg_ref *ref,
			     bool *absent)
{
	uint32_t at = (uint32_t)(offset % CMDQV_PAGE_BYTES);
	uint32_t vintf = (at - CMDQV_VINTF_BLOCK) / CMDQV_VINTF_BLOCK_STRIDE;
	uint32_t queue = at / CMDQV_VCMDQ_STRIDE;
	uint32_t queues = reg_num_vcmdqs(g);

	ref->page = reg_page(offset);
	ref->vintf = 0;
	ref->queue = 0;
	*absent = false;
	if (offset >= reg_window_bytes(g))
		return AT_HOLE;
	if (ref->page == CMDQV_AT_CONFIG) {
		if (at < GLOBAL_WORDS * WORD)
			return AT_GLOBAL + at / WORD;
		if (at < CMDQV_VINTF_BLOCK || vintf >= CMDQV_MAX_VINTFS)
			return AT_HOLE;
		ref->vintf = (uint8_t)vintf;
		*absent = vintf >= reg_num_vintfs(g);
		return AT_VINTF + at % CMDQV_VINTF_BLOCK_STRIDE / WORD;
	}
	if (ref->page >= CMDQV_AT_VINTF0) {
		ref->vintf = (uint8_t)((offset - CMDQV_VINTF_PAGE0) / CMDQV_VINTF_PAGE_STRIDE);
		queues = reg_num_lvcmdqs(g);
	}
	if (queue >= CMDQV_MAX_VCMDQS)
		return AT_HOLE;
	ref->queue = (uint8_t)queue;
	*absent = queue >= queues;
	return (ref->page == CMDQV_AT_DIRECT0 || ref->page == CMDQV_AT_VINTF0 ? AT_PAGE0
									      : AT_PAGE1) +
	       at % CMDQV_VCMDQ_STRIDE / WORD;
}

void reg_decode(const struct cmdqv_geometry *g, uint64_t offset, struct reg_ref *ref)
{
	bool absent;
	const struct reg_word *word = &reg_words[decode_place(g, offset, ref, &absent)];

	ref->id = word->row == 0 ? REG_COUNT : reg_word_id(word);
	ref->index = word->index;
	ref->high = word->high;
	if (ref->id == REG_CMDQ_ALLOC)
		absent = ref->index >= reg_num_vcmdqs(g);
	else if (ref->id == REG_SID_MATCH || ref->id == REG_SID_REPLACE)
		absent = absent || ref->index >= reg_num_sids(g);
	ref->match = word->row == 0 ? REG_HOLE : absent ? REG_ABSENT : REG_PRESENT;
}

void reg_guest_window(struct reg_guest_window *window, const struct cmdqv_geometry *g)
{
	window->queues = (uint8_t)reg_num_vcmdqs(g);
	for (enum reg_id id = 0; id < REG_COUNT; id++)
		window->instances[id + 1] = (uint8_t)reg_infos[id].count;
	window->instances[REG_CMDQ_ALLOC + 1] = (uint8_t)reg_num_vcmdqs(g);
	window->instances[REG_SID_MATCH + 1] = (uint8_t)reg_num_sids(g);
	window->instances[REG_SID_REPLACE + 1] = (uint8_t)reg_num_sids(g);
	window->instances[0] = 0;
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
