/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the kernel share: its objects, and its way to the registers.
 *
 * An object lives in one iommufd under an id. `users` counts what keeps it from being
 * destroyed: its children, a mapping, an open descriptor, an attached device.
 *
 *	IOAS <- HWPT (nest parent) <- vIOMMU <- nested HWPT, vDEVICE, vEVENTQ, HW queue
 *	HW queue n <- HW queue n + 1
 */
#ifndef SRC_KERNEL_INTERNAL_H
#define SRC_KERNEL_INTERNAL_H

#include <stdatomic.h>

#include <cmdqv/regs.h>

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
	struct area *next; /* by ascending IOVA */
	uint64_t iova;
	uint64_t last; /* inclusive */
	void *host;
	bool readable;
	uint32_t locks; /* queues that lie in it: the whole area stays */
};

struct ioas {
	struct object object;
	struct area *areas;
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
	uint64_t sids;		     /* SID slots in use */
	struct hw_queue **queues;    /* by logical index: in the kernel's table */
	struct veventq *event_queue; /* list */
};

struct nested {
	struct object object;
	struct viommu *viommu;
	bool stage1;
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
	struct kernel_vevent_cmdqv data;
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

/* kernel.c: one access each. */
struct reg_ref reg_of_global(enum reg_id id, uint32_t index);
struct reg_ref reg_of_vintf(enum reg_id id, uint32_t vintf, uint32_t index);
struct reg_ref reg_of_queue(enum reg_id id, uint32_t vintf, uint32_t lvcmdq);
uint32_t kernel_read32(struct kernel *kernel, struct reg_ref ref);
uint64_t kernel_read64(struct kernel *kernel, struct reg_ref ref);
void kernel_write32(struct kernel *kernel, struct reg_ref ref, uint32_t value);
void kernel_write64(struct kernel *kernel, struct reg_ref ref, uint64_t value);

/* Reads until bit 0 is `set`. Returns: 0; -ETIMEDOUT; -EBUSY: inside a callback of the model. */
int kernel_poll(struct kernel *kernel, struct reg_ref status, bool set);

/* object.c */
void object_add(struct kernel_iommufd *fd, struct object *object, enum object_type type);
void object_remove(struct kernel_iommufd *fd, struct object *object);
struct object *object_find_any(const struct kernel_iommufd *fd, uint32_t id);
struct object *object_find(const struct kernel_iommufd *fd, uint32_t id, enum object_type type);

/* ioas.c */
int ioas_pin(struct ioas *ioas, uint64_t iova, uint64_t length, uint64_t granule, uint8_t **host);
void ioas_unpin(struct ioas *ioas, uint64_t iova, uint64_t length);
bool ioas_msi_is_free(struct ioas *ioas);
void ioas_fini(struct ioas *ioas);

/* hwpt.c */
void hwpt_fini(struct kernel *kernel, struct hwpt *hwpt);
void nested_fini(struct nested *nested);

/* viommu.c */
void viommu_fini(struct kernel *kernel, struct viommu *viommu);

/* vdevice.c */
void vdevice_fini(struct kernel *kernel, struct vdevice *vdevice);
struct vdevice *vdevice_find(const struct kernel_iommufd *fd, const struct viommu *viommu,
			     uint64_t vsid);

/* hwqueue.c */
void hw_queue_fini(struct kernel *kernel, struct hw_queue *queue);

/* veventq.c */
void veventq_fini(struct veventq *queue);
void veventq_post(struct viommu *viommu, const struct kernel_vevent_cmdqv *event);

static inline uint32_t physical_queue(const struct kernel *kernel, uint32_t vintf, uint32_t lvcmdq)
{
	return vintf * reg_num_lvcmdqs(&kernel->geometry) + lvcmdq;
}

#endif
