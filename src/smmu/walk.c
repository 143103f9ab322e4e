/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an input address to a physical one. Stage 1 is a walk of at most four tables, so a loop
 * of tables ends. Stage 2 asks the embedder, for each table on the way and for the result.
 * Every descriptor is read once.
 *
 * The result is as large as the page or block, if the piece of the memory map around it is
 * too. Otherwise it is 4 KiB and remembers the size of the page or block: a TLBI of any byte
 * of that must drop all its pieces [HW-14].
 */
#include "walk.h"

#include "event.h"
#include "memory.h"
#include "regs/event.h"

/* A descriptor of stage 1: the VMSAv8-64 chapter of the Arm ARM. */
#define TTD_VALID WORD_BITS(0, 0)
#define TTD_TABLE WORD_BITS(1, 1) /* a table, or a page at level 3 */
#define TTD_AP_EL0 WORD_BITS(6, 6)
#define TTD_AP_RO WORD_BITS(7, 7)
#define TTD_AF WORD_BITS(10, 10)
#define TTD_NG WORD_BITS(11, 11)
#define TTD_ADDR WORD_BITS(47, 12)
#define TTD_APTABLE_NO_EL0 WORD_BITS(61, 61)
#define TTD_APTABLE_RO WORD_BITS(62, 62)

#define LAST_LEVEL 3U
#define BLOCK_1G_LEVEL 1U
#define BLOCK_LEVEL 2U
#define GRANULE_4K 12U
#define DESCRIPTOR_LOG2 3U

static uint64_t low_bits(unsigned int count)
{
	return (UINT64_C(1) << count) - 1;
}

static bool fail_stage2(struct smmu_request *request, uint8_t id, uint64_t ipa, uint8_t class)
{
	request->fault.stage2 = true;
	request->fault.ipa = ipa;
	request->fault.class = class;
	return smmu_fail(request, id);
}

static bool fail_input(struct smmu_request *request, uint8_t id)
{
	request->fault.class = EVENT_CLASS_IN;
	return smmu_fail(request, id);
}

/* An answer of the embedder's that holds `ipa`, in whole pages, and does not wrap. */
static bool is_sound(const struct cmdqv_smmu_span *span, uint64_t ipa)
{
	if ((span->ipa | span->bytes | span->physical) & (SMMU_PAGE_BYTES - 1))
		return false;
	if (span->bytes == 0 || span->ipa > UINT64_MAX - (span->bytes - 1) ||
	    span->physical > UINT64_MAX - (span->bytes - 1))
		return false;
	return ipa >= span->ipa && ipa - span->ipa < span->bytes;
}

bool smmu_stage2(const struct cmdqv_smmu *smmu, struct smmu_request *request, uint64_t ipa,
		 uint8_t class, struct cmdqv_smmu_span *span)
{
	*span = (struct cmdqv_smmu_span){0};
	if (smmu->ops.stage2(smmu->user, request->ste.vmid, ipa, span) != 0 || !is_sound(span, ipa))
		return fail_stage2(request, CMDQV_SMMU_F_TRANSLATION, ipa, class);
	return true;
}

static bool read_descriptor(const struct cmdqv_smmu *smmu, struct smmu_request *request,
			    uint64_t address, uint64_t *descriptor)
{
	struct cmdqv_smmu_span span;
	uint64_t physical = address;

	if (request->stage2) {
		if (!smmu_stage2(smmu, request, address, EVENT_CLASS_TTD, &span))
			return false;
		physical = span.physical + (address - span.ipa);
	}
	if (smmu_read(smmu, physical, descriptor, 1))
		return true;
	request->fault.class = EVENT_CLASS_TTD;
	request->fault.fetch = physical;
	return smmu_fail(request, CMDQV_SMMU_F_WALK_EABT);
}

static bool block_allowed(unsigned int granule, unsigned int level)
{
	return level == BLOCK_LEVEL || (level == BLOCK_1G_LEVEL && granule == GRANULE_4K);
}

static enum smmu_size size_of(unsigned int shift)
{
	unsigned int size = 0;

	while (smmu_size_shift((enum smmu_size)size) != shift)
		size++;
	return (enum smmu_size)size;
}

static uint16_t table_flags(const struct smmu_cd *cd, uint64_t descriptor)
{
	uint16_t flags = 0;

	if (cd->flat)
		return 0;
	if (descriptor & TTD_APTABLE_NO_EL0)
		flags |= SMMU_PRIVILEGED_ONLY;
	if (descriptor & TTD_APTABLE_RO)
		flags |= SMMU_STAGE1_RO;
	return flags;
}

static uint16_t leaf_flags(uint64_t descriptor)
{
	uint16_t flags = 0;

	if (!(descriptor & TTD_AP_EL0))
		flags |= SMMU_PRIVILEGED_ONLY;
	if (descriptor & TTD_AP_RO)
		flags |= SMMU_STAGE1_RO;
	return flags;
}

