/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm.h"

#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "../test.h"

enum { GUEST_PAGE0 = 0x30000, GUEST_PAGE1 = 0x40000, SLOT = 0x80, STATUS = 0x0C };

/* ---- the VMM ---- */

static bool fails_now(struct vm *vm)
{
	vm->calls++;
	return vm->calls == vm->fail_at || vm->calls == vm->fail_too;
}

static int page0_map(void *user, const struct cmdqv_page0_map *page)
{
	struct vm *vm = user;

	assert_null(vm->page);
	assert_int_equal(page->guest_offset, GUEST_PAGE0);
	assert_int_equal(page->view.length, 0x10000);
	if (fails_now(vm))
		return -ENOSPC;
	pthread_rwlock_wrlock(&vm->page_lock);
	vm->page = page->view.host;
	pthread_rwlock_unlock(&vm->page_lock);
	vm->maps++;
	return 0;
}

static void page0_unmap(void *user)
{
	struct vm *vm = user;

	assert_non_null(vm->page);
	pthread_rwlock_wrlock(&vm->page_lock);
	vm->page = NULL;
	pthread_rwlock_unlock(&vm->page_lock);
	vm->unmaps++;
}

static void interrupt(void *user)
{
	atomic_fetch_add(&((struct vm *)user)->interrupts, 1);
}

static bool is_guest_ram(void *user, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)user;
	return gpa.value < VM_RAM_BYTES && bytes <= VM_RAM_BYTES - gpa.value;
}

static void log_message(void *user, const struct cmdqv_log *log)
{
	struct vm *vm = user;

	vm->logs++;
	snprintf(vm->last_log, sizeof(vm->last_log), "%s", log->text);
}

static const struct cmdqv_vmm_ops vmm_ops = {
	.size = sizeof(vmm_ops),
	.page0_map = page0_map,
	.page0_unmap = page0_unmap,
	.interrupt = interrupt,
	.is_guest_ram = is_guest_ram,
	.log = log_message,
};

/* ---- the backend, with calls that can be made to fail ---- */

static int geometry(void *impl, struct cmdqv_backend_geometry *to)
{
	struct vm *vm = impl;

	return fails_now(vm) ? -EIO : vm->real.ops->geometry(vm->real.impl, to);
}

static int queue_bind(void *impl, uint32_t index, cmdqv_gpa_t base, uint64_t bytes,
		      struct cmdqv_error *error)
{
	struct vm *vm = impl;

	assert_null(vm->page);
	return fails_now(vm) ? -ENOSPC
			     : vm->real.ops->queue_bind(vm->real.impl, index, base, bytes, error);
}

static void queue_unbind(void *impl, uint32_t index)
{
	struct vm *vm = impl;

	assert_null(vm->page);
	vm->real.ops->queue_unbind(vm->real.impl, index);
}

static uint32_t queue_read(void *impl, uint32_t index, uint32_t reg)
{
	struct vm *vm = impl;

	if (reg == STATUS)
		host_wait(vm->host);
	return vm->real.ops->queue_read(vm->real.impl, index, reg);
}

static void queue_write(void *impl, uint32_t index, uint32_t reg, uint32_t value)
{
	struct vm *vm = impl;

	vm->real.ops->queue_write(vm->real.impl, index, reg, value);
}

static int page0_view(void *impl, struct cmdqv_page_view *view)
{
	struct vm *vm = impl;

	return fails_now(vm) ? -EMFILE : vm->real.ops->page0_view(vm->real.impl, view);
}

static int event_fd(void *impl)
{
	struct vm *vm = impl;

	return vm->real.ops->event_fd(vm->real.impl);
}

static int event_read(void *impl, struct cmdqv_backend_event *event)
{
	struct vm *vm = impl;

	return fails_now(vm) ? -EINTR : vm->real.ops->event_read(vm->real.impl, event);
}

static int broken(void *impl)
{
	struct vm *vm = impl;

	return vm->real.ops->broken(vm->real.impl);
}

