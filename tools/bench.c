/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv bench: measures the library on this machine. What is measured lives in bench/;
 * here are the options and the two ways to print.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmdqv/types.h>

#include "bench.h"
#include "html.h"
#include "options.h"
#include "page_file.h"
#include "tool.h"
#include "wrap.h"

#define SCHEMA "cmdqv-bench/1"

#define INTERRUPTED "it was interrupted: not all was measured"

/* How the names of results begin. */
#define FAMILIES "machine, trap, error-map, queue, page0 or engine"

struct options {
	bool json;
	bool quick;
	const char *only;
	const char *html;
};

#define IN_OPTIONS(member) offsetof(struct options, member)

static const struct tool_option options_of_bench[] = {
	{"only", "PREFIX", .offset = IN_OPTIONS(only),
	 .help = "only results whose name begins so, such as trap/read: " FAMILIES},
	{"quick", .offset = IN_OPTIONS(quick), .help = "few runs: to try it out, not for figures"},
	{"html", "FILE", .offset = IN_OPTIONS(html),
	 .help = "also write one page with plots, for a browser; needs gnuplot"},
	{"json", .offset = IN_OPTIONS(json), .help = "print one JSON object, schema " SCHEMA},
	{.name = NULL},
};

static const struct tool_usage usage = {
	.command = "bench",
	.words = "[OPTION]...",
	.intro = "Measures what a trapped access, a bind, a map and the engine cost on this "
		 "machine: "
		 "medians of repeated runs, and their bad end, which is the 99th percentile of "
		 "times "
		 "and the 1st of rates. The exits themselves and the time of KVM are not in the "
		 "figures. Other work disturbs them: leave it two idle CPUs. Ctrl-C ends it after "
		 "the result under way.",
	.end = "Exit status: 0 all was measured; 2 wrong usage or environment; 3 it was "
	       "interrupted.",
	.schema = SCHEMA,
	.options = options_of_bench,
};

/* The first "model name" of /proc/cpuinfo, or what there is. */
static void cpu_read(char *cpu, size_t bytes)
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

static void machine_read(struct bench_place *place)
{
	struct utsname name;

	*place = (struct bench_place){
		.version = cmdqv_version(),
		.cpus = bench_cpus(),
	};
	(void)getloadavg(&place->load, 1);
	cpu_read(place->cpu, sizeof(place->cpu));
	if (uname(&name) == 0) {
		snprintf(place->kernel, sizeof(place->kernel), "%.60s %.30s", name.sysname,
			 name.release);
		snprintf(place->arch, sizeof(place->arch), "%.31s", name.machine);
	}
}

static void measure(struct bench_report *report)
{
	bench_machine(report);
	bench_trap(report);
	bench_queue(report);
	bench_engine(report);
	bench_latency(report);
	if (!report->complaint && !report->stopped && report->count == 0)
		report->complaint =
			bench_cpus() < 2
				? "no result has a name that begins so, or it takes two CPUs"
				: "no result has a name that begins so; a shorter --only shows "
				  "some";
}

static struct json_object *result_json(const struct bench_result *result)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "name", json_object_new_string(result->name));
	json_object_object_add(object, "unit", json_object_new_string(result->unit));
	json_object_object_add(object, "median", json_object_new_double(result->median));
	json_object_object_add(object, "p99", json_object_new_double(result->p99));
	json_object_object_add(object, "runs", tool_json_count(result->runs));
	return object;
}

static struct json_object *machine_json(const struct bench_place *place)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "cpu", json_object_new_string(place->cpu));
	json_object_object_add(object, "cpus", json_object_new_int64(place->cpus));
	json_object_object_add(object, "arch", json_object_new_string(place->arch));
	json_object_object_add(object, "kernel", json_object_new_string(place->kernel));
	json_object_object_add(object, "load", json_object_new_double(place->load));
	return object;
}

static void report_print_json(const struct bench_place *place, const struct bench_report *report)
{
	struct json_object *object = tool_json_new(SCHEMA);
	struct json_object *results = json_object_new_array();

	if (report->complaint)
		tool_json_verdict(object, "failed", report->complaint);
	else if (report->stopped)
		tool_json_verdict(object, "interrupted", INTERRUPTED);
	for (size_t i = 0; i < report->count; i++)
		json_object_array_add(results, result_json(&report->results[i]));
	json_object_object_add(object, "machine", machine_json(place));
	json_object_object_add(object, "results", results);
	tool_json_print(object);
}

