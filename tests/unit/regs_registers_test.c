/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of registers, and the way from offset to register.
 *
 * What is expected is written down here a second time, as literals from docs/spec.md and
 * from what the recorded drivers accessed; nothing is taken from the list itself.
 */
#include <string.h>

#include "../test.h"
#include "regs/decode.h"

static const struct cmdqv_geometry guest2 = {1, 0, 4, true};
static const struct cmdqv_geometry guest128 = {7, 0, 4, true};
static const struct cmdqv_geometry grace = {7, 6, 4, false};
static const struct cmdqv_geometry small = {3, 1, 1, false};

struct expected_row {
	enum reg_id id;
	const char *name;
	uint64_t offset; /* of the first instance: VINTF 0, queue 0, its VINTF's pages */
	uint32_t count;
	uint32_t bits;
	uint64_t guest_mask;
	uint64_t host_mask;
	uint64_t reset;
};

static const struct expected_row rows[] = {
	{REG_CONFIG, "CONFIG", 0x0000, 1, 32, 0x000fffff, 0x001fffff, 0x20083},
	{REG_PARAM, "PARAM", 0x0004, 1, 32, 0, 0, 0},
	{REG_STATUS, "STATUS", 0x0008, 1, 32, 0, 0, 1},
	{REG_VI_ERR_MAP, "VI_ERR_MAP", 0x0014, 2, 32, 0, 0, 0},
	{REG_VI_INT_MASK, "VI_INT_MASK", 0x001c, 2, 32, 0xffffffff, 0xffffffff, 0},
	{REG_CMDQ_ERR_MAP, "CMDQ_ERR_MAP", 0x0024, 4, 32, 0, 0, 0},
	{REG_CMDQ_ALLOC, "CMDQ_ALLOC", 0x0200, 128, 32, 0x001f80ff, 0x001f80ff, 0},
	{REG_VINTF_CONFIG, "VINTF_CONFIG", 0x1000, 1, 32, 0x0001ffff, 0x0003ffff, 0},
	{REG_VINTF_STATUS, "VINTF_STATUS", 0x1004, 1, 32, 0, 0, 0},
	{REG_GLB_FILT_CFG, "GLB_FILT_CFG", 0x100c, 1, 32, 0, 0, 0},
	{REG_GLB_FILT_DATA, "GLB_FILT_DATA", 0x1010, 1, 32, 0, 0, 0},
	{REG_SID_MATCH, "SID_MATCH", 0x1040, 16, 32, 0x001fffff, 0x001fffff, 0},
	{REG_SID_REPLACE, "SID_REPLACE", 0x1080, 16, 32, 0x000fffff, 0x000fffff, 0},
	{REG_LVCMDQ_ERR_MAP, "LVCMDQ_ERR_MAP", 0x10c0, 4, 32, 0, 0, 0},
	{REG_VCMDQ_CONS, "VCMDQ_CONS", 0x30000, 1, 32, 0x7f0fffff, 0x7f0fffff, 0},
	{REG_VCMDQ_PROD, "VCMDQ_PROD", 0x30004, 1, 32, 0x000fffff, 0x000fffff, 0},
	{REG_VCMDQ_CONFIG, "VCMDQ_CONFIG", 0x30008, 1, 32, 1, 1, 0},
	{REG_VCMDQ_STATUS, "VCMDQ_STATUS", 0x3000c, 1, 32, 0, 0, 0},
	{REG_VCMDQ_GERROR, "VCMDQ_GERROR", 0x30010, 1, 32, 0, 0, 0},
	{REG_VCMDQ_GERRORN, "VCMDQ_GERRORN", 0x30014, 1, 32, 7, 7, 0},
	{REG_VCMDQ_BASE, "VCMDQ_BASE", 0x40000, 1, 64, 0x0000ffffffffffff, 0x0000ffffffffffff, 0},
	{REG_VCMDQ_CONS_INDX_BASE, "VCMDQ_CONS_INDX_BASE", 0x40008, 1, 64, 0x0000ffffffffffff,
	 0x0000ffffffffffff, 0},
};

/* What lies at an offset of the window, by the rows and by where pages and blocks lie. */
static struct reg_ref reference(const struct cmdqv_geometry *geometry, uint64_t offset)
{
	const uint32_t vintfs = 1U << geometry->log2_vintfs, vcmdqs = 1U << geometry->log2_vcmdqs;
	struct reg_ref ref = {.match = REG_HOLE, .id = REG_COUNT, .page = CMDQV_AT_CONFIG};
	uint64_t first = offset; /* where its row has it */
	bool there = true;

