/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool.h"

#include <cmdqv/types.h>

#include <errno.h>
#include <json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wrap.h"

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

/* How long the UTF-8 character at `text` is in bytes; 0: it is none. */
static size_t utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char first;
		unsigned char last;
		size_t length;
	} heads[] = {{0x01, 0x7F, 1}, {0xC2, 0xDF, 2}, {0xE0, 0xEF, 3}, {0xF0, 0xF4, 4}};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t n = 1;

		if (text[0] < heads[i].first || text[0] > heads[i].last)
			continue;
		while (n < heads[i].length && (text[n] & 0xC0) == 0x80)
			n++;
		return n == heads[i].length ? n : 0;
	}
	return 0;
}

struct json_object *tool_json_text(const char *text)
{
	const char *from = text;
	struct json_object *object;
	char *clean = malloc(3 * strlen(text) + 1);
	char *to = clean;

	if (!clean)
		return json_object_new_string("");
	while (*from) {
		size_t length = utf8_length((const unsigned char *)from);

		memcpy(to, length ? from : "\xEF\xBF\xBD", length ? length : 3);
		to += length ? length : 3;
		from += length ? length : 1;
	}
	object = json_object_new_string_len(clean, (int)(to - clean));
	free(clean);
	return object;
}

struct json_object *tool_json_new(const char *schema)
{
	struct json_object *object = json_object_new_object();

	json_c_set_serialization_double_format("%.9g", JSON_C_OPTION_GLOBAL);
	json_object_object_add(object, "schema", json_object_new_string(schema));
	json_object_object_add(object, "version", json_object_new_string(cmdqv_version()));
	json_object_object_add(object, "verdict", json_object_new_string("ok"));
	return object;
}

void tool_json_verdict(struct json_object *object, const char *verdict, const char *reason)
{
	json_object_object_add(object, "verdict", json_object_new_string(verdict));
	json_object_object_add(object, "reason", tool_json_text(reason));
}

void tool_json_print(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_SPACED |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

int tool_give_up(bool json, const char *schema, const char *format, ...)
{
	struct json_object *object;
	va_list arguments;
	char text[512];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (!json) {
		wrap_to(stderr, "cmdqv: ", "    ", text);
		return TOOL_USAGE;
	}
	object = tool_json_new(schema);
	tool_json_verdict(object, "error", text);
	tool_json_print(object);
	return TOOL_USAGE;
}
