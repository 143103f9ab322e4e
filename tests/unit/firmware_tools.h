/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests that ask the compilers of ACPI tables and device trees, each in a place of its own. */
#ifndef TESTS_UNIT_FIRMWARE_TOOLS_H
#define TESTS_UNIT_FIRMWARE_TOOLS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../test.h"

/* Is there such a program? Says so if not, for a test that is then skipped. */
static inline bool tool_is_there(const char *name)
{
	char command[128];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", name);
	if (!system(command))
		return true;
	print_message("skipped: there is no %s\n", name);
	return false;
}

static inline int enter_directory(void **state)
{
	char *directory = strdup("/tmp/cmdqv-firmware-XXXXXX");

	if (!directory || !mkdtemp(directory) || chdir(directory))
		return -1;
	*state = directory;
	return 0;
}

static inline int leave_directory(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	free(*state);
	return chdir("/") || system(command);
}

static inline void write_file(const char *name, const void *bytes, size_t length)
{
	FILE *file = fopen(name, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static inline size_t read_file(const char *name, uint8_t *bytes, size_t room)
{
	FILE *file = fopen(name, "rb");
	size_t length;

	assert_non_null(file);
	length = fread(bytes, 1, room, file);
	fclose(file);
	return length;
}

#endif
