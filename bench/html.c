/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page has a section for each question that the measurements answer, and a table of
 * all of them. A section without results is left out, so --only gives a small page.
 *
 * Two kinds of plots. Bars: one row a result, the median as a bar, the worse end (99th
 * percentile) as a tick on it, or as an arrow where it lies beyond the plot; a dashed line
 * says what is to be reached. A trade-off: points in a plane, named by what was set.
 */
#include "html.h"

#include <inttypes.h>
#include <string.h>

enum {
	WIDTH = 900,
	LABELS = 250, /* width of the column of names, */
	VALUES = 250, /*   and of that of figures */
	ROW = 30,
	BAR = 16,
	HEAD = 26, /* above the first row, for what the dashed line says */
	PLANE_HEIGHT = 340,
	PLANE_LEFT = 70,
	PLANE_BOTTOM = 50,
	PLANE_TOP = 20,
	TICKS = 5,
};

static const char style[] =
	":root{--ink:#1d2430;--dim:#667085;--line:#e2e6ee;--bar:#3d6fd6;--tick:#14316f;"
	"--goal:#c2410c;--paper:#fff;--card:#f7f8fb}"
	"@media(prefers-color-scheme:dark){:root{--ink:#e6e9f0;--dim:#98a2b5;--line:#2d3443;"
	"--bar:#6b96f0;--tick:#d5e1ff;--goal:#fb923c;--paper:#12161f;--card:#1a202c}}"
	"body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
	"max-width:960px;margin:40px auto;padding:0 20px}"
	"h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:0 0 2px}"
	"p{margin:0 0 12px;color:var(--dim)}"
	"section{background:var(--card);border:1px solid var(--line);border-radius:10px;"
	"padding:18px 20px;margin:22px 0}"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:14px 0 0}"
	"dt{color:var(--dim)}dd{margin:0}"
	"svg{width:100%;height:auto;display:block;font:13px system-ui,sans-serif}"
	"svg text{fill:var(--ink)}svg .dim{fill:var(--dim)}svg .goal{fill:var(--goal)}"
	"svg .bar{fill:var(--bar)}svg .tick{stroke:var(--tick);stroke-width:2}"
	"svg .axis{stroke:var(--line)}svg .reach{stroke:var(--goal);stroke-dasharray:5 4}"
	"table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
	"th{text-align:left;color:var(--dim);font-weight:500}"
	"td,th{padding:3px 8px;border-bottom:1px solid var(--line)}"
	".number{text-align:right}code{font-size:13px}";

/* ---- words and figures ---- */

static void write_escaped(FILE *to, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		default:
			fputc(*text, to);
		}
	}
}

static bool is_unit(const char *unit, const char *name)
{
	return strcmp(unit, name) == 0;
}

/* A figure with its unit, in three digits or so. */
static void format_value(char *text, size_t bytes, double value, const char *unit)
{
	if (is_unit(unit, "ns") && value >= 1e6)
		snprintf(text, bytes, "%.2f ms", value / 1e6);
	else if (is_unit(unit, "ns") && value >= 1e4)
		snprintf(text, bytes, "%.0f µs", value / 1e3);
	else if (is_unit(unit, "ns"))
		snprintf(text, bytes, value < 100 ? "%.1f ns" : "%.0f ns", value);
	else if (is_unit(unit, "commands/s"))
		snprintf(text, bytes, "%.1f M/s", value / 1e6);
	else if (is_unit(unit, "bytes"))
		snprintf(text, bytes, "%.1f KiB", value / 1024);
	else if (is_unit(unit, "% of a core"))
		snprintf(text, bytes, "%.2f %%", value);
	else
		snprintf(text, bytes, "%.3g %s", value, unit);
}

static const struct bench_result *find(const struct bench_report *report, const char *name)
{
	for (size_t i = 0; i < report->count; i++)
		if (strcmp(report->results[i].name, name) == 0)
			return &report->results[i];
	return NULL;
}

/* ---- bars ---- */

/* One row: the result of that name, and what to call it. */
struct row {
	const char *name;
	const char *label;
};

struct bars {
	const char *title;
	const char *text;
	const struct row *rows;
	size_t count;
	double goal; /* 0: none */
	const char *goal_text;
};

static double widest(const struct bench_report *report, const struct bars *bars)
{
	double most = bars->goal;

	for (size_t i = 0; i < bars->count; i++) {
		const struct bench_result *result = find(report, bars->rows[i].name);

		if (result && result->median > most)
			most = result->median;
	}
	return most * 1.15;
}

