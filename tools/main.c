/* SPDX-License-Identifier: BSD-2-Clause */
/* cmdqv: one program, a subcommand per file. */
#include "tool.h"

#include <cmdqv/types.h>

#include <stdio.h>
#include <string.h>

static const struct tool *const tools[] = {
	&tool_run,
	&tool_replay,
	&tool_bench,
	&tool_explain,
};

static const size_t tool_count = sizeof(tools) / sizeof(tools[0]);

static void print_help(FILE *to)
{
	fputs("usage: cmdqv COMMAND [OPTION]...\n\n"
	      "SMMU command queues of a Tegra241 CMDQV for virtual machines, in software.\n\n",
	      to);
	for (size_t i = 0; i < tool_count; i++)
		fprintf(to, "  %-8s %s\n", tools[i]->name, tools[i]->summary);
	fputs("\n'cmdqv COMMAND --help' says more; 'cmdqv --version' names the version.\n"
	      "Exit status: 0 yes, 1 no, 2 wrong usage or environment, 3 could not tell.\n",
	      to);
}

static const struct tool *find_tool(const char *name)
{
	for (size_t i = 0; i < tool_count; i++) {
		if (!strcmp(tools[i]->name, name))
			return tools[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct tool *tool;

	if (argc < 2) {
		print_help(stderr);
		return TOOL_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return TOOL_YES;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("cmdqv %s\n", cmdqv_version());
		return TOOL_YES;
	}
	tool = find_tool(argv[1]);
	if (!tool) {
		tool_complain("there is no command '%s'; 'cmdqv --help' lists them", argv[1]);
		return TOOL_USAGE;
	}
	return tool->run(argc - 1, argv + 1);
}
