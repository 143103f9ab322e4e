/* SPDX-License-Identifier: BSD-2-Clause */
/* A carrier in this process: its guest is a VM of tests/scenario/, on either port. */
#ifndef TESTS_CONFORMANCE_IN_PROCESS_H
#define TESTS_CONFORMANCE_IN_PROCESS_H

#include "../scenario/vm.h"
#include "conformance.h"

struct in_process {
	struct host host;
	struct vm vm;
	uint32_t interrupts; /* that were told of */
	struct carrier carrier;
};

void in_process_open(struct in_process *process);
void in_process_close(struct in_process *process);

#endif
