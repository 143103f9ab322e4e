/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest finds of the descriptions that firmware.h writes, and of others. */
#include "find.h"

#include <cmdqv/firmware.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../test.h"

static const struct cmdqv_firmware firmware = {
	.size = sizeof(firmware),
	.base = 0x0b0000000ULL,
	.bytes = 0x50000,
	.gsiv = 232,
	.smmu = 1,
};

static int enter(void **state)
{
	char *directory = strdup("/tmp/cmdqv-find-XXXXXX");

	*state = directory;
	return !directory || !mkdtemp(directory);
}

static int leave(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
	free(*state);
	return system(command);
}

static void write_file(const char *root, const char *path, const void *bytes, size_t length)
{
	char name[256];
	FILE *file;

	snprintf(name, sizeof(name), "%s%s", root, path);
	for (char *at = strchr(name + strlen(root) + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		(void)mkdir(name, 0700);
		*at = '/';
	}
	file = fopen(name, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
}

static void assert_found(const char *root)
{
	struct found found;

	find_cmdqv(root, &found);
	assert_int_equal(found.window, 0x0b0000000ULL);
	assert_int_equal(found.interrupt, 232);
	assert_int_equal(found.distributor, 0x08000000);
}

TEST_BETWEEN(acpi_tells_window_interrupt_and_gic, enter, leave)
{
	/* The head of a MADT, a CPU's entry that is passed over, a distributor. */
	static const uint8_t madt[44 + 8 + 24] = {
		[44] = 0x0B, [45] = 8, [52] = 12, [53] = 24, [63] = 0x08,
	};
	uint8_t table[CMDQV_FIRMWARE_ACPI_BYTES];
	int bytes = cmdqv_firmware_acpi(&firmware, table, sizeof(table), NULL);

	assert_true(bytes > 0);
	write_file(*test_state, "/sys/firmware/acpi/tables/DSDT",
		   "DSDT and nothing of it, no CMDQV", 32);
	write_file(*test_state, "/sys/firmware/acpi/tables/SSDT2", table, (size_t)bytes);
	write_file(*test_state, "/sys/firmware/acpi/tables/APIC", madt, sizeof(madt));
	assert_found(*test_state);
}

TEST_BETWEEN(a_device_tree_tells_the_same, enter, leave)
{
	static const uint8_t gic[] = {0, 0, 0, 0, 8, 0, 0, 0};
	struct cmdqv_firmware_node node;

	assert_int_equal(cmdqv_firmware_dt_cmdqv(&firmware, &node, NULL), 0);
	for (uint32_t i = 0; i < node.count; i++) {
		char path[128];

		snprintf(path, sizeof(path), "/proc/device-tree/%s/%s", node.name,
			 node.properties[i].name);
		write_file(*test_state, path, node.properties[i].value, node.properties[i].bytes);
	}
	write_file(*test_state, "/proc/device-tree/intc/compatible", "arm,gic-v3", 11);
	write_file(*test_state, "/proc/device-tree/intc/reg", gic, sizeof(gic));
	assert_found(*test_state);
}

TEST_BETWEEN(nothing_is_found_where_nothing_is, enter, leave)
{
	struct found found;

	find_cmdqv(*test_state, &found);
	assert_int_equal(found.window, 0);
	assert_int_equal(find_memory(*test_state, 0x40000), 0);
}

TEST(a_table_that_is_cut_off_anywhere_is_read_no_further)
{
	uint8_t table[CMDQV_FIRMWARE_ACPI_BYTES];
	const size_t bytes = (size_t)cmdqv_firmware_acpi(&firmware, table, sizeof(table), NULL);

	for (size_t cut = 0; cut < bytes; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1); /* so that ASan sees one byte too many */
		struct found found = {.window = 0};

		assert_non_null(exact);
		memcpy(exact, table, cut);
		find_in_aml(exact, cut, &found);
		find_in_madt(exact, cut, &found);
		assert_true(found.window == 0 || found.window == 0x0b0000000ULL);
		free(exact);
	}
}

/* As UEFI leaves it, with an initramfs at the top. */
TEST_BETWEEN(memory_is_in_the_first_gap, enter, leave)
{
	static const char iomem[] = "09000000-09000fff : pl011@9000000\n"
				    "40000000-47ffffff : System RAM\n"
				    "48000000-5fffffff : reserved\n"
				    "7bf40000-7c3fffff : System RAM\n"
				    "7c400000-7fffffff : reserved\n";

	write_file(*test_state, "/proc/iomem", iomem, sizeof(iomem) - 1);
	assert_int_equal(find_memory(*test_state, 0x40000), 0x60100000);
}

TEST_BETWEEN(memory_is_above_all_that_the_kernel_has, enter, leave)
{
	static const char iomem[] = "09000000-09000fff : pl011@9000000\n"
				    "40000000-5bffffff : System RAM\n"
				    "  40210000-4121ffff : Kernel code\n"
				    "8000000000-ffffffffff : PCI Bus 0000:00\n";

	write_file(*test_state, "/proc/iomem", iomem, sizeof(iomem) - 1);
	assert_int_equal(find_memory(*test_state, 0x40000), 0x5c100000);
}
