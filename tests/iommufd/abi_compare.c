/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/iommufd/abi.h against the kernel's own headers, line by line: offset and
 * size of each field, size of each struct, each constant. Compiled by abi_compare, with
 * headers that need not be the machine's. Prints what differs; exit status 1 if anything.
 */
#include <linux/iommufd.h>
#include <linux/version.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdio.h>

#include "iommufd/abi.h"

struct row {
	const char *name;
	unsigned long ours;
	unsigned long theirs;
};

#define CONSTANT(ours, theirs)                                                                     \
	{                                                                                          \
#ours, (unsigned long)(ours), (unsigned long)(theirs)                              \
	}
#define SIZE(ours, theirs)                                                                         \
	{                                                                                          \
		"sizeof " #ours, sizeof(struct ours), sizeof(struct theirs)                        \
	}
#define FIELD(ours, member, theirs, member2)                                                       \
	{#ours "." #member, offsetof(struct ours, member), offsetof(struct theirs, member2)},      \
	{                                                                                          \
		"sizeof " #ours "." #member, sizeof(((struct ours *)0)->member),                   \
			sizeof(((struct theirs *)0)->member2)                                      \
	}

static const struct row rows[] = {
	/* clang-format off */
	CONSTANT(ABI_IOMMU_DESTROY, IOMMU_DESTROY),
	CONSTANT(ABI_IOMMU_HWPT_ALLOC, IOMMU_HWPT_ALLOC),
	CONSTANT(ABI_IOMMU_GET_HW_INFO, IOMMU_GET_HW_INFO),
	CONSTANT(ABI_IOMMU_HWPT_INVALIDATE, IOMMU_HWPT_INVALIDATE),
	CONSTANT(ABI_IOMMU_VIOMMU_ALLOC, IOMMU_VIOMMU_ALLOC),
	CONSTANT(ABI_IOMMU_VDEVICE_ALLOC, IOMMU_VDEVICE_ALLOC),
	CONSTANT(ABI_IOMMU_VEVENTQ_ALLOC, IOMMU_VEVENTQ_ALLOC),
	CONSTANT(ABI_IOMMU_HW_QUEUE_ALLOC, IOMMU_HW_QUEUE_ALLOC),
	CONSTANT(ABI_VFIO_ATTACH_PT, VFIO_DEVICE_ATTACH_IOMMUFD_PT),
	CONSTANT(ABI_VFIO_DETACH_PT, VFIO_DEVICE_DETACH_IOMMUFD_PT),
	CONSTANT(ABI_HW_INFO_FLAG_INPUT_TYPE, IOMMU_HW_INFO_FLAG_INPUT_TYPE),
	CONSTANT(ABI_HW_INFO_ARM_SMMUV3, IOMMU_HW_INFO_TYPE_ARM_SMMUV3),
	CONSTANT(ABI_HW_INFO_TEGRA241_CMDQV, IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV),
	CONSTANT(ABI_HWPT_DATA_ARM_SMMUV3, IOMMU_HWPT_DATA_ARM_SMMUV3),
	CONSTANT(ABI_VIOMMU_TEGRA241_CMDQV, IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV),
	CONSTANT(ABI_HW_QUEUE_TEGRA241_CMDQV, IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV),
	CONSTANT(ABI_VEVENTQ_ARM_SMMUV3, IOMMU_VEVENTQ_TYPE_ARM_SMMUV3),
	CONSTANT(ABI_VEVENTQ_TEGRA241_CMDQV, IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV),
	CONSTANT(ABI_VEVENT_LOST, IOMMU_VEVENTQ_FLAG_LOST_EVENTS),
	CONSTANT(ABI_INVALIDATE_VIOMMU_ARM_SMMUV3, IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3),
#ifdef ABI_COMPARE_ATS
	CONSTANT(ABI_HW_CAP_ATS_NOT_SUPPORTED, IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED),
#endif

	SIZE(abi_destroy, iommu_destroy),
	FIELD(abi_destroy, size, iommu_destroy, size),
	FIELD(abi_destroy, id, iommu_destroy, id),

	SIZE(abi_hw_info, iommu_hw_info),
	FIELD(abi_hw_info, size, iommu_hw_info, size),
	FIELD(abi_hw_info, flags, iommu_hw_info, flags),
	FIELD(abi_hw_info, dev_id, iommu_hw_info, dev_id),
	FIELD(abi_hw_info, data_len, iommu_hw_info, data_len),
	FIELD(abi_hw_info, data_uptr, iommu_hw_info, data_uptr),
	FIELD(abi_hw_info, data_type, iommu_hw_info, in_data_type),
	FIELD(abi_hw_info, data_type, iommu_hw_info, out_data_type),
	FIELD(abi_hw_info, out_max_pasid_log2, iommu_hw_info, out_max_pasid_log2),
	FIELD(abi_hw_info, reserved, iommu_hw_info, __reserved),
	FIELD(abi_hw_info, out_capabilities, iommu_hw_info, out_capabilities),

	SIZE(abi_hw_info_smmuv3, iommu_hw_info_arm_smmuv3),
	FIELD(abi_hw_info_smmuv3, flags, iommu_hw_info_arm_smmuv3, flags),
	FIELD(abi_hw_info_smmuv3, reserved, iommu_hw_info_arm_smmuv3, __reserved),
	FIELD(abi_hw_info_smmuv3, idr, iommu_hw_info_arm_smmuv3, idr),
	FIELD(abi_hw_info_smmuv3, iidr, iommu_hw_info_arm_smmuv3, iidr),
	FIELD(abi_hw_info_smmuv3, aidr, iommu_hw_info_arm_smmuv3, aidr),

	SIZE(abi_hw_info_cmdqv, iommu_hw_info_tegra241_cmdqv),
	FIELD(abi_hw_info_cmdqv, flags, iommu_hw_info_tegra241_cmdqv, flags),
	FIELD(abi_hw_info_cmdqv, version, iommu_hw_info_tegra241_cmdqv, version),
	FIELD(abi_hw_info_cmdqv, log2vcmdqs, iommu_hw_info_tegra241_cmdqv, log2vcmdqs),
	FIELD(abi_hw_info_cmdqv, log2vsids, iommu_hw_info_tegra241_cmdqv, log2vsids),
	FIELD(abi_hw_info_cmdqv, reserved, iommu_hw_info_tegra241_cmdqv, __reserved),

	SIZE(abi_hwpt_alloc, iommu_hwpt_alloc),
	FIELD(abi_hwpt_alloc, size, iommu_hwpt_alloc, size),
	FIELD(abi_hwpt_alloc, flags, iommu_hwpt_alloc, flags),
	FIELD(abi_hwpt_alloc, dev_id, iommu_hwpt_alloc, dev_id),
	FIELD(abi_hwpt_alloc, pt_id, iommu_hwpt_alloc, pt_id),
	FIELD(abi_hwpt_alloc, out_hwpt_id, iommu_hwpt_alloc, out_hwpt_id),
	FIELD(abi_hwpt_alloc, reserved, iommu_hwpt_alloc, __reserved),
	FIELD(abi_hwpt_alloc, data_type, iommu_hwpt_alloc, data_type),
	FIELD(abi_hwpt_alloc, data_len, iommu_hwpt_alloc, data_len),
	FIELD(abi_hwpt_alloc, data_uptr, iommu_hwpt_alloc, data_uptr),
	FIELD(abi_hwpt_alloc, fault_id, iommu_hwpt_alloc, fault_id),
	FIELD(abi_hwpt_alloc, reserved2, iommu_hwpt_alloc, __reserved2),

	SIZE(abi_hwpt_smmuv3, iommu_hwpt_arm_smmuv3),
	FIELD(abi_hwpt_smmuv3, ste, iommu_hwpt_arm_smmuv3, ste),

	SIZE(abi_viommu_alloc, iommu_viommu_alloc),
	FIELD(abi_viommu_alloc, size, iommu_viommu_alloc, size),
	FIELD(abi_viommu_alloc, flags, iommu_viommu_alloc, flags),
	FIELD(abi_viommu_alloc, type, iommu_viommu_alloc, type),
	FIELD(abi_viommu_alloc, dev_id, iommu_viommu_alloc, dev_id),
	FIELD(abi_viommu_alloc, hwpt_id, iommu_viommu_alloc, hwpt_id),
	FIELD(abi_viommu_alloc, out_viommu_id, iommu_viommu_alloc, out_viommu_id),
	FIELD(abi_viommu_alloc, data_len, iommu_viommu_alloc, data_len),
	FIELD(abi_viommu_alloc, reserved, iommu_viommu_alloc, __reserved),
	FIELD(abi_viommu_alloc, data_uptr, iommu_viommu_alloc, data_uptr),

	SIZE(abi_viommu_cmdqv, iommu_viommu_tegra241_cmdqv),
	FIELD(abi_viommu_cmdqv, out_vintf_mmap_offset, iommu_viommu_tegra241_cmdqv, out_vintf_mmap_offset),
	FIELD(abi_viommu_cmdqv, out_vintf_mmap_length, iommu_viommu_tegra241_cmdqv, out_vintf_mmap_length),

	SIZE(abi_vdevice_alloc, iommu_vdevice_alloc),
	FIELD(abi_vdevice_alloc, size, iommu_vdevice_alloc, size),
	FIELD(abi_vdevice_alloc, viommu_id, iommu_vdevice_alloc, viommu_id),
	FIELD(abi_vdevice_alloc, dev_id, iommu_vdevice_alloc, dev_id),
	FIELD(abi_vdevice_alloc, out_vdevice_id, iommu_vdevice_alloc, out_vdevice_id),
	FIELD(abi_vdevice_alloc, virt_id, iommu_vdevice_alloc, virt_id),

	SIZE(abi_hw_queue_alloc, iommu_hw_queue_alloc),
	FIELD(abi_hw_queue_alloc, size, iommu_hw_queue_alloc, size),
	FIELD(abi_hw_queue_alloc, flags, iommu_hw_queue_alloc, flags),
	FIELD(abi_hw_queue_alloc, viommu_id, iommu_hw_queue_alloc, viommu_id),
	FIELD(abi_hw_queue_alloc, type, iommu_hw_queue_alloc, type),
	FIELD(abi_hw_queue_alloc, index, iommu_hw_queue_alloc, index),
	FIELD(abi_hw_queue_alloc, out_hw_queue_id, iommu_hw_queue_alloc, out_hw_queue_id),
	FIELD(abi_hw_queue_alloc, nesting_parent_iova, iommu_hw_queue_alloc, nesting_parent_iova),
	FIELD(abi_hw_queue_alloc, length, iommu_hw_queue_alloc, length),

	SIZE(abi_veventq_alloc, iommu_veventq_alloc),
	FIELD(abi_veventq_alloc, size, iommu_veventq_alloc, size),
	FIELD(abi_veventq_alloc, flags, iommu_veventq_alloc, flags),
	FIELD(abi_veventq_alloc, viommu_id, iommu_veventq_alloc, viommu_id),
	FIELD(abi_veventq_alloc, type, iommu_veventq_alloc, type),
	FIELD(abi_veventq_alloc, veventq_depth, iommu_veventq_alloc, veventq_depth),
	FIELD(abi_veventq_alloc, out_veventq_id, iommu_veventq_alloc, out_veventq_id),
	FIELD(abi_veventq_alloc, out_veventq_fd, iommu_veventq_alloc, out_veventq_fd),
	FIELD(abi_veventq_alloc, reserved, iommu_veventq_alloc, __reserved),

	SIZE(abi_vevent_header, iommufd_vevent_header),
	FIELD(abi_vevent_header, flags, iommufd_vevent_header, flags),
	FIELD(abi_vevent_header, sequence, iommufd_vevent_header, sequence),

	SIZE(abi_vevent_smmuv3, iommu_vevent_arm_smmuv3),
	FIELD(abi_vevent_smmuv3, evt, iommu_vevent_arm_smmuv3, evt),

	SIZE(abi_vevent_cmdqv, iommu_vevent_tegra241_cmdqv),
	FIELD(abi_vevent_cmdqv, lvcmdq_err_map, iommu_vevent_tegra241_cmdqv, lvcmdq_err_map),

	SIZE(abi_hwpt_invalidate, iommu_hwpt_invalidate),
	FIELD(abi_hwpt_invalidate, size, iommu_hwpt_invalidate, size),
	FIELD(abi_hwpt_invalidate, hwpt_id, iommu_hwpt_invalidate, hwpt_id),
	FIELD(abi_hwpt_invalidate, data_uptr, iommu_hwpt_invalidate, data_uptr),
	FIELD(abi_hwpt_invalidate, data_type, iommu_hwpt_invalidate, data_type),
	FIELD(abi_hwpt_invalidate, entry_len, iommu_hwpt_invalidate, entry_len),
	FIELD(abi_hwpt_invalidate, entry_num, iommu_hwpt_invalidate, entry_num),
	FIELD(abi_hwpt_invalidate, reserved, iommu_hwpt_invalidate, __reserved),

	SIZE(abi_invalidate_smmuv3, iommu_viommu_arm_smmuv3_invalidate),
	FIELD(abi_invalidate_smmuv3, cmd, iommu_viommu_arm_smmuv3_invalidate, cmd),

	/* The forms of VFIO's structs that end where the PASID begins. */
	{"sizeof abi_vfio_attach", sizeof(struct abi_vfio_attach), offsetof(struct vfio_device_attach_iommufd_pt, pasid)},
	FIELD(abi_vfio_attach, argsz, vfio_device_attach_iommufd_pt, argsz),
	FIELD(abi_vfio_attach, flags, vfio_device_attach_iommufd_pt, flags),
	FIELD(abi_vfio_attach, pt_id, vfio_device_attach_iommufd_pt, pt_id),
	{"sizeof abi_vfio_detach", sizeof(struct abi_vfio_detach), offsetof(struct vfio_device_detach_iommufd_pt, pasid)},
	FIELD(abi_vfio_detach, argsz, vfio_device_detach_iommufd_pt, argsz),
	FIELD(abi_vfio_detach, flags, vfio_device_detach_iommufd_pt, flags),
	/* clang-format on */
};

int main(void)
{
	const size_t count = sizeof(rows) / sizeof(rows[0]);
	bool differs = false;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].ours == rows[i].theirs)
			continue;
		printf("%s: here %lu, in the kernel %lu\n", rows[i].name, rows[i].ours,
		       rows[i].theirs);
		differs = true;
	}
	printf("compared %zu numbers with Linux %d.%d\n", count, LINUX_VERSION_CODE >> 16,
	       LINUX_VERSION_CODE >> 8 & 255);
	return differs;
}
