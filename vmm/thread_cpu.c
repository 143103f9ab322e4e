/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. An access to page 0 while that is mapped is an atomic load or store in the page
 * itself; all others go to vmm_access(), as exits would. What a memslot gives under KVM, a
 * handshake gives here: a thread says that it is inside before it looks whether the page is there,
 * and thread_unmap_page0() first hides the page and then waits until no thread is inside. Both
 * sides store, then load, in one total order, so one of them sees the other. A pause is the same
 * handshake: a thread that is paused waits at its next access to a register.
 *
 * Deviation: an interrupt is taken by vCPU 0 where it waits, in guest_relax(), not between any two
 * instructions.
 */
#include "thread_cpu.h"

#include "guest/platform.h"
#include "upcall.h"

#include <sched.h>

/* The 32-bit word of page 0 at `offset` of the window, if it can be reached without a trap.
 * Must be followed by leave() in either case. */
static _Atomic uint32_t *enter(struct guest_cpu *cpu, uint32_t offset)
{
	char *page;

	atomic_store(&cpu->inside, 1);
	while (atomic_load(&cpu->machine->paused)) {
		atomic_store(&cpu->inside, 0);
		sched_yield();
		atomic_store(&cpu->inside, 1);
	}
	page = atomic_load(&cpu->machine->page0);
	if (!page || offset < CMDQV_VINTF_PAGE0 || offset >= CMDQV_VINTF_PAGE0 + CMDQV_PAGE_BYTES)
		return NULL;
	return (_Atomic uint32_t *)(void *)(page + (offset - CMDQV_VINTF_PAGE0));
}

static void leave(struct guest_cpu *cpu)
{
	atomic_store_explicit(&cpu->inside, 0, memory_order_release);
}

static uint64_t trap_read(struct guest_cpu *cpu, uint32_t offset, uint8_t size)
{
	struct cmdqv_mmio access = {.offset = offset, .size = size};

	vmm_access(cpu->machine->vmm, &access);
	return access.value;
}

static void trap_write(struct guest_cpu *cpu, uint32_t offset, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {.offset = offset, .value = value, .size = size, .write = true};

	vmm_access(cpu->machine->vmm, &access);
}

uint32_t guest_read32(struct guest_cpu *cpu, uint32_t offset)
{
	_Atomic uint32_t *word = enter(cpu, offset);
	uint32_t value = word ? atomic_load_explicit(word, memory_order_acquire) : 0;

	leave(cpu);
	return word ? value : (uint32_t)trap_read(cpu, offset, 4);
}

void guest_write32(struct guest_cpu *cpu, uint32_t offset, uint32_t value)
{
	_Atomic uint32_t *word = enter(cpu, offset);

	if (word)
		atomic_store_explicit(word, value, memory_order_release);
	leave(cpu);
	if (!word)
		trap_write(cpu, offset, 4, value);
}

/* No 64-bit register lies in page 0, so these always trap. */
uint64_t guest_read64(struct guest_cpu *cpu, uint32_t offset)
{
	return trap_read(cpu, offset, 8);
}

void guest_write64(struct guest_cpu *cpu, uint32_t offset, uint64_t value)
{
	trap_write(cpu, offset, 8, value);
}

uint64_t guest_load(struct guest_cpu *cpu, uint32_t offset, uint32_t size)
{
	return size == 4 && offset % 4 == 0 ? guest_read32(cpu, offset)
					    : trap_read(cpu, offset, (uint8_t)size);
}

void guest_store(struct guest_cpu *cpu, uint32_t offset, uint32_t size, uint64_t value)
{
	if (size == 4 && offset % 4 == 0)
		guest_write32(cpu, offset, (uint32_t)value);
	else
		trap_write(cpu, offset, (uint8_t)size, value);
}

void *guest_memory(struct guest_cpu *cpu, uint64_t gpa)
{
	return memory_at(&cpu->machine->vmm->memory, gpa, CMDQV_ENTRY_BYTES);
}

bool guest_relax(struct guest_cpu *cpu)
{
	if (cpu->index == 0 && atomic_exchange(&cpu->machine->interrupts, 0))
		return true;
	sched_yield();
	return false;
}

void guest_report(struct guest_cpu *cpu, enum guest_phase phase)
{
	vmm_phase_ended(cpu->machine->vmm, phase);
}

void guest_pause(struct guest_cpu *cpu)
{
	vmm_pause(cpu->machine->vmm);
}

void guest_say(struct guest_cpu *cpu)
{
	vmm_say(cpu->machine->vmm);
}

bool guest_interrupted(struct guest_cpu *cpu)
{
	return atomic_exchange(&cpu->machine->interrupts, 0) != 0;
}
