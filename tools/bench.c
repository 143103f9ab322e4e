/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv bench: measures the library on this machine. What is measured lives in bench/;
 * here are the options and the two ways to print.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmdqv/types.h>

#include "bench.h"
#include "html.h"
#include "tool.h"

#define SCHEMA "cmdqv-bench/1"

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
};

static void print_help(void)
{
	puts("usage: cmdqv bench [--json] [--html FILE] [--only PREFIX] [--quick]\n\n"
	     "Measures what a trapped access, a bind, a map and the engine cost on this\n"
	     "machine. Medians and 99th percentiles of repeated runs; the exits themselves\n"
	     "and the time of KVM are not in the figures.\n\n"
	     "  --only PREFIX  only results whose name begins so, such as trap/read\n"
	     "  --quick        few runs: to try it out, not for figures\n"
	     "  --html FILE    also write one page with plots, for a browser\n"
	     "  --json         one JSON object, schema " SCHEMA "\n"
	     "  --help         this text");
}

/* Returns -1 to go on, else the exit status. */
static int parse(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{"json", no_argument, NULL, 'j'},	{"quick", no_argument, NULL, 'q'},
		{"only", required_argument, NULL, 'o'}, {"html", required_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'},	{NULL, 0, NULL, 0},
	};
	int option;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
		switch (option) {
		case 'j':
			options->json = true;
			break;
		case 'q':
			options->quick = true;
			break;
		case 'o':
			options->only = optarg;
			break;
		case 'w':
			options->html = optarg;
			break;
		case 'h':
			print_help();
			return TOOL_YES;
		default:
			return TOOL_USAGE;
		}
	}
	return optind < argc ? TOOL_USAGE : -1;
}

/* The first "model name" of /proc/cpuinfo, or what there is. */
static void read_cpu(char *cpu, size_t bytes)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
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
		report->complaint = "no result has a name that begins so";
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

static void print_number(double value)
{
	if (value >= 1e6)
		printf("%12.2f M", value / 1e6);
	else
		printf("%12.1f  ", value);
}

static void print_text(const struct machine *machine, const struct bench_report *report)
{
	printf("%s, %ld CPUs, %s\n\n%-32s%14s%14s  %s\n", machine->cpu, machine->cpus,
	       machine->kernel, "what", "median", "p99", "unit");
	for (size_t i = 0; i < report->count; i++) {
		const struct bench_result *result = &report->results[i];

		printf("%-32s", result->name);
		print_number(result->median);
		print_number(result->p99);
		printf("  %s\n", result->unit);
	}
}

static int refuse_usage(const struct options *options)
{
	static const char reason[] =
		"unknown or incomplete option; 'cmdqv bench --help' lists them";
	struct json_object *object;

	if (!options->json) {
		tool_complain("%s", reason);
		return TOOL_USAGE;
	}
	object = tool_json_new(SCHEMA);
	tool_json_verdict(object, "failed", reason);
	tool_json_print(object);
	return TOOL_USAGE;
}

/* Opened before anything is measured: a wrong name should not cost minutes. */
static FILE *open_html(const struct options *options, struct bench_report *report)
{
	FILE *file;

	if (!options->html)
		return NULL;
	file = fopen(options->html, "w");
	if (file)
		return file;
	tool_complain("cannot write '%s': %s", options->html, strerror(errno));
	report->complaint = "the page cannot be written: give --html a file that can be";
	return NULL;
}

static void write_html(FILE *file, const struct machine *machine, struct bench_report *report)
{
	const struct bench_place place = {
		.cpu = machine->cpu,
		.kernel = machine->kernel,
		.arch = machine->arch,
		.version = cmdqv_version(),
		.cpus = machine->cpus,
	};
	bool failed;

	if (!file)
		return;
	bench_write_html(file, report, &place);
	failed = ferror(file) != 0;
	if (fclose(file) || failed)
		report->complaint = "the page could not be written: is there space left?";
}

static int run(int argc, char **argv)
{
	struct options options = {.json = tool_has_option(argc, argv, "--json")};
	struct bench_report report = {0};
	struct machine machine;
	FILE *html;
	int status = parse(argc, argv, &options);

	if (status == TOOL_USAGE)
		return refuse_usage(&options);
	if (status >= 0)
		return status;
	report.quick = options.quick;
	report.only = options.only;
	read_machine(&machine);
	html = open_html(&options, &report);
	if (!report.complaint)
		measure(&report);
	write_html(html, &machine, &report);
	if (options.json)
		print_json(&machine, &report);
	else
		print_text(&machine, &report);
	if (report.complaint && !options.json)
		tool_complain("%s", report.complaint);
	return report.complaint ? TOOL_USAGE : TOOL_YES;
}

const struct tool tool_bench = {
	.name = "bench",
	.summary = "measure the library on this machine",
	.run = run,
};
