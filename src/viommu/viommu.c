/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a vIOMMU: open, adopt, close, and what the kernel says about its SMMU.
 *
 * It is undone in the kernel's order, for any other would be busy: queues from the top, devices
 * with their vDEVICEs and nested HWPTs, event queues (descriptor first), the mapping of page 0,
 * the vIOMMU.
 */
#include "viommu/viommu.h"

#include <errno.h>
#include <stdlib.h>

#include "base/sized.h"
#include "describe/failure.h"
#include "viommu/device.h"
#include "viommu/object.h"
#include "viommu/queue.h"

static int viommu_check_results(struct cmdqv_viommu *const *out,
				const struct cmdqv_backend *backend, struct cmdqv_error *error)
{
	if (out && backend)
		return 0;
	return cmdqv_error_set(error, -EINVAL, "no-result", "%s is NULL", out ? "backend" : "out");
}

/* [DEV-34] */
static int viommu_check_errata(const struct cmdqv_hw_info *info, const struct port *port,
			       struct cmdqv_error *error)
{
	if (!(info->smmu_flags & CMDQV_SMMU_REPEAT) || port->guest_repeats)
		return 0;
	return cmdqv_error_set(
		error, -EOPNOTSUPP, "erratum-repeat",
		"this SMMU wants each TLBI and CFGI twice (T264-SMMU-3); describe it "
		"to the guest by device tree as nvidia,tegra264-smmu, and set "
		"guest_repeats");
}

static int viommu_new(struct cmdqv_viommu **viommu, const struct port *port, uint32_t dev_id,
		      struct cmdqv_error *error)
{
	struct cmdqv_viommu *v = calloc(1, sizeof(*v));
	int err;

	if (!v)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "no memory for a vIOMMU");
	v->port = *port;
	err = port->ops->hw_info(port, dev_id, &v->info);
	if (err) {
		free(v);
		return failure_set(error, REASON_HW_INFO, err);
	}
	v->info.size = sizeof(v->info);
	err = viommu_check_errata(&v->info, port, error);
	if (err) {
		free(v);
		return err;
	}
	*viommu = v;
	return 0;
}

static int viommu_map_page(struct cmdqv_viommu *viommu, struct cmdqv_error *error)
{
	int err = viommu->port.ops->page_map(&viommu->port, &viommu->viommu);

	return err ? failure_set(error, REASON_MAP_PAGE, err) : 0;
}

static int viommu_open_events(struct cmdqv_viommu *viommu, enum port_events type,
			      struct cmdqv_error *error)
{
	int err = viommu->port.ops->veventq_alloc(&viommu->port, viommu->viommu.id, type,
						  &viommu->events[type]);

	return err ? failure_set(error, REASON_VEVENTQ_ALLOC, err) : 0;
}

static void viommu_publish(struct cmdqv_viommu *viommu, struct cmdqv_viommu **out,
			   struct cmdqv_backend *backend)
{
	*backend = (struct cmdqv_backend){.ops = &queue_backend_ops, .impl = viommu};
	*out = viommu;
}

int viommu_open(struct cmdqv_viommu **out, const struct port *port, uint32_t dev_id,
		uint32_t hwpt_id, struct cmdqv_backend *backend, struct cmdqv_error *error)
{
	struct cmdqv_viommu *viommu;
	int err = viommu_check_results(out, backend, error);

	if (err)
		return err;
	err = viommu_new(&viommu, port, dev_id, error);
	if (err)
		return err;
	err = port->ops->viommu_alloc(port, dev_id, hwpt_id, &viommu->viommu);
	if (err) {
		(void)failure_set(error, REASON_VIOMMU_ALLOC, err);
		goto err_free;
	}
	err = viommu_map_page(viommu, error);
	if (err)
		goto err_destroy_viommu;
	err = viommu_open_events(viommu, PORT_EVENTS_CMDQV, error);
	if (err)
		goto err_unmap_page;
	err = viommu_open_events(viommu, PORT_EVENTS_SMMU, error);
	if (err)
		goto err_close_events;
	viommu_publish(viommu, out, backend);
	return 0;

err_close_events:
	port->ops->veventq_free(port, &viommu->events[PORT_EVENTS_CMDQV]);
err_unmap_page:
	port->ops->page_unmap(port, &viommu->viommu);
err_destroy_viommu:
	(void)object_destroy(port, viommu->viommu.id);
err_free:
	free(viommu);
	return err;
}

int viommu_adopt(struct cmdqv_viommu **out, const struct port *port,
		 const struct viommu_adopted *adopted, struct cmdqv_backend *backend,
		 struct cmdqv_error *error)
{
	struct cmdqv_viommu *viommu;
	int err = viommu_check_results(out, backend, error);

	if (err)
		return err;
	err = viommu_new(&viommu, port, adopted->dev_id, error);
	if (err)
		return err;
	viommu->adopted = true;
	viommu->viommu = adopted->viommu;
	for (int type = 0; type < PORT_EVENTS; type++)
		viommu->events[type].fd = adopted->event_fds[type];
	err = viommu_map_page(viommu, error);
	if (err) {
		free(viommu);
		return err;
	}
	viommu_publish(viommu, out, backend);
	return 0;
}

void cmdqv_viommu_close(struct cmdqv_viommu *viommu)
{
	if (!viommu)
		return;
	queue_close_all(viommu);
	device_close_all(viommu);
	if (!viommu->adopted) {
		viommu->port.ops->veventq_free(&viommu->port, &viommu->events[PORT_EVENTS_SMMU]);
		viommu->port.ops->veventq_free(&viommu->port, &viommu->events[PORT_EVENTS_CMDQV]);
	}
	viommu->port.ops->page_unmap(&viommu->port, &viommu->viommu);
	if (!viommu->adopted)
		(void)object_destroy(&viommu->port, viommu->viommu.id);
	free(viommu);
}

int viommu_query(const struct port *port, uint32_t dev_id, struct cmdqv_hw_info *info,
		 struct cmdqv_error *error)
{
	const struct sized *sized = SIZED_STRUCT(cmdqv_hw_info);
	struct cmdqv_hw_info answer = {.size = sizeof(answer)};
	int err;

	/* Before the kernel is asked. */
	if (sized_out(info, sized, &answer))
		return cmdqv_error_set(
			error, -EINVAL, "bad-size",
			"struct cmdqv_hw_info is NULL or too small: set its size to sizeof");
	err = port->ops->hw_info(port, dev_id, &answer);
	if (err)
		return failure_set(error, REASON_HW_INFO, err);
	return sized_out(info, sized, &answer);
}

int cmdqv_viommu_hw_info(const struct cmdqv_viommu *viommu, struct cmdqv_hw_info *info)
{
	return sized_out(info, SIZED_STRUCT(cmdqv_hw_info), &viommu->info);
}

uint32_t cmdqv_viommu_id(const struct cmdqv_viommu *viommu)
{
	return viommu->viommu.id;
}
