/* SPDX-License-Identifier: BSD-2-Clause */
#include "executor.h"

#include "guest/driver.h"

#include <cmdqv/describe.h>

#include <inttypes.h>
#include <stdio.h>

void executor_init(struct executor *executor, uint32_t vintf, uint16_t vmid, uint32_t cpus)
{
	*executor = (struct executor){.vintf = vintf, .vmid = vmid, .cpus = cpus};
}

static void surprised(struct executor *executor, const struct cmdqv_command *command,
		      const char *why)
{
	char text[128];

	if (executor->surprises++)
		return;
	(void)cmdqv_describe_command(command->raw[0], command->raw[1], text, sizeof(text));
	snprintf(executor->surprise, sizeof(executor->surprise),
		 "%s (VMID %u, VINTF %" PRIu32 ", entry %" PRIu32 ") was executed: %s", text,
		 command->vmid, command->vintf, command->index, why);
}

static void take_tlbi(struct executor *executor, const struct cmdqv_command *command)
{
	uint32_t cpu = command->asid - 1U;
	uint64_t address;

	executor->tlbis++;
	if (cpu >= executor->cpus) {
		surprised(executor, command, "no vCPU uses this ASID");
		return;
	}
	if (executor->gaps && command->address >= GUEST_FIRST_VA)
		executor->next[cpu] = (command->address - GUEST_FIRST_VA) / GUEST_VA_STRIDE;
	address = GUEST_FIRST_VA + GUEST_VA_STRIDE * executor->next[cpu]++;
	if (command->vmid != executor->vmid)
		surprised(executor, command, "the VMID is not the one of the VM");
	else if (command->address != address || command->last < address + GUEST_VA_STRIDE - 1)
		surprised(executor, command, "this address was not the next one");
	else if (!command->leaf)
		surprised(executor, command, "the leaf hint is lost");
}

static void take_atc(struct executor *executor, const struct cmdqv_command *command)
{
	executor->atcs++;
	if (command->sid != executor->sid)
		surprised(executor, command, "the StreamID is not the one of the VM's device");
}

void executor_take(struct executor *executor, const struct cmdqv_command *command)
{
	if (command->vintf != executor->vintf)
		surprised(executor, command, "it does not come from the VM");
	else if (command->opcode == CMDQV_OP_TLBI_NH_VA)
		take_tlbi(executor, command);
	else if (command->opcode == CMDQV_OP_CMD_SYNC)
		executor->syncs++;
	else if (command->opcode == CMDQV_OP_ATC_INV && executor->atc)
		take_atc(executor, command);
	else
		surprised(executor, command, "the guest sent no such command that is legal");
}
