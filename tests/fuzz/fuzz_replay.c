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

static void replay(char *path, char *view, char *how)
{
	char *argv[] = {"replay", "--dump", path, how, "--view", view, NULL};
	int status = tool_replay.run(view ? 6 : how ? 4 : 3, argv);

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
	replay(path, "guest", "--json");
	replay(path, "host", "--json");
	replay(path, NULL, NULL);
	close(fd);
	return 0;
}
