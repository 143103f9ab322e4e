/* SPDX-License-Identifier: BSD-2-Clause */
/* Device-tree nodes, as properties: the VMM puts them into its tree. */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	GIC_SPI = 0,
	GIC_FIRST_SPI = 32,
	GIC_EDGE_RISING = 1,
};

static struct cmdqv_firmware_property *add_property(struct cmdqv_firmware_node *node,
						    const char *name)
{
	struct cmdqv_firmware_property *property = &node->properties[node->count++];

	property->name = name;
	property->bytes = 0;
	return property;
}

static void add_cell(struct cmdqv_firmware_property *property, uint32_t cell)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		property->value[property->bytes++] = (uint8_t)(cell >> shift);
}

static void add_number(struct cmdqv_firmware_property *property, uint64_t number)
{
	add_cell(property, (uint32_t)(number >> 32));
	add_cell(property, (uint32_t)number);
}

static void add_string(struct cmdqv_firmware_property *property, const char *string)
{
	size_t bytes = strlen(string) + 1;

	memcpy(property->value + property->bytes, string, bytes);
	property->bytes += (uint32_t)bytes;
}

int cmdqv_firmware_dt_cmdqv(const struct cmdqv_firmware *firmware, struct cmdqv_firmware_node *node,
			    struct cmdqv_error *error)
{
	struct cmdqv_firmware_property *property;
	struct cmdqv_firmware known;
	int err = firmware_check(&known, firmware, error);

	if (err)
		return err;
	*node = (struct cmdqv_firmware_node){.count = 0};
	snprintf(node->name, sizeof(node->name), "cmdqv@%" PRIx64, known.base);
	add_string(add_property(node, "compatible"), "nvidia,tegra264-cmdqv");
	property = add_property(node, "reg");
	add_number(property, known.base);
	add_number(property, known.bytes);
	property = add_property(node, "interrupts");
	add_cell(property, GIC_SPI);
	add_cell(property, known.gsiv - GIC_FIRST_SPI);
	add_cell(property, GIC_EDGE_RISING);
	return 0;
}

void cmdqv_firmware_dt_smmu(uint32_t phandle, struct cmdqv_firmware_node *node)
{
	struct cmdqv_firmware_property *compatible;

	*node = (struct cmdqv_firmware_node){.count = 0};
	compatible = add_property(node, "compatible");
	add_string(compatible, "nvidia,tegra264-smmu");
	add_string(compatible, "arm,smmu-v3");
	add_cell(add_property(node, "nvidia,cmdqv"), phandle);
}
