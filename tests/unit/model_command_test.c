/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands: what the 16 bytes mean, what a guest may send, what is put in its place.
 *
 * Driven through a queue, so that a VINTF's owner and tables are the real ones. The
 * encodings are literals of the facts in docs/spec.md and of the recordings in
 * tests/traces, each of which must be accepted.
 */
#include "model_fixture.h"

#include <stdio.h>

#include <cmdqv/trace.h>

#include "regs/command.h"

#define GUEST_VMID 0x7b

/* Executes one command; returns its CONS.ERR code. What was executed is bench->done[0]. */
static uint32_t try_command(struct bench *bench, uint32_t v, uint64_t word0, uint64_t word1)
{
	uint32_t cons;

	bench->done_count = 0;
	w32(bench, page0(v, 0) + CONS, 0);
	w32(bench, page0(v, 0) + PROD, 1);
	put(bench, RAM, word0, word1);
	w32(bench, page0(v, 0) + CONFIG, 1);
	run_all(bench);
	cons = r32(bench, page0(v, 0) + CONS);
	w32(bench, page0(v, 0) + CONFIG, 0);
	w32(bench, page0(v, 0) + GERRORN, r32(bench, page0(v, 0) + GERROR));
	assert_int_equal(cons & 0xfffff, cons >> 24 ? 0 : 1);
	assert_true(cons >> 24 == 0 || bench->done_count == 0);
	return cons >> 24;
}

/* [HW-25] */
TEST(a_tlbi_or_a_cfgi_is_wanted_twice_and_no_other_command)
{
	static const uint8_t repeated[] = {0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12,
					   0x13, 0x20, 0x21, 0x22, 0x28, 0x2A, 0x30};
	size_t next = 0;

	for (uint32_t opcode = 0; opcode < 256; opcode++) {
		bool wanted = next < COUNT(repeated) && repeated[next] == opcode;

		assert_int_equal(command_is_repeated(opcode), wanted);
		next += wanted;
	}
}

/* VINTF 0 is the host's, VINTF 1 a guest's with four StreamIDs, of which one is off. */
static struct bench *bench_with_owners(void)
{
	struct bench *bench = bench_open(1, 1, 4);

	own_by_host(bench, 0);
	own_by_guest(bench, 1, GUEST_VMID);
	for (uint32_t v = 0; v < 2; v++) {
		map_queue(bench, v, v, 0);
		w64(bench, page1(v, 0), RAM | 1);
	}
	w32(bench, 0x1180 + 4 * 0, 0x8);
	w32(bench, 0x1140 + 4 * 0, 0x10 << 1 | 1);
	w32(bench, 0x1180 + 4 * 1, 0x9);
	w32(bench, 0x1140 + 4 * 1, 0x11 << 1);
	w32(bench, 0x1180 + 4 * 15, 0xfffff);
	w32(bench, 0x1140 + 4 * 15, 0xfffffU << 1 | 1);
	return bench;
}

