/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the model share.
 *
 *   model.c    create, destroy, reset, and the guard against re-entry
 *   access.c   from an access to the handler of its register
 *   config.c   global registers, and where VCMDQs are mapped (CMDQ_ALLOC)
 *   vintf.c    VINTF registers and SID tables
 *   vcmdq.c    a queue: its registers, its life, its errors
 *   engine.c   visits queues, fetches and executes
 *   watch.c    which queues to look at, and cmdqv_model_pending()
 *   poller.c   how long whoever owns the engine waits between two looks
 *   command.c  what a guest may send
 *   page.c     the shared pages
 *   fault.c    faults on demand
 *   state.c    counters and state for the embedder
 *
 * The register blocks' functions begin with hw_, for src/device has blocks of the same
 * names.
 *
 * Everything here is under the embedder's lock [HW-12], save what
 * cmdqv_model_pending() reads: that is atomic, and the pages that it may look into stay
 * mapped, at the same addresses, as long as the model lives.
 */
#ifndef SRC_MODEL_INTERNAL_H
#define SRC_MODEL_INTERNAL_H

#include <cmdqv/model/model.h>

#include "base/shared.h"
#include "regs/command.h"
#include "regs/registers.h"

/* The words of a queue's slot in page 0, CONS to GERRORN. */
#define SLOT_WORDS (CMDQV_REG_VCMDQ_GERRORN / sizeof(uint32_t) + 1)

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
	_Alignas(64) _Atomic(shared32 *)
		regs;		  /* its six page-0 words: a slot of a shared page, or `own` */
	shared32 gate;		  /* mapped, and CMDQV_EN and the VINTF's EN are 1 */
	shared32 state;		  /* enum queue_state */
	shared32 cons;		  /* truth while ON: index, wrap and ERR */
	shared32 gerror;	  /* truth */
	shared32 mask;		  /* while ON: of index and wrap, 2^(LOG2SIZE+1) - 1 */
	shared32 own[SLOT_WORDS]; /* what `regs` is while no slot is mapped */

	/* Under the lock. */
	bool mapped; /* to vintf and lvcmdq */
	bool status; /* truth of STATUS.EN_OK */
	bool atc_timed_out;
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
	uint32_t mapped; /* queues are mapped to the logical slots 0 to mapped - 1 [HW-8] */
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
	bool guest_like;
	bool run_on_write;
	struct cmdqv_model_ops ops;
	void *user;

	bool busy;     /* a call is under way: callbacks must not call again */
	bool kick_due; /* the access under way made work for the engine */
	uint64_t rung[CMDQV_MAX_VCMDQS / 64]; /* queues that the access under way rang for */
	struct watch *watch;		      /* `watched`, which readers of a model write to */
	struct watch watched;
	uint32_t next;	      /* queue whose turn it is */
	uint32_t turn_left;   /* commands that are left of it */
	unsigned char *pages; /* page 0 of all VINTFs, side by side */

	uint32_t config;
	uint32_t int_mask[2];
	uint32_t alloc[CMDQV_MAX_VCMDQS];
	struct vintf vintfs[CMDQV_MAX_VINTFS];
	struct queue queues[CMDQV_MAX_VCMDQS];
	struct queue *slots[CMDQV_MAX_VCMDQS]; /* by VINTF and logical slot; NULL: unmapped */

	uint64_t accesses[CMDQV_AT_PAGES];
	uint64_t bad_accesses;
	uint64_t order_violations;
	uint64_t interrupts;
};

/* model.c */
int model_enter(struct cmdqv_model *m);
void model_leave(struct cmdqv_model *m);
void model_interrupt(struct cmdqv_model *m);
void model_trace(struct cmdqv_model *m, const struct cmdqv_trace_event *event);

