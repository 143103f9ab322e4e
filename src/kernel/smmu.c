/* SPDX-License-Identifier: BSD-2-Clause */
#include "smmu.h"

#include <errno.h>

#include <cmdqv/regs.h>

#include "regs/command.h"

int smmu_issue(struct kernel *kernel, const uint64_t word[2])
{
	struct cmdqv_command command;

	(void)command_decode(word, &command); /* reserved values are not refused */
	command.queue = KERNEL_SMMU_QUEUE;
	return kernel->ops.execute(kernel->user, &command) ? -ETIMEDOUT : 0;
}

void smmu_forget_stream(struct kernel *kernel, uint32_t sid)
{
	const uint64_t word[2] = {CMDQV_OP_CFGI_STE | CMDQV_SET(CMDQV_CMD0_SID, (uint64_t)sid),
				  CMDQV_CFGI1_LEAF};

	(void)smmu_issue(kernel, word);
}
