/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a queue [DEV-8] [DEV-9] [DEV-16] [DEV-17].
 *
 * state    what it means                      left for
 * -------  ---------------------------------  ------------------------------------------
 * IDLE     not ready: BASE 0, not allocated,  WAITING when the set becomes complete
 *          CMDQV or VINTF disabled
 * WAITING  ready; a lower slot is not bound,  BOUND or FAILED by the bind, IDLE when no
 *          or the bind comes in this access   longer ready
 * BOUND    a real queue stands behind it;     IDLE by an unbind (and WAITING from there in
 *          page 0 is live                     the same access if it is still ready)
 * FAILED   the bind was refused; tried again  WAITING when BASE changes or the slot below
 *          only for a reason                  is bound anew, IDLE when no longer ready
 *
 * Who moves it: queue_unbind_from() takes BOUND to IDLE at once, inside a handler, because
 * the write that asked for it relies on it. queue_base_changed() takes FAILED to WAITING.
 * Everything else is queue_settle(), at the one exit of an access. move() checks each move
 * against the table below and is the only place that assigns `life`.
 *
 * Forbidden: a bind while a lower slot is unbound; an unbind while a higher one is bound
 * (the bound slots are the prefix below num_bound, so neither can be written down); a bind
 * or unbind while page 0 is mapped; STATUS 1 of an unbound slot.
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

static void move(struct cmdqv *dev, uint32_t slot, enum cmdqv_queue_life to)
{
	static const uint8_t allowed[] = {
		[CMDQV_QUEUE_IDLE] = 1U << CMDQV_QUEUE_WAITING,
		[CMDQV_QUEUE_WAITING] =
			1U << CMDQV_QUEUE_BOUND | 1U << CMDQV_QUEUE_FAILED | 1U << CMDQV_QUEUE_IDLE,
		[CMDQV_QUEUE_BOUND] = 1U << CMDQV_QUEUE_IDLE,
		[CMDQV_QUEUE_FAILED] = 1U << CMDQV_QUEUE_WAITING | 1U << CMDQV_QUEUE_IDLE,
	};
	struct slot *s = &dev->slots[slot];

	assert(allowed[s->life] & 1U << to);
	(void)allowed;
	s->life = to;
	if (to != CMDQV_QUEUE_FAILED)
		s->bind_error = 0;
}

/* Makes CMDQ_INIT_ERR equal again; the guest's GERRORN is not ours to write [DEV-17]. */
static void init_error_clear(struct slot *s)
{
	s->gerror = (s->gerror & ~CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR) |
		    (s->gerrorn & CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR);
}

static void init_error_set(struct cmdqv *dev, struct slot *s)
{
	if ((s->gerror ^ s->gerrorn) & CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR)
		return;
	s->gerror ^= CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR;
	dev->raise = true;
}

/* ---- unbind ---- */

static void live_write(struct cmdqv *dev, uint32_t slot, enum reg_id id, uint32_t value)
{
	dev->links.backend.queue_write(dev->links.backend_impl, slot, reg_infos[id].offset, value);
}

static void disable_and_wait(struct cmdqv *dev, uint32_t slot)
{
	live_write(dev, slot, REG_VCMDQ_CONFIG, 0);
	for (unsigned int i = 0; i < DISABLE_LOOKS; i++)
		if (!vcmdq_live(dev, slot, REG_VCMDQ_STATUS))
			return;
	guest_error_count(dev, CMDQV_COUNTER_GUEST_STUCK_QUEUE);
	device_log(
		dev, LOG_STUCK_QUEUE,
		"queue %u was not seen disabled; the host disables it before it frees its memory",
		slot);
}

static void note_broken_backend(struct cmdqv *dev)
{
	int broken = queue_backend_broken(dev);

	if (!broken || dev->broken_logged)
		return;
	dev->broken_logged = true;
	device_log(dev, LOG_BACKEND_BROKEN,
		   "the backend could not undo a bind (errno %d); it takes no further one: stop "
		   "the VM",
		   -broken);
}

static void unbind_top(struct cmdqv *dev)
{
	uint32_t slot = dev->num_bound - 1;
	struct slot *s = &dev->slots[slot];

	page0_withdraw(dev);
	s->config = vcmdq_live(dev, slot, REG_VCMDQ_CONFIG);
	disable_and_wait(dev, slot);
	s->cons = vcmdq_live(dev, slot, REG_VCMDQ_CONS);
	s->prod = vcmdq_live(dev, slot, REG_VCMDQ_PROD);
	dev->links.backend.queue_unbind(dev->links.backend_impl, slot);
	dev->num_bound--;
	dev->counters[CMDQV_COUNTER_UNBINDS]++;
	move(dev, slot, CMDQV_QUEUE_IDLE);
	note_broken_backend(dev);
}

void queue_unbind_from(struct cmdqv *dev, uint32_t slot)
{
	while (dev->num_bound > slot)
		unbind_top(dev);
	if (dev->num_bound == 0)
		page0_last_unbound(dev);
}

void queue_disable_all(struct cmdqv *dev)
{
	queue_unbind_from(dev, 0);
	for (uint32_t slot = 0; slot < num_slots(dev); slot++)
		vcmdq_shadow_clear(&dev->slots[slot]);
}

