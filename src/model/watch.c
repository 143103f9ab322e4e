/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which queues to look at. A store into a mapped page gives no sign, so the pages have
 * to be looked into; of 128 queues most are idle, and each look costs a cache
 * line.
 *
 * A queue whose gate is open is *active* from when it was found to have work until the
 * engine has come by in vain a few times. Active ones are looked at every time, by
 * cmdqv_model_pending() and by the engine's sweeps. The others have their turn, a few at
 * a time: OTHERS_PER_CALL for each call of pending(), OTHERS_PER_VISIT after each visit of
 * the engine, all of them before cmdqv_model_run() says that there is nothing to do, and
 * all of them in each call of pending() once it has found nothing CMDQV_MODEL_LOOKS times
 * in a row. So a queue is never looked at later than
 *	128 / 8 = 16 calls of pending(), or 128 / 4 = 32 visits, which is 2048 commands,
 * after the store, and by the first call where it has been quiet for longer [HW-11].
 *
 * Everything here is atomic and none of it is trusted: a set that is out of date for a
 * moment makes a look late or vain, never wrong.
 */
#include "watch.h"

#include "queue.h"

enum { OTHERS_PER_CALL = 8 };

static void set_add(struct queue_set *set, uint32_t number)
{
	atomic_fetch_or_explicit(&set->words[number / 64], UINT64_C(1) << number % 64,
				 memory_order_relaxed);
}

static void set_remove(struct queue_set *set, uint32_t number)
{
	atomic_fetch_and_explicit(&set->words[number / 64], ~(UINT64_C(1) << number % 64),
				  memory_order_relaxed);
}

void watch_activate(const struct cmdqv_model *m, uint32_t number)
{
	set_add(&m->watch->active, number);
}

void watch_retire(const struct cmdqv_model *m, uint32_t number)
{
	set_remove(&m->watch->active, number);
}

void watch_gate(struct cmdqv_model *m, const struct queue *q, bool open)
{
	if (open) {
		set_add(&m->watch->open, q->number);
		return;
	}
	set_remove(&m->watch->open, q->number);
	watch_retire(m, q->number);
}

void watch_active(const struct cmdqv_model *m, uint64_t set[CMDQV_MAX_VCMDQS / 64])
{
	for (uint32_t i = 0; i < CMDQV_MAX_VCMDQS / 64; i++)
		set[i] = shared_load64(&m->watch->active.words[i]);
}

static void others(const struct cmdqv_model *m, uint64_t set[CMDQV_MAX_VCMDQS / 64])
{
	watch_active(m, set);
	for (uint32_t i = 0; i < CMDQV_MAX_VCMDQS / 64; i++)
		set[i] = shared_load64(&m->watch->open.words[i]) & ~set[i];
}

/* The first queue of the set from `from` on, round the end; false: the set is empty. */
bool watch_take(uint64_t set[CMDQV_MAX_VCMDQS / 64], uint32_t from, uint32_t *number)
{
	uint32_t word = from / 64 % (CMDQV_MAX_VCMDQS / 64);
	uint64_t bits = set[word] & UINT64_MAX << from % 64;

	for (uint32_t i = 0; !bits && i < CMDQV_MAX_VCMDQS / 64; i++) {
		word = (word + 1) % (CMDQV_MAX_VCMDQS / 64);
		bits = set[word];
	}
	if (!bits)
		return false;
	*number = word * 64 + (uint32_t)__builtin_ctzll(bits);
	set[word] &= ~(bits & -bits);
	return true;
}

/* Looks at up to `most` that are not active, in turn; those with work become active. */
bool watch_look_at_others(const struct cmdqv_model *m, uint32_t most)
{
	uint64_t set[CMDQV_MAX_VCMDQS / 64];
	uint32_t next = shared_load(&m->watch->next);
	bool found = false;
	uint32_t number;

	others(m, set);
	for (uint32_t i = 0; i < most && watch_take(set, next, &number); i++) {
		next = (number + 1) % CMDQV_MAX_VCMDQS;
		if (!queue_pending(&m->queues[number]))
			continue;
		watch_activate(m, number);
		found = true;
	}
	shared_store(&m->watch->next, next);
	return found;
}

static bool active_pending(const struct cmdqv_model *m)
{
	uint64_t set[CMDQV_MAX_VCMDQS / 64];
	uint32_t number;

	watch_active(m, set);
	while (watch_take(set, 0, &number))
		if (queue_pending(&m->queues[number]))
			return true;
	return false;
}

bool cmdqv_model_pending(const struct cmdqv_model *m)
{
	uint32_t quiet = shared_load(&m->watch->quiet);
	bool all = quiet >= CMDQV_MODEL_LOOKS;

	if (active_pending(m) ||
	    watch_look_at_others(m, all ? CMDQV_MAX_VCMDQS : OTHERS_PER_CALL)) {
		if (quiet)
			shared_store(&m->watch->quiet, 0);
		return true;
	}
	if (!all)
		shared_store(&m->watch->quiet, quiet + 1);
	return false;
}
