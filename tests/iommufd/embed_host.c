/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host for examples/embed_iommufd.c, which opens its devices by name: open() is wrapped
 * too. The host boots with the first device that is opened, and when the program ends,
 * everything must have been closed.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "front.h"

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);

static void boot(void)
{
	static const struct front_config grace = {
		.log2_vcmdqs = 7, .log2_vintfs = 6, .log2_sids = 4, .cmdqs = 19};

	if (front_model())
		return;
	front_open(&grace);
	(void)atexit(front_close);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	if (strncmp(path, "/dev/iommu", 10) == 0) {
		boot();
		return front_iommufd();
	}
	if (strncmp(path, "/dev/vfio/devices/", 18) == 0) {
		boot();
		return front_device(0x100, 1);
	}
	return __real_open(path, flags, mode);
}

int __wrap_open64(const char *path, int flags, ...)
{
	return __wrap_open(path, flags);
}
