/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver's platform in a virtual machine, and nothing else: no firmware, one address
 * space that the VMM made, memory where it says. What differs between architectures is
 * in <architecture>/arch.h and start.S.
 */
#include "arch.h"
#include "judge.h"
#include "platform.h"

struct guest_cpu {
	uint32_t index;
};

static struct guest_driver driver;
static struct guest_cpu cpus[GUEST_MAX_CPUS];
static _Atomic uint32_t ready;	    /* vCPU 0 has made the driver */
static _Atomic uint32_t interrupts; /* for the cases */

/* Called by start.S. */
void guest_main(uint32_t index);
void guest_interrupt(void);

static uintptr_t window(uint32_t offset)
{
	return (uintptr_t)GUEST_WINDOW + offset;
}

uint32_t guest_read32(struct guest_cpu *cpu, uint32_t offset)
{
	(void)cpu;
	return arch_read32(window(offset));
}

uint64_t guest_read64(struct guest_cpu *cpu, uint32_t offset)
{
	(void)cpu;
	return arch_read64(window(offset));
}

void guest_write32(struct guest_cpu *cpu, uint32_t offset, uint32_t value)
{
	(void)cpu;
	arch_write32(window(offset), value);
}

void guest_write64(struct guest_cpu *cpu, uint32_t offset, uint64_t value)
{
	(void)cpu;
	arch_write64(window(offset), value);
}

uint64_t guest_load(struct guest_cpu *cpu, uint32_t offset, uint32_t size)
{
	switch (size) {
	case 1:
		return *(volatile uint8_t *)window(offset);
	case 2:
		return *(volatile uint16_t *)window(offset);
	case 4:
		return guest_read32(cpu, offset);
	default:
		return guest_read64(cpu, offset);
	}
}

void guest_store(struct guest_cpu *cpu, uint32_t offset, uint32_t size, uint64_t value)
{
	switch (size) {
	case 1:
		*(volatile uint8_t *)window(offset) = (uint8_t)value;
		break;
	case 2:
		*(volatile uint16_t *)window(offset) = (uint16_t)value;
		break;
	case 4:
		guest_write32(cpu, offset, (uint32_t)value);
		break;
	default:
		guest_write64(cpu, offset, value);
	}
}

void *guest_memory(struct guest_cpu *cpu, uint64_t gpa)
{
	(void)cpu;
	return (void *)(uintptr_t)gpa;
}

bool guest_relax(struct guest_cpu *cpu)
{
	(void)cpu;
	arch_relax();
	return false;
}

void guest_report(struct guest_cpu *cpu, enum guest_phase phase)
{
	(void)cpu;
	arch_write32(GUEST_REPORT + GUEST_REPORT_PHASE, phase);
}

void guest_pause(struct guest_cpu *cpu)
{
	arch_write32(GUEST_REPORT + GUEST_REPORT_PAUSE, cpu->index);
}

void guest_say(struct guest_cpu *cpu)
{
	arch_write32(GUEST_REPORT + GUEST_REPORT_LINE, cpu->index);
}

bool guest_interrupted(struct guest_cpu *cpu)
{
	(void)cpu;
	return atomic_exchange(&interrupts, 0) != 0;
}

static bool judges(void)
{
	return ((struct guest_mailbox *)GUEST_MAILBOX)->judges != 0;
}

void guest_main(uint32_t index)
{
	cpus[index].index = index;
	if (index == 0) {
		guest_driver_init(&driver, (struct guest_mailbox *)GUEST_MAILBOX);
		arch_enable_interrupt();
		atomic_store(&ready, 1);
	}
	while (!atomic_load(&ready))
		arch_relax();
	if (!judges())
		guest_driver_run(&driver, &cpus[index], index);
	else if (index == 0)
		guest_judge(&cpus[0]);
	for (;;)
		arch_write32(GUEST_REPORT + GUEST_REPORT_DONE, index);
}

void guest_interrupt(void)
{
	if (judges())
		atomic_fetch_add(&interrupts, 1);
	else
		guest_driver_interrupt(&driver, &cpus[0]);
}
