/* SPDX-License-Identifier: BSD-2-Clause */
#include "device_reference.h"

#define BASE_ADDRESS UINT64_C(0xffffffffffe0)
#define BASE_WRITABLE UINT64_C(0xffffffffffff)

enum {
	WINDOW_BYTES = 0x50000,
	DIRECT0 = 1, /* pages of the window */
	DIRECT1 = 2,
	VINTF0 = 3,
	VINTF1 = 4,
	CONFIG_AT = 0,
	ALLOC_AT = 0x200,
	VINTF_CONFIG_AT = 0x1000,
	VCMDQ_STRIDE = 0x80,
	LVCMDQ_CONS = 0x00,
	LVCMDQ_CONFIG = 0x08,
	LVCMDQ_GERRORN = 0x14,
	GERROR_BITS = 7,
	LVCMDQ_BASE = 0x00,
	ALLOC_WRITABLE = 0x1f80ff,
	ALL = (1 << REFERENCE_LVCMDQS) - 1,
};

/* [DEV-14] Only the identity allocates. */
bool reference_allocated(const struct reference *r, uint32_t lvcmdq)
{
	return r->lvcmdqs[lvcmdq].entry == (1U | lvcmdq << 1);
}

/* [DEV-8] */
static bool is_ready(const struct reference *r, uint32_t lvcmdq)
{
	return r->lvcmdqs[lvcmdq].base != 0 && reference_allocated(r, lvcmdq) && r->cmdqv &&
	       r->vintf;
}

/* [DEV-18]; and a broken backend shows no page. */
bool reference_wants_page(const struct reference *r)
{
	bool all_bound = true;

	for (uint32_t lvcmdq = r->bound; lvcmdq < REFERENCE_LVCMDQS; lvcmdq++)
		all_bound = all_bound && !is_ready(r, lvcmdq);
	return !r->broken && r->cmdqv && r->vintf && r->bound > 0 && all_bound;
}

uint32_t reference_ring_mask(uint64_t base)
{
	return (2U << (base & 31)) - 1;
}

/* [DEV-10], and the host's: mapped for DMA and contiguous. */
static bool good_base(uint64_t base)
{
	uint64_t log2size = base & 31;
	uint64_t bytes = UINT64_C(16) << log2size;
	uint64_t first = base & BASE_ADDRESS;
	uint64_t last = first + bytes - 1;

	return log2size >= 1 && log2size <= REFERENCE_CMDQS && first % bytes == 0 &&
	       last < REFERENCE_RAM && first / REFERENCE_GRANULE == last / REFERENCE_GRANULE;
}

/* [DEV-31] Undoing may fail. */
static void unbind(struct reference *r, uint32_t lvcmdq)
{
	if (lvcmdq >= r->bound)
		return;
	r->broken = r->broken || r->breaks;
	r->bound = lvcmdq;
}

/* [DEV-9] [DEV-32] The guest asked for `LVCMDQ`; those above it must keep their errors. */
static void unbind_from(struct reference *r, uint32_t lvcmdq)
{
	for (uint32_t above = lvcmdq + 1; above < r->bound; above++)
		r->lvcmdqs[above].held = r->lvcmdqs[above].gerror != r->lvcmdqs[above].gerrorn;
	unbind(r, lvcmdq);
}

/* [DEV-11] [DEV-12] */
static void commit(struct reference *r, uint32_t lvcmdq, uint64_t base)
{
	struct reference_lvcmdq *s = &r->lvcmdqs[lvcmdq];

	s->is_staged[0] = false;
	s->is_staged[1] = false;
	if (base == s->base || (lvcmdq < r->bound && r->enabled >> lvcmdq & 1))
		return;
	unbind_from(r, lvcmdq);
	s->base = base;
	s->failed = false;
	r->touched |= 1U << lvcmdq;
	r->moved |= 1U << lvcmdq;
}

