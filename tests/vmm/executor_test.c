/* SPDX-License-Identifier: BSD-2-Clause */
#include "executor.h"

#include <string.h>

#include "../test.h"

/* A page of a vCPU (ASID 1 and up), counted from 0; VM 7 in VINTF 3 sends it so. */
static struct cmdqv_command tlbi_of(uint16_t asid, uint64_t page, uint16_t vmid, uint32_t vintf,
				    uint64_t bytes)
{
	return (struct cmdqv_command){
		.opcode = 0x12,
		.leaf = true,
		.ttl = 3,
		.granule = 12,
		.vmid = vmid,
		.asid = asid,
		.address = 0x0000100000000000 + 0x1000 * page,
		.last = 0x0000100000000000 + 0x1000 * page + bytes - 1,
		.raw = {0x0001000000000012, 0x0000100000000701},
		.vintf = vintf,
	};
}

static struct cmdqv_command tlbi(uint16_t asid, uint64_t page)
{
	return tlbi_of(asid, page, 7, 3, 0x1000);
}

static struct cmdqv_command tlbi_without_leaf(uint16_t asid, uint64_t page)
{
	struct cmdqv_command command = tlbi(asid, page);

	command.leaf = false;
	return command;
}

/* [HW-13] [HW-14] [HW-22] */
TEST(a_command_that_is_not_the_next_one_of_its_vcpu_is_noticed)
{
	const struct cmdqv_command sync = {.opcode = 0x46, .raw = {0x46, 0}, .vintf = 3};
	const struct cmdqv_command all = {.opcode = 0x30, .raw = {0x30, 0}, .vintf = 3};
	const struct cmdqv_command atc = {.opcode = 0x40, .raw = {0x40, 0}, .vintf = 3};
	const struct cmdqv_command no_leaf = tlbi_without_leaf(1, 0);
	const struct {
		struct cmdqv_command commands[3]; /* up to one without an opcode */
		uint64_t tlbis, syncs, surprises;
		const char *words;
	} cases[] = {
		{{tlbi(1, 0), tlbi(2, 0), tlbi(1, 1)}, 3, 0, 0, ""},
		{{tlbi(1, 0), tlbi(1, 0)}, 2, 0, 1, "not the next one"},
		{{tlbi(1, 1)}, 1, 0, 1, "not the next one"}, /* one is lost */
		{{tlbi_of(1, 0, 0, 3, 0x1000)}, 1, 0, 1, "VMID"},
		{{tlbi_of(1, 0, 7, 3, 0xFFF)}, 1, 0, 1, "not the next one"},
		{{tlbi_of(1, 0, 7, 4, 0x1000)}, 0, 0, 1, "does not come from the VM"},
		{{tlbi_of(1, 0, 7, 3, 0x1001)}, 1, 0, 0, ""}, /* more may be forgotten */
		{{tlbi(3, 0)}, 1, 0, 1, "no vCPU uses this ASID"},
		{{tlbi(0, 0)}, 1, 0, 1, "no vCPU uses this ASID"},
		{{no_leaf}, 1, 0, 1, "the leaf hint is lost"},
		{{all, tlbi(3, 0)}, 1, 0, 2, "no such command"}, /* the first is told */
		{{atc}, 0, 0, 1, "no such command"},
		{{sync}, 0, 1, 0, ""},
		{{sync, all}, 0, 1, 1, "no such command"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct executor executor;

		executor_init(&executor, 3, 7, 2);
		for (size_t c = 0; c < 3 && cases[i].commands[c].opcode; c++)
			executor_take(&executor, &cases[i].commands[c]);
		assert_int_equal(executor.tlbis, cases[i].tlbis);
		assert_int_equal(executor.syncs, cases[i].syncs);
		assert_int_equal(executor.surprises, cases[i].surprises);
		assert_non_null(strstr(executor.surprise, cases[i].words));
	}
}

/* [HW-20] Where batches have one, it is of the VM's device. */
TEST(an_atc_inv_is_of_the_vms_device)
{
	struct cmdqv_command atc = {.opcode = 0x40, .sid = 0x100, .raw = {0x40, 0}, .vintf = 3};
	struct executor executor;

	executor_init(&executor, 3, 7, 2);
	executor.atc = true;
	executor.sid = 0x100;
	executor_take(&executor, &atc);
	assert_int_equal(executor.atcs, 1);
	assert_int_equal(executor.surprises, 0);
	atc.sid = 0x101;
	executor_take(&executor, &atc);
	assert_int_equal(executor.surprises, 1);
	assert_non_null(strstr(executor.surprise, "StreamID"));
}

/* [HW-25] */
TEST(only_where_tlbis_have_no_effect_on_purpose_may_one_be_missing)
{
	const struct cmdqv_command first = tlbi(1, 0), third = tlbi(1, 2), fourth = tlbi(1, 3);
	struct executor executor;

	executor_init(&executor, 3, 7, 2);
	executor.gaps = true;
	executor_take(&executor, &first);
	executor_take(&executor, &third);
	executor_take(&executor, &fourth);
	assert_int_equal(executor.surprises, 0);
	executor.gaps = false;
	executor_take(&executor, &first);
	assert_int_equal(executor.surprises, 1);
}
