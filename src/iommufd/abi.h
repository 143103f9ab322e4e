/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of the iommufd and VFIO user-space ABI that the backend uses, in definitions of
 * our own: no kernel header of the build machine is needed, and none can be too old.
 * docs/iommufd.md has the meaning; tests/iommufd/abi_compare.c compares every line
 * with a kernel header where one can be had.
 *
 * All of it is naturally aligned, and the same on x86_64 and aarch64.
 */
#ifndef SRC_IOMMUFD_ABI_H
#define SRC_IOMMUFD_ABI_H

#include <stddef.h>
#include <stdint.h>

/* ioctl numbers; all are _IO(';', nr), which is the same for every architecture we are on. */
#define ABI_IO(nr) ((unsigned long)';' << 8 | (nr))
#define ABI_IOMMU_DESTROY ABI_IO(0x80U)
#define ABI_IOMMU_HWPT_ALLOC ABI_IO(0x89U)
#define ABI_IOMMU_GET_HW_INFO ABI_IO(0x8AU)
#define ABI_IOMMU_HWPT_INVALIDATE ABI_IO(0x8DU)
#define ABI_IOMMU_VIOMMU_ALLOC ABI_IO(0x90U)
#define ABI_IOMMU_VDEVICE_ALLOC ABI_IO(0x91U)
#define ABI_IOMMU_VEVENTQ_ALLOC ABI_IO(0x93U)
#define ABI_IOMMU_HW_QUEUE_ALLOC ABI_IO(0x94U)
#define ABI_VFIO_ATTACH_PT ABI_IO(0x77U)
#define ABI_VFIO_DETACH_PT ABI_IO(0x78U)

struct abi_destroy {
	uint32_t size;
	uint32_t id;
};

#define ABI_HW_INFO_FLAG_INPUT_TYPE 0x1U
#define ABI_HW_INFO_ARM_SMMUV3 2U
#define ABI_HW_INFO_TEGRA241_CMDQV 3U
#define ABI_HW_CAP_ATS_NOT_SUPPORTED 0x8U

struct abi_hw_info {
	uint32_t size;
	uint32_t flags;
	uint32_t dev_id;
	uint32_t data_len;
	uint64_t data_uptr;
	uint32_t data_type;
	uint8_t out_max_pasid_log2;
	uint8_t reserved[3];
	uint64_t out_capabilities;
};

struct abi_hw_info_smmuv3 {
	uint32_t flags;
	uint32_t reserved;
	uint32_t idr[6];
	uint32_t iidr;
	uint32_t aidr;
};

struct abi_hw_info_cmdqv {
	uint32_t flags;
	uint8_t version;
	uint8_t log2vcmdqs; /* of one VINTF, though the kernel's header says total */
	uint8_t log2vsids;
	uint8_t reserved;
};

#define ABI_HWPT_DATA_ARM_SMMUV3 2U

struct abi_hwpt_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t dev_id;
	uint32_t pt_id;
	uint32_t out_hwpt_id;
	uint32_t reserved;
	uint32_t data_type;
	uint32_t data_len;
	uint64_t data_uptr;
	uint32_t fault_id;
	uint32_t reserved2;
};

struct abi_hwpt_smmuv3 {
	uint64_t ste[2];
};

#define ABI_VIOMMU_TEGRA241_CMDQV 2U

struct abi_viommu_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t type;
	uint32_t dev_id;
	uint32_t hwpt_id;
	uint32_t out_viommu_id;
	uint32_t data_len;
	uint32_t reserved;
	uint64_t data_uptr;
};

struct abi_viommu_cmdqv {
	uint64_t out_vintf_mmap_offset;
	uint64_t out_vintf_mmap_length;
};

struct abi_vdevice_alloc {
	uint32_t size;
	uint32_t viommu_id;
	uint32_t dev_id;
	uint32_t out_vdevice_id;
	uint64_t virt_id;
};

#define ABI_HW_QUEUE_TEGRA241_CMDQV 1U

struct abi_hw_queue_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t viommu_id;
	uint32_t type;
	uint32_t index;
	uint32_t out_hw_queue_id;
	uint64_t nesting_parent_iova;
	uint64_t length;
};

#define ABI_VEVENTQ_ARM_SMMUV3 1U
#define ABI_VEVENTQ_TEGRA241_CMDQV 2U
#define ABI_VEVENT_LOST 0x1U

struct abi_veventq_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t viommu_id;
	uint32_t type;
	uint32_t veventq_depth;
	uint32_t out_veventq_id;
	uint32_t out_veventq_fd;
	uint32_t reserved;
};

struct abi_vevent_header {
	uint32_t flags;
	uint32_t sequence;
};

struct abi_vevent_smmuv3 {
	uint64_t evt[4];
};

struct abi_vevent_cmdqv {
	uint64_t lvcmdq_err_map[2];
};

#define ABI_INVALIDATE_VIOMMU_ARM_SMMUV3 1U

struct abi_hwpt_invalidate {
	uint32_t size;
	uint32_t hwpt_id;
	uint64_t data_uptr;
	uint32_t data_type;
	uint32_t entry_len;
	uint32_t entry_num;
	uint32_t reserved;
};

struct abi_invalidate_smmuv3 {
	uint64_t cmd[2];
};

/* The form without a PASID, which every kernel takes. */
struct abi_vfio_attach {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pt_id;
};

struct abi_vfio_detach {
	uint32_t argsz;
	uint32_t flags;
};

/* ---- all sizes, and where members lie ---- */

