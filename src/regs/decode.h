/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an offset to a register: what reg_decode() does, inline for the device, because a guest
 * waits for each access that traps.
 *
 * The page comes first (bits 31:16), then the block in it, then the word of the block in a
 * table that the preprocessor makes from the list. There is no walk.
 */
#ifndef SRC_REGS_DECODE_H
#define SRC_REGS_DECODE_H

#include "registers.h"

/* What a word of a block is. */
struct reg_word {
	uint8_t row; /* of the list, counted from its end; 0: no register */
	uint8_t index;
	bool high;
};

/* Where the words of each block begin in the table. */
enum {
	WORD = sizeof(uint32_t),
	AT_GLOBAL = 0,
	GLOBAL_WORDS = CMDQV_REG_CMDQ_ALLOC / WORD + CMDQV_MAX_VCMDQS, /* CMDQ_ALLOC is the last */
	AT_VINTF = AT_GLOBAL + GLOBAL_WORDS,
	AT_PAGE0 = AT_VINTF + CMDQV_VINTF_BLOCK_STRIDE / WORD,
	AT_PAGE1 = AT_PAGE0 + CMDQV_VCMDQ_STRIDE / WORD,
	AT_HOLE = AT_PAGE1 + CMDQV_VCMDQ_STRIDE / WORD, /* what lies in no block */
	AT_END,
};

extern const struct reg_word reg_words[AT_END];

/* Fills in where it lies; returns its place in the table. */
static inline uint32_t decode_place(const struct cmdqv_geometry *g, uint64_t offset,
				    struct reg_ref *ref, bool *absent)
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

static inline void reg_decode_inline(const struct cmdqv_geometry *g, uint64_t offset,
				     struct reg_ref *ref)
{
	bool absent;
	const struct reg_word *word = &reg_words[decode_place(g, offset, ref, &absent)];

	ref->id = (enum reg_id)(REG_COUNT - word->row);
	ref->index = word->index;
	ref->high = word->high;
	if (ref->id == REG_CMDQ_ALLOC)
		absent = ref->index >= reg_num_vcmdqs(g);
	else if (ref->id == REG_SID_MATCH || ref->id == REG_SID_REPLACE)
		absent = absent || ref->index >= reg_num_sids(g);
	ref->match = word->row == 0 ? REG_HOLE : absent ? REG_ABSENT : REG_PRESENT;
}

#endif
