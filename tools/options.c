/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <cmdqv/types.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tool.h"
#include "wrap.h"

static const struct tool_option *option_find(const struct tool_usage *usage, const char *name,
					     size_t length)
{
	const struct tool_option *found = NULL;

	for (const struct tool_option *at = usage->options; at->name; at++) {
		if (strncmp(at->name, name, length) != 0)
			continue;
		if (!at->name[length])
			return at;
		if (found)
			return NULL;
		found = at;
	}
	return length ? found : NULL;
}

/* ---- help ---- */

static void help_paragraphs(const char *text)
{
	wrap("", "", text);
	putchar('\n');
}

static void help_option(const struct tool_option *option)
{
	char name[64];

	snprintf(name, sizeof(name), "  --%s %s", option->name, option->value ? option->value : "");
	wrap_item(name, option->help);
	for (const struct tool_choice *at = option->choices; at && at->name; at++) {
		snprintf(name, sizeof(name), "      %s", at->name);
		wrap_item(name, at->help);
	}
}

static void help_print(const struct tool_usage *usage)
{
	printf("usage: cmdqv %s %s\n\n", usage->command, usage->words);
	help_paragraphs(usage->intro);
	for (const struct tool_option *at = usage->options; at->name; at++)
		help_option(at);
	wrap_item("  -h, --help", "this text");
	wrap_item("  -V, --version", "the version");
	if (usage->end) {
		putchar('\n');
		wrap("", "", usage->end);
	}
}

/* ---- the command line ---- */

struct command_line {
	const struct tool_usage *usage;
	void *options;
	char **argv;
	int argc;
	int at;	   /* the argument under way */
	int words; /* found so far */
	bool json; /* complain as an object */
};

static int option_is_unknown(const struct command_line *line, const char *name, size_t length)
{
	const struct tool_usage *usage = line->usage;

	for (const struct tool_usage *const *mode = usage->modes; mode && *mode; mode++)
		for (const struct tool_option *at = (*mode)->options; at->name; at++)
			if (strlen(at->name) == length && !strncmp(at->name, name, length))
				return tool_give_up(
					line->json, usage->schema,
					"--%s is an option of 'cmdqv %s'; see 'cmdqv %s --help'",
					at->name, (*mode)->command, usage->command);
	return tool_give_up(line->json, usage->schema,
			    "there is no option '--%.100s'; see 'cmdqv %s --help'", name,
			    usage->command);
}

static int option_is_wrong(const struct command_line *line, const char *should, const char *value)
{
	return tool_give_up(line->json, line->usage->schema, "%s, not '%.100s'", should,
			    value ? value : "");
}

/* "--guest must be kvm, thread or linux" */
static int option_is_no_name(const struct command_line *line, const struct tool_option *option,
			     const char *value)
{
	char should[128];
	size_t length = (size_t)snprintf(should, sizeof(should), "--%s must be %s", option->name,
					 option->names[0]);

	for (size_t i = 1; option->names[i]; i++)
		length += (size_t)snprintf(should + length, sizeof(should) - length, "%s%s",
					   option->names[i + 1] ? ", " : " or ", option->names[i]);
	return option_is_wrong(line, should, value);
}

static int option_take_number(const struct command_line *line, const struct tool_option *option,
			      const char *value)
{
	char *to = (char *)line->options + option->offset;
	char should[128];

	if (tool_number(value, option->minimum, option->maximum, (unsigned long *)(void *)to))
		return -1;
	snprintf(should, sizeof(should), "--%s must be a number from %lu to %lu", option->name,
		 option->minimum, option->maximum);
	return option_is_wrong(line, should, value);
}

/* Returns -1, or the exit status. */
static int option_take(const struct command_line *line, const struct tool_option *option,
		       const char *value)
{
	void *to = (char *)line->options + option->offset;
	const char *should;

	if (option->take) {
		should = option->take(line->options, value);
		return should ? option_is_wrong(line, should, value) : -1;
	}
	if (option->names) {
		for (int i = 0; option->names[i]; i++) {
			if (strcmp(option->names[i], value) != 0)
				continue;
			*(int *)to = i;
			return -1;
		}
		return option_is_no_name(line, option, value);
	}
	if (option->maximum)
		return option_take_number(line, option, value);
	if (option->value)
		*(const char **)to = value;
	else
		*(bool *)to = true;
	return -1;
}

static int option_take_long(struct command_line *line)
{
	const struct tool_usage *usage = line->usage;
	const char *name = line->argv[line->at] + strlen("--");
	size_t length = strcspn(name, "=");
	const char *value = name[length] ? name + length + 1 : NULL;
	const struct tool_option *option = option_find(usage, name, length);

	if (!option)
		return option_is_unknown(line, name, length);
	if (!option->value && value)
		return tool_give_up(line->json, usage->schema,
				    "--%s takes no value; see 'cmdqv %s --help'", option->name,
				    usage->command);
	if (option->value && !value) {
		if (line->at + 1 == line->argc)
			return tool_give_up(line->json, usage->schema,
					    "--%s needs a value; see 'cmdqv %s --help'",
					    option->name, usage->command);
		value = line->argv[++line->at];
	}
	return option_take(line, option, value);
}

static bool is_word(const char *argument)
{
	return argument[0] != '-' || !argument[1] || isdigit((unsigned char)argument[1]);
}

static bool is_any(const char *argument, const char *name, const char *letter)
{
	return strcmp(argument, name) == 0 || strcmp(argument, letter) == 0;
}

/* Returns -1, or the exit status. */
static int argument_take(struct command_line *line)
{
	char *argument = line->argv[line->at];

	if (is_word(argument)) {
		line->argv[++line->words] = argument;
		return -1;
	}
	if (is_any(argument, "--help", "-h")) {
		help_print(line->usage);
		return TOOL_YES;
	}
	if (is_any(argument, "--version", "-V")) {
		printf("cmdqv %s\n", cmdqv_version());
		return TOOL_YES;
	}
	if (argument[1] != '-')
		return tool_give_up(line->json, line->usage->schema,
				    "there is no option '-%c'; see 'cmdqv %s --help'", argument[1],
				    line->usage->command);
	return option_take_long(line);
}

int tool_options_take(const struct tool_usage *usage, int argc, char **argv, void *options,
		      int *words)
{
	struct command_line line = {
		.usage = usage,
		.options = options,
		.argv = argv,
		.argc = argc,
		.json = tool_has_option(argc, argv, "--json"),
	};
	int status = -1;

	for (line.at = 1; line.at < argc && strcmp(argv[line.at], "--") != 0 && status == -1;
	     line.at++)
		status = argument_take(&line);
	while (status == -1 && ++line.at < argc)
		argv[++line.words] = argv[line.at];
	if (words)
		*words = line.words;
	else if (status == -1 && line.words > 0)
		return tool_give_up(line.json, usage->schema,
				    "'%.100s' is no option; see 'cmdqv %s --help'", argv[1],
				    usage->command);
	return status;
}