static void commit_staged(struct reference *r, uint32_t lvcmdq)
{
	const struct reference_lvcmdq *s = &r->lvcmdqs[lvcmdq];
	uint64_t low = s->is_staged[0] ? s->staged[0] : s->base & UINT32_MAX;
	uint64_t high = s->is_staged[1] ? s->staged[1] : s->base >> 32;

	if (s->is_staged[0] || s->is_staged[1])
		commit(r, lvcmdq, high << 32 | low);
}

static void commit_all_staged(struct reference *r)
{
	for (uint32_t lvcmdq = REFERENCE_LVCMDQS; lvcmdq-- > 0;)
		commit_staged(r, lvcmdq);
}

/* [DEV-13] */
static void write_enable(struct reference *r, bool *enable, bool value)
{
	commit_all_staged(r);
	if (*enable && !value) {
		unbind(r, 0);
		r->touched = ALL;
		r->moved = ALL;
		r->cleared = ALL;
	}
	*enable = value;
}

/* [DEV-13] [DEV-14] */
static void write_entry(struct reference *r, uint32_t lvcmdq, uint32_t value)
{
	bool was = reference_allocated(r, lvcmdq);

	commit_staged(r, lvcmdq);
	r->lvcmdqs[lvcmdq].entry = value & ALLOC_WRITABLE;
	if (!was || reference_allocated(r, lvcmdq))
		return;
	unbind_from(r, lvcmdq);
	r->touched |= 1U << lvcmdq;
	r->moved |= 1U << lvcmdq;
	r->cleared |= 1U << lvcmdq;
}

static void write_config_page(struct reference *r, uint32_t at, uint32_t value)
{
	if (at == CONFIG_AT)
		write_enable(r, &r->cmdqv, value & 1);
	else if (at == VINTF_CONFIG_AT)
		write_enable(r, &r->vintf, value & 1);
	else if (at >= ALLOC_AT && at < ALLOC_AT + 4 * REFERENCE_LVCMDQS)
		write_entry(r, (at - ALLOC_AT) / 4, value);
}

static void write_page0(struct reference *r, uint32_t lvcmdq, uint32_t reg, uint32_t value)
{
	r->touched |= 1U << lvcmdq;
	if (reg == LVCMDQ_CONS || reg == LVCMDQ_CONFIG)
		r->moved |= 1U << lvcmdq;
	if (reg == LVCMDQ_CONFIG)
		commit_staged(r, lvcmdq);
	if (reg == LVCMDQ_GERRORN && r->lvcmdqs[lvcmdq].held &&
	    (value & GERROR_BITS) == r->lvcmdqs[lvcmdq].gerror)
		r->lvcmdqs[lvcmdq].held = false;
}

static void write_base_half(struct reference *r, uint32_t lvcmdq, uint32_t half, uint32_t value)
{
	struct reference_lvcmdq *s = &r->lvcmdqs[lvcmdq];

	s->staged[half] = half ? value & 0xffff : value;
	s->is_staged[half] = true;
	if (s->is_staged[0] && s->is_staged[1])
		commit_staged(r, lvcmdq);
}

/* [DEV-14] Which LVCMDQ a register page's offset is of; REFERENCE_SLOTS: none that is there. */
static uint32_t lvcmdq_at(const struct reference *r, uint64_t offset)
{
	uint32_t page = (uint32_t)(offset >> 16);
	uint32_t lvcmdq = (uint32_t)(offset & 0xffff) / VCMDQ_STRIDE;
	bool hidden;

	if (page == 0 || lvcmdq >= REFERENCE_LVCMDQS)
		return REFERENCE_LVCMDQS;
	hidden = page >= VINTF0 && !reference_allocated(r, lvcmdq);
	return hidden ? REFERENCE_LVCMDQS : lvcmdq;
}