/* ---- bind ---- */

/* [DEV-10] Returns 0 or the errno of a failed bind. */
static int check_base(struct cmdqv *dev, uint32_t slot)
{
	const struct slot *s = &dev->slots[slot];
	uint32_t log2size = (uint32_t)CMDQV_GET(CMDQV_VCMDQ_BASE_LOG2SIZE, vcmdq_base(s));
	cmdqv_gpa_t gpa = {vcmdq_base_gpa(s)};
	uint64_t bytes = vcmdq_base_bytes(s);

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
static void replay_shadow(struct cmdqv *dev, uint32_t slot)
{
	const struct slot *s = &dev->slots[slot];

	live_write(dev, slot, REG_VCMDQ_CONS, s->cons & CMDQV_VCMDQ_CONS_INDEX);
	live_write(dev, slot, REG_VCMDQ_PROD, s->prod);
	live_write(dev, slot, REG_VCMDQ_GERRORN, vcmdq_live(dev, slot, REG_VCMDQ_GERROR));
	live_write(dev, slot, REG_VCMDQ_CONFIG, s->config);
}

static void bind_failed(struct cmdqv *dev, uint32_t slot, int error)
{
	struct slot *s = &dev->slots[slot];

	dev->counters[CMDQV_COUNTER_BIND_FAILURES]++;
	move(dev, slot, CMDQV_QUEUE_FAILED);
	s->bind_error = error;
	init_error_set(dev, s);
}

/* The guest's fault: the host was not asked. */
static void refuse_base(struct cmdqv *dev, uint32_t slot, int error)
{
	const struct slot *s = &dev->slots[slot];

	guest_error_count(dev, CMDQV_COUNTER_GUEST_BAD_BASE);
	device_log(dev, LOG_GUEST_BASE, "queue %u: BASE 0x%llx: %s", slot,
		   (unsigned long long)vcmdq_base(s),
		   error == -EFAULT
			   ? "it does not lie in guest RAM"
			   : "its size is outside 2 entries to the cap, or its address is not "
			     "aligned to its size");
	bind_failed(dev, slot, error);
}

static void report_refusal(struct cmdqv *dev, uint32_t slot, int error, const char *reason)
{
	const struct slot *s = &dev->slots[slot];

	device_log(dev, LOG_BIND_FAILED, "queue %u at 0x%llx, 0x%llx bytes: %s (errno %d)", slot,
		   (unsigned long long)vcmdq_base_gpa(s), (unsigned long long)vcmdq_base_bytes(s),
		   reason[0] ? reason : "the backend refused it", -error);
	bind_failed(dev, slot, error);
}

/* A slot that failed is tried again once the one below it is bound anew. */
static void retry_above(struct cmdqv *dev, uint32_t slot)
{
	if (slot + 1 < num_slots(dev) && dev->slots[slot + 1].life == CMDQV_QUEUE_FAILED)
		move(dev, slot + 1, CMDQV_QUEUE_WAITING);
}

static void bind(struct cmdqv *dev, uint32_t slot)
{
	struct slot *s = &dev->slots[slot];
	struct cmdqv_error reason = {0};
	int error = check_base(dev, slot);

	if (error) {
		refuse_base(dev, slot, error);
		return;
	}
	page0_withdraw(dev);
	error = device_host_error(dev->links.backend.queue_bind(dev->links.backend_impl, slot,
								(cmdqv_gpa_t){vcmdq_base_gpa(s)},
								vcmdq_base_bytes(s), &reason));
	if (error) {
		report_refusal(dev, slot, error, reason.text);
		return;
	}
	dev->counters[CMDQV_COUNTER_BINDS]++;
	dev->num_bound++;
	move(dev, slot, CMDQV_QUEUE_BOUND);
	s->gerror = s->gerrorn; /* nothing of the shadow is pending once a queue is bound */
	replay_shadow(dev, slot);
	retry_above(dev, slot);
}

void queue_base_changed(struct cmdqv *dev, uint32_t slot)
{
	if (dev->slots[slot].life == CMDQV_QUEUE_FAILED)
		move(dev, slot, CMDQV_QUEUE_WAITING);
}

/* Takes an unbound slot from or to IDLE, as its readiness says. */
static void follow_readiness(struct cmdqv *dev, uint32_t slot)
{
	struct slot *s = &dev->slots[slot];
	bool ready = queue_ready(dev, slot);

	if (ready && s->life == CMDQV_QUEUE_IDLE)
		move(dev, slot, CMDQV_QUEUE_WAITING);
	if (!ready && s->life != CMDQV_QUEUE_IDLE) {
		move(dev, slot, CMDQV_QUEUE_IDLE);
		init_error_clear(s);
	}
}

void queue_settle(struct cmdqv *dev)
{
	for (uint32_t slot = dev->num_bound; slot < num_slots(dev); slot++) {
		follow_readiness(dev, slot);
		if (dev->slots[slot].life == CMDQV_QUEUE_WAITING && slot == dev->num_bound)
			bind(dev, slot);
	}
}
