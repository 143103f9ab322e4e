/* SPDX-License-Identifier: BSD-2-Clause */
/* Geometry, accesses, the state after reset, handshakes, and what a register keeps. */
#include "steps.h"

#define ALL UINT32_MAX

/* ---- as found ---- */

static bool reset_state(struct run *run)
{
	if (!run->carrier->untouched)
		return skip(run, "it was driven since its reset");
	if (!reads(run, CMDQV_REG_CONFIG, ~CMDQV_CONFIG_CMDQV_EN, 0x00020082) ||
	    !reads(run, CMDQV_REG_STATUS, ALL, get(run, CMDQV_REG_CONFIG) & 1) ||
	    !reads64(run, CMDQV_REG_VI_ERR_MAP - 4, 0) ||
	    !reads(run, CMDQV_REG_VI_INT_MASK, ALL, 0))
		return false;
	for (uint32_t queue = 0; queue < run->queues; queue++) {
		if (!reads(run, AT_ALLOC(queue), ALL, 0) ||
		    !reads(run, AT_DIRECT0(queue, CMDQV_REG_VCMDQ_PROD), ALL, 0) ||
		    !reads64(run, AT_DIRECT1(queue, CMDQV_REG_VCMDQ_BASE), 0))
			return false;
	}
	return reads(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG), ALL, 0) &&
	       reads(run, AT_VINTF(CMDQV_REG_VINTF_STATUS), ALL, 0) &&
	       reads(run, AT_VINTF(CMDQV_REG_SID_MATCH), ALL, 0);
}

/* ---- geometry ---- */

static bool geometry(struct run *run)
{
	const uint32_t param = get(run, CMDQV_REG_PARAM);
	const uint32_t queues = CMDQV_GET(CMDQV_PARAM_NUM_VCMDQ_LOG2, param);
	const uint32_t vintfs = CMDQV_GET(CMDQV_PARAM_NUM_VINTF_LOG2, param);

	if (queues < vintfs || queues > 7 || vintfs > 6)
		return fail_register(run, "no queue for each VINTF in PARAM, offset ",
				     CMDQV_REG_PARAM, 1, param);
	return reads(run, CMDQV_REG_PARAM, CMDQV_PARAM_VER, 1);
}

static bool one_vintf(struct run *run)
{
	return reads(run, CMDQV_REG_PARAM, CMDQV_PARAM_NUM_VINTF_LOG2, 0) &&
	       reads(run, CMDQV_REG_PARAM, 0xFFFF8000, 0);
}

/* Reads 0 and ignores writes. A register that is there after all has its value again. */
static bool is_nothing(struct run *run, uint32_t offset)
{
	const uint32_t before = get(run, offset);
	bool fine = reads(run, offset, ALL, 0);

	put(run, offset, ALL);
	fine = reads(run, offset, ALL, 0) && fine;
	put(run, offset, before);
	return fine;
}

static bool beyond(struct run *run)
{
	const uint32_t vintf1 = AT_VINTF(CMDQV_VINTF_BLOCK_STRIDE);

	if (!is_nothing(run, vintf1 + CMDQV_REG_VINTF_CONFIG) ||
	    !is_nothing(run, vintf1 + CMDQV_REG_SID_MATCH) ||
	    !reads(run, vintf1 + CMDQV_REG_VINTF_STATUS, ALL, 0))
		return false;
	return run->queues == CMDQV_MAX_VCMDQS ||
	       (is_nothing(run, AT_ALLOC(run->queues)) &&
		is_nothing(run, AT_DIRECT0(run->queues, CMDQV_REG_VCMDQ_PROD)) &&
		is_nothing(run, AT_DIRECT1(run->queues, CMDQV_REG_VCMDQ_BASE)));
}

/* ---- accesses ---- */

static bool wide_map(struct run *run)
{
	const uint32_t map = AT_VINTF(CMDQV_REG_LVCMDQ_ERR_MAP);
	const uint32_t queue = queues_used(run) - 1;

	return bring_up(run) && becomes(run, map, ALL, 0) && reads64(run, map, 0) &&
	       provoke(run, queue, ILLEGAL, 0, 1) && becomes(run, map, ALL, 1U << queue) &&
	       reads64(run, map, 1U << queue) && reads64(run, map + 8, 0) && recover(run, queue);
}

