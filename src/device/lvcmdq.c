/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue's registers, live or shadow, and what follows from them.
 *
 * Page 0 of a bound queue is the live page: an access goes there and nowhere else, six
 * registers only [DEV-21]. Of an unbound one it is the shadow. STATUS of an unbound one
 * is 0 whatever CONFIG says: EN_OK is never claimed without a queue [DEV-16].
 */
#include "lvcmdq.h"

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

uint32_t vcmdq_page0_read(struct cmdqv *dev, const struct reg_ref *ref)
{
	const uint32_t *cell;

	if (queue_bound(dev, ref->slot))
		return vcmdq_live(dev, ref->slot, ref->id);
	cell = device_cell(dev, ref);
	return cell ? *cell : 0;
}

uint32_t vcmdq_pending(struct cmdqv *dev, uint32_t slot)
{
	const struct slot *s = &dev->slots[slot];

	if (!queue_bound(dev, slot))
		return s->gerror ^ s->gerrorn;
	return vcmdq_live(dev, slot, REG_VCMDQ_GERROR) ^ vcmdq_live(dev, slot, REG_VCMDQ_GERRORN);
}

bool event_pending(struct cmdqv *dev)
{
	for (uint32_t slot = 0; slot < num_slots(dev); slot++)
		if (vcmdq_pending(dev, slot))
			return true;
	return false;
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

bool queue_ready(const struct cmdqv *dev, uint32_t slot)
{
	return vcmdq_base(&dev->slots[slot]) != 0 && config_allocates(dev, slot) &&
	       vintf_enabled(dev);
}

void vcmdq_shadow_clear(struct slot *slot)
{
	slot->cons = 0;
	slot->prod = 0;
	slot->config = 0;
	slot->gerror = 0;
	slot->gerrorn = 0;
}
