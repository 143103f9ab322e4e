/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VMM may ask: the state item by item, and whether a guest range is in use [DEV-28]. */
#include <stddef.h>

#include "base/sized.h"
#include "lvcmdq.h"

int cmdqv_get_queue(struct cmdqv *dev, uint32_t index, struct cmdqv_queue_state *state)
{
	struct cmdqv_queue_state full;
	const struct lvcmdq *queue;

	if (index >= num_lvcmdqs(dev))
		return -ENOENT;
	queue = &dev->lvcmdqs[index];
	full = (struct cmdqv_queue_state){
		.life = queue->life,
		.bind_error = queue->bind_error,
		.base = lvcmdq_base(queue),
		.bytes = lvcmdq_base_bytes(queue),
		.pinned_gpa = lvcmdq_bound(dev, index) ? lvcmdq_base_gpa(queue) : 0,
		.pinned_bytes = lvcmdq_bound(dev, index) ? lvcmdq_base_bytes(queue) : 0,
		.prod = lvcmdq_page0(dev, index, REG_VCMDQ_PROD),
		.cons = lvcmdq_page0(dev, index, REG_VCMDQ_CONS),
		.gerror = lvcmdq_page0(dev, index, REG_VCMDQ_GERROR),
		.gerrorn = lvcmdq_page0(dev, index, REG_VCMDQ_GERRORN),
		.en = lvcmdq_page0(dev, index, REG_VCMDQ_CONFIG) != 0,
		.en_ok = lvcmdq_page0(dev, index, REG_VCMDQ_STATUS) != 0,
	};
	return sized_out(state, SIZED_STRUCT(cmdqv_queue_state), &full);
}

int cmdqv_get_state(struct cmdqv *dev, struct cmdqv_state *state)
{
	const struct cmdqv_state full = {
		.version = 1,
		.num_lvcmdqs = num_lvcmdqs(dev),
		.num_sids = reg_num_sids(&dev->geometry),
		.cmdqs = dev->cmdqs,
		.cmdqv_enabled = config_enabled(dev),
		.vintf_enabled = vintf_enabled(dev),
		.page0 = dev->page0,
		.page0_error = dev->page0_error,
		.backend_broken = backend_broken(dev),
		.device_bytes = sizeof(*dev) + num_lvcmdqs(dev) * sizeof(dev->lvcmdqs[0]),
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
	if (backend_broken(dev))
		return true;
	for (uint32_t index = 0; index < dev->num_bound; index++) {
		const struct lvcmdq *queue = &dev->lvcmdqs[index];
		uint64_t first = lvcmdq_base_gpa(queue);

		if (first <= last_byte(gpa.value, bytes) &&
		    gpa.value <= last_byte(first, lvcmdq_base_bytes(queue)))
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
	case CMDQV_QUEUE_HELD:
		return "held";
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
	case CMDQV_PAGE0_RESTING:
		return "resting";
	}
	return "unknown";
}