	if (offset >= 0x10000) {
		bool direct = offset < 0x30000;
		bool page1 = direct ? offset >= 0x20000 : offset / 0x10000 % 2 == 0;

		if (offset % 0x10000 >= 0x4000)
			return ref;
		if (direct)
			ref.page = page1 ? CMDQV_AT_DIRECT1 : CMDQV_AT_DIRECT0;
		else
			ref.page = page1 ? CMDQV_AT_VINTF1 : CMDQV_AT_VINTF0;
		ref.vintf = direct ? 0 : (uint8_t)((offset - 0x30000) / 0x20000);
		ref.queue = (uint8_t)(offset % 0x10000 / 0x80);
		first = (page1 ? 0x40000 : 0x30000) + offset % 0x80;
		there = ref.queue < (direct ? vcmdqs : vcmdqs / vintfs);
	} else if (offset >= 0x1000 && offset < 0x5000) {
		ref.vintf = (uint8_t)((offset - 0x1000) / 0x100);
		first = 0x1000 + offset % 0x100;
		there = ref.vintf < vintfs;
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t bytes = rows[i].bits / 8, at = first - rows[i].offset;
		uint32_t most = rows[i].count == 128  ? vcmdqs
				: rows[i].count == 16 ? 1U << geometry->log2_sids
						      : rows[i].count;

		if (at >= rows[i].count * bytes)
			continue;
		ref.id = rows[i].id;
		ref.index = (uint8_t)(at / bytes);
		ref.high = at % bytes != 0;
		ref.match = there && ref.index < most ? REG_PRESENT : REG_ABSENT;
	}
	return ref;
}

static bool is_same(const struct reg_ref *got, const struct reg_ref *expected)
{
	if (got->match != expected->match || got->id != expected->id)
		return false;
	return got->match == REG_HOLE ||
	       (got->page == expected->page && got->index == expected->index &&
		got->vintf == expected->vintf && got->queue == expected->queue &&
		got->high == expected->high);
}

/* [DEV-1] [DEV-2] [DEV-4] [HW-1] [HW-6] */
TEST(every_offset_of_the_window_is_what_the_rows_say_and_the_rest_are_holes)
{
	const struct {
		const struct cmdqv_geometry *geometry;
		uint64_t end;
	} windows[] = {
		{&guest2, 0x50000}, {&guest128, 0x50000}, {&grace, 0x830000}, {&small, 0x70000}};

	for (size_t i = 0; i < COUNT(windows); i++)
		for (uint64_t offset = 0; offset < windows[i].end; offset += 4) {
			struct reg_ref expected = reference(windows[i].geometry, offset);
			struct reg_ref got;

			reg_decode(windows[i].geometry, offset, &got);
			if (!is_same(&got, &expected))
				fail_msg("geometry %zu, offset 0x%llx", i,
					 (unsigned long long)offset);
			if (got.match != REG_HOLE)
				assert_int_equal(reg_offset(&got), offset);
		}
}

/* [DEV-1] [DEV-2] [DEV-4] */
TEST(the_short_way_of_a_guest_finds_what_the_long_one_finds)
{
	for (uint8_t vcmdqs = 0; vcmdqs <= 7; vcmdqs++)
		for (uint8_t sids = 0; sids <= 4; sids++) {
			const struct cmdqv_geometry g = {vcmdqs, 0, sids, true};
			struct reg_guest_window window;

			reg_guest_window(&window, &g);
			for (uint64_t offset = 0; offset < CMDQV_GUEST_BYTES; offset += 4) {
				const struct reg_word *word;
				struct reg_ref ref;
				uint32_t which = 0;

				reg_decode(&g, offset, &ref);
				word = reg_decode_guest(&window, offset, &which);
				assert_int_equal(word != NULL, ref.match == REG_PRESENT);
				if (!word)
					continue;
				assert_int_equal(reg_word_id(word), ref.id);
				assert_int_equal(word->high, ref.high);
				assert_int_equal(which, ref.index + ref.queue);
				if (ref.id != REG_VI_INT_MASK)
					assert_int_equal(word->guest_mask, reg_writable(&g, &ref));
			}
		}
}

