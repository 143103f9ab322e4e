/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a queue [DEV-8] [DEV-9] [DEV-16] [DEV-17].
 *
 * state    what it means                      left for
 * -------  ---------------------------------  ------------------------------------------
 * IDLE     not ready: BASE 0, not allocated,  WAITING when the set becomes complete; HELD or
 *          CMDQV or VINTF disabled            FAILED by a restore of what was so
 * WAITING  ready; a lower one is not bound,   BOUND or FAILED by the bind, IDLE when no
 *          or the bind comes in this access   longer ready
 * BOUND    a real queue stands behind it;     IDLE by an unbind (and WAITING from there in
 *          page 0 is live                     the same access if it is still ready), HELD by
 *                                             one that the guest did not ask for, if an error
 *                                             is pending
 * FAILED   the bind was refused; tried again  WAITING when BASE changes or the one below
 *          only for a reason                  is bound anew, IDLE when no longer ready
 * HELD     ready, but its error is shown      WAITING when the guest has acknowledged, IDLE
 *          from the shadow [DEV-32]           when no longer ready
 *
 * Why HELD: a command that was refused raises its error anew when it is executed again, but an
 * ATC_INV that timed out lies behind CONS. Bound anew, the queue would go on as if nothing had
 * happened, and its guest believe that its ATC is clean.
 *
 * Who moves it: queue_unbind_from() takes BOUND to IDLE or HELD at once, inside a handler, because
 * the write that asked for it relies on it. queue_base_changed() takes FAILED to WAITING.
 * Everything else is queue_settle(), at the one exit of an access. queue_move() checks each move
 * against the table below and is the only place that assigns `life`.
 *
 * Forbidden: a bind while a lower LVCMDQ is unbound; an unbind while a higher one is bound
 * (the bound LVCMDQs are the prefix below num_bound, so neither can be written down); a bind
 * or unbind while page 0 is mapped; STATUS 1 of an unbound LVCMDQ.
 *
 * What is kept: an unbind leaves CONFIG, CONS and PROD in the shadow, read after the page was
 * withdrawn, CONFIG before the queue is disabled, CONS and PROD once it is seen disabled. So a
 * bind goes on where it stood.
 */
#include "queue.h"

#include <assert.h>
#include <stdio.h>

#include "base/error.h"
#include "lvcmdq.h"
#include "page0.h"

/*
 * How often STATUS is read while a queue goes down. Hardware answers within a microsecond;
 * reads of a device page take about as long. The backend disables the queue in any case.
 */
enum { DISABLE_LOOKS = 10000 };

/* How often CONS is read while a queue drains; with CONS.ERR it may say an error too. */
enum { DRAIN_LOOKS = 1000 };

static void queue_move(struct cmdqv *dev, uint32_t index, enum cmdqv_queue_life to)
{
	static const uint8_t allowed[] = {
		[CMDQV_QUEUE_IDLE] = 1U << CMDQV_QUEUE_WAITING | 1U << CMDQV_QUEUE_HELD |
				     1U << CMDQV_QUEUE_FAILED,
		[CMDQV_QUEUE_WAITING] =
			1U << CMDQV_QUEUE_BOUND | 1U << CMDQV_QUEUE_FAILED | 1U << CMDQV_QUEUE_IDLE,
		[CMDQV_QUEUE_BOUND] = 1U << CMDQV_QUEUE_IDLE | 1U << CMDQV_QUEUE_HELD,
		[CMDQV_QUEUE_FAILED] = 1U << CMDQV_QUEUE_WAITING | 1U << CMDQV_QUEUE_IDLE,
		[CMDQV_QUEUE_HELD] = 1U << CMDQV_QUEUE_WAITING | 1U << CMDQV_QUEUE_IDLE,
	};
	struct lvcmdq *queue = &dev->lvcmdqs[index];

	assert(allowed[queue->life] & 1U << to);
	(void)allowed;
	queue->life = to;
	if (to != CMDQV_QUEUE_FAILED)
		queue->bind_error = 0;
}

/* Makes CMDQ_INIT_ERR equal again; the guest's GERRORN is not ours to write [DEV-17]. */
static void queue_init_error_clear(struct lvcmdq *queue)
{
	queue->gerror = (queue->gerror & ~CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR) |
			(queue->gerrorn & CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR);
}

static void queue_init_error_set(struct cmdqv *dev, struct lvcmdq *queue)
{
	if ((queue->gerror ^ queue->gerrorn) & CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR)
		return;
	queue->gerror ^= CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR;
	dev->raise = true;
}

/* ---- unbind ---- */

static void queue_write_live(struct cmdqv *dev, uint32_t index, enum reg_id id, uint32_t value)
{
	dev->links.backend.queue_write(dev->links.backend_impl, index, reg_infos[id].offset, value);
}

