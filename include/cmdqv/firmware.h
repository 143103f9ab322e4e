/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * Firmware: how a guest is told that its SMMUv3 has a CMDQV.
 *
 * Linux looks for it in one of two ways:
 *   - ACPI: a device NVDA200C whose _UID is the identifier of the SMMUv3's node in the
 *     IORT. cmdqv_firmware_acpi() makes a whole SSDT with that device.
 *   - device tree (Linux 7.0 and newer): a property of the SMMU's node that refers to the
 *     CMDQV's node. cmdqv_firmware_dt_cmdqv() makes the latter's properties,
 *     cmdqv_firmware_dt_smmu() those that the former gets besides its own.
 *
 * Both use only what the struct below says of the machine. Prefer ACPI where you can choose: if a
 * device tree describes the CMDQV, Linux 7.3 concludes that the chip has an erratum, and issues
 * each TLBI and CFGI twice.
 *
 * No state; any thread; nothing blocks or allocates.
 */
#ifndef CMDQV_FIRMWARE_H
#define CMDQV_FIRMWARE_H

#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where a machine has its CMDQV. */
struct cmdqv_firmware {
	size_t size;	     /**< sizeof(struct cmdqv_firmware) */
	uint64_t base;	     /**< of the window: a multiple of 64 KiB */
	uint64_t bytes;	     /**< of the window: CMDQV_GUEST_BYTES, or a physical one's */
	uint32_t gsiv;	     /**< its interrupt at a GIC, 32 to 1019 (of an SPI: + 32); an edge */
	uint32_t smmu;	     /**< identifier of the SMMUv3's node in the IORT */
	uint8_t instance;    /**< tells apart the CMDQVs of one machine in names */
	uint8_t reserved[3]; /**< 0 */
	uint32_t smmu_flags; /**< of struct cmdqv_hw_info: what the physical SMMU asks of a guest */
};

/** No SSDT of cmdqv_firmware_acpi() is longer. */
#define CMDQV_FIRMWARE_ACPI_BYTES 256

/**
 * Makes an SSDT with the CMDQV's device and writes it to `table` of `bytes` bytes.
 *
 * @return its length in bytes
 * @retval -EINVAL `firmware` lacks something or is out of range (`error` names it)
 * @retval -E2BIG see types.h
 * @retval -ENOSPC the table is longer than `bytes`; CMDQV_FIRMWARE_ACPI_BYTES always suffices
 * @retval -EOPNOTSUPP smmu_flags has CMDQV_SMMU_REPEAT: only a device tree tells a guest [DEV-34]
 */
CMDQV_API int cmdqv_firmware_acpi(const struct cmdqv_firmware *firmware, void *table, size_t bytes,
				  struct cmdqv_error *error);

/** A property of a device tree's node: its value as the flattened tree has it, big-endian. */
struct cmdqv_firmware_property {
	const char *name;  /**< static storage */
	uint32_t bytes;	   /**< of `value` */
	uint32_t reserved; /**< 0 */
	uint8_t value[48]; /**< as the flattened tree has it */
};

/** A node of a device tree, or what one gets besides its own. */
struct cmdqv_firmware_node {
	char name[32];				      /**< unit name, such as "cmdqv@b000000" */
	uint32_t count;				      /**< of properties */
	uint32_t reserved;			      /**< 0 */
	struct cmdqv_firmware_property properties[4]; /**< the first `count` of them */
};

/**
 * Makes the CMDQV's node, for a parent with 2 address cells and 2 size cells and an
 * interrupt parent that is a GIC (3 cells). Add a phandle when you put it into a tree.
 *
 * @retval 0 *node is filled in
 * @retval -EINVAL as cmdqv_firmware_acpi()
 * @retval -E2BIG as cmdqv_firmware_acpi()
 */
CMDQV_API int cmdqv_firmware_dt_cmdqv(const struct cmdqv_firmware *firmware,
				      struct cmdqv_firmware_node *node, struct cmdqv_error *error);

/**
 * Makes two properties for the SMMUv3's node: "compatible", which replaces the node's own, and
 * the reference to the CMDQV's node by its `phandle`. `name` of *node is left empty.
 */
CMDQV_API void cmdqv_firmware_dt_smmu(uint32_t phandle, struct cmdqv_firmware_node *node);

#ifdef __cplusplus
}
#endif

#endif
