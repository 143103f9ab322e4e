/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model's trapped registers against a reference of their own: after every access, and
 * after every rest of the engine, all registers, error maps, counts of commands executed
 * and of interrupts are what the rules give.
 *
 * Memory is a rule too: an entry is CMD_SYNC, or illegal, by its address. So what is
 * executed can be counted without a copy of any ring.
 */
#include <string.h>

#include <cmdqv/model/model.h>

#include "../idle.h"
#include "../test.h"
#include "journal.h"

enum {
	QUEUES = 8,
	VINTFS = 4,
	LVCMDQS = QUEUES / VINTFS,
	SEEDS = 60,
	STEPS = 600,

	CONFIG_AT = 0x0,
	STATUS_AT = 0x8,
	VI_ERR_MAP = 0x14,
	VI_INT_MASK = 0x1c,
	CMDQ_ERR_MAP = 0x24,
	ALLOC_AT = 0x200,
	VINTF_AT = 0x1000,
	VINTF_STRIDE = 0x100,
	LVCMDQ_ERR_MAP = 0xc0,
	DIRECT0 = 0x10000,
	DIRECT1 = 0x20000,
	VINTF0 = 0x30000,
	VINTF1 = 0x40000,
	VINTF_PAGES = 0x20000,
	SLOT_STRIDE = 0x80,

	CONS = 0x00,
	PROD = 0x04,
	CONFIG = 0x08,
	STATUS = 0x0c,
	GERROR = 0x10,
	GERRORN = 0x14,

	CMDQ_ERR = 1,
	INIT_ERR = 4,
	INDEX_BITS = 0xfffff,
	ERR_BITS = 0x7f000000,
	CERROR_ILL = 1 << 24,
	ILLEGAL_EVERY = 13, /* entries of memory */
	CONFIG_ON = 0x20083,
};

/* ---- the reference ---- */

struct ref_queue {
	uint32_t entry; /* CMDQ_ALLOC as accepted */
	bool mapped;
	uint32_t vintf;
	uint32_t lvcmdq;
	uint32_t cons;
	uint32_t prod;
	uint32_t config;
	uint32_t gerror;
	uint32_t gerrorn;
	uint64_t base;

	bool on; /* EN was seen 0->1 and taken; then `mask` and `ring` count */
	bool refused;
	uint32_t mask;
	uint64_t ring;
};

struct ref {
	struct ref_queue queues[QUEUES];
	uint32_t config;
	uint32_t int_mask;
	uint32_t vintf_config[VINTFS];
	uint32_t mapped[VINTFS]; /* queues of each */
	uint32_t illegal;	 /* which entries of memory are */
	uint32_t interrupts;
	uint32_t executed;
	uint32_t violations;
};

static bool is_illegal(const struct ref *r, uint64_t address)
{
	return address / 16 % ILLEGAL_EVERY == r->illegal;
}

static bool gate_open(const struct ref *r, const struct ref_queue *q)
{
	return q->mapped && r->config & 1 && r->vintf_config[q->vintf] & 1;
}

static bool standing(const struct ref_queue *q)
{
	return (q->gerror ^ q->gerrorn) & CMDQ_ERR;
}

/* [HW-9] An error that is pending is not raised again. */
static void ref_raise(struct ref *r, struct ref_queue *q, uint32_t error)
{
	if ((q->gerror ^ q->gerrorn) & error)
		return;
	q->gerror ^= error;
	if (!(r->int_mask >> q->vintf & 1))
		r->interrupts++;
}

/* [HW-6] BASE and CONS are latched when EN is taken; CONS.ERR stays while it is pending. */
static void ref_enable(struct ref *r, struct ref_queue *q)
{
	uint32_t log2size = q->base & 31;

	if (log2size < 1 || log2size > 19) {
		q->refused = true;
		ref_raise(r, q, INIT_ERR);
		return;
	}
	q->on = true;
	q->mask = (2U << log2size) - 1;
	q->ring = q->base & UINT64_C(0xffffffffffe0);
	q->cons &= q->mask | (standing(q) ? ERR_BITS : 0);
}

/* What a write to a register, or an enable above it, leads to at once. */
static void ref_look(struct ref *r, struct ref_queue *q)
{
	if (!(q->config & 1)) {
		q->on = false;
		q->refused = false;
	} else if (!q->on && !q->refused && gate_open(r, q)) {
		ref_enable(r, q);
	}
	if (q->on && gate_open(r, q) && !standing(q))
		q->cons &= q->mask; /* resuming clears CONS.ERR */
}