/* Returns whether it was seen disabled. */
static bool queue_disable(struct cmdqv *dev, uint32_t index)
{
	queue_write_live(dev, index, REG_VCMDQ_CONFIG, 0);
	for (unsigned int i = 0; i < DISABLE_LOOKS; i++)
		if (!lvcmdq_live(dev, index, REG_VCMDQ_STATUS))
			return true;
	return false;
}

static void queue_disable_and_wait(struct cmdqv *dev, uint32_t index)
{
	if (queue_disable(dev, index))
		return;
	device_guest_error(dev, CMDQV_COUNTER_GUEST_STUCK_QUEUE,
			   "LVCMDQ %u was enabled at each of %u looks; the host disables it before "
			   "it frees its memory",
			   index, DISABLE_LOOKS);
}

static void queue_note_broken_backend(struct cmdqv *dev)
{
	int broken = backend_broken(dev);

	if (!broken || dev->broken_logged)
		return;
	dev->broken_logged = true;
	device_log(dev, LOG_BACKEND_BROKEN,
		   "the backend could not undo a bind: %s; it takes no further one: stop the VM",
		   error_name(broken).text);
}

static bool queue_stands(struct cmdqv *dev, uint32_t index)
{
	return lvcmdq_pending(dev, index) & CMDQV_VCMDQ_GERROR_CMDQ_ERR;
}

/*
 * Of a queue that its guest does not know to be going: no ATC_INV may be parted from the CMD_SYNC
 * that reports its time-out. CONS.ERR may be that of an error that was acknowledged long ago.
 */
void queue_drain(struct cmdqv *dev, uint32_t index)
{
	uint32_t prod = lvcmdq_live(dev, index, REG_VCMDQ_PROD);

	if (!lvcmdq_live(dev, index, REG_VCMDQ_STATUS) || queue_stands(dev, index))
		return;
	for (unsigned int i = 0; i < DRAIN_LOOKS; i++) {
		uint32_t cons = lvcmdq_live(dev, index, REG_VCMDQ_CONS);

		if ((cons & CMDQV_VCMDQ_CONS_INDEX) == prod)
			return;
		if (cons & CMDQV_VCMDQ_CONS_ERR && queue_stands(dev, index))
			return;
	}
	dev->counters[CMDQV_COUNTER_UNDRAINED]++;
}

/* [DEV-32] Shows the error from now on until the guest has acknowledged; pulses once more. */
static void queue_hold(struct cmdqv *dev, uint32_t index, uint32_t gerror, uint32_t gerrorn)
{
	struct lvcmdq *queue = &dev->lvcmdqs[index];

	queue->gerror = gerror;
	queue->gerrorn = gerrorn;
	dev->raise = true;
	dev->counters[CMDQV_COUNTER_QUEUES_HELD]++;
	queue_move(dev, index, CMDQV_QUEUE_HELD);
}

static void queue_unbind_top(struct cmdqv *dev, bool asked)
{
	uint32_t index = dev->num_bound - 1;
	struct lvcmdq *queue = &dev->lvcmdqs[index];
	uint32_t gerror, gerrorn;

	page0_withdraw(dev);
	if (!asked)
		queue_drain(dev, index);
	queue->config = lvcmdq_live(dev, index, REG_VCMDQ_CONFIG);
	queue_disable_and_wait(dev, index);
	queue->cons = lvcmdq_live(dev, index, REG_VCMDQ_CONS);
	queue->prod = lvcmdq_live(dev, index, REG_VCMDQ_PROD);
	gerror = lvcmdq_live(dev, index, REG_VCMDQ_GERROR);
	gerrorn = lvcmdq_live(dev, index, REG_VCMDQ_GERRORN);
	dev->links.backend.queue_unbind(dev->links.backend_impl, index);
	dev->num_bound--;
	dev->counters[CMDQV_COUNTER_UNBINDS]++;
	if (!asked && gerror != gerrorn)
		queue_hold(dev, index, gerror, gerrorn);
	else
		queue_move(dev, index, CMDQV_QUEUE_IDLE);
	queue_note_broken_backend(dev);
}

/* The guest asked for `index` alone, or for all. */
static void queue_unbind_down_to(struct cmdqv *dev, uint32_t index, bool all_asked)
{
	while (dev->num_bound > index)
		queue_unbind_top(dev, all_asked || dev->num_bound - 1 == index);
	if (dev->num_bound == 0)
		page0_last_unbound(dev);
}

void queue_unbind_from(struct cmdqv *dev, uint32_t index)
{
	queue_unbind_down_to(dev, index, false);
}

void queue_unbind_all(struct cmdqv *dev)
{
	queue_unbind_down_to(dev, 0, true);
}

void queue_disable_all(struct cmdqv *dev)
{
	queue_unbind_all(dev);
	for (uint32_t index = 0; index < num_lvcmdqs(dev); index++)
		lvcmdq_shadow_clear(&dev->lvcmdqs[index]);
}

