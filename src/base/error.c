/* SPDX-License-Identifier: BSD-2-Clause */
#include "error.h"

#include <cmdqv/types.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cmdqv_error_set(struct cmdqv_error *error, int code, const char *id, const char *format, ...)
{
	va_list args;

	if (!error)
		return code;
	error->code = code;
	error->reserved = 0;
	error->id = id;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return code;
}

/* Where libc has no names. */
#ifndef HAVE_STRERRORNAME_NP
static const char *strerrorname_np(int err)
{
	(void)err;
	return NULL;
}
#endif

struct error_name error_name(int err)
{
	struct error_name name;
	const char *known = strerrorname_np(abs(err));

	if (known)
		snprintf(name.text, sizeof(name.text), "%s", known);
	else
		snprintf(name.text, sizeof(name.text), "errno %d", abs(err));
	return name;
}
