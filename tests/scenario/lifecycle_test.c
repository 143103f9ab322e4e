/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of queues and of page 0, on either backend, where recordings never go. */
#include <errno.h>
#include <string.h>

#include "../test.h"
#include "vm.h"

enum {
	LOG2 = 4,
	CONS = 0x00,
	PROD = 0x04,
	CONFIG = 0x08,
	STATUS = 0x0C,
	GERROR = 0x10,
	GERRORN = 0x14
};

struct tally {
	uint64_t commands;
	uint64_t syncs;
	uint64_t last_address;
	bool out_of_order;
};

static void count(void *context, const struct cmdqv_command *command)
{
	struct tally *tally = context;

	tally->commands++;
	if (command->opcode == 0x46)
		tally->syncs++;
}

/* Puts a TLBI and a CMD_SYNC at `index`, stores PROD and lets the engine run. */
static uint32_t send(struct vm *vm, uint32_t queue, uint32_t index)
{
	uint64_t word1;
	uint64_t word0 = vm_tlbi((uint64_t)index << 12, &word1);

	vm_put(vm, queue, LOG2, index, word0, word1);
	vm_put(vm, queue, LOG2, index + 1, 0x46, 0);
	index = (index + 2) & (2 * (1U << LOG2) - 1);
	vcpu_write(vm, queue, PROD, index);
	host_drain(vm->host);
	return index;
}

/* Refuses one command of `queue`, takes the interrupt and acknowledges as the driver does. */
static uint32_t take_an_error(struct vm *vm, uint32_t queue, uint32_t index)
{
	uint32_t pulses = vm->interrupts;

	vm_put(vm, queue, LOG2, index, 0x10, 0); /* TLBI_NH_ALL: not for guests */
	index = (index + 1) & (2 * (1U << LOG2) - 1);
	vcpu_write(vm, queue, PROD, index);
	host_drain(vm->host);
	vm_events(vm);
	assert_int_equal(vm->interrupts, pulses + 1);
	assert_int_equal(vm_read(vm, 0x10C0, 8), 1U << queue);
	assert_int_equal(vcpu_read(vm, queue, CONS) >> 24, 1);
	vm_put(vm, queue, LOG2, (index - 1) & 31, 0x46, 0);
	vcpu_write(vm, queue, GERRORN, vcpu_read(vm, queue, GERROR));
	host_drain(vm->host);
	assert_int_equal(vm_read(vm, 0x10C0, 8), 0);
	assert_int_equal(vcpu_read(vm, queue, CONS), index);
	return index;
}

/* [DEV-15] [HW-3] GERROR keeps its phase over a rebind; GERRORN must follow it. */
TEST(a_queue_bound_after_an_acknowledged_error_runs)
{
	struct tally tally = {0};
	struct host host;
	struct vm vm;

	host_open(&host, 2, 1);
	host.executed = count;
	host.context = &tally;
	vm_open(&vm, &host, 0);
	vm_bring_up(&vm, LOG2);
	take_an_error(&vm, 1, 0);
	vm_allocate(&vm, 1, false);
	vm_allocate(&vm, 1, true);
	vm_start_queue(&vm, 1, LOG2);
	host_drain(&host);
	assert_int_equal(vcpu_read(&vm, 1, STATUS), 1);
	assert_int_equal(vm_read(&vm, 0x10C0, 8), 0);
	tally = (struct tally){0};
	assert_int_equal(send(&vm, 1, 0), 2);
	assert_int_equal(vcpu_read(&vm, 1, CONS), 2);
	assert_int_equal(tally.commands, 2);
	vm_close(&vm);
	host_close(&host);
}

/* [DEV-15] [DEV-9] The refused command is not lost in a rebind: it is refused anew. */
TEST(an_unacknowledged_error_is_raised_anew_by_the_rebind)
{
	struct host host;
	struct vm vm;

	host_open(&host, 2, 1);
	vm_open(&vm, &host, 0);
	vm_bring_up(&vm, LOG2);
	vm_put(&vm, 1, LOG2, 0, 0x10, 0);
	vcpu_write(&vm, 1, PROD, 1);
	host_drain(&host);
	vm_events(&vm);
	assert_int_equal(vm.interrupts, 1);
	vm_allocate(&vm, 0, false); /* takes queue 1 along */
	assert_null(vm.page);
	vm_allocate(&vm, 0, true);
	host_drain(&host);
	vm_events(&vm);
	assert_int_equal(vm.interrupts, 2);
	assert_int_equal(vm_read(&vm, 0x10C0, 8), 2);
	assert_int_equal(vcpu_read(&vm, 1, CONS), 0x01000000);
	vm_close(&vm);
	host_close(&host);
}

