/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page has a section for each question that the measurements answer, and a table of
 * all of them. A section without results is left out, so --only gives a small page.
 *
 * Two kinds of plots. Bars: one row a result, the median as a bar, the bad end (the 99th
 * percentile, of rates the 1st) as a tick on it, or as an arrow where it lies beyond the
 * plot; a dashed line in a row says what is to be reached there. A trade-off: points in a
 * plane, named by what was set.
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
	GOAL_ROW = 44, /* a row with a line for what is to be reached */
	HEAD = 8,      /* above the first row */
	FOOT = 24,     /* below the last one, for the scale */
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
	".key{margin:14px 0 0}"
	"dt{color:var(--dim)}dd{margin:0}"
	".wide{overflow-x:auto}"
	"svg{width:100%;min-width:760px;height:auto;display:block;font:13px system-ui,sans-serif}"
	"svg text{fill:var(--ink)}svg .dim{fill:var(--dim)}svg .goal{fill:var(--goal)}"
	"svg .bar{fill:var(--bar)}svg .hollow{fill:none;stroke:var(--tick);stroke-width:2}svg "
	".tick{stroke:var(--tick);stroke-width:2}"
	"svg .axis{stroke:var(--line)}svg .reach{stroke:var(--goal);stroke-dasharray:5 4}"
	"table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
	"th{text-align:left;color:var(--dim);font-weight:500}"
	"td,th{padding:3px 8px;border-bottom:1px solid var(--line)}"
	".number{text-align:right;white-space:nowrap}code{font-size:13px}";

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

static const struct bench_result *find(const struct bench_report *report, const char *name)
{
	for (size_t i = 0; i < report->count; i++)
		if (strcmp(report->results[i].name, name) == 0)
			return &report->results[i];
	return NULL;
}

/* ---- bars ---- */

/* One row: the result of that name, what to call it, and what is to be reached. */
struct row {
	const char *name;
	const char *label;
	const char *goal_text; /* NULL: no goal */
	double goal;
	const char *of; /* the goal is so many times this result's median; NULL: absolute */
};

struct bars {
	const char *title;
	const char *text;
	const struct row *rows;
	size_t count;
};

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

/* 0: none, or the result that it depends on is not there. */
static double goal_of(const struct bench_report *report, const struct row *row)
{
	const struct bench_result *of = row->of ? find(report, row->of) : NULL;

	if (!row->goal_text || (row->of && !of))
		return 0;
	return of ? row->goal * of->median : row->goal;
}

static double widest(const struct bench_report *report, const struct bars *bars)
{
	double most = 0;

	for (size_t i = 0; i < bars->count; i++) {
		const struct bench_result *result = find(report, bars->rows[i].name);
		double goal = goal_of(report, &bars->rows[i]);

		if (!result)
			continue;
		most = result->median > most ? result->median : most;
		most = goal > most ? goal : most;
	}
	return most * 1.15;
}

static const char *bad_end(const char *unit)
{
	return bench_is_rate(unit) ? "1st percentile" : "99th percentile";
}

/* Of rates the tick lies within the bar. */
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
	char bad[32];

	bench_format(median, sizeof(median), result->median, result->unit);
	bench_format(bad, sizeof(bad), result->p99, result->unit);
	fprintf(to, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", LABELS - 12,
		y + BAR - 3, label);
	fprintf(to, "<rect class=\"bar\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"3\"/>",
		LABELS, y, result->median * scale, BAR);
	if (result->runs > 1)
		write_tick(to, LABELS + result->p99 * scale, most_x, y);
	fprintf(to, "<text x=\"%.0f\" y=\"%d\">%s", most_x + 14, y + BAR - 3, median);
	if (result->runs > 1)
		fprintf(to, "<tspan class=\"dim\"> · %s %s</tspan>", bad_end(result->unit), bad);
	fputs("</text>\n", to);
}

/* Across its own row only: other rows may have another goal. */
static void write_goal(FILE *to, const struct row *row, double goal, double scale, int y)
{
	double x = LABELS + goal * scale;

	fprintf(to, "<line class=\"reach\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x, x,
		y - 6, y + GOAL_ROW - 14);
	fprintf(to, "<text class=\"goal\" x=\"%d\" y=\"%d\">%s</text>\n", WIDTH - VALUES + 14,
		y + BAR + 12, row->goal_text);
}

