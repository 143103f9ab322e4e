/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole life in which calls fail, on either port. What queues and page 0 do in lives where none
 * does is held against a reference by device_reference_test.c.
 */
#include "../test.h"
#include "vm.h"

enum { LOG2 = 4, PROD = 0x04 };

/* Puts a TLBI and a CMD_SYNC at `index`, stores PROD and lets the engine run. */
static void send(struct vm *vm, uint32_t queue, uint32_t index)
{
	uint64_t word1;
	uint64_t word0 = vm_tlbi((uint64_t)index << 12, &word1);

	vm_put(vm, queue, LOG2, index, word0, word1);
	vm_put(vm, queue, LOG2, index + 1, 0x46, 0);
	vcpu_write(vm, queue, PROD, (index + 2) & (2 * (1U << LOG2) - 1));
	host_drain(vm->host);
}

/*
 * [DEV-20] [DEV-25] [DEV-27] [DEV-31] The sweep: a whole life with the n-th call that can
 * fail failing, for every n. Rules are checked after every access (vm.c), and nothing is
 * left bound, mapped or open afterwards.
 */
static uint32_t whole_life(uint32_t fail_at, uint32_t fail_too)
{
	struct host host;
	struct vm vm;
	uint32_t calls;

	host_open(&host, 4, 1);
	vm_open(&vm, &host, fail_at);
	vm.fail_too = fail_too;
	for (int round = 0; vm.dev && round < 2; round++) {
		vm_enable_vintf(&vm);
		for (uint32_t q = 0; q < 4; q++) {
			vm_allocate(&vm, q, true);
			vm_start_queue(&vm, q, LOG2);
		}
		host_drain(&host);
		for (uint32_t q = 0; q < 4; q++)
			send(&vm, q, vcpu_read(&vm, q, PROD));
		vm_put(&vm, 0, LOG2, vcpu_read(&vm, 0, PROD), 0x10, 0);
		vcpu_write(&vm, 0, PROD, (vcpu_read(&vm, 0, PROD) + 1) & 31);
		host_drain(&host);
		vm_events(&vm);
		vm_allocate(&vm, 2, false);
		vm_allocate(&vm, 2, true);
		vm_write(&vm, 0x30188, 4, 0);
		vm_write(&vm, 0x40180, 8, 0);
		vm_write(&vm, 0x40180, 8, (VM_RINGS + 3 * VM_RING_SPAN) | LOG2);
		vm_write(&vm, 0x1000, 4, 0);
		vm_write(&vm, 0x1000, 4, 1);
		assert_int_equal(cmdqv_reset(vm.dev), 0);
		vm_check(&vm);
	}
	calls = vm.calls;
	if (!fail_at || fail_at > calls)
		assert_non_null(vm.dev);
	vm_close(&vm);
	/* Nothing was left behind: every VINTF can be had again. */
	vm_open(&vm, &host, 0);
	vm_bring_up(&vm, LOG2);
	vm_close(&vm);
	host_close(&host);
	return calls;
}

TEST(a_failure_of_any_call_leaves_nothing_behind)
{
	uint32_t calls = whole_life(0, 0);

	assert_true(calls > 20);
	for (uint32_t n = 1; n <= calls + 1; n++)
		whole_life(n, 0);
}

/* What fails beside another failure: sampled. */
TEST(two_failures_of_a_life_leave_nothing_behind)
{
	uint32_t calls = whole_life(0, 0);
	uint64_t seed = 0x9a125;

	for (int i = 0; i < 200; i++) {
		uint32_t n = 1 + (uint32_t)(test_random(&seed) % calls);

		whole_life(n, n + 1 + (uint32_t)(test_random(&seed) % calls));
	}
}