/* [DEV-17] [DEV-18] */
TEST(a_failed_bind_of_lvcmdq_1_leaves_lvcmdq_0_running)
{
	struct tally tally = {0};
	struct host host;
	struct vm vm;
	uint32_t index;

	host_open(&host, 2, 1);
	host.executed = count;
	host.context = &tally;
	vm_open(&vm, &host, 0);
	vm_enable_vintf(&vm);
	vm_allocate(&vm, 0, true);
	vm_start_queue(&vm, 0, LOG2);
	host_drain(&host);
	assert_non_null(vm.page);
	index = send(&vm, 0, 0);
	vm_allocate(&vm, 1, true);
	vm_write(&vm, 0x40080, 8, (VM_RAM_BYTES - 0x100) | 5); /* 512 bytes, half outside RAM */
	assert_null(vm.page);
	assert_int_equal(vm.interrupts, 1);
	assert_int_equal(vm_read(&vm, 0x30090, 4), 4);
	assert_int_equal(vm_read(&vm, 0x10C0, 8), 2);
	vm_write(&vm, 0x30088, 4, 1);
	assert_int_equal(vm_read(&vm, 0x3008C, 4), 0);
	index = send(&vm, 0, index);
	assert_int_equal(vcpu_read(&vm, 0, CONS), index);
	assert_int_equal(tally.commands, 4);
	vm_write(&vm, 0x40080, 8, (VM_RINGS + VM_RING_SPAN) | LOG2);
	host_drain(&host);
	assert_non_null(vm.page);
	assert_int_equal(vcpu_read(&vm, 1, STATUS), 1); /* the EN that was kept [DEV-16] */
	assert_int_equal(vm_read(&vm, 0x10C0, 8), 0);
	assert_int_equal(vm.interrupts, 1);
	vm_close(&vm);
	host_close(&host);
}

/* [DEV-24] Many errors, few pulses; masked ones are told when the mask goes. */
TEST(a_masked_storm_of_events_pulses_once_when_unmasked)
{
	struct host host;
	struct vm vm;
	uint32_t index[2] = {0, 0};

	host_open(&host, 2, 1);
	vm_open(&vm, &host, 0);
	vm_bring_up(&vm, LOG2);
	vm_write(&vm, 0x1C, 4, 1);
	for (uint32_t round = 0; round < 500; round++) {
		for (uint32_t q = 0; q < 2; q++) {
			vm_put(&vm, q, LOG2, index[q], 0x10, 0);
			index[q] = (index[q] + 1) & 31;
			vcpu_write(&vm, q, PROD, index[q]);
			host_drain(&host);
			assert_int_equal(vcpu_read(&vm, q, CONS) >> 24, 1);
			if (round == 499)
				continue;
			vm_put(&vm, q, LOG2, (index[q] - 1) & 31, 0x46, 0);
			vcpu_write(&vm, q, GERRORN, vcpu_read(&vm, q, GERROR));
			host_drain(&host);
		}
		if (round % 7 == 0)
			vm_events(&vm);
	}
	vm_events(&vm);
	assert_int_equal(vm.interrupts, 0);
	assert_int_equal(vm_read(&vm, 0x24, 4), 3);
	vm_write(&vm, 0x1C, 4, 0);
	assert_int_equal(vm.interrupts, 1);
	vm_write(&vm, 0x1C, 4, 0);
	assert_int_equal(vm.interrupts, 1);
	vm_close(&vm);
	host_close(&host);
}

/* [DEV-13] [DEV-18] Disabling takes the page away; BASE and ALLOC bind again by themselves. */
TEST(disabling_and_enabling_binds_again)
{
	static const struct {
		uint64_t offset;
		uint64_t off;
		uint64_t on;
	} switches[] = {{0x1000, 0, 1}, {0x0, 0x20082, 0x20083}};
	struct host host;
	struct vm vm;

	host_open(&host, 2, 1);
	vm_open(&vm, &host, 0);
	vm_bring_up(&vm, LOG2);
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		vm_write(&vm, switches[i].offset, 4, switches[i].off);
		assert_null(vm.page);
		assert_int_equal(vm_read(&vm, 0x3000C, 4), 0);
		assert_int_equal(vm_read(&vm, 0x1004, 4), 0);
		vm_write(&vm, switches[i].offset, 4, switches[i].on);
		assert_non_null(vm.page);
		assert_int_equal(vm_read(&vm, 0x3000C, 4), 0); /* CONFIG went with the shadow */
	}
	vm_close(&vm);
	host_close(&host);
}

/* [DEV-10] [DEV-17] Rings where no ring may be: an error bit, and nothing else happens. */
TEST(a_ring_that_is_not_ram_is_a_failed_bind)
{
	static const uint64_t bases[] = {
		0x0B000004ULL,		  /* the device's own window */
		0x0B040004ULL,		  /* its last page */
		(VM_RAM_BYTES) | 4ULL,	  /* just past RAM */
		0xFFFFFFFFFFE4ULL,	  /* the end of the address space */
		VM_RINGS | 13ULL,	  /* over the cap of 12 */
		VM_RINGS | 0ULL,	  /* one entry */
		(VM_RINGS + 0x20) | 4ULL, /* not aligned to its size */
		VM_RINGS | 31ULL,
	};
	struct host host;
	struct vm vm;

	host_open(&host, 1, 1);
	vm_open(&vm, &host, 0);
	vm_enable_vintf(&vm);
	vm_allocate(&vm, 0, true);
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		vm_write(&vm, 0x40000, 8, bases[i]);
		vm_write(&vm, 0x30008, 4, 1);
		assert_null(vm.page);
		assert_int_equal(vm_read(&vm, 0x3000C, 4), 0);
		assert_int_equal(vm_read(&vm, 0x30010, 4) ^ vm_read(&vm, 0x30014, 4), 4);
		vm_write(&vm, 0x40000, 8, 0);
		assert_int_equal(vm_read(&vm, 0x30010, 4) ^ vm_read(&vm, 0x30014, 4), 0);
	}
	assert_int_equal(vm.interrupts, sizeof(bases) / sizeof(bases[0]));
	vm_write(&vm, 0x40000, 8, VM_RINGS | LOG2);
	host_drain(&host);
	assert_non_null(vm.page);
	assert_int_equal(vcpu_read(&vm, 0, STATUS), 1);
	vm_close(&vm);
	host_close(&host);
}