static const struct cmdqv_backend_ops backend_ops = {
	.size = sizeof(backend_ops),
	.geometry = geometry,
	.queue_bind = queue_bind,
	.queue_unbind = queue_unbind,
	.queue_read = queue_read,
	.queue_write = queue_write,
	.page0_view = page0_view,
	.event_fd = event_fd,
	.event_read = event_read,
	.broken = broken,
};

/* ---- the VM ---- */

void vm_open(struct vm *vm, struct host *host, uint32_t fail_at)
{
	const struct cmdqv_config config = {
		.size = sizeof(config), .cmdqs = 12, .guest_is_coherent = true};
	struct cmdqv_backend backend = {.ops = &backend_ops, .impl = vm};
	struct cmdqv_backend_geometry offered;

	*vm = (struct vm){.host = host, .fail_at = fail_at};
	pthread_rwlock_init(&vm->page_lock, NULL);
	/* calloc() takes so much from the kernel, which gives pages as they are used. */
	vm->allocation = calloc(1, VM_RAM_BYTES + VM_RAM_ALIGN);
	assert_non_null(vm->allocation);
	vm->ram = vm->allocation + VM_RAM_ALIGN - (uintptr_t)vm->allocation % VM_RAM_ALIGN;
	assert_int_equal(client_open(&vm->client, host, &vm->real, NULL), 0);
	assert_int_equal(client_map_ram(&vm->client, (cmdqv_gpa_t){0}, vm->ram, VM_RAM_BYTES), 0);
	assert_int_equal(vm->real.ops->geometry(vm->real.impl, &offered), 0);
	vm->num_queues = offered.num_lvcmdqs;
	cmdqv_create(&vm->dev, &config, &backend, &vmm_ops, vm, NULL);
	if (!fail_at)
		assert_non_null(vm->dev);
}

void vm_close(struct vm *vm)
{
	pthread_mutex_lock(&vm->host->lock);
	cmdqv_destroy(vm->dev);
	assert_null(vm->page);
	assert_int_equal(vm->maps, vm->unmaps);
	assert_int_equal(vm->real.ops->broken(vm->real.impl), 0);
	client_close(&vm->client);
	pthread_mutex_unlock(&vm->host->lock);
	pthread_rwlock_destroy(&vm->page_lock);
	free(vm->allocation);
}

void vm_events(struct vm *vm)
{
	pthread_mutex_lock(&vm->host->lock);
	while (cmdqv_events(vm->dev) > 0)
		;
	pthread_mutex_unlock(&vm->host->lock);
}

static void check_locked(struct vm *vm)
{
	struct cmdqv_state state = {.size = sizeof(state)};
	bool all_ready_are_bound = true;
	uint32_t bound = 0;
	bool prefix = true;

	assert_int_equal(cmdqv_get_state(vm->dev, &state), 0);
	for (uint32_t q = 0; q < state.num_lvcmdqs; q++) {
		struct cmdqv_queue_state queue = {.size = sizeof(queue)};

		assert_int_equal(cmdqv_get_queue(vm->dev, q, &queue), 0);
		if (queue.life == CMDQV_QUEUE_BOUND) {
			assert_true(prefix);
			bound++;
		} else {
			prefix = false;
			assert_false(queue.en_ok);
			if (queue.life != CMDQV_QUEUE_IDLE)
				all_ready_are_bound = false;
		}
	}
	if (state.page0 == CMDQV_PAGE0_MAPPED)
		assert_true(state.vintf_enabled && bound > 0 && all_ready_are_bound);
	if (state.page0 == CMDQV_PAGE0_NONE)
		assert_false(state.vintf_enabled && bound > 0 && all_ready_are_bound);
	assert_int_equal(state.page0 == CMDQV_PAGE0_MAPPED, vm->page != NULL);
}

void vm_check(struct vm *vm)
{
	pthread_mutex_lock(&vm->host->lock);
	check_locked(vm);
	pthread_mutex_unlock(&vm->host->lock);
}

