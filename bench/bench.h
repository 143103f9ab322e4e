/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measurements of libcmdqv, by its public headers only.
 *
 * A measurement is a loop that is run many times; the median and the 99th percentile of
 * the runs are reported, for these machines are noisy and a mean says nothing. Each file
 * measures one thing and adds its results to the report.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench_result {
	char name[64];	  /* a path, such as "trap/read/config" */
	const char *unit; /* "ns", "commands/s" */
	double median;
	double p99; /* the bad end: the 99th percentile, of rates the 1st */
	uint32_t runs;
};

enum { BENCH_MAX_RESULTS = 160 };

/* A complaint, after whose it is. 63 VMs have their pages and event queues open. */
#define BENCH_NO_HOST                                                                              \
	"the software host did not open: it takes 256 descriptors (ulimit -n) and memory"

struct bench_report {
	struct bench_result results[BENCH_MAX_RESULTS];
	size_t count;
	bool quick;	       /* fewer runs: for tests of the tool, not for figures */
	const char *only;      /* measure only names that begin so; NULL: all */
	const char *complaint; /* why a measurement could not be made, or NULL */

	/* Unless NULL: told of each result as it is added, the last one; and asked before each
	 * measurement whether that was the last. */
	void (*added)(void *user, const struct bench_report *report);
	bool (*is_stopped)(void *user);
	void *user;
	bool stopped; /* it was: what is missing was not measured */
};

/* Nanoseconds of a clock that only goes forward. */
uint64_t bench_now_ns(void);

/* CPUs that this process may use. Guest and engine take two. */
long bench_cpus(void);

/* Runs of a timed loop: 201, or 5 when quick. */
uint32_t bench_runs(const struct bench_report *report);

/* Is any result whose name begins with `prefix` asked for, and is there still time? */
bool bench_wanted(struct bench_report *report, const char *prefix);

/*
 * Adds a result from `samples`, which it sorts: of rates the bad end is the least. Names that are
 * not asked for are dropped.
 */
void bench_add(struct bench_report *report, const char *name, const char *unit, double *samples,
	       uint32_t count);

/* Nanoseconds per turn of `iterations` turns, once. */
double bench_sample(void (*turn)(void *context), void *context, uint32_t iterations);

/*
 * Times `iterations` turns of `turn` per run and adds nanoseconds per turn. `turn` must
 * do the same work each time.
 */
void bench_time(struct bench_report *report, const char *name, void (*turn)(void *context),
		void *context, uint32_t iterations);

/* Rates are worse where they are less, all else where it is more. */
bool bench_is_rate(const char *unit);

/* How long the engines of engine/idle/...us sleep. */
enum { BENCH_INTERVALS = 5 };
extern const uint32_t bench_intervals_us[BENCH_INTERVALS];

/* A figure with its unit, in three digits or so, such as "12.5 us". */
void bench_format(char *text, size_t bytes, double value, const char *unit);

/*
 * Is other work likely to disturb what is measured, given the load average before it?
 * Guest and engine take two CPUs.
 */
bool bench_is_disturbed(double load, long cpus);

/* The measurements, one file each. */
void bench_machine(struct bench_report *report); /* machine/... */
void bench_trap(struct bench_report *report);	 /* trap/... */
void bench_queue(struct bench_report *report);	 /* queue/..., page0/... */
void bench_engine(struct bench_report *report);	 /* engine/commands-per-second/..., vintf-bytes */
void bench_latency(struct bench_report *report); /* engine/prod-to-cons..., engine/idle/... */

#endif