/* config.c */
uint32_t hw_config_read(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_config_write(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_config_read_param(const struct cmdqv_model *m, const struct reg_ref *ref);
uint32_t hw_config_read_status(const struct cmdqv_model *m, const struct reg_ref *ref);
uint32_t hw_config_read_vi_err_map(const struct cmdqv_model *m, const struct reg_ref *ref);
uint32_t hw_config_read_int_mask(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_config_write_int_mask(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_config_read_cmdq_err_map(const struct cmdqv_model *m, const struct reg_ref *ref);
uint32_t hw_config_read_alloc(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_config_write_alloc(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
bool hw_config_enabled(const struct cmdqv_model *m);
bool hw_config_masks(const struct cmdqv_model *m, uint32_t vintf);
void hw_config_reset(struct cmdqv_model *m);

/* vintf.c */
uint32_t hw_vintf_read(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_vintf_write(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_vintf_read_status(const struct cmdqv_model *m, const struct reg_ref *ref);
uint32_t hw_vintf_read_sid_match(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_vintf_write_sid_match(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_vintf_read_sid_replace(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_vintf_write_sid_replace(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_vintf_read_err_map(const struct cmdqv_model *m, const struct reg_ref *ref);
bool hw_vintf_enabled(const struct cmdqv_model *m, uint32_t vintf);
bool hw_vintf_hypervisor_owned(const struct vintf *vintf);
bool hw_vintf_error_pending(const struct cmdqv_model *m, uint32_t vintf);
struct queue *hw_vintf_queue(const struct cmdqv_model *m, uint32_t vintf, uint32_t lvcmdq);
void hw_vintf_gate(struct cmdqv_model *m, uint32_t vintf);
void hw_vintf_reset(struct cmdqv_model *m, uint32_t vintf);

/* vcmdq.c */
uint32_t hw_vcmdq_read(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_vcmdq_write(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_vcmdq_read_wide(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_vcmdq_write_half(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
void hw_vcmdq_write_wide(struct cmdqv_model *m, const struct reg_ref *ref, uint64_t value);
void hw_vcmdq_init(struct queue *q, uint32_t number);
void hw_vcmdq_reset(struct queue *q);
void hw_vcmdq_map(struct cmdqv_model *m, struct queue *q, uint32_t vintf, uint32_t lvcmdq);
void hw_vcmdq_unmap(struct cmdqv_model *m, struct queue *q);
void hw_vcmdq_gate(struct cmdqv_model *m, struct queue *q, bool open);
bool hw_vcmdq_look(struct cmdqv_model *m, struct queue *q);
bool hw_vcmdq_pending(const struct queue *q);
bool hw_vcmdq_standing(const struct queue *q);
bool hw_vcmdq_error_pending(const struct queue *q);
uint32_t hw_vcmdq_word(const struct queue *q, uint32_t reg);
uint32_t hw_vcmdq_load_prod(const struct queue *q);
void hw_vcmdq_publish_cons(struct cmdqv_model *m, struct queue *q);
void hw_vcmdq_refuse(struct cmdqv_model *m, struct queue *q, uint8_t code);

/* engine.c */
void engine_reset(struct cmdqv_model *m);
void engine_ring(struct cmdqv_model *m);
bool engine_collect_time_outs(struct cmdqv_model *m);

/* watch.c */
void watch_gate(struct cmdqv_model *m, const struct queue *q, bool open);
void watch_activate(const struct cmdqv_model *m, uint32_t number);
void watch_retire(const struct cmdqv_model *m, uint32_t number);
void watch_active(const struct cmdqv_model *m, uint64_t set[CMDQV_MAX_VCMDQS / 64]);
bool watch_take(uint64_t set[CMDQV_MAX_VCMDQS / 64], uint32_t from, uint32_t *number);
bool watch_look_at_others(const struct cmdqv_model *m, uint32_t most);

/* command.c */
uint8_t command_restrict(const struct vintf *vintf, uint32_t num_sids,
			 struct cmdqv_command *command);

/* page.c */
int pages_create(struct cmdqv_model *m);
void pages_destroy(struct cmdqv_model *m);
shared32 *page_slot(const struct cmdqv_model *m, uint32_t vintf, uint32_t lvcmdq);

/* fault.c */
uint8_t fault_take_refusal(struct queue *q, uint32_t index);
bool fault_strikes(struct queue *q, enum cmdqv_fault kind);

static inline uint32_t model_num_lvcmdqs(const struct cmdqv_model *m)
{
	return reg_num_lvcmdqs(&m->geometry);
}

static inline enum queue_state queue_state(const struct queue *q)
{
	return (enum queue_state)shared_load(&q->state);
}

#endif
