/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: cmdqv_events() with any answers of the backend: it takes at most as many records as it
 * may look at, ends at the first that is empty or failed, counts each, says a negative errno or how
 * many [DEV-35], and pulses at most once, only if an error is pending and not masked [DEV-24]
 * [DEV-25].
 *
 * Assumes: any valid state.
 *
 * Bound: one LVCMDQ; 3 looks instead of 64 (proofs/cut), 4 turns. A look remembers nothing but
 * the last sequence number.
 *
 * Takes: 1.4 s, 43 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include "device/event.c"

static uint32_t looks, records;
static bool ended;

static int event_read(void *impl, struct cmdqv_backend_event *event)
{
	int result = nondet_int();

	PROVE(!ended, "it ends at the first that is empty or failed");
	looks++;
	event->sequence = nondet_u32();
	event->lost = nondet_bool();
	if (result == 1 || result == -EMSGSIZE || result == -EBADMSG)
		records++;
	else if (result != -EINTR)
		ended = true;
	return result;
}

int main(void)
{
	static struct cmdqv dev;
	struct cmdqv before;
	int result;

	device_any(&dev);
	dev.links.backend.event_read = event_read;
	ASSUME(device_is_settled(&dev) && dev.sequence <= INT32_MAX);
	before = dev;
	result = cmdqv_events(&dev);
	PROVE(device_is_settled(&dev) && !dev.inside, "the state is valid");
	prove_quiet(&dev, &before);
	PROVE(looks <= EVENTS_PER_CALL, "bounded");
	PROVE(result < 0 ? result >= -MOST_ERRNO : (uint32_t)result == records,
	      "[DEV-35] a count or an errno");
	PROVE(dev.counters[CMDQV_COUNTER_EVENTS] == before.counters[CMDQV_COUNTER_EVENTS] + records,
	      "counted");
	PROVE(seen.pulses <= (records > 0 && !(dev.int_mask[0] & 1)),
	      "[DEV-24] one pulse, under the mask");
	if (seen.pulses == 0 && records > 0 && !(dev.int_mask[0] & 1) && dev.num_bound == 0)
		PROVE(dev.lvcmdqs[0].gerror == dev.lvcmdqs[0].gerrorn, "a pending error is told");
	PROVE(dev.sequence <= INT32_MAX || !dev.sequence_known || records == 0,
	      "a sequence number");
	COVER(records == EVENTS_PER_CALL && seen.pulses == 1, "many, and a pulse");
	REACHED("the end");
}