static bool wide_config(struct run *run)
{
	const uint64_t config = get(run, CMDQV_REG_CONFIG);
	const uint32_t match = AT_VINTF(CMDQV_REG_SID_MATCH);

	if (!reads64(run, CMDQV_REG_CONFIG, (uint64_t)get(run, CMDQV_REG_PARAM) << 32 | config))
		return false;
	if (run->sids < 2)
		return true;
	put64(run, match, 0x200000004ULL);
	return reads(run, match, ALL, 4) && reads(run, match + 4, ALL, 2);
}

static bool wide_base(struct run *run)
{
	const uint32_t at = AT_PAGE1(0, CMDQV_REG_VCMDQ_BASE);
	uint64_t base;

	if (!restart(run) || !vintf_enable(run))
		return false;
	allocate(run, 0);
	base = queue_base(run, 0, 0, CONFORMANCE_LOG2SIZE);
	put64(run, at, base);
	return reads64(run, at, base) && reads(run, at, ALL, (uint32_t)base) &&
	       reads(run, at + 4, ALL, (uint32_t)(base >> 32));
}

static bool narrow(struct run *run)
{
	const struct carrier *carrier = run->carrier;
	const uint32_t match = AT_VINTF(CMDQV_REG_SID_MATCH);

	put(run, match, 0x1E);
	for (uint32_t size = 1; size <= 2; size++) {
		const uint64_t found = carrier->load(carrier->user, match, size);

		if (found)
			return fail_register(run, "a narrow read of offset ", match, 0, found);
		carrier->store(carrier->user, match, size, 0x1);
	}
	return reads(run, match, ALL, 0x1E);
}

static bool unaligned(struct run *run)
{
	const struct carrier *carrier = run->carrier;
	const uint32_t match = AT_VINTF(CMDQV_REG_SID_MATCH);
	uint64_t found;

	if (!carrier->unaligned)
		return skip(run, "an unaligned access faults here");
	put(run, match, 0x1E0006);
	found = carrier->load(carrier->user, match + 2, 4);
	if (found)
		return fail_register(run, "an unaligned read of offset ", match + 2, 0, found);
	carrier->store(carrier->user, match + 2, 4, 0x1);
	return reads(run, match, ALL, 0x1E0006);
}

static bool holes(struct run *run)
{
	return is_nothing(run, 0x0C) && is_nothing(run, 0x34) && is_nothing(run, AT_VINTF(0x08)) &&
	       is_nothing(run, AT_DIRECT0(0, 0x18)) && is_nothing(run, AT_DIRECT1(0, 0x10));
}

static bool read_only(struct run *run)
{
	static const uint32_t offsets[] = {
		CMDQV_REG_PARAM,
		CMDQV_REG_STATUS,
		CMDQV_REG_VI_ERR_MAP,
		CMDQV_REG_CMDQ_ERR_MAP,
		AT_VINTF(CMDQV_REG_VINTF_STATUS),
		AT_VINTF(CMDQV_REG_LVCMDQ_ERR_MAP),
	};

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		const uint32_t before = get(run, offsets[i]);

		put(run, offsets[i], ~before);
		if (!reads(run, offsets[i], ALL, before))
			return false;
	}
	return true;
}

/* Of a queue that is not mapped into the guest; what a guest scribbles into its page is its own. */
static bool read_only_queue(struct run *run)
{
	put(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_STATUS), ALL);
	put(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_GERROR),
	    ~get(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_GERROR)));
	return reads(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_STATUS), ALL, 0) &&
	       reads(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_GERROR), ALL,
		     get(run, AT_DIRECT0(0, CMDQV_REG_VCMDQ_GERRORN)));
}

