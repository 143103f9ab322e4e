/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 201, QUICK_RUNS = 5 };

/* With so many CPUs that they have no place in the set, there are more than two. */
long bench_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? sysconf(_SC_NPROCESSORS_ONLN)
						       : CPU_COUNT(&set);
}

uint64_t bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint32_t bench_runs(const struct bench_report *report)
{
	return report->quick ? QUICK_RUNS : RUNS;
}

static bool has_stopped(struct bench_report *report)
{
	if (report->is_stopped && !report->stopped)
		report->stopped = report->is_stopped(report->user);
	return report->stopped;
}

bool bench_wanted(struct bench_report *report, const char *prefix)
{
	size_t common;

	if (has_stopped(report))
		return false;
	if (!report->only)
		return true;
	common = strlen(report->only) < strlen(prefix) ? strlen(report->only) : strlen(prefix);
	return strncmp(report->only, prefix, common) == 0;
}

bool bench_is_rate(const char *unit)
{
	return strcmp(unit, "commands/s") == 0;
}

static void ns_format(char *text, size_t bytes, double ns)
{
	static const struct {
		double from;
		const char *name;
	} units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {0, "ns"}};
	size_t i = 0;
	double value;

	while (ns < units[i].from)
		i++;
	value = units[i].from > 0 ? ns / units[i].from : ns;
	snprintf(text, bytes,
		 value < 10    ? "%.2f %s"
		 : value < 100 ? "%.1f %s"
			       : "%.0f %s",
		 value, units[i].name);
}

void bench_format(char *text, size_t bytes, double value, const char *unit)
{
	if (strcmp(unit, "ns") == 0)
		ns_format(text, bytes, value);
	else if (bench_is_rate(unit))
		snprintf(text, bytes, "%.1f M/s", value / 1e6);
	else if (strcmp(unit, "bytes") == 0)
		snprintf(text, bytes, "%.1f KiB", value / 1024);
	else if (strcmp(unit, "% of a core") == 0)
		snprintf(text, bytes, "%.2f %%", value);
	else
		snprintf(text, bytes, "%.3g %s", value, unit);
}

bool bench_is_disturbed(double load, long cpus)
{
	double spare = cpus > 2 ? (double)cpus - 2 : 0;

	return load > spare + 0.5;
}

static int sample_compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void sorted_add(struct bench_report *report, const char *name, const char *unit,
		       const double *sorted, uint32_t count, uint32_t worse)
{
	struct bench_result *result = &report->results[report->count];

	if (report->count == BENCH_MAX_RESULTS) {
		report->complaint = "more results than the report holds";
		return;
	}
	*result = (struct bench_result){
		.unit = unit,
		.median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2,
		.p99 = sorted[worse],
		.runs = count,
	};
	snprintf(result->name, sizeof(result->name), "%s", name);
	report->count++;
	if (report->added)
		report->added(report->user, report);
}

static bool is_asked_for(const struct bench_report *report, const char *name)
{
	return !report->only || strncmp(name, report->only, strlen(report->only)) == 0;
}

/* How many of so many samples lie beyond the bad end: one of a hundred, rounded down. */
static uint32_t beyond(uint32_t count)
{
	return count / 100;
}

void bench_add(struct bench_report *report, const char *name, const char *unit, double *samples,
	       uint32_t count)
{
	if (count == 0 || !is_asked_for(report, name))
		return;
	qsort(samples, count, sizeof(*samples), sample_compare);
	sorted_add(report, name, unit, samples, count,
		   bench_is_rate(unit) ? beyond(count) : count - 1 - beyond(count));
}

double bench_sample(void (*turn)(void *context), void *context, uint32_t iterations)
{
	uint64_t start = bench_now_ns();

	for (uint32_t i = 0; i < iterations; i++)
		turn(context);
	return (double)(bench_now_ns() - start) / iterations;
}

void bench_time(struct bench_report *report, const char *name, void (*turn)(void *context),
		void *context, uint32_t iterations)
{
	double samples[RUNS];
	uint32_t runs = bench_runs(report);

	if (!is_asked_for(report, name) || has_stopped(report))
		return;
	(void)bench_sample(turn, context, iterations);
	for (uint32_t run = 0; run < runs; run++)
		samples[run] = bench_sample(turn, context, iterations);
	bench_add(report, name, "ns", samples, runs);
}
