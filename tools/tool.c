/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool.h"

#include <cmdqv/types.h>

#include <errno.h>
#include <json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tool_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("cmdqv: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

bool tool_has_option(int argc, char *const *argv, const char *name)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strcmp(argv[i], name))
			return true;
	}
	return false;
}

bool tool_number(const char *text, unsigned long minimum, unsigned long maximum,
		 unsigned long *value)
{
	char *end = NULL;
	unsigned long number;

	/* strtoul() takes signs and blanks; a number here begins with a digit. */
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	number = strtoul(text, &end, 0);
	if (errno || *end || number < minimum || number > maximum)
		return false;
	*value = number;
	return true;
}

struct json_object *tool_json_new(const char *schema)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "schema", json_object_new_string(schema));
	json_object_object_add(object, "version", json_object_new_string(cmdqv_version()));
	json_object_object_add(object, "verdict", json_object_new_string("ok"));
	return object;
}

void tool_json_verdict(struct json_object *object, const char *verdict, const char *reason)
{
	json_object_object_add(object, "verdict", json_object_new_string(verdict));
	json_object_object_add(object, "reason", json_object_new_string(reason));
}

void tool_json_print(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_SPACED |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
