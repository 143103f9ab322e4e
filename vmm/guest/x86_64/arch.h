/* SPDX-License-Identifier: BSD-2-Clause */
/* x86_64: stores to uncached memory are not reordered with earlier ones; nor are loads. */
#ifndef VMM_GUEST_ARCH_H
#define VMM_GUEST_ARCH_H

#include "../layout.h"

#include <stdint.h>

/* The interrupt's vector, and the local APIC's registers that it takes. */
#define ARCH_VECTOR 0x40U
#define ARCH_LAPIC 0xFEE00000U
#define ARCH_LAPIC_EOI 0xB0U
#define ARCH_LAPIC_SPURIOUS 0xF0U
#define ARCH_LAPIC_ENABLE 0x1FFU

static inline uint32_t arch_read32(uintptr_t address)
{
	uint32_t value;

	__asm__ volatile("movl %1, %0" : "=r"(value) : "m"(*(uint32_t *)address) : "memory");
	return value;
}

static inline uint64_t arch_read64(uintptr_t address)
{
	uint64_t value;

	__asm__ volatile("movq %1, %0" : "=r"(value) : "m"(*(uint64_t *)address) : "memory");
	return value;
}

static inline void arch_write32(uintptr_t address, uint32_t value)
{
	__asm__ volatile("movl %1, %0" : "=m"(*(uint32_t *)address) : "r"(value) : "memory");
}

static inline void arch_write64(uintptr_t address, uint64_t value)
{
	__asm__ volatile("movq %1, %0" : "=m"(*(uint64_t *)address) : "r"(value) : "memory");
}

static inline void arch_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* x86_64/interrupt.c */
void arch_enable_interrupt(void);

#endif
