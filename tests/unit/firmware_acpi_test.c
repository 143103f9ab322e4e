/* SPDX-License-Identifier: BSD-2-Clause */
/* The ACPI table, against what iasl makes of the same words, and against iasl's judgement. */
#include "firmware_tools.h"

#include <errno.h>
#include <inttypes.h>

#include <cmdqv/firmware.h>

enum { CHECKSUM = 9, CREATOR = 28, HEADER = 36 };

static struct cmdqv_firmware a_guest(void)
{
	return (struct cmdqv_firmware){
		.size = sizeof(struct cmdqv_firmware),
		.base = 0x0b000000,
		.bytes = 0x50000,
		.gsiv = 232,
		.smmu = 1,
	};
}

/* What iasl makes of the device, in the words of an author of firmware. */
static size_t compile_words(const struct cmdqv_firmware *fw, const char *device, uint8_t *table,
			    size_t room)
{
	char words[2048];
	int length = snprintf(
		words, sizeof(words),
		"DefinitionBlock (\"\", \"SSDT\", 2, \"CMDQV \", \"CMDQV   \", 1) {\n"
		"Scope (\\_SB) { Device (%s) {\n"
		"Name (_HID, \"NVDA200C\") Name (_UID, 0x%" PRIx32 ") Name (_CCA, 1)\n"
		"Name (_CRS, ResourceTemplate () {\n"
		"QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, NonCacheable,\n"
		"ReadWrite, 0, 0x%" PRIx64 ", 0x%" PRIx64 ", 0, 0x%" PRIx64 ")\n"
		"Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) { %" PRIu32 " }\n"
		"}) } } }\n",
		device, fw->smmu, fw->base, fw->base + fw->bytes - 1, fw->bytes, fw->gsiv);

	assert_in_range(length, 1, sizeof(words) - 1);
	write_file("words.asl", words, (size_t)length);
	assert_int_equal(system("iasl -p words words.asl >words.log 2>&1"), 0);
	return read_file("words.aml", table, room);
}

static void expect_what_iasl_makes(const struct cmdqv_firmware *fw, const char *device)
{
	uint8_t expected[1024], got[CMDQV_FIRMWARE_ACPI_BYTES];
	size_t length = compile_words(fw, device, expected, sizeof(expected));
	int result = cmdqv_firmware_acpi(fw, got, sizeof(got), NULL);

	assert_int_equal(result, length);
	assert_memory_equal(got + HEADER, expected + HEADER, length - HEADER);
	/* But the checksum, and who compiled it. */
	assert_memory_equal(got, expected, CHECKSUM);
	assert_memory_equal(got + CHECKSUM + 1, expected + CHECKSUM + 1, CREATOR - CHECKSUM - 1);
}

TEST(the_table_is_what_iasl_makes_of_the_same_words)
{
	struct cmdqv_firmware fw = a_guest();

	if (!tool_is_there("iasl"))
		skip();
	expect_what_iasl_makes(&fw, "CQ00");
	fw.instance = 0xa7;
	fw.smmu = 0;
	expect_what_iasl_makes(&fw, "CQA7");
	fw.smmu = 200;
	expect_what_iasl_makes(&fw, "CQA7");
	fw.smmu = 40000;
	expect_what_iasl_makes(&fw, "CQA7");
	fw.smmu = 0xfedcba98;
	fw.base = 0x8000000000;
	fw.bytes = 0x830000;
	fw.gsiv = 1019;
	expect_what_iasl_makes(&fw, "CQA7");
	fw.base = UINT64_MAX - (fw.bytes - 1);
	expect_what_iasl_makes(&fw, "CQA7");
}

TEST(iasl_takes_the_table_apart_and_together_without_a_complaint)
{
	const struct cmdqv_firmware fw = a_guest();
	uint8_t table[CMDQV_FIRMWARE_ACPI_BYTES], again[1024];
	int length = cmdqv_firmware_acpi(&fw, table, sizeof(table), NULL);

	if (!tool_is_there("iasl"))
		skip();
	assert_true(length > HEADER);
	write_file("table.aml", table, (size_t)length);
	assert_int_equal(system("iasl -d table.aml >log 2>&1"), 0);
	assert_int_equal(system("grep -q -i 'warning\\|incorrect checksum' log"), 1 << 8);
	assert_int_equal(system("iasl -we -p again table.dsl >log 2>&1"), 0);
	assert_int_equal(read_file("again.aml", again, sizeof(again)), length);
	assert_memory_equal(again + HEADER, table + HEADER, (size_t)length - HEADER);
}

