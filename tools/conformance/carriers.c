/* SPDX-License-Identifier: BSD-2-Clause */
#include "program.h"

const struct program_carrier program_carriers[] = {
	{"thread", "our device; the guest is a thread (the default)", thread_judge},
	{"kvm", "our device; the guest is a virtual machine", kvm_judge},
	{"linux", "the CMDQV of the Linux guest that this runs in; see docs/conformance.md",
	 linux_judge},
	{NULL, NULL, NULL},
};