/* A page or block at its place; `page->flags` are those of the tables above. */
static bool take_leaf(struct smmu_request *request, uint64_t descriptor, unsigned int shift,
		      struct smmu_page *page)
{
	const struct smmu_cd *cd = &request->cd;
	uint64_t output = descriptor & TTD_ADDR & ~low_bits(shift);

	if (output >> cd->output_bits != 0)
		return fail_input(request, CMDQV_SMMU_F_ADDR_SIZE);
	if (!(descriptor & TTD_AF) && !cd->ignore_af)
		return fail_input(request, CMDQV_SMMU_F_ACCESS);
	page->physical = output;
	page->ipa = output;
	page->size = size_of(shift);
	page->leaf = page->size;
	page->flags |= leaf_flags(descriptor);
	page->global = !(descriptor & TTD_NG);
	return true;
}

/* Of a context that is disabled nothing else was checked, and nothing is computed from it. */
static bool is_input(const struct smmu_cd *cd, uint64_t address)
{
	return !cd->disabled && address >> cd->input_bits == 0;
}

static bool walk_stage1(const struct cmdqv_smmu *smmu, struct smmu_request *request,
			struct smmu_page *page)
{
	const struct smmu_cd *cd = &request->cd;
	const unsigned int granule = cd->granule;
	const unsigned int stride = granule - DESCRIPTOR_LOG2;
	const unsigned int levels = (cd->input_bits - granule + stride - 1) / stride;
	const uint64_t address = request->access->address;
	unsigned int bits = cd->input_bits - granule - (levels - 1) * stride;
	uint64_t table = cd->ttb0 & ~low_bits(bits + DESCRIPTOR_LOG2);

	for (unsigned int level = LAST_LEVEL + 1 - levels;; level++) {
		unsigned int shift = granule + stride * (LAST_LEVEL - level);
		uint64_t index = address >> shift & low_bits(bits);
		uint64_t descriptor;

		if (!read_descriptor(smmu, request, table + (index << DESCRIPTOR_LOG2),
				     &descriptor))
			return false;
		if (!(descriptor & TTD_VALID))
			return fail_input(request, CMDQV_SMMU_F_TRANSLATION);
		if (level == LAST_LEVEL && !(descriptor & TTD_TABLE))
			return fail_input(request, CMDQV_SMMU_F_TRANSLATION);
		if (level == LAST_LEVEL)
			return take_leaf(request, descriptor, shift, page);
		if (!(descriptor & TTD_TABLE))
			return block_allowed(granule, level)
				       ? take_leaf(request, descriptor, shift, page)
				       : fail_input(request, CMDQV_SMMU_F_TRANSLATION);
		table = descriptor & TTD_ADDR & ~low_bits(granule);
		if (table >> cd->output_bits != 0)
			return fail_input(request, CMDQV_SMMU_F_ADDR_SIZE);
		page->flags |= table_flags(cd, descriptor);
		bits = stride;
	}
}

/* Of a page that begins at or before an address in the span. */
static bool lies_within(const struct cmdqv_smmu_span *span, uint64_t ipa, enum smmu_size size)
{
	uint64_t last = low_bits(smmu_size_shift(size));

	return ipa >= span->ipa && last <= span->bytes - 1 - (ipa - span->ipa);
}

/* Takes what stage 1 found through stage 2, as a whole or just the 4 KiB of `ipa`. */
static void place(struct smmu_page *page, const struct cmdqv_smmu_span *span, uint64_t ipa)
{
	if (!lies_within(span, page->ipa, page->size)) {
		page->size = SMMU_4K;
		page->ipa = ipa & ~low_bits(smmu_size_shift(SMMU_4K));
	}
	page->physical = span->physical + (page->ipa - span->ipa);
	if (!span->writable)
		page->flags |= SMMU_STAGE2_RO;
}

/* The largest block that the piece of memory map holds whole. */
static void find_block(struct smmu_page *page, const struct cmdqv_smmu_span *span, uint64_t ipa)
{
	static const enum smmu_size blocks[] = {SMMU_1G, SMMU_2M, SMMU_4K};

	for (unsigned int i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		page->size = blocks[i];
		page->leaf = blocks[i];
		page->ipa = ipa & ~low_bits(smmu_size_shift(blocks[i]));
		if (lies_within(span, page->ipa, page->size))
			return;
	}
}

bool smmu_walk(const struct cmdqv_smmu *smmu, struct smmu_request *request, struct smmu_page *page)
{
	uint64_t ipa = request->access->address;
	struct cmdqv_smmu_span span;

	*page = (struct smmu_page){0};
	if (request->stage1) {
		if (!is_input(&request->cd, ipa))
			return fail_input(request, CMDQV_SMMU_F_TRANSLATION);
		if (!walk_stage1(smmu, request, page))
			return false;
		ipa = page->ipa + (ipa & low_bits(smmu_size_shift(page->size)));
	}
	if (!request->stage2)
		return true;
	if (!smmu_stage2(smmu, request, ipa, EVENT_CLASS_IN, &span))
		return false;
	if (!request->stage1)
		find_block(page, &span, ipa);
	place(page, &span, ipa);
	return true;
}
