/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors and the interrupt [DEV-23] [DEV-24] [DEV-25].
 *
 * Error maps are views of GERROR and GERRORN, computed when they are read; there is no
 * state to go stale. The backend's events only say that something happened: what is told
 * to the guest is what is pending when the records were taken. The interrupt is an edge,
 * at most one per call.
 */
#include "event.h"

#include "base/error.h"
#include "base/sequence.h"
#include "lvcmdq.h"

enum { EVENTS_PER_CALL = 64 };

static bool interrupt_masked(const struct cmdqv *dev)
{
	return dev->int_mask[0] & 1U; /* bit 0: VINTF 0 */
}

static void interrupt_pulse_if_pending(struct cmdqv *dev)
{
	const struct cmdqv_trace_event event = {.kind = CMDQV_TRACE_INTERRUPT};

	if (interrupt_masked(dev) || !lvcmdq_any_pending(dev))
		return;
	dev->counters[CMDQV_COUNTER_INTERRUPTS]++;
	if (dev->links.vmm.trace)
		dev->links.vmm.trace(dev->links.vmm_impl, &event);
	dev->links.vmm.interrupt(dev->links.vmm_impl);
}

void event_settle(struct cmdqv *dev)
{
	dev->raise = false;
	interrupt_pulse_if_pending(dev);
}

static void event_note_lost(struct cmdqv *dev, uint64_t lost)
{
	if (lost == 0)
		return;
	dev->counters[CMDQV_COUNTER_EVENTS_LOST] += lost;
	device_log(
		dev, LOG_EVENTS_LOST,
		"%llu events were lost by now; errors are read from the queues, so none is missed",
		(unsigned long long)dev->counters[CMDQV_COUNTER_EVENTS_LOST]);
}

/* The first sequence number that is seen may be any. */
static void event_note_record(struct cmdqv *dev, const struct cmdqv_backend_event *event)
{
	uint32_t gap = dev->sequence_known ? sequence_gap(dev->sequence + 1, event->sequence) : 0;

	dev->sequence = event->sequence & INT32_MAX;
	dev->sequence_known = true;
	event_note_lost(dev, (uint64_t)gap + event->lost);
}

enum reading { READ_RECORD, READ_AGAIN, READ_EMPTY, READ_FAILED };

/* Takes one record, whatever it is; READ_AGAIN if the read took none. */
static enum reading event_take_one(struct cmdqv *dev, int *error)
{
	struct cmdqv_backend_event event = {0};
	int result = dev->links.backend.event_read(dev->links.backend_impl, &event);

	switch (result) {
	case 0:
		return READ_EMPTY;
	case 1:
		event_note_record(dev, &event);
		return READ_RECORD;
	case -EINTR:
		dev->counters[CMDQV_COUNTER_EVENT_READS_INTERRUPTED]++;
		return READ_AGAIN;
	case -EMSGSIZE:
		dev->counters[CMDQV_COUNTER_EVENT_READS_SHORT]++;
		return READ_RECORD;
	case -EBADMSG:
		dev->counters[CMDQV_COUNTER_EVENT_READS_MALFORMED]++;
		return READ_RECORD;
	default:
		dev->counters[CMDQV_COUNTER_EVENT_READS_FAILED]++;
		*error = device_host_error(result);
		device_log(dev, LOG_EVENT_READ, "reading the backend's events failed: %s",
			   error_name(*error).text);
		return READ_FAILED;
	}
}

/*
 * A short or malformed record was consumed, so it counts like any other: an edge too many
 * is harmless where one too few hangs the guest. An interrupted read consumed nothing; it
 * only counts towards the bound, so that interruptions without end do not hold the caller.
 */
static int event_take_all(struct cmdqv *dev, int *error)
{
	int taken = 0;

	for (int reads = 0; reads < EVENTS_PER_CALL; reads++) {
		enum reading reading = event_take_one(dev, error);

		if (reading == READ_RECORD)
			taken++;
		else if (reading != READ_AGAIN)
			break;
	}
	dev->counters[CMDQV_COUNTER_EVENTS] += (unsigned int)taken;
	return taken;
}

int cmdqv_events(struct cmdqv *dev)
{
	int error = 0;
	int taken;

	if (dev->inside)
		return -EBUSY;
	dev->inside = true;
	taken = event_take_all(dev, &error);
	if (taken > 0)
		interrupt_pulse_if_pending(dev);
	dev->inside = false;
	return error ? error : taken;
}

int cmdqv_event_fd(const struct cmdqv *dev)
{
	return dev->links.backend.event_fd(dev->links.backend_impl);
}
