/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VMM may ask: the whole state, and whether a guest range is in use [DEV-28]. */
#include <string.h>

#include "base/sized.h"
#include "device.h"

/* Size of struct cmdqv_state in version 0.1. */
enum { STATE_BYTES_0_1 = sizeof(struct cmdqv_state) };

static uint32_t page0_register(struct cmdqv *dev, uint32_t slot, enum reg_id id)
{
	const struct reg_ref ref = {
		.match = REG_PRESENT, .id = id, .page = CMDQV_AT_DIRECT0, .slot = (uint8_t)slot};

	return vcmdq_page0_read(dev, &ref);
}

static void fill_queue(struct cmdqv *dev, uint32_t slot, struct cmdqv_queue_state *to)
{
	const struct slot *s = &dev->slots[slot];

	*to = (struct cmdqv_queue_state){
		.life = s->life,
		.bind_error = s->bind_error,
		.base = vcmdq_base(s),
		.bytes = vcmdq_base_bytes(s),
		.pinned_gpa = queue_bound(dev, slot) ? vcmdq_base_gpa(s) : 0,
		.pinned_bytes = queue_bound(dev, slot) ? vcmdq_base_bytes(s) : 0,
		.prod = page0_register(dev, slot, REG_VCMDQ_PROD),
		.cons = page0_register(dev, slot, REG_VCMDQ_CONS),
		.gerror = page0_register(dev, slot, REG_VCMDQ_GERROR),
		.gerrorn = page0_register(dev, slot, REG_VCMDQ_GERRORN),
		.en = page0_register(dev, slot, REG_VCMDQ_CONFIG) != 0,
		.en_ok = page0_register(dev, slot, REG_VCMDQ_STATUS) != 0,
	};
}

static void fill_counters(const struct counters *from, struct cmdqv_state *to)
{
	memcpy(to->traps, from->traps, sizeof(to->traps));
	memcpy(to->guest_errors, from->guest_errors, sizeof(to->guest_errors));
	to->binds = from->binds;
	to->bind_failures = from->bind_failures;
	to->unbinds = from->unbinds;
	to->page0_maps = from->page0_maps;
	to->page0_map_failures = from->page0_map_failures;
	to->page0_unmaps = from->page0_unmaps;
	to->events = from->events;
	to->events_lost = from->events_lost;
	to->event_reads_interrupted = from->event_reads_interrupted;
	to->event_reads_short = from->event_reads_short;
	to->event_reads_malformed = from->event_reads_malformed;
	to->event_reads_failed = from->event_reads_failed;
	to->interrupts = from->interrupts;
	to->resets = from->resets;
}

int cmdqv_get_state(struct cmdqv *dev, struct cmdqv_state *state)
{
	struct cmdqv_state full = {
		.version = 1,
		.num_lvcmdqs = num_slots(dev),
		.num_sids = reg_num_sids(&dev->geometry),
		.cmdqs = dev->cmdqs,
		.cmdqv_enabled = config_enabled(dev),
		.vintf_enabled = vintf_enabled(dev),
		.page0 = dev->page0,
		.page0_error = dev->page0_error,
		.backend_broken = queue_backend_broken(dev),
		.device_bytes = sizeof(*dev) + num_slots(dev) * sizeof(dev->slots[0]),
	};

	fill_counters(&dev->counters, &full);
	for (uint32_t slot = 0; slot < num_slots(dev); slot++)
		fill_queue(dev, slot, &full.queues[slot]);
	return sized_copy_out(state, &full, sizeof(full), STATE_BYTES_0_1);
}

/* The last byte of a range that is not empty, clipped at the end of the address space. */
static uint64_t last_byte(uint64_t first, uint64_t bytes)
{
	return bytes - 1 > UINT64_MAX - first ? UINT64_MAX : first + bytes - 1;
}

bool cmdqv_range_in_use(const struct cmdqv *dev, cmdqv_gpa_t gpa, uint64_t bytes)
{
	if (bytes == 0)
		return false;
	if (queue_backend_broken(dev))
		return true;
	for (uint32_t slot = 0; slot < dev->num_bound; slot++) {
		const struct slot *s = &dev->slots[slot];
		uint64_t first = vcmdq_base_gpa(s);

		if (first <= last_byte(gpa.value, bytes) &&
		    gpa.value <= last_byte(first, vcmdq_base_bytes(s)))
			return true;
	}
	return false;
}

const char *cmdqv_queue_life_name(enum cmdqv_queue_life life)
{
	switch (life) {
	case CMDQV_QUEUE_IDLE:
		return "idle";
	case CMDQV_QUEUE_WAITING:
		return "waiting";
	case CMDQV_QUEUE_BOUND:
		return "bound";
	case CMDQV_QUEUE_FAILED:
		return "failed";
	}
	return "unknown";
}

const char *cmdqv_page0_life_name(enum cmdqv_page0_life life)
{
	switch (life) {
	case CMDQV_PAGE0_NONE:
		return "none";
	case CMDQV_PAGE0_MAPPED:
		return "mapped";
	case CMDQV_PAGE0_TRAPPED:
		return "trapped";
	}
	return "unknown";
}

const char *cmdqv_guest_error_name(enum cmdqv_guest_error kind)
{
	switch (kind) {
	case CMDQV_GUEST_BAD_SIZE:
		return "bad-size";
	case CMDQV_GUEST_UNALIGNED:
		return "unaligned";
	case CMDQV_GUEST_OUTSIDE:
		return "outside";
	case CMDQV_GUEST_HOLE:
		return "hole";
	case CMDQV_GUEST_BAD_ALLOC:
		return "bad-alloc";
	case CMDQV_GUEST_BASE_IN_USE:
		return "base-in-use";
	case CMDQV_GUEST_BAD_BASE:
		return "bad-base";
	case CMDQV_GUEST_STUCK_QUEUE:
		return "stuck-queue";
	case CMDQV_GUEST_ERRORS:
		break;
	}
	return "unknown";
}
