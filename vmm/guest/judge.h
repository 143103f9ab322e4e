/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases of conformance/, on vCPU 0 in the driver's place. */
#ifndef VMM_GUEST_JUDGE_H
#define VMM_GUEST_JUDGE_H

#include "platform.h"

/* Room for a line or a pattern, with the 0 at its end. */
#define GUEST_LINE_BYTES 512U

/* How VMM and guest know of each other then; lies in guest RAM at GUEST_LINES. */
struct guest_lines {
	char only[GUEST_LINE_BYTES]; /* which cases; empty: all */
	char line[GUEST_LINE_BYTES]; /* what guest_say() is about */
	int32_t failed;		     /* cases, once it has ended; -1: there was none */
	uint32_t log2size;	     /* of the largest ring */
	uint32_t has_device;	     /* unless 0, GUEST_VSID is one with an ATC */
};

void guest_judge(struct guest_cpu *cpu);

#endif
