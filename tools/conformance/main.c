/* SPDX-License-Identifier: BSD-2-Clause */
/* cmdqv-conformance: judges a CMDQV from the guest's side. */
#include "program.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static void help(void)
{
	puts("usage: cmdqv-conformance [OPTION]...\n\n"
	     "Judges a CMDQV from the guest's side. What it prints is TAP: a line for each case, "
	     "with\n"
	     "the rule of docs/spec.md and its mark: 'required' where Linux or the meaning of a\n"
	     "register depends on it, 'ours' where the specification decided.\n\n"
	     "  --carrier NAME   which CMDQV:");
	for (const struct program_carrier *at = program_carriers; at->name; at++)
		printf("      %-12s %s\n", at->name, at->help);
	puts("  --only PATTERN   cases of this rule or name; '*' is any text\n"
	     "  --list           the cases: name, mark, rule, words\n"
	     "  --window ADDRESS --memory ADDRESS\n"
	     "                   of linux: where the window is, and 256 KiB of memory that\n"
	     "                   the kernel does not use, instead of what is found\n"
	     "  --vsid NUMBER    of linux: a StreamID of this guest with an ATC\n"
	     "  --log2size N     of linux: a ring may have 2^N entries, by the SMMU's IDR1\n"
	     "  --patience N     of linux: after so many waits of 100 us a case gives up (5000)\n"
	     "  --touched        of linux: it is not as after reset\n"
	     "  --device PATH    of thread and kvm: a VFIO device of this host; its hardware's "
	     "CMDQV\n"
	     "  --no-map         of thread and kvm: every access traps\n"
	     "  --rests          of thread and kvm: page 0 is withdrawn from quiet queues\n"
	     "  --help           this text\n\n"
	     "Exit status: 0 every case passed or was skipped; 1 one did not; 2 there is nothing "
	     "to\n"
	     "judge, or wrong usage.");
}

static const struct program_carrier *find(const char *name)
{
	for (const struct program_carrier *at = program_carriers; at->name; at++) {
		if (strcmp(at->name, name) == 0)
			return at;
	}
	return NULL;
}

/* A verdict that could not be written was not given. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	return program_complain("the result cannot be written; give it a place that takes it");
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{"carrier", required_argument, NULL, 'c'},
		{"only", required_argument, NULL, 'o'},
		{"list", no_argument, NULL, 'l'},
		{"window", required_argument, NULL, 'w'},
		{"memory", required_argument, NULL, 'm'},
		{"vsid", required_argument, NULL, 'v'},
		{"touched", no_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{"device", required_argument, NULL, 'd'},
		{"no-map", no_argument, NULL, 'n'},
		{"rests", no_argument, NULL, 'r'},
		{"log2size", required_argument, NULL, 's'},
		{"patience", required_argument, NULL, 'p'},
		{NULL, 0, NULL, 0},
	};
	static const struct carrier printer = {.print = program_print};
	const struct program_carrier *carrier = program_carriers;
	struct program_options options = {.only = NULL};
	bool list = false;
	int option;

	while ((option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		switch (option) {
		case 'c':
			carrier = find(optarg);
			if (!carrier)
				return program_complain("there is no carrier '%s'; see --help",
							optarg);
			break;
		case 'o':
			options.only = optarg;
			break;
		case 'l':
			list = true;
			break;
		case 'w':
			options.window = optarg;
			break;
		case 'm':
			options.memory = optarg;
			break;
		case 'v':
			options.vsid = optarg;
			break;
		case 'p':
			options.patience = optarg;
			break;
		case 's':
			options.log2size = optarg;
			break;
		case 't':
			options.touched = true;
			break;
		case 'd':
			options.device = optarg;
			break;
		case 'n':
			options.no_map = true;
			break;
		case 'r':
			options.rests = true;
			break;
		case 'h':
			help();
			return finish(PROGRAM_OK);
		default:
			return PROGRAM_CANNOT;
		}
	}
	if (optind < argc)
		return program_complain("'%s' is no option; see --help", argv[optind]);
	if (!list)
		return finish(carrier->run(&options));
	conformance_list(&printer, options.only);
	return finish(PROGRAM_OK);
}
