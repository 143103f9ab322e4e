/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the program that is for a Linux guest alone. */
#include "program.h"

const struct program_carrier program_carriers[] = {
	{"linux", "the CMDQV of the Linux guest that this runs in; see docs/conformance.md",
	 linux_judge},
	{NULL, NULL, NULL},
};
