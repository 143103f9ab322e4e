/* SPDX-License-Identifier: BSD-2-Clause */
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
struct cmdqv_soft_host;
struct cmdqv_soft_vm;
struct cmdqv_soft_host_config {
	size_t size;
	uint8_t log2_vcmdqs;
	uint8_t log2_vintfs;
	uint8_t log2_sids;
	uint8_t cmdqs;
	uint32_t errata;
	uint64_t granule_bytes;
	uint64_t reserved[2];
};
struct cmdqv_soft_ops {
	size_t size;
	int (*execute)(void *user, const struct cmdqv_command *command);
	void (*kick)(void *user);
	void (*trace)(void *user, const struct cmdqv_trace_event *event);
};
CMDQV_API int cmdqv_soft_host_create(struct cmdqv_soft_host **out,
				     const struct cmdqv_soft_host_config *config,
				     const struct cmdqv_soft_ops *ops, void *user,
				     struct cmdqv_error *error);
CMDQV_API void cmdqv_soft_host_destroy(struct cmdqv_soft_host *host);
CMDQV_API int cmdqv_soft_host_run(struct cmdqv_soft_host *host, uint32_t budget);
CMDQV_API bool cmdqv_soft_host_pending(const struct cmdqv_soft_host *host);
CMDQV_API struct cmdqv_model *cmdqv_soft_host_model(struct cmdqv_soft_host *host);
CMDQV_API struct cmdqv_smmu *cmdqv_soft_host_smmu(struct cmdqv_soft_host *host);
CMDQV_API int cmdqv_soft_vm_create(struct cmdqv_soft_vm **out, struct cmdqv_soft_host *host,
				   struct cmdqv_error *error);
CMDQV_API void cmdqv_soft_vm_guest_repeats(struct cmdqv_soft_vm *vm);
CMDQV_API void cmdqv_soft_vm_destroy(struct cmdqv_soft_vm *vm);
CMDQV_API int cmdqv_soft_map_ram(struct cmdqv_soft_vm *vm, cmdqv_gpa_t gpa, void *memory,
				 uint64_t bytes);
CMDQV_API int cmdqv_soft_unmap_ram(struct cmdqv_soft_vm *vm, cmdqv_gpa_t gpa, uint64_t bytes);
CMDQV_API int cmdqv_soft_bind_device(struct cmdqv_soft_vm *vm, cmdqv_sid_t sid, uint32_t *dev_id);
CMDQV_API int cmdqv_soft_unbind_device(struct cmdqv_soft_vm *vm, uint32_t dev_id);
CMDQV_API int cmdqv_soft_query(struct cmdqv_soft_vm *vm, uint32_t dev_id,
			       struct cmdqv_hw_info *info, struct cmdqv_error *error);
CMDQV_API int cmdqv_soft_open(struct cmdqv_viommu **out, struct cmdqv_soft_vm *vm,
			      struct cmdqv_backend *backend, struct cmdqv_error *error);
CMDQV_API uint32_t cmdqv_soft_vintf(const struct cmdqv_viommu *viommu);
CMDQV_API uint16_t cmdqv_soft_vmid(const struct cmdqv_viommu *viommu);
#ifdef __cplusplus
}
#endif
#endif