/* ---- bind ---- */

/* [DEV-10] The guest's fault: the host is not asked. Returns 0 or the errno of a failed bind. */
static int queue_check_base(struct cmdqv *dev, uint32_t index)
{
	const struct lvcmdq *queue = &dev->lvcmdqs[index];
	uint32_t log2size = (uint32_t)CMDQV_GET(CMDQV_VCMDQ_BASE_LOG2SIZE, lvcmdq_base(queue));
	cmdqv_gpa_t gpa = {lvcmdq_base_gpa(queue)};
	unsigned long long address = gpa.value, bytes = lvcmdq_base_bytes(queue);

	if (log2size < 1 || log2size > dev->cmdqs) {
		device_guest_error(dev, CMDQV_COUNTER_GUEST_BAD_BASE,
				   "LVCMDQ %u: BASE of 2^%u entries; 2^1 to 2^%u are possible",
				   index, log2size, dev->cmdqs);
		return -EINVAL;
	}
	if (address % bytes != 0) {
		device_guest_error(dev, CMDQV_COUNTER_GUEST_BAD_BASE,
				   "LVCMDQ %u: BASE at 0x%llx; 2^%u entries lie at a multiple of "
				   "0x%llx",
				   index, address, log2size, bytes);
		return -EINVAL;
	}
	if (!dev->links.vmm.is_guest_ram(dev->links.vmm_impl, gpa, bytes)) {
		device_guest_error(dev, CMDQV_COUNTER_GUEST_BAD_BASE,
				   "LVCMDQ %u: BASE at 0x%llx; its 0x%llx bytes are not guest RAM",
				   index, address, bytes);
		return -EFAULT;
	}
	return 0;
}

/*
 * [DEV-15] A queue may be handed over as its former owner left it: Linux 6.17 to 6.18.8 does not
 * reset a VM's VCMDQ when it allocates it. Nothing is written before it is down.
 */
static bool queue_is_down(struct cmdqv *dev, uint32_t index)
{
	if (!lvcmdq_live(dev, index, REG_VCMDQ_CONFIG) &&
	    !lvcmdq_live(dev, index, REG_VCMDQ_STATUS))
		return true;
	return queue_disable(dev, index);
}

/*
 * [DEV-15] The order matters: hardware keeps the phase of GERROR and nothing resets it, so
 * GERRORN follows it, or an error would be pending out of nothing; CONFIG is last, for
 * the rest must be there when the queue starts.
 */
static void queue_replay_shadow(struct cmdqv *dev, uint32_t index)
{
	const struct lvcmdq *queue = &dev->lvcmdqs[index];

	queue_write_live(dev, index, REG_VCMDQ_CONS, queue->cons & CMDQV_VCMDQ_CONS_INDEX);
	queue_write_live(dev, index, REG_VCMDQ_PROD, queue->prod);
	queue_write_live(dev, index, REG_VCMDQ_GERRORN, lvcmdq_live(dev, index, REG_VCMDQ_GERROR));
	queue_write_live(dev, index, REG_VCMDQ_CONFIG, queue->config);
}

/* Returns `err`, which a restore hands on with the reason. */
static int queue_bind_failed(struct cmdqv *dev, uint32_t index, int err, const char *reason,
			     struct cmdqv_error *error)
{
	struct lvcmdq *queue = &dev->lvcmdqs[index];

	dev->counters[CMDQV_COUNTER_BIND_FAILURES]++;
	queue_move(dev, index, CMDQV_QUEUE_FAILED);
	queue->bind_error = err;
	queue_init_error_set(dev, queue);
	return cmdqv_error_set(error, err, "bind-failed", "LVCMDQ %u, 0x%llx bytes at 0x%llx: %s",
			       index, (unsigned long long)lvcmdq_base_bytes(queue),
			       (unsigned long long)lvcmdq_base_gpa(queue), reason);
}

/* The host's refusal, which the VMM is told too. */
static int queue_bind_refused(struct cmdqv *dev, uint32_t index, int err, const char *reason,
			      struct cmdqv_error *error)
{
	const struct lvcmdq *queue = &dev->lvcmdqs[index];
	char unsaid[64];

	if (!reason[0]) {
		snprintf(unsaid, sizeof(unsaid), "the backend refused it: %s",
			 error_name(err).text);
		reason = unsaid;
	}
	device_log(dev, LOG_BIND_FAILED, "LVCMDQ %u, 0x%llx bytes at 0x%llx: %s", index,
		   (unsigned long long)lvcmdq_base_bytes(queue),
		   (unsigned long long)lvcmdq_base_gpa(queue), reason);
	queue_note_broken_backend(dev);
	return queue_bind_failed(dev, index, err, reason, error);
}