/* [HW-13] [HW-17] */
TEST(a_host_queue_takes_every_command_of_the_list)
{
	static const struct {
		uint64_t word0, word1;
		struct cmdqv_command expected;
	} cases[] = {
		{0x800000003, 1, {.opcode = 0x03, .sid = 8, .leaf = true}},
		{0x800000003, 0, {.opcode = 0x03, .sid = 8}},
		{0x0000000000000004, 0x1f, {.opcode = 0x04, .sid_count_log2 = 32}},
		{0x1700000004, 0x02, {.opcode = 0x04, .sid = 0x10, .sid_count_log2 = 3}},
		{0x800123005,
		 1,
		 {.opcode = 0x05, .sid = 8, .ssid = 0x123, .ssv = true, .leaf = true}},
		{0x800000006, 0, {.opcode = 0x06, .sid = 8}},
		{0x123400000010, 0, {.opcode = 0x10, .vmid = 0x1234}},
		{0x2123400000011, 0, {.opcode = 0x11, .asid = 2, .vmid = 0x1234}},
		{0x123400000013,
		 0xffffc000,
		 {.opcode = 0x13, .vmid = 0x1234, .address = 0xffffc000, .last = 0xffffcfff}},
		{0x0000000000000020, 0, {.opcode = 0x20}},
		{0x2123400000021, 0, {.opcode = 0x21, .asid = 2}},
		{0x2123400000022,
		 0x1000,
		 {.opcode = 0x22, .asid = 2, .address = 0x1000, .last = 0x1fff}},
		{0x123400000028, 0, {.opcode = 0x28, .vmid = 0x1234}},
		{0x12340000002a,
		 0xfff0000000001001,
		 {.opcode = 0x2a, .vmid = 0x1234, .address = 0x1000, .last = 0x1fff, .leaf = true}},
		{0x0000000000000030, 0, {.opcode = 0x30}},
		{0x800123840,
		 0x0,
		 {.opcode = 0x40, .sid = 8, .ssv = true, .ssid = 0x123, .last = 0xfff}},
		{0x800123240,
		 0x5001,
		 {.opcode = 0x40, .sid = 8, .global = true, .address = 0x4000, .last = 0x5fff}},
		{0x800123841,
		 0x21ff,
		 {.opcode = 0x41,
		  .sid = 8,
		  .ssv = true,
		  .ssid = 0x123,
		  .tag = 0x1ff,
		  .response = 2}},
		{0x800001044, 0xbeef, {.opcode = 0x44, .sid = 8, .tag = 0xbeef, .response = 1}},
		{SYNC0, 0xfffffffffffff, {.opcode = 0x46}},
	};
	struct bench *bench = bench_with_owners();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cmdqv_command expected = cases[i].expected;

		expected.raw[0] = cases[i].word0;
		expected.raw[1] = cases[i].word1;
		assert_int_equal(try_command(bench, 0, cases[i].word0, cases[i].word1), 0);
		assert_int_equal(bench->done_count, 1);
		if (memcmp(&bench->done[0], &expected, sizeof(expected)) != 0)
			fail_msg("opcode 0x%02x is taken for something else", expected.opcode);
	}
	assert_int_equal(try_command(bench, 0, 0x0000000800000001, 0), 0);
	assert_int_equal(bench->done_count, 0);
	bench_close(bench);
}

/* [HW-13] */
TEST(every_other_opcode_is_illegal_and_a_guest_has_four)
{
	static const uint8_t host[] = {0x01, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x20,
				       0x21, 0x22, 0x28, 0x2a, 0x30, 0x40, 0x41, 0x44, 0x46};
	static const uint8_t guest[] = {0x11, 0x12, 0x40, 0x46};
	struct bench *bench = bench_with_owners();

	for (uint32_t opcode = 0; opcode < 256; opcode++) {
		uint64_t word0 = 0x1000000000 | opcode; /* a StreamID that the guest has */
		bool host_takes = memchr(host, (int)opcode, sizeof(host)) != NULL;
		bool guest_takes = memchr(guest, (int)opcode, sizeof(guest)) != NULL;

		assert_int_equal(try_command(bench, 0, word0, 0), host_takes ? 0 : 1);
		assert_int_equal(try_command(bench, 1, word0, 0), guest_takes ? 0 : 1);
	}
	bench_close(bench);
}

/* [HW-13] */
TEST(the_vmid_of_a_guest_becomes_that_of_its_vintf)
{
	struct bench *bench = bench_with_owners();

	assert_int_equal(try_command(bench, 1, 0x0002000000000011, 0), 0);
	assert_int_equal(bench->done[0].vmid, GUEST_VMID);
	assert_int_equal(bench->done[0].asid, 2);
	assert_int_equal(try_command(bench, 1, 0x0002ffff00000012, VA1), 0);
	assert_int_equal(bench->done[0].vmid, GUEST_VMID);
	assert_int_equal(try_command(bench, 1, SYNC0, 0), 0);
	assert_int_equal(bench->done[0].vmid, 0);
	assert_int_equal(try_command(bench, 0, 0x0002ffff00000012, VA1), 0);
	assert_int_equal(bench->done[0].vmid, 0xffff);
	bench_close(bench);
}

