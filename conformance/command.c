/* SPDX-License-Identifier: BSD-2-Clause */
/* What a queue executes, and how it goes round. */
#include "steps.h"

#define ALL UINT32_MAX

static bool done_with(struct run *run, uint64_t word0, uint64_t word1)
{
	command_put(run, 0, word0, word1);
	command_put(run, 0, SYNC, 0);
	command_ring(run, 0);
	return command_done(run, 0);
}

static bool legal(struct run *run)
{
	static const uint64_t commands[][2] = {
		{CMDQV_OP_TLBI_NH_ASID | 5ULL << 48, 0},
		{TLBI_VA, 0x1000 | 1},
		{TLBI_VA | 0xFFFFULL << 32, 0x2000}, /* the guest's VMID is ignored */
		{TLBI_VA | 31 << 12 | 2 << 20, 0x10000 | 1 << 10 | 3 << 8}, /* a range */
		{CMDQV_OP_CMD_SYNC, 0},
		{SYNC, 0},
		{SYNC | 0xDEADULL << 32, 0xDEAD000},
	};

	if (!bring_up(run))
		return false;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!done_with(run, commands[i][0], commands[i][1]))
			return false;
	}
	return pending(run, 0, 0);
}

static bool atc(struct run *run)
{
	if (!run->carrier->has_vsid)
		return skip(run, "no StreamID with an ATC was named");
	return bring_up(run) &&
	       done_with(run, CMDQV_OP_ATC_INV | (uint64_t)run->carrier->vsid << 32, 52) &&
	       pending(run, 0, 0);
}

static bool atc_of_another(struct run *run)
{
	return bring_up(run) && provoke(run, 0, CMDQV_OP_ATC_INV | 0xFFFFEULL << 32, 52, 4) &&
	       recover(run, 0);
}

/* The tables that count are the host's. */
static bool own_sids(struct run *run)
{
	put(run, AT_VINTF(CMDQV_REG_SID_REPLACE), 0xFFFFE);
	put(run, AT_VINTF(CMDQV_REG_SID_MATCH), 0xFFFFE << 1 | 1);
	if (!vintf_enable(run))
		return false;
	allocate(run, 0);
	if (!queue_clear(run, 0) || !queue_start(run, 0, 0, CONFORMANCE_LOG2SIZE))
		return false;
	command_put(run, 0, CMDQV_OP_ATC_INV | 0xFFFFEULL << 32, 52);
	command_put(run, 0, SYNC, 0);
	command_ring(run, 0);
	return becomes(run, AT_VINTF(CMDQV_REG_LVCMDQ_ERR_MAP), ALL, 1);
}

static bool is_for_guests(uint64_t opcode)
{
	return opcode == CMDQV_OP_TLBI_NH_ASID || opcode == CMDQV_OP_TLBI_NH_VA ||
	       opcode == CMDQV_OP_ATC_INV || opcode == CMDQV_OP_CMD_SYNC;
}

static bool others_are_refused(struct run *run)
{
	if (!bring_up(run))
		return false;
	for (uint64_t opcode = 0; opcode < 0x100; opcode++) {
		if (!is_for_guests(opcode) && (!provoke(run, 0, opcode, 0, 1) || !recover(run, 0)))
			return false;
	}
	return true;
}

static bool sync_signals(struct run *run)
{
	if (!bring_up(run))
		return false;
	for (uint64_t cs = 1; cs < 4; cs++) {
		if (!provoke(run, 0, CMDQV_OP_CMD_SYNC | cs << 12, 0, 1) || !recover(run, 0))
			return false;
	}
	return true;
}

static bool full_ring(struct run *run)
{
	const uint32_t entries = 1U << CONFORMANCE_LOG2SIZE;

	if (!bring_up(run))
		return false;
	/* Begins in the middle, so that the second half lies before it. */
	return batch_send(run, 0, entries / 2 - 1) && batch_send(run, 0, entries - 1) &&
	       reads(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONS), CMDQV_VCMDQ_CONS_INDEX,
		     entries + entries / 2);
}

static bool wraps(struct run *run)
{
	if (!bring_up(run))
		return false;
	for (uint32_t i = 0; i < 5 * (1U << CONFORMANCE_LOG2SIZE) / 24; i++) {
		if (!batch_send(run, 0, 23))
			return false;
	}
	return true;
}

static bool ring_of(struct run *run, uint32_t log2size)
{
	if (!take_down(run) || !vintf_enable(run))
		return false;
	allocate(run, 0);
	if (!queue_clear(run, 0) || !queue_start(run, 0, 2, log2size))
		return false;
	for (uint32_t turn = 0; turn < 3; turn++) {
		if (!batch_send(run, 0, (1U << log2size) - 1))
			return false;
	}
	return true;
}

static bool small_rings(struct run *run)
{
	for (uint32_t log2size = 1; log2size < CONFORMANCE_LOG2SIZE; log2size++) {
		if (!ring_of(run, log2size))
			return false;
	}
	return true;
}

static bool large_ring(struct run *run)
{
	const uint32_t log2size = run->carrier->max_log2size;

	if (log2size <= CONFORMANCE_LOG2SIZE)
		return skip(run, "what a ring may have is not known");
	return ring_of(run, log2size > 12 ? 12 : log2size);
}

static bool over_ring(struct run *run)
{
	const uint32_t entries = 1U << CONFORMANCE_LOG2SIZE;

	if (!bring_up(run) || !batch_send(run, 0, 3))
		return false;
	put(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_PROD), run->queue[0].prod + entries + 1);
	return becomes(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONS), ALL,
		       1U << 24 | run->queue[0].prod) &&
	       pending(run, 0, CMDQV_VCMDQ_GERROR_CMDQ_ERR);
}

static bool in_turns(struct run *run)
{
	if (run->queues < 2)
		return skip(run, "there is one queue");
	if (!bring_up(run))
		return false;
	for (uint32_t i = 0; i < 20; i++) {
		for (uint32_t queue = 0; queue < 2; queue++) {
			command_put(run, queue, TLBI_VA, 0);
			command_put(run, queue, SYNC, 0);
			command_ring(run, queue);
		}
		if (!command_done(run, 1) || !command_done(run, 0))
			return false;
	}
	return true;
}

static const struct conformance_case cases[] = {
	REQUIRED("HW-13", "command-legal", "TLBI_NH_ASID, TLBI_NH_VA and CMD_SYNC are executed",
		 legal),
	REQUIRED("HW-13", "command-atc", "ATC_INV of a device of the guest is executed", atc),
	OURS("HW-13", "command-atc-other", "ATC_INV of another StreamID is an illegal access",
	     atc_of_another),
	OURS("DEV-26", "command-atc-sids", "SID_MATCH of the guest lets no StreamID through",
	     own_sids),
	OURS("HW-13", "command-refused", "every other opcode is refused", others_are_refused),
	OURS("HW-13", "command-sync-signals", "CMD_SYNC with CS other than 0 is refused",
	     sync_signals),
	REQUIRED("HW-10", "command-full-ring", "a full ring is executed whole", full_ring),
	REQUIRED("HW-10", "command-wraps", "the wrap bits of PROD and CONS go along", wraps),
	OURS("DEV-10", "command-small-rings", "rings of 2 to 128 entries work", small_rings),
	REQUIRED("DEV-10", "command-large-ring", "a ring of up to 4096 entries works", large_ring),
	OURS("HW-10", "command-over-ring", "PROD more than a ring ahead is an error at CONS",
	     over_ring),
	REQUIRED("HW-10", "command-in-turns", "two queues work beside each other", in_turns),
};

const struct case_table command_cases = CASE_TABLE(cases);
