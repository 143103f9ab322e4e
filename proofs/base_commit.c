/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: an 8-byte write of BASE, in any valid state [DEV-11] [DEV-12]: the same value does
 * nothing; one to a bound queue that reads enabled, by STATUS or CONFIG, is ignored and counted;
 * else the page is withdrawn, both are read again, and only if still 0 the queue is unbound and
 * BASE replaced. What was staged is dropped.
 *
 * Assumes: any valid state; a live page that says anything at each look.
 *
 * Bound: one LVCMDQ, 3 turns: two looks and one more.
 *
 * Takes: 2.4 s, 75 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include "device/base.c"

int main(void)
{
	static struct cmdqv dev;
	struct cmdqv before;
	const struct lvcmdq *q = &dev.lvcmdqs[0], *was = &before.lvcmdqs[0];
	uint64_t value = nondet_u64() & UINT64_C(0xFFFFFFFFFFFF);
	uint32_t errors;

	device_any(&dev);
	ASSUME(device_is_settled(&dev));
	before = dev;
	base_write_whole(&dev, 0, value);
	errors = dev.counters[CMDQV_COUNTER_GUEST_BASE_IN_USE] -
		 before.counters[CMDQV_COUNTER_GUEST_BASE_IN_USE];
	PROVE(device_is_sound(&dev), "the state is sound");
	prove_same(&dev, &before);
	PROVE(!q->is_staged[0] && !q->is_staged[1], "what was staged is dropped");
	PROVE(seen.binds == 0 && seen.maps == 0, "no bind here");
	if (value == lvcmdq_base(was)) {
		PROVE(dev.num_bound == before.num_bound && seen.unmaps == 0 && !errors, "nothing");
	} else if (before.num_bound && dev.num_bound) {
		PROVE(q->base[0] == was->base[0] && q->base[1] == was->base[1] && errors == 1,
		      "ignored");
		PROVE((seen.last[0][3] | seen.last[0][2]) & 1, "it read enabled");
		COVER(seen.unmaps == 1, "enabled between the two looks");
	} else {
		PROVE(lvcmdq_base(q) == value && !errors, "replaced");
		PROVE(!before.num_bound || seen.unbinds == 1, "unbound first");
		PROVE(!before.num_bound || !seen.mapped, "and the page withdrawn before");
		PROVE(dev.unsettled, "to be settled");
		PROVE(q->life != CMDQV_QUEUE_FAILED, "[DEV-17] what failed may be tried again");
	}
	REACHED("the end");
}
