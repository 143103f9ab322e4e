/* SPDX-License-Identifier: BSD-2-Clause */
/* Sizes, halves, holes and absent registers of the physical window. */
#include "model_script.h"

static const struct script scripts[] = {
	/* [HW-6] [DEV-3] */
	{"an_eight_byte_access_is_two_words_low_first",
	 "model=7.6.4 0!:0x0000467100020083 0x1140!=0x0000002300000021 0x1140:0x21 0x1144:0x23 "
	 "0x10c0!:0"},
	/* [HW-6] [DEV-3] */
	{"base_takes_eight_bytes_as_one_update_and_a_half_at_once",
	 "model=1.0.4 map=0 base=0xffff800042000012 base:0x0000800042000012 0x40004=0xffff1234 "
	 "base:0x0000123442000012 0x40000=0x10000008 base:0x0000123410000008 "
	 "0x40004:0x1234 dram=0xffffffffffffffff [0] dram:0x0000ffffffffffff"},
	/* [HW-6] [DEV-3] [DEV-4] VI_ERR_MAP(1) is read-only, then VI_INT_MASK(0); STATUS and a
	   hole. */
	{"a_half_in_a_hole_is_judged_by_itself",
	 "model=1.0.4 0x18!=0x0000000100000000 0x1c:1 bad:0 8!:1 bad:1"},
};

SCRIPTS(scripts)

/* [HW-6] [DEV-4] */
TEST(accesses_that_mean_nothing_read_zero_write_nothing_and_are_counted)
{
	static const struct {
		uint64_t offset;
		uint8_t size;
	} bad[] = {
		{0x0000, 1},	     {0x0000, 2},	  {0x0000, 0},	{0x0000, 16},  {0x0002, 4},
		{0x0004, 8},	     {0x000c, 4},	  {0x1008, 4},	{0x10018, 4},  {0x20010, 4},
		{0x30040, 4},	     {0x50000, 4},	  {0x50000, 8}, {0x830000, 4}, {0x5000, 4},
		{UINT64_MAX - 3, 4}, {UINT64_MAX - 7, 8},
	};
	struct bench *bench = bench_open(1, 0, 4);
	size_t count = COUNT(bad);

	for (size_t i = 0; i < count; i++) {
		access_write(bench, bad[i].offset, 0, bad[i].size);
		assert_int_equal(access_read(bench, bad[i].offset, bad[i].size), 0);
	}
	assert_int_equal(state_of(bench).bad_accesses, 2 * count);
	play_on(bench, "0:0x20083");
}

/* [HW-6] [DEV-5] */
TEST(registers_of_what_the_geometry_lacks_read_zero_without_an_error)
{
	static const uint64_t absent[] = {0x208,   0x3fc,   0x1200,  0x1f04, 0x1048,
					  0x10100, 0x20100, 0x30080, 0x40080};
	struct bench *bench = bench_open(1, 1, 1);

	map_queue(bench, 0, 0, 0);
	for (size_t i = 0; i < COUNT(absent); i++) {
		w32(bench, absent[i], 0xffffffff);
		assert_int_equal(r32(bench, absent[i]), 0);
	}
	play_on(bench, "bad:0");
}

/* [HW-6] [DEV-5] */
TEST(read_only_and_filter_registers_ignore_writes)
{
	static const struct {
		uint64_t offset;
		uint32_t value;
	} fixed[] = {{0x0004, 0x4671}, {0x0008, 1}, {0x0014, 0},  {0x0024, 0},
		     {0x0030, 0},      {0x1004, 0}, {0x100c, 0},  {0x1010, 0},
		     {0x10c0, 0},      {0x10cc, 0}, {0x3000c, 0}, {0x30010, 0}};
	struct bench *bench = bench_open(7, 6, 4);

	map_queue(bench, 0, 0, 0);
	for (size_t i = 0; i < COUNT(fixed); i++) {
		w32(bench, fixed[i].offset, 0xffffffff);
		assert_int_equal(r32(bench, fixed[i].offset), fixed[i].value);
	}
	bench_close(bench);
}

/* [HW-6] */
TEST(a_trace_has_a_write_before_its_effects_and_a_read_with_its_value)
{
	struct bench *bench = bench_with_queue(4);
	const struct cmdqv_trace_event *event;

	bench->event_count = 0;
	play(bench, "#0=bad prod=1 kicks:1 run cons:0x01000000");
	assert_int_equal(bench->event_count, 5);
	event = bench->events;
	assert_int_equal(event[0].kind, CMDQV_TRACE_WRITE);
	assert_int_equal(event[0].offset, 0x30004);
	assert_int_equal(event[0].size, 4);
	assert_int_equal(event[0].value[0], 1);
	assert_int_equal(event[1].kind, CMDQV_TRACE_COMMAND);
	assert_int_equal(event[1].value[0], 0xff);
	assert_int_equal(event[2].kind, CMDQV_TRACE_REFUSED);
	assert_int_equal(event[2].code, 1);
	assert_int_equal(event[3].kind, CMDQV_TRACE_INTERRUPT);
	assert_int_equal(event[4].kind, CMDQV_TRACE_READ);
	assert_int_equal(event[4].value[0], 0x01000000);
	bench_close(bench);
}

/* [HW-6] The last one is past the end. */
TEST(accesses_are_counted_by_page)
{
	static const struct {
		enum cmdqv_page page;
		uint64_t count;
	} expected[] = {{CMDQV_AT_CONFIG, 1},
			{CMDQV_AT_DIRECT0, 1},
			{CMDQV_AT_DIRECT1, 2},
			{CMDQV_AT_VINTF0, 1},
			{CMDQV_AT_VINTF1, 1}};
	struct bench *bench = bench_open(2, 1, 0);

	play(bench, "0:0x20083 0x10000:0 0x20000:0 0x20000:0 0x50000:0 0x60000:0 0x70000:0");
	for (size_t i = 0; i < COUNT(expected); i++)
		assert_int_equal(cmdqv_model_accesses(bench->model, expected[i].page),
				 expected[i].count);
	bench_close(bench);
}
