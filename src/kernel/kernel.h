/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Linux host kernel's part in software [HW-21]: what /dev/iommu answers for an SMMUv3
 * with a CMDQV, on the model instead of silicon.
 *
 *   struct kernel	   a booted kernel that drives one physical CMDQV
 *   struct kernel_iommufd one open /dev/iommu: a name space of object ids
 *
 * Each call has the shape of its ioctl: the members of its struct are those of the uAPI,
 * checked in the kernel's order, answered with the kernel's errno (docs/spec.md section 2.3),
 * so that an ioctl front only copies. A user pointer there is a pointer here. A call that
 * fails changes only what its comment says.
 *
 * Threads: the model's lock domain [HW-12]; no locks here. Nothing blocks. Only calls that
 * create an object allocate.
 *
 * Not modelled: several SMMUs, IOVAs that the kernel chooses, IOAS_COPY and its kin, fault
 * queues, PASIDs, user pointers that fault, the second id that a queue takes for its hold on
 * memory. Invalidation checks what Linux 7.2 checks, not the fields that 7.3 added.
 */
#ifndef SRC_KERNEL_KERNEL_H
#define SRC_KERNEL_KERNEL_H

#include <cmdqv/model/model.h>
#include <cmdqv/types.h>
#include <sys/types.h>

struct kernel;
struct kernel_iommufd;

struct kernel_config {
	uint8_t cmdqs;		/* physical IDR1.CMDQS, 7 to 19 */
	uint8_t vmid_bits;	/* 8 or 16 */
	uint32_t smmu_flags;	/* of GET_HW_INFO; bit 0: see [HW-25] */
	uint64_t granule_bytes; /* memory is contiguous within this power of two; 0: everywhere */
};

struct kernel_ops {
	/* Execute a command of the SMMU's own queue, as struct cmdqv_model_ops says. */
	int (*execute)(void *user, const struct cmdqv_command *command);
};

/*
 * Boots: probes and resets the CMDQV. `model` is borrowed, its operations read and
 * interrupt must end in the two functions below.
 *
 * Returns: 0; -EINVAL; -ENODEV: not a CMDQV of version 1; -ETIMEDOUT: it did not enable;
 * -ENOMEM.
 */
int kernel_create(struct kernel **out, struct cmdqv_model *model,
		  const struct kernel_config *config, const struct kernel_ops *ops, void *user);

/* Every iommufd must have been closed. NULL is allowed. */
void kernel_destroy(struct kernel *kernel);

/*
 * The model reads memory: `address` is in the window of a queue, 16 MiB << its index
 * [HW-17]. Returns: 0; -EFAULT: not within memory that is pinned for a queue of `vintf`;
 * -EINVAL: not whole 8 bytes.
 */
int kernel_read_memory(const struct kernel *kernel, uint32_t vintf, uint64_t address, void *buffer,
		       size_t bytes);

/* The model's interrupt: taken note of, as it comes from inside a call on the model. */
void kernel_raise_interrupt(struct kernel *kernel);

/* Has one been raised and not handled? Any thread, no lock. */
bool kernel_interrupt_pending(const struct kernel *kernel);

/* Handles it, if there is one: to be called after each call on the model. */
void kernel_handle_interrupt(struct kernel *kernel);

/*
 * What the physical SMMU reads: the eight words of a stream table entry (V is 0 where there is no
 * device), and stage 2 of a VMID, as the area that holds `ipa`. A physical address is an address of
 * this process: kernel_memory() gives what is mapped for DMA there, or NULL.
 */
void kernel_stream_entry(const struct kernel *kernel, uint32_t sid, uint64_t entry[8]);

struct kernel_span {
	uint64_t ipa;
	uint64_t bytes;
	void *host;
	bool writable;
};

bool kernel_stage2(const struct kernel *kernel, uint16_t vmid, uint64_t ipa,
		   struct kernel_span *span);
void *kernel_memory(const struct kernel *kernel, uint64_t address, uint64_t bytes);

/*
 * The SMMU reports a fault of a stream: an event for the vIOMMU that has the device's vDEVICE and
 * the nested HWPT that it is attached to, if it is an event of a guest [ABI-8]. Returns: 0;
 * -ENOENT: there is no such vIOMMU, or the host keeps the event.
 */