static bool reserved(struct run *run)
{
	static const struct {
		uint32_t offset;
		uint32_t kept;
	} rows[] = {
		{CMDQV_REG_CONFIG, 0x000FFFFF}, /* without CONS_DRAM_EN */
		{AT_VINTF(CMDQV_REG_VINTF_CONFIG), 0x0001FFFF},
		{AT_VINTF(CMDQV_REG_SID_MATCH), 0x001FFFFF},
		{AT_VINTF(CMDQV_REG_SID_REPLACE), 0x000FFFFF},
		{AT_ALLOC(0), 0x001F80FF},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint32_t before = get(run, rows[i].offset);
		bool fine;

		put(run, rows[i].offset, ALL);
		fine = reads(run, rows[i].offset, ~rows[i].kept, 0);
		put(run, rows[i].offset, before);
		if (!fine)
			return false;
	}
	return true;
}

static bool numbers(struct run *run)
{
	return vintf_enable(run) &&
	       reads(run, AT_VINTF(CMDQV_REG_VINTF_STATUS), CMDQV_VINTF_STATUS_VI_NUM_LVCMDQ, 0) &&
	       is_nothing(run, AT_VINTF(CMDQV_REG_GLB_FILT_CFG)) &&
	       is_nothing(run, AT_VINTF(CMDQV_REG_GLB_FILT_DATA));
}

/* ---- handshakes ---- */

static bool cmdqv_handshake(struct run *run)
{
	const uint32_t config = get(run, CMDQV_REG_CONFIG);

	for (uint32_t turn = 0; turn < 2; turn++) {
		put(run, CMDQV_REG_CONFIG, config & ~1U);
		if (!becomes(run, CMDQV_REG_STATUS, ALL, 0))
			return false;
		put(run, CMDQV_REG_CONFIG, config | 1);
		if (!becomes(run, CMDQV_REG_STATUS, ALL, 1))
			return false;
	}
	return true;
}

static bool vintf_handshake(struct run *run)
{
	for (uint32_t turn = 0; turn < 2; turn++) {
		if (!vintf_enable(run))
			return false;
		put(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG), 0);
		if (!becomes(run, AT_VINTF(CMDQV_REG_VINTF_STATUS), 1, 0))
			return false;
	}
	return true;
}

static bool vintf_needs_cmdqv(struct run *run)
{
	const uint32_t config = get(run, CMDQV_REG_CONFIG);

	if (!vintf_enable(run))
		return false;
	put(run, CMDQV_REG_CONFIG, config & ~1U);
	if (!becomes(run, AT_VINTF(CMDQV_REG_VINTF_STATUS), 1, 0) ||
	    !reads(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG), 1, 1))
		return false;
	put(run, CMDQV_REG_CONFIG, config | 1);
	return becomes(run, AT_VINTF(CMDQV_REG_VINTF_STATUS), 1, 1);
}

static bool hyp_own(struct run *run)
{
	return vintf_enable(run) && reads(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG), 0x20001, 1);
}

/* ---- what is kept ---- */

static bool keeps(struct run *run, uint32_t offset, uint32_t value)
{
	put(run, offset, value);
	return reads(run, offset, ALL, value);
}

static bool kept(struct run *run)
{
	const uint32_t config = get(run, CMDQV_REG_CONFIG);
	bool fine = keeps(run, CMDQV_REG_CONFIG, 0x000A5A51);

	put(run, CMDQV_REG_CONFIG, config);
	if (!fine || !keeps(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG), 0x000A5A4) ||
	    !keeps(run, CMDQV_REG_VI_INT_MASK, 1))
		return false;
	for (uint32_t slot = 0; slot < run->sids; slot++) {
		if (!keeps(run, AT_VINTF(CMDQV_REG_SID_MATCH) + 4 * slot, 0x12344U + slot) ||
		    !keeps(run, AT_VINTF(CMDQV_REG_SID_REPLACE) + 4 * slot, 0x54321U + slot))
			return false;
	}
	put64(run, AT_DIRECT1(0, CMDQV_REG_VCMDQ_CONS_INDX_BASE), 0x123456789ABCULL);
	return reads64(run, AT_DIRECT1(0, CMDQV_REG_VCMDQ_CONS_INDX_BASE), 0x123456789ABCULL);
}

