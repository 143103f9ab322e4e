/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cmdqv replay` of whatever file, in every way: it ends with one of its exit statuses.
 * Standard output is of no interest (-close_fd_mask=1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tools/tool.h"
#include "fuzz.h"

static void replay(const char *path, const char *view)
{
	char *argv[] = {"replay", "--json", "--dump", "--view", (char *)view, (char *)path, NULL};
	int status = tool_replay.run(sizeof(argv) / sizeof(argv[0]) - 1, argv);

	if (status < TOOL_YES || status > TOOL_UNKNOWN)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char path[64];
	int fd = memfd_create("trace", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	replay(path, "guest");
	replay(path, "host");
	close(fd);
	return 0;
}
