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

/* WORDS_n_bits(at, row, i): n instances of a row, from the i-th on. */
#define WORDS_1_64(at, row, i)                                                                     \
	[at] = {REG_COUNT - (row), i, false}, [(at) + 1] = {REG_COUNT - (row), i, true},
#define WORDS_1_32(at, row, i) [at] = {REG_COUNT - (row), i, false},
#define WORDS_2_32(at, row, i) WORDS_1_32(at, row, i) WORDS_1_32((at) + 1, row, (i) + 1)
#define WORDS_4_32(at, row, i) WORDS_2_32(at, row, i) WORDS_2_32((at) + 2, row, (i) + 2)
#define WORDS_8_32(at, row, i) WORDS_4_32(at, row, i) WORDS_4_32((at) + 4, row, (i) + 4)
#define WORDS_16_32(at, row, i) WORDS_8_32(at, row, i) WORDS_8_32((at) + 8, row, (i) + 8)
#define WORDS_32_32(at, row, i) WORDS_16_32(at, row, i) WORDS_16_32((at) + 16, row, (i) + 16)
#define WORDS_64_32(at, row, i) WORDS_32_32(at, row, i) WORDS_32_32((at) + 32, row, (i) + 32)
#define WORDS_128_32(at, row, i) WORDS_64_32(at, row, i) WORDS_64_32((at) + 64, row, (i) + 64)

const struct reg_word reg_words[AT_END] = {
#define CMDQV_REGISTER(id, block, offset, count, bits, guest, host, reset, text)                   \
	WORDS_##count##_##bits(AT_##block + (offset) / WORD, REG_##id, 0)
#include "registers.def"
};

void reg_decode(const struct cmdqv_geometry *g, uint64_t offset, struct reg_ref *ref)
{
	reg_decode_inline(g, offset, ref);
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
