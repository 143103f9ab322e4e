/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of the CMDQV, as the kernel reaches them. */
#include "hw.h"

#include <errno.h>

/* The model acknowledges in the write; a device that is told to be slow gets some patience. */
#define POLL_READS 1000

struct reg_ref reg_of_global(enum reg_id id, uint32_t index)
{
	return (struct reg_ref){.id = id, .page = CMDQV_AT_CONFIG, .index = (uint8_t)index};
}

struct reg_ref reg_of_vintf(enum reg_id id, uint32_t vintf, uint32_t index)
{
	return (struct reg_ref){.id = id,
				.page = CMDQV_AT_CONFIG,
				.vintf = (uint8_t)vintf,
				.index = (uint8_t)index};
}

struct reg_ref reg_of_queue(enum reg_id id, uint32_t vintf, uint32_t lvcmdq)
{
	bool page0 = reg_infos[id].block == BLOCK_PAGE0;

	return (struct reg_ref){.id = id,
				.page = page0 ? CMDQV_AT_VINTF0 : CMDQV_AT_VINTF1,
				.vintf = (uint8_t)vintf,
				.queue = (uint8_t)lvcmdq};
}

static uint64_t read_register(struct kernel *kernel, struct reg_ref ref, uint8_t size)
{
	struct cmdqv_mmio access = {.offset = reg_offset(&ref), .size = size};

	if (cmdqv_model_access(kernel->model, &access))
		return 0;
	return access.value;
}

static void write_register(struct kernel *kernel, struct reg_ref ref, uint8_t size, uint64_t value)
{
	struct cmdqv_mmio access = {
		.offset = reg_offset(&ref), .value = value, .size = size, .write = true};

	(void)cmdqv_model_access(kernel->model, &access);
}

uint32_t hw_read32(struct kernel *kernel, struct reg_ref ref)
{
	return (uint32_t)read_register(kernel, ref, 4);
}

uint64_t hw_read64(struct kernel *kernel, struct reg_ref ref)
{
	return read_register(kernel, ref, 8);
}

void hw_write32(struct kernel *kernel, struct reg_ref ref, uint32_t value)
{
	write_register(kernel, ref, 4, value);
}

void hw_write64(struct kernel *kernel, struct reg_ref ref, uint64_t value)
{
	write_register(kernel, ref, 8, value);
}

int hw_poll(struct kernel *kernel, struct reg_ref status, bool set)
{
	for (int i = 0; i < POLL_READS; i++) {
		struct cmdqv_mmio access = {.offset = reg_offset(&status), .size = 4};
		int err = cmdqv_model_access(kernel->model, &access);

		if (err)
			return err;
		if ((access.value & 1) == set)
			return 0;
	}
	return -ETIMEDOUT;
}