/* Lines from top to bottom, and what they stand for. */
static void write_scale(FILE *to, double most, const char *unit, int height)
{
	double one = strcmp(unit, "bytes") == 0 ? 1024 : 1;
	double step = round_up(most / one / TICKS) * one;
	double scale = (WIDTH - VALUES - LABELS) / most;

	for (int i = 0; i * step <= most; i++) {
		double x = LABELS + i * step * scale;
		char text[32] = "0";

		if (i > 0)
			bench_format(text, sizeof(text), i * step, unit);
		fprintf(to,
			"<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\"/>"
			"<text class=\"dim\" x=\"%.1f\" y=\"%d\" "
			"text-anchor=\"middle\">%s</text>\n",
			x, x, height - FOOT + 4, x, height - 6, text);
	}
}

static void write_head(FILE *to, const char *title, const char *text)
{
	fprintf(to, "<section><h2>%s</h2><p>%s</p>\n", title, text);
}

static void begin_plot(FILE *to, int height)
{
	fprintf(to, "<div class=\"wide\"><svg viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH,
		height);
}

static void end_plot(FILE *to)
{
	fputs("</svg></div></section>\n", to);
}

static int row_height(const struct bench_report *report, const struct row *row)
{
	if (!find(report, row->name))
		return 0;
	return goal_of(report, row) > 0 ? GOAL_ROW : ROW;
}

static void write_rows(FILE *to, const struct bench_report *report, const struct bars *bars,
		       double scale)
{
	int y = HEAD;

	for (size_t i = 0; i < bars->count; i++) {
		const struct row *row = &bars->rows[i];
		const struct bench_result *result = find(report, row->name);
		double goal = goal_of(report, row);

		if (!result)
			continue;
		write_row(to, result, row->label, scale, y);
		if (goal > 0)
			write_goal(to, row, goal, scale, y);
		y += row_height(report, row);
	}
}

static void write_bars(FILE *to, const struct bench_report *report, const struct bars *bars)
{
	const struct bench_result *any = NULL;
	double most = widest(report, bars);
	int height = HEAD + FOOT;

	for (size_t i = 0; i < bars->count; i++) {
		height += row_height(report, &bars->rows[i]);
		any = any ? any : find(report, bars->rows[i].name);
	}
	if (!any)
		return;
	write_head(to, bars->title, bars->text);
	begin_plot(to, height);
	write_scale(to, most, any->unit, height);
	write_rows(to, report, bars, (WIDTH - VALUES - LABELS) / most);
	end_plot(to);
}

/* ---- what waiting costs, against how soon the engine answers ---- */

struct point {
	unsigned int us; /* the sleep interval */
	double wait_us;
	double percent;
	double sleep_only; /* percent too; 0: unknown */
};

enum { INTERVALS = 5 };

static size_t collect_points(const struct bench_report *report, struct point points[INTERVALS])
{
	static const unsigned int intervals_us[INTERVALS] = {100, 250, 500, 1000, 2000};
	size_t count = 0;

	for (size_t i = 0; i < INTERVALS; i++) {
		const struct bench_result *cpu;
		const struct bench_result *first;
		const struct bench_result *only;
		char name[64];

		snprintf(name, sizeof(name), "engine/idle/%uus/cpu", intervals_us[i]);
		cpu = find(report, name);
		snprintf(name, sizeof(name), "engine/idle/%uus/first-command", intervals_us[i]);
		first = find(report, name);
		snprintf(name, sizeof(name), "engine/idle/%uus/sleep-only", intervals_us[i]);
		only = find(report, name);
		if (cpu && first)
			points[count++] = (struct point){
				.us = intervals_us[i],
				.wait_us = first->median / 1e3,
				.percent = cpu->median,
				.sleep_only = only ? only->median : 0,
			};
	}
	return count;
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
			"us</text>\n",
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
		bool left = x > WIDTH - 160; /* no room at the right */

		if (points[i].sleep_only > 0)
			fprintf(to, "<circle class=\"hollow\" cx=\"%.1f\" cy=\"%.1f\" r=\"8\"/>", x,
				plane_y(points[i].sleep_only, most_y));
		fprintf(to, "<circle class=\"bar\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>", x, y);
		fprintf(to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">sleeps %u us</text>\n",
			left ? x - 14 : x + 14, y - 8, left ? "end" : "start", points[i].us);
	}
}