/* [HW-13] */
TEST(the_stream_of_a_guest_goes_through_its_table_or_is_an_illegal_access)
{
	static const struct {
		uint64_t sid;
		uint32_t code;
		uint32_t physical;
	} cases[] = {
		{0x10, 0, 0x8},	  {0x11, 4, 0}, {0xfffff, 0, 0xfffff}, {0x8, 4, 0},
		{0x100010, 4, 0}, {0, 4, 0},	{0xffffffff, 4, 0},
	};
	struct bench *bench = bench_with_owners();

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(try_command(bench, 1, cases[i].sid << 32 | 0x40, 0x34),
				 cases[i].code);
		if (cases[i].code == 0)
			assert_int_equal(bench->done[0].sid, cases[i].physical);
	}
	assert_int_equal(try_command(bench, 0, 0x1200000040, 0x34), 0);
	assert_int_equal(bench->done[0].sid, 0x12);
	bench_close(bench);
}

/* [HW-13] */
TEST(a_sync_with_any_signal_is_illegal_in_every_vcmdq)
{
	struct bench *bench = bench_with_owners();

	for (uint32_t v = 0; v < 2; v++) {
		assert_int_equal(try_command(bench, v, 0x46, 0), 0);
		assert_int_equal(try_command(bench, v, 0xffffffff0fc00046, UINT64_MAX), 0);
		assert_int_equal(try_command(bench, v, 0x0fc01046, 0), 1);
		assert_int_equal(try_command(bench, v, 0x0fc02046, 0), 1);
		assert_int_equal(try_command(bench, v, 0x0fc03046, 0), 1);
	}
	bench_close(bench);
}

/* [HW-13] */
TEST(reserved_values_are_illegal_and_reserved_bits_are_ignored)
{
	static const struct {
		uint64_t word0;
		uint64_t word1;
		uint32_t code;
	} cases[] = {
		{0x12, 0x1400, 1},	 /* a granule, and nothing to use it for */
		{0x12, 0x1800, 1},	 /* the same with 16 KiB */
		{0x12, 0x1500, 0},	 /* 4 KiB at level 1 */
		{0x12, 0x1900, 1},	 /* 16 KiB at level 1 */
		{0x01012, 0x1900, 1},	 /* the same with a range */
		{0x12, 0x1a00, 0},	 /* 16 KiB at level 2 */
		{0x12, 0x1d00, 0},	 /* 64 KiB at level 1 */
		{0x12, 0x1100, 0},	 /* TTL without a granule is ignored */
		{0x03f1f012, 0x1000, 0}, /* NUM and SCALE too */
		{0x40, 0x35, 1},	 /* ATC over 52 */
		{0x40, 0x3f, 1},
		{0x40, 0x34, 0},
		{0x41, 0x3000, 1}, /* PRI response 3 */
		{0x3044, 0, 1},	   /* RESUME response 3 */
		{0x00000f11, 0xffffffffffffffff, 0},
		{0xfc000f12, 0x00000000000010fe, 0},
		{0x00000540, 0x0fc0, 0},
	};
	struct bench *bench = bench_with_owners();

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(try_command(bench, 0, cases[i].word0, cases[i].word1),
				 cases[i].code);
	bench_close(bench);
}

