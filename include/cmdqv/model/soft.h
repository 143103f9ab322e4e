/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * A host in software, in this process, and vIOMMUs (viommu.h) on it. Part of libcmdqv-model.
 *
 *   struct cmdqv_soft_host  a physical CMDQV (model.h), the SMMUv3 that it belongs to (smmu.h),
 *			     and the host kernel that drives both
 *   struct cmdqv_soft_vm    what a VMM owns before it opens a vIOMMU: on Linux /dev/iommu, an
 *			     IOAS with the guest's RAM, a nest parent, and the devices that it
 *			     bound
 *
 * Threads: one lock domain [HW-12]. Every call on a host, on its VMs, on their vIOMMUs, and on the
 * devices whose backends these are, is made under one lock of the embedder. Only
 * cmdqv_soft_host_pending() may be called without it.
 *
 * The embedder gives the engine a thread, which does
 *
 *	if (cmdqv_soft_host_pending(host)) {
 *		lock();
 *		cmdqv_soft_host_run(host, 64);
 *		unlock();
 *	}
 *
 * and asks poller.h how long to wait before the next time. Where every access traps, the embedder
 * calls cmdqv_soft_host_run() after each access instead, until it returns 0. Nothing blocks.
 */
#ifndef CMDQV_SOFT_H
#define CMDQV_SOFT_H

#include <cmdqv/backend.h>
#include <cmdqv/model/model.h>
#include <cmdqv/model/smmu.h>
#include <cmdqv/types.h>
#include <cmdqv/viommu.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A host in software; see the head of this page. */
struct cmdqv_soft_host;

/** What a VMM owns before it opens a vIOMMU. */
struct cmdqv_soft_vm;

/** What hardware a host has. */
struct cmdqv_soft_host_config {
	size_t size;		/**< sizeof(struct cmdqv_soft_host_config) */
	uint8_t log2_vcmdqs;	/**< as struct cmdqv_model_config; VINTF 0 is the kernel's, so */
	uint8_t log2_vintfs;	/**< log2_vintfs is 1 to 6; Grace: 7, 6, 4 */
	uint8_t log2_sids;	/**< as struct cmdqv_model_config */
	uint8_t cmdqs;		/**< physical IDR1.CMDQS: log2 of the largest queue, 7 to 19 */
	uint32_t errata;	/**< CMDQV_SMMU_REPEAT: of every two batches the first is lost */
	uint64_t granule_bytes; /**< memory is physically contiguous within this power of two; 0:
				   everywhere */
	uint64_t reserved[2];	/**< 0 */
};

/**
 * What the embedder does for the host. See struct cmdqv_model_ops, and the head of model.h on
 * exceptions. None of these may call the host, its VMs, their vIOMMUs or the devices on them: the
 * host is in the middle of an access. A call on the device of another VM is not refused as a whole:
 * registers of its bound queues read 0, writes to them are lost, and no queue can be bound.
 */
struct cmdqv_soft_ops {
	size_t size; /**< sizeof(struct cmdqv_soft_ops) */

	/**
	 * Optional: an SMMU of the embedder executes the commands. NULL: the host has one. It is
	 * called in cmdqv_soft_host_run(); in cmdqv_viommu_set_ste(), _invalidate(),
	 * _remove_device() and _close(); and in cmdqv_soft_unmap_ram(), _unbind_device() and
	 * _vm_destroy(), because a host
	 * invalidates what is taken away.
	 */
	int (*execute)(void *user, const struct cmdqv_command *command);
	/** A trapped write made work: cmdqv_soft_host_run() has something to do. */
	void (*kick)(void *user);
	void (*trace)(void *user, const struct cmdqv_trace_event *event); /**< optional */
};

/**
 * Creates a host and lets its kernel probe the CMDQV. Free it with cmdqv_soft_host_destroy().
 * `ops` is copied.
 *
 * @retval 0 *out is filled in
 * @retval -EINVAL as cmdqv_model_create()
 * @retval -E2BIG as cmdqv_model_create()
 * @retval -ENOMEM as cmdqv_model_create()
 * @retval -EMFILE as cmdqv_model_create()
 * @retval -EIO as cmdqv_smmu_create()
 */
CMDQV_API int cmdqv_soft_host_create(struct cmdqv_soft_host **out,
				     const struct cmdqv_soft_host_config *config,
				     const struct cmdqv_soft_ops *ops, void *user,
				     struct cmdqv_error *error);

/** Frees it. Every VM must have been destroyed. NULL is allowed. */
CMDQV_API void cmdqv_soft_host_destroy(struct cmdqv_soft_host *host);

/** Runs the engine and then the kernel's interrupt handler. Returns as cmdqv_model_run(). */
CMDQV_API int cmdqv_soft_host_run(struct cmdqv_soft_host *host, uint32_t budget);

/** As cmdqv_model_pending(): any thread, no lock. */
CMDQV_API bool cmdqv_soft_host_pending(const struct cmdqv_soft_host *host);

/** The host's CMDQV, for faults on demand and state; borrowed until the host is destroyed. */
CMDQV_API struct cmdqv_model *cmdqv_soft_host_model(struct cmdqv_soft_host *host);

