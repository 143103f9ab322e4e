/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aarch64: barriers as Linux' readl() and writel() have them; single-register loads and
 * stores, because an exit tells the VMM nothing about others.
 */
#ifndef VMM_GUEST_ARCH_H
#define VMM_GUEST_ARCH_H

#include "../layout.h"

/* The interrupt: an SPI, edge-triggered, at a GICv3. */
#define ARCH_GIC_DISTRIBUTOR 0x08000000
#define ARCH_GIC_REDISTRIBUTOR 0x080A0000
#define ARCH_SPI 48
#define ARCH_INTID (32 + ARCH_SPI)

#ifndef __ASSEMBLER__
#include <stdint.h>

static inline uint32_t arch_read32(uintptr_t address)
{
	uint32_t value;

	__asm__ volatile("ldr %w0, [%1]\n\tdmb oshld" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline uint64_t arch_read64(uintptr_t address)
{
	uint64_t value;

	__asm__ volatile("ldr %x0, [%1]\n\tdmb oshld" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline void arch_write32(uintptr_t address, uint32_t value)
{
	__asm__ volatile("dmb oshst\n\tstr %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline void arch_write64(uintptr_t address, uint64_t value)
{
	__asm__ volatile("dmb oshst\n\tstr %x0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline void arch_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

/* aarch64/interrupt.c */
void arch_enable_interrupt(void);
#endif

#endif