/* [HW-14] */
TEST(a_range_is_exactly_what_was_asked_or_more_and_never_wraps)
{
	static const struct {
		uint64_t word0;
		uint64_t word1;
		uint64_t address;
		uint64_t last;
		uint8_t granule;
		uint8_t ttl;
	} cases[] = {
		/* recorded */
		{0x0002000000000012, 0xffffc701, 0xffffc000, 0xffffcfff, 12, 3},
		{0x0002000000200012, 0xfffdc701, 0xfffdc000, 0xfffdffff, 12, 3},
		{0x0002000000400012, 0xfffa0701, 0xfffa0000, 0xfffaffff, 12, 3},
		/* (31 + 1) << 5 pages */
		{0x0051f012, 0x40000400, 0x40000000, 0x403fffff, 12, 0},
		/* 16 KiB and 64 KiB */
		{0x1012, 0x40000800, 0x40000000, 0x40007fff, 14, 0},
		{0x2012, 0x40000c00, 0x40000000, 0x4002ffff, 16, 0},
		/* an address within a granule: whole granules around it */
		{0x1012, 0x40003c00, 0x40000000, 0x4002ffff, 16, 0},
		/* up to the end of the address space, and past it */
		{0x1012, 0xffffffffffffe400, 0xffffffffffffe000, UINT64_MAX, 12, 0},
		{0x2012, 0xffffffffffffe400, 0, UINT64_MAX, 12, 0},
		/* more pages than there are */
		{0x03f1f012, 0x1400, 0, UINT64_MAX, 12, 0},
		{0x03400012, 0x0400, 0, UINT64_MAX, 12, 0},
		{0x03300012, 0x0400, 0, 0x7fffffffffffffff, 12, 0},
		{0x03301012, 0x0400, 0, UINT64_MAX, 12, 0},
		{0x03302012, 0x0400, 0, UINT64_MAX, 12, 0},
		/* without a granule: the 4 KiB page, at both ends */
		{0x12, 0x0, 0, 0xfff, 0, 0},
		{0x12, 0xfffffffffffff000, 0xfffffffffffff000, UINT64_MAX, 0, 0},
		{0x03f1f012, 0x1300, 0x1000, 0x1fff, 0, 0},
	};
	struct bench *bench = bench_with_owners();

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(try_command(bench, 0, cases[i].word0, cases[i].word1), 0);
		assert_int_equal(bench->done[0].address, cases[i].address);
		assert_int_equal(bench->done[0].last, cases[i].last);
		assert_int_equal(bench->done[0].granule, cases[i].granule);
		assert_int_equal(bench->done[0].ttl, cases[i].ttl);
		assert_true(bench->done[0].last >= bench->done[0].address);
	}
	bench_close(bench);
}

/* [HW-14] */
TEST(an_atc_range_is_a_power_of_two_of_pages_around_its_address)
{
	struct bench *bench = bench_with_owners();

	for (uint32_t size = 0; size <= 52; size++) {
		uint64_t last = size == 52 ? UINT64_MAX : (0x1000ULL << size) - 1;

		assert_int_equal(try_command(bench, 0, 0x40, size), 0);
		assert_int_equal(bench->done[0].address, 0);
		assert_int_equal(bench->done[0].last, last);
		assert_int_equal(try_command(bench, 0, 0x40, 0xfffffffffffff000 | size), 0);
		assert_int_equal(bench->done[0].address, UINT64_MAX - last);
		assert_int_equal(bench->done[0].last, UINT64_MAX);
	}
	bench_close(bench);
}

static void replay_commands(struct bench *bench, const char *name, uint32_t v, size_t expected)
{
	struct cmdqv_trace_event event;
	char path[512], line[512];
	size_t commands = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", TRACES, name);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		assert_int_equal(cmdqv_trace_parse(line, &event, NULL), 0);
		if (event.kind != CMDQV_TRACE_COMMAND)
			continue;
		commands++;
		assert_int_equal(try_command(bench, v, event.value[0], event.value[1]), 0);
	}
	fclose(file);
	assert_int_equal(commands, expected);
}

/* [HW-13] */
TEST(every_recorded_command_is_accepted)
{
	struct bench *bench = bench_with_owners();

	replay_commands(bench, "linux-7.2-guest-nvme.trace", 1, 278);
	replay_commands(bench, "linux-7.2-guest-error-abort.trace", 1, 279);
	replay_commands(bench, "linux-7.2-guest-error-illegal-access.trace", 1, 279);
	replay_commands(bench, "linux-7.2-host-iommufd.trace", 0, 80);
	bench_close(bench);
}