/**
 * The host's SMMU, for the DMA of devices (dma.h, cmdqv_smmu_translate()) by physical StreamID;
 * borrowed until the host is destroyed. Its stream table is what cmdqv_viommu_set_ste() said, its
 * stage 2 the RAM that was mapped, its faults are events of the vIOMMU that has the device, as far
 * as Linux hands them on: none of stage 2. Its `events_lost` counts those that no VM is told of;
 * what a full event queue loses is `missed` and `lost` of cmdqv_viommu_smmu_event(). NULL where the
 * embedder executes the commands. The embedder does not reset it or set its table.
 */
CMDQV_API struct cmdqv_smmu *cmdqv_soft_host_smmu(struct cmdqv_soft_host *host);

/**
 * What a VMM does first on Linux: opens /dev/iommu, makes an IOAS, and a nest parent on it.
 * Destroy it with cmdqv_soft_vm_destroy().
 *
 * @retval 0 *out is filled in
 * @retval -ENOSPC every VMID is in use
 * @retval -ENOMEM no memory
 */
CMDQV_API int cmdqv_soft_vm_create(struct cmdqv_soft_vm **out, struct cmdqv_soft_host *host,
				   struct cmdqv_error *error);

/** The VMM says that its guest does what CMDQV_SMMU_REPEAT asks for; before cmdqv_soft_open(). */
CMDQV_API void cmdqv_soft_vm_guest_repeats(struct cmdqv_soft_vm *vm);

/** Undoes it; its vIOMMU must have been closed. Devices are unbound. NULL is allowed. */
CMDQV_API void cmdqv_soft_vm_destroy(struct cmdqv_soft_vm *vm);

/**
 * Maps guest RAM for DMA, as the VMM does with IOMMU_IOAS_MAP: `bytes` at `gpa`, which lie at
 * `memory`. The memory must stay until it is unmapped or the VM destroyed.
 *
 * @retval 0 mapped
 * @retval -EINVAL memory is NULL, bytes is 0, or gpa, memory or bytes is no multiple of 4 KiB, or
 *	it lies where MSIs go while a device is attached
 * @retval -EEXIST overlaps
 * @retval -EOVERFLOW wraps around the end of the address space
 * @retval -ENOMEM no memory
 */
CMDQV_API int cmdqv_soft_map_ram(struct cmdqv_soft_vm *vm, cmdqv_gpa_t gpa, void *memory,
				 uint64_t bytes);

/**
 * Unmaps the areas of cmdqv_soft_map_ram() that lie in a range, from the lowest up, each of them
 * whole. UINT64_MAX bytes from 0 are all that there is, which may be nothing.
 *
 * @retval 0 unmapped
 * @retval -ENOENT no area lies there, or one only in part: those below it are unmapped; or the
 *	range wraps: nothing is
 * @retval -EBUSY a bound queue lies in one: those below it are unmapped
 */
CMDQV_API int cmdqv_soft_unmap_ram(struct cmdqv_soft_vm *vm, cmdqv_gpa_t gpa, uint64_t bytes);

/**
 * Binds a passed-through device (VFIO_DEVICE_BIND_IOMMUFD), which has one physical StreamID.
 * *dev_id is for cmdqv_viommu_add_device().
 *
 * @retval 0 *dev_id is filled in
 * @retval -EEXIST a VM of the host has the device
 * @retval -EINVAL a StreamID over 20 bits
 * @retval -ENOMEM no memory
 */
CMDQV_API int cmdqv_soft_bind_device(struct cmdqv_soft_vm *vm, cmdqv_sid_t sid, uint32_t *dev_id);

/**
 * Unbinds it, as a VMM does that closes the VFIO descriptor. Remove it from the vIOMMU first.
 *
 * @retval 0 unbound
 * @retval -ENOENT no such device
 */
CMDQV_API int cmdqv_soft_unbind_device(struct cmdqv_soft_vm *vm, uint32_t dev_id);

/** As cmdqv_iommufd_query(), on this host; dev_id 0 is the SMMU without a device. */
CMDQV_API int cmdqv_soft_query(struct cmdqv_soft_vm *vm, uint32_t dev_id,
			       struct cmdqv_hw_info *info, struct cmdqv_error *error);

/**
 * As cmdqv_iommufd_open(), on this host: a vIOMMU with a VINTF of its own. No device needs to be
 * bound before. Close it with cmdqv_viommu_close(), after the device is destroyed. One for each VM.
 *
 * @retval 0 *out and *backend are filled in
 * @retval -ENOSPC every VINTF is taken
 * @retval -EOPNOTSUPP the host has CMDQV_SMMU_REPEAT and the guest does not repeat
 * @retval -ENOMEM no memory
 * @retval -EMFILE out of descriptors
 */
CMDQV_API int cmdqv_soft_open(struct cmdqv_viommu **out, struct cmdqv_soft_vm *vm,
			      struct cmdqv_backend *backend, struct cmdqv_error *error);

/** The VINTF that a vIOMMU was given; for tests and reports. */
CMDQV_API uint32_t cmdqv_soft_vintf(const struct cmdqv_viommu *viommu);
/** The VMID of its commands; for tests and reports. */
CMDQV_API uint16_t cmdqv_soft_vmid(const struct cmdqv_viommu *viommu);

#ifdef __cplusplus
}
#endif

#endif
