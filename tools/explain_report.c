/* SPDX-License-Identifier: BSD-2-Clause */
#include "explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void explain_take_advice(struct explain_finding *finding, const char *id, int weight)
{
	const struct explain_advice *advice = explain_advice(id);

	if (advice->what)
		explain_add(finding, "%s", advice->what);
	if (finding->id && finding->weight >= weight)
		return;
	finding->id = advice->id;
	finding->weight = weight;
	memcpy(finding->reasons, advice->reasons, sizeof(finding->reasons));
}

void explain_add(struct explain_finding *finding, const char *format, ...)
{
	size_t used = strlen(finding->what);
	va_list arguments;

	if (used > 0 && used + 1 < sizeof(finding->what)) {
		finding->what[used++] = ' ';
		finding->what[used] = '\0';
	}
	va_start(arguments, format);
	vsnprintf(finding->what + used, sizeof(finding->what) - used, format, arguments);
	va_end(arguments);
}

static bool is_same(const struct explain_finding *a, const struct explain_finding *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->what, b->what) == 0;
}

void explain_report_add(struct explain_report *report, const struct explain_finding *finding)
{
	for (size_t i = 0; i < report->count; i++) {
		if (is_same(&report->findings[i], finding)) {
			report->findings[i].count++;
			return;
		}
	}
	if (report->count == EXPLAIN_FINDINGS) {
		report->left_out++;
		return;
	}
	report->findings[report->count] = *finding;
	report->findings[report->count++].count = 1;
}