TEST(the_header_is_one_of_a_table_whose_bytes_sum_to_zero)
{
	const struct cmdqv_firmware fw = a_guest();
	uint8_t table[CMDQV_FIRMWARE_ACPI_BYTES], sum = 0;
	int length = cmdqv_firmware_acpi(&fw, table, sizeof(table), NULL);

	assert_true(length > HEADER);
	assert_memory_equal(table, "SSDT", 4);
	assert_int_equal(table[4] | table[5] << 8 | table[6] << 16 | table[7] << 24, length);
	assert_memory_equal(table + 10, "CMDQV CMDQV   \1\0\0\0CMDQ\1\0\0\0", 26);
	for (int i = 0; i < length; i++)
		sum = (uint8_t)(sum + table[i]);
	assert_int_equal(sum, 0);
}

TEST(too_little_room_is_told_and_nothing_written)
{
	const struct cmdqv_firmware fw = a_guest();
	uint8_t table[CMDQV_FIRMWARE_ACPI_BYTES] = {0x5a};
	struct cmdqv_error error;
	int length = cmdqv_firmware_acpi(&fw, table, sizeof(table), NULL);

	table[0] = 0x5a;
	assert_int_equal(cmdqv_firmware_acpi(&fw, table, (size_t)length - 1, &error), -ENOSPC);
	assert_int_equal(table[0], 0x5a);
	assert_int_equal(cmdqv_firmware_acpi(&fw, table, (size_t)length, &error), length);
}

TEST(what_no_machine_can_have_is_refused)
{
	static const char *const ids[] = {"bad-window",	   "bad-window",    "bad-window",
					  "bad-interrupt", "bad-interrupt", "bad-window",
					  "bad-window"};
	struct cmdqv_firmware wrong[COUNT(ids)];
	uint8_t table[CMDQV_FIRMWARE_ACPI_BYTES];
	struct cmdqv_firmware_node node;
	struct cmdqv_error error;

	for (size_t i = 0; i < COUNT(ids); i++)
		wrong[i] = a_guest();
	wrong[0].base = 0x0b001000;
	wrong[1].bytes = 0;
	wrong[2].base = 0xffffffffffff0000;
	wrong[3].gsiv = 31;
	wrong[4].gsiv = 1020;
	wrong[5].bytes = 0x40000; /* without page 1 of the VINTF */
	wrong[6].bytes = 0x58000;
	for (size_t i = 0; i < COUNT(ids); i++) {
		error.text[0] = 0;
		assert_int_equal(cmdqv_firmware_acpi(&wrong[i], table, sizeof(table), &error),
				 -EINVAL);
		assert_true(error.text[0]);
		assert_string_equal(error.id, ids[i]);
		assert_int_equal(cmdqv_firmware_dt_cmdqv(&wrong[i], &node, NULL), -EINVAL);
	}
}

/* [DEV-34] */
TEST(an_smmu_that_wants_repetition_is_described_by_a_device_tree_alone)
{
	struct cmdqv_firmware fw = a_guest();
	uint8_t table[CMDQV_FIRMWARE_ACPI_BYTES];
	struct cmdqv_firmware_node node;
	struct cmdqv_error error;

	fw.smmu_flags = CMDQV_SMMU_REPEAT;
	assert_int_equal(cmdqv_firmware_acpi(&fw, table, sizeof(table), &error), -EOPNOTSUPP);
	assert_string_equal(error.id, "erratum-needs-dt");
	assert_int_equal(cmdqv_firmware_dt_cmdqv(&fw, &node, NULL), 0);
	fw.smmu_flags = ~CMDQV_SMMU_REPEAT; /* of later kernels */
	assert_true(cmdqv_firmware_acpi(&fw, table, sizeof(table), NULL) > 0);
}

int main(void)
{
	return test_run_all(enter_directory, leave_directory);
}