TEST(each_row_is_as_specified)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct reg_info *info = &reg_infos[rows[i].id];

		assert_string_equal(info->name, rows[i].name);
		assert_int_equal(info->count, rows[i].count);
		assert_int_equal(info->bits, rows[i].bits);
		assert_int_equal(info->guest_mask, rows[i].guest_mask);
		assert_int_equal(info->host_mask, rows[i].host_mask);
		assert_int_equal(info->reset, rows[i].reset);
	}
}

TEST(every_row_of_the_list_has_a_test)
{
	bool seen[REG_COUNT] = {false};

	assert_int_equal(COUNT(rows), REG_COUNT);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(seen[rows[i].id]);
		seen[rows[i].id] = true;
	}
}

/* [DEV-3] [DEV-5] */
TEST(the_writable_bits_of_each_word_are_those_of_its_half_and_view)
{
	const struct cmdqv_geometry *views[] = {&guest2, &grace};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t v = 0; v < COUNT(views); v++) {
			uint64_t mask = v == 0 ? rows[i].guest_mask : rows[i].host_mask;
			struct reg_ref ref;

			if (rows[i].id == REG_VI_INT_MASK)
				continue;
			reg_decode(views[v], rows[i].offset, &ref);
			assert_int_equal(reg_writable(views[v], &ref), mask & 0xffffffff);
			if (rows[i].bits == 64) {
				reg_decode(views[v], rows[i].offset + 4, &ref);
				assert_int_equal(reg_writable(views[v], &ref), mask >> 32);
			}
		}
	}
}

/* [DEV-5] */
TEST(the_interrupt_mask_has_a_bit_for_each_vintf_that_is_there)
{
	static const struct {
		struct cmdqv_geometry geometry;
		uint32_t low;
		uint32_t high;
	} cases[] = {
		{{1, 0, 4, true}, 0x1, 0},	   {{7, 0, 4, true}, 0x1, 0},
		{{3, 1, 4, false}, 0x3, 0},	   {{7, 4, 4, false}, 0xffff, 0},
		{{7, 5, 4, false}, 0xffffffff, 0}, {{7, 6, 4, false}, 0xffffffff, 0xffffffff},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reg_ref ref;

		reg_decode(&cases[i].geometry, 0x1c, &ref);
		assert_int_equal(reg_writable(&cases[i].geometry, &ref), cases[i].low);
		reg_decode(&cases[i].geometry, 0x20, &ref);
		assert_int_equal(reg_writable(&cases[i].geometry, &ref), cases[i].high);
	}
}

static bool is_hole(const struct cmdqv_geometry *geometry, uint64_t offset)
{
	struct reg_ref ref;

	reg_decode(geometry, offset, &ref);
	return ref.match == REG_HOLE;
}

/* [DEV-1] [HW-1] */
TEST(the_window_ends_after_the_pages_of_its_vintfs)
{
	static const uint64_t ends[] = {0x50000,  0x70000,  0xb0000, 0x130000,
					0x230000, 0x430000, 0x830000};

	for (uint8_t vintfs = 0; vintfs < COUNT(ends); vintfs++) {
		for (uint8_t vcmdqs = vintfs; vcmdqs <= 7; vcmdqs++) {
			const struct cmdqv_geometry g = {vcmdqs, vintfs, 4, vintfs == 0};

			assert_int_equal(reg_window_bytes(&g), ends[vintfs]);
			assert_false(is_hole(&g, ends[vintfs] - 0x10000));
			assert_false(is_hole(&g, ends[vintfs] - 0x20000));
			assert_true(is_hole(&g, ends[vintfs]));
			assert_true(is_hole(&g, ends[vintfs] + 4));
			assert_true(is_hole(&g, UINT64_MAX - 3));
			assert_true(is_hole(&g, UINT64_C(0x100000000)));
		}
	}
}

