/* SPDX-License-Identifier: BSD-2-Clause */
#include "steps.h"
#include "words.h"

enum {
	STAYS = 50, /* waits after which what was to come would have come */
};

/* ---- verdicts ---- */

bool fail(struct run *run, const char *words)
{
	struct words text = {run->why, sizeof(run->why), 0};

	if (!run->why[0])
		words_add(&text, words);
	return false;
}

bool fail_register(struct run *run, const char *words, uint32_t offset, uint64_t expected,
		   uint64_t found)
{
	struct words text = {run->why, sizeof(run->why), 0};

	if (run->why[0])
		return false;
	words_add(&text, words);
	words_hex(&text, offset);
	words_add(&text, ": expected ");
	words_hex(&text, expected);
	words_add(&text, ", got ");
	words_hex(&text, found);
	return false;
}

bool skip(struct run *run, const char *words)
{
	(void)fail(run, words);
	run->skipped = true;
	return true;
}

/* ---- registers ---- */

uint32_t get(struct run *run, uint32_t offset)
{
	return (uint32_t)run->carrier->load(run->carrier->user, offset, 4);
}

uint64_t get64(struct run *run, uint32_t offset)
{
	return run->carrier->load(run->carrier->user, offset, 8);
}

void put(struct run *run, uint32_t offset, uint32_t value)
{
	run->carrier->store(run->carrier->user, offset, 4, value);
}

void put64(struct run *run, uint32_t offset, uint64_t value)
{
	run->carrier->store(run->carrier->user, offset, 8, value);
}

static void pass_time(struct run *run)
{
	run->carrier->wait(run->carrier->user);
}

bool reads(struct run *run, uint32_t offset, uint32_t mask, uint32_t wanted)
{
	const uint32_t found = get(run, offset) & mask;

	return found == wanted || fail_register(run, "a read of offset ", offset, wanted, found);
}

bool reads64(struct run *run, uint32_t offset, uint64_t wanted)
{
	const uint64_t found = get64(run, offset);

	return found == wanted ||
	       fail_register(run, "an 8-byte read of offset ", offset, wanted, found);
}

bool becomes(struct run *run, uint32_t offset, uint32_t mask, uint32_t wanted)
{
	uint32_t found = get(run, offset) & mask;

	for (uint32_t i = 0; found != wanted && i < run->carrier->patience; i++) {
		pass_time(run);
		found = get(run, offset) & mask;
	}
	return found == wanted || fail_register(run, "in time, offset ", offset, wanted, found);
}

bool stays(struct run *run, uint32_t offset, uint32_t mask, uint32_t wanted)
{
	for (uint32_t i = 0; i < STAYS; i++) {
		if (!reads(run, offset, mask, wanted))
			return false;
		pass_time(run);
	}
	return true;
}

/* ---- the interrupt ---- */

void interrupt_forget(struct run *run)
{
	if (!run->carrier->interrupted)
		return;
	for (uint32_t i = 0; i < STAYS; i++)
		pass_time(run);
	(void)run->carrier->interrupted(run->carrier->user);
}

bool interrupt_comes(struct run *run)
{
	if (!run->carrier->interrupted)
		return true;
	for (uint32_t i = 0; i < run->carrier->patience; i++) {
		if (run->carrier->interrupted(run->carrier->user))
			return true;
		pass_time(run);
	}
	return fail(run, "no interrupt came");
}

bool interrupt_stays_away(struct run *run)
{
	if (!run->carrier->interrupted)
		return true;
	for (uint32_t i = 0; i < STAYS; i++) {
		if (run->carrier->interrupted(run->carrier->user))
			return fail(run, "an interrupt came");
		pass_time(run);
	}
	return true;
}

/* ---- as Linux' driver does it ---- */

uint32_t queues_used(const struct run *run)
{
	return run->queues < QUEUES ? run->queues : QUEUES;
}

