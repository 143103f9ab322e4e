/* SPDX-License-Identifier: BSD-2-Clause */
#include "executor.h"

#include <string.h>

#include "../test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The first page of the first vCPU (ASID 1), as VM 7 in VINTF 3 sends it. */
static struct cmdqv_command first_tlbi(void)
{
	return (struct cmdqv_command){
		.opcode = 0x12,
		.leaf = true,
		.ttl = 3,
		.granule = 12,
		.vmid = 7,
		.asid = 1,
		.address = 0x0000100000000000,
		.last = 0x0000100000000FFF,
		.raw = {0x0001000000000012, 0x0000100000000701},
		.vintf = 3,
	};
}

/* [HW-13] [HW-14] [HW-22] Up to three commands, and how many of them were expected. */
TEST(each_vcpus_next_command_is_expected_and_nothing_else)
{
	static const struct {
		const char *what;
		struct {
			int page; /* from the first one on */
			int last; /* more or less than the end of its page */
			uint16_t asid, vmid;
			uint32_t vintf;
		} tlbis[3];
		uint64_t counted;
		uint64_t surprises;
		const char *words;
	} cases[] = {
		{"each counts up by itself",
		 {{0, 0, 1, 7, 3}, {0, 0, 2, 7, 3}, {1, 0, 1, 7, 3}},
		 3,
		 0,
		 ""},
		{"twice", {{0, 0, 1, 7, 3}, {0, 0, 1, 7, 3}}, 2, 1, "not the next one"},
		{"one was lost before", {{1, 0, 1, 7, 3}}, 1, 1, "not the next one"},
		{"another VM's VMID", {{0, 0, 1, 0, 3}}, 1, 1, "VMID"},
		{"a range that is too short", {{0, -1, 1, 7, 3}}, 1, 1, ""},
		{"somebody else's", {{0, 0, 1, 7, 4}}, 0, 1, ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct executor executor;

		executor_init(&executor, 3, 7, 2);
		for (size_t c = 0; c < 3 && cases[i].tlbis[c].asid; c++) {
			struct cmdqv_command command = first_tlbi();

			command.address += (uint64_t)cases[i].tlbis[c].page * 0x1000;
			command.last += (uint64_t)cases[i].tlbis[c].page * 0x1000;
			command.last += (uint64_t)(int64_t)cases[i].tlbis[c].last;
			command.asid = cases[i].tlbis[c].asid;
			command.vmid = cases[i].tlbis[c].vmid;
			command.vintf = cases[i].tlbis[c].vintf;
			executor_take(&executor, &command);
		}
		if (executor.tlbis != cases[i].counted ||
		    executor.surprises != cases[i].surprises ||
		    !strstr(executor.surprise, cases[i].words))
			fail_msg("%s: %s", cases[i].what, executor.surprise);
	}
}

TEST(a_sync_is_counted_and_nothing_else_may_come)
{
	struct cmdqv_command sync = {.opcode = 0x46, .raw = {0x46, 0}, .vintf = 3};
	struct cmdqv_command all = {.opcode = 0x30, .raw = {0x30, 0}, .vintf = 3};
	struct executor executor;

	executor_init(&executor, 3, 7, 2);
	executor_take(&executor, &sync);
	assert_int_equal(executor.syncs, 1);
	assert_int_equal(executor.surprises, 0);
	executor_take(&executor, &all);
	assert_int_equal(executor.surprises, 1);
}
