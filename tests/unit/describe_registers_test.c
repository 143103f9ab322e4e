/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include <cmdqv/describe.h>

#include "../test.h"

static const struct cmdqv_geometry guest = {1, 0, 4, true};
static const struct cmdqv_geometry grace = {7, 6, 4, false};
static const struct cmdqv_geometry tiny = {0, 0, 1, true};

/* Without a register there is no value to describe either, for the same reason. */
TEST(an_offset_becomes_the_name_of_its_register_or_says_why_there_is_none)
{
	static const struct {
		const struct cmdqv_geometry *geometry;
		uint64_t offset;
		int ret;
		const char *text;
	} cases[] = {
		{&guest, 0x0, 0, "CONFIG"},
		{&guest, 0x4, 0, "PARAM"},
		{&guest, 0x18, 0, "VI_ERR_MAP(1)"},
		{&guest, 0x204, 0, "CMDQ_ALLOC(1)"},
		{&guest, 0x1000, 0, "VINTF0 CONFIG"},
		{&guest, 0x107c, 0, "VINTF0 SID_MATCH(15)"},
		{&guest, 0x10c0, 0, "VINTF0 LVCMDQ_ERR_MAP(0)"},
		{&guest, 0x10084, 0, "VCMDQ1 PROD"},
		{&guest, 0x30084, 0, "VINTF0 LVCMDQ1 PROD"},
		{&guest, 0x40088, 0, "VINTF0 LVCMDQ1 CONS_INDX_BASE"},
		{&guest, 0x40004, 0, "VINTF0 LVCMDQ0 BASE, upper half"},
		{&grace, 0x2a0, 0, "CMDQ_ALLOC(40)"},
		{&grace, 0x1104, 0, "VINTF1 STATUS"},
		{&grace, 0x50014, 0, "VINTF1 LVCMDQ0 GERRORN"},
		{&grace, 0x820080, 0, "VINTF63 LVCMDQ1 BASE"},
		{&guest, 0xc, -ENOENT, "no register at 0xc"},
		{&guest, 0x50000, -ENOENT, "0x50000 is past the end of the window, 0x50000"},
		{&guest, 0x2, -ENOENT, "0x2 is not a multiple of 4"},
		{&guest, 0x30100, -ENOENT,
		 "VINTF0 LVCMDQ2 CONS, which is not there with 1 VINTFs, 2 VCMDQs, 16 SID slots"},
		{&tiny, 0x1048, -ENOENT,
		 "VINTF0 SID_MATCH(2), which is not there with 1 VINTFs, 1 VCMDQs, 2 SID slots"},
		{&grace, 0x830000, -ENOENT, "0x830000 is past the end of the window, 0x830000"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct cmdqv_geometry *geometry = cases[i].geometry;
		char text[128];

		assert_int_equal(
			cmdqv_describe_offset(geometry, cases[i].offset, text, sizeof(text)),
			cases[i].ret);
		assert_string_equal(text, cases[i].text);
		if (!cases[i].ret)
			continue;
		assert_int_equal(
			cmdqv_describe_value(geometry, cases[i].offset, 1, text, sizeof(text)),
			cases[i].ret);
		assert_string_equal(text, cases[i].text);
	}
}

TEST(a_value_is_taken_apart_into_fields)
{
	static const struct {
		const struct cmdqv_geometry *geometry;
		uint64_t offset;
		uint64_t value;
		const char *text;
	} cases[] = {
		{&guest, 0x0, 0x20083,
		 "CMDQV_EN=1 PER_CMD_OFFSET=1 MAX_CLK_BATCH=8 MAX_CMD_BATCH=0x20 CONS_DRAM_EN=0"},
		{&guest, 0x4, 0x4011,
		 "VER=1 NUM_VCMDQ_LOG2=1 NUM_VINTF_LOG2=0 NUM_SID_PER_VM_LOG2=4"},
		{&grace, 0x4, 0x4671,
		 "VER=1 NUM_VCMDQ_LOG2=7 NUM_VINTF_LOG2=6 NUM_SID_PER_VM_LOG2=4"},
		{&guest, 0x0, 0x4da0a1,
		 "CMDQV_EN=1 PER_CMD_OFFSET=0 MAX_CLK_BATCH=0xa MAX_CMD_BATCH=0xda CONS_DRAM_EN=0 "
		 "reserved=0x400000"},
		{&grace, 0x208, 0x8001, "ALLOCATED=1 LVCMDQ=0 VINTF=1"},
		{&grace, 0x2fc, 0x1f8003, "ALLOCATED=1 LVCMDQ=1 VINTF=0x3f"},
		{&guest, 0x24, 0x3, "0x3"},
		{&guest, 0x30080, 0x200003c, "INDEX=0x3c ERR=2 (abort on fetch)"},
		{&guest, 0x30080, 0x3c, "INDEX=0x3c ERR=0"},
		{&guest, 0x30094, 0x1, "CMDQ_ERR=1 CONS_DRAM_WR_ABT_ERR=0 CMDQ_INIT_ERR=0"},
		{&guest, 0x30088, 0x80000001, "EN=1 reserved=0x80000000"},
		{&guest, 0x40080, 0x101c00012, "LOG2SIZE=0x12 ADDR=0x101c00000"},
		{&guest, 0x40084, 0x1, "ADDR=0x100000000"},
		{&guest, 0x1000, 0x20001, "ENABLE=1 VMID=0 HYP_OWN=1"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[128];

		assert_int_equal(cmdqv_describe_value(cases[i].geometry, cases[i].offset,
						      cases[i].value, text, sizeof(text)),
				 0);
		assert_string_equal(text, cases[i].text);
	}
}

/* Of the registers above, in order, the next one; the upper half of a wide one is one of them. */
TEST(the_next_register_is_the_first_that_has_a_name)
{
	static const struct cmdqv_geometry *const geometries[] = {&guest, &grace, &tiny};

	for (size_t i = 0; i < COUNT(geometries); i++) {
		uint64_t next = 0, end = i == 1 ? 0x830000 : 0x50000;
		char text[128];

		for (uint64_t offset = 0; offset < end; offset += 4) {
			if (cmdqv_describe_offset(geometries[i], offset, text, sizeof(text)) != 0)
				continue;
			assert_int_equal(cmdqv_describe_next(geometries[i], next), offset);
			if (offset)
				assert_int_equal(cmdqv_describe_next(geometries[i], offset - 3),
						 offset);
			next = offset + 1;
		}
		assert_true(cmdqv_describe_next(geometries[i], next) == UINT64_MAX);
		assert_true(cmdqv_describe_next(geometries[i], end) == UINT64_MAX);
		assert_true(cmdqv_describe_next(geometries[i], UINT64_MAX - 3) == UINT64_MAX);
	}
}

TEST(a_geometry_that_no_cmdqv_has_is_told)
{
	static const struct cmdqv_geometry none[] = {
		{.log2_vcmdqs = 0, .log2_vintfs = 6, .log2_sids = 4},
		{.log2_vcmdqs = 8, .log2_vintfs = 6, .log2_sids = 4},
		{.log2_vcmdqs = 40, .log2_vintfs = 0, .log2_sids = 4},
		{.log2_vcmdqs = 7, .log2_vintfs = 7, .log2_sids = 4},
		{.log2_vcmdqs = 7, .log2_vintfs = 6, .log2_sids = 5},
	};

	for (size_t i = 0; i < COUNT(none); i++) {
		char text[128];

		assert_int_equal(cmdqv_describe_offset(&none[i], 0, text, sizeof(text)), -ENOENT);
		assert_non_null(strstr(text, "no CMDQV has 2^"));
		assert_int_equal(cmdqv_describe_value(&none[i], 0, 0, text, sizeof(text)), -ENOENT);
		assert_true(cmdqv_describe_next(&none[i], 0) == UINT64_MAX);
	}
}

TEST(what_does_not_fit_is_cut_off)
{
	char text[16];

	memset(text, 'x', sizeof(text));
	assert_int_equal(cmdqv_describe_value(&guest, 0, 0x20083, text, 12), 0);
	assert_string_equal(text, "CMDQV_EN=1 ");
	assert_int_equal(text[12], 'x');
	assert_int_equal(cmdqv_describe_offset(&guest, 0x30084, text, 1), 0);
	assert_string_equal(text, "");
}
