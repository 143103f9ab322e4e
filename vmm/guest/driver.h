/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's driver: what Linux' driver for the CMDQV does to it, in eight phases.
 *
 * One source file, two lives: freestanding in a virtual machine, and natively in a thread
 * (vmm/thread.c) or a test. It has no libc and reaches the outside through platform.h.
 *
 * Every vCPU calls guest_driver_run(). vCPU 0 does what happens once; batches are spread
 * over all of them. Phases begin and end with all vCPUs meeting, so that what is counted
 * between two reports belongs to one phase.
 */
#ifndef VMM_GUEST_DRIVER_H
#define VMM_GUEST_DRIVER_H

#include "layout.h"

#include <cmdqv/regs.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct guest_cpu; /* the platform's: who makes an access */

/* GUEST_PHASE(id, name) in their order. */
#define GUEST_PHASES(GUEST_PHASE)                                                                  \
	GUEST_PHASE(PROBE, "probe")                                                                \
	GUEST_PHASE(RESET, "reset")                                                                \
	GUEST_PHASE(BRING_UP, "bring-up")                                                          \
	GUEST_PHASE(INVALIDATE_VINTF, "invalidate-vintf")                                          \
	GUEST_PHASE(INVALIDATE_DIRECT, "invalidate-direct")                                        \
	GUEST_PHASE(ERROR, "error")                                                                \
	GUEST_PHASE(DISABLE_VINTF, "disable-vintf")                                                \
	GUEST_PHASE(DISABLE_CMDQV, "disable-cmdqv")

enum guest_phase {
#define GUEST_PHASE(id, name) GUEST_PHASE_##id,
	GUEST_PHASES(GUEST_PHASE)
#undef GUEST_PHASE
		GUEST_PHASE_COUNT,
};

/* GUEST_CHECK(id, what is wrong if it fails), for a sentence "the guest saw that ...". */
#define GUEST_CHECKS(GUEST_CHECK)                                                                  \
	GUEST_CHECK(OK, "all is well")                                                             \
	GUEST_CHECK(STOPPED, "what it waited for did not happen in time")                          \
	GUEST_CHECK(PARAM, "PARAM does not show the geometry that was asked for")                  \
	GUEST_CHECK(HYP_OWN, "VINTF CONFIG does not read enabled with HYP_OWN 0")                  \
	GUEST_CHECK(CONS_ERROR, "CONS shows an error that was not provoked")                       \
	GUEST_CHECK(NO_INTERRUPT, "an illegal command raised no interrupt")                        \
	GUEST_CHECK(ERROR_MAPS, "the error maps did not name the queue with the error")            \
	GUEST_CHECK(ERROR_STAYS, "an error map shows an error that was acknowledged")              \
	GUEST_CHECK(QUEUE_LIVES, "a queue reads enabled though its VINTF or the CMDQV is not")     \
	GUEST_CHECK(VINTF_LIVES, "the VINTF reads enabled though the CMDQV is not")                \
	GUEST_CHECK(STALE, "a device did not reach the page that is mapped for it")                \
	GUEST_CHECK(DMA_ABORTED, "an access of a device to a page that is mapped was aborted")

enum guest_check {
#define GUEST_CHECK(id, text) GUEST_CHECK_##id,
	GUEST_CHECKS(GUEST_CHECK)
#undef GUEST_CHECK
		GUEST_CHECK_COUNT,
};

#define GUEST_NOWHERE UINT32_MAX

/* Values of CONS.ERR that have a meaning, 0 for none: the rest counts as 0. */
#define GUEST_CONS_ERRORS 5

/* The virtual StreamID of its device. */
#define GUEST_VSID 1U

/* What a phase came to; complete when the guest reports it. */
struct guest_outcome {
	uint64_t batches; /* that were completed */
	uint64_t tlbis;	  /* legal commands that were sent, and that therefore are executed: */
	uint64_t syncs;	  /*   TLBI_NH_VA and CMD_SYNC */
	uint64_t errors[GUEST_CONS_ERRORS]; /* that the handler found in queues, by CONS.ERR */
	uint32_t check;			    /* enum guest_check; unless OK, what was found where: */
	uint32_t offset;		    /*   in the CMDQV's window, or GUEST_NOWHERE */
	uint64_t expected;
	uint64_t found;
};

