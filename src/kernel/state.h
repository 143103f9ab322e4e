/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of the kernel: itself, the iommufds that are open, their objects.
 *
 * An object lives in one iommufd under an id. `users` counts what keeps it from being
 * destroyed: its children, a mapping, an open descriptor, an attached device.
 *
 *	IOAS <- HWPT (nest parent) <- vIOMMU <- nested HWPT, vDEVICE, vEVENTQ, HW queue
 *	HW queue n <- HW queue n + 1
 */
#ifndef SRC_KERNEL_STATE_H
#define SRC_KERNEL_STATE_H

#include <stdatomic.h>

#include "kernel/kernel.h"
#include "regs/registers.h"

#define KERNEL_PAGE_BYTES 0x1000U
#define VMID_WORDS ((UINT16_MAX + 1) / 64)
#define SLOT_NONE UINT32_MAX

enum object_type {
	OBJECT_DEVICE,
	OBJECT_IOAS,
	OBJECT_HWPT,
	OBJECT_NESTED,
	OBJECT_VIOMMU,
	OBJECT_VDEVICE,
	OBJECT_HW_QUEUE,
	OBJECT_VEVENTQ,
	OBJECT_TOMBSTONE, /* a vDEVICE whose device went away first: the id stays taken */
};

/* First member of every object. */
struct object {
	struct object *next; /* by ascending id */
	uint32_t id;
	enum object_type type;
	uint32_t users;
};

struct area {
	uint64_t iova;
	uint64_t last; /* inclusive */
	void *host;
	bool readable;
	bool writable;
	uint32_t locks; /* queues that lie in it: the whole area stays */
};

struct ioas {
	struct object object;
	struct area *areas; /* from the lowest up */
	size_t count;
	size_t room;
	uint32_t attached; /* devices: while there are any, the MSI window is reserved */
};

struct hwpt {
	struct object object;
	struct ioas *ioas;
	bool nest_parent;
	uint16_t vmid; /* of a nest parent */
};

struct viommu {
	struct object object;
	struct hwpt *parent;
	uint32_t type;
	uint32_t vintf; /* 0: it has none, as its type is not CMDQV */
	uint64_t mmap_offset;
	uint32_t mappings;
	uint64_t sids;		  /* SID slots in use */
	struct hw_queue **queues; /* by logical index: in the kernel's table */
	bool repeats;		  /* its next invalidations are the second time [HW-25] */
	uint64_t late; /* unbound LVCMDQs with a time-out to report; a VM has 64 at most */
	struct veventq *event_queue; /* list */
};

struct nested {
	struct object object;
	struct viommu *viommu;
	bool stage1;
	uint64_t ste[2];
};

struct device {
	struct object object;
	uint32_t sid;
	uint32_t num_sids;
	struct vdevice *vdevice;
	struct object *attached; /* IOAS, HWPT or nested HWPT */
};

struct vdevice {
	struct object object;
	struct viommu *viommu;
	struct device *device;
	uint64_t vsid;
	uint32_t slot; /* SLOT_NONE: of a vIOMMU without a VINTF */
};

struct hw_queue {
	struct object object;
	struct viommu *viommu;
	uint32_t index;
	uint64_t iova;
	uint64_t length;
	uint8_t *host; /* the pinned memory */
};

struct vevent {
	uint32_t sequence;
	uint64_t data[4]; /* as many words as its type has */
};

struct veventq {
	struct object object;
	struct veventq *next; /* of the same vIOMMU */
	struct viommu *viommu;
	uint32_t type;
	int fd; /* eventfd; -1 once closed */
	uint32_t depth;
	uint32_t head;
	uint32_t count;
	uint32_t sequence;	/* of the next event */
	bool lost;		/* a lost-events record is the last one */
	uint32_t lost_sequence; /* its number */
	struct vevent *ring;	/* depth entries */
};

struct kernel {
	struct cmdqv_model *model;
	struct kernel_config config;
	struct kernel_ops ops;
	void *user;
	struct cmdqv_geometry geometry;
	_Atomic bool interrupt;
	struct kernel_iommufd *fds;
	uint64_t vmids[VMID_WORDS];		   /* in use; VMID 0 is the host's */
	struct viommu *vintfs[CMDQV_MAX_VINTFS];   /* owners; VINTF 0 is the kernel's */
	struct hw_queue *queues[CMDQV_MAX_VCMDQS]; /* by physical index */
};

struct kernel_iommufd {
	struct kernel *kernel;
	struct kernel_iommufd *next;
	struct object *objects;
};

#endif
