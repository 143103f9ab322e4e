/* SPDX-License-Identifier: BSD-2-Clause */
/* A report as one self-contained page: plots as inline SVG, no script, nothing to load. */
#ifndef BENCH_HTML_H
#define BENCH_HTML_H

#include "bench.h"

#include <stdio.h>

/* What it was measured on, and with. */
struct bench_place {
	char cpu[96];
	char kernel[96];
	char arch[32];
	const char *version; /* of the library */
	long cpus;
	double load; /* average of the minute before */
};

/* Is there the program that draws, gnuplot? */
bool bench_can_draw(void);

/* Writes the page. What could not be written shows in ferror(). Returns false: gnuplot failed. */
bool bench_write_html(FILE *to, const struct bench_report *report, const struct bench_place *place);

#endif