/* How VMM and guest know of each other; lies in guest RAM. */
struct guest_mailbox {
	uint64_t rings; /* guest address of queue 0; the others follow without a gap */
	uint32_t log2size;
	uint32_t log2_queues;
	uint32_t log2_sids;
	uint32_t cpus;
	uint32_t batch_size;   /* commands of a batch, its CMD_SYNC included: 2 to 1 << log2size */
	uint64_t batches;      /* of each invalidate phase, over all vCPUs */
	_Atomic uint32_t stop; /* the VMM is tired of waiting */
	uint32_t atc;	       /* unless 0, the command before each CMD_SYNC is an ATC_INV */
	uint32_t repeats;      /* unless 0, each batch of dma.h is sent twice [DEV-34] */
	uint32_t judges;       /* unless 0, the cases of judge.h run in the driver's place */
	uint64_t rounds;       /* unless 0, dma.h takes the place of both invalidate phases */
	_Atomic uint64_t executed; /* commands of all batches that CONS has passed */
	_Atomic uint64_t polls;	   /* in vain: of a register, or of a device's job */
	struct guest_outcome outcome;
};

/* The k-th TLBI_NH_VA of vCPU c has ASID c + 1 and this address. */
#define GUEST_FIRST_VA 0x0000100000000000ULL
#define GUEST_VA_STRIDE 0x1000ULL

/* A command that a guest's queue must refuse. */
#define GUEST_ILLEGAL_OPCODE CMDQV_OP_TLBI_NSNH_ALL

/* How many ordinary batches the error phase sends after the illegal command. */
#define GUEST_BATCHES_AFTER_ERROR 4U

struct guest_queue {
	_Atomic uint64_t *ring; /* two words a command */
	uint64_t gpa;
	uint32_t prod; /* index and wrap bit, as in PROD */
	_Atomic uint32_t taken;
};

/* All of the driver's state; zeroed before the first vCPU runs. */
struct guest_driver {
	struct guest_mailbox *mailbox;
	uint32_t queue_count;
	struct guest_queue queues[CMDQV_MAX_VCMDQS];
	uint64_t sent_by_cpu[GUEST_MAX_CPUS]; /* TLBIs since the beginning, for their addresses */

	_Atomic uint32_t arrived; /* vCPUs that wait for the others, */
	_Atomic uint32_t turn;	  /* and how often all had come */
	_Atomic uint32_t failed;  /* 0; 1: a vCPU writes `failure`; 2: it is written */
	struct guest_outcome failure;

	/* Of the current phase. */
	_Atomic uint64_t batches;
	_Atomic uint64_t tlbis;
	_Atomic uint64_t syncs;

	_Atomic uint64_t errors[GUEST_CONS_ERRORS];

	/* What the interrupt handler saw. */
	_Atomic uint32_t interrupts;			    /* with an error to handle */
	_Atomic uint32_t error_map[CMDQV_MAX_VCMDQS / 32];  /* CMDQ_ERR_MAP, all it saw */
	_Atomic uint64_t lvcmdq_map[CMDQV_MAX_VCMDQS / 64]; /* LVCMDQ_ERR_MAP, likewise */
};

/* Once, before any vCPU runs. */
void guest_driver_init(struct guest_driver *driver, struct guest_mailbox *mailbox);

/* On every vCPU; returns when there is nothing left to do, whether all went well or not. */
void guest_driver_run(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index);

/*
 * For what the driver's phases consist of. guest_driver_fail() takes down the first failure
 * of all vCPUs and returns false; guest_driver_wait() belongs into each turn of a loop that
 * waits, and returns false if waiting has become pointless.
 */
bool guest_driver_fail(struct guest_driver *driver, enum guest_check check, uint64_t expected,
		       uint64_t found);
bool guest_driver_wait(struct guest_driver *driver, struct guest_cpu *cpu);

/* Sends TLBIs, of two words each, and a CMD_SYNC through page 0 of the VINTF; returns when they are
 * executed. */
bool guest_driver_send(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t queue,
		       const uint64_t *tlbis, uint32_t count);

/* The CMDQV's interrupt, on vCPU 0. */
void guest_driver_interrupt(struct guest_driver *driver, struct guest_cpu *cpu);

#endif
