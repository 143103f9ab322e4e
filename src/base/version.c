/* SPDX-License-Identifier: BSD-2-Clause */
#include <cmdqv/types.h>

#define TEXT(x) #x
#define DOTTED(major, minor, micro) TEXT(major) "." TEXT(minor) "." TEXT(micro)

const char *cmdqv_version(void)
{
	return DOTTED(CMDQV_VERSION_MAJOR, CMDQV_VERSION_MINOR, CMDQV_VERSION_MICRO);
}

uint32_t cmdqv_version_number(void)
{
	return CMDQV_VERSION;
}
