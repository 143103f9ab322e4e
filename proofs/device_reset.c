/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: device_reset() in any valid state: the page is withdrawn, then all queues go from the
 * top, then every register is as after reset: CONFIG 0x00020083, the rest 0, staged halves included
 * [DEV-7].
 *
 * Assumes: any valid state with BOUND queues bound.
 *
 * Bound: two LVCMDQs, 17 turns: 16 SID slots.
 *
 * Takes: 3.8 s, 148 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include "device/reset.c"

int main(void)
{
	static struct cmdqv dev;
	uint32_t i = nondet_u32();
	const struct lvcmdq *q;

	device_any(&dev);
	ASSUME(device_is_settled(&dev) && i < 16);
	device_reset(&dev);
	PROVE(device_is_settled(&dev), "the state is valid");
	PROVE(dev.num_bound == 0 && !seen.mapped && dev.page0 == CMDQV_PAGE0_NONE,
	      "nothing is bound or mapped");
	PROVE(dev.config == 0x00020083 && dev.vintf_config == 0, "CONFIG and VINTF_CONFIG");
	PROVE((dev.sid_match[i] | dev.sid_replace[i] | dev.int_mask[i % 2]) == 0,
	      "SID tables, mask");
	q = lvcmdq_at(&dev, i % N);
	PROVE((q->cons | q->prod | q->config | q->gerror | q->gerrorn | q->alloc | q->base[0] |
	       q->base[1] | q->cons_indx_base[0] | q->cons_indx_base[1]) == 0,
	      "registers of a queue");
	PROVE(!q->is_staged[0] && !q->is_staged[1] && q->life == CMDQV_QUEUE_IDLE,
	      "nothing staged, IDLE");
	REACHED("the end");
}
