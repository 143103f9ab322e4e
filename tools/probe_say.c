/* SPDX-License-Identifier: BSD-2-Clause */
/* What a check writes into its result. */
#include "probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void probe_say(struct probe_result *result, enum probe_status status, const char *remedy,
	       const char *format, ...)
{
	va_list arguments;

	result->status = status;
	result->remedy = remedy;
	va_start(arguments, format);
	vsnprintf(result->evidence, sizeof(result->evidence), format, arguments);
	va_end(arguments);
}

void probe_say_unseen(struct probe_result *result, const char *path, int error)
{
	const char *remedy = strncmp(path, "/sys", 4) == 0
				     ? "mount /sys; in a container, pass the host's in"
				     : "mount /dev; in a container, pass the host's in";

	probe_say(result, PROBE_UNKNOWN,
		  error == -EACCES || error == -EPERM ? "run it as root" : remedy,
		  "%s cannot be read: %s", path, strerror(-error));
}

void probe_say_more(struct probe_result *result, const char *format, ...)
{
	size_t used = strlen(result->evidence);
	va_list arguments;

	if (used + 2 > sizeof(result->evidence))
		return;
	result->evidence[used++] = ' ';
	va_start(arguments, format);
	vsnprintf(result->evidence + used, sizeof(result->evidence) - used, format, arguments);
	va_end(arguments);
}
