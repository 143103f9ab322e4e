/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_FIRMWARE_H
#define CMDQV_FIRMWARE_H
#include <cmdqv/types.h>
#ifdef __cplusplus
extern "C" {
#endif
struct cmdqv_firmware {
	size_t size;
	uint64_t base;
	uint64_t bytes;
	uint32_t gsiv;
	uint32_t smmu;
	uint8_t instance;
	uint8_t reserved[3];
	uint32_t smmu_flags;
};
#define CMDQV_FIRMWARE_ACPI_BYTES 256
CMDQV_API int cmdqv_firmware_acpi(const struct cmdqv_firmware *firmware, void *table, size_t bytes,
				  struct cmdqv_error *error);
struct cmdqv_firmware_property {
	const char *name;
	uint32_t bytes;
	uint32_t reserved;
	uint8_t value[48];
};
struct cmdqv_firmware_node {
	char name[32];
	uint32_t count;
	uint32_t reserved;
	struct cmdqv_firmware_property properties[4];
};
CMDQV_API int cmdqv_firmware_dt_cmdqv(const struct cmdqv_firmware *firmware,
				      struct cmdqv_firmware_node *node, struct cmdqv_error *error);
CMDQV_API void cmdqv_firmware_dt_smmu(uint32_t phandle, struct cmdqv_firmware_node *node);
#ifdef __cplusplus
}
#endif
#endif
