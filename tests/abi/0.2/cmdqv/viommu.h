/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_VIOMMU_H
#define CMDQV_VIOMMU_H
#include <cmdqv/backend.h>
#include <cmdqv/types.h>
#ifdef __cplusplus
extern "C" {
#endif
struct cmdqv_viommu;
#define CMDQV_SMMU_IDRS 6
struct cmdqv_hw_info {
	size_t size;
	uint64_t capabilities;
	uint32_t smmu_flags;
	uint32_t idr[CMDQV_SMMU_IDRS];
	uint32_t iidr;
	uint32_t aidr;
	uint32_t num_lvcmdqs;
	uint32_t num_sids;
	uint32_t version;
	uint8_t max_pasid_log2;
	bool ats_not_supported;
	uint8_t reserved[14];
};
CMDQV_API int cmdqv_hw_info_cmdqs(const struct cmdqv_hw_info *info, uint64_t granule_bytes);
CMDQV_API int cmdqv_hw_info_limit_idr(const struct cmdqv_hw_info *info, uint64_t granule_bytes,
				      uint32_t idr[CMDQV_SMMU_IDRS], struct cmdqv_error *error);
CMDQV_API void cmdqv_viommu_close(struct cmdqv_viommu *viommu);
CMDQV_API int cmdqv_viommu_hw_info(const struct cmdqv_viommu *viommu, struct cmdqv_hw_info *info);
CMDQV_API uint32_t cmdqv_viommu_id(const struct cmdqv_viommu *viommu);
CMDQV_API int cmdqv_viommu_add_device(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid,
				      uint32_t dev_id, int device_fd, struct cmdqv_error *error);
CMDQV_API int cmdqv_viommu_remove_device(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid,
					 struct cmdqv_error *error);
CMDQV_API int cmdqv_viommu_set_ste(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid,
				   const uint64_t ste[2], struct cmdqv_error *error);
struct cmdqv_viommu_command {
	uint64_t word[2];
};
struct cmdqv_viommu_result {
	size_t issued;
	uint32_t error;
	uint32_t reserved;
};
CMDQV_API int cmdqv_viommu_invalidate(struct cmdqv_viommu *viommu,
				      const struct cmdqv_viommu_command *commands, size_t count,
				      struct cmdqv_viommu_result *result,
				      struct cmdqv_error *error);
struct cmdqv_viommu_event {
	uint64_t word[4];
	uint32_t sequence;
	uint32_t missed;
	bool lost;
	uint8_t reserved[7];
};
CMDQV_API int cmdqv_viommu_smmu_event_fd(const struct cmdqv_viommu *viommu);
CMDQV_API int cmdqv_viommu_smmu_event(struct cmdqv_viommu *viommu,
				      struct cmdqv_viommu_event *event);
#ifdef __cplusplus
}
#endif
#endif
