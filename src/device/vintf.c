/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VINTF block: enable, status, SID tables.
 *
 * HYP_OWN reads 0 whatever is written, so that a guest's driver sends only what a guest
 * may send. VMID and the SID tables are kept for read-back and have no effect: the real
 * ones are the host's [DEV-26].
 */
#include "vintf.h"

#include "lvcmdq.h"
#include "queue.h"

/* [DEV-13] */
void vintf_config_write(struct cmdqv *dev, const struct reg_word *word, uint32_t which,
			uint32_t value)
{
	uint32_t changed = dev->vintf_config ^ value;

	(void)word;
	(void)which;
	dev->vintf_config = value;
	if (!(changed & CMDQV_VINTF_CONFIG_ENABLE))
		return;
	if (!(value & CMDQV_VINTF_CONFIG_ENABLE))
		queue_disable_all(dev);
	dev->unsettled = true;
}

/* [DEV-23]: STATUS is a view of the errors, as the maps are. */
uint32_t vintf_status_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which)
{
	(void)word;
	(void)which;
	return CMDQV_SET(CMDQV_VINTF_STATUS_ENABLED, (uint32_t)vintf_enabled(dev)) |
	       CMDQV_SET(CMDQV_VINTF_STATUS_STATUS, (uint32_t)lvcmdq_any_pending(dev));
}
