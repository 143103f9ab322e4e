/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a queue [DEV-8] [DEV-9] [DEV-16] [DEV-17].
 *
 * state    what it means                      left for
 * -------  ---------------------------------  ------------------------------------------
 * IDLE     not ready: BASE 0, not allocated,  WAITING when the set becomes complete
 *          CMDQV or VINTF disabled
 * WAITING  ready; a lower one is not bound,   BOUND or FAILED by the bind, IDLE when no
 *          or the bind comes in this access   longer ready
 * BOUND    a real queue stands behind it;     IDLE by an unbind (and WAITING from there in
 *          page 0 is live                     the same access if it is still ready)
 * FAILED   the bind was refused; tried again  WAITING when BASE changes or the one below
 *          only for a reason                  is bound anew, IDLE when no longer ready
 *
 * Who moves it: queue_unbind_from() takes BOUND to IDLE at once, inside a handler, because
 * the write that asked for it relies on it. queue_base_changed() takes FAILED to WAITING.
 * Everything else is queue_settle(), at the one exit of an access. queue_move() checks each move
 * against the table below and is the only place that assigns `life`.
 *
 * Forbidden: a bind while a lower LVCMDQ is unbound; an unbind while a higher one is bound
 * (the bound LVCMDQs are the prefix below num_bound, so neither can be written down); a bind
 * or unbind while page 0 is mapped; STATUS 1 of an unbound LVCMDQ.
 *
 * What is kept: an unbind leaves CONS, PROD and CONFIG in the shadow, read after the page
 * was withdrawn and the queue seen disabled, so a bind goes on where it stood.
 */
#include "queue.h"

#include <assert.h>

#include "lvcmdq.h"
#include "page0.h"

/*
 * How often STATUS is read while a queue goes down. Hardware answers within a microsecond;
 * reads of a device page take about as long. The backend disables the queue in any case.
 */
enum { DISABLE_LOOKS = 10000 };

