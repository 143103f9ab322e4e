/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the iommufd backend share. */
#ifndef SRC_VIOMMU_INTERNAL_H
#define SRC_VIOMMU_INTERNAL_H

#include <cmdqv/regs.h>

#include "iommufd/call.h"

/* A device of the VM. Each id is 0 while there is no such object. */
struct iommufd_device {
	bool used;
	cmdqv_vsid_t vsid;
	uint32_t dev_id;
	int fd; /* VFIO descriptor, borrowed; -1 and no dev_id: it was closed */
	uint32_t vdevice_id;
	uint32_t hwpt_id;	 /* nested HWPT that it is attached to */
	uint32_t former_hwpt_id; /* one that could not be destroyed yet */
};

struct cmdqv_iommufd {
	int fd; /* borrowed */
	uint32_t viommu_id;
	bool adopted; /* the vIOMMU and its event queues are the VMM's */
	uint64_t mmap_offset;
	void *page;
	struct iommufd_veventq events[IOMMUFD_EVENTS];
	struct cmdqv_iommufd_hw_info info;
	int broken;
	uint32_t queue_ids[CMDQV_MAX_VCMDQS]; /* 0: not bound */
	struct iommufd_device devices[CMDQV_MAX_SIDS];
	uint32_t next_smmu_sequence;
	bool smmu_sequence_known;
};

/* iommufd_smmu.c: every device, as far as that can be done. */
void iommufd_smmu_close(struct cmdqv_iommufd *backend);

#endif
