/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_IOMMUFD_H
#define CMDQV_IOMMUFD_H
#include <cmdqv/viommu.h>
#ifdef __cplusplus
extern "C" {
#endif
CMDQV_API int cmdqv_iommufd_query(int iommufd, uint32_t dev_id, struct cmdqv_hw_info *info,
				  struct cmdqv_error *error);
struct cmdqv_iommufd_config {
	size_t size;
	int iommufd;
	uint32_t dev_id;
	uint32_t hwpt_id;
	bool guest_repeats;
	uint8_t reserved[19];
};
CMDQV_API int cmdqv_iommufd_open(struct cmdqv_viommu **out,
				 const struct cmdqv_iommufd_config *config,
				 struct cmdqv_backend *backend, struct cmdqv_error *error);
struct cmdqv_iommufd_adopted {
	size_t size;
	int iommufd;
	uint32_t dev_id;
	uint32_t viommu_id;
	int cmdqv_event_fd;
	uint64_t mmap_offset;
	uint64_t mmap_length;
	int smmu_event_fd;
	bool guest_repeats;
	uint8_t reserved[19];
};
CMDQV_API int cmdqv_iommufd_adopt(struct cmdqv_viommu **out,
				  const struct cmdqv_iommufd_adopted *adopted,
				  struct cmdqv_backend *backend, struct cmdqv_error *error);
#ifdef __cplusplus
}
#endif
#endif
