/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps that the driver's phases consist of: failing, waiting, sending. */
#ifndef VMM_GUEST_STEPS_H
#define VMM_GUEST_STEPS_H

#include "platform.h"

/* Where registers are. */

static inline uint32_t at_vintf(uint32_t reg)
{
	return CMDQV_VINTF_BLOCK + reg;
}

static inline uint32_t at_queue(uint32_t page, uint32_t queue, uint32_t reg)
{
	return page + queue * CMDQV_VCMDQ_STRIDE + reg;
}

/* A page-0 register of a logical queue, as the driver reaches it. */
static inline uint32_t at_page0(uint32_t queue, uint32_t reg)
{
	return at_queue(CMDQV_VINTF_PAGE0, queue, reg);
}

static inline uint32_t at_page1(uint32_t queue, uint32_t reg)
{
	return at_queue(CMDQV_VINTF_PAGE1, queue, reg);
}

static inline uint32_t at_alloc(uint32_t queue)
{
	return CMDQV_REG_CMDQ_ALLOC + 4 * queue;
}

/* Takes down the first failure of all vCPUs; the others only learn that there was one. False. */
bool driver_fail(struct guest_driver *driver, enum guest_check check, uint32_t offset,
		 uint64_t expected, uint64_t found);

/* Is a vCPU about to write down a failure, or has one done so? */
bool driver_is_failing(const struct guest_driver *driver);
bool driver_has_failed(const struct guest_driver *driver);

/* Has waiting become pointless? */
bool driver_given_up(struct guest_driver *driver);

/* In each turn of a loop that waits: handles an interrupt. False: waiting has become pointless. */
bool driver_keep_waiting(struct guest_driver *driver, struct guest_cpu *cpu);

/* Waits for bits of a register to read `wanted`. */
bool driver_wait_for(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t offset,
		     uint32_t mask, uint32_t wanted);

/* Checks bits of a register that is read once. */
bool driver_expect(struct guest_driver *driver, struct guest_cpu *cpu, enum guest_check check,
		   uint32_t offset, uint32_t mask, uint32_t wanted);

struct batch {
	uint32_t page; /* the aperture: CMDQV_VINTF_PAGE0 or CMDQV_DIRECT_PAGE0 */
	uint32_t queue;
	bool illegal; /* one command in the middle must be refused */
};

/* Sends a batch of the configured size and waits until it is executed. */
bool driver_send_batch(struct guest_driver *driver, struct guest_cpu *cpu, uint32_t index,
		       const struct batch *batch);

#endif
