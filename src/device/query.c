/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VMM may ask: the state item by item, and whether a guest range is in use [DEV-28]. */
#include <stddef.h>

#include "base/sized.h"
#include "lvcmdq.h"

static uint32_t page0_register(struct cmdqv *dev, uint32_t slot, enum reg_id id)
{
	const struct reg_ref ref = {
		.match = REG_PRESENT, .id = id, .page = CMDQV_AT_DIRECT0, .slot = (uint8_t)slot};

	return vcmdq_page0_read(dev, &ref);
}

int cmdqv_get_queue(struct cmdqv *dev, uint32_t index, struct cmdqv_queue_state *state)
{
	struct cmdqv_queue_state full;
	const struct slot *s;

	if (index >= num_slots(dev))
		return -ENOENT;
	s = &dev->slots[index];
	full = (struct cmdqv_queue_state){
		.life = s->life,
		.bind_error = s->bind_error,
		.base = vcmdq_base(s),
		.bytes = vcmdq_base_bytes(s),
		.pinned_gpa = queue_bound(dev, index) ? vcmdq_base_gpa(s) : 0,
		.pinned_bytes = queue_bound(dev, index) ? vcmdq_base_bytes(s) : 0,
		.prod = page0_register(dev, index, REG_VCMDQ_PROD),
		.cons = page0_register(dev, index, REG_VCMDQ_CONS),
		.gerror = page0_register(dev, index, REG_VCMDQ_GERROR),
		.gerrorn = page0_register(dev, index, REG_VCMDQ_GERRORN),
		.en = page0_register(dev, index, REG_VCMDQ_CONFIG) != 0,
		.en_ok = page0_register(dev, index, REG_VCMDQ_STATUS) != 0,
	};
	return sized_out(state, SIZED_STRUCT(cmdqv_queue_state), &full);
}

int cmdqv_get_state(struct cmdqv *dev, struct cmdqv_state *state)
{
	const struct cmdqv_state full = {
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

	return sized_out(state, SIZED_STRUCT(cmdqv_state), &full);
}

uint64_t cmdqv_get_counter(const struct cmdqv *dev, enum cmdqv_counter counter)
{
	return (unsigned int)counter < CMDQV_COUNTERS ? dev->counters[counter] : 0;
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
