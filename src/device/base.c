/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BASE [DEV-11] [DEV-12]: an 8-byte write commits at once. A 4-byte half is staged, and
 * committed when the other half has come too, or by the next write that can start the
 * queue. A commit to a bound queue is taken only while the queue is disabled.
 */
#include "base.h"

#include "lvcmdq.h"
#include "page0.h"
#include "queue.h"

/* Each register is loaded once; the guest may be writing them [DEV-22]. */
static bool reads_enabled(struct cmdqv *dev, uint32_t slot)
{
	uint32_t status = vcmdq_live(dev, slot, REG_VCMDQ_STATUS);
	uint32_t config = vcmdq_live(dev, slot, REG_VCMDQ_CONFIG);

	return CMDQV_GET(CMDQV_VCMDQ_STATUS_EN_OK, status) ||
	       CMDQV_GET(CMDQV_VCMDQ_CONFIG_EN, config);
}

/*
 * May BASE of a bound queue be replaced? Looked at twice: only once the page is
 * withdrawn can no vCPU enable the queue in between.
 */
static bool base_is_free(struct cmdqv *dev, uint32_t slot)
{
	if (reads_enabled(dev, slot))
		return false;
	page0_withdraw(dev);
	return !reads_enabled(dev, slot);
}

static void base_commit(struct cmdqv *dev, uint32_t slot, uint32_t low, uint32_t high)
{
	struct slot *s = &dev->slots[slot];

	s->is_staged[0] = false;
	s->is_staged[1] = false;
	if (s->base[0] == low && s->base[1] == high)
		return;
	dev->unsettled = true;
	if (queue_bound(dev, slot)) {
		if (!base_is_free(dev, slot)) {
			device_guest_error(dev, CMDQV_COUNTER_GUEST_BASE_IN_USE, slot);
			return;
		}
		queue_unbind_from(dev, slot);
	}
	s->base[0] = low;
	s->base[1] = high;
	queue_base_changed(dev, slot);
}

void vcmdq_base_write_whole(struct cmdqv *dev, uint32_t slot, uint64_t value)
{
	base_commit(dev, slot, (uint32_t)value, (uint32_t)(value >> 32));
}

void vcmdq_base_flush(struct cmdqv *dev, uint32_t slot)
{
	struct slot *s = &dev->slots[slot];

	if (s->is_staged[0] || s->is_staged[1])
		base_commit(dev, slot, s->is_staged[0] ? s->staged[0] : s->base[0],
			    s->is_staged[1] ? s->staged[1] : s->base[1]);
}

/* From the top, so that no queue is unbound twice in one access [DEV-27]. */
void vcmdq_base_flush_all(struct cmdqv *dev)
{
	for (uint32_t slot = num_slots(dev); slot-- > 0;)
		vcmdq_base_flush(dev, slot);
}

void vcmdq_base_write_half(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value)
{
	struct slot *s = &dev->slots[ref->slot];

	s->staged[ref->high] = value;
	s->is_staged[ref->high] = true;
	if (s->is_staged[0] && s->is_staged[1])
		vcmdq_base_flush(dev, ref->slot);
}
