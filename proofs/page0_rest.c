/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: cmdqv_page0_withdraw() in any valid state: a mapped page rests, nothing is unbound, and
 * the state is valid; otherwise nothing happens; from a callback -EBUSY [DEV-36].
 *
 * Assumes: any valid state.
 *
 * Bound: two LVCMDQs, 3 turns.
 *
 * Takes: 2.1 s, 40 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include "device/page0.c"

int main(void)
{
	static struct cmdqv dev;
	struct cmdqv before;
	int result;

	device_any(&dev);
	ASSUME(device_is_settled(&dev));
	dev.inside = nondet_bool();
	before = dev;
	result = cmdqv_page0_withdraw(&dev);
	PROVE(device_is_settled(&dev), "the state is valid");
	prove_same(&dev, &before);
	PROVE(dev.num_bound == before.num_bound && seen.binds + seen.unbinds + seen.maps == 0,
	      "no queue moves");
	PROVE(result == (before.inside ? -EBUSY : before.page0 == CMDQV_PAGE0_MAPPED),
	      "the result");
	PROVE(result != 1 || (dev.page0 == CMDQV_PAGE0_RESTING && !seen.mapped && dev.unsettled),
	      "it rests");
	PROVE(result == 1 || dev.page0 == before.page0, "or nothing");
	COVER(result == 1, "it rests");
	REACHED("the end");
}
