/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of registers as data, and the way from an offset to a register. */
#ifndef SRC_REGS_REGISTERS_H
#define SRC_REGS_REGISTERS_H

#include <cmdqv/describe.h>
#include <cmdqv/regs.h>
#include <cmdqv/types.h>

enum reg_id {
#define CMDQV_REGISTER(id, block, offset, count, bits, guest, host, reset, text) REG_##id,
#include "registers.def"
	REG_COUNT,
};

enum reg_block {
	BLOCK_GLOBAL,
	BLOCK_VINTF,
	BLOCK_PAGE0,
	BLOCK_PAGE1,
};

struct reg_info {
	const char *name;
	enum reg_block block;
	uint32_t offset; /* from its block */
	uint32_t count;
	uint32_t bits;
	uint64_t guest_mask; /* bits that software may change; 0: read-only */
	uint64_t host_mask;
	uint64_t reset;
};

struct reg_field {
	enum reg_id reg;
	const char *name;
	uint64_t mask;
};

extern const struct reg_info reg_infos[REG_COUNT];
extern const struct reg_field reg_fields[];
extern const size_t reg_field_count;

enum reg_match {
	REG_PRESENT,
	REG_ABSENT, /* a register of a queue or VINTF that this geometry does not have [DEV-2] */
	REG_HOLE,   /* no register */
};

/* A 32-bit word of one register: what decode makes of an offset. */
struct reg_ref {
	enum reg_match match;
	enum reg_id id;
	enum cmdqv_page page;
	uint8_t index; /* instance of a register with several: CMDQ_ALLOC(q), SID_MATCH(s), ... */
	bool high;     /* the upper word of a 64-bit register */
	uint8_t queue; /* of PAGE0 and PAGE1: a VCMDQ, or an LVCMDQ of `vintf` */
	uint8_t vintf; /* of VINTF blocks and pages */
};

/* Decodes the aligned 32-bit word at `offset`, which may lie anywhere. */
void reg_decode(const struct cmdqv_geometry *geometry, uint64_t offset, struct reg_ref *ref);

/* The offset of a register, the inverse of reg_decode(). No other code adds offsets up.
 */
uint64_t reg_offset(const struct reg_ref *ref);

/* The bits of the 32-bit word `ref` that software may change. */
uint32_t reg_writable(const struct cmdqv_geometry *geometry, const struct reg_ref *ref);

/* The value of PARAM. */
uint32_t reg_param(const struct cmdqv_geometry *geometry);

static inline uint32_t reg_num_vcmdqs(const struct cmdqv_geometry *g)
{
	return 1U << g->log2_vcmdqs;
}

static inline uint32_t reg_num_vintfs(const struct cmdqv_geometry *g)
{
	return 1U << g->log2_vintfs;
}

static inline uint32_t reg_num_lvcmdqs(const struct cmdqv_geometry *g)
{
	return 1U << (g->log2_vcmdqs - g->log2_vintfs);
}

static inline uint32_t reg_num_sids(const struct cmdqv_geometry *g)
{
	return 1U << g->log2_sids;
}

/* Size of the window in bytes. */
static inline uint64_t reg_window_bytes(const struct cmdqv_geometry *g)
{
	return CMDQV_VINTF_PAGE0 + (uint64_t)reg_num_vintfs(g) * CMDQV_VINTF_PAGE_STRIDE;
}

/* The page an offset lies in; `offset` may be anything, outside the window it is CMDQV_AT_CONFIG.
 */
static inline enum cmdqv_page reg_page(uint64_t offset)
{
	uint64_t page = offset / CMDQV_PAGE_BYTES;

	if (page <= CMDQV_AT_VINTF1)
		return (enum cmdqv_page)page;
	if (offset >= CMDQV_VINTF_PAGE0 + (uint64_t)CMDQV_MAX_VINTFS * CMDQV_VINTF_PAGE_STRIDE)
		return CMDQV_AT_CONFIG;
	return (page - CMDQV_AT_VINTF0) % 2 == 0 ? CMDQV_AT_VINTF0 : CMDQV_AT_VINTF1;
}

#endif
