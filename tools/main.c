/* SPDX-License-Identifier: BSD-2-Clause */
/* cmdqv: one program, a subcommand per file. */
#include "standard.h"
#include "tool.h"
#include "wrap.h"

#include <cmdqv/types.h>

#include <stdio.h>
#include <string.h>

static const struct tool *const tools[] = {
	&tool_run, &tool_replay, &tool_bench, &tool_probe, &tool_explain,
};

static const size_t tool_count = sizeof(tools) / sizeof(tools[0]);

static void print_help(FILE *to)
{
	char name[16];

	wrap_to(to, "", "",
		"usage: cmdqv COMMAND [OPTION]...\n\n"
		"SMMU command queues of a Tegra241 CMDQV for virtual machines, in software.\n");
	for (size_t i = 0; i < tool_count; i++) {
		snprintf(name, sizeof(name), "  %-8s ", tools[i]->name);
		wrap_to(to, name, "           ", tools[i]->summary);
	}
	wrap_to(to, "", "",
		"\n'cmdqv help COMMAND' says more; 'cmdqv --version', or -V, names the version.\n"
		"Exit status: 0 yes, 1 no, 2 wrong usage or environment, 3 could not tell.");
}

static const struct tool *find_tool(const char *name)
{
	for (size_t i = 0; i < tool_count; i++) {
		if (!strcmp(tools[i]->name, name))
			return tools[i];
	}
	return NULL;
}

static int refuse(int argc, char **argv, const char *reason)
{
	struct json_object *object;

	if (!tool_has_option(argc, argv, "--json")) {
		tool_complain("%s", reason);
		return TOOL_USAGE;
	}
	object = tool_json_new("cmdqv/1");
	tool_json_verdict(object, "error", reason);
	tool_json_print(object);
	return TOOL_USAGE;
}

static bool is_any(const char *word, const char *first, const char *second, const char *third)
{
	return !strcmp(word, first) || !strcmp(word, second) || !strcmp(word, third);
}

static int dispatch(int argc, char **argv)
{
	const struct tool *tool;
	char reason[256];

	if (argc < 2) {
		print_help(stderr);
		return TOOL_USAGE;
	}
	if (is_any(argv[1], "--help", "-h", "help") && argc == 2) {
		print_help(stdout);
		return TOOL_YES;
	}
	if (is_any(argv[1], "--help", "-h", "help")) {
		/* "help run" is "run --help". */
		memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof(*argv));
		argv[argc - 1] = "--help";
	}
	if (is_any(argv[1], "--version", "-V", "version")) {
		printf("cmdqv %s\n", cmdqv_version());
		return TOOL_YES;
	}
	tool = find_tool(argv[1]);
	if (tool)
		return tool->run(argc - 1, argv + 1);
	snprintf(reason, sizeof(reason), "there is no command '%.100s'; 'cmdqv --help' lists them",
		 argv[1]);
	return refuse(argc, argv, reason);
}

int main(int argc, char **argv)
{
	int status;

	if (!standard_begin())
		return TOOL_USAGE;
	status = dispatch(argc, argv);
	tool_release_pipes();
	return standard_end("cmdqv", status);
}
