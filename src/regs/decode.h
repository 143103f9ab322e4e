/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of a window as a table, and the short way to them in a guest's window, which has one
 * VINTF: inline, because a guest waits for each access that traps.
 */
#ifndef SRC_REGS_DECODE_H
#define SRC_REGS_DECODE_H

#include "registers.h"

/* What a word of a block is. */
struct reg_word {
	uint8_t row;   /* of the list, from 1 on; 0: no register */
	uint8_t index; /* instance of a register with several */
	bool high;
	uint32_t guest_mask; /* bits that a guest may change */
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

static inline enum reg_id reg_word_id(const struct reg_word *word)
{
	return (enum reg_id)(word->row - 1);
}

struct reg_guest_window {
	uint8_t queues;
	uint8_t instances[REG_COUNT + 1]; /* by row; of row 0 there is none */
};

void reg_guest_window(struct reg_guest_window *window, const struct cmdqv_geometry *geometry);

/*
 * The word at `offset` of a window of CMDQV_GUEST_BYTES, or NULL where there is no register:
 * reg_decode() then says why. `which` becomes the queue of it, or its instance.
 */
static inline const struct reg_word *reg_decode_guest(const struct reg_guest_window *window,
						      uint64_t offset, uint32_t *which)
{
	uint32_t at = (uint32_t)offset % CMDQV_PAGE_BYTES;
	uint32_t page = (uint32_t)offset / CMDQV_PAGE_BYTES;
	uint32_t queue = 0;
	uint32_t place;
	const struct reg_word *word;

	if (page != CMDQV_AT_CONFIG) {
		queue = at / CMDQV_VCMDQ_STRIDE;
		if (queue >= window->queues)
			return NULL;
		place = page == CMDQV_AT_DIRECT0 || page == CMDQV_AT_VINTF0 ? AT_PAGE0 : AT_PAGE1;
		place += at % CMDQV_VCMDQ_STRIDE / WORD;
	} else if (at < GLOBAL_WORDS * WORD) {
		place = AT_GLOBAL + at / WORD;
	} else {
		at -= CMDQV_VINTF_BLOCK;
		if (at >= CMDQV_VINTF_BLOCK_STRIDE)
			return NULL;
		place = AT_VINTF + at / WORD;
	}
	word = &reg_words[place];
	if (word->index >= window->instances[word->row])
		return NULL;
	*which = queue | word->index; /* no register has both */
	return word;
}

#endif