static void ref_refuse(struct ref *r, struct ref_queue *q)
{
	q->cons |= CERROR_ILL;
	ref_raise(r, q, CMDQ_ERR);
}

/* [HW-10] [HW-13] The engine, until the queue rests. */
static void ref_run(struct ref *r, struct ref_queue *q)
{
	uint32_t prod;
	uint32_t entries;

	ref_look(r, q);
	if (!q->on || !gate_open(r, q) || standing(q))
		return;
	prod = q->prod & q->mask;
	entries = (q->mask >> 1) + 1;
	if (((prod - q->cons) & q->mask) > entries) {
		ref_refuse(r, q);
		return;
	}
	for (; q->cons != prod; q->cons = (q->cons + 1) & q->mask) {
		if (is_illegal(r, q->ring + UINT64_C(16) * (q->cons % entries))) {
			ref_refuse(r, q);
			return;
		}
		r->executed++;
	}
}

static void ref_look_all(struct ref *r)
{
	for (uint32_t i = 0; i < QUEUES; i++)
		ref_look(r, &r->queues[i]);
}

static void ref_map(struct ref *r, struct ref_queue *q, uint32_t vintf, uint32_t lvcmdq)
{
	q->mapped = true;
	q->vintf = vintf;
	q->lvcmdq = lvcmdq;
	r->mapped[vintf]++;
	ref_look(r, q);
}

/* [HW-3] GERROR and GERRORN survive. */
static void ref_unmap(struct ref *r, struct ref_queue *q)
{
	r->mapped[q->vintf]--;
	q->mapped = false;
	q->on = false;
	q->refused = false;
	q->config = 0;
	q->cons = 0;
	q->prod = 0;
}

/* [HW-8] Ascending, descending, within range; what is not is ignored and counted. */
static void ref_write_alloc(struct ref *r, struct ref_queue *q, uint32_t value)
{
	uint32_t entry = value & 0x1f80ff;
	uint32_t vintf = value >> 15 & 63;
	uint32_t lvcmdq = value >> 1 & 127;
	bool maps = value & 1;

	if (q->mapped && maps) {
		r->violations += entry != q->entry;
		return;
	}
	if ((maps && (vintf >= VINTFS || lvcmdq >= LVCMDQS || lvcmdq != r->mapped[vintf])) ||
	    (q->mapped && q->lvcmdq + 1 != r->mapped[q->vintf])) {
		r->violations++;
		return;
	}
	q->entry = entry;
	if (maps)
		ref_map(r, q, vintf, lvcmdq);
	else if (q->mapped)
		ref_unmap(r, q);
}

static void ref_write_register(struct ref *r, struct ref_queue *q, uint32_t reg, uint32_t value)
{
	switch (reg) {
	case CONS:
		if (!q->on)
			q->cons = value & (INDEX_BITS | ERR_BITS);
		break;
	case PROD:
		q->prod = value & INDEX_BITS;
		break;
	case CONFIG:
		q->config = value & 1;
		break;
	case GERRORN:
		q->gerrorn = value & 7;
		break;
	default:
		return; /* STATUS and GERROR are read-only */
	}
	ref_look(r, q);
}

static uint32_t ref_read_register(const struct ref *r, const struct ref_queue *q, uint32_t reg)
{
	switch (reg) {
	case CONS:
		return q->cons;
	case PROD:
		return q->prod;
	case CONFIG:
		return q->config;
	case STATUS:
		return q->on && gate_open(r, q);
	case GERROR:
		return q->gerror;
	default:
		return q->gerrorn;
	}
}

/* VINTFs with a pending error of a mapped queue. */
static uint32_t ref_vi_err_map(const struct ref *r)
{
	uint32_t map = 0;

	for (uint32_t i = 0; i < QUEUES; i++)
		if (r->queues[i].mapped && r->queues[i].gerror != r->queues[i].gerrorn)
			map |= 1U << r->queues[i].vintf;
	return map;
}

static uint32_t ref_lvcmdq_err_map(const struct ref *r, uint32_t vintf)
{
	uint32_t map = 0;

	for (uint32_t i = 0; i < QUEUES; i++) {
		const struct ref_queue *q = &r->queues[i];

		if (q->mapped && q->vintf == vintf && q->gerror != q->gerrorn)
			map |= 1U << q->lvcmdq;
	}
	return map;
}

static uint32_t ref_cmdq_err_map(const struct ref *r)
{
	uint32_t map = 0;

	for (uint32_t i = 0; i < QUEUES; i++)
		if (r->queues[i].gerror != r->queues[i].gerrorn)
			map |= 1U << i;
	return map;
}

