/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream from anywhere [DEV-29], or, with the highest bit of the first byte, that of a device
 * with two queues, with a few changes. Magic, length and checksum are put right, so that what lies
 * behind them is reached; without the lowest bit even that is left out. Then the device is refused
 * and as after reset, or restored and can be saved: and what is saved then, restored again, is
 * saved the same, and a guest can go on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/cmdqv.h>
#include <cmdqv/model/soft.h>

#include "../idle.h"
#include "device/saved.h"
#include "fuzz.h"

enum { MOST = 8192, RAM = 0x400000, QUEUES = 2, WHOLE = SAVED_FIELD_BYTES + 4 };

static int vmm_map(void *vmm, const struct cmdqv_page0_map *map)
{
	(void)vmm;
	(void)map;
	return 0;
}

/* The VMM says so of twice as much as the host can reach: a bind may fail. */
static bool vmm_is_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)vmm;
	return gpa.value < 2 * RAM && bytes <= 2 * RAM - gpa.value;
}

static const struct cmdqv_vmm_ops vmm_ops = {
	.size = sizeof(vmm_ops),
	.page0_map = vmm_map,
	.page0_unmap = idle,
	.interrupt = idle,
	.is_guest_ram = vmm_is_ram,
	.log = idle_log,
};

static int execute_nothing(void *user, const struct cmdqv_command *command)
{
	(void)user;
	(void)command;
	return 0;
}

struct rig {
	struct cmdqv_soft_host *host;
	struct cmdqv_soft_vm *vm;
	struct cmdqv_viommu *viommu;
	struct cmdqv *dev;
};

/* One for all runs: a device in its reset state remembers nothing that a stream could meet. */
static struct cmdqv *device(void)
{
	static struct rig rig;
	const struct cmdqv_soft_host_config host = {.size = sizeof(host),
						    .log2_vcmdqs = 4,
						    .log2_vintfs = 2,
						    .log2_sids = 2,
						    .cmdqs = 19,
						    .granule_bytes = 4096};
	const struct cmdqv_soft_ops ops = {
		.size = sizeof(ops), .execute = execute_nothing, .kick = idle};
	const struct cmdqv_config config = {.size = sizeof(config),
					    .num_lvcmdqs = QUEUES,
					    .cmdqs = 8,
					    .guest_is_coherent = true};
	struct cmdqv_backend backend;
	void *ram;

	if (rig.dev)
		return rig.dev;
	ram = aligned_alloc(4096, RAM);
	must(ram && cmdqv_soft_host_create(&rig.host, &host, &ops, NULL, NULL) == 0);
	memset(ram, 0, RAM);
	must(cmdqv_soft_vm_create(&rig.vm, rig.host, NULL) == 0);
	must(cmdqv_soft_map_ram(rig.vm, (cmdqv_gpa_t){0}, ram, RAM) == 0);
	must(cmdqv_soft_open(&rig.viommu, rig.vm, &backend, NULL) == 0);
	must(cmdqv_create(&rig.dev, &config, &backend, &vmm_ops, NULL, NULL) == 0);
	return rig.dev;
}

static void put_right(uint8_t *stream, size_t size)
{
	if (size < SAVED_HEADER_BYTES + SAVED_SUM_BYTES)
		return;
	memcpy(stream, saved_magic, sizeof(saved_magic));
	saved_put(stream + SAVED_AT_LENGTH, (uint32_t)size, 4);
	saved_put(stream + size - SAVED_SUM_BYTES, saved_sum(stream, size - SAVED_SUM_BYTES), 4);
}

static void write_device(struct cmdqv *dev, uint64_t offset, uint64_t value)
{
	struct cmdqv_mmio access = {
		.offset = offset, .value = value, .size = offset < 0x20000 ? 4 : 8, .write = true};

	must(cmdqv_access(dev, &access) == 0);
}

/* What a guest has when both its queues run. */
static size_t save_sample(struct cmdqv *dev, uint8_t *stream)
{
	size_t size = MOST;

	write_device(dev, 0x1000, 1);
	for (uint64_t queue = 0; queue < QUEUES; queue++) {
		write_device(dev, 0x200 + 4 * queue, queue << 1 | 1);
		write_device(dev, 0x20000 + 0x80 * queue, (queue + 1) << 13 | 4);
		write_device(dev, 0x10008 + 0x80 * queue, 1);
	}
	must(cmdqv_save(dev, stream, &size, NULL) == 0);
	return size;
}

static size_t change_sample(struct fuzz_input *in, uint8_t *stream, size_t size)
{
	for (uint8_t left = fuzz_byte(in) % 16; left > 0; left--) {
		size_t fields = (size - SAVED_HEADER_BYTES - SAVED_SUM_BYTES) / WHOLE;
		uint8_t *field = stream + SAVED_HEADER_BYTES + fuzz_byte(in) % fields * WHOLE;
		uint8_t how = fuzz_byte(in);

		if (how < 120) /* a bit of its value */
			field[SAVED_FIELD_BYTES + how / 8 % 4] ^= (uint8_t)(1U << how % 8);
		else if (how < 200)
			saved_put(field + SAVED_FIELD_BYTES,
				  (uint32_t)fuzz_take(in, how < 160 ? 1 : 4), 4);
		else if (how < 208) /* of its id, flags or length */
			field[fuzz_byte(in) % SAVED_FIELD_BYTES] ^= (uint8_t)(1U << how % 8);
		else if (how < 216) /* of the header */
			stream[fuzz_byte(in) % SAVED_HEADER_BYTES] ^= (uint8_t)(1U << how % 8);
		else { /* it is not there */
			memmove(field, field + WHOLE, (size_t)(stream + size - field) - WHOLE);
			size -= WHOLE;
		}
	}
	return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t stream[MOST], first[MOST], second[MOST];
	size_t first_size = MOST, second_size = MOST;
	struct cmdqv *dev = device();
	struct fuzz_input in = {bytes, size};
	uint8_t kind = fuzz_byte(&in);
	int err;

	must(cmdqv_reset(dev) == 0);
	size = size < MOST ? size : MOST;
	memcpy(stream, bytes, size);
	if (kind & 0x80)
		size = change_sample(&in, stream, save_sample(dev, stream));
	if (kind & 1)
		put_right(stream, size);
	must(cmdqv_reset(dev) == 0);
	must(cmdqv_save(dev, second, &second_size, NULL) == 0);
	err = cmdqv_restore(dev, stream, size, NULL);
	must(err <= 0);
	must(cmdqv_save(dev, first, &first_size, NULL) == 0);
	if (err == 0) {
		must(cmdqv_reset(dev) == 0);
		must(cmdqv_restore(dev, first, first_size, NULL) == 0);
		second_size = MOST;
		must(cmdqv_save(dev, second, &second_size, NULL) == 0);
	}
	must(first_size == second_size && memcmp(first, second, first_size) == 0);
	if (err)
		must(cmdqv_restore(dev, stream, size, NULL) == err);
	while (kind & 0x80 && in.left > 0) {
		static const uint64_t at[] = {0x0,     0x200,	0x1000, 0x10000,
					      0x20000, 0x30000, 0x40000};
		uint8_t what = fuzz_byte(&in);

		write_device(dev,
			     at[what % 7] + (what >> 7) * (what % 7 == 1 ? 4U : 0x80U) +
				     (what % 7 == 3 || what % 7 == 5 ? (what & 0x70) >> 2 : 0),
			     fuzz_take(&in, 1 + (what % 7 == 4)));
		must(cmdqv_events(dev) >= 0);
	}
	return 0;
}
