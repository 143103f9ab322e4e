/* SPDX-License-Identifier: BSD-2-Clause */
/* cmdqv-conformance: judges a CMDQV from the guest's side. */
#include "program.h"

#include "../wrap.h"

#include <cmdqv/types.h>

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char *const options_help[][2] = {
	{"  --only PATTERN", "cases of this rule or name; '*' is any text"},
	{"  --list", "the cases: name, mark, rule, words"},
	{"  --window ADDRESS", "of linux: where the CMDQV is, instead of what firmware tells"},
	{"  --memory ADDRESS", "of linux: 256 KiB of memory that the kernel does not use, instead "
			       "of what is found"},
	{"  --vsid NUMBER", "of linux: a StreamID of this guest with an ATC"},
	{"  --log2size N", "of linux: a ring may have 2^N entries, by the SMMU's IDR1"},
	{"  --patience N", "of linux: after so many waits of 100 us a case gives up (10000)"},
	{"  --touched", "of linux: it was driven since its reset, as by a run before"},
	{"  --device PATH", "of thread and kvm: a VFIO device of this host; its hardware's CMDQV"},
	{"  --no-map", "of thread and kvm: every access traps"},
	{"  --rests", "of thread and kvm: page 0 is withdrawn from quiet queues"},
	{"  -h, --help", "this text"},
	{"  -V, --version", "the version"},
};

static void help(void)
{
	char name[32];

	wrap("", "",
	     "usage: cmdqv-conformance [OPTION]...\n\n"
	     "Judges a CMDQV from the guest's side. What it prints is TAP: a line for each case, "
	     "with the rule of docs/spec.md and its mark: 'required' where Linux or the meaning of "
	     "a register depends on it, 'ours' where the specification decided.\n");
	wrap_item("  --carrier NAME", "which CMDQV:");
	for (const struct program_carrier *at = program_carriers; at->name; at++) {
		snprintf(name, sizeof(name), "      %s", at->name);
		wrap_item(name, at->help);
	}
	for (size_t i = 0; i < sizeof(options_help) / sizeof(options_help[0]); i++)
		wrap_item(options_help[i][0], options_help[i][1]);
	wrap("", "",
	     "\nExit status: 0 every case passed or was skipped; 1 one did not; 2 there is nothing "
	     "to judge, or wrong usage.");
}

static const struct program_carrier *find(const char *name)
{
	for (const struct program_carrier *at = program_carriers; at->name; at++) {
		if (strcmp(at->name, name) == 0)
			return at;
	}
	return NULL;
}

static int judge(int argc, char **argv)
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
		{"version", no_argument, NULL, 'V'},
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
	const char *word;
	int option;

	while ((word = argv[optind]) &&
	       (option = getopt_long(argc, argv, "+:hV", names, NULL)) != -1) {
		switch (option) {
		case 'c':
			carrier = find(optarg);
			if (!carrier)
				return program_complain("there is no carrier '%s'; see --help",
							optarg);
			break;
		case 'o':
			if (!*optarg) /* as a script's unset variable: not all cases */
				return program_status(-1, optarg);
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
			return PROGRAM_OK;
		case 'V':
			printf("cmdqv-conformance %s\n", cmdqv_version());
			return PROGRAM_OK;
		case ':':
			return program_complain("%s needs a value; see --help", word);
		default:
			return program_complain("there is no option '%s'; see --help", word);
		}
	}
	if (optind < argc)
		return program_complain("'%s' is no option; see --help", argv[optind]);
	if (!list)
		return carrier->run(&options);
	return program_status(conformance_list(&printer, options.only) ? 0 : -1, options.only);
}

int main(int argc, char **argv)
{
	opterr = 0;
	if (!standard_begin())
		return PROGRAM_CANNOT;
	return standard_end("cmdqv-conformance", judge(argc, argv));
}