/* What became pending while masked is told when the mask goes: decision 0003. */
static void ref_write_int_mask(struct ref *r, uint32_t mask)
{
	if (r->int_mask & ~mask & ref_vi_err_map(r))
		r->interrupts++;
	r->int_mask = mask;
}

static struct ref_queue *ref_lvcmdq(struct ref *r, uint32_t vintf, uint32_t lvcmdq)
{
	for (uint32_t i = 0; i < QUEUES; i++) {
		struct ref_queue *q = &r->queues[i];

		if (q->mapped && q->vintf == vintf && q->lvcmdq == lvcmdq)
			return q;
	}
	return NULL;
}

/* ---- the model, and both side by side ---- */

struct bench {
	struct journal journal;
	uint64_t random;
	struct ref ref;
	struct cmdqv_model *model;
	uint32_t interrupts;
	uint32_t executed;
};

static void give_up(void)
{
	fail();
}

static int model_read(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes)
{
	const struct bench *bench = user;
	const uint64_t words[] = {is_illegal(&bench->ref, address) ? 0xff : 0x46, 0};

	(void)vintf;
	assert_int_equal(bytes, sizeof(words));
	memcpy(buffer, words, sizeof(words));
	return 0;
}

static int model_execute(void *user, const struct cmdqv_command *command)
{
	(void)command;
	((struct bench *)user)->executed++;
	return 0;
}

static void model_interrupt(void *user)
{
	((struct bench *)user)->interrupts++;
}

static uint32_t draw(struct bench *bench, uint32_t limit)
{
	return journal_random(&bench->random, limit);
}

/* Once in `times`. */
static bool seldom(struct bench *bench, uint32_t times)
{
	return draw(bench, times) == 0;
}

static uint64_t get(struct bench *bench, uint64_t offset, uint8_t size)
{
	struct cmdqv_mmio access = {.offset = offset, .size = size};

	assert_int_equal(cmdqv_model_access(bench->model, &access), 0);
	return access.value;
}

static void put(struct bench *bench, uint64_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	journal_note(&bench->journal, "W%u %llx %llx", size, (unsigned long long)offset,
		     (unsigned long long)value);
	assert_int_equal(cmdqv_model_access(bench->model, &access), 0);
}

static void compare(struct bench *bench, const char *what, uint32_t number, uint64_t got,
		    uint64_t want)
{
	journal_expect(&bench->journal, got == want, "%s %u is %llx, not %llx", what, number,
		       (unsigned long long)got, (unsigned long long)want);
}

static uint64_t direct(uint64_t page, uint32_t queue)
{
	return page + (uint64_t)queue * SLOT_STRIDE;
}

static uint64_t logical(uint64_t page, uint32_t vintf, uint32_t lvcmdq)
{
	return page + (uint64_t)vintf * VINTF_PAGES + (uint64_t)lvcmdq * SLOT_STRIDE;
}

static void compare_queue(struct bench *bench, uint32_t queue)
{
	struct ref *r = &bench->ref;

	for (uint32_t reg = 0; reg <= GERRORN; reg += 4)
		compare(bench, "a register of queue", queue,
			get(bench, direct(DIRECT0, queue) + reg, 4),
			ref_read_register(r, &r->queues[queue], reg));
	compare(bench, "BASE of queue", queue, get(bench, direct(DIRECT1, queue), 8),
		r->queues[queue].base);
	compare(bench, "CMDQ_ALLOC", queue, get(bench, ALLOC_AT + 4 * queue, 4),
		r->queues[queue].entry);
}

/* An unmapped one reads 0. */
static void compare_lvcmdq(struct bench *bench, uint32_t vintf, uint32_t lvcmdq)
{
	const struct ref_queue *q = ref_lvcmdq(&bench->ref, vintf, lvcmdq);

	for (uint32_t reg = 0; reg <= GERRORN; reg += 4)
		compare(bench, "a logical register of VINTF", vintf,
			get(bench, logical(VINTF0, vintf, lvcmdq) + reg, 4),
			q ? ref_read_register(&bench->ref, q, reg) : 0);
}

static void compare_vintf(struct bench *bench, uint32_t vintf)
{
	const struct ref *r = &bench->ref;
	uint64_t block = VINTF_AT + (uint64_t)vintf * VINTF_STRIDE;
	uint32_t map = ref_lvcmdq_err_map(r, vintf);

	compare(bench, "LVCMDQ_ERR_MAP of VINTF", vintf, get(bench, block + LVCMDQ_ERR_MAP, 4),
		map);
	compare(bench, "STATUS of VINTF", vintf, get(bench, block + 4, 4),
		(r->config & r->vintf_config[vintf] & 1) | (map ? 2 : 0));
	for (uint32_t lvcmdq = 0; lvcmdq < LVCMDQS; lvcmdq++)
		compare_lvcmdq(bench, vintf, lvcmdq);
}