/* A host cannot pass it on: nothing but the guest itself writes to its memory. */
static bool cons_in_memory(struct run *run)
{
	const uint64_t at = 3 * CONFORMANCE_PLACE;
	volatile uint64_t *word = run->carrier->memory + at / sizeof(*word);

	*word = 0x5A5A5A5A5A5A5A5AULL;
	put(run, CMDQV_REG_CONFIG, get(run, CMDQV_REG_CONFIG) | CMDQV_CONFIG_CONS_DRAM_EN);
	if (!bring_up(run))
		return false;
	put64(run, AT_PAGE1(0, CMDQV_REG_VCMDQ_CONS_INDX_BASE), run->carrier->bus + at);
	if (!batch_send_all(run))
		return false;
	return *word == 0x5A5A5A5A5A5A5A5AULL || fail(run, "CONS was written to memory");
}

static bool allocation_kept(struct run *run)
{
	for (uint32_t queue = 0; queue < run->queues; queue++) {
		if (!keeps(run, AT_ALLOC(queue), queue << 1))
			return false;
		allocate(run, queue);
		if (!reads(run, AT_ALLOC(queue), ALL, queue << 1 | 1))
			return false;
	}
	return true;
}

static const struct conformance_case cases[] = {
	{"DEV-7", false, true, "reset-state", "the state after reset is the documented one",
	 reset_state},
	REQUIRED("DEV-2", "geometry", "PARAM has version 1 and at least a queue for each VINTF",
		 geometry),
	OURS("DEV-2", "geometry-one-vintf", "PARAM shows one VINTF, and its reserved bits read 0",
	     one_vintf),
	OURS("DEV-2", "geometry-beyond", "other VINTFs and queues read 0 and ignore writes",
	     beyond),
	REQUIRED("DEV-3", "access-wide-map", "LVCMDQ_ERR_MAP can be read as 64-bit words",
		 wide_map),
	OURS("DEV-3", "access-wide", "an 8-byte access is two of 4 bytes", wide_config),
	REQUIRED("DEV-3", "access-wide-base", "BASE is written and read as one 64-bit word",
		 wide_base),
	OURS("DEV-4", "access-narrow", "accesses of 1 and 2 bytes read 0 and write nothing",
	     narrow),
	OURS("DEV-4", "access-unaligned", "unaligned accesses read 0 and write nothing", unaligned),
	OURS("DEV-4", "access-hole", "holes read 0 and ignore writes", holes),
	REQUIRED("DEV-5", "access-read-only", "PARAM, STATUS and error maps ignore writes",
		 read_only),
	OURS("DEV-5", "access-read-only-queue",
	     "STATUS and GERROR of a queue that does not run ignore writes", read_only_queue),
	OURS("DEV-5", "access-reserved", "reserved bits and CONS_DRAM_EN read 0", reserved),
	OURS("DEV-5", "access-numbers", "VI_NUM_LVCMDQ and GLB_FILT_* read 0", numbers),
	REQUIRED("HW-6", "enable-cmdqv", "STATUS acknowledges CMDQV_EN in both directions",
		 cmdqv_handshake),
	REQUIRED("DEV-13", "enable-vintf", "VINTF_STATUS acknowledges ENABLE in both directions",
		 vintf_handshake),
	OURS("DEV-13", "enable-vintf-needs-cmdqv", "VINTF_STATUS.ENABLED is CMDQV_EN and ENABLE",
	     vintf_needs_cmdqv),
	REQUIRED("DEV-26", "hyp-own", "HYP_OWN reads 0 in a guest", hyp_own),
	OURS("DEV-26", "kept-fields", "fields without effect are kept for reading", kept),
	OURS("DEV-26", "kept-cons-in-memory", "CONS_INDX_BASE has no effect", cons_in_memory),
	REQUIRED("DEV-5", "kept-allocation", "CMDQ_ALLOC reads as it was written", allocation_kept),
};

const struct case_table registers_cases = CASE_TABLE(cases);
