/* SPDX-License-Identifier: BSD-2-Clause */
/* Our device in this process; what it prints is TAP. */
#include "in_process.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	static struct in_process process;
	int failed;

	in_process_open(&process);
	if (argc > 1 && strcmp(argv[1], "--list") == 0) {
		conformance_list(&process.carrier, NULL);
		failed = 0;
	} else {
		failed = conformance_run(&process.carrier, argc > 1 ? argv[1] : NULL);
	}
	in_process_close(&process);
	return failed != 0;
}