static void compare_all(struct bench *bench)
{
	struct cmdqv_model_state state = {.size = sizeof(state)};
	const struct ref *r = &bench->ref;

	for (uint32_t i = 0; i < QUEUES; i++)
		compare_queue(bench, i);
	for (uint32_t i = 0; i < VINTFS; i++)
		compare_vintf(bench, i);
	compare(bench, "CMDQ_ERR_MAP", 0, get(bench, CMDQ_ERR_MAP, 4), ref_cmdq_err_map(r));
	compare(bench, "VI_ERR_MAP", 0, get(bench, VI_ERR_MAP, 4), ref_vi_err_map(r));
	compare(bench, "STATUS", 0, get(bench, STATUS_AT, 4), r->config & 1);
	compare(bench, "interrupts:", 0, bench->interrupts, r->interrupts);
	compare(bench, "executed:", 0, bench->executed, r->executed);
	(void)cmdqv_model_get_state(bench->model, &state);
	compare(bench, "violations:", 0, state.order_violations, r->violations);
}

/* ---- steps ---- */

static void step_config(struct bench *bench)
{
	bool off = bench->ref.config & 1 && seldom(bench, 3);

	bench->ref.config = off ? CONFIG_ON & ~1U : CONFIG_ON;
	ref_look_all(&bench->ref);
	put(bench, CONFIG_AT, 4, bench->ref.config);
}

static void write_vintf(struct bench *bench, uint32_t vintf, uint32_t value)
{
	bench->ref.vintf_config[vintf] = value;
	ref_look_all(&bench->ref);
	put(bench, VINTF_AT + (uint64_t)vintf * VINTF_STRIDE, 4, value);
}

static void step_vintf(struct bench *bench)
{
	uint32_t vintf = draw(bench, VINTFS);

	bool off = bench->ref.vintf_config[vintf] & 1 && seldom(bench, 3);

	write_vintf(bench, vintf, off ? 0 : 1 | draw(bench, 4) << 1);
}

static void write_alloc(struct bench *bench, uint32_t queue, uint32_t value)
{
	ref_write_alloc(&bench->ref, &bench->ref.queues[queue], value);
	put(bench, ALLOC_AT + 4 * queue, 4, value);
}

static void step_alloc(struct bench *bench)
{
	uint32_t queue = draw(bench, QUEUES);
	uint32_t vintf = seldom(bench, 9) ? draw(bench, 64) : draw(bench, VINTFS);
	uint32_t lvcmdq = seldom(bench, 6) ? draw(bench, 9) : draw(bench, LVCMDQS);

	write_alloc(bench, queue, (seldom(bench, 4) ? 0 : 1) | lvcmdq << 1 | vintf << 15);
}

/* A register block by either way; *page0 and *page1 are its places. NULL: nothing is there. */
static struct ref_queue *draw_queue(struct bench *bench, uint64_t *page0, uint64_t *page1)
{
	uint32_t vintf = draw(bench, VINTFS);
	uint32_t lvcmdq = draw(bench, LVCMDQS);
	uint32_t queue = draw(bench, QUEUES);

	if (draw(bench, 2)) {
		*page0 = logical(VINTF0, vintf, lvcmdq);
		*page1 = logical(VINTF1, vintf, lvcmdq);
		return ref_lvcmdq(&bench->ref, vintf, lvcmdq);
	}
	*page0 = direct(DIRECT0, queue);
	*page1 = direct(DIRECT1, queue);
	return &bench->ref.queues[queue];
}

static void step_base(struct bench *bench)
{
	uint64_t log2size = seldom(bench, 8) ? draw(bench, 32) : 1 + draw(bench, 5);
	uint64_t base = (uint64_t)draw(bench, 64) << 12 | log2size;
	uint64_t page0;
	uint64_t page1;
	struct ref_queue *q = draw_queue(bench, &page0, &page1);

	if (q)
		q->base = base;
	put(bench, page1, 8, base);
}

static void step_int_mask(struct bench *bench)
{
	uint32_t mask = draw(bench, 1 << VINTFS);

	ref_write_int_mask(&bench->ref, mask);
	put(bench, VI_INT_MASK, 4, mask);
}

