/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The config page: CMDQV enable, geometry, error maps, interrupt mask, CMDQ_ALLOC.
 *
 * Not modelled: the batching fields of CONFIG are stored and have no effect; CONS_DRAM_EN
 * reads 0, for the host cannot pass it on [DEV-5].
 */
#include "config.h"

#include "lvcmdq.h"
#include "queue.h"

/* [DEV-7] [DEV-13] */
void config_write(struct cmdqv *dev, const struct reg_word *word, uint32_t which, uint32_t value)
{
	uint32_t changed = dev->config ^ value;

	(void)word;
	(void)which;
	dev->config = value;
	if (!(changed & CMDQV_CONFIG_CMDQV_EN))
		return;
	if (!config_enabled(dev))
		queue_disable_all(dev);
	dev->unsettled = true;
}

uint32_t config_param_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which)
{
	(void)word;
	(void)which;
	return reg_param(&dev->geometry);
}

uint32_t config_status_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which)
{
	(void)word;
	(void)which;
	return CMDQV_SET(CMDQV_STATUS_CMDQV_ENABLED, (uint32_t)config_enabled(dev));
}

/* [DEV-24]: what became pending while masked is told when the mask goes. */
void config_int_mask_write(struct cmdqv *dev, const struct reg_word *word, uint32_t which,
			   uint32_t value)
{
	uint32_t there = which == 0; /* bit 0: the one VINTF there is */
	uint32_t unmasked = dev->int_mask[which] & ~value;

	(void)word;
	dev->int_mask[which] = value & there;
	if (unmasked)
		dev->raise = true;
}

/* [DEV-23] Bit 0: the one VINTF there is. */
uint32_t config_vi_err_map_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which)
{
	(void)word;
	return which == 0 && lvcmdq_any_pending(dev);
}

uint32_t config_queue_err_map_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which)
{
	uint32_t first = which * 32U;
	uint32_t map = 0;

	(void)word;
	for (uint32_t i = 0; i < 32 && first + i < num_lvcmdqs(dev); i++)
		if (lvcmdq_pending(dev, first + i))
			map |= 1U << i;
	return map;
}

__attribute__((cold)) static void config_alloc_changed(struct cmdqv *dev, uint32_t index,
						       bool is_allocated)
{
	if (!is_allocated) {
		queue_unbind_from(dev, index);
		lvcmdq_shadow_clear(&dev->lvcmdqs[index]);
	}
	dev->unsettled = true;
}

/* [DEV-13] [DEV-14] */
void config_alloc_write(struct cmdqv *dev, const struct reg_word *word, uint32_t which,
			uint32_t value)
{
	bool was_allocated = config_allocates(dev, which);
	bool is_allocated = entry_allocates(value, which);

	(void)word;
	dev->lvcmdqs[which].alloc = value;
	if (CMDQV_GET(CMDQV_CMDQ_ALLOC_ALLOCATED, value) && !is_allocated)
		device_guest_error(dev, CMDQV_COUNTER_GUEST_BAD_ALLOC,
				   "CMDQ_ALLOC(%u) is 0x%x, which is not LVCMDQ %u of VINTF 0; "
				   "nothing is allocated",
				   which, value, which);
	if (was_allocated != is_allocated)
		config_alloc_changed(dev, which, is_allocated);
}
