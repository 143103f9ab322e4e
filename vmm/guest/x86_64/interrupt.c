/* SPDX-License-Identifier: BSD-2-Clause */
/* The interrupt comes as a message to the local APIC of vCPU 0. */
#include "arch.h"

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t stack;
	uint8_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};

struct __attribute__((packed)) table_pointer {
	uint16_t limit;
	uint64_t base;
};

#define CODE_SELECTOR 0x08U  /* as the VMM set it up */
#define INTERRUPT_GATE 0x8EU /* present, 64 bits, interrupts off */

/* Every other vector is absent: an exception ends in a shutdown, which the VMM reports. */
static struct gate gates[ARCH_VECTOR + 1];

/* start.S */
void guest_interrupt_entry(void);

/* start.S calls it when guest_interrupt() has returned. */
void guest_interrupt_done(void);

void guest_interrupt_done(void)
{
	arch_write32(ARCH_LAPIC + ARCH_LAPIC_EOI, 0);
}

void arch_enable_interrupt(void)
{
	uintptr_t entry = (uintptr_t)guest_interrupt_entry;
	struct table_pointer idt = {sizeof(gates) - 1, (uintptr_t)gates};

	gates[ARCH_VECTOR].offset_low = (uint16_t)entry;
	gates[ARCH_VECTOR].offset_middle = (uint16_t)(entry >> 16);
	gates[ARCH_VECTOR].offset_high = (uint32_t)(entry >> 32);
	gates[ARCH_VECTOR].selector = CODE_SELECTOR;
	gates[ARCH_VECTOR].type = INTERRUPT_GATE;
	__asm__ volatile("lidt %0" ::"m"(idt) : "memory");
	arch_write32(ARCH_LAPIC + ARCH_LAPIC_SPURIOUS, ARCH_LAPIC_ENABLE);
	__asm__ volatile("sti" ::: "memory");
}
