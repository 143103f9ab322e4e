/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aarch64: vCPUs start at EL1 with the MMU off and switch it on themselves; the interrupt
 * is an edge-triggered SPI of a GICv3.
 *
 * Page 0 of the model is ordinary memory that the engine reads through the cache, so this
 * guest maps it write-back; device attributes would pass by the cache [HW-5].
 */
#include "kvm_arch.h"

#include "guest/aarch64/arch.h"
#include "guest/layout.h"

#include <cmdqv/regs.h>

#include <errno.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TABLE_BYTES 0x1000U
#define TABLE_ENTRIES 512U
#define LARGE_PAGE 0x200000ULL
#define SMALL_PAGE 0x1000ULL
#define GIBIBYTES 4U

#define PTE_TABLE 0x3ULL
#define PTE_BLOCK 0x1ULL
#define PTE_PAGE 0x3ULL
#define PTE_NORMAL 0x700ULL		 /* accessed, inner shareable, attribute 0 */
#define PTE_DEVICE 0x0060000000000404ULL /* never executed, accessed, attribute 1 */
#define PTE_NO_EXECUTE 0x0060000000000000ULL

#define REG_CORE(member)                                                                           \
	(KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(member))

#define LINES 128U /* of the interrupt controller, the 32 private ones included */

int kvm_arch_needs(const char **what)
{
	*what = "an interrupt controller that can be configured (KVM_CAP_DEVICE_CTRL)";
	return KVM_CAP_DEVICE_CTRL;
}

int kvm_arch_before_cpus(struct kvm_arch *arch, int vm)
{
	struct kvm_create_device gic = {.type = KVM_DEV_TYPE_ARM_VGIC_V3};

	arch->irqchip = -1;
	if (ioctl(vm, KVM_CREATE_DEVICE, &gic) < 0)
		return -errno;
	arch->irqchip = (int)gic.fd;
	return 0;
}

static int set_gic(const struct kvm_arch *arch, uint32_t group, uint64_t which, const void *value)
{
	struct kvm_device_attr attribute = {
		.group = group,
		.attr = which,
		.addr = (uint64_t)(uintptr_t)value,
	};

	return ioctl(arch->irqchip, KVM_SET_DEVICE_ATTR, &attribute) < 0 ? -errno : 0;
}

int kvm_arch_after_cpus(struct kvm_arch *arch, int vm)
{
	uint64_t distributor = ARCH_GIC_DISTRIBUTOR;
	uint64_t redistributor = ARCH_GIC_REDISTRIBUTOR;
	uint32_t lines = LINES;
	int err;

	(void)vm;
	err = set_gic(arch, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &lines);
	if (!err)
		err = set_gic(arch, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST,
			      &distributor);
	if (!err)
		err = set_gic(arch, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
			      &redistributor);
	if (!err)
		err = set_gic(arch, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
	return err;
}

void kvm_arch_fini(struct kvm_arch *arch)
{
	if (arch->irqchip >= 0)
		close(arch->irqchip);
	arch->irqchip = -1;
}

static uint64_t table_address(uint32_t table)
{
	return GUEST_TABLES + (uint64_t)table * TABLE_BYTES;
}

static bool is_page0(uint64_t address)
{
	uint64_t page0 = GUEST_WINDOW + CMDQV_VINTF_PAGE0;

	return address >= page0 && address < page0 + CMDQV_PAGE_BYTES;
}

/*
 * The 2 MiB around the window, page by page. Page 0 of the model is memory that the engine
 * reads through the cache: device attributes would let the guest's stores pass by it,
 * unless stage 2 forces write-back, which not every machine can. Page 0 of hardware is a
 * device [HW-5].
 */
static void make_window_table(uint64_t *leaves, enum page0_kind page0)
{
	uint64_t page0_bits = page0 == PAGE0_MEMORY ? PTE_NORMAL | PTE_NO_EXECUTE : PTE_DEVICE;
	uint64_t start = GUEST_WINDOW & ~(LARGE_PAGE - 1);

	for (uint32_t i = 0; i < TABLE_ENTRIES; i++) {
		uint64_t address = start + i * SMALL_PAGE;

		leaves[i] = address | PTE_PAGE | (is_page0(address) ? page0_bits : PTE_DEVICE);
	}
}

/* Table 0 is the upper level, tables 1 to 4 map 1 GiB each, table 5 the window. */
void kvm_arch_make_tables(const struct memory *memory, enum page0_kind page0)
{
	uint64_t *tables = memory_at(memory, GUEST_TABLES, (2ULL + GIBIBYTES) * TABLE_BYTES);
	uint64_t *blocks = tables + TABLE_ENTRIES;

	for (uint32_t g = 0; g < GIBIBYTES; g++)
		tables[g] = table_address(1 + g) | PTE_TABLE;
	for (uint32_t i = 0; i < GIBIBYTES * TABLE_ENTRIES; i++) {
		uint64_t address = i * LARGE_PAGE;

		blocks[i] =
			address | PTE_BLOCK |
			(memory_contains(memory, address, LARGE_PAGE) ? PTE_NORMAL : PTE_DEVICE);
	}
	make_window_table(tables + (1ULL + GIBIBYTES) * TABLE_ENTRIES, page0);
	blocks[GUEST_WINDOW / LARGE_PAGE] = table_address(1 + GIBIBYTES) | PTE_TABLE;
}

static int set_register(int cpu, uint64_t id, uint64_t value)
{
	struct kvm_one_reg reg = {.id = id, .addr = (uint64_t)(uintptr_t)&value};

	return ioctl(cpu, KVM_SET_ONE_REG, &reg) < 0 ? -errno : 0;
}

int kvm_arch_init_cpu(int kvm, int vm, int cpu, const struct kvm_arch_start *start)
{
	struct kvm_vcpu_init init;
	int err;

	(void)kvm;
	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init) < 0 ||
	    ioctl(cpu, KVM_ARM_VCPU_INIT, &init) < 0)
		return -errno;
	err = set_register(cpu, REG_CORE(regs.pc), start->entry);
	if (!err)
		err = set_register(cpu, REG_CORE(regs.regs[0]), start->index);
	if (!err)
		err = set_register(cpu, REG_CORE(regs.regs[1]), start->stack);
	if (!err)
		err = set_register(cpu, REG_CORE(regs.regs[2]), GUEST_TABLES);
	return err;
}

int kvm_arch_interrupt(const struct kvm_arch *arch, int vm)
{
	struct kvm_irq_level line = {
		.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | ARCH_INTID,
		.level = 1,
	};

	(void)arch;
	if (ioctl(vm, KVM_IRQ_LINE, &line) < 0)
		return -errno;
	line.level = 0;
	return ioctl(vm, KVM_IRQ_LINE, &line) < 0 ? -errno : 0;
}