/* Does each longer sleep cost less and answer later? */
static bool is_in_order(const struct point *points, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (points[i].percent >= points[i - 1].percent ||
		    points[i].wait_us <= points[i - 1].wait_us)
			return false;
	return true;
}

static void write_trade_off_head(FILE *to, bool in_order)
{
	fputs("<section><h2>What idling costs</h2><p>An engine that finds nothing sleeps and looks "
	      "again, here at 126 idle queues. ",
	      to);
	fputs(in_order ? "The longer it sleeps the less it costs, and the longer the first command "
			 "waits. "
		       : "A longer sleep should cost less, and let the first command wait longer. "
			 "These figures are not in that order: something else took the CPUs. ",
	      to);
	fputs("The hollow circle is a thread that sleeps as long and never looks: what "
	      "sleeping costs on this machine. <code>engine/idle/look</code> in the table is a "
	      "look.</p>\n",
	      to);
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
		most_y = points[i].sleep_only > most_y ? points[i].sleep_only : most_y;
	}
	most_x = round_up(most_x * 1.1);
	most_y = round_up(most_y * 1.1);
	write_trade_off_head(to, is_in_order(points, count));
	begin_plot(to, PLANE_HEIGHT);
	write_axes(to, most_x, most_y);
	write_points(to, points, count, most_x, most_y);
	end_plot(to);
}

/* ---- the sections ---- */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void write_rates(FILE *to, const struct bench_report *report)
{
	static const struct row queues[] = {
		{"engine/commands-per-second/q1", "1 queue", "to reach: 20 M/s", 20e6, NULL},
		{"engine/commands-per-second/q8", "8 queues", "to reach: within 10 % of 1 queue",
		 0.9, "engine/commands-per-second/q1"},
		{"engine/commands-per-second/q32", "32 queues", "to reach: within 10 % of 1 queue",
		 0.9, "engine/commands-per-second/q1"},
		{"engine/commands-per-second/q126", "126 queues of 63 VMs",
		 "to reach: within 10 % of 1 queue", 0.9, "engine/commands-per-second/q1"},
	};
	static const struct row count_only[] = {
		{.name = "engine/commands-per-second/count-only/q1", .label = "1 queue"},
		{.name = "engine/commands-per-second/count-only/q126",
		 .label = "126 queues of 63 VMs"},
	};
	static const struct row kinds[] = {
		{.name = "engine/commands-per-second/q1/tlbi-nh-va-hit",
		 .label = "TLBI_NH_VA, cached"},
		{.name = "engine/commands-per-second/q1/tlbi-nh-va-miss",
		 .label = "TLBI_NH_VA, not cached"},
		{.name = "engine/commands-per-second/q1/tlbi-nh-asid",
		 .label = "TLBI_NH_ASID, not cached"},
		{.name = "engine/commands-per-second/q1/atc-inv", .label = "ATC_INV, not cached"},
		{.name = "engine/commands-per-second/q1/cmd-sync", .label = "CMD_SYNC"},
	};

	write_bars(to, report,
		   &(struct bars){"Commands per second, by busy queues",
				  "Full rings of 256, batches of 63 TLBI_NH_VA and a CMD_SYNC, "
				  "a TLB of 64 Ki entries of which every second TLBI hits one. "
				  "More is better.",
				  queues, COUNT(queues)});
	write_bars(to, report,
		   &(struct bars){"Commands per second, by kind",
				  "One queue, and the same SMMU. More is better.", kinds,
				  COUNT(kinds)});
	write_bars(to, report,
		   &(struct bars){"The engine alone",
				  "The same rings with no SMMU behind them: commands are fetched, "
				  "decoded and counted.",
				  count_only, COUNT(count_only)});
}

static void write_latency(FILE *to, const struct bench_report *report)
{
	static const struct row rows[] = {
		{.name = "machine/line-transfer", .label = "one cache line, core to core"},
		{"engine/prod-to-cons", "PROD to CONS, alone", "to reach: 4 line transfers", 4,
		 "machine/line-transfer"},
		{"engine/prod-to-cons/idle125", "beside 125 idle queues",
		 "to reach: 4 line transfers", 4, "machine/line-transfer"},
	};

	write_bars(to, report,
		   &(struct bars){"From PROD to CONS",
				  "A guest stores PROD into its mapped page and sees CONS move; "
				  "the engine spins on another core. Less is better.",
				  rows, COUNT(rows)});
	write_trade_off(to, report);
}

