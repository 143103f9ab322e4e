/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening a vIOMMU on a port; for the files that implement one. */
#ifndef SRC_VIOMMU_VIOMMU_H
#define SRC_VIOMMU_VIOMMU_H

#include "viommu/port.h"

/*
 * On success *out and *backend are filled in, and cmdqv_viommu_close() undoes it. `port` is
 * copied. Returns: 0 or a negative errno, with a sentence; of a failure nothing is left.
 */
int viommu_open(struct cmdqv_viommu **out, const struct port *port, uint32_t dev_id,
		uint32_t hwpt_id, struct cmdqv_backend *backend, struct cmdqv_error *error);

/* A vIOMMU that the VMM made itself, and the descriptors of its event queues; -1: none. */
struct viommu_adopted {
	uint32_t dev_id;
	struct port_viommu viommu;
	int event_fds[PORT_EVENTS];
};

int viommu_adopt(struct cmdqv_viommu **out, const struct port *port,
		 const struct viommu_adopted *adopted, struct cmdqv_backend *backend,
		 struct cmdqv_error *error);

/* The body of a query without a vIOMMU: checks info->size before the kernel is asked. */
int viommu_query(const struct port *port, uint32_t dev_id, struct cmdqv_hw_info *info,
		 struct cmdqv_error *error);

#endif
