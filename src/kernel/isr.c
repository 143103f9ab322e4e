/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupt handler. It reads which VINTFs have an error. For each VINTF of a guest it
 * posts the map of its queues as one event, and the guest acknowledges. It acknowledges errors
 * of VINTF 0 itself.
 *
 * It runs after the call on the model that raised the interrupt, because the model refuses
 * calls from a callback. Acknowledging raises no error anew within the handler, so one pass is
 * enough.
 *
 * Not modelled: the faulty command of a VINTF 0 queue is not overwritten, as the kernel
 * puts no queue there; a queue that something else set up would be refused again.
 */
#include "hw.h"
#include "veventq.h"

#define WORDS_OF_VI_ERR_MAP 2
#define WORDS_OF_CMDQ_ERR_MAP 4

void kernel_raise_interrupt(struct kernel *kernel)
{
	atomic_store_explicit(&kernel->interrupt, true, memory_order_relaxed);
}

bool kernel_interrupt_pending(const struct kernel *kernel)
{
	return atomic_load_explicit(&kernel->interrupt, memory_order_relaxed);
}

/* Half `half` of the map of the VINTF's logical queues, 64 of them. */
static uint64_t read_lvcmdq_map(struct kernel *kernel, uint32_t vintf, uint32_t half)
{
	return hw_read64(kernel, reg_of_vintf(REG_LVCMDQ_ERR_MAP, vintf, half * 2));
}

static void acknowledge(struct kernel *kernel, uint32_t lvcmdq)
{
	uint32_t gerror = hw_read32(kernel, reg_of_queue(REG_VCMDQ_GERROR, 0, lvcmdq));

	(void)hw_read32(kernel, reg_of_queue(REG_VCMDQ_CONS, 0, lvcmdq));
	hw_write32(kernel, reg_of_queue(REG_VCMDQ_GERRORN, 0, lvcmdq), gerror);
}

static void handle_own_vintf(struct kernel *kernel)
{
	for (uint32_t half = 0; half < 2; half++) {
		uint64_t map = read_lvcmdq_map(kernel, 0, half);

		for (; map; map &= map - 1)
			acknowledge(kernel, half * 64 + (uint32_t)__builtin_ctzll(map));
	}
}

static void handle_user_vintf(struct kernel *kernel, uint32_t vintf)
{
	struct kernel_vevent_cmdqv event;

	event.lvcmdq_err_map[0] = read_lvcmdq_map(kernel, vintf, 0);
	event.lvcmdq_err_map[1] = read_lvcmdq_map(kernel, vintf, 1);
	veventq_post(kernel->vintfs[vintf], KERNEL_VEVENTQ_TEGRA241_CMDQV, event.lvcmdq_err_map);
}

static uint64_t read_maps(struct kernel *kernel)
{
	uint64_t map = 0;

	for (uint32_t i = WORDS_OF_VI_ERR_MAP; i-- > 0;)
		map = map << 32 | hw_read32(kernel, reg_of_global(REG_VI_ERR_MAP, i));
	for (uint32_t i = WORDS_OF_CMDQ_ERR_MAP; i-- > 0;)
		(void)hw_read32(kernel, reg_of_global(REG_CMDQ_ERR_MAP, i));
	return map;
}

void kernel_handle_interrupt(struct kernel *kernel)
{
	uint64_t map;

	if (!atomic_exchange_explicit(&kernel->interrupt, false, memory_order_relaxed))
		return;
	map = read_maps(kernel);
	if (map & 1)
		handle_own_vintf(kernel);
	for (map &= ~1ULL; map; map &= map - 1) {
		uint32_t vintf = (uint32_t)__builtin_ctzll(map);

		if (kernel->vintfs[vintf])
			handle_user_vintf(kernel, vintf);
	}
}
