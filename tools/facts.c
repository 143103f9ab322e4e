/* SPDX-License-Identifier: BSD-2-Clause */
#include "facts.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "wrap.h"

struct json_object *facts_new(struct json_object *owner, const char *kind)
{
	struct json_object *facts = json_object_new_object();
	struct json_object *all;

	if (!owner)
		return facts;
	if (!json_object_object_get_ex(owner, kind, &all)) {
		all = json_object_new_array();
		json_object_object_add(owner, kind, all);
	}
	json_object_array_add(all, facts);
	json_object_set_userdata(facts, owner, NULL);
	return facts;
}

struct json_object *facts_at(struct json_object *owner, const char *kind, size_t at)
{
	struct json_object *all;

	return json_object_object_get_ex(owner, kind, &all) &&
			       json_object_is_type(all, json_type_array)
		       ? json_object_array_get_idx(all, at)
		       : NULL;
}

void fact_set(struct json_object *facts, const char *name, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) >= 0) {
		json_object_object_add(facts, name, tool_json_text(text));
		free(text);
	}
	va_end(arguments);
}

void fact_count(struct json_object *facts, const char *name, unsigned long count)
{
	if (count > 0)
		fact_set(facts, name, "%lu", count);
}

void fact_more(struct json_object *facts, const char *name, const char *more, const char *value)
{
	char both[64];

	snprintf(both, sizeof(both), "%s%s", name, more);
	fact_set(facts, both, "%s", value);
}

void fact_unseen(struct json_object *facts, const char *name, const char *path, int err)
{
	char why[512];

	snprintf(why, sizeof(why), "%s: %s", path, strerror(-err));
	fact_more(facts, name, "?", why);
}

const char *fact(struct json_object *facts, const char *name)
{
	struct json_object *value;

	for (; facts; facts = json_object_get_userdata(facts))
		if (json_object_object_get_ex(facts, name, &value) &&
		    !json_object_is_type(value, json_type_array))
			return json_object_get_string(value);
	return NULL;
}

unsigned long fact_number(struct json_object *facts, const char *name)
{
	const char *value = fact(facts, name);

	return value ? strtoul(value, NULL, 10) : 0;
}

/* ---- conditions ---- */

/* Compares numbers where there are some. dpkg's epoch does not count; words are below numbers. */
static bool is_below(const char *value, const char *limit)
{
	const char *colon = strchr(value, ':');

	value = colon ? colon + 1 : value;
	return (isdigit((unsigned char)*limit) && !isdigit((unsigned char)*value)) ||
	       strverscmp(value, limit) < 0;
}

static bool meets(const char *value, const char *sign, const char *text)
{
	switch (sign[0]) {
	case '=':
		return value && strcmp(value, text) == 0;
	case '~':
		return value && strstr(value, text);
	case '<':
		return value && is_below(value, text);
	case '>':
		return value && !is_below(value, text);
	case '!':
		return !meets(value, sign + 1, text);
	default:
		return value != NULL;
	}
}

bool facts_meet(struct json_object *facts, const char *condition)
{
	for (; *condition; condition += *condition == ' ') {
		bool wanted = *condition != '!';
		char name[64];
		char sign[4] = "";
		char text[64] = "";

		condition += !wanted;
		if (sscanf(condition, "%63[^ !=~<>]%3[!=~<>]%63[^ ]", name, sign, text) < 1 ||
		    meets(fact(facts, name), sign, text) != wanted)
			return false;
		condition += strcspn(condition, " ");
	}
	return true;
}

/* ---- texts ---- */

static void expand(struct json_object *facts, const char *text, FILE *out)
{
	while (*text) {
		size_t plain = strcspn(text, "$");
		char name[64];
		const char *value;

		fwrite(text, 1, plain, out);
		text += plain;
		if (sscanf(text, "${%63[^}]}", name) == 1) {
			size_t length = strcspn(name, "^:");
			bool upper = name[length] == '^';
			int width = name[length] == ':' ? atoi(name + length + 1) : 0;

			text += strlen(name) + strlen("${}");
			name[length] = '\0';
			for (value = fact(facts, name); value && *value; value++, width--)
				fputc(upper ? toupper(*value) : *value, out);
			fprintf(out, "%*s", width > 0 ? width : 0, "");
		} else if (*text) {
			fputc(*text++, out);
		}
	}
}

char *facts_text(struct json_object *facts, const char *text)
{
	char *result = NULL;
	size_t bytes;
	FILE *out = text ? open_memstream(&result, &bytes) : NULL;

	if (!out)
		return NULL;
	expand(facts, text, out);
	fclose(out);
	return result;
}

/* Where the block ends whose first line is at `lines`. */
static const char *const *end_of(const char *const *lines)
{
	for (; *lines && strcmp(*lines, "%end"); lines++)
		if (!strncmp(*lines, "%if ", 4) || !strncmp(*lines, "%each ", 6))
			lines = end_of(lines + 1);
	return lines;
}

/* "4 FIRST<tab>TEXT": what comes before the first line, and how far the others are in. */
static void wrap_line(struct json_object *facts, const char *line, FILE *out)
{
	char *text;
	int margin = (int)strtol(line, (char **)&line, 10);
	char others[64];
	char *tab;

	text = facts_text(facts, line + 1);
	tab = text ? strchr(text, '\t') : NULL;
	if (tab) {
		*tab = '\0';
		snprintf(others, sizeof(others), "%*s", margin, "");
		wrap_to(out, text, others, tab + 1);
	}
	free(text);
}

void facts_fill(struct json_object *facts, const char *const *lines, FILE *source, FILE *out)
{
	for (; *lines && strcmp(*lines, "%end"); lines++) {
		const char *line = *lines;
		const char *const *block = lines + 1;

		if (!strncmp(line, "%source ", 8)) {
			expand(facts, line + 7 + (ftell(source) == 0), source);
		} else if (!strncmp(line, "%if ", 4)) {
			if (facts_meet(facts, line + 4))
				facts_fill(facts, block, source, out);
			lines = end_of(block);
		} else if (!strncmp(line, "%each ", 6)) {
			struct json_object *one;

			FACTS_EACH (one, facts, line + 6) {
				fact_set(one, "n", "%zu", at_one + 1);
				facts_fill(one, block, source, out);
			}
			lines = end_of(block);
		} else if (!strncmp(line, "%wrap ", 6)) {
			wrap_line(facts, line + 6, out);
		} else if (line[0] != '%') {
			expand(facts, line, out);
			fputc('\n', out);
		}
	}
}
