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
static bool base_reads_enabled(struct cmdqv *dev, uint32_t index)
{
	uint32_t status = lvcmdq_live(dev, index, REG_VCMDQ_STATUS);
	uint32_t config = lvcmdq_live(dev, index, REG_VCMDQ_CONFIG);

	return CMDQV_GET(CMDQV_VCMDQ_STATUS_EN_OK, status) ||
	       CMDQV_GET(CMDQV_VCMDQ_CONFIG_EN, config);
}

/*
 * May BASE of a bound queue be replaced? Looked at twice: only once the page is
 * withdrawn can no vCPU enable the queue in between.
 */
static bool base_is_free(struct cmdqv *dev, uint32_t index)
{
	if (base_reads_enabled(dev, index))
		return false;
	page0_withdraw(dev);
	return !base_reads_enabled(dev, index);
}

__attribute__((cold)) static void base_replace(struct cmdqv *dev, uint32_t index, uint32_t low,
					       uint32_t high)
{
	struct lvcmdq *queue = &dev->lvcmdqs[index];

	dev->unsettled = true;
	if (lvcmdq_bound(dev, index)) {
		if (!base_is_free(dev, index)) {
			device_guest_error(
				dev, CMDQV_COUNTER_GUEST_BASE_IN_USE,
				"LVCMDQ %u: BASE is written while it is enabled; ignored", index);
			return;
		}
		queue_unbind_from(dev, index);
	}
	queue->base[0] = low;
	queue->base[1] = high;
	queue_base_changed(dev, index);
}

static void base_commit(struct cmdqv *dev, uint32_t index, uint32_t low, uint32_t high)
{
	struct lvcmdq *queue = &dev->lvcmdqs[index];

	queue->is_staged[0] = false;
	queue->is_staged[1] = false;
	if (queue->base[0] != low || queue->base[1] != high)
		base_replace(dev, index, low, high);
}

void base_write_whole(struct cmdqv *dev, uint32_t index, uint64_t value)
{
	base_commit(dev, index, (uint32_t)value, (uint32_t)(value >> 32));
}

static void base_flush(struct cmdqv *dev, uint32_t index)
{
	struct lvcmdq *queue = &dev->lvcmdqs[index];

	if (queue->is_staged[0] || queue->is_staged[1])
		base_commit(dev, index, queue->is_staged[0] ? queue->staged[0] : queue->base[0],
			    queue->is_staged[1] ? queue->staged[1] : queue->base[1]);
}

/* From the top, so that no queue is unbound twice in one access [DEV-27]. */
__attribute__((cold)) static void base_flush_all(struct cmdqv *dev)
{
	dev->any_staged = false;
	for (uint32_t index = num_lvcmdqs(dev); index-- > 0;)
		base_flush(dev, index);
}

void base_flush_before(struct cmdqv *dev, enum reg_id id, uint32_t which)
{
	if (id == REG_CONFIG || id == REG_VINTF_CONFIG)
		base_flush_all(dev);
	else if (id == REG_CMDQ_ALLOC || id == REG_VCMDQ_CONFIG)
		base_flush(dev, which);
}

void base_write_half(struct cmdqv *dev, const struct reg_word *word, uint32_t which, uint32_t value)
{
	struct lvcmdq *queue = &dev->lvcmdqs[which];

	queue->staged[word->high] = value;
	queue->is_staged[word->high] = true;
	dev->any_staged = true;
	if (queue->is_staged[0] && queue->is_staged[1])
		base_flush(dev, which);
}
