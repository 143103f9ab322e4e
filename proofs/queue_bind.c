/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: queue_bind() of a LVCMDQ that waits: the host is asked only for a BASE that is good
 * [DEV-10]; a queue that is handed over alive is taken down first, and nothing else is written
 * before [DEV-15]; then come CONS without ERR, PROD, GERRORN as the live GERROR just read, and
 * CONFIG, in this order and no more; what fails is FAILED with a negative errno and CMDQ_INIT_ERR
 * pending [DEV-17] [DEV-35], and leaves nothing bound.
 *
 * Assumes: any valid state in which the LVCMDQ is next; any answer of the host.
 *
 * Bound: one LVCMDQ, 3 turns: two looks and one more.
 *
 * Takes: 1.8 s, 46 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include "device/queue.c"

int main(void)
{
	static struct cmdqv dev;
	struct cmdqv before;
	struct lvcmdq *q = &dev.lvcmdqs[0];
	uint64_t log2size;
	int err;

	device_any(&dev);
	ASSUME(device_is_sound(&dev) && q->life == CMDQV_QUEUE_WAITING);
	before = dev;
	log2size = q->base[0] & 31;
	err = queue_bind(&dev, 0, NULL);
	PROVE(device_is_sound(&dev), "the state is sound");
	prove_same(&dev, &before);
	PROVE(seen.binds <= 1 && seen.unbinds <= seen.binds && seen.maps == 0, "one bind, no map");
	if (log2size < 1 || log2size > dev.cmdqs)
		PROVE(err && seen.binds == 0, "[DEV-10] a bad size: the host is not asked");
	PROVE(err <= 0 && err >= -MOST_ERRNO, "[DEV-35] an errno");
	PROVE(q->cons == before.lvcmdqs[0].cons && q->prod == before.lvcmdqs[0].prod &&
		      q->config == before.lvcmdqs[0].config &&
		      q->gerrorn == before.lvcmdqs[0].gerrorn,
	      "the shadow stays");
	if (err) {
		PROVE(q->life == CMDQV_QUEUE_FAILED && q->bind_error == err, "FAILED");
		PROVE((q->gerror ^ q->gerrorn) & 4, "[DEV-17] CMDQ_INIT_ERR is pending");
		PROVE(seen.bound == 0 && dev.num_bound == 0, "nothing stays bound");
		COVER(seen.unbinds == 1, "handed over alive, and it does not go down");
		COVER(seen.binds == 0, "not asked");
		return 0;
	}
	PROVE(q->life == CMDQV_QUEUE_BOUND && dev.num_bound == 1, "BOUND");
	PROVE(q->gerror == q->gerrorn, "nothing of the shadow is pending");
	PROVE(seen.writes == 4, "four stores after it was seen down");
	PROVE(seen.written[0] == CMDQV_REG_VCMDQ_CONS && seen.value[0] == (q->cons & 0xFFFFF),
	      "CONS");
	PROVE(seen.written[1] == CMDQV_REG_VCMDQ_PROD && seen.value[1] == q->prod, "PROD");
	PROVE(seen.written[2] == CMDQV_REG_VCMDQ_GERRORN && seen.value[2] == (seen.last[0][4] & 7),
	      "GERRORN as the live GERROR");
	PROVE(seen.written[3] == CMDQV_REG_VCMDQ_CONFIG && seen.value[3] == q->config,
	      "CONFIG last");
	PROVE(!(seen.last[0][3] & 1), "[DEV-15] STATUS was seen 0");
	COVER(seen.config_is_zeroed, "handed over alive, and taken down");
	REACHED("the end");
}
