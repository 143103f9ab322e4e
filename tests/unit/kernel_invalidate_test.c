/* SPDX-License-Identifier: BSD-2-Clause */
/* src/kernel/invalidate.c: what becomes of commands that a VMM hands over. */
#include <errno.h>

#include "kernel_fixture.h"

static struct kernel_hwpt_invalidate of_entries(const struct vm *vm, const void *entries,
						uint32_t bytes, uint32_t count)
{
	return (struct kernel_hwpt_invalidate){.hwpt_id = vm->viommu,
					       .data = entries,
					       .data_type = 1,
					       .entry_len = bytes,
					       .entry_num = count};
}

static int invalidate(struct fixture *f, struct vm *vm, const void *commands, uint32_t *count)
{
	struct kernel_hwpt_invalidate cmd = of_entries(vm, commands, 16, *count);
	int err = kernel_hwpt_invalidate(f->fd, &cmd);

	*count = cmd.entry_num;
	return err;
}

/* The second VM of a host, so that its VMID is 2; StreamID 8 is 0x10 to its guest. */
static struct vm second_vm(struct fixture *f)
{
	uint32_t dev = must_bind(f->fd, 30, 1);
	uint32_t ioas = must_ioas(f->fd);
	struct vm vm;

	must_hwpt(f->fd, dev, ioas, KERNEL_HWPT_NEST_PARENT);
	assert_int_equal(kernel_device_unbind(f->fd, dev), 0);
	vm = open_vm(f, f->fd, 8);
	must_vdevice(f->fd, vm.viommu, vm.dev, 0x10);
	return vm;
}

/* [HW-21]; encodings: docs/spec.md section 3. */
TEST(commands_get_the_physical_vmid_and_streamid)
{
	static const uint64_t commands[][2] = {
		{0x30, 0},					  /* NSNH_ALL */
		{0x10 | 7ULL << 32, 0},				  /* NH_ALL of VMID 7 */
		{0x11 | 7ULL << 32 | 0xABULL << 48, 0},		  /* NH_ASID */
		{0x12 | 0xABULL << 48, 0x12345000 | 1},		  /* NH_VA, leaf */
		{0x13 | 3 << 12 | 1 << 20, 0x12340000 | 2 << 10}, /* NH_VAA: 8 pages of 16 KiB */
		{0x40 | 1 << 11 | 5 << 12 | 0x10ULL << 32, 0x8000 | 2}, /* ATC_INV, 4 pages */
		{0x05 | 9 << 12 | 0x10ULL << 32, 1},			/* CFGI_CD */
		{0x06 | 0x10ULL << 32, 0},				/* CFGI_CD_ALL */
	};
	static const struct cmdqv_command expected[] = {
		{.opcode = 0x10, .vmid = 2},
		{.opcode = 0x10, .vmid = 2},
		{.opcode = 0x11, .vmid = 2, .asid = 0xAB},
		{0x12, .leaf = true, .vmid = 2, .asid = 0xAB, .address = 0x12345000,
		 .last = 0x12345FFF},
		{0x13, .granule = 14, .vmid = 2, .address = 0x12340000, .last = 0x1235FFFF},
		{0x40, .ssv = true, .sid = 8, .ssid = 5, .address = 0x8000, .last = 0xBFFF},
		{0x05, .leaf = true, .ssv = true, .sid = 8, .ssid = 9},
		{.opcode = 0x06, .sid = 8},
	};
	struct fixture *f = small_fixture();
	struct vm vm = second_vm(f);
	uint32_t count = 8;

	assert_int_equal(invalidate(f, &vm, commands, &count), 0);
	assert_int_equal(count, 8);
	assert_int_equal(f->commands, 8);
	for (int i = 0; i < 8; i++) {
		struct cmdqv_command *got = &f->command[i];

		assert_int_equal(got->queue, CMDQV_SMMU_QUEUE);
		got->queue = 0;
		memset(got->raw, 0, sizeof(got->raw));
		if (memcmp(got, &expected[i], sizeof(*got)) != 0)
			fail_msg("command %d is taken for something else", i);
	}
	close_vm(f, &vm);
}

/* [HW-14] [HW-21] */
TEST(a_range_that_wraps_is_everything)
{
	static const uint64_t commands[][2] = {
		{0x12 | 31 << 12 | 63ULL << 20, 0xFFFFFFFFFFFF0000 | 3 << 10},
		{0x40 | 0x10ULL << 32, 52},
		{0x40 | 0x10ULL << 32, 63},
	};
	struct fixture *f = small_fixture();
	struct vm vm = second_vm(f);
	uint32_t count = 3;

	assert_int_equal(invalidate(f, &vm, commands, &count), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(f->command[i].address, 0);
		assert_int_equal(f->command[i].last, UINT64_MAX);
	}
	close_vm(f, &vm);
}

