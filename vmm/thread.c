/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's driver in threads of this process, one for each vCPU.
 *
 * How it works. An access to page 0 while that is mapped is an atomic load or store in
 * the page itself; all others go to vmm_access(), as exits would. What a memslot gives
 * under KVM, a handshake gives here: a thread says that it is inside before it looks
 * whether the page is there, and whoever withdraws the page first hides it and then waits
 * until nobody is inside. Both sides store, then load, in one total order, so one of them
 * sees the other.
 *
 * Deviation: an interrupt is taken by vCPU 0 where it waits, in guest_relax(), not
 * between any two instructions.
 */
#include "vm.h"

#include "guest/platform.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct guest_cpu {
	struct thread_machine *machine;
	uint32_t index;
	pthread_t thread;
	bool running;
	_Atomic uint32_t inside; /* 1: may be about to touch the page */
};

struct thread_machine {
	struct machine machine;
	struct vmm *vmm;
	struct guest_driver driver;
	_Atomic(void *) page0;	     /* NULL: not mapped */
	_Atomic uint32_t interrupts; /* that wait for vCPU 0 */
	uint32_t cpu_count;
	struct guest_cpu cpus[VMM_MAX_VCPUS];
};

static struct thread_machine *of(struct machine *machine)
{
	return (struct thread_machine *)machine;
}

/* ---- accesses ---- */

/* The 32-bit word of page 0 at `offset` of the window, if it can be reached without a trap.
 * Must be followed by leave() in either case. */
static _Atomic uint32_t *enter(struct guest_cpu *cpu, uint32_t offset)
{
	char *page;

	atomic_store(&cpu->inside, 1);
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

void *guest_memory(struct guest_cpu *cpu, uint64_t gpa)
{
	return memory_at(&cpu->machine->vmm->memory, gpa, CMDQV_ENTRY_BYTES);
}

void guest_relax(struct guest_cpu *cpu)
{
	if (cpu->index == 0 && atomic_exchange(&cpu->machine->interrupts, 0))
		guest_driver_interrupt(&cpu->machine->driver, cpu);
	else
		sched_yield();
}

void guest_report(struct guest_cpu *cpu, enum guest_phase phase)
{
	vmm_phase_ended(cpu->machine->vmm, phase);
}

/* ---- the machine ---- */

static void *run_cpu(void *argument)
{
	struct guest_cpu *cpu = argument;

	guest_driver_run(&cpu->machine->driver, cpu, cpu->index);
	vmm_cpu_done(cpu->machine->vmm);
	return NULL;
}

static int thread_create(struct machine **out, struct vmm *vmm, struct cmdqv_error *error)
{
	struct thread_machine *machine = calloc(1, sizeof(*machine));

	if (!machine)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "out of memory");
	machine->machine.ops = &machine_thread;
	machine->vmm = vmm;
	machine->cpu_count = vmm->config.vcpus;
	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		machine->cpus[i].machine = machine;
		machine->cpus[i].index = i;
	}
	guest_driver_init(&machine->driver, vmm->mailbox);
	*out = &machine->machine;
	return 0;
}

static int thread_start(struct machine *base, struct cmdqv_error *error)
{
	struct thread_machine *machine = of(base);

	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		struct guest_cpu *cpu = &machine->cpus[i];
		int code = pthread_create(&cpu->thread, NULL, run_cpu, cpu);

		if (code)
			return cmdqv_error_set(error, -code, "no-thread", "a vCPU's thread: %s",
					       strerror(code));
		cpu->running = true;
	}
	return 0;
}

/* The driver looks at mailbox->stop wherever it waits, so its threads end by themselves. */
static void thread_stop(struct machine *base)
{
	struct thread_machine *machine = of(base);

	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		if (machine->cpus[i].running)
			pthread_join(machine->cpus[i].thread, NULL);
		machine->cpus[i].running = false;
	}
}

static void thread_destroy(struct machine *base)
{
	free(of(base));
}

static int thread_map_page0(struct machine *base, const struct cmdqv_page_view *view)
{
	atomic_store(&of(base)->page0, view->host);
	return 0;
}

static void thread_unmap_page0(struct machine *base)
{
	struct thread_machine *machine = of(base);

	atomic_store(&machine->page0, NULL);
	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		while (atomic_load(&machine->cpus[i].inside))
			sched_yield();
	}
}

static void thread_interrupt(struct machine *base)
{
	atomic_fetch_add(&of(base)->interrupts, 1);
}

const struct machine_ops machine_thread = {
	.create = thread_create,
	.start = thread_start,
	.stop = thread_stop,
	.destroy = thread_destroy,
	.map_page0 = thread_map_page0,
	.unmap_page0 = thread_unmap_page0,
	.interrupt = thread_interrupt,
};
