/* SPDX-License-Identifier: BSD-2-Clause */
#include <cmdqv/types.h>

#include <stdarg.h>
#include <stdio.h>

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