/* A LVCMDQ that failed is tried again once the one below it is bound anew. */
static void queue_retry_above(struct cmdqv *dev, uint32_t index)
{
	if (index + 1 < num_lvcmdqs(dev) && dev->lvcmdqs[index + 1].life == CMDQV_QUEUE_FAILED)
		queue_move(dev, index + 1, CMDQV_QUEUE_WAITING);
}

/* Returns 0, or why not: `queue->bind_error`. */
static int queue_bind(struct cmdqv *dev, uint32_t index, struct cmdqv_error *error)
{
	struct lvcmdq *queue = &dev->lvcmdqs[index];
	struct cmdqv_error reason = {0};
	int err = queue_check_base(dev, index);

	if (err)
		return queue_bind_failed(dev, index, err, "its size, place or RAM is not good",
					 error);
	page0_withdraw(dev);
	err = device_host_error(dev->links.backend.queue_bind(dev->links.backend_impl, index,
							      (cmdqv_gpa_t){lvcmdq_base_gpa(queue)},
							      lvcmdq_base_bytes(queue), &reason));
	if (err)
		return queue_bind_refused(dev, index, err, reason.text, error);
	if (!queue_is_down(dev, index)) {
		dev->links.backend.queue_unbind(dev->links.backend_impl, index);
		dev->counters[CMDQV_COUNTER_BINDS]++;
		dev->counters[CMDQV_COUNTER_UNBINDS]++;
		return queue_bind_refused(
			dev, index, -ETIMEDOUT,
			"the host handed it over enabled, and it does not go down", error);
	}
	dev->counters[CMDQV_COUNTER_BINDS]++;
	dev->num_bound++;
	queue_move(dev, index, CMDQV_QUEUE_BOUND);
	queue->gerror = queue->gerrorn; /* nothing of the shadow is pending once a queue is bound */
	queue_replay_shadow(dev, index);
	return 0;
}

void queue_base_changed(struct cmdqv *dev, uint32_t index)
{
	if (dev->lvcmdqs[index].life == CMDQV_QUEUE_FAILED)
		queue_move(dev, index, CMDQV_QUEUE_WAITING);
}

/* Takes an unbound LVCMDQ from or to IDLE, as its readiness says. */
static void queue_follow_readiness(struct cmdqv *dev, uint32_t index)
{
	struct lvcmdq *queue = &dev->lvcmdqs[index];
	bool ready = lvcmdq_ready(dev, index);

	if (ready && queue->life == CMDQV_QUEUE_IDLE)
		queue_move(dev, index, CMDQV_QUEUE_WAITING);
	if (ready && queue->life == CMDQV_QUEUE_HELD && queue->gerror == queue->gerrorn)
		queue_move(dev, index, CMDQV_QUEUE_WAITING);
	if (!ready && queue->life == CMDQV_QUEUE_HELD)
		queue->gerror = queue->gerrorn;
	if (!ready && queue->life != CMDQV_QUEUE_IDLE) {
		queue_move(dev, index, CMDQV_QUEUE_IDLE);
		queue_init_error_clear(queue);
	}
}

static bool queue_is_next(const struct cmdqv *dev, uint32_t index)
{
	return dev->lvcmdqs[index].life == CMDQV_QUEUE_WAITING && index == dev->num_bound;
}

void queue_settle(struct cmdqv *dev)
{
	for (uint32_t index = dev->num_bound; index < num_lvcmdqs(dev); index++) {
		queue_follow_readiness(dev, index);
		if (queue_is_next(dev, index) && !queue_bind(dev, index, NULL))
			queue_retry_above(dev, index);
	}
}

/*
 * A queue that was bound with an error is held like one that a neighbour took along [DEV-32]. One
 * whose bind had failed is not tried again: its guest knows and goes on without. The settle that
 * follows binds what was bound, and takes what is not ready back to IDLE.
 */
void queue_restore(struct cmdqv *dev, uint32_t index, enum cmdqv_queue_life life)
{
	struct lvcmdq *queue = &dev->lvcmdqs[index];

	if (life == CMDQV_QUEUE_HELD ||
	    (life == CMDQV_QUEUE_BOUND && queue->gerror != queue->gerrorn)) {
		queue_hold(dev, index, queue->gerror, queue->gerrorn);
	} else if (life == CMDQV_QUEUE_FAILED) {
		queue_move(dev, index, CMDQV_QUEUE_FAILED);
		queue->bind_error = -EIO; /* unless the stream says which */
	}
}

int queue_settle_restored(struct cmdqv *dev, struct cmdqv_error *error)
{
	int err = 0;

	for (uint32_t index = 0; !err && index < num_lvcmdqs(dev); index++) {
		queue_follow_readiness(dev, index);
		if (queue_is_next(dev, index))
			err = queue_bind(dev, index, error);
	}
	return err;
}
