/* SPDX-License-Identifier: BSD-2-Clause */
/* Structs as arrays of 32-bit words, by the offsets of docs/iommufd.md. */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int call(int fd, unsigned long number, uint32_t *a, uint32_t bytes)
{
	a[0] = bytes;
	return ioctl(fd, number, a) < 0 ? -errno : 0;
}

int host_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int host_bind(int device, int iommufd, uint32_t *dev_id)
{
	uint32_t a[4] = {0, 0, (uint32_t)iommufd};
	int err = call(device, 0x3B76, a, sizeof(a));

	*dev_id = a[3];
	return err;
}

int host_attach(int device, uint32_t pt_id)
{
	uint32_t a[3] = {0, 0, pt_id};

	return call(device, 0x3B77, a, sizeof(a));
}

int host_detach(int device)
{
	uint32_t a[2] = {0};

	return call(device, 0x3B78, a, sizeof(a));
}

int host_ioas_alloc(int iommufd, uint32_t *ioas)
{
	uint32_t a[3] = {0};
	int err = call(iommufd, 0x3B81, a, sizeof(a));

	*ioas = a[2];
	return err;
}

int host_ioas_map(int iommufd, uint32_t ioas, void *memory, uint64_t bytes, uint64_t iova)
{
	uint64_t user_va = (uintptr_t)memory;
	uint32_t a[10] = {0, 7 /* FIXED_IOVA, WRITEABLE, READABLE */, ioas};

	memcpy(&a[4], &user_va, sizeof(user_va));
	memcpy(&a[6], &bytes, sizeof(bytes));
	memcpy(&a[8], &iova, sizeof(iova));
	return call(iommufd, 0x3B85, a, sizeof(a));
}

int host_nest_parent(int iommufd, uint32_t dev_id, uint32_t ioas, uint32_t *hwpt)
{
	uint32_t a[12] = {0, 1 /* NEST_PARENT */, dev_id, ioas};
	int err = call(iommufd, 0x3B89, a, sizeof(a));

	*hwpt = a[4];
	return err;
}

void host_say(struct host_outcome *outcome, int status, const char *format, ...)
{
	va_list arguments;

	outcome->status = status;
	va_start(arguments, format);
	vsnprintf(outcome->words, sizeof(outcome->words), format, arguments);
	va_end(arguments);
}

static void wait_for(pid_t child, struct host_outcome *outcome)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		host_say(outcome, -1, "it took too long and was ended");
	else if (WIFSIGNALED(status))
		host_say(outcome, -1, "its process died: %s", strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		host_say(outcome, -1, "its process gave up");
}

void host_run(struct host_outcome *outcome, unsigned int seconds,
	      void (*body)(void *context, struct host_outcome *outcome), void *context)
{
	struct host_outcome *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	if (shared == MAP_FAILED) {
		host_say(outcome, -1, "there is no memory for it");
		return;
	}
	host_say(shared, 0, "%s", "");
	fflush(NULL);
	child = fork();
	if (!child) {
		alarm(seconds);
		body(context, shared);
		_exit(0);
	}
	if (child < 0)
		host_say(shared, -1, "it could not be started");
	else
		wait_for(child, shared);
	*outcome = *shared;
	munmap(shared, sizeof(*shared));
}