/* The 99th percentile is the 1st of rates, so it may lie within the bar. */
static void write_tick(FILE *to, double x, double most_x, int y)
{
	if (x <= most_x)
		fprintf(to, "<line class=\"tick\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x,
			x, y - 3, y + BAR + 3);
	else
		fprintf(to, "<text class=\"dim\" x=\"%.1f\" y=\"%d\" text-anchor=\"end\">▸</text>",
			most_x, y + BAR - 3);
}

static void write_row(FILE *to, const struct bench_result *result, const char *label, double scale,
		      int y)
{
	double most_x = WIDTH - VALUES;
	char median[32];
	char p99[32];

	format_value(median, sizeof(median), result->median, result->unit);
	format_value(p99, sizeof(p99), result->p99, result->unit);
	fprintf(to, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", LABELS - 12,
		y + BAR - 3, label);
	fprintf(to, "<rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"3\"/>",
		LABELS, y, result->median * scale, BAR);
	if (result->runs > 1)
		write_tick(to, LABELS + result->p99 * scale, most_x, y);
	fprintf(to, "<text x=\"%.0f\" y=\"%d\">%s", most_x + 14, y + BAR - 3, median);
	if (result->runs > 1)
		fprintf(to, "<tspan class=\"dim\"> · p99 %s</tspan>", p99);
	fputs("</text>\n", to);
}

static void write_goal(FILE *to, const struct bars *bars, double scale, int height)
{
	double x = LABELS + bars->goal * scale;

	fprintf(to, "<line class=\"reach\" x1=\"%.1f\" x2=\"%.1f\" y1=\"18\" y2=\"%d\"/>", x, x,
		height);
	fprintf(to, "<text class=\"goal\" x=\"%.1f\" y=\"12\" text-anchor=\"middle\">%s</text>\n",
		x, bars->goal_text);
}

static size_t rows_present(const struct bench_report *report, const struct bars *bars)
{
	size_t present = 0;

	for (size_t i = 0; i < bars->count; i++)
		present += find(report, bars->rows[i].name) != NULL;
	return present;
}

static void write_head(FILE *to, const char *title, const char *text)
{
	fprintf(to, "<section><h2>%s</h2><p>%s</p>\n", title, text);
}