/* Other commands are illegal from now on. */
static void step_memory(struct bench *bench)
{
	bench->ref.illegal = draw(bench, ILLEGAL_EVERY);
	journal_note(&bench->journal, "entry %u of 13 is illegal", bench->ref.illegal);
}

static void write_register(struct bench *bench, struct ref_queue *q, uint64_t at, uint32_t reg,
			   uint32_t value)
{
	if (q)
		ref_write_register(&bench->ref, q, reg, value);
	put(bench, at + reg, 4, value);
}

static uint32_t draw_value(struct bench *bench, const struct ref_queue *q, uint32_t reg)
{
	switch (reg) {
	case CONS:
		return draw(bench, 24) | (seldom(bench, 3) ? draw(bench, 5) << 24 : 0);
	case PROD:
		if (q && q->on && !seldom(bench, 4))
			return (q->cons + draw(bench, 6)) & q->mask;
		return draw(bench, 24);
	case CONFIG:
		return !seldom(bench, 5);
	case GERRORN:
		return q && !seldom(bench, 4) ? q->gerror : draw(bench, 8);
	default:
		return draw(bench, 8);
	}
}

static void step_register(struct bench *bench)
{
	static const uint32_t registers[] = {CONS,   PROD,    PROD,    PROD,   CONFIG,
					     CONFIG, GERRORN, GERRORN, STATUS, GERROR};
	uint32_t reg = registers[draw(bench, COUNT(registers))];
	uint64_t page0;
	uint64_t page1;
	struct ref_queue *q = draw_queue(bench, &page0, &page1);

	write_register(bench, q, page0, reg, draw_value(bench, q, reg));
}

static void run_to_rest(struct bench *bench)
{
	journal_note(&bench->journal, "the engine runs to rest");
	while (cmdqv_model_run(bench->model, 7 + draw(bench, 60)) > 0)
		;
	(void)cmdqv_model_run(bench->model, 64);
	for (uint32_t i = 0; i < QUEUES; i++)
		ref_run(&bench->ref, &bench->ref.queues[i]);
	journal_expect(&bench->journal, !cmdqv_model_pending(bench->model), "pending at rest");
}

static void step(struct bench *bench)
{
	static void (*const steps[])(struct bench *) = {
		step_config,   step_vintf,    step_alloc,    step_alloc,    step_base,
		step_int_mask, step_memory,   step_register, step_register, step_register,
		step_register, step_register, step_register, step_register, step_register,
	};

	bench->journal.step++;
	steps[draw(bench, COUNT(steps))](bench);
	compare_all(bench);
	if (seldom(bench, 3))
		return;
	run_to_rest(bench);
	compare_all(bench);
}

static void open_model(struct bench *bench)
{
	const struct cmdqv_model_config config = {
		.size = sizeof(config), .log2_vcmdqs = 3, .log2_vintfs = 2, .log2_sids = 2};
	const struct cmdqv_model_ops ops = {
		.size = sizeof(ops),
		.read = model_read,
		.execute = model_execute,
		.interrupt = model_interrupt,
		.kick = idle,
	};

	assert_int_equal(cmdqv_model_create(&bench->model, &config, &ops, bench, NULL), 0);
}

/* Every queue mapped and enabled. */
static void bring_up(struct bench *bench)
{
	for (uint32_t i = 0; i < VINTFS; i++)
		write_vintf(bench, i, 1);
	for (uint32_t i = 0; i < QUEUES; i++) {
		struct ref_queue *q = &bench->ref.queues[i];

		write_alloc(bench, i, 1 | i % LVCMDQS << 1 | i / LVCMDQS << 15);
		q->base = (uint64_t)i << 12 | 4;
		put(bench, direct(DIRECT1, i), 8, q->base);
		write_register(bench, q, direct(DIRECT0, i), CONFIG, 1);
	}
}

/* [HW-3] [HW-6] [HW-8] [HW-9] [HW-10] */
TEST(trapped_registers_are_what_the_rules_give_after_each_access)
{
	uint64_t executed = 0;
	uint64_t interrupts = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct bench bench = {.random = journal_seed(seed), .ref = {.config = CONFIG_ON}};

		journal_begin(&bench.journal, seed, give_up);
		bench.ref.illegal = draw(&bench, ILLEGAL_EVERY);
		open_model(&bench);
		if (seed % 4)
			bring_up(&bench);
		for (uint32_t i = 0; i < STEPS; i++)
			step(&bench);
		executed += bench.executed;
		interrupts += bench.interrupts;
		cmdqv_model_destroy(bench.model);
	}
	assert_true(executed > 1000);
	assert_true(interrupts > 100);
}
