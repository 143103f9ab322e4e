/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands where an SMMU would: counts the commands that the engine executes, and compares
 * each with the one that the guest's driver must have sent: opcode, VMID, and for each
 * vCPU (told apart by ASID) every address once and in order.
 */
#ifndef VMM_EXECUTOR_H
#define VMM_EXECUTOR_H

#include "guest/layout.h"

#include <cmdqv/model/model.h>

struct executor {
	uint32_t vintf; /* from where, */
	uint16_t vmid;	/* with which VMID, */
	uint32_t cpus;	/* and from how many vCPUs commands may come */
	uint64_t next[GUEST_MAX_CPUS];
	uint64_t tlbis;
	uint64_t syncs;
	bool atc;     /* ATC_INV is among what the guest sends, */
	uint32_t sid; /*   and must arrive for this physical StreamID */
	uint64_t atcs;
	bool gaps; /* some TLBIs do not arrive: hardware that wants each one twice [HW-25] */
	uint64_t surprises; /* commands that should not have come, */
	char surprise[256]; /*   the first of them in words */
};

void executor_init(struct executor *executor, uint32_t vintf, uint16_t vmid, uint32_t cpus);
void executor_take(struct executor *executor, const struct cmdqv_command *command);

#endif
