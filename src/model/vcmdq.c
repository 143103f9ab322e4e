/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue: its registers, its life, its errors.
 *
 * Registers. The direct queue and the LVCMDQ that CMDQ_ALLOC maps it to are one register
 * set [HW-3]. Its six page-0 words lie in the shared page of the VINTF while it
 * is mapped and in `own` otherwise; `regs` points to one or the other. Truth is:
 *
 *	CONFIG, PROD, GERRORN	what the words say: loaded once, masked, then used
 *	CONS			the word until EN is seen 0->1; then `cons`, which is
 *				only ever stored there
 *	STATUS, GERROR		`status` and `gerror`, which are only ever stored there
 *	BASE, CONS_INDX_BASE	private; BASE is latched together with CONS
 *
 * So a guest that scribbles misleads only itself [HW-2]. hw_vcmdq_look() acts on what the
 * words say: at once after a trapped write, after a store when the engine comes by.
 *
 * Life. One setter, set_state(); `gate` (mapped, CMDQV_EN and the VINTF's EN) is no state
 * of the queue: it says whether one that is ON may execute, and shows in STATUS.
 *
 *	state	 what counts		  who moves it, where to
 *	OFF	 EN was seen 0		  look, EN 1, gate open, LOG2SIZE 1 to 19 -> ON
 *					  look, EN 1, gate open, else -> REFUSED
 *	ON	 `cons`, `ring`, `mask`	  look, EN 0 -> OFF
 *		 are latched; STATUS	  unmap -> OFF
 *		 is the gate
 *	REFUSED	 EN is 1 with a bad	  look, EN 0 -> OFF
 *		 LOG2SIZE; STATUS 0	  unmap -> OFF
 *
 * Forbidden: to fetch in any state but ON or while the gate is shut; to latch in any move
 * but OFF -> ON; to go from REFUSED to ON without OFF between.
 *
 * A closed gate keeps the state: opening it goes on at `cons`, without a new latch
 * [HW-6]. EN that went 1-0-1 between two looks passes unseen [HW-10].
 *
 * Errors. A bit of GERROR is pending while it differs from GERRORN. A queue stands while
 * CMDQ_ERR is pending, and goes on at CONS, with CONS.ERR cleared, once a look finds the
 * two equal [HW-9]. An error that is pending already is not raised again, because a toggle
 * would take it back.
 *
 * Deviation: the direct page 0 is programmable whatever CMDQV_EN says.
 */
#include "vcmdq.h"

#include <assert.h>

#include "fault.h"
#include "guard.h"
#include "page.h"
#include "queue.h"
#include "watch.h"

static void raise_error(struct cmdqv_model *m, struct queue *q, uint32_t bit);

static bool write_cons(const struct cmdqv_model *m, const struct queue *q)
{
	return m->ops.write && q->cons_indx_base % sizeof(uint32_t) == 0 &&
	       m->ops.write(m->user, q->vintf, q->cons_indx_base, shared_load(&q->cons)) == 0;
}

/*
 * What was executed before is seen by a reader of the new CONS: in memory, where software
 * wants it there [HW-15], and then in the register.
 */
void hw_vcmdq_publish_cons(struct cmdqv_model *m, struct queue *q)
{
	bool failed =
		m->config & CMDQV_CONFIG_CONS_DRAM_EN && q->cons_indx_base && !write_cons(m, q);

	if (failed)
		raise_error(m, q, CMDQV_VCMDQ_GERROR_CONS_DRAM_WR_ABT_ERR);
	shared_store_release(queue_word(q, CMDQV_REG_VCMDQ_CONS), shared_load(&q->cons));
}

static void publish_status(struct queue *q)
{
	bool status = queue_state(q) == QUEUE_ON && shared_load(&q->gate);

	if (status == q->status)
		return;
	q->status = status;
	shared_store_release(queue_word(q, CMDQV_REG_VCMDQ_STATUS),
			     status ? CMDQV_VCMDQ_STATUS_EN_OK : 0);
}

static void set_state(struct queue *q, enum queue_state to)
{
	static const bool allowed[QUEUE_STATES][QUEUE_STATES] = {
		[QUEUE_OFF] = {[QUEUE_ON] = true, [QUEUE_REFUSED] = true},
		[QUEUE_ON] = {[QUEUE_OFF] = true},
		[QUEUE_REFUSED] = {[QUEUE_OFF] = true},
	};
	bool known = allowed[queue_state(q)][to];

	assert(known);
	(void)known;
	shared_store(&q->state, to);
}

/* Makes an error pending, with an interrupt unless it was pending already or is masked. */
static void raise_error(struct cmdqv_model *m, struct queue *q, uint32_t bit)
{
	if (queue_errors(q) & bit)
		return;
	shared_store(&q->gerror, shared_load(&q->gerror) ^ bit);
	shared_store_release(queue_word(q, CMDQV_REG_VCMDQ_GERROR), shared_load(&q->gerror));
	if (!hw_config_masks(m, q->vintf) && !fault_strikes(q, CMDQV_FAULT_LOST_INTERRUPT))
		model_interrupt(m);
}

/* Stops at CONS: the command there is refused with `code`. */
void hw_vcmdq_refuse(struct cmdqv_model *m, struct queue *q, uint8_t code)
{
	uint32_t at = shared_load(&q->cons) & shared_load(&q->mask);

	q->errors++;
	model_trace(m, &(struct cmdqv_trace_event){
			       .kind = CMDQV_TRACE_REFUSED,
			       .queue = q->number,
			       .vintf = q->vintf,
			       .lvcmdq = q->lvcmdq,
			       .index = at & shared_load(&q->mask) >> 1,
			       .code = code,
		       });
	shared_store(&q->cons, at | CMDQV_SET(CMDQV_VCMDQ_CONS_ERR, (uint32_t)code));
	hw_vcmdq_publish_cons(m, q);
	raise_error(m, q, CMDQV_VCMDQ_GERROR_CMDQ_ERR);
}

/*
 * EN was seen to go 0->1: BASE and CONS are latched, this once. Why a queue stands stays
 * to be read until the error is acknowledged.
 */
static void enable(struct cmdqv_model *m, struct queue *q)
{
	uint32_t log2size = (uint32_t)CMDQV_GET(CMDQV_VCMDQ_BASE_LOG2SIZE, q->base);
	uint32_t kept = queue_stands(q) ? CMDQV_VCMDQ_CONS_ERR : 0;
	uint32_t mask;

	if (log2size < 1 || log2size > CMDQV_MAX_LOG2SIZE ||
	    fault_strikes(q, CMDQV_FAULT_REFUSED_ENABLE)) {
		set_state(q, QUEUE_REFUSED);
		raise_error(m, q, CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR);
		return;
	}
	mask = (2U << log2size) - 1;
	q->ring = q->base & CMDQV_VCMDQ_BASE_ADDR;
	shared_store(&q->mask, mask);
	shared_store(&q->cons, queue_load(q, CMDQV_REG_VCMDQ_CONS) & (mask | kept));
	hw_vcmdq_publish_cons(m, q);
	set_state(q, QUEUE_ON);
}

static void disable(struct cmdqv_model *m, struct queue *q)
{
	if (queue_state(q) == QUEUE_ON)
		hw_vcmdq_publish_cons(m, q);
	set_state(q, QUEUE_OFF);
}

/* The error was acknowledged: go on at CONS. */
static void resume(struct cmdqv_model *m, struct queue *q)
{
	shared_store(&q->cons, shared_load(&q->cons) & shared_load(&q->mask));
	hw_vcmdq_publish_cons(m, q);
}

/*
 * Takes notice of what the words of the queue say now, each loaded once. Returns whether
 * the engine may fetch: an error is behind it only when its acknowledgement was seen.
 */
bool hw_vcmdq_look(struct cmdqv_model *m, struct queue *q)
{
	bool en = queue_load_enable(q);

	if (!en && queue_state(q) != QUEUE_OFF)
		disable(m, q);
	else if (en && queue_state(q) == QUEUE_OFF && shared_load(&q->gate) &&
		 !fault_strikes(q, CMDQV_FAULT_DELAYED_ENABLE))
		enable(m, q);
	publish_status(q);
	if (!q->status || queue_stands(q))
		return false;
	if (shared_load(&q->cons) & CMDQV_VCMDQ_CONS_ERR)
		resume(m, q);
	return true;
}

/* Looks after a trapped write, and has the embedder told if the engine has work now. */
static void look_trapped(struct cmdqv_model *m, struct queue *q)
{
	hw_vcmdq_look(m, q);
	if (!queue_pending(q))
		return;
	watch_activate(m, q->number);
	m->kick_due = true;
}

void hw_vcmdq_gate(struct cmdqv_model *m, struct queue *q, bool open)
{
	if (open == (shared_load(&q->gate) != 0))
		return;
	shared_store(&q->gate, open);
	watch_gate(m, q, open);
	look_trapped(m, q);
}

/* Publishes the private words over what is in the page [HW-3]. */
void hw_vcmdq_map(struct cmdqv_model *m, struct queue *q, uint32_t vintf, uint32_t lvcmdq)
{
	shared32 *words = page_words(m, vintf, lvcmdq);

	for (size_t i = 0; i < QUEUE_WORDS; i++)
		shared_store(&words[i], shared_load(&q->own[i]));
	atomic_store_explicit(&q->regs, words, memory_order_release);
	q->mapped = true;
	q->vintf = vintf;
	q->lvcmdq = lvcmdq;
	m->lvcmdqs[vintf * model_num_lvcmdqs(m) + lvcmdq] = q;
	m->vintfs[vintf].mapped++;
	hw_vcmdq_gate(m, q, hw_vintf_enabled(m, vintf));
}

/*
 * Stops the queue whatever the page says, waits for nothing, and leaves zeros behind on
 * both sides. GERROR and GERRORN survive in private [HW-3]. An ATC time-out that was
 * not reported does too: hardware reports it to the next owner unless the host issues a
 * CMD_SYNC first [HW-13].
 */
void hw_vcmdq_unmap(struct cmdqv_model *m, struct queue *q)
{
	shared32 *words = atomic_load_explicit(&q->regs, memory_order_relaxed);
	uint32_t gerrorn = queue_load(q, CMDQV_REG_VCMDQ_GERRORN) & GERROR_BITS;

	shared_store(&q->gate, 0);
	watch_gate(m, q, false);
	if (queue_state(q) != QUEUE_OFF)
		disable(m, q);
	publish_status(q);
	for (size_t i = 0; i < QUEUE_WORDS; i++)
		shared_store(&q->own[i], 0);
	shared_store(&q->own[CMDQV_REG_VCMDQ_GERROR / sizeof(uint32_t)], shared_load(&q->gerror));
	shared_store(&q->own[CMDQV_REG_VCMDQ_GERRORN / sizeof(uint32_t)], gerrorn);
	atomic_store_explicit(&q->regs, q->own, memory_order_release);
	for (size_t i = 0; i < QUEUE_WORDS; i++)
		shared_store(&words[i], 0);
	q->mapped = false;
	m->lvcmdqs[q->vintf * model_num_lvcmdqs(m) + q->lvcmdq] = NULL;
	m->vintfs[q->vintf].mapped--;
}

void hw_vcmdq_init(struct queue *q, uint32_t number)
{
	q->number = number;
	atomic_store_explicit(&q->regs, q->own, memory_order_relaxed);
}

/* Of an unmapped queue. */
void hw_vcmdq_reset(struct queue *q)
{
	for (size_t i = 0; i < QUEUE_WORDS; i++)
		shared_store(&q->own[i], 0);
	shared_store(&q->gerror, 0);
	q->atc_timed_out = false;
	q->vintf = 0;
	q->lvcmdq = 0;
	q->base = 0;
	q->cons_indx_base = 0;
}

/* The value of a page-0 register, as a trapped read is answered. */
uint32_t hw_vcmdq_word(const struct queue *q, uint32_t reg)
{
	switch (reg) {
	case CMDQV_REG_VCMDQ_CONS:
		if (queue_state(q) == QUEUE_ON)
			return shared_load(&q->cons);
		return queue_load(q, reg) & (CMDQV_VCMDQ_CONS_INDEX | CMDQV_VCMDQ_CONS_ERR);
	case CMDQV_REG_VCMDQ_PROD:
		return queue_load(q, reg) & CMDQV_VCMDQ_PROD_INDEX;
	case CMDQV_REG_VCMDQ_CONFIG:
		return queue_load(q, reg) & CMDQV_VCMDQ_CONFIG_EN;
	case CMDQV_REG_VCMDQ_STATUS:
		return q->status ? CMDQV_VCMDQ_STATUS_EN_OK : 0;
	case CMDQV_REG_VCMDQ_GERROR:
		return shared_load(&q->gerror);
	case CMDQV_REG_VCMDQ_GERRORN:
		return queue_load(q, reg) & GERROR_BITS;
	default:
		return 0;
	}
}

/* The queue that an access names; NULL: none is mapped to this LVCMDQ. */
static struct queue *queue_at(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	if (ref->page == CMDQV_AT_DIRECT0 || ref->page == CMDQV_AT_DIRECT1)
		return (struct queue *)&m->queues[ref->queue]; /* readers do not write to it */
	return hw_vintf_queue(m, ref->vintf, ref->queue);
}

uint32_t hw_vcmdq_read(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	const struct queue *q = queue_at(m, ref);

	return q ? hw_vcmdq_word(q, reg_infos[ref->id].offset) : 0;
}

void hw_vcmdq_write(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value)
{
	struct queue *q = queue_at(m, ref);

	if (!q)
		return;
	/* CONS belongs to the engine while it is on. */
	if (ref->id == REG_VCMDQ_CONS && queue_state(q) == QUEUE_ON)
		return;
	shared_store_release(queue_word(q, reg_infos[ref->id].offset), value);
	look_trapped(m, q);
}

static uint64_t *wide_at(struct queue *q, enum reg_id id)
{
	return id == REG_VCMDQ_BASE ? &q->base : &q->cons_indx_base;
}

uint32_t hw_vcmdq_read_wide(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	struct queue *q = queue_at(m, ref);
	uint64_t value = q ? *wide_at(q, ref->id) : 0;

	return (uint32_t)(ref->high ? value >> 32 : value);
}

void hw_vcmdq_write_half(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value)
{
	struct queue *q = queue_at(m, ref);
	uint64_t *wide;

	if (!q)
		return;
	wide = wide_at(q, ref->id);
	if (ref->high)
		*wide = (*wide & UINT32_MAX) | (uint64_t)value << 32;
	else
		*wide = (*wide & ~(uint64_t)UINT32_MAX) | value;
}
