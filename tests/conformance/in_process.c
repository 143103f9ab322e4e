/* SPDX-License-Identifier: BSD-2-Clause */
#include "in_process.h"

#include <stdio.h>

#include "../test.h"

enum {
	NUM_QUEUES = 4,
	PAGE0 = 0x30000,
	PAGE0_END = 0x40000,
	VSID = 0x21,
	MEMORY = 0x100000, /* guest address */
};

/* A guest reaches page 0 as the vCPU of a scenario does: without a trap while it is mapped. */
static bool is_in_page0(uint32_t offset, uint32_t size)
{
	return offset >= PAGE0 && offset < PAGE0_END && size == 4 && offset % 4 == 0;
}

static uint64_t load(void *user, uint32_t offset, uint32_t size)
{
	struct in_process *process = user;

	if (is_in_page0(offset, size))
		return vcpu_read(&process->vm, 0, offset - PAGE0);
	return vm_read(&process->vm, offset, (uint8_t)size);
}

static void store(void *user, uint32_t offset, uint32_t size, uint64_t value)
{
	struct in_process *process = user;

	if (is_in_page0(offset, size))
		vcpu_write(&process->vm, 0, offset - PAGE0, (uint32_t)value);
	else
		vm_write(&process->vm, offset, (uint8_t)size, value);
}

static void wait(void *user)
{
	struct in_process *process = user;

	host_drain(&process->host);
	vm_events(&process->vm);
}

static bool interrupted(void *user)
{
	struct in_process *process = user;
	const uint32_t before = process->interrupts;

	process->interrupts = process->vm.interrupts;
	return process->interrupts != before;
}

static void print(void *user, const char *line)
{
	(void)user;
	puts(line);
}

void in_process_open(struct in_process *process)
{
	process->interrupts = 0;
	host_open(&process->host, NUM_QUEUES, 1);
	vm_open(&process->vm, &process->host, 0);
	client_add_device(&process->vm.client, (cmdqv_vsid_t){VSID});
	process->carrier = (struct carrier){
		.load = load,
		.store = store,
		.wait = wait,
		.interrupted = interrupted,
		.print = print,
		.user = process,
		.memory = (volatile uint64_t *)(void *)(process->vm.ram + MEMORY),
		.bus = MEMORY,
		.patience = 100,
		.max_log2size = 12,
		.unaligned = true,
		.untouched = true,
		.has_vsid = true,
		.vsid = VSID,
	};
}

void in_process_close(struct in_process *process)
{
	vm_close(&process->vm);
	host_close(&process->host);
}
