/* SPDX-License-Identifier: BSD-2-Clause */
#include "look.h"

#include "state.h"
#include "upcall.h"

#include <string.h>

static void look_at_queue(struct vmm *vmm, uint32_t index, struct vmm_look *look)
{
	struct vmm_look_queue *queue = &look->queues[index];
	uint64_t entries;

	queue->state.size = sizeof(queue->state);
	queue->number = index;
	(void)cmdqv_get_queue(vmm->device, index, &queue->state);
	/* PROD and CONS have a wrap bit above the index. */
	entries = queue->state.bytes / CMDQV_ENTRY_BYTES;
	if (entries)
		queue->waiting =
			(uint32_t)((queue->state.prod - queue->state.cons) & (2 * entries - 1));
	look->counted = vmm->backend_ops->count_queue(vmm, index, &queue->commands, &queue->errors);
}

void vmm_look(struct vmm *vmm, struct vmm_look *look)
{
	size_t phase;

	memset(look, 0, sizeof(*look));
	look->device.size = sizeof(look->device);
	vmm_lock(vmm);
	phase = vmm->report.phase_count;
	look->phase = upcall_phase_name(
		(enum guest_phase)(phase < GUEST_PHASE_COUNT ? phase : GUEST_PHASE_COUNT - 1));
	/* There is none after a move that failed. */
	if (vmm->device) {
		(void)cmdqv_get_state(vmm->device, &look->device);
		for (size_t i = 0; i < CMDQV_COUNTERS; i++)
			look->counters[i] = cmdqv_get_counter(vmm->device, (enum cmdqv_counter)i);
		look->queue_count = look->device.num_lvcmdqs;
		for (uint32_t i = 0; i < look->queue_count; i++)
			look_at_queue(vmm, i, look);
	}
	pthread_mutex_unlock(&vmm->lock);
}