int kernel_smmu_event(const struct kernel *kernel, const uint64_t record[4]);

/* open("/dev/iommu"). Returns: 0; -ENOMEM. */
int kernel_iommufd_open(struct kernel *kernel, struct kernel_iommufd **out);

/*
 * Closes it and destroys all its objects in the order of their dependencies.
 * Returns: 0; -EBUSY: a device is still bound, a page mapped or an event descriptor open.
 */
int kernel_iommufd_close(struct kernel_iommufd *fd);

/* VFIO_DEVICE_BIND_IOMMUFD of a device that has `num_sids` StreamIDs, the first of them `sid`. */
struct kernel_device_bind {
	uint32_t flags;
	uint32_t sid;
	uint32_t num_sids;
	uint32_t out_devid;
};

/* Returns: 0; -EINVAL: flags, a StreamID over 20 bits, or it is bound already; -ENOMEM. */
int kernel_device_bind(struct kernel_iommufd *fd, struct kernel_device_bind *cmd);

/* Closing the device: detaches it; its vDEVICE dies with it and leaves its id unusable. */
int kernel_device_unbind(struct kernel_iommufd *fd, uint32_t dev_id);

/* The same for every device that is bound. */
void kernel_device_unbind_all(struct kernel_iommufd *fd);

/*
 * VFIO_DEVICE_ATTACH_IOMMUFD_PT; attaches or replaces.
 * Returns: 0; -ENOENT: an id, or a stage 1 HWPT without a vDEVICE; -EINVAL: nothing to attach
 * to; -EADDRINUSE: memory lies where MSIs go.
 */
int kernel_device_attach(struct kernel_iommufd *fd, uint32_t dev_id, uint32_t pt_id);
int kernel_device_detach(struct kernel_iommufd *fd, uint32_t dev_id);

#define KERNEL_HW_INFO_INPUT_TYPE 0x1U
#define KERNEL_HW_CAP_ATS_NOT_SUPPORTED 0x8U

enum kernel_hw_info_type {
	KERNEL_HW_INFO_DEFAULT = 0,
	KERNEL_HW_INFO_ARM_SMMUV3 = 2,
	KERNEL_HW_INFO_TEGRA241_CMDQV = 3,
};

struct kernel_hw_info_smmuv3 {
	uint32_t flags;
	uint32_t reserved;
	uint32_t idr[6];
	uint32_t iidr;
	uint32_t aidr;
};

struct kernel_hw_info_cmdqv {
	uint32_t flags;
	uint8_t version;
	uint8_t log2vcmdqs; /* of one VINTF */
	uint8_t log2vsids;
	uint8_t reserved;
};

/* IOMMU_GET_HW_INFO. Returns: 0; -EOPNOTSUPP: flags, reserved, type; -ENOENT: dev_id. */
struct kernel_get_hw_info {
	uint32_t flags;
	uint32_t dev_id;
	uint32_t data_len; /* in: bytes at data; out: what the kernel has */
	void *data;
	uint32_t data_type; /* in and out */
	uint8_t reserved[3];
	uint64_t out_capabilities;
};

int kernel_get_hw_info(struct kernel_iommufd *fd, struct kernel_get_hw_info *cmd);

/* IOMMU_IOAS_ALLOC. Returns: 0; -EOPNOTSUPP: flags; -ENOMEM. */
struct kernel_ioas_alloc {
	uint32_t flags;
	uint32_t out_ioas_id;
};

int kernel_ioas_alloc(struct kernel_iommufd *fd, struct kernel_ioas_alloc *cmd);

#define KERNEL_IOAS_MAP_FIXED_IOVA 0x1U
#define KERNEL_IOAS_MAP_WRITEABLE 0x2U
#define KERNEL_IOAS_MAP_READABLE 0x4U

/*
 * IOMMU_IOAS_MAP; FIXED_IOVA must be set. Returns: 0; -EOPNOTSUPP: flags, reserved;
 * -EOVERFLOW; -EINVAL: neither readable nor writeable, not whole pages, or where MSIs go;
 * -ENOENT: ioas_id; -EEXIST: overlaps; -ENOMEM.
 */
