/* SPDX-License-Identifier: BSD-2-Clause */
#include "program.h"

#include <stdarg.h>

int program_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	standard_complain("cmdqv-conformance", format, arguments);
	va_end(arguments);
	return PROGRAM_CANNOT;
}

int program_status(int failed, const char *only)
{
	if (failed < 0)
		return program_complain("no case is '%s'; --list shows them", only);
	return failed ? PROGRAM_FAILED : PROGRAM_OK;
}
