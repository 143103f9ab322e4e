/* SPDX-License-Identifier: BSD-2-Clause */
#include "device.h"

#include "machine.h"
#include "state.h"

#include <errno.h>
#include <string.h>

enum { MOST_CMDQS = 16 }; /* that the guest is shown */

/* ---- what the device asks for ---- */

static int page0_map(void *user, const struct cmdqv_page0_map *page)
{
	struct vmm *vmm = user;

	if (!vmm->config.map_page0)
		return -EOPNOTSUPP;
	return vmm->machine->ops->map_page0(vmm->machine, &page->view);
}

static void page0_unmap(void *user)
{
	struct vmm *vmm = user;

	vmm->machine->ops->unmap_page0(vmm->machine);
}

static void interrupt(void *user)
{
	struct vmm *vmm = user;

	vmm->machine->ops->interrupt(vmm->machine);
}

static bool is_guest_ram(void *user, cmdqv_gpa_t gpa, uint64_t bytes)
{
	struct vmm *vmm = user;

	return memory_contains(&vmm->memory, gpa.value, bytes);
}

static void take_log(void *user, const struct cmdqv_log *log)
{
	struct vmm *vmm = user;

	if (!vmm->config.map_page0 && strcmp(log->id, "page0-trapped") == 0)
		return; /* as it was asked for */
	if (log->level == CMDQV_LOG_HOST && !vmm->host_message[0])
		snprintf(vmm->host_message, sizeof(vmm->host_message), "%s", log->text);
}

static void trace_device(void *user, const struct cmdqv_trace_event *event)
{
	struct vmm *vmm = user;

	recorder_device(&vmm->recorder, event);
}

/* ---- making ---- */

int device_create(struct vmm *vmm, struct cmdqv_error *error)
{
	struct cmdqv_config config = {
		.size = sizeof(config),
		.num_lvcmdqs = 1U << vmm->config.log2_queues,
		.num_sids = 1U << VMM_LOG2_SIDS,
		.cmdqs = vmm->cmdqs < MOST_CMDQS ? vmm->cmdqs : MOST_CMDQS,
		.guest_is_coherent = true, /* the guest of vmm/guest maps page 0 write-back */
	};
	struct cmdqv_vmm_ops ops = {
		.size = sizeof(ops),
		.page0_map = page0_map,
		.page0_unmap = page0_unmap,
		.interrupt = interrupt,
		.is_guest_ram = is_guest_ram,
		.log = take_log,
		.trace = vmm->config.record ? trace_device : NULL,
	};

	return cmdqv_create(&vmm->device, &config, &vmm->backend, &ops, vmm, error);
}
