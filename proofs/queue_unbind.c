/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: queue_unbind_from() LVCMDQ INDEX, of 1 or 2, in any valid state: bound ones go from the
 * top and no other, the page first [DEV-9]; of each one CONS, PROD and CONFIG are kept as they were
 * read last; one that its guest did not ask for is held with its error if one is pending, and only
 * then [DEV-32]; the rest is as it was.
 *
 * Assumes: any valid state with BOUND queues bound; a live page that says anything at each look.
 *
 * Bound: 3 turns: two queues, two looks, and one more.
 *
 * Takes: 1.7 to 2.5 s each of 4 proofs, at most 44 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include "device/queue.c"

static void prove_shadow(const struct cmdqv *dev, uint32_t index)
{
	const struct lvcmdq *q = &dev->lvcmdqs[index];
	uint32_t gerror = seen.last[index][4] & 7, gerrorn = seen.last[index][5] & 7;

	PROVE(q->cons == (seen.last[index][0] & 0x7F0FFFFF), "CONS as read last");
	PROVE(q->prod == (seen.last[index][1] & 0xFFFFF), "PROD as read last");
	PROVE(q->config == (seen.last[index][2] & 1), "CONFIG as the guest had it");
	if (index > INDEX && gerror != gerrorn) {
		PROVE(q->life == CMDQV_QUEUE_HELD && dev->raise,
		      "[DEV-32] held, and told once more");
		PROVE(q->gerror == gerror && q->gerrorn == gerrorn, "[DEV-32] the error is shown");
	} else {
		PROVE(q->life == CMDQV_QUEUE_IDLE, "unbound");
	}
}

int main(void)
{
	static struct cmdqv dev;
	struct cmdqv before;

	device_any(&dev);
	ASSUME(device_is_settled(&dev));
	before = dev;
	queue_unbind_from(&dev, INDEX);
	PROVE(device_is_sound(&dev), "the state is sound");
	PROVE(dev.num_bound == (BOUND < INDEX ? BOUND : INDEX), "down to the one, and no further");
	PROVE(seen.unbinds == BOUND - dev.num_bound && seen.binds == 0 && seen.maps == 0,
	      "each once");
	PROVE(seen.unbinds == 0 || !seen.mapped, "the page is withdrawn");
	PROVE(dev.page0 != CMDQV_PAGE0_MAPPED || seen.unmaps == 0, "once");
	prove_same(&dev, &before);
	for (uint32_t i = INDEX; i < BOUND; i++)
		prove_shadow(&dev, i);
	for (uint32_t i = 0; i < N; i++) {
		const struct lvcmdq *q = &dev.lvcmdqs[i], *was = &before.lvcmdqs[i];

		PROVE(q->base[0] == was->base[0] && q->base[1] == was->base[1] &&
			      q->is_staged[0] == was->is_staged[0] &&
			      q->staged[0] == was->staged[0],
		      "BASE stays");
		if (i < INDEX || i >= BOUND)
			PROVE(q->life == was->life && q->cons == was->cons &&
				      q->gerror == was->gerror,
			      "others stay");
	}
	COVER(before.page0 == CMDQV_PAGE0_MAPPED, "from a mapped page");
	COVER(seen.broken, "the backend is broken");
	REACHED("the end");
}
