/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device with two vCPUs: one half of the input is what the first does, by accesses that trap, and
 * what the VMM does, which saves the device, moves it, withdraws page 0 and fails; the other what
 * the second stores into page 0 meanwhile, and when the engine runs. However they meet, the rules
 * that hold after each access do (tests/scenario/vm.c), and a guest that then resets the CMDQV has
 * queues that execute.
 */
#include <pthread.h>

#include <cmdqv/saved.h>

#include "../scenario/vm.h"
#include "../test.h"
#include "fuzz.h"

enum { LOG2 = 4, RING = 1 << LOG2, CONS = 0x00, PROD = 0x04, GERROR = 0x10, GERRORN = 0x14 };

struct vcpu {
	struct vm *vm;
	struct fuzz_input in;
};

/* While the other one goes on: a save, and a restore of what was saved. */
static void move(struct vm *vm, bool whole)
{
	static uint8_t saved[8192];
	size_t bytes = sizeof(saved);

	pthread_mutex_lock(&vm->host->lock);
	must(cmdqv_save(vm->dev, saved, &bytes, NULL) == 0);
	if (whole) {
		must(cmdqv_reset(vm->dev) == 0);
		must(cmdqv_restore(vm->dev, saved, bytes, NULL) <= 0);
	}
	pthread_mutex_unlock(&vm->host->lock);
}

static void withdraw(struct vm *vm)
{
	pthread_mutex_lock(&vm->host->lock);
	must(cmdqv_page0_withdraw(vm->dev) >= 0);
	pthread_mutex_unlock(&vm->host->lock);
}

static void trap(struct vcpu *vcpu)
{
	uint8_t what = fuzz_byte(&vcpu->in);
	uint32_t queue = what >> 4 & 1;
	bool on = what >> 5 & 3;

	switch (what % 13) {
	case 0:
		vm_write(vcpu->vm, 0x0, 4, on);
		break;
	case 1:
		vm_write(vcpu->vm, 0x1000, 4, on);
		break;
	case 2:
		vm_allocate(vcpu->vm, queue, on);
		break;
	case 3:
		vm_start_queue(vcpu->vm, queue, LOG2 - what / 128);
		break;
	case 4:
		vm_events(vcpu->vm);
		break;
	case 5:
		vm_write(vcpu->vm, 0x40000 + 0x80 * queue, 8, (uint64_t)fuzz_byte(&vcpu->in) << 12);
		break;
	case 6:
		(void)vm_read(vcpu->vm, fuzz_take(&vcpu->in, 3) & 0x7fffc, 4);
		break;
	case 7:
		move(vcpu->vm, on);
		break;
	case 8:
		withdraw(vcpu->vm);
		break;
	case 9: /* a bind, or a map */
		vcpu->vm->fail_at = vcpu->vm->calls + 1 + what / 64;
		break;
	case 10: /* half of BASE */
		vm_write(vcpu->vm, 0x40000 + 0x80 * queue + (on ? 0 : 4), 4,
			 on ? (uint64_t)fuzz_byte(&vcpu->in) << 12 | LOG2 : 0);
		break;
	case 11:
		vm_write(vcpu->vm, fuzz_take(&vcpu->in, 3) & 0x7ffff, on ? 8 : 4,
			 fuzz_take(&vcpu->in, 4));
		break;
	default:
		vm_write(vcpu->vm, 0x10000 + 0x80 * queue + 4 * (fuzz_byte(&vcpu->in) % 6U), 4,
			 fuzz_byte(&vcpu->in));
	}
}

static void store(struct vcpu *vcpu)
{
	static const uint8_t opcodes[] = {0x12, 0x11, 0x46, 0x12, 0x46, 0x40, 0x10, 0x12};
	uint8_t what = fuzz_byte(&vcpu->in);
	uint32_t queue = what >> 4 & 1;
	uint32_t prod = vcpu_read(vcpu->vm, queue, PROD);

	switch (what % 8) {
	case 0:
	case 1:
	case 2:
		for (uint32_t i = 0; i < what / 32U; i++)
			vm_put(vcpu->vm, queue, LOG2, prod + i,
			       opcodes[fuzz_byte(&vcpu->in) % sizeof(opcodes)], what);
		vcpu_write(vcpu->vm, queue, PROD, (prod + what / 32U) % (2 * RING));
		break;
	case 3:
		vcpu_write(vcpu->vm, queue, GERRORN, vcpu_read(vcpu->vm, queue, GERROR));
		break;
	case 4:
		vcpu_write(vcpu->vm, queue, fuzz_byte(&vcpu->in) % 8 * 4,
			   (uint32_t)fuzz_take(&vcpu->in, 4));
		break;
	default:
		pthread_mutex_lock(&vcpu->vm->host->lock);
		must(host_run(vcpu->vm->host, what) >= 0);
		pthread_mutex_unlock(&vcpu->vm->host->lock);
	}
}

static void *second_vcpu(void *context)
{
	struct vcpu *vcpu = context;

	while (vcpu->in.left > 0)
		store(vcpu);
	return NULL;
}

/* The guest begins anew: its queues are sound, whatever was done to them. */
static void check_that_it_runs(struct vm *vm)
{
	vm->fail_at = 0;
	must(cmdqv_reset(vm->dev) == 0);
	host_drain(vm->host);
	vm_bring_up(vm, LOG2);
	for (uint32_t queue = 0; queue < vm->num_queues; queue++) {
		vm_put(vm, queue, LOG2, 0, 0x46, 0);
		vcpu_write(vm, queue, PROD, 1);
		host_drain(vm->host);
		must(vcpu_read(vm, queue, CONS) == 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct host host;
	struct vm vm;
	struct vcpu first = {&vm, {bytes, size / 2}};
	struct vcpu second = {&vm, {bytes + size / 2, size - size / 2}};
	pthread_t thread;

	host_open(&host, 2, 1);
	vm_open(&vm, &host, 0);
	vm_bring_up(&vm, LOG2);
	must(pthread_create(&thread, NULL, second_vcpu, &second) == 0);
	while (first.in.left > 0)
		trap(&first);
	pthread_join(thread, NULL);
	vm_check(&vm);
	check_that_it_runs(&vm);
	vm_close(&vm);
	host_close(&host);
	return 0;
}