static void queue_move(struct cmdqv *dev, uint32_t index, enum cmdqv_queue_life to)
{
	static const uint8_t allowed[] = {
		[CMDQV_QUEUE_IDLE] = 1U << CMDQV_QUEUE_WAITING,
		[CMDQV_QUEUE_WAITING] =
			1U << CMDQV_QUEUE_BOUND | 1U << CMDQV_QUEUE_FAILED | 1U << CMDQV_QUEUE_IDLE,
		[CMDQV_QUEUE_BOUND] = 1U << CMDQV_QUEUE_IDLE,
		[CMDQV_QUEUE_FAILED] = 1U << CMDQV_QUEUE_WAITING | 1U << CMDQV_QUEUE_IDLE,
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

static void queue_disable_and_wait(struct cmdqv *dev, uint32_t index)
{
	queue_write_live(dev, index, REG_VCMDQ_CONFIG, 0);
	for (unsigned int i = 0; i < DISABLE_LOOKS; i++)
		if (!lvcmdq_live(dev, index, REG_VCMDQ_STATUS))
			return;
	guest_error_count(dev, CMDQV_COUNTER_GUEST_STUCK_QUEUE);
	device_log(
		dev, LOG_STUCK_QUEUE,
		"queue %u was not seen disabled; the host disables it before it frees its memory",
		index);
}

static void queue_note_broken_backend(struct cmdqv *dev)
{
	int broken = backend_broken(dev);

	if (!broken || dev->broken_logged)
		return;
	dev->broken_logged = true;
	device_log(dev, LOG_BACKEND_BROKEN,
		   "the backend could not undo a bind (errno %d); it takes no further one: stop "
		   "the VM",
		   -broken);
}

static void queue_unbind_top(struct cmdqv *dev)
{
	uint32_t index = dev->num_bound - 1;
	struct lvcmdq *queue = &dev->lvcmdqs[index];

	page0_withdraw(dev);
	queue->config = lvcmdq_live(dev, index, REG_VCMDQ_CONFIG);
	queue_disable_and_wait(dev, index);
	queue->cons = lvcmdq_live(dev, index, REG_VCMDQ_CONS);
	queue->prod = lvcmdq_live(dev, index, REG_VCMDQ_PROD);
	dev->links.backend.queue_unbind(dev->links.backend_impl, index);
	dev->num_bound--;
	dev->counters[CMDQV_COUNTER_UNBINDS]++;
	queue_move(dev, index, CMDQV_QUEUE_IDLE);
	queue_note_broken_backend(dev);
}

void queue_unbind_from(struct cmdqv *dev, uint32_t index)
{
	while (dev->num_bound > index)
		queue_unbind_top(dev);
	if (dev->num_bound == 0)
		page0_last_unbound(dev);
}

void queue_disable_all(struct cmdqv *dev)
{
	queue_unbind_from(dev, 0);
	for (uint32_t index = 0; index < num_lvcmdqs(dev); index++)
		lvcmdq_shadow_clear(&dev->lvcmdqs[index]);
}

/* ---- bind ---- */

/* [DEV-10] Returns 0 or the errno of a failed bind. */
static int queue_check_base(struct cmdqv *dev, uint32_t index)
{
	const struct lvcmdq *queue = &dev->lvcmdqs[index];
	uint32_t log2size = (uint32_t)CMDQV_GET(CMDQV_VCMDQ_BASE_LOG2SIZE, lvcmdq_base(queue));
	cmdqv_gpa_t gpa = {lvcmdq_base_gpa(queue)};
	uint64_t bytes = lvcmdq_base_bytes(queue);

	if (log2size < 1 || log2size > dev->cmdqs)
		return -EINVAL;
	if (gpa.value % bytes != 0)
		return -EINVAL;
	return dev->links.vmm.is_guest_ram(dev->links.vmm_impl, gpa, bytes) ? 0 : -EFAULT;
}

/*
 * [DEV-15] The order matters: GERROR's phase is the hardware's and nobody resets it, so
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

static void queue_bind_failed(struct cmdqv *dev, uint32_t index, int err)
{
	struct lvcmdq *queue = &dev->lvcmdqs[index];

	dev->counters[CMDQV_COUNTER_BIND_FAILURES]++;
	queue_move(dev, index, CMDQV_QUEUE_FAILED);
	queue->bind_error = err;
	queue_init_error_set(dev, queue);
}

/* The guest's fault: the host was not asked. */
static void queue_refuse_base(struct cmdqv *dev, uint32_t index, int err)
{
	const struct lvcmdq *queue = &dev->lvcmdqs[index];

	guest_error_count(dev, CMDQV_COUNTER_GUEST_BAD_BASE);
	device_log(dev, LOG_GUEST_BASE, "queue %u: BASE 0x%llx: %s", index,
		   (unsigned long long)lvcmdq_base(queue),
		   err == -EFAULT
			   ? "it does not lie in guest RAM"
			   : "its size is outside 2 entries to the cap, or its address is not "
			     "aligned to its size");
	queue_bind_failed(dev, index, err);
}

static void queue_report_refusal(struct cmdqv *dev, uint32_t index, int err, const char *reason)
{
	const struct lvcmdq *queue = &dev->lvcmdqs[index];

	device_log(dev, LOG_BIND_FAILED, "queue %u at 0x%llx, 0x%llx bytes: %s (errno %d)", index,
		   (unsigned long long)lvcmdq_base_gpa(queue),
		   (unsigned long long)lvcmdq_base_bytes(queue),
		   reason[0] ? reason : "the backend refused it", -err);
	queue_bind_failed(dev, index, err);
}

/* A LVCMDQ that failed is tried again once the one below it is bound anew. */
static void queue_retry_above(struct cmdqv *dev, uint32_t index)
{
	if (index + 1 < num_lvcmdqs(dev) && dev->lvcmdqs[index + 1].life == CMDQV_QUEUE_FAILED)
		queue_move(dev, index + 1, CMDQV_QUEUE_WAITING);
}

static void queue_bind(struct cmdqv *dev, uint32_t index)
{
	struct lvcmdq *queue = &dev->lvcmdqs[index];
	struct cmdqv_error reason = {0};
	int err = queue_check_base(dev, index);

	if (err) {
		queue_refuse_base(dev, index, err);
		return;
	}
	page0_withdraw(dev);
	err = device_host_error(dev->links.backend.queue_bind(dev->links.backend_impl, index,
							      (cmdqv_gpa_t){lvcmdq_base_gpa(queue)},
							      lvcmdq_base_bytes(queue), &reason));
	if (err) {
		queue_report_refusal(dev, index, err, reason.text);
		return;
	}
	dev->counters[CMDQV_COUNTER_BINDS]++;
	dev->num_bound++;
	queue_move(dev, index, CMDQV_QUEUE_BOUND);
	queue->gerror = queue->gerrorn; /* nothing of the shadow is pending once a queue is bound */
	queue_replay_shadow(dev, index);
	queue_retry_above(dev, index);
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
	if (!ready && queue->life != CMDQV_QUEUE_IDLE) {
		queue_move(dev, index, CMDQV_QUEUE_IDLE);
		queue_init_error_clear(queue);
	}
}

void queue_settle(struct cmdqv *dev)
{
	for (uint32_t index = dev->num_bound; index < num_lvcmdqs(dev); index++) {
		queue_follow_readiness(dev, index);
		if (dev->lvcmdqs[index].life == CMDQV_QUEUE_WAITING && index == dev->num_bound)
			queue_bind(dev, index);
	}
}
