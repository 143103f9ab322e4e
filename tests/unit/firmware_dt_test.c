/* SPDX-License-Identifier: BSD-2-Clause */
/* The device-tree nodes, put into a tree, against the same tree in words. dtc judges both. */
#include "firmware_tools.h"

#include <cmdqv/firmware.h>

/* dtc complains of nodes that Linux's own trees have as well: a GIC without registers here. */
#define DTC "dtc -I dts -O dtb -W no-interrupt_provider -W no-interrupts_property -o "

static const char head[] =
	"/dts-v1/;\n/ {\n#address-cells = <2>; #size-cells = <2>; interrupt-parent = <1>;\n"
	"intc@8000000 { phandle = <1>; reg = <0 0x8000000 0 0x10000>; interrupt-controller;\n"
	"#interrupt-cells = <3>; #address-cells = <0>; };\n";

static void put_node(FILE *to, const struct cmdqv_firmware_node *node)
{
	for (uint32_t i = 0; i < node->count; i++) {
		const struct cmdqv_firmware_property *property = &node->properties[i];

		fprintf(to, "%s = [", property->name);
		for (uint32_t j = 0; j < property->bytes; j++)
			fprintf(to, " %02x", property->value[j]);
		fputs(" ];\n", to);
	}
}

static void compile(const char *source, const char *tree)
{
	char command[256];

	snprintf(command, sizeof(command), DTC "%s %s >log 2>&1", tree, source);
	assert_int_equal(system(command), 0);
	assert_int_equal(system("test -s log"), 1 << 8); /* no warning either */
}

TEST(the_nodes_make_the_tree_that_linux_looks_for)
{
	const struct cmdqv_firmware fw = {
		.size = sizeof(fw),
		.base = 0x0b000000,
		.bytes = 0x50000,
		.gsiv = 232,
		.smmu = 1,
	};
	struct cmdqv_firmware_node cmdqv, smmu;
	FILE *file;

	if (!tool_is_there("dtc"))
		skip();
	memset(&cmdqv, 0xff, sizeof(cmdqv));
	memset(&smmu, 0xff, sizeof(smmu));
	assert_int_equal(cmdqv_firmware_dt_cmdqv(&fw, &cmdqv, NULL), 0);
	cmdqv_firmware_dt_smmu(2, &smmu);
	file = fopen("made.dts", "w");
	assert_non_null(file);
	fprintf(file, "%s%s {\n", head, cmdqv.name);
	put_node(file, &cmdqv);
	fputs("phandle = <2>; };\niommu@9050000 {\n", file);
	put_node(file, &smmu);
	fputs("reg = <0 0x9050000 0 0x20000>; #iommu-cells = <1>; dma-coherent; };\n};\n", file);
	assert_int_equal(fclose(file), 0);
	file = fopen("words.dts", "w");
	assert_non_null(file);
	fprintf(file,
		"%scmdqv@b000000 { compatible = \"nvidia,tegra264-cmdqv\";\n"
		"reg = <0 0xb000000 0 0x50000>; interrupts = <0 200 1>; phandle = <2>; };\n"
		"iommu@9050000 { compatible = \"nvidia,tegra264-smmu\", \"arm,smmu-v3\";\n"
		"nvidia,cmdqv = <2>;\n"
		"reg = <0 0x9050000 0 0x20000>; #iommu-cells = <1>; dma-coherent; };\n};\n",
		head);
	assert_int_equal(fclose(file), 0);
	compile("made.dts", "made.dtb");
	compile("words.dts", "words.dtb");
	assert_int_equal(system("cmp made.dtb words.dtb"), 0);
}

TEST(a_physical_window_above_four_gibibytes_is_told_in_two_cells_each)
{
	const struct cmdqv_firmware fw = {
		.size = sizeof(fw),
		.base = 0x1200000000,
		.bytes = 0x830000,
		.gsiv = 32,
		.smmu = 1,
	};
	static const uint8_t reg[] = {0, 0, 0, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x83, 0, 0};
	static const uint8_t interrupts[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	struct cmdqv_firmware_node node;

	assert_int_equal(cmdqv_firmware_dt_cmdqv(&fw, &node, NULL), 0);
	assert_string_equal(node.name, "cmdqv@1200000000");
	assert_int_equal(node.count, 3);
	assert_string_equal(node.properties[1].name, "reg");
	assert_int_equal(node.properties[1].bytes, sizeof(reg));
	assert_memory_equal(node.properties[1].value, reg, sizeof(reg));
	assert_int_equal(node.properties[2].bytes, sizeof(interrupts));
	assert_memory_equal(node.properties[2].value, interrupts, sizeof(interrupts));
}

int main(void)
{
	return test_run_all(enter_directory, leave_directory);
}