static void machine_print(const struct bench_place *place)
{
	char text[320];

	snprintf(text, sizeof(text), "%ld CPU%s, %s, load average %.1f before it began",
		 place->cpus, tool_plural((uint64_t)place->cpus), place->kernel, place->load);
	wrap("", "", place->cpu);
	wrap("", "", text);
	if (bench_is_disturbed(place->load, place->cpus))
		wrap("", "",
		     "Other work disturbs these figures: measure again on a quiet machine.");
}

/* Of the name, beside two figures of 10 columns each; in a narrow terminal it has a line alone. */
enum { NAME_COLUMNS = 52, FIGURE_COLUMNS = 24 };

static int name_columns(void)
{
	size_t columns = wrap_columns(stdout);

	if (!columns || columns >= NAME_COLUMNS + FIGURE_COLUMNS)
		return NAME_COLUMNS;
	return columns > FIGURE_COLUMNS ? (int)columns - FIGURE_COLUMNS : 0;
}

static void row_print(const char *name, const char *median, const char *bad)
{
	int width = name_columns();

	if ((int)strlen(name) > width) {
		puts(name);
		name = "";
	}
	printf("%-*s  %10s  %10s\n", width, name, median, bad);
}

/* Rows are printed as they are measured, the head before the first. */
static void result_print(void *user, const struct bench_report *report)
{
	const struct bench_result *result = &report->results[report->count - 1];
	char median[32];
	char bad[32];

	if (report->count == 1) {
		machine_print(user);
		wrap("", "", "The bad end is the 99th percentile, of rates (M/s) the 1st.\n");
		row_print("what", "median", "bad end");
	}
	bench_format(median, sizeof(median), result->median, result->unit);
	bench_format(bad, sizeof(bad), result->p99, result->unit);
	row_print(result->name, median, bad);
	fflush(stdout);
}

static bool is_stopped(void *user)
{
	(void)user;
	return tool_interrupted();
}

static bool is_any_wanted(struct bench_report *report)
{
	static const char *const families[] = {"machine/", "trap/",  "error-map/",
					       "queue/",   "page0/", "engine/"};
	bool wanted = false;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		wanted |= bench_wanted(report, families[i]);
	return wanted;
}

/* Before anything is measured: a wrong name should not cost minutes. */
static const char *html_try(const char *name)
{
	struct page_file file;
	const char *why = page_file_begin(&file, name);

	if (!why)
		page_file_drop(&file);
	return why;
}

static void html_write(const char *name, const struct bench_place *place,
		       struct bench_report *report)
{
	struct page_file file;
	const char *why = page_file_begin(&file, name);

	if (!why && !bench_write_html(file.stream, report, place)) {
		page_file_drop(&file);
		report->complaint = "gnuplot or its script in TMPDIR failed: no page is written";
		return;
	}
	if (!why)
		why = page_file_end(&file);
	if (why)
		report->complaint = "the page could not be written: is there space left?";
}

static int report_finish(const struct options *options, const struct bench_place *place,
			 const struct bench_report *report)
{
	if (options->json)
		report_print_json(place, report);
	else if (report->complaint || report->stopped)
		tool_complain("%s", report->complaint ? report->complaint : INTERRUPTED);
	if (report->complaint)
		return TOOL_USAGE;
	return report->stopped ? TOOL_UNKNOWN : TOOL_YES;
}

static int run(int argc, char **argv)
{
	struct options options = {.only = NULL};
	struct bench_place place;
	struct bench_report report = {.user = &place, .is_stopped = is_stopped};
	const char *why = NULL;
	int status = tool_options_take(&usage, argc, argv, &options, NULL);

	if (status >= 0)
		return status;
	report.quick = options.quick;
	report.only = options.only;
	report.added = options.json ? NULL : result_print;
	if (!is_any_wanted(&report))
		return tool_give_up(options.json, SCHEMA, "--only must begin with " FAMILIES);
	if (options.html)
		why = html_try(options.html);
	if (why)
		return tool_give_up(options.json, SCHEMA, "cannot write '%s': %s", options.html,
				    why);
	if (options.html && !bench_can_draw())
		return tool_give_up(
			options.json, SCHEMA,
			"--html draws by gnuplot, which is not there: install gnuplot-nox");
	machine_read(&place);
	tool_hold_interrupts();
	measure(&report);
	/* A former page is worth more than a part of one. */
	if (options.html && !report.complaint && !report.stopped)
		html_write(options.html, &place, &report);
	return report_finish(&options, &place, &report);
}

const struct tool tool_bench = {
	.name = "bench",
	.summary = "measure the library on this machine",
	.run = run,
};
