/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupt is an SPI of a GICv3, routed to vCPU 0.
 *
 * The system registers are written by their encodings: assemblers know the ICC_ names
 * only with an option.
 */
#include "arch.h"

#define ICC_PMR_EL1 "S3_0_C4_C6_0"
#define ICC_IAR1_EL1 "S3_0_C12_C12_0"
#define ICC_EOIR1_EL1 "S3_0_C12_C12_1"
#define ICC_SRE_EL1 "S3_0_C12_C12_5"
#define ICC_IGRPEN1_EL1 "S3_0_C12_C12_7"

#define GICD_CTLR 0x0000U
#define GICD_CTLR_ENABLE 0x12U /* group 1 and affinity routing */
#define GICD_IGROUPR 0x0080U
#define GICD_ISENABLER 0x0100U
#define GICD_ICFGR 0x0C00U
#define GICD_IROUTER 0x6000U
#define EDGE 2U

/* Called by start.S, around guest_interrupt(). */
uint32_t guest_interrupt_begin(void);
void guest_interrupt_done(uint32_t intid);

static uint32_t distributor_read(uint32_t offset)
{
	return arch_read32(ARCH_GIC_DISTRIBUTOR + offset);
}

static void distributor_write(uint32_t offset, uint32_t value)
{
	arch_write32(ARCH_GIC_DISTRIBUTOR + offset, value);
}

static void set_bits(uint32_t offset, uint32_t bits)
{
	distributor_write(offset, distributor_read(offset) | bits);
}

uint32_t guest_interrupt_begin(void)
{
	uint64_t intid;

	__asm__ volatile("mrs %0, " ICC_IAR1_EL1 "\n\tdsb sy" : "=r"(intid)::"memory");
	return (uint32_t)intid;
}

void guest_interrupt_done(uint32_t intid)
{
	__asm__ volatile("msr " ICC_EOIR1_EL1 ", %0\n\tisb" ::"r"((uint64_t)intid) : "memory");
}

static void enable_spi(void)
{
	set_bits(GICD_IGROUPR + ARCH_INTID / 32 * 4, 1U << ARCH_INTID % 32);
	set_bits(GICD_ICFGR + ARCH_INTID / 16 * 4, EDGE << ARCH_INTID % 16 * 2);
	arch_write64(ARCH_GIC_DISTRIBUTOR + GICD_IROUTER + 8U * ARCH_INTID, 0);
	distributor_write(GICD_ISENABLER + ARCH_INTID / 32 * 4, 1U << ARCH_INTID % 32);
}

static void enable_cpu_interface(void)
{
	__asm__ volatile("msr " ICC_SRE_EL1 ", %0\n\tisb" ::"r"(1ULL));
	__asm__ volatile("msr " ICC_PMR_EL1 ", %0" ::"r"(0xFFULL));
	__asm__ volatile("msr " ICC_IGRPEN1_EL1 ", %0\n\tisb" ::"r"(1ULL));
	__asm__ volatile("msr daifclr, #2" ::: "memory");
}

void arch_enable_interrupt(void)
{
	distributor_write(GICD_CTLR, GICD_CTLR_ENABLE);
	enable_spi();
	enable_cpu_interface();
}