/* [DEV-2] [HW-1] */
TEST(param_tells_the_geometry)
{
	static const struct {
		struct cmdqv_geometry geometry;
		uint32_t param;
	} cases[] = {
		{{1, 0, 4, true}, 0x4011}, {{0, 0, 0, true}, 0x0001},  {{7, 0, 4, true}, 0x4071},
		{{2, 0, 1, true}, 0x1021}, {{7, 6, 4, false}, 0x4671}, {{3, 1, 2, false}, 0x2131},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(reg_param(&cases[i].geometry), cases[i].param);
}

/* [HW-1] */
TEST(the_limits_of_a_geometry_are_those_of_grace)
{
	assert_int_equal(CMDQV_MAX_LOG2_VINTFS, 6);
	assert_int_equal(CMDQV_MAX_LOG2_VCMDQS, 7);
	assert_int_equal(CMDQV_MAX_LOG2_SIDS, 4);
	assert_int_equal(CMDQV_MAX_VINTFS, 64);
	assert_int_equal(CMDQV_MAX_VCMDQS, 128);
	assert_int_equal(CMDQV_MAX_SIDS, 16);
}

TEST(every_offset_belongs_to_a_page)
{
	static const struct {
		uint64_t offset;
		enum cmdqv_page page;
	} cases[] = {
		{0, CMDQV_AT_CONFIG},	       {0xffff, CMDQV_AT_CONFIG},
		{0x10000, CMDQV_AT_DIRECT0},   {0x2fffc, CMDQV_AT_DIRECT1},
		{0x30000, CMDQV_AT_VINTF0},    {0x4fffc, CMDQV_AT_VINTF1},
		{0x50000, CMDQV_AT_VINTF0},    {0x60000, CMDQV_AT_VINTF1},
		{0x810000, CMDQV_AT_VINTF0},   {0x82ffff, CMDQV_AT_VINTF1},
		{0x830000, CMDQV_AT_CONFIG},   {UINT64_C(0x100000000), CMDQV_AT_CONFIG},
		{UINT64_MAX, CMDQV_AT_CONFIG},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(reg_page(cases[i].offset), cases[i].page);
}

TEST(fields_are_where_the_facts_say)
{
	static const struct {
		enum reg_id reg;
		const char *name;
		uint64_t mask;
	} expected[] = {
		{REG_CONFIG, "CMDQV_EN", 0x1},
		{REG_CONFIG, "PER_CMD_OFFSET", 0xe},
		{REG_CONFIG, "MAX_CLK_BATCH", 0xff0},
		{REG_CONFIG, "MAX_CMD_BATCH", 0xff000},
		{REG_CONFIG, "CONS_DRAM_EN", 0x100000},
		{REG_PARAM, "VER", 0xf},
		{REG_PARAM, "NUM_VCMDQ_LOG2", 0xf0},
		{REG_PARAM, "NUM_VINTF_LOG2", 0xf00},
		{REG_PARAM, "NUM_SID_PER_VM_LOG2", 0xf000},
		{REG_STATUS, "CMDQV_ENABLED", 0x1},
		{REG_CMDQ_ALLOC, "ALLOCATED", 0x1},
		{REG_CMDQ_ALLOC, "LVCMDQ", 0xfe},
		{REG_CMDQ_ALLOC, "VINTF", 0x1f8000},
		{REG_VINTF_CONFIG, "ENABLE", 0x1},
		{REG_VINTF_CONFIG, "VMID", 0x1fffe},
		{REG_VINTF_CONFIG, "HYP_OWN", 0x20000},
		{REG_VINTF_STATUS, "ENABLED", 0x1},
		{REG_VINTF_STATUS, "STATUS", 0xe},
		{REG_VINTF_STATUS, "VI_NUM_LVCMDQ", 0xff0000},
		{REG_SID_MATCH, "ENABLE", 0x1},
		{REG_SID_MATCH, "VIRT_SID", 0x1ffffe},
		{REG_SID_REPLACE, "PHYS_SID", 0xfffff},
		{REG_VCMDQ_CONS, "INDEX", 0xfffff},
		{REG_VCMDQ_CONS, "ERR", 0x7f000000},
		{REG_VCMDQ_PROD, "INDEX", 0xfffff},
		{REG_VCMDQ_CONFIG, "EN", 0x1},
		{REG_VCMDQ_STATUS, "EN_OK", 0x1},
		{REG_VCMDQ_GERROR, "CMDQ_ERR", 0x1},
		{REG_VCMDQ_GERROR, "CONS_DRAM_WR_ABT_ERR", 0x2},
		{REG_VCMDQ_GERROR, "CMDQ_INIT_ERR", 0x4},
		{REG_VCMDQ_BASE, "LOG2SIZE", 0x1f},
		{REG_VCMDQ_BASE, "ADDR", 0xffffffffffe0},
		{REG_VCMDQ_CONS_INDX_BASE, "ADDR", 0xffffffffffff},
	};

	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_int_equal(reg_fields[i].reg, expected[i].reg);
		assert_string_equal(reg_fields[i].name, expected[i].name);
		assert_int_equal(reg_fields[i].mask, expected[i].mask);
	}
	assert_int_equal(reg_field_count, COUNT(expected));
}
