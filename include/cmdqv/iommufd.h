/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * Opens a vIOMMU (viommu.h) on Linux: a VINTF with real queues of a Tegra241 CMDQV, through
 * iommufd. Part of libcmdqv. Linux 6.17 or newer.
 *
 * The VMM owns the iommufd, the IOAS with the guest's RAM, the nest parent, and the VFIO
 * descriptors of its devices; it lends all of them until cmdqv_viommu_close(). One vIOMMU stands
 * for one VM on one physical SMMU. docs/embedding.md has the order of calls.
 *
 * Threads, blocking and errors: see viommu.h.
 */
#ifndef CMDQV_IOMMUFD_H
#define CMDQV_IOMMUFD_H

#include <cmdqv/viommu.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Asks the kernel about the SMMU that the device is behind. A VMM does so before it decides what
 * its own SMMUv3 says. Two ioctls. The caller sets info->size.
 *
 * @retval 0 *info is filled in
 * @retval -EOPNOTSUPP no CMDQV that Linux drives (see `cmdqv probe`), or one of an unknown version
 * @retval -ENOENT no such device id in this iommufd: bind the device first
 * @retval -EINVAL info is NULL or info->size too small; the kernel was not asked
 */
CMDQV_API int cmdqv_iommufd_query(int iommufd, uint32_t dev_id, struct cmdqv_hw_info *info,
				  struct cmdqv_error *error);

/** What a VMM lends for cmdqv_iommufd_open(). */
struct cmdqv_iommufd_config {
	size_t size;	      /**< sizeof(struct cmdqv_iommufd_config) */
	int iommufd;	      /**< /dev/iommu */
	uint32_t dev_id;      /**< of any device behind the SMMU, from VFIO_DEVICE_BIND_IOMMUFD */
	uint32_t hwpt_id;     /**< nest parent on the IOAS with the guest's RAM */
	bool guest_repeats;   /**< the guest does what CMDQV_SMMU_REPEAT asks for */
	uint8_t reserved[19]; /**< 0 */
};

/**
 * Allocates a vIOMMU with a VINTF, maps its page 0, and allocates the event queues of the CMDQV
 * and of the SMMUv3. On success *backend is filled in for cmdqv_create(). Six system calls; of a
 * failure nothing is left.
 *
 * @retval 0 *out and *backend are filled in
 * @retval -ENOSPC every VINTF or VMID of the SMMU is in use: stop another VM
 * @retval -EOPNOTSUPP no CMDQV, or the SMMU cannot nest (no CANWBS, no S2FWB), or the kernel lacks
 *	CONFIG_ARM_SMMU_V3_IOMMUFD, or the SMMU has CMDQV_SMMU_REPEAT and the guest does not repeat
 * @retval -ENOENT no such device or HWPT
 * @retval -EINVAL the HWPT is no nest parent, or one of another SMMU, or a struct is wrong
 * @retval -ETIMEDOUT the VINTF did not enable
 * @retval -EAGAIN the process locks all its memory (mlockall()), and page 0 is over RLIMIT_MEMLOCK:
 *	raise the limit
 * @retval -EBUSY this iommufd has no room for another mapping: use one for each VM
 * @retval -EMFILE out of descriptors
 * @retval -ENFILE out of descriptors
 * @retval -E2BIG see types.h
 */
CMDQV_API int cmdqv_iommufd_open(struct cmdqv_viommu **out,
				 const struct cmdqv_iommufd_config *config,
				 struct cmdqv_backend *backend, struct cmdqv_error *error);

/** A vIOMMU that the VMM made itself. */
struct cmdqv_iommufd_adopted {
	size_t size;	      /**< sizeof(struct cmdqv_iommufd_adopted) */
	int iommufd;	      /**< /dev/iommu */
	uint32_t dev_id;      /**< of any device behind the SMMU */
	uint32_t viommu_id;   /**< of type TEGRA241_CMDQV */
	int cmdqv_event_fd;   /**< vEVENTQ of type TEGRA241_CMDQV */
	uint64_t mmap_offset; /**< as the kernel gave them when the vIOMMU was made */
	uint64_t mmap_length; /**< the same */
	int smmu_event_fd;    /**< vEVENTQ of type ARM_SMMUV3, or -1: the VMM reads it itself */
	bool guest_repeats;   /**< the guest does what CMDQV_SMMU_REPEAT asks for */
	uint8_t reserved[19]; /**< 0 */
};

/**
 * As cmdqv_iommufd_open(), but on a vIOMMU that the VMM made and keeps: only page 0 is mapped. The
 * VMM destroys the vIOMMU and its event queues after cmdqv_viommu_close(), not before: the mapping
 * holds it. Three system calls.
 *
 * @retval 0 *out and *backend are filled in
 * @retval -EINVAL a struct is wrong: viommu_id is 0, cmdqv_event_fd negative, mmap_offset 0 or no
 *	multiple of 4 KiB, or mmap_length not one page of 64 KiB
 * @retval -ENXIO no page at mmap_offset
 * @retval -EAGAIN as cmdqv_iommufd_open()
 * @retval -EOPNOTSUPP as cmdqv_iommufd_query(), or the SMMU has CMDQV_SMMU_REPEAT and the guest
 *	does not repeat
 * @retval -ENOENT as cmdqv_iommufd_query()
 * @retval -E2BIG see types.h
 */
CMDQV_API int cmdqv_iommufd_adopt(struct cmdqv_viommu **out,
				  const struct cmdqv_iommufd_adopted *adopted,
				  struct cmdqv_backend *backend, struct cmdqv_error *error);

#ifdef __cplusplus
}
#endif

#endif