void allocate(struct run *run, uint32_t queue)
{
	put(run, AT_ALLOC(queue), get(run, AT_ALLOC(queue)) | CMDQV_CMDQ_ALLOC_ALLOCATED);
}

void deallocate(struct run *run, uint32_t queue)
{
	put(run, AT_ALLOC(queue), get(run, AT_ALLOC(queue)) & ~CMDQV_CMDQ_ALLOC_ALLOCATED);
}

bool queue_clear(struct run *run, uint32_t queue)
{
	uint32_t gerror;

	put(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_CONFIG), 0);
	if (!becomes(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_STATUS), 1, 0))
		return false;
	put(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_PROD), 0);
	put(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_CONS), 0);
	put64(run, AT_PAGE1(queue, CMDQV_REG_VCMDQ_BASE), 0);
	put64(run, AT_PAGE1(queue, CMDQV_REG_VCMDQ_CONS_INDX_BASE), 0);
	gerror = get(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_GERROR));
	if (gerror != get(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_GERRORN)))
		put(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_GERRORN), gerror);
	return true;
}

static bool cmdqv_switch(struct run *run, uint32_t on)
{
	const uint32_t config = get(run, CMDQV_REG_CONFIG) & ~CMDQV_CONFIG_CMDQV_EN;

	put(run, CMDQV_REG_CONFIG, config | on);
	return becomes(run, CMDQV_REG_STATUS, 1, on);
}

bool restart(struct run *run)
{
	if (!cmdqv_switch(run, 0) || !cmdqv_switch(run, 1))
		return false;
	for (uint32_t queue = 0; queue < run->queues; queue++)
		put(run, AT_ALLOC(queue), queue << 1);
	for (uint32_t queue = run->queues; queue-- > 0;) {
		if (!queue_clear(run, queue))
			return false;
		deallocate(run, queue);
	}
	put(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG), 0);
	if (!becomes(run, AT_VINTF(CMDQV_REG_VINTF_STATUS), 1, 0))
		return false;
	for (uint32_t slot = 0; slot < run->sids; slot++) {
		put(run, AT_VINTF(CMDQV_REG_SID_MATCH) + 4 * slot, 0);
		put(run, AT_VINTF(CMDQV_REG_SID_REPLACE) + 4 * slot, 0);
	}
	return true;
}

bool vintf_enable(struct run *run)
{
	put(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG), CMDQV_VINTF_CONFIG_HYP_OWN);
	put(run, AT_VINTF(CMDQV_REG_VINTF_CONFIG),
	    CMDQV_VINTF_CONFIG_HYP_OWN | CMDQV_VINTF_CONFIG_ENABLE);
	return becomes(run, AT_VINTF(CMDQV_REG_VINTF_STATUS), 1, 1);
}

/*
 * A driver's restart reaches no register of a queue without an allocation, and a queue's BASE may
 * outlive its allocation. So each queue is allocated once, for itself: where page 0 is memory, what
 * was scribbled there about a queue that does not run is not seen.
 */
bool take_down(struct run *run)
{
	if (!restart(run) || !vintf_enable(run))
		return false;
	for (uint32_t queue = 0; queue < run->queues; queue++) {
		allocate(run, queue);
		if (!queue_clear(run, queue))
			return false;
		deallocate(run, queue);
	}
	put(run, CMDQV_REG_VI_INT_MASK, 0);
	put(run, CMDQV_REG_CONFIG, get(run, CMDQV_REG_CONFIG) & ~CMDQV_CONFIG_CONS_DRAM_EN);
	return restart(run);
}

uint64_t queue_base(struct run *run, uint32_t queue, uint32_t place, uint32_t log2size)
{
	struct queue *the = &run->queue[queue];
	const uint64_t at = (uint64_t)place * CONFORMANCE_PLACE;

	the->ring = run->carrier->memory + at / sizeof(*the->ring);
	the->log2size = log2size;
	the->prod = 0;
	return (run->carrier->bus + at) | log2size;
}

void queue_begin(struct run *run, uint32_t queue)
{
	put(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_CONFIG), 1);
}