static uint64_t trap(struct vm *vm, struct cmdqv_mmio access)
{
	pthread_mutex_lock(&vm->host->lock);
	assert_int_equal(cmdqv_access(vm->dev, &access), 0);
	check_locked(vm);
	pthread_mutex_unlock(&vm->host->lock);
	return access.value;
}

uint64_t vm_read(struct vm *vm, uint64_t offset, uint8_t size)
{
	return trap(vm, (struct cmdqv_mmio){.offset = offset, .size = size});
}

void vm_write(struct vm *vm, uint64_t offset, uint8_t size, uint64_t value)
{
	trap(vm,
	     (struct cmdqv_mmio){.offset = offset, .size = size, .value = value, .write = true});
}

/* ---- a vCPU ---- */

static _Atomic uint32_t *page_word(struct vm *vm, uint32_t queue, uint32_t reg)
{
	return (_Atomic uint32_t *)((char *)vm->page + queue * SLOT + reg);
}

uint32_t vcpu_read(struct vm *vm, uint32_t queue, uint32_t reg)
{
	uint32_t value = 0;
	bool mapped;

	pthread_rwlock_rdlock(&vm->page_lock);
	mapped = vm->page != NULL;
	if (mapped)
		value = atomic_load_explicit(page_word(vm, queue, reg), memory_order_acquire);
	pthread_rwlock_unlock(&vm->page_lock);
	return mapped ? value : (uint32_t)vm_read(vm, GUEST_PAGE0 + queue * SLOT + reg, 4);
}

void vcpu_write(struct vm *vm, uint32_t queue, uint32_t reg, uint32_t value)
{
	bool mapped;

	pthread_rwlock_rdlock(&vm->page_lock);
	mapped = vm->page != NULL;
	if (mapped)
		atomic_store_explicit(page_word(vm, queue, reg), value, memory_order_release);
	pthread_rwlock_unlock(&vm->page_lock);
	if (!mapped)
		vm_write(vm, GUEST_PAGE0 + queue * SLOT + reg, 4, value);
}

/* ---- a driver's moves, by the offsets of docs/spec.md ---- */

void vm_enable_vintf(struct vm *vm)
{
	vm_write(vm, 0x1000, 4, 0x20001);
	assert_int_equal(vm_read(vm, 0x1004, 4) & 1, 1);
	assert_int_equal(vm_read(vm, 0x1000, 4) & 0x20000, 0);
}

void vm_allocate(struct vm *vm, uint32_t queue, bool yes)
{
	vm_write(vm, 0x200 + 4 * queue, 4, queue << 1 | yes);
}

void vm_start_queue(struct vm *vm, uint32_t queue, uint32_t log2size)
{
	vm_write(vm, GUEST_PAGE1 + queue * SLOT, 8, (VM_RINGS + queue * VM_RING_SPAN) | log2size);
	vcpu_write(vm, queue, 0x08, 1);
}

void vm_bring_up(struct vm *vm, uint32_t log2size)
{
	vm_enable_vintf(vm);
	for (uint32_t queue = 0; queue < vm->num_queues; queue++) {
		vm_allocate(vm, queue, true);
		vm_start_queue(vm, queue, log2size);
	}
	host_drain(vm->host);
	for (uint32_t queue = 0; queue < vm->num_queues; queue++)
		assert_int_equal(vcpu_read(vm, queue, 0x0C), 1);
	assert_non_null(vm->page);
}

void vm_put(struct vm *vm, uint32_t queue, uint32_t log2size, uint32_t index, uint64_t word0,
	    uint64_t word1)
{
	uint32_t entry = index & ((1U << log2size) - 1);
	_Atomic uint64_t *ring =
		(_Atomic uint64_t *)(vm->ram + VM_RINGS + queue * VM_RING_SPAN) + 2 * (size_t)entry;

	atomic_store_explicit(&ring[0], word0, memory_order_relaxed);
	atomic_store_explicit(&ring[1], word1, memory_order_relaxed);
}

uint64_t vm_tlbi(uint64_t address, uint64_t *word1)
{
	*word1 = address | 1;
	return 0x12 | 1ULL << 48;
}
