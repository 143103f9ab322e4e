/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stream from anywhere [DEV-29]: magic, length and checksum are put right, so that what lies
 * behind them is reached; without the first bit of the first byte even that is left out. Then the
 * device is refused and as after reset, or restored and can be saved: and what is saved then,
 * restored again, is saved the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/cmdqv.h>
#include <cmdqv/model/soft.h>

#include "../idle.h"
#include "device/saved.h"
#include "fuzz.h"

enum { MOST = 8192, RAM = 0x400000 };

static int vmm_map(void *vmm, const struct cmdqv_page0_map *map)
{
	(void)vmm;
	(void)map;
	return 0;
}

static bool vmm_is_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	(void)vmm;
	return gpa.value < RAM && bytes <= RAM - gpa.value;
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
	const struct cmdqv_config config = {
		.size = sizeof(config), .num_lvcmdqs = 2, .cmdqs = 8, .guest_is_coherent = true};
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
	if (size < SAVED_HEADER_BYTES + SAVED_SUM_BYTES || !(stream[0] & 1))
		return;
	memcpy(stream, saved_magic, sizeof(saved_magic));
	saved_put(stream + SAVED_AT_LENGTH, (uint32_t)size, 4);
	saved_put(stream + size - SAVED_SUM_BYTES, saved_sum(stream, size - SAVED_SUM_BYTES), 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t stream[MOST], first[MOST], second[MOST];
	size_t first_size = MOST, second_size = MOST;
	struct cmdqv *dev = device();
	int err;

	size = size < MOST ? size : MOST;
	memcpy(stream, bytes, size);
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
	return 0;
}
