/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of the model, and what follows from it at once.
 *
 * The register blocks' functions begin with hw_, for src/device has blocks of the same
 * names.
 *
 * Everything is under the embedder's lock [HW-12], except what cmdqv_model_pending()
 * reads: that is atomic, and the pages that it may look into stay mapped, at the same
 * addresses, as long as the model lives.
 */
#ifndef SRC_MODEL_STATE_H
#define SRC_MODEL_STATE_H

#include <cmdqv/model/model.h>

#include "base/shared.h"
#include "regs/registers.h"

/* A queue's words in page 0, CONS to GERRORN. */
#define QUEUE_WORDS (CMDQV_REG_VCMDQ_GERRORN / sizeof(uint32_t) + 1)

#define GERROR_BITS                                                                                \
	(CMDQV_VCMDQ_GERROR_CMDQ_ERR | CMDQV_VCMDQ_GERROR_CONS_DRAM_WR_ABT_ERR |                   \
	 CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR)

/* Where a queue stands in its life; vcmdq.c has the table of moves. */
enum queue_state {
	QUEUE_OFF,
	QUEUE_ON,
	QUEUE_REFUSED,
	QUEUE_STATES,
};

struct queue {
	/* Atomic: cmdqv_model_pending() reads these without the lock, in one cache line. */
	_Alignas(
		64) _Atomic(shared32 *) regs; /* its six page-0 words: in a shared page, or `own` */
	shared32 gate;			      /* mapped, and CMDQV_EN and the VINTF's EN are 1 */
	shared32 state;			      /* enum queue_state */
	shared32 cons;			      /* truth while ON: index, wrap and ERR */
	shared32 gerror;		      /* truth */
	shared32 mask;			      /* while ON: of index and wrap, 2^(LOG2SIZE+1) - 1 */
	shared32 own[QUEUE_WORDS];	      /* what `regs` is while it is not mapped */

	/* Under the lock. */
	bool mapped; /* to vintf and lvcmdq */
	bool status; /* truth of STATUS.EN_OK */
	bool atc_timed_out;
	bool repeats;	 /* the batch under way is the second of two [HW-25] */
	uint32_t number; /* physical queue */
	uint32_t vintf;
	uint32_t lvcmdq;
	uint64_t base; /* page 1 registers */
	uint64_t cons_indx_base;
	uint64_t ring; /* while ON: address of entry 0, latched from BASE */
	uint32_t refuse_index;
	uint8_t refuse_code;	       /* 0: no refusal is ordered */
	uint32_t faults[CMDQV_FAULTS]; /* how often they are still to strike */
	uint64_t struck[CMDQV_FAULTS];
	uint32_t fruitless; /* visits in a row that fetched nothing */
	uint64_t commands;
	uint64_t errors;
};

struct vintf {
	uint32_t config;
	uint32_t sid_match[CMDQV_MAX_SIDS];
	uint32_t sid_replace[CMDQV_MAX_SIDS];
	uint32_t mapped; /* LVCMDQs 0 to mapped - 1 are mapped [HW-8] */
	int page_fd;
};

/* A set of queues, by their physical number. */
struct queue_set {
	shared64 words[CMDQV_MAX_VCMDQS / 64];
};

/* Which queues to look at. Any thread may: the lock is not needed. */
struct watch {
	struct queue_set open;	 /* their gate is open: the only ones that can do anything */
	struct queue_set active; /* of these: had work lately */
	shared32 next;		 /* where looking at the others goes on */
	shared32 quiet;		 /* calls of pending() in a row that found nothing */
};

struct cmdqv_model {
	struct cmdqv_geometry geometry;
	struct cmdqv_model_ops ops;
	void *user;

	bool busy;	     /* a call is under way: callbacks must not call again */
	bool kick_due;	     /* the access under way made work for the engine */
	struct watch *watch; /* `watched`, which readers of a model write to */
	struct watch watched;
	uint32_t next;	      /* queue whose turn it is */
	uint32_t turn_left;   /* commands that are left of it */
	unsigned char *pages; /* page 0 of all VINTFs, side by side */

	uint32_t config;
	uint32_t int_mask[2];
	uint32_t alloc[CMDQV_MAX_VCMDQS];
	struct vintf vintfs[CMDQV_MAX_VINTFS];
	struct queue queues[CMDQV_MAX_VCMDQS];
	struct queue *lvcmdqs[CMDQV_MAX_VCMDQS]; /* by VINTF and LVCMDQ; NULL: unmapped */

	uint64_t accesses[CMDQV_AT_PAGES];
	uint64_t bad_accesses;
	uint64_t order_violations;
	uint64_t interrupts;
};

static inline uint32_t model_num_lvcmdqs(const struct cmdqv_model *m)
{
	return reg_num_lvcmdqs(&m->geometry);
}

static inline bool hw_config_enabled(const struct cmdqv_model *m)
{
	return m->config & CMDQV_CONFIG_CMDQV_EN;
}

/* Does VI_INT_MASK silence the errors of `vintf`? */
static inline bool hw_config_masks(const struct cmdqv_model *m, uint32_t vintf)
{
	return m->int_mask[vintf / 32] >> vintf % 32 & 1;
}

/* Is STATUS.ENABLED 1? */
static inline bool hw_vintf_enabled(const struct cmdqv_model *m, uint32_t vintf)
{
	return hw_config_enabled(m) && m->vintfs[vintf].config & CMDQV_VINTF_CONFIG_ENABLE;
}

static inline bool hw_vintf_hypervisor_owned(const struct vintf *vintf)
{
	return vintf->config & CMDQV_VINTF_CONFIG_HYP_OWN;
}

/* The queue that is mapped to an LVCMDQ, or NULL. */
static inline struct queue *hw_vintf_queue(const struct cmdqv_model *m, uint32_t vintf,
					   uint32_t lvcmdq)
{
	return m->lvcmdqs[vintf * model_num_lvcmdqs(m) + lvcmdq];
}

#endif
