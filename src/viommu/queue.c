/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HW queues. Bind and unbind are one call each: the kernel pins the queue's memory, maps the
 * VCMDQ and sets BASE, and before it lets go of the memory it disables the queue and waits. The
 * other registers are loads and stores to page 0, which cost no system call on Linux.
 *
 * An unbind that fails breaks the vIOMMU for good: the queue and its memory belong to the kernel
 * until the iommufd is closed [DEV-31].
 */
#include "viommu/queue.h"

#include <errno.h>

#include "base/error.h"
#include "describe/failure.h"
#include "viommu/event.h"
#include "viommu/object.h"

static int queue_geometry(void *impl, struct cmdqv_backend_geometry *geometry)
{
	const struct cmdqv_viommu *viommu = impl;

	*geometry = (struct cmdqv_backend_geometry){
		.num_lvcmdqs = viommu->info.num_lvcmdqs,
		.num_sids = viommu->info.num_sids,
		.version = viommu->info.version,
		/* What the VMM says, not this kernel: the VM's next host may have a newer one. */
		.errata = viommu->port.guest_repeats ? CMDQV_SMMU_REPEAT : 0,
	};
	return 0;
}

static int queue_bind(void *impl, uint32_t index, cmdqv_gpa_t base, uint64_t bytes,
		      struct cmdqv_error *error)
{
	struct cmdqv_viommu *viommu = impl;
	const struct port *port = &viommu->port;
	uint32_t id;
	int err;

	if (viommu->broken)
		return cmdqv_error_set(error, -EIO, "backend-broken",
				       "an earlier unbind failed: %s; no queue is bound any more: "
				       "stop the VM",
				       error_name(viommu->broken).text);
	if (index >= viommu->info.num_lvcmdqs)
		return failure_set(error, REASON_HW_QUEUE_ALLOC, -EINVAL);
	if (viommu->queue_ids[index])
		return failure_set(error, REASON_HW_QUEUE_ALLOC, -EEXIST);
	err = port->ops->hw_queue_alloc(port, viommu->viommu.id, index, base, bytes, &id);
	/* The kernel may have made a queue that nothing can name: as if its unbind had failed. */
	if (err == -EPROTO)
		viommu->broken = err;
	if (err)
		return failure_set(error, REASON_HW_QUEUE_ALLOC, err);
	viommu->queue_ids[index] = id;
	return 0;
}

/* [DEV-31] */
static void queue_unbind(void *impl, uint32_t index)
{
	struct cmdqv_viommu *viommu = impl;
	int err = -ENOENT;

	if (index < CMDQV_MAX_VCMDQS && viommu->queue_ids[index])
		err = object_let_go(&viommu->port, &viommu->queue_ids[index]);
	if (err && !viommu->broken)
		viommu->broken = err;
}

static bool queue_has_register(const struct cmdqv_viommu *viommu, uint32_t index, uint32_t reg)
{
	return index < viommu->info.num_lvcmdqs && reg < CMDQV_VCMDQ_STRIDE &&
	       reg % sizeof(uint32_t) == 0;
}

static uint32_t queue_read(void *impl, uint32_t index, uint32_t reg)
{
	const struct cmdqv_viommu *viommu = impl;

	if (!queue_has_register(viommu, index, reg))
		return 0;
	return viommu->port.ops->load(&viommu->port, &viommu->viommu,
				      index * CMDQV_VCMDQ_STRIDE + reg);
}

static void queue_write(void *impl, uint32_t index, uint32_t reg, uint32_t value)
{
	const struct cmdqv_viommu *viommu = impl;

	if (queue_has_register(viommu, index, reg))
		viommu->port.ops->store(&viommu->port, &viommu->viommu,
					index * CMDQV_VCMDQ_STRIDE + reg, value);
}

static int queue_page0_view(void *impl, struct cmdqv_page_view *view)
{
	const struct cmdqv_viommu *viommu = impl;

	*view = viommu->viommu.page;
	return 0;
}

static int queue_event_fd(void *impl)
{
	const struct cmdqv_viommu *viommu = impl;

	return viommu->events[PORT_EVENTS_CMDQV].fd;
}

static int queue_event_read(void *impl, struct cmdqv_backend_event *event)
{
	return event_read_cmdqv(impl, event);
}

static int queue_broken(void *impl)
{
	const struct cmdqv_viommu *viommu = impl;

	return viommu->broken;
}

static int queue_claim(void *impl)
{
	struct cmdqv_viommu *viommu = impl;

	if (viommu->claimed)
		return -EBUSY;
	viommu->claimed = true;
	return 0;
}

static void queue_release(void *impl)
{
	struct cmdqv_viommu *viommu = impl;

	viommu->claimed = false;
}

const struct cmdqv_backend_ops queue_backend_ops = {
	.size = sizeof(struct cmdqv_backend_ops),
	.geometry = queue_geometry,
	.queue_bind = queue_bind,
	.queue_unbind = queue_unbind,
	.queue_read = queue_read,
	.queue_write = queue_write,
	.page0_view = queue_page0_view,
	.event_fd = queue_event_fd,
	.event_read = queue_event_read,
	.broken = queue_broken,
	.claim = queue_claim,
	.release = queue_release,
};

void queue_close_all(struct cmdqv_viommu *viommu)
{
	for (uint32_t i = CMDQV_MAX_VCMDQS; i-- > 0;)
		(void)object_let_go(&viommu->port, &viommu->queue_ids[i]);
}
