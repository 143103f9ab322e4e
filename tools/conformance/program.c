/* SPDX-License-Identifier: BSD-2-Clause */
#include "program.h"

#include <stdarg.h>

int program_complain(const char *format, ...)
{
	va_list arguments;

	fputs("cmdqv-conformance: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return PROGRAM_CANNOT;
}

int program_status(int failed, const char *only)
{
	if (failed < 0)
		return program_complain("no case is '%s'; --list shows them", only);
	return failed ? PROGRAM_FAILED : PROGRAM_OK;
}
