/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VMM without a VM, for cmdqv-conformance: page 0 does in it what the VMM is told, once. When a
 * page rests is else a matter of how fast the machine is.
 */
#include "look.h"
#include "vmm.h"

#include <stdlib.h>

struct vmm {
	struct vmm_config config;
};

int vmm_kvm_check(struct cmdqv_error *error)
{
	(void)error;
	return 0;
}

int vmm_create(struct vmm **out, const struct vmm_config *config, struct cmdqv_error *error)
{
	(void)error;
	*out = malloc(sizeof(**out));
	if (!*out)
		abort();
	(*out)->config = *config;
	return 0;
}

int vmm_run(struct vmm *vmm, struct vmm_report *report, struct cmdqv_error *error)
{
	(void)error;
	*report = (struct vmm_report){.judged = 0};
	vmm->config.judge_say("1..0");
	return 0;
}

void vmm_look(struct vmm *vmm, struct vmm_look *look)
{
	*look = (struct vmm_look){.phase = "judge"};
	look->counters[CMDQV_COUNTER_PAGE0_MAPS] = vmm->config.map_page0;
	look->counters[CMDQV_COUNTER_PAGE0_RESTS] = vmm->config.rests;
}

void vmm_destroy(struct vmm *vmm)
{
	free(vmm);
}
