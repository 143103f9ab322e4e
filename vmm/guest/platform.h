/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the driver needs of the place where it runs. Offsets are from the start of the
 * CMDQV's window.
 *
 * Ordering, as Linux' readl() and writel() give it: what was stored to memory before a
 * write is visible to the device when it acts upon the write; what is loaded after a read is
 * no older than it.
 */
#ifndef VMM_GUEST_PLATFORM_H
#define VMM_GUEST_PLATFORM_H

#include "driver.h"

/* Does an unaligned access of the window reach the VMM? On aarch64 it faults in the guest. */
#ifdef __aarch64__
#define GUEST_UNALIGNED false
#else
#define GUEST_UNALIGNED true
#endif

uint32_t guest_read32(struct guest_cpu *cpu, uint32_t offset);
uint64_t guest_read64(struct guest_cpu *cpu, uint32_t offset);
void guest_write32(struct guest_cpu *cpu, uint32_t offset, uint32_t value);
void guest_write64(struct guest_cpu *cpu, uint32_t offset, uint64_t value);

/* Of 1, 2, 4 or 8 bytes, and of any alignment if GUEST_UNALIGNED. */
uint64_t guest_load(struct guest_cpu *cpu, uint32_t offset, uint32_t size);
void guest_store(struct guest_cpu *cpu, uint32_t offset, uint32_t size, uint64_t value);

/* Memory at a guest address. */
void *guest_memory(struct guest_cpu *cpu, uint64_t gpa);

/*
 * Called in every loop that waits: let others run. An interrupt may come in it; true: one waits,
 * and the caller handles it.
 */
bool guest_relax(struct guest_cpu *cpu);

/* vCPU 0 only: a phase ended, the mailbox has its outcome. */
void guest_report(struct guest_cpu *cpu, enum guest_phase phase);

/* For judge.h: gives the CPU away for a moment; tells the line in guest RAM; has an interrupt come
 * since the last call? */
void guest_pause(struct guest_cpu *cpu);
void guest_say(struct guest_cpu *cpu);
bool guest_interrupted(struct guest_cpu *cpu);

#endif