bool queue_start(struct run *run, uint32_t queue, uint32_t place, uint32_t log2size)
{
	put64(run, AT_PAGE1(queue, CMDQV_REG_VCMDQ_BASE), queue_base(run, queue, place, log2size));
	queue_begin(run, queue);
	return becomes(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_STATUS), 1, 1);
}

bool bring_up(struct run *run)
{
	if (!restart(run) || !vintf_enable(run))
		return false;
	for (uint32_t queue = 0; queue < queues_used(run); queue++) {
		allocate(run, queue);
		if (!queue_clear(run, queue) ||
		    !queue_start(run, queue, queue, CONFORMANCE_LOG2SIZE))
			return false;
	}
	return true;
}

/* ---- commands ---- */

static uint32_t entries(const struct queue *queue)
{
	return 1U << queue->log2size;
}

static void command_write(const struct queue *queue, uint32_t index, uint64_t word0, uint64_t word1)
{
	volatile uint64_t *command = queue->ring + 2 * (size_t)(index & (entries(queue) - 1));

	command[0] = word0;
	command[1] = word1;
}

void command_put(struct run *run, uint32_t queue, uint64_t word0, uint64_t word1)
{
	struct queue *the = &run->queue[queue];

	command_write(the, the->prod, word0, word1);
	the->prod = (the->prod + 1) & (2 * entries(the) - 1);
}

void command_ring(struct run *run, uint32_t queue)
{
	put(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_PROD), run->queue[queue].prod);
}

/* CONS.ERR says something while an error is pending, as in the SMMU's own queue. */
bool command_done(struct run *run, uint32_t queue)
{
	return becomes(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_CONS), CMDQV_VCMDQ_CONS_INDEX,
		       run->queue[queue].prod);
}

bool batch_send(struct run *run, uint32_t queue, uint32_t tlbis)
{
	for (uint32_t i = 0; i < tlbis; i++)
		command_put(run, queue, TLBI_VA, (uint64_t)i << 12 | 1);
	command_put(run, queue, SYNC, 0);
	command_ring(run, queue);
	return command_done(run, queue);
}

bool batch_send_all(struct run *run)
{
	for (uint32_t queue = 0; queue < queues_used(run); queue++) {
		if (!batch_send(run, queue, 7))
			return false;
	}
	return true;
}

static uint32_t pending_bits(struct run *run, uint32_t queue)
{
	return get(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_GERROR)) ^
	       get(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_GERRORN));
}

bool pending(struct run *run, uint32_t queue, uint32_t bits)
{
	uint32_t found = pending_bits(run, queue);

	for (uint32_t i = 0; found != bits && i < run->carrier->patience; i++) {
		pass_time(run);
		found = pending_bits(run, queue);
	}
	return found == bits || fail_register(run, "in time, GERROR ^ GERRORN of offset ",
					      AT_PAGE0(queue, CMDQV_REG_VCMDQ_GERROR), bits, found);
}

bool provoke(struct run *run, uint32_t queue, uint64_t word0, uint64_t word1, uint32_t code)
{
	uint32_t at;

	command_put(run, queue, TLBI_VA, 0);
	command_put(run, queue, TLBI_VA, 0);
	at = run->queue[queue].prod;
	command_put(run, queue, word0, word1);
	command_put(run, queue, SYNC, 0);
	command_ring(run, queue);
	return becomes(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_CONS), UINT32_MAX, code << 24 | at) &&
	       pending(run, queue, CMDQV_VCMDQ_GERROR_CMDQ_ERR);
}

bool recover(struct run *run, uint32_t queue)
{
	command_write(&run->queue[queue],
		      get(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_CONS)) & CMDQV_VCMDQ_CONS_INDEX,
		      SYNC, 0);
	put(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_GERRORN),
	    get(run, AT_PAGE0(queue, CMDQV_REG_VCMDQ_GERROR)));
	return command_done(run, queue) && pending(run, queue, 0);
}
