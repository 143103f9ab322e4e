/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to the registers of the model: one access each. */
#ifndef SRC_KERNEL_HW_H
#define SRC_KERNEL_HW_H

#include "regs/registers.h"
#include "state.h"

struct reg_ref reg_of_global(enum reg_id id, uint32_t index);
struct reg_ref reg_of_vintf(enum reg_id id, uint32_t vintf, uint32_t index);
struct reg_ref reg_of_queue(enum reg_id id, uint32_t vintf, uint32_t lvcmdq);
uint32_t hw_read32(struct kernel *kernel, struct reg_ref ref);
uint64_t hw_read64(struct kernel *kernel, struct reg_ref ref);
void hw_write32(struct kernel *kernel, struct reg_ref ref, uint32_t value);
void hw_write64(struct kernel *kernel, struct reg_ref ref, uint64_t value);

/* Reads until bit 0 is `set`. Returns: 0; -ETIMEDOUT; -EBUSY: inside a callback of the model. */
int hw_poll(struct kernel *kernel, struct reg_ref status, bool set);

static inline uint32_t physical_queue(const struct kernel *kernel, uint32_t vintf, uint32_t lvcmdq)
{
	return vintf * reg_num_lvcmdqs(&kernel->geometry) + lvcmdq;
}

#endif