/* [HW-10] PROD out of range stands with an error and harms no other queue. */
TEST(a_prod_out_of_range_is_an_error_of_that_queue_alone)
{
	struct tally tally = {0};
	struct host host;
	struct vm vm;

	host_open(&host, 2, 1);
	host.executed = count;
	host.context = &tally;
	vm_open(&vm, &host, 0);
	vm_bring_up(&vm, LOG2);
	vcpu_write(&vm, 0, PROD, 17); /* a ring of 16 and one more */
	host_drain(&host);
	vm_events(&vm);
	assert_int_equal(vm.interrupts, 1);
	assert_int_equal(vcpu_read(&vm, 0, CONS), 0x01000000);
	assert_int_equal(tally.commands, 0);
	send(&vm, 1, 0);
	assert_int_equal(tally.commands, 2);
	vm_close(&vm);
	host_close(&host);
}

/* [DEV-7] A reset from a running state gives everything back, and the next start works. */
TEST(a_reset_while_running_is_complete)
{
	struct tally tally = {0};
	struct host host;
	struct vm vm;

	host_open(&host, 2, 1);
	host.executed = count;
	host.context = &tally;
	vm_open(&vm, &host, 0);
	for (int round = 0; round < 3; round++) {
		vm_bring_up(&vm, LOG2);
		tally = (struct tally){0};
		send(&vm, 0, 0);
		send(&vm, 1, 0);
		assert_int_equal(tally.commands, 4);
		if (round == 1)
			take_an_error(&vm, 0, 2);
		pthread_mutex_lock(&host.lock);
		assert_int_equal(cmdqv_reset(vm.dev), 0);
		pthread_mutex_unlock(&host.lock);
		assert_null(vm.page);
		assert_int_equal(vm_read(&vm, 0x0, 4), 0x20083);
		assert_int_equal(vm_read(&vm, 0x200, 4), 0);
		assert_int_equal(vm_read(&vm, 0x40000, 8), 0);
	}
	vm_close(&vm);
	host_close(&host);
}

/* [DEV-28] */
TEST(a_bound_ring_is_in_use_and_an_unbound_one_is_not)
{
	struct host host;
	struct vm vm;

	host_open(&host, 1, 1);
	vm_open(&vm, &host, 0);
	assert_false(cmdqv_range_in_use(vm.dev, (cmdqv_gpa_t){0}, UINT64_MAX));
	vm_bring_up(&vm, LOG2);
	assert_true(cmdqv_range_in_use(vm.dev, (cmdqv_gpa_t){VM_RINGS}, 1));
	assert_true(cmdqv_range_in_use(vm.dev, (cmdqv_gpa_t){VM_RINGS + 0xFF}, 1));
	assert_false(cmdqv_range_in_use(vm.dev, (cmdqv_gpa_t){VM_RINGS + 0x100}, 0x1000));
	assert_false(cmdqv_range_in_use(vm.dev, (cmdqv_gpa_t){VM_RINGS - 1}, 1));
	assert_int_equal(client_unmap_ram(&vm.client, (cmdqv_gpa_t){0}, VM_RAM_BYTES), -EBUSY);
	vm_write(&vm, 0x1000, 4, 0);
	assert_false(cmdqv_range_in_use(vm.dev, (cmdqv_gpa_t){0}, UINT64_MAX));
	assert_int_equal(client_unmap_ram(&vm.client, (cmdqv_gpa_t){0}, VM_RAM_BYTES), 0);
	vm_close(&vm);
	host_close(&host);
}

/*
 * [DEV-20] [DEV-25] [DEV-27] [DEV-31] The sweep: a whole life with the n-th call that can
 * fail failing, for every n. Rules are checked after every access (vm.c), and nothing is
 * left bound, mapped or open afterwards.
 */
static uint32_t whole_life(uint32_t fail_at)
{
	struct host host;
	struct vm vm;
	uint32_t calls;

	host_open(&host, 4, 1);
	vm_open(&vm, &host, fail_at);
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
	uint32_t calls = whole_life(0);

	assert_true(calls > 20);
	for (uint32_t n = 1; n <= calls + 1; n++)
		whole_life(n);
}
