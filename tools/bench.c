/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv bench: measures the library on this machine. What is measured lives in bench/;
 * here are the options and the two ways to print.
 */
#include <getopt.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmdqv/types.h>

#include "bench.h"
#include "html.h"
#include "page_file.h"
#include "tool.h"

#define SCHEMA "cmdqv-bench/1"

/* How the names of results begin. */
#define FAMILIES "machine, trap, error-map, queue, page0 or engine"

struct options {
	bool json;
	bool quick;
	const char *only;
	const char *html;
};

struct machine {
	char cpu[96];
	char kernel[96];
	char arch[32];
	long cpus;
	double load; /* average of the minute before */
};

static void print_help(void)
{
	puts("usage: cmdqv bench [--json] [--html FILE] [--only PREFIX] [--quick]\n\n"
	     "Measures what a trapped access, a bind, a map and the engine cost on this\n"
	     "machine: medians of repeated runs, and their bad end, which is the 99th\n"
	     "percentile of times and the 1st of rates. The exits themselves and the time of\n"
	     "KVM are not in the figures. Other work disturbs them: leave it two idle CPUs.\n\n"
	     "  --only PREFIX  only results whose name begins so, such as trap/read:\n"
	     "                 " FAMILIES "\n"
	     "  --quick        few runs: to try it out, not for figures\n"
	     "  --html FILE    also write one page with plots, for a browser\n"
	     "  --json         one JSON object, schema " SCHEMA "\n"
	     "  --help         this text");
}

enum {
	OPTION_JSON = 256,
	OPTION_QUICK,
	OPTION_ONLY,
	OPTION_HTML,
	OPTION_HELP,
};

/* Returns -1 to go on, else the exit status after it has said what is wrong. */
static int parse(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{"json", no_argument, NULL, OPTION_JSON},
		{"quick", no_argument, NULL, OPTION_QUICK},
		{"only", required_argument, NULL, OPTION_ONLY},
		{"html", required_argument, NULL, OPTION_HTML},
		{"help", no_argument, NULL, OPTION_HELP},
		{NULL, 0, NULL, 0},
	};
	int option;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
		switch (option) {
		case OPTION_JSON:
			options->json = true;
			break;
		case OPTION_QUICK:
			options->quick = true;
			break;
		case OPTION_ONLY:
			options->only = optarg;
			break;
		case OPTION_HTML:
			options->html = optarg;
			break;
		case OPTION_HELP:
			print_help();
			return TOOL_YES;
		default:
			return tool_wrong_option(options->json, SCHEMA, "bench", argv, option);
		}
	}
	if (optind < argc)
		return tool_give_up(options->json, SCHEMA,
				    "'%.100s' is no option; see 'cmdqv bench --help'",
				    argv[optind]);
	return -1;
}

/* The first "model name" of /proc/cpuinfo, or what there is. */
static void read_cpu(char *cpu, size_t bytes)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[256];

	snprintf(cpu, bytes, "unknown");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		const char *value = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || !value)
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(cpu, bytes, "%s", value + 2);
		break;
	}
	fclose(file);
}

static void read_machine(struct machine *machine)
{
	struct utsname name;

	*machine = (struct machine){.cpus = sysconf(_SC_NPROCESSORS_ONLN)};
	(void)getloadavg(&machine->load, 1);
	read_cpu(machine->cpu, sizeof(machine->cpu));
	if (uname(&name) == 0) {
		snprintf(machine->kernel, sizeof(machine->kernel), "%.60s %.30s", name.sysname,
			 name.release);
		snprintf(machine->arch, sizeof(machine->arch), "%.31s", name.machine);
	}
}

static void measure(struct bench_report *report)
{
	bench_machine(report);
	bench_trap(report);
	bench_queue(report);
	bench_engine(report);
	bench_latency(report);
	if (!report->complaint && report->count == 0)
		report->complaint =
			"no result has a name that begins so; a shorter --only shows some";
}

static struct json_object *result_json(const struct bench_result *result)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "name", json_object_new_string(result->name));
	json_object_object_add(object, "unit", json_object_new_string(result->unit));
	json_object_object_add(object, "median", json_object_new_double(result->median));
	json_object_object_add(object, "p99", json_object_new_double(result->p99));
	json_object_object_add(object, "runs", json_object_new_int64(result->runs));
	return object;
}