struct kernel_ioas_map {
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	void *user_va;
	uint64_t length;
	uint64_t iova;
};

int kernel_ioas_map(struct kernel_iommufd *fd, const struct kernel_ioas_map *cmd);

/*
 * IOMMU_IOAS_UNMAP: every area that lies in the range. iova 0 with length UINT64_MAX: all.
 * Returns: 0 with length: bytes unmapped; -EINVAL: length 0; -EOVERFLOW; -ENOENT: ioas_id,
 * nothing there, or a part of an area; -EBUSY: a queue lies in the area. Areas below the
 * one that stopped it are gone.
 */
struct kernel_ioas_unmap {
	uint32_t ioas_id;
	uint64_t iova;
	uint64_t length;
};

int kernel_ioas_unmap(struct kernel_iommufd *fd, struct kernel_ioas_unmap *cmd);

#define KERNEL_HWPT_NEST_PARENT 0x1U
#define KERNEL_HWPT_DIRTY_TRACKING 0x2U
#define KERNEL_HWPT_FAULT_ID_VALID 0x4U
#define KERNEL_HWPT_PASID 0x8U

enum kernel_hwpt_data {
	KERNEL_HWPT_DATA_NONE = 0,
	KERNEL_HWPT_DATA_ARM_SMMUV3 = 2,
};

/*
 * IOMMU_HWPT_ALLOC. On an IOAS: a page table, a nest parent with its flag; on a vIOMMU:
 * a nested one from the guest's stream table entry, two 64-bit words.
 *
 * Returns: 0; -EOPNOTSUPP: flags, reserved, on a HWPT, no data for a nested or some for
 * another one; -EINVAL: data_type and data_len, pt_id; -ENOENT: dev_id, fault_id; -EIO: a
 * stream table entry that a guest may not have; -ENOSPC: no VMID left; -ENOMEM.
 */
struct kernel_hwpt_alloc {
	uint32_t flags;
	uint32_t dev_id;
	uint32_t pt_id;
	uint32_t out_hwpt_id;
	uint32_t reserved;
	uint32_t data_type;
	uint32_t data_len;
	const void *data;
	uint32_t fault_id;
	uint32_t reserved2; /* not looked at */
};

int kernel_hwpt_alloc(struct kernel_iommufd *fd, struct kernel_hwpt_alloc *cmd);

enum kernel_viommu_type {
	KERNEL_VIOMMU_DEFAULT = 0,
	KERNEL_VIOMMU_ARM_SMMUV3 = 1,
	KERNEL_VIOMMU_TEGRA241_CMDQV = 2,
};

struct kernel_viommu_cmdqv {
	uint64_t out_vintf_mmap_offset;
	uint64_t out_vintf_mmap_length;
};

/*
 * IOMMU_VIOMMU_ALLOC. Returns: 0; -EOPNOTSUPP: flags, type; -ENOENT: dev_id, hwpt_id;
 * -EINVAL: not a nest parent, data; -ENOSPC: no VINTF left; -ETIMEDOUT: the VINTF did not
 * enable; -ENOMEM, -EMFILE.
 */
struct kernel_viommu_alloc {
	uint32_t flags;
	uint32_t type;
	uint32_t dev_id;
	uint32_t hwpt_id;
	uint32_t out_viommu_id;
	uint32_t data_len;
	uint32_t reserved;
	struct kernel_viommu_cmdqv *data;
};

int kernel_viommu_alloc(struct kernel_iommufd *fd, struct kernel_viommu_alloc *cmd);

/* What the uAPI does not tell: which VINTF and VMID it is. Returns: 0; -ENOENT. */
int kernel_viommu_query(struct kernel_iommufd *fd, uint32_t viommu_id, uint32_t *vintf,
			uint16_t *vmid);

/*
 * mmap of a VINTF's page 0; `view` is borrowed until kernel_munmap().
 * Returns: 0; -EINVAL: length 0, or a private mapping; -EPERM: executable; -ENXIO: nothing
 * begins at the offset, or it has another length in whole pages.
 */
struct kernel_mmap {
	uint64_t offset;
	uint64_t length;
	int prot;  /* PROT_* */
	int flags; /* MAP_* */
	struct cmdqv_page_view view;
};