static void write_word(struct reference *r, uint64_t offset, uint32_t value)
{
	uint32_t page = (uint32_t)(offset >> 16);
	uint32_t lvcmdq = lvcmdq_at(r, offset);
	uint32_t reg = (uint32_t)offset % VCMDQ_STRIDE;

	if (page == 0)
		write_config_page(r, (uint32_t)offset, value);
	else if (lvcmdq < REFERENCE_LVCMDQS && (page == DIRECT0 || page == VINTF0))
		write_page0(r, lvcmdq, reg, value);
	else if (lvcmdq < REFERENCE_LVCMDQS && (reg == LVCMDQ_BASE || reg == LVCMDQ_BASE + 4))
		write_base_half(r, lvcmdq, (reg - LVCMDQ_BASE) / 4, value);
}

/* An 8-byte write of BASE, which is one update [DEV-3]. */
static bool is_whole_base(uint64_t offset, uint32_t size)
{
	uint32_t page = (uint32_t)(offset >> 16);

	return size == 8 && (page == DIRECT1 || page == VINTF1) &&
	       offset % VCMDQ_STRIDE == LVCMDQ_BASE;
}

static void write_whole_base(struct reference *r, uint64_t offset, uint64_t value)
{
	uint32_t lvcmdq = lvcmdq_at(r, offset);

	if (lvcmdq < REFERENCE_LVCMDQS)
		commit(r, lvcmdq, value & BASE_WRITABLE);
}

/* [DEV-17] The LVCMDQ above one that is bound anew is tried again. */
static void bind(struct reference *r, uint32_t lvcmdq)
{
	if (r->broken || r->refuses || !good_base(r->lvcmdqs[lvcmdq].base)) {
		r->lvcmdqs[lvcmdq].failed = true;
		r->failed_now |= 1U << lvcmdq;
		return;
	}
	r->bound++;
	if (lvcmdq + 1 < REFERENCE_LVCMDQS)
		r->lvcmdqs[lvcmdq + 1].failed = false;
}

/* [DEV-8] [DEV-9] */
static void bind_what_is_ready(struct reference *r)
{
	for (uint32_t lvcmdq = r->bound; lvcmdq < REFERENCE_LVCMDQS; lvcmdq++) {
		if (!is_ready(r, lvcmdq))
			r->lvcmdqs[lvcmdq].failed = r->lvcmdqs[lvcmdq].held = false;
		else if (lvcmdq == r->bound && !r->lvcmdqs[lvcmdq].failed &&
			 !r->lvcmdqs[lvcmdq].held)
			bind(r, lvcmdq);
	}
}

void reference_begin(struct reference *r)
{
	r->touched = 0;
	r->moved = 0;
	r->cleared = 0;
	r->failed_now = 0;
}

/* [DEV-3] [DEV-4] */
void reference_write(struct reference *r, uint64_t offset, uint32_t size, uint64_t value,
		     uint32_t enabled)
{
	reference_begin(r);
	r->enabled = enabled;
	if (offset >= WINDOW_BYTES || (size != 4 && size != 8) || offset % size != 0)
		return;
	if (is_whole_base(offset, size)) {
		write_whole_base(r, offset, value);
	} else {
		write_word(r, offset, (uint32_t)value);
		if (size == 8)
			write_word(r, offset + 4, (uint32_t)(value >> 32));
	}
	bind_what_is_ready(r);
}

bool reference_restore(struct reference *r)
{
	uint32_t was_bound = r->bound;

	reference_begin(r);
	unbind(r, 0);
	for (uint32_t lvcmdq = 0; lvcmdq < was_bound; lvcmdq++) {
		r->lvcmdqs[lvcmdq].held = r->lvcmdqs[lvcmdq].gerror != r->lvcmdqs[lvcmdq].gerrorn;
		if (lvcmdq == r->bound && !r->lvcmdqs[lvcmdq].held)
			r->bound++;
	}
	if (!r->broken && (!r->refuses || r->bound == 0))
		return true;
	r->bound = 0;
	reference_reset(r);
	return false;
}

void reference_reset(struct reference *r)
{
	unbind(r, 0);
	*r = (struct reference){
		.cmdqv = true,
		.refuses = r->refuses,
		.breaks = r->breaks,
		.broken = r->broken,
		.touched = ALL,
		.moved = ALL,
		.cleared = ALL,
	};
}
