/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers in words, from the one list in src/regs. */
#include <cmdqv/describe.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "regs/registers.h"
#include "text.h"

static const char *without(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(name, prefix, length) == 0 ? name + length : name;
}

/* The block in front of a register's name, so that the name need not repeat it. */
static void add_place(struct text *text, const struct reg_ref *ref)
{
	switch (reg_infos[ref->id].block) {
	case BLOCK_GLOBAL:
		return;
	case BLOCK_VINTF:
		text_add(text, "VINTF%u ", ref->vintf);
		return;
	case BLOCK_PAGE0:
	case BLOCK_PAGE1:
		if (ref->page == CMDQV_AT_DIRECT0 || ref->page == CMDQV_AT_DIRECT1)
			text_add(text, "VCMDQ%u ", ref->queue);
		else
			text_add(text, "VINTF%u LVCMDQ%u ", ref->vintf, ref->queue);
		return;
	}
}

static void add_register(struct text *text, const struct reg_ref *ref)
{
	const struct reg_info *info = &reg_infos[ref->id];

	add_place(text, ref);
	text_add(text, "%s", without(without(info->name, "VCMDQ_"), "VINTF_"));
	if (info->count > 1)
		text_add(text, "(%u)", ref->index);
	if (ref->high)
		text_add(text, ", upper half");
}

static void add_geometry(struct text *text, const struct cmdqv_geometry *geometry)
{
	text_add(text, "%u VINTFs, %u VCMDQs, %u SID slots", reg_num_vintfs(geometry),
		 reg_num_vcmdqs(geometry), reg_num_sids(geometry));
}

/* Is there such a CMDQV? Functions of regs/registers.h may not be asked about one that is none. */
static bool is_geometry(const struct cmdqv_geometry *g)
{
	return g->log2_vcmdqs <= CMDQV_MAX_LOG2_VCMDQS && g->log2_vintfs <= CMDQV_MAX_LOG2_VINTFS &&
	       g->log2_vintfs <= g->log2_vcmdqs && g->log2_sids <= CMDQV_MAX_LOG2_SIDS;
}

/* Finds the register at `offset`, or says why there is none. */
static int find(const struct cmdqv_geometry *geometry, uint64_t offset, struct reg_ref *ref,
		struct text *text)
{
	if (!is_geometry(geometry)) {
		text_add(text, "no CMDQV has 2^%u VINTFs, 2^%u VCMDQs and 2^%u SID slots",
			 geometry->log2_vintfs, geometry->log2_vcmdqs, geometry->log2_sids);
		return -ENOENT;
	}
	if (offset % sizeof(uint32_t) != 0) {
		text_add(text, "0x%" PRIx64 " is not a multiple of 4", offset);
		return -ENOENT;
	}
	reg_decode(geometry, offset, ref);
	if (ref->match == REG_PRESENT)
		return 0;
	if (ref->match == REG_ABSENT) {
		add_register(text, ref);
		text_add(text, ", which is not there with ");
		add_geometry(text, geometry);
	} else if (offset >= reg_window_bytes(geometry)) {
		text_add(text, "0x%" PRIx64 " is past the end of the window, 0x%" PRIx64, offset,
			 reg_window_bytes(geometry));
	} else {
		text_add(text, "no register at 0x%" PRIx64, offset);
	}
	return -ENOENT;
}

int cmdqv_describe_offset(const struct cmdqv_geometry *geometry, uint64_t offset, char *text,
			  size_t bytes)
{
	struct reg_ref ref;
	struct text out;
	int err;

	text_begin(&out, text, bytes);
	err = find(geometry, offset, &ref, &out);
	if (err == 0)
		add_register(&out, &ref);
	return err;
}

uint64_t cmdqv_describe_next(const struct cmdqv_geometry *geometry, uint64_t offset)
{
	uint64_t end = is_geometry(geometry) ? reg_window_bytes(geometry) : 0;
	struct reg_ref ref;

	if (offset >= end)
		return UINT64_MAX;
	for (offset = (offset + 3) & ~UINT64_C(3); offset < end; offset += sizeof(uint32_t)) {
		reg_decode(geometry, offset, &ref);
		if (ref.match == REG_PRESENT)
			return offset;
	}
	return UINT64_MAX;
}

/* GERRORN has the bits of GERROR. */
static enum reg_id fields_of(enum reg_id id)
{
	return id == REG_VCMDQ_GERRORN ? REG_VCMDQ_GERROR : id;
}

/* Addresses stay in place, everything else is counted from its lowest bit. */
static uint64_t field_value(const struct reg_field *field, uint64_t value)
{
	if (strcmp(field->name, "ADDR") == 0)
		return value & field->mask;
	return CMDQV_GET(field->mask, value);
}

static void add_field(struct text *text, const struct reg_field *field, uint64_t value)
{
	text_add_field(text, field->name, value);
	if (field->reg == REG_VCMDQ_CONS && value != 0 && strcmp(field->name, "ERR") == 0)
		text_add(text, " (%s)", cmdqv_describe_cerror((uint32_t)value));
}

/* Those fields of a register that have bits in `word`; returns the bits that they named. */
static uint64_t add_fields(struct text *text, enum reg_id id, uint64_t word, uint64_t value)
{
	uint64_t named = 0;

	for (size_t i = 0; i < reg_field_count; i++) {
		const struct reg_field *field = &reg_fields[i];

		if (field->reg != fields_of(id) || (field->mask & word) == 0)
			continue;
		add_field(text, field, field_value(field, value));
		named |= field->mask;
	}
	return named;
}

int cmdqv_describe_value(const struct cmdqv_geometry *geometry, uint64_t offset, uint64_t value,
			 char *text, size_t bytes)
{
	struct reg_ref ref;
	struct text out;
	uint64_t word;
	uint64_t named;
	int err;

	text_begin(&out, text, bytes);
	err = find(geometry, offset, &ref, &out);
	if (err != 0)
		return err;
	if (ref.high)
		value <<= 32;
	word = ref.high ? UINT64_MAX << 32 : UINT64_MAX;
	named = add_fields(&out, ref.id, word, value);
	if (named == 0)
		text_add(&out, "0x%" PRIx64, ref.high ? value >> 32 : value);
	else if ((value & ~named) != 0)
		text_add_field(&out, "reserved", value & ~named);
	return 0;
}