int kernel_mmap(struct kernel_iommufd *fd, struct kernel_mmap *cmd);

/* munmap of what was mapped at `offset`. Returns: 0; -EINVAL: nothing was. */
int kernel_munmap(struct kernel_iommufd *fd, uint64_t offset);

/*
 * IOMMU_VDEVICE_ALLOC. Returns: 0; -ENOENT: ids; -EEXIST: the device or the vSID is taken;
 * -EOPNOTSUPP: not exactly one StreamID; -EINVAL: vSID over 20 bits; -ENOSPC: no SID slot
 * left; -ENOMEM.
 */
struct kernel_vdevice_alloc {
	uint32_t viommu_id;
	uint32_t dev_id;
	uint32_t out_vdevice_id;
	uint64_t virt_id;
};

int kernel_vdevice_alloc(struct kernel_iommufd *fd, struct kernel_vdevice_alloc *cmd);

#define KERNEL_HW_QUEUE_TEGRA241_CMDQV 1U

/* IOMMU_HW_QUEUE_ALLOC; the errors are in hwqueue.c, in their order. */
struct kernel_hw_queue_alloc {
	uint32_t flags;
	uint32_t viommu_id;
	uint32_t type;
	uint32_t index;
	uint32_t out_hw_queue_id;
	uint64_t nesting_parent_iova;
	uint64_t length;
};

int kernel_hw_queue_alloc(struct kernel_iommufd *fd, struct kernel_hw_queue_alloc *cmd);

#define KERNEL_VEVENTQ_ARM_SMMUV3 1U
#define KERNEL_VEVENTQ_TEGRA241_CMDQV 2U
#define KERNEL_VEVENT_LOST 0x1U

struct kernel_vevent_header {
	uint32_t flags;
	uint32_t sequence; /* 0 to INT32_MAX, wrapping */
};

struct kernel_vevent_cmdqv {
	uint64_t lvcmdq_err_map[2];
};

struct kernel_vevent_smmuv3 {
	uint64_t evt[4];
};

/*
 * IOMMU_VEVENTQ_ALLOC. The descriptor is readable (POLLIN) while records wait; it is read
 * by kernel_veventq_read() and closed by kernel_veventq_close() alone.
 *
 * Returns: 0; -EOPNOTSUPP: flags, reserved, type 0; -EINVAL: depth 0 or over 2^19;
 * -ENOENT: viommu_id; -EEXIST: it has one of this type; -EMFILE, -ENFILE, -ENOMEM.
 */
struct kernel_veventq_alloc {
	uint32_t flags;
	uint32_t viommu_id;
	uint32_t type;
	uint32_t veventq_depth;
	uint32_t out_veventq_id;
	int out_veventq_fd;
	uint32_t reserved;
};

int kernel_veventq_alloc(struct kernel_iommufd *fd, struct kernel_veventq_alloc *cmd);

/*
 * read(): whole records, as many as fit; never blocks.
 * Returns: bytes, 0: none wait; -EINVAL: the first does not fit; -ENOENT.
 */
ssize_t kernel_veventq_read(struct kernel_iommufd *fd, uint32_t veventq_id, void *buffer,
			    size_t bytes);

/* close() of the descriptor; the vEVENTQ stays until it is destroyed. Returns: 0; -ENOENT. */
int kernel_veventq_close(struct kernel_iommufd *fd, uint32_t veventq_id);

#define KERNEL_INVALIDATE_VIOMMU_ARM_SMMUV3 1U

/* IOMMU_HWPT_INVALIDATE; the errors and a trap are in invalidate.c. */
struct kernel_hwpt_invalidate {
	uint32_t hwpt_id; /* of a vIOMMU */
	const void *data;
	uint32_t data_type;
	uint32_t entry_len;
	uint32_t entry_num; /* in and out */
	uint32_t reserved;
};

int kernel_hwpt_invalidate(struct kernel_iommufd *fd, struct kernel_hwpt_invalidate *cmd);

/* IOMMU_DESTROY. Returns: 0; -ENOENT: no such object; -EBUSY: something uses it. */
int kernel_destroy_object(struct kernel_iommufd *fd, uint32_t id);

#endif