/* [HW-21] What lies behind the last entry is none of it. */
TEST(each_tail_of_a_longer_entry_is_looked_at_and_no_more)
{
	uint64_t entries[3][3] = {{0x10}, {0x10}, {0x10, 0, 1}};
	struct fixture *f = small_fixture();
	struct vm vm = second_vm(f);
	struct kernel_hwpt_invalidate cmd = of_entries(&vm, entries, sizeof(entries[0]), 2);

	assert_int_equal(kernel_hwpt_invalidate(f->fd, &cmd), 0);
	assert_int_equal(f->commands, 2);
	cmd.entry_num = 3;
	assert_int_equal(kernel_hwpt_invalidate(f->fd, &cmd), -E2BIG);
	close_vm(f, &vm);
}

/* [ABI-9] copy_struct_from_user() of Linux does so. */
TEST(what_a_shorter_entry_lacks_is_0)
{
	static const uint32_t entries[2][3] = {{0x12, 0xABU << 16, 0x12345000}, {0x10, 7, 1}};
	struct fixture *f = small_fixture();
	struct vm vm = second_vm(f);
	struct kernel_hwpt_invalidate cmd = of_entries(&vm, entries, sizeof(entries[0]), 2);

	assert_int_equal(kernel_hwpt_invalidate(f->fd, &cmd), 0);
	assert_int_equal(f->commands, 2);
	assert_int_equal(f->command[0].opcode, 0x12);
	assert_int_equal(f->command[0].asid, 0xAB);
	assert_int_equal(f->command[0].address, 0x12345000);
	assert_int_equal(f->command[0].last, 0x12345FFF);
	assert_int_equal(f->command[1].opcode, 0x10);
	close_vm(f, &vm);
}

enum { MANY = 130 }; /* two chunks of 63, and some of a third */

static uint32_t repeat(uint64_t commands[MANY][2], uint64_t word0)
{
	for (int i = 0; i < MANY; i++) {
		commands[i][0] = word0;
		commands[i][1] = 0;
	}
	return MANY;
}

/* [HW-21] [HW-13] All of the chunk but one are said to be done, and nothing of the next is begun.
 */
TEST(a_time_out_ends_it_behind_its_chunk)
{
	uint64_t commands[MANY][2];
	struct fixture *f = small_fixture();
	struct vm vm = second_vm(f);
	uint32_t count = repeat(commands, 0x40 | 0x10ULL << 32);

	f->execute_result = -ETIMEDOUT;
	assert_int_equal(invalidate(f, &vm, commands, &count), -ETIMEDOUT);
	assert_int_equal(count, 62);
	assert_int_equal(f->commands, 63);
	f->execute_result = 0;
	close_vm(f, &vm);
}

/* [HW-25] Of every two batches the SMMU loses the first. It never loses an ATC_INV. */
TEST(of_two_batches_the_first_is_lost_each_time)
{
	static const uint64_t commands[3][2] = {{0x10, 0}, {0x40 | 0x10ULL << 32, 52}, {0x11, 0}};
	const struct kernel_config config = {.cmdqs = 8, .vmid_bits = 8, .smmu_flags = 1};
	struct fixture *f = fixture_open(3, 2, 1, &config);
	struct vm vm = second_vm(f);

	for (uint32_t batch = 0; batch < 4; batch++) {
		uint32_t count = COUNT(commands);

		f->commands = 0;
		assert_int_equal(invalidate(f, &vm, commands, &count), 0);
		assert_int_equal(count, COUNT(commands));
		assert_int_equal(f->commands, batch % 2 ? 3 : 1);
		assert_int_equal(f->command[batch % 2].opcode, 0x40);
	}
	close_vm(f, &vm);
}

/* [HW-21]: the kernel drops commands before a bad one of the same chunk. */
TEST(commands_before_a_bad_one_are_lost_back_to_a_multiple_of_63)
{
	uint64_t commands[MANY][2];
	struct fixture *f = small_fixture();
	struct vm vm = second_vm(f);
	uint32_t count = repeat(commands, 0x10);

	commands[100][0] = 0x46;
	assert_int_equal(invalidate(f, &vm, commands, &count), -EIO);
	assert_int_equal(count, 100);
	assert_int_equal(f->commands, 63);

	f->commands = 0;
	count = MANY - 63;
	commands[100][0] = 0x10;
	assert_int_equal(invalidate(f, &vm, &commands[63], &count), 0);
	assert_int_equal(count, 67);
	assert_int_equal(f->commands, 67);
	close_vm(f, &vm);
}
