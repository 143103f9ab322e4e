/* SPDX-License-Identifier: BSD-2-Clause */
/* What of KVM differs between architectures: kvm_x86_64.c and kvm_aarch64.c. */
#ifndef VMM_KVM_ARCH_H
#define VMM_KVM_ARCH_H

#include "memory.h"

#include <stdint.h>

struct kvm_arch {
	int irqchip; /* a descriptor, where the interrupt controller has one, or -1 */
};

/* What a vCPU starts with. */
struct kvm_arch_start {
	uint64_t entry;
	uint64_t stack; /* its top */
	uint32_t index;
};

/* A capability that is needed but may be missing; 0: none. */
int kvm_arch_needs(const char **what);

/* Before and after the vCPUs are made. Return 0 or a negative errno. */
int kvm_arch_before_cpus(struct kvm_arch *arch, int vm);
int kvm_arch_after_cpus(struct kvm_arch *arch, int vm);
void kvm_arch_fini(struct kvm_arch *arch);

/* What page 0 of the CMDQV is made of, which decides how the guest may map it [HW-5]. */
enum page0_kind {
	PAGE0_MEMORY, /* the model's: write-back */
	PAGE0_DEVICE, /* the hardware's: device memory */
};

/* Writes page tables to GUEST_TABLES: all of 4 GiB where it is, RAM cached. */
void kvm_arch_make_tables(const struct memory *memory, enum page0_kind page0);

int kvm_arch_init_cpu(int kvm, int vm, int cpu, const struct kvm_arch_start *start);

/* One edge. */
int kvm_arch_interrupt(const struct kvm_arch *arch, int vm);

#endif
