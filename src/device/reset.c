/* SPDX-License-Identifier: BSD-2-Clause */
#include "reset.h"

#include <string.h>

#include "page0.h"
#include "queue.h"

void device_reset_registers(struct cmdqv *dev)
{
	dev->config = (uint32_t)reg_infos[REG_CONFIG].reset;
	dev->vintf_config = (uint32_t)reg_infos[REG_VINTF_CONFIG].reset;
	memset(dev->int_mask, 0, sizeof(dev->int_mask));
	memset(dev->sid_match, 0, sizeof(dev->sid_match));
	memset(dev->sid_replace, 0, sizeof(dev->sid_replace));
	memset(dev->lvcmdqs, 0, num_lvcmdqs(dev) * sizeof(dev->lvcmdqs[0]));
	dev->any_staged = false;
	dev->unsettled = false;
	dev->raise = false;
}

void device_reset(struct cmdqv *dev)
{
	page0_withdraw(dev);
	queue_unbind_all(dev);
	device_reset_registers(dev);
}
