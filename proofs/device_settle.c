/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: device_settle() leads from any state that a handler may leave to a valid one, with 1 or 2
 * LVCMDQs: queues are bound in ascending order and none above one that waits or failed [DEV-9];
 * what is not ready is IDLE, what failed stays failed unless the one below was bound anew [DEV-17],
 * what is held waits for its guest [DEV-32]; then, and only then, the page is mapped as [DEV-18]
 * says, by one call at most [DEV-27]; registers stay.
 *
 * Assumes: the prefix of bound queues is sound and ready, and page 0 is where the state says; a
 * backend and a VMM that answer anything.
 *
 * Bound: 3 turns: two queues, two looks, and one more.
 *
 * Takes: 3.1 to 4.0 s each of 3 proofs, at most 107 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include "device/device.c"

int main(void)
{
	static struct cmdqv dev;
	struct cmdqv before;
	bool was_raised;

	device_any(&dev);
	ASSUME(device_is_sound(&dev));
	for (uint32_t i = 0; i < N; i++)
		ASSUME(i >= dev.num_bound || lvcmdq_ready(&dev, i));
	dev.unsettled = true;
	before = dev;
	was_raised = dev.raise;
	device_settle(&dev);
	PROVE(device_is_settled(&dev), "the state is valid and [DEV-18] holds");
	PROVE(seen.binds <= N && seen.unbinds <= seen.binds && seen.maps <= 1 && seen.unmaps <= 1 &&
		      seen.pulses <= 1,
	      "[DEV-27] N binds, one map, one withdrawal, one pulse");
	PROVE(dev.num_bound >= before.num_bound, "no bound queue goes");
	prove_same(&dev, &before);
	for (uint32_t i = 0; i < N; i++) {
		const struct lvcmdq *q = &dev.lvcmdqs[i], *was = &before.lvcmdqs[i];

		PROVE(q->base[0] == was->base[0] && q->base[1] == was->base[1] &&
			      q->cons == was->cons && q->prod == was->prod &&
			      q->config == was->config && q->gerrorn == was->gerrorn,
		      "registers stay");
		if (was->life == CMDQV_QUEUE_FAILED && lvcmdq_ready(&dev, i) &&
		    i == before.num_bound)
			PROVE(q->life == CMDQV_QUEUE_FAILED, "[DEV-17] it is not tried again");
		if (was->life == CMDQV_QUEUE_HELD && was->gerror != was->gerrorn &&
		    lvcmdq_ready(&dev, i))
			PROVE(q->life == CMDQV_QUEUE_HELD && q->gerror == was->gerror,
			      "[DEV-32] it is shown");
	}
	if (was_raised)
		PROVE(seen.pulses == 0 || dev.int_mask[0] == 0, "[DEV-24] under the mask");
	COVER(dev.num_bound == N && seen.mapped && seen.binds == N - before.num_bound,
	      "all are bound");
	COVER(seen.maps == 1 && !seen.mapped, "the VMM cannot map");
	REACHED("the end");
}
