/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A queue's registers, live or shadow, and what follows from them.
 *
 * Page 0 of a bound queue is the live page: an access goes there and nowhere else, six
 * registers only [DEV-21]. Of an unbound one it is the shadow. STATUS of an unbound one
 * is 0 whatever CONFIG says: EN_OK is never claimed without a queue [DEV-16].
 */
#include "lvcmdq.h"

static const uint32_t defined_bits[] = {
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

uint32_t lvcmdq_defined_bits(enum reg_id id)
{
	return defined_bits[id];
}

uint32_t lvcmdq_live(struct cmdqv *dev, uint32_t index, enum reg_id id)
{
	return dev->links.backend.queue_read(dev->links.backend_impl, index, reg_infos[id].offset) &
	       defined_bits[id];
}

uint32_t lvcmdq_page0(struct cmdqv *dev, uint32_t index, enum reg_id id)
{
	const uint32_t *cell;

	if (lvcmdq_bound(dev, index))
		return lvcmdq_live(dev, index, id);
	cell = device_cell(dev, id, index, false);
	return cell ? *cell : 0;
}

uint32_t lvcmdq_pending(struct cmdqv *dev, uint32_t index)
{
	const struct lvcmdq *queue = &dev->lvcmdqs[index];

	if (!lvcmdq_bound(dev, index))
		return queue->gerror ^ queue->gerrorn;
	return lvcmdq_live(dev, index, REG_VCMDQ_GERROR) ^
	       lvcmdq_live(dev, index, REG_VCMDQ_GERRORN);
}

bool lvcmdq_any_pending(struct cmdqv *dev)
{
	for (uint32_t index = 0; index < num_lvcmdqs(dev); index++)
		if (lvcmdq_pending(dev, index))
			return true;
	return false;
}

uint64_t lvcmdq_base(const struct lvcmdq *queue)
{
	return queue->base[0] | (uint64_t)queue->base[1] << 32;
}

uint64_t lvcmdq_base_gpa(const struct lvcmdq *queue)
{
	return lvcmdq_base(queue) & CMDQV_VCMDQ_BASE_ADDR;
}

uint64_t lvcmdq_base_bytes(const struct lvcmdq *queue)
{
	uint64_t base = lvcmdq_base(queue);

	return base == 0
		       ? 0
		       : (uint64_t)CMDQV_ENTRY_BYTES << CMDQV_GET(CMDQV_VCMDQ_BASE_LOG2SIZE, base);
}

bool lvcmdq_ready(const struct cmdqv *dev, uint32_t index)
{
	return lvcmdq_base(&dev->lvcmdqs[index]) != 0 && config_allocates(dev, index) &&
	       vintf_enabled(dev);
}

void lvcmdq_shadow_clear(struct lvcmdq *queue)
{
	queue->cons = 0;
	queue->prod = 0;
	queue->config = 0;
	queue->gerror = 0;
	queue->gerrorn = 0;
}