#define ABI_LAYOUT(type, member, offset)                                                           \
	_Static_assert(offsetof(struct type, member) == (offset), #type "." #member)
#define ABI_SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), #type)

ABI_SIZE(abi_destroy, 8);
ABI_LAYOUT(abi_destroy, id, 4);
ABI_SIZE(abi_hw_info, 40);
ABI_LAYOUT(abi_hw_info, flags, 4);
ABI_LAYOUT(abi_hw_info, dev_id, 8);
ABI_LAYOUT(abi_hw_info, data_len, 12);
ABI_LAYOUT(abi_hw_info, data_uptr, 16);
ABI_LAYOUT(abi_hw_info, data_type, 24);
ABI_LAYOUT(abi_hw_info, out_max_pasid_log2, 28);
ABI_LAYOUT(abi_hw_info, reserved, 29);
ABI_LAYOUT(abi_hw_info, out_capabilities, 32);
ABI_SIZE(abi_hw_info_smmuv3, 40);
ABI_LAYOUT(abi_hw_info_smmuv3, idr, 8);
ABI_LAYOUT(abi_hw_info_smmuv3, iidr, 32);
ABI_LAYOUT(abi_hw_info_smmuv3, aidr, 36);
ABI_SIZE(abi_hw_info_cmdqv, 8);
ABI_LAYOUT(abi_hw_info_cmdqv, version, 4);
ABI_LAYOUT(abi_hw_info_cmdqv, log2vcmdqs, 5);
ABI_LAYOUT(abi_hw_info_cmdqv, log2vsids, 6);
ABI_SIZE(abi_hwpt_alloc, 48);
ABI_LAYOUT(abi_hwpt_alloc, flags, 4);
ABI_LAYOUT(abi_hwpt_alloc, dev_id, 8);
ABI_LAYOUT(abi_hwpt_alloc, pt_id, 12);
ABI_LAYOUT(abi_hwpt_alloc, out_hwpt_id, 16);
ABI_LAYOUT(abi_hwpt_alloc, data_type, 24);
ABI_LAYOUT(abi_hwpt_alloc, data_len, 28);
ABI_LAYOUT(abi_hwpt_alloc, data_uptr, 32);
ABI_LAYOUT(abi_hwpt_alloc, fault_id, 40);
ABI_SIZE(abi_hwpt_smmuv3, 16);
ABI_SIZE(abi_viommu_alloc, 40);
ABI_LAYOUT(abi_viommu_alloc, flags, 4);
ABI_LAYOUT(abi_viommu_alloc, type, 8);
ABI_LAYOUT(abi_viommu_alloc, dev_id, 12);
ABI_LAYOUT(abi_viommu_alloc, hwpt_id, 16);
ABI_LAYOUT(abi_viommu_alloc, out_viommu_id, 20);
ABI_LAYOUT(abi_viommu_alloc, data_len, 24);
ABI_LAYOUT(abi_viommu_alloc, data_uptr, 32);
ABI_SIZE(abi_viommu_cmdqv, 16);
ABI_LAYOUT(abi_viommu_cmdqv, out_vintf_mmap_length, 8);
ABI_SIZE(abi_vdevice_alloc, 24);
ABI_LAYOUT(abi_vdevice_alloc, viommu_id, 4);
ABI_LAYOUT(abi_vdevice_alloc, dev_id, 8);
ABI_LAYOUT(abi_vdevice_alloc, out_vdevice_id, 12);
ABI_LAYOUT(abi_vdevice_alloc, virt_id, 16);
ABI_SIZE(abi_hw_queue_alloc, 40);
ABI_LAYOUT(abi_hw_queue_alloc, flags, 4);
ABI_LAYOUT(abi_hw_queue_alloc, viommu_id, 8);
ABI_LAYOUT(abi_hw_queue_alloc, type, 12);
ABI_LAYOUT(abi_hw_queue_alloc, index, 16);
ABI_LAYOUT(abi_hw_queue_alloc, out_hw_queue_id, 20);
ABI_LAYOUT(abi_hw_queue_alloc, nesting_parent_iova, 24);
ABI_LAYOUT(abi_hw_queue_alloc, length, 32);
ABI_SIZE(abi_veventq_alloc, 32);
ABI_LAYOUT(abi_veventq_alloc, flags, 4);
ABI_LAYOUT(abi_veventq_alloc, viommu_id, 8);
ABI_LAYOUT(abi_veventq_alloc, type, 12);
ABI_LAYOUT(abi_veventq_alloc, veventq_depth, 16);
ABI_LAYOUT(abi_veventq_alloc, out_veventq_id, 20);
ABI_LAYOUT(abi_veventq_alloc, out_veventq_fd, 24);
ABI_SIZE(abi_vevent_header, 8);
ABI_LAYOUT(abi_vevent_header, sequence, 4);
ABI_SIZE(abi_vevent_smmuv3, 32);
ABI_SIZE(abi_vevent_cmdqv, 16);
ABI_SIZE(abi_hwpt_invalidate, 32);
ABI_LAYOUT(abi_hwpt_invalidate, hwpt_id, 4);
ABI_LAYOUT(abi_hwpt_invalidate, data_uptr, 8);
ABI_LAYOUT(abi_hwpt_invalidate, data_type, 16);
ABI_LAYOUT(abi_hwpt_invalidate, entry_len, 20);
ABI_LAYOUT(abi_hwpt_invalidate, entry_num, 24);
ABI_SIZE(abi_invalidate_smmuv3, 16);
ABI_SIZE(abi_vfio_attach, 12);
ABI_LAYOUT(abi_vfio_attach, flags, 4);
ABI_LAYOUT(abi_vfio_attach, pt_id, 8);
ABI_SIZE(abi_vfio_detach, 8);
ABI_LAYOUT(abi_vfio_detach, flags, 4);

#undef ABI_LAYOUT
#undef ABI_SIZE

#endif
