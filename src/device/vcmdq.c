/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of a VCMDQ, in both apertures.
 *
 * Page 0 of a bound queue is the live page: an access goes there and nowhere else, six
 * registers only [DEV-21]. Of an unbound one it is the shadow. STATUS of an unbound one
 * is 0 whatever CONFIG says: EN_OK is never claimed without a queue [DEV-16].
 *
 * BASE [DEV-11] [DEV-12]: an 8-byte write commits at once. A 4-byte half is staged, and
 * committed when the other half has come too, or by the next write that can start the
 * queue. A commit to a bound queue is taken only while the queue is disabled.
 */
#include "device.h"

static const uint32_t live_mask[] = {
	[REG_VCMDQ_CONS] = CMDQV_VCMDQ_CONS_INDEX | CMDQV_VCMDQ_CONS_ERR,
	[REG_VCMDQ_PROD] = CMDQV_VCMDQ_PROD_INDEX,
	[REG_VCMDQ_CONFIG] = CMDQV_VCMDQ_CONFIG_EN,
	[REG_VCMDQ_STATUS] = CMDQV_VCMDQ_STATUS_EN_OK,
	[REG_VCMDQ_GERROR] = CMDQV_VCMDQ_GERROR_CMDQ_ERR | CMDQV_VCMDQ_GERROR_CONS_DRAM_WR_ABT_ERR |
			     CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR,
	[REG_VCMDQ_GERRORN] = CMDQV_VCMDQ_GERROR_CMDQ_ERR |
			      CMDQV_VCMDQ_GERROR_CONS_DRAM_WR_ABT_ERR |
			      CMDQV_VCMDQ_GERROR_CMDQ_INIT_ERR,
};

uint32_t vcmdq_live(struct cmdqv *dev, uint32_t slot, enum reg_id id)
{
	return dev->links.backend.queue_read(dev->links.backend_impl, slot, reg_infos[id].offset) &
	       live_mask[id];
}

uint32_t vcmdq_pending(struct cmdqv *dev, uint32_t slot)
{
	const struct slot *s = &dev->slots[slot];

	if (!queue_bound(dev, slot))
		return s->gerror ^ s->gerrorn;
	return vcmdq_live(dev, slot, REG_VCMDQ_GERROR) ^ vcmdq_live(dev, slot, REG_VCMDQ_GERRORN);
}

void vcmdq_shadow_clear(struct slot *slot)
{
	slot->cons = 0;
	slot->prod = 0;
	slot->config = 0;
	slot->gerror = 0;
	slot->gerrorn = 0;
}

uint32_t vcmdq_page0_read(struct cmdqv *dev, const struct reg_ref *ref)
{
	const uint32_t *cell;

	if (queue_bound(dev, ref->slot))
		return vcmdq_live(dev, ref->slot, ref->id);
	cell = device_cell(dev, ref);
	return cell ? *cell : 0;
}

void vcmdq_page0_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value)
{
	if (queue_bound(dev, ref->slot))
		dev->links.backend.queue_write(dev->links.backend_impl, ref->slot,
					       reg_infos[ref->id].offset, value);
	else
		*device_cell(dev, ref) = value;
}

/* A trapped CONFIG may start the queue, so it is one of the writes that complete BASE. */
void vcmdq_config_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value)
{
	vcmdq_base_flush(dev, ref->slot);
	vcmdq_page0_write(dev, ref, value);
}

uint64_t vcmdq_base(const struct slot *slot)
{
	return slot->base[0] | (uint64_t)slot->base[1] << 32;
}

uint64_t vcmdq_base_gpa(const struct slot *slot)
{
	return vcmdq_base(slot) & CMDQV_VCMDQ_BASE_ADDR;
}

uint64_t vcmdq_base_bytes(const struct slot *slot)
{
	uint64_t base = vcmdq_base(slot);

	return base == 0
		       ? 0
		       : (uint64_t)CMDQV_ENTRY_BYTES << CMDQV_GET(CMDQV_VCMDQ_BASE_LOG2SIZE, base);
}

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
