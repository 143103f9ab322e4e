/* SPDX-License-Identifier: BSD-2-Clause */
/* What the cases consist of. A function that returns false has noted why the case fails. */
#ifndef CONFORMANCE_STEPS_H
#define CONFORMANCE_STEPS_H

#include "carrier.h"

#include <cmdqv/regs.h>

#include <stddef.h>

/* The cases drive two queues at most; others are only seen to be quiet. */
#define QUEUES 2U

struct run {
	const struct carrier *carrier;
	uint32_t queues; /* that PARAM tells of */
	uint32_t sids;
	struct queue {
		volatile uint64_t *ring;
		uint32_t log2size;
		uint32_t prod; /* index and wrap bit */
	} queue[QUEUES];
	bool skipped;
	char why[160]; /* it was skipped, or the first thing that was wrong */
};

/* ---- verdicts ---- */

/* Both return false; the first one counts. */
bool fail(struct run *run, const char *words);
bool fail_register(struct run *run, const char *words, uint32_t offset, uint64_t expected,
		   uint64_t found);

/* The carrier or this CMDQV lacks something. Returns true: that is no failure. */
bool skip(struct run *run, const char *words);

/* ---- registers ---- */

#define AT_VINTF(reg) (CMDQV_VINTF_BLOCK + (reg))
#define AT_ALLOC(queue) (CMDQV_REG_CMDQ_ALLOC + 4 * (queue))
#define AT_PAGE0(queue, reg) (CMDQV_VINTF_PAGE0 + CMDQV_VCMDQ_STRIDE * (queue) + (reg))
#define AT_PAGE1(queue, reg) (CMDQV_VINTF_PAGE1 + CMDQV_VCMDQ_STRIDE * (queue) + (reg))
#define AT_DIRECT0(queue, reg) (CMDQV_DIRECT_PAGE0 + CMDQV_VCMDQ_STRIDE * (queue) + (reg))
#define AT_DIRECT1(queue, reg) (CMDQV_DIRECT_PAGE1 + CMDQV_VCMDQ_STRIDE * (queue) + (reg))

uint32_t get(struct run *run, uint32_t offset);
uint64_t get64(struct run *run, uint32_t offset);
void put(struct run *run, uint32_t offset, uint32_t value);
void put64(struct run *run, uint32_t offset, uint64_t value);

/* Reads once; */
bool reads(struct run *run, uint32_t offset, uint32_t mask, uint32_t wanted);
bool reads64(struct run *run, uint32_t offset, uint64_t wanted);
/* and until it does, which fails when the carrier's patience ends. */
bool becomes(struct run *run, uint32_t offset, uint32_t mask, uint32_t wanted);
/* Reads so for as long as anything that goes on might change it. */
bool stays(struct run *run, uint32_t offset, uint32_t mask, uint32_t wanted);

/* ---- the interrupt ---- */

/* Forgets the edges that came. */
void interrupt_forget(struct run *run);
/* True where the carrier cannot tell. */
bool interrupt_comes(struct run *run);
bool interrupt_stays_away(struct run *run);

/* ---- as Linux' driver does it ---- */

/* Takes everything down, whatever was before, and clears it. */
bool take_down(struct run *run);

/* CMDQV_EN off and on, places named, VINTF down: the beginning of the driver's reset. */
bool restart(struct run *run);
bool vintf_enable(struct run *run);
/* The allocation bit is set by reading the entry first. */
void allocate(struct run *run, uint32_t queue);
void deallocate(struct run *run, uint32_t queue);
/* A queue is disabled, zeroed, and its error acknowledged. */
bool queue_clear(struct run *run, uint32_t queue);
/* BASE with a ring in place `place`, and EN. */
uint64_t queue_base(struct run *run, uint32_t queue, uint32_t place, uint32_t log2size);
void queue_begin(struct run *run, uint32_t queue);
bool queue_start(struct run *run, uint32_t queue, uint32_t place, uint32_t log2size);

/* All of it, from any state: both queues run in one page each. */
bool bring_up(struct run *run);
/* How many of them there are: one or two. */
uint32_t queues_used(const struct run *run);

/* ---- commands ---- */

#define TLBI_VA ((uint64_t)CMDQV_OP_TLBI_NH_VA | 1ULL << 48) /* ASID 1 */
#define SYNC 0x0FC00046ULL				     /* as Linux writes it */
#define ILLEGAL ((uint64_t)CMDQV_OP_TLBI_NSNH_ALL)

/* Into the ring, behind what is there; the device does not know of it yet. */
void command_put(struct run *run, uint32_t queue, uint64_t word0, uint64_t word1);
/* PROD is stored. */
void command_ring(struct run *run, uint32_t queue);
/* CONS has reached PROD, without an error. */
bool command_done(struct run *run, uint32_t queue);
/* So many TLBIs and a CMD_SYNC: executed. */
bool batch_send(struct run *run, uint32_t queue, uint32_t tlbis);
/* The same in each queue that is used. */
bool batch_send_all(struct run *run);

/* Two TLBIs, the command, a CMD_SYNC: the queue stands at the command with this in CONS.ERR. */
bool provoke(struct run *run, uint32_t queue, uint64_t word0, uint64_t word1, uint32_t code);
/* The driver's handler: CMD_SYNC over the command at CONS, GERRORN; the queue goes on to the end.
 */
bool recover(struct run *run, uint32_t queue);
/* In time, GERROR differs from GERRORN in these bits, or in none. */
bool pending(struct run *run, uint32_t queue, uint32_t bits);

/* ---- the tables of cases ---- */

struct conformance_case {
	const char *rule;
	bool required;
	bool as_found; /* runs before anything is written */
	const char *name;
	const char *words;
	bool (*run)(struct run *run);
};

#define REQUIRED(rule, name, words, function)                                                      \
	{                                                                                          \
		rule, true, false, name, words, function                                           \
	}
#define OURS(rule, name, words, function)                                                          \
	{                                                                                          \
		rule, false, false, name, words, function                                          \
	}

struct case_table {
	const struct conformance_case *cases;
	size_t count;
};
#define CASE_TABLE(array)                                                                          \
	{                                                                                          \
		array, sizeof(array) / sizeof((array)[0])                                          \
	}

extern const struct case_table registers_cases;
extern const struct case_table life_cases;
extern const struct case_table command_cases;
extern const struct case_table error_cases;

#endif
