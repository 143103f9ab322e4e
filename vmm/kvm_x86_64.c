/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86_64: vCPUs start in long mode, the interrupt is a message to the local APIC.
 *
 * The CMDQV's window is uncached in the guest's page tables, as a driver maps it. On this
 * host that costs nothing: KVM makes memory of a slot write-back, whatever the guest says.
 */
#include "kvm_arch.h"

#include "guest/layout.h"
#include "guest/x86_64/arch.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define TSS_ADDRESS 0xFFFBD000UL /* three unused pages, for old processors */

#define CR0_LONG_MODE 0x80000033UL /* PG, NE, ET, MP, PE */
#define CR4_PAE 0x20UL
#define EFER_LONG_MODE 0x500UL /* LMA, LME */
#define RFLAGS_ALWAYS 0x2UL

#define CODE_SELECTOR 0x08U /* as in guest/x86_64/start.S */
#define DATA_SELECTOR 0x10U

#define PTE_TABLE 0x3ULL     /* present, writable */
#define PTE_CACHED 0x83ULL   /* and 2 MiB */
#define PTE_UNCACHED 0x9BULL /* and PCD, PWT */

#define TABLE_BYTES 0x1000U
#define TABLE_ENTRIES 512U
#define LARGE_PAGE 0x200000ULL
#define GIBIBYTES 4U

int kvm_arch_needs(const char **what)
{
	*what = "messages as interrupts (KVM_CAP_SIGNAL_MSI)";
	return KVM_CAP_SIGNAL_MSI;
}

int kvm_arch_before_cpus(struct kvm_arch *arch, int vm)
{
	arch->irqchip = -1;
	if (ioctl(vm, KVM_SET_TSS_ADDR, TSS_ADDRESS) < 0 || ioctl(vm, KVM_CREATE_IRQCHIP, 0) < 0)
		return -errno;
	return 0;
}

int kvm_arch_after_cpus(struct kvm_arch *arch, int vm)
{
	(void)arch;
	(void)vm;
	return 0;
}

void kvm_arch_fini(struct kvm_arch *arch)
{
	(void)arch;
}

static uint64_t table_address(uint32_t table)
{
	return GUEST_TABLES + (uint64_t)table * TABLE_BYTES;
}

/* Tables 0 and 1 are the two upper levels, tables 2 to 5 map 1 GiB each. */
/* Caches see every store here, whatever the attributes say, so page 0 is like the rest. */
void kvm_arch_make_tables(const struct memory *memory, enum page0_kind page0)
{
	uint64_t *tables = memory_at(memory, GUEST_TABLES, (2ULL + GIBIBYTES) * TABLE_BYTES);
	uint64_t *leaves = tables + 2ULL * TABLE_ENTRIES;

	(void)page0;
	tables[0] = table_address(1) | PTE_TABLE;
	for (uint32_t g = 0; g < GIBIBYTES; g++)
		tables[TABLE_ENTRIES + g] = table_address(2 + g) | PTE_TABLE;
	for (uint32_t i = 0; i < GIBIBYTES * TABLE_ENTRIES; i++) {
		uint64_t address = i * LARGE_PAGE;

		leaves[i] = address | (memory_contains(memory, address, LARGE_PAGE) ? PTE_CACHED
										    : PTE_UNCACHED);
	}
}

static struct kvm_segment segment(uint16_t selector, uint8_t type)
{
	bool code = selector == CODE_SELECTOR;

	return (struct kvm_segment){
		.limit = UINT32_MAX,
		.selector = selector,
		.type = type,
		.present = 1,
		.db = !code,
		.s = 1,
		.l = code,
		.g = 1,
	};
}

static int set_segments(int cpu)
{
	struct kvm_sregs sregs;

	if (ioctl(cpu, KVM_GET_SREGS, &sregs) < 0)
		return -errno;
	sregs.cs = segment(CODE_SELECTOR, 11); /* execute, read, accessed */
	sregs.ds = segment(DATA_SELECTOR, 3);  /* read, write, accessed */
	sregs.es = sregs.ds;
	sregs.fs = sregs.ds;
	sregs.gs = sregs.ds;
	sregs.ss = sregs.ds;
	sregs.cr0 = CR0_LONG_MODE;
	sregs.cr3 = GUEST_TABLES;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LONG_MODE;
	return ioctl(cpu, KVM_SET_SREGS, &sregs) < 0 ? -errno : 0;
}

/* The processor as KVM offers it: without one it would have no long mode and no APIC. */
static int set_cpuid(int kvm, int cpu)
{
	enum { MOST = 256 };
	struct kvm_cpuid2 *cpuid =
		calloc(1, sizeof(*cpuid) + MOST * sizeof(struct kvm_cpuid_entry2));
	int err = 0;

	if (!cpuid)
		return -ENOMEM;
	cpuid->nent = MOST;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) < 0 || ioctl(cpu, KVM_SET_CPUID2, cpuid) < 0)
		err = -errno;
	free(cpuid);
	return err;
}

int kvm_arch_init_cpu(int kvm, int vm, int cpu, const struct kvm_arch_start *start)
{
	struct kvm_mp_state runnable = {.mp_state = KVM_MP_STATE_RUNNABLE};
	struct kvm_regs regs = {
		.rip = start->entry,
		.rsp = start->stack,
		.rdi = start->index,
		.rflags = RFLAGS_ALWAYS,
	};
	int err = set_cpuid(kvm, cpu);

	(void)vm;
	if (!err)
		err = set_segments(cpu);
	if (err)
		return err;
	/* All but the first would wait for an IPI that starts them. */
	if (ioctl(cpu, KVM_SET_REGS, &regs) < 0 || ioctl(cpu, KVM_SET_MP_STATE, &runnable) < 0)
		return -errno;
	return 0;
}

int kvm_arch_interrupt(const struct kvm_arch *arch, int vm)
{
	struct kvm_msi message = {.address_lo = ARCH_LAPIC, .data = ARCH_VECTOR};

	(void)arch;
	return ioctl(vm, KVM_SIGNAL_MSI, &message) < 0 ? -errno : 0;
}