static void write_memory(FILE *to, const struct bench_report *report)
{
	static const struct row rows[] = {{"engine/vintf-bytes", "a VINTF with its device",
					   "at most: 80 KiB", 80 * 1024, NULL}};

	write_bars(to, report,
		   &(struct bars){"Memory",
				  "The shared page of 64 KiB, and all that model, host and device "
				  "keep for a VM.",
				  rows, COUNT(rows)});
}

static void write_traps(FILE *to, const struct bench_report *report)
{
	static const struct row traps[] = {
		{.name = "trap/read/config", .label = "read CONFIG"},
		{.name = "trap/read/vintf-status", .label = "read VINTF_STATUS"},
		{.name = "trap/read/error-map", .label = "read LVCMDQ_ERR_MAP"},
		{.name = "trap/read/cons", .label = "read CONS"},
		{.name = "trap/read/cons-direct", .label = "read CONS, direct"},
		{.name = "trap/read/base", .label = "read BASE"},
		{.name = "trap/write/config", .label = "write CONFIG"},
		{.name = "trap/write/alloc", .label = "write CMDQ_ALLOC"},
		{.name = "trap/write/vintf-config", .label = "write VINTF_CONFIG"},
		{.name = "trap/write/prod", .label = "write PROD"},
		{.name = "trap/write/prod-direct", .label = "write PROD, direct"},
		{.name = "trap/write/base", .label = "write BASE"},
	};
	static const struct row moves[] = {
		{.name = "queue/bind", .label = "bind a queue"},
		{.name = "queue/unbind", .label = "unbind a queue"},
		{.name = "page0/map", .label = "map page 0"},
		{.name = "page0/unmap", .label = "withdraw page 0"},
		{.name = "error-map/read/q128", .label = "error map of 128 queues"},
		{.name = "error-map/any/q128", .label = "any error of 128 queues"},
	};

	write_bars(to, report,
		   &(struct bars){"What a trapped access costs in the device",
				  "Without the exit itself and what a VMM adds. Less is better.",
				  traps, COUNT(traps)});
	write_bars(to, report,
		   &(struct bars){"What a guest's configuration costs",
				  "On the software backend, with a VMM whose callbacks do nothing. "
				  "Less is better.",
				  moves, COUNT(moves)});
}

static void write_table(FILE *to, const struct bench_report *report)
{
	write_head(to, "Everything",
		   "Medians, and the bad end: the 99th percentile, of rates (M/s) the 1st.");
	fputs("<div class=\"wide\"><table><tr><th>what</th><th class=\"number\">median</th><th "
	      "class=\"number\">bad end</th><th class=\"number\">runs</th></tr>\n",
	      to);
	for (size_t i = 0; i < report->count; i++) {
		const struct bench_result *result = &report->results[i];
		char median[32];
		char bad[32];

		bench_format(median, sizeof(median), result->median, result->unit);
		bench_format(bad, sizeof(bad), result->p99, result->unit);
		fputs("<tr><td><code>", to);
		write_escaped(to, result->name);
		fprintf(to,
			"</code></td><td class=\"number\">%s</td><td class=\"number\">%s</td><td "
			"class=\"number\">%" PRIu32 "</td></tr>\n",
			median, bad, result->runs);
	}
	fputs("</table></div></section>\n", to);
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
	char load[128];

	snprintf(cpus, sizeof(cpus), "%ld", place->cpus);
	fputs("<h1>cmdqv bench</h1><p>A Tegra241 CMDQV in software, measured.</p><dl>", to);
	write_fact(to, "processor", place->cpu);
	write_fact(to, "CPUs", cpus);
	write_fact(to, "architecture", place->arch);
	write_fact(to, "kernel", place->kernel);
	write_fact(to, "libcmdqv", place->version);
	snprintf(load, sizeof(load), "%.1f before it began%s", place->load,
		 bench_is_disturbed(place->load, place->cpus)
			 ? ": other work disturbs these figures; measure again on a quiet machine"
			 : "");
	write_fact(to, "load average", load);
	if (report->quick)
		write_fact(to, "runs", "few (--quick): to look at, not for figures");
	fputs("</dl>\n<p class=\"key\">A bar is the median of the runs. The tick on it is the bad "
	      "end: of "
	      "a hundred runs one was worse, which is the 99th percentile of times and the 1st of "
	      "rates. ▸ stands for a tick beyond the plot. A dashed line is what is to be reached "
	      "in that row.</p>\n",
	      to);
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