static struct json_object *machine_json(const struct machine *machine)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "cpu", json_object_new_string(machine->cpu));
	json_object_object_add(object, "cpus", json_object_new_int64(machine->cpus));
	json_object_object_add(object, "arch", json_object_new_string(machine->arch));
	json_object_object_add(object, "kernel", json_object_new_string(machine->kernel));
	json_object_object_add(object, "load", json_object_new_double(machine->load));
	return object;
}

static void print_json(const struct machine *machine, const struct bench_report *report)
{
	struct json_object *object = tool_json_new(SCHEMA);
	struct json_object *results = json_object_new_array();

	if (report->complaint)
		tool_json_verdict(object, "failed", report->complaint);
	for (size_t i = 0; i < report->count; i++)
		json_object_array_add(results, result_json(&report->results[i]));
	json_object_object_add(object, "machine", machine_json(machine));
	json_object_object_add(object, "results", results);
	tool_json_print(object);
}

static void print_machine(const struct machine *machine)
{
	printf("%s\n%ld CPUs, %s, load average %.1f before it began\n", machine->cpu, machine->cpus,
	       machine->kernel, machine->load);
	if (bench_is_disturbed(machine->load, machine->cpus))
		puts("Other work disturbs these figures: measure again on a quiet machine.");
}

static int longest_name(const struct bench_report *report)
{
	size_t longest = 0;

	for (size_t i = 0; i < report->count; i++) {
		size_t length = strlen(report->results[i].name);

		longest = length > longest ? length : longest;
	}
	return (int)longest;
}

static void print_text(const struct machine *machine, const struct bench_report *report)
{
	int width = longest_name(report);

	print_machine(machine);
	printf("The bad end is the 99th percentile, of rates (M/s) the 1st.\n\n"
	       "%-*s  %10s  %10s\n",
	       width, "what", "median", "bad end");
	for (size_t i = 0; i < report->count; i++) {
		const struct bench_result *result = &report->results[i];
		char median[32];
		char bad[32];

		bench_format(median, sizeof(median), result->median, result->unit);
		bench_format(bad, sizeof(bad), result->p99, result->unit);
		printf("%-*s  %10s  %10s\n", width, result->name, median, bad);
	}
}

static bool is_any_wanted(const struct bench_report *report)
{
	static const char *const families[] = {"machine/", "trap/",  "error-map/",
					       "queue/",   "page0/", "engine/"};
	bool wanted = false;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		wanted |= bench_wanted(report, families[i]);
	return wanted;
}

/* Before anything is measured: a wrong name should not cost minutes. */
static const char *try_html(const char *name)
{
	struct page_file file;
	const char *why = page_file_begin(&file, name);

	if (!why)
		page_file_drop(&file);
	return why;
}

static void write_html(const char *name, const struct machine *machine, struct bench_report *report)
{
	const struct bench_place place = {
		.cpu = machine->cpu,
		.kernel = machine->kernel,
		.arch = machine->arch,
		.version = cmdqv_version(),
		.cpus = machine->cpus,
		.load = machine->load,
	};
	struct page_file file;
	const char *why = page_file_begin(&file, name);

	if (!why) {
		bench_write_html(file.stream, report, &place);
		why = page_file_end(&file);
	}
	if (why)
		report->complaint = "the page could not be written: is there space left?";
}

static int report_all(const struct options *options, const struct machine *machine,
		      const struct bench_report *report)
{
	if (options->json)
		print_json(machine, report);
	else if (report->count > 0)
		print_text(machine, report);
	if (report->complaint && !options->json)
		tool_complain("%s", report->complaint);
	return report->complaint ? TOOL_USAGE : TOOL_YES;
}

static int run(int argc, char **argv)
{
	struct options options = {.json = tool_has_option(argc, argv, "--json")};
	struct bench_report report = {0};
	struct machine machine;
	const char *why = NULL;
	int status = parse(argc, argv, &options);

	if (status >= 0)
		return status;
	report.quick = options.quick;
	report.only = options.only;
	if (!is_any_wanted(&report))
		return tool_give_up(options.json, SCHEMA, "--only must begin with " FAMILIES);
	if (options.html)
		why = try_html(options.html);
	if (why)
		return tool_give_up(options.json, SCHEMA, "cannot write '%s': %s", options.html,
				    why);
	read_machine(&machine);
	measure(&report);
	if (options.html && !report.complaint)
		write_html(options.html, &machine, &report);
	return report_all(&options, &machine, &report);
}

const struct tool tool_bench = {
	.name = "bench",
	.summary = "measure the library on this machine",
	.run = run,
};
