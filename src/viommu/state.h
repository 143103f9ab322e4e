/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a vIOMMU. */
#ifndef SRC_VIOMMU_STATE_H
#define SRC_VIOMMU_STATE_H

#include <cmdqv/regs.h>

#include "viommu/port.h"

/* A device of the VM. Each id is 0 while there is no such object. */
struct viommu_device {
	bool used;
	bool gone; /* closed, so that its id and number may be another's, or detached: let alone */
	cmdqv_vsid_t vsid;
	struct port_device device;
	uint32_t vdevice_id;
	uint32_t hwpt_id;	 /* nested HWPT that it is attached to */
	uint32_t former_hwpt_id; /* one that could not be destroyed yet */
};

struct cmdqv_viommu {
	struct port port;
	struct port_viommu viommu;
	bool adopted; /* the VMM owns the vIOMMU and its event queues */
	bool claimed; /* a device has it */
	struct port_veventq events[PORT_EVENTS];
	struct cmdqv_hw_info info;
	int broken;			      /* errno of an unbind that failed */
	uint32_t queue_ids[CMDQV_MAX_VCMDQS]; /* 0: not bound */
	struct viommu_device devices[CMDQV_MAX_SIDS];
	uint32_t next_smmu_sequence;
	bool smmu_sequence_known;
};

#endif
