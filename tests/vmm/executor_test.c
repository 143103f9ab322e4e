/* SPDX-License-Identifier: BSD-2-Clause */
#include "executor.h"

#include <string.h>

#include "../test.h"

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

static struct executor new_executor(void)
{
	struct executor executor;

	executor_init(&executor, 3, 7, 2);
	return executor;
}

TEST(the_addresses_of_each_vcpu_count_up_by_themselves)
{
	struct executor executor = new_executor();
	struct cmdqv_command first = first_tlbi();
	struct cmdqv_command second = first_tlbi();
	struct cmdqv_command other = first_tlbi();

	second.address += 0x1000;
	second.last += 0x1000;
	other.asid = 2;
	executor_take(&executor, &first);
	executor_take(&executor, &other);
	executor_take(&executor, &second);
	assert_int_equal(executor.tlbis, 3);
	assert_int_equal(executor.surprises, 0);
}

TEST(a_command_that_comes_twice_is_noticed)
{
	struct executor executor = new_executor();
	struct cmdqv_command command = first_tlbi();

	executor_take(&executor, &command);
	executor_take(&executor, &command);
	assert_int_equal(executor.surprises, 1);
	assert_non_null(strstr(executor.surprise, "not the next one"));
}

TEST(a_command_that_is_lost_is_noticed_at_the_next_one)
{
	struct executor executor = new_executor();
	struct cmdqv_command command = first_tlbi();

	command.address += 0x1000;
	command.last += 0x1000;
	executor_take(&executor, &command);
	assert_int_equal(executor.surprises, 1);
}

/* [HW-13] */
TEST(a_vmid_that_is_not_the_vms_is_noticed)
{
	struct executor executor = new_executor();
	struct cmdqv_command command = first_tlbi();

	command.vmid = 0;
	executor_take(&executor, &command);
	assert_int_equal(executor.surprises, 1);
	assert_non_null(strstr(executor.surprise, "VMID"));
}

/* [HW-14] */
TEST(a_range_that_is_too_short_is_noticed)
{
	struct executor executor = new_executor();
	struct cmdqv_command command = first_tlbi();

	command.last--;
	executor_take(&executor, &command);
	assert_int_equal(executor.surprises, 1);
}

TEST(a_sync_is_counted_and_nothing_else_may_come)
{
	struct executor executor = new_executor();
	struct cmdqv_command sync = {.opcode = 0x46, .raw = {0x46, 0}, .vintf = 3};
	struct cmdqv_command all = {.opcode = 0x30, .raw = {0x30, 0}, .vintf = 3};

	executor_take(&executor, &sync);
	assert_int_equal(executor.syncs, 1);
	assert_int_equal(executor.surprises, 0);
	executor_take(&executor, &all);
	assert_int_equal(executor.surprises, 1);
}

/* [HW-22] */
TEST(a_command_of_somebody_else_is_noticed)
{
	struct executor executor = new_executor();
	struct cmdqv_command command = first_tlbi();

	command.vintf = 4;
	executor_take(&executor, &command);
	assert_int_equal(executor.surprises, 1);
	assert_int_equal(executor.tlbis, 0);
}