static void write_bars(FILE *to, const struct bench_report *report, const struct bars *bars)
{
	size_t present = rows_present(report, bars);
	int height = HEAD + (int)present * ROW;
	double scale = (WIDTH - VALUES - LABELS) / widest(report, bars);
	int y = HEAD;

	if (!present)
		return;
	write_head(to, bars->title, bars->text);
	fprintf(to, "<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH, height);
	fprintf(to, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"18\" y2=\"%d\"/>\n", LABELS,
		LABELS, height);
	for (size_t i = 0; i < bars->count; i++) {
		const struct bench_result *result = find(report, bars->rows[i].name);

		if (!result)
			continue;
		write_row(to, result, bars->rows[i].label, scale, y);
		y += ROW;
	}
	if (bars->goal > 0)
		write_goal(to, bars, scale, height);
	fputs("</svg></section>\n", to);
}

/* ---- what waiting costs, against how soon the engine answers ---- */

struct point {
	unsigned int us; /* the sleep interval */
	double wait_us;
	double percent;
};

enum { INTERVALS = 5 };

static size_t collect_points(const struct bench_report *report, struct point points[INTERVALS])
{
	static const unsigned int intervals_us[INTERVALS] = {100, 250, 500, 1000, 2000};
	size_t count = 0;

	for (size_t i = 0; i < INTERVALS; i++) {
		const struct bench_result *cpu;
		const struct bench_result *first;
		char name[64];

		snprintf(name, sizeof(name), "engine/idle/%uus/cpu", intervals_us[i]);
		cpu = find(report, name);
		snprintf(name, sizeof(name), "engine/idle/%uus/first-command", intervals_us[i]);
		first = find(report, name);
		if (cpu && first)
			points[count++] =
				(struct point){intervals_us[i], first->median / 1e3, cpu->median};
	}
	return count;
}

/* A round number that is not below `value`: 1, 2 or 5 times a power of ten. */
static double round_up(double value)
{
	static const double steps[] = {1, 2, 5};
	double power = 1e-3;

	if (value <= 0)
		return 1;
	for (;; power *= 10)
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
			if (steps[i] * power >= value)
				return steps[i] * power;
}

static double plane_x(double value, double most)
{
	return PLANE_LEFT + value / most * (WIDTH - PLANE_LEFT - 40);
}

static double plane_y(double value, double most)
{
	double height = PLANE_HEIGHT - PLANE_BOTTOM - PLANE_TOP;

	return PLANE_TOP + height - value / most * height;
}

static void write_axes(FILE *to, double most_x, double most_y)
{
	for (int i = 0; i <= TICKS; i++) {
		double value = most_y * i / TICKS;
		double y = plane_y(value, most_y);

		fprintf(to, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
			PLANE_LEFT, WIDTH - 40, y, y);
		fprintf(to,
			"<text class=\"dim\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2g "
			"%%</text>\n",
			PLANE_LEFT - 8, y + 4, value);
		value = most_x * i / TICKS;
		fprintf(to,
			"<text class=\"dim\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f "
			"µs</text>\n",
			plane_x(value, most_x), PLANE_HEIGHT - PLANE_BOTTOM + 20, value);
	}
	fprintf(to,
		"<text class=\"dim\" x=\"%d\" y=\"%d\" text-anchor=\"end\">first command waits, "
		"median</text>\n",
		WIDTH - 40, PLANE_HEIGHT - 8);
	fprintf(to, "<text class=\"dim\" x=\"%d\" y=\"12\">share of a core while idle</text>\n",
		PLANE_LEFT);
}

static void write_points(FILE *to, const struct point *points, size_t count, double most_x,
			 double most_y)
{
	for (size_t i = 0; i < count; i++) {
		double x = plane_x(points[i].wait_us, most_x);
		double y = plane_y(points[i].percent, most_y);

		fprintf(to, "<circle class=\"bar\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>", x, y);
		fprintf(to, "<text x=\"%.1f\" y=\"%.1f\">sleeps %u µs</text>\n", x + 10, y - 8,
			points[i].us);
	}
}

static void write_trade_off(FILE *to, const struct bench_report *report)
{
	struct point points[INTERVALS];
	size_t count = collect_points(report, points);
	double most_x = 0;
	double most_y = 0;

	if (count < 2)
		return;
	for (size_t i = 0; i < count; i++) {
		most_x = points[i].wait_us > most_x ? points[i].wait_us : most_x;
		most_y = points[i].percent > most_y ? points[i].percent : most_y;
	}
	most_x = round_up(most_x * 1.1);
	most_y = round_up(most_y * 1.1);
	write_head(to, "What idling costs",
		   "An engine that finds nothing sleeps and looks again, here at 126 idle queues. "
		   "The longer it sleeps the less it costs, and the longer the first command "
		   "waits. What a sleep costs by itself is <code>machine/sleep-cpu</code> in the "
		   "table.");
	fprintf(to, "<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH, PLANE_HEIGHT);
	write_axes(to, most_x, most_y);
	write_points(to, points, count, most_x, most_y);
	fputs("</svg></section>\n", to);
}

/* ---- the sections ---- */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void write_rates(FILE *to, const struct bench_report *report)
{
	static const struct row queues[] = {
		{"engine/commands-per-second/q1", "1 queue"},
		{"engine/commands-per-second/q8", "8 queues"},
		{"engine/commands-per-second/q32", "32 queues"},
		{"engine/commands-per-second/q126", "126 queues of 63 VMs"},
	};
	static const struct row count_only[] = {
		{"engine/commands-per-second/count-only/q1", "1 queue"},
		{"engine/commands-per-second/count-only/q126", "126 queues of 63 VMs"},
	};
	static const struct row kinds[] = {
		{"engine/commands-per-second/q1/tlbi-nh-va-hit", "TLBI_NH_VA, cached"},
		{"engine/commands-per-second/q1/tlbi-nh-va-miss", "TLBI_NH_VA, not cached"},
		{"engine/commands-per-second/q1/tlbi-nh-asid", "TLBI_NH_ASID, not cached"},
		{"engine/commands-per-second/q1/atc-inv", "ATC_INV, not cached"},
		{"engine/commands-per-second/q1/cmd-sync", "CMD_SYNC"},
	};

	write_bars(to, report,
		   &(struct bars){"Commands per second, by busy queues",
				  "Full rings of 256, batches of 63 TLBI_NH_VA and a CMD_SYNC, "
				  "a TLB of 64 Ki entries of which every second TLBI hits one. "
				  "More is better; the tick is the 1st percentile.",
				  queues, COUNT(queues), 20e6, "to reach: 20 M/s"});
	write_bars(to, report,
		   &(struct bars){"Commands per second, by kind",
				  "One queue, and the same SMMU. More is better.", kinds,
				  COUNT(kinds), 0, NULL});
	write_bars(to, report,
		   &(struct bars){"The engine alone",
				  "The same rings with no SMMU behind them: commands are fetched, "
				  "decoded and counted.",
				  count_only, COUNT(count_only), 0, NULL});
}

static void write_latency(FILE *to, const struct bench_report *report)
{
	static const struct row rows[] = {
		{"machine/line-transfer", "one cache line, core to core"},
		{"engine/prod-to-cons", "PROD to CONS, alone"},
		{"engine/prod-to-cons/idle125", "beside 125 idle queues"},
	};
	const struct bench_result *line = find(report, "machine/line-transfer");

	write_bars(to, report,
		   &(struct bars){"From PROD to CONS",
				  "A guest stores PROD into its mapped page and sees CONS move; "
				  "the engine spins on another core. Less is better; the tick is "
				  "the 99th percentile.",
				  rows, COUNT(rows), line ? 4 * line->median : 0,
				  "to reach: 4 line transfers"});
	write_trade_off(to, report);
}

static void write_memory(FILE *to, const struct bench_report *report)
{
	static const struct row rows[] = {{"engine/vintf-bytes", "a VINTF with its device"}};

	write_bars(to, report,
		   &(struct bars){"Memory",
				  "The shared page of 64 KiB, and all that model, host and device "
				  "keep for a VM.",
				  rows, COUNT(rows), 80 * 1024, "at most: 80 KiB"});
}

static void write_traps(FILE *to, const struct bench_report *report)
{
	static const struct row traps[] = {
		{"trap/read/config", "read CONFIG"},
		{"trap/read/vintf-status", "read VINTF_STATUS"},
		{"trap/read/error-map", "read LVCMDQ_ERR_MAP"},
		{"trap/read/cons", "read CONS"},
		{"trap/read/cons-direct", "read CONS, direct"},
		{"trap/read/base", "read BASE"},
		{"trap/write/config", "write CONFIG"},
		{"trap/write/alloc", "write CMDQ_ALLOC"},
		{"trap/write/vintf-config", "write VINTF_CONFIG"},
		{"trap/write/prod", "write PROD"},
		{"trap/write/prod-direct", "write PROD, direct"},
		{"trap/write/base", "write BASE"},
	};
	static const struct row moves[] = {
		{"queue/bind", "bind a queue"},
		{"queue/unbind", "unbind a queue"},
		{"page0/map", "map page 0"},
		{"page0/unmap", "withdraw page 0"},
		{"error-map/read/q128", "error map of 128 queues"},
		{"error-map/any/q128", "any error of 128 queues"},
	};

	write_bars(to, report,
		   &(struct bars){"What a trapped access costs in the device",
				  "Without the exit itself and what a VMM adds. Less is better.",
				  traps, COUNT(traps), 0, NULL});
	write_bars(to, report,
		   &(struct bars){"What a guest's configuration costs",
				  "On the software backend, with a VMM whose callbacks do nothing. "
				  "Less is better.",
				  moves, COUNT(moves), 0, NULL});
}

static void write_table(FILE *to, const struct bench_report *report)
{
	write_head(
		to, "Everything",
		"Medians; p99 is the worse end: the 99th percentile of times, the 1st of rates.");
	fputs("<table><tr><th>what</th><th class=\"number\">median</th><th "
	      "class=\"number\">p99</th><th class=\"number\">runs</th></tr>\n",
	      to);
	for (size_t i = 0; i < report->count; i++) {
		const struct bench_result *result = &report->results[i];
		char median[32];
		char p99[32];

		format_value(median, sizeof(median), result->median, result->unit);
		format_value(p99, sizeof(p99), result->p99, result->unit);
		fputs("<tr><td><code>", to);
		write_escaped(to, result->name);
		fprintf(to,
			"</code></td><td class=\"number\">%s</td><td class=\"number\">%s</td><td "
			"class=\"number\">%" PRIu32 "</td></tr>\n",
			median, p99, result->runs);
	}
	fputs("</table></section>\n", to);
}

static void write_fact(FILE *to, const char *name, const char *value)
{
	fprintf(to, "<dt>%s</dt><dd>", name);
	write_escaped(to, value);
	fputs("</dd>", to);
}

static void write_place(FILE *to, const struct bench_report *report,
			const struct bench_place *place)
{
	char cpus[32];

	snprintf(cpus, sizeof(cpus), "%ld", place->cpus);
	fputs("<h1>cmdqv bench</h1><p>A Tegra241 CMDQV in software, measured.</p><dl>", to);
	write_fact(to, "processor", place->cpu);
	write_fact(to, "CPUs", cpus);
	write_fact(to, "architecture", place->arch);
	write_fact(to, "kernel", place->kernel);
	write_fact(to, "libcmdqv", place->version);
	if (report->quick)
		write_fact(to, "runs", "few (--quick): to look at, not for figures");
	fputs("</dl>\n", to);
}

void bench_write_html(FILE *to, const struct bench_report *report, const struct bench_place *place)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	      "<meta name=\"viewport\" content=\"width=device-width\">"
	      "<title>cmdqv bench</title><style>",
	      to);
	fputs(style, to);
	fputs("</style></head><body>\n", to);
	write_place(to, report, place);
	write_rates(to, report);
	write_latency(to, report);
	write_memory(to, report);
	write_traps(to, report);
	write_table(to, report);
	fputs("</body></html>\n", to);
}
