/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page has a section for each plot of plots.def, one for what idling costs, and a table of all
 * results. A section without results is left out, so --only gives a small page. gnuplot draws; what
 * a plot shows also stands below it in words, with the goals that were reached or missed.
 *
 * A bar is a median, the dark tick the bad end (the 99th percentile, of rates the 1st), the red one
 * what is to be reached.
 */
#include "html.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 460, ROW = 26, FOOT = 46, PLANE_HEIGHT = 300 };

static const struct plot_row {
	const char *title; /* of a plot; of its bars NULL */
	const char *name;
	const char *text; /* the plot's, or the bar's label */
	const char *goal_text;
	double goal;
	const char *of; /* the goal is so many times this result's median; NULL: absolute */
} rows[] = {
#define PLOT(title, text) {title, NULL, text, NULL, 0, NULL},
#define BAR(name, label) {NULL, name, label, NULL, 0, NULL},
#define GOAL(name, label, text, value, of) {NULL, name, label, text, value, of},
#include "plots.def"
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const char style[] =
	"body{font:15px/1.5 system-ui,sans-serif;color:#1d2430;max-width:720px;margin:24px auto;"
	"padding:0 12px;overflow-wrap:anywhere}"
	"h1{font-size:24px;margin:0}h2{font-size:18px;margin:0}p,ul{margin:0 0 "
	"10px}ul{padding-left:"
	"20px}"
	"section{border:1px solid #dde2ec;border-radius:8px;padding:12px 14px;margin:18px 0}"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px}dt{color:#566074}dd{"
	"margin:0}"
	"svg{width:100%;height:auto;display:block}.missed{color:#b3310a;font-weight:600}"
	"table{border-collapse:collapse;width:100%}th{text-align:left}"
	"td,th{padding:2px 4px;border-bottom:1px solid "
	"#dde2ec}.number{text-align:right;white-space:"
	"nowrap}"
	"code{font-size:13px}";

static void write_escaped(FILE *to, const char *text)
{
	for (; *text; text++) {
		const char *special = strchr("&<>\"", *text);

		if (special)
			fprintf(to, "&#%d;", *special);
		else
			fputc(*text, to);
	}
}

static const struct bench_result *find(const struct bench_report *report, const char *name)
{
	for (size_t i = 0; name && i < report->count; i++)
		if (strcmp(report->results[i].name, name) == 0)
			return &report->results[i];
	return NULL;
}

/* NAN: none, or the result that it depends on is not there. */
static double goal_of(const struct bench_report *report, const struct plot_row *row)
{
	const struct bench_result *of = find(report, row->of);

	if (!row->goal_text || (row->of && !of))
		return NAN;
	return of ? row->goal * of->median : row->goal;
}

static bool is_missed(const struct bench_result *result, double goal)
{
	return bench_is_rate(result->unit) ? result->median < goal : result->median > goal;
}

/* ---- gnuplot ---- */

bool bench_can_draw(void)
{
	return system("gnuplot --version >/dev/null 2>&1") == 0; /* NOLINT: found by PATH */
}

/* A script for gnuplot, begun with what all plots share. Its name goes at once: no file is left. */
static FILE *begin_script(int height)
{
	const char *directory = getenv("TMPDIR");
	char name[PATH_MAX];
	int fd;
	FILE *script;

	snprintf(name, sizeof(name), "%s/cmdqv-plot-XXXXXX",
		 directory && *directory ? directory : "/tmp");
	fd = mkstemp(name);
	script = fd < 0 ? NULL : fdopen(fd, "w");
	if (fd >= 0)
		unlink(name);
	if (!script)
		return NULL;
	fprintf(script,
		"set terminal svg size %d,%d dynamic noenhanced font 'sans-serif,12'\n"
		"unset key\nset border 0\nset tics scale 0\nset grid lc rgb '#dde2ec'\n"
		"set style fill solid noborder\n",
		WIDTH, height);
	return script;
}

/*
 * Has the script drawn, and writes the SVG without its head, definitions and titles; ids would not
 * be unique in the page.
 */
static bool draw(FILE *to, FILE *script, const char *title)
{
	char command[64];
	char line[4096];
	bool within = false;
	bool defines = false;
	bool drawn = false;
	FILE *svg;

	if (fflush(script) || ferror(script)) {
		fclose(script);
		return false;
	}
	snprintf(command, sizeof(command), "gnuplot /dev/fd/%d", fileno(script));
	svg = popen(command, "r"); /* NOLINT: found by PATH */
	while (svg && fgets(line, sizeof(line), svg)) {
		char *id = strstr(line, " id=\"");

		defines = defines || strstr(line, "<defs>");
		if (strncmp(line, "<svg", 4) == 0) {
			within = true;
			fprintf(to, "<svg role=\"img\" aria-label=\"");
			write_escaped(to, title);
			fprintf(to, ": the words below say the same\"%s", line + 4);
		} else if (within && !defines && !strstr(line, "<title>")) {
			fprintf(to, "%.*s%s", (int)(id ? id - line : 0), line,
				id ? id + 5 + strcspn(id + 5, "\"") + 1 : line);
		}
		defines = defines && !strstr(line, "</defs>");
		drawn = drawn || strstr(line, "</svg>");
	}
	fclose(script);
	return svg && pclose(svg) == 0 && drawn;
}

/* Marks from 0 up to `most` with their unit. */
static void write_scale(FILE *script, double most, const char *unit)
{
	double power = pow(10, floor(log10(most / 4)));
	double step = power * (most / 4 / power > 5 ? 10 : most / 4 / power > 2 ? 5 : 2);

	fputs("set xtics (\"0\" 0", script);
	for (double at = step; at <= most; at += step) {
		char text[32];

		bench_format(text, sizeof(text), at, unit);
		fprintf(script, ",\"%s\" %g", text, at);
	}
	fputs(")\n", script);
}

/* ---- a plot of bars, and the same in words ---- */

static void write_words(FILE *to, const struct plot_row *row, const struct bench_result *result,
			double goal)
{
	char median[32];
	char bad[32];

	bench_format(median, sizeof(median), result->median, result->unit);
	bench_format(bad, sizeof(bad), result->p99, result->unit);
	fprintf(to, "<li>%s: %s", row->text, median);
	if (result->runs > 1)
		fprintf(to, " · %s percentile %s", bench_is_rate(result->unit) ? "1st" : "99th",
			bad);
	if (!isnan(goal))
		fprintf(to, "; <span>%s</span>, <span%s</span>", row->goal_text,
			is_missed(result, goal) ? " class=\"missed\">missed" : ">reached");
	fputs("</li>\n", to);
}

/* `first` is the plot's row; its bars follow. */
static bool write_plot(FILE *to, const struct bench_report *report, size_t first)
{
	const struct bench_result *any = NULL;
	double most = 0;
	int count = 0;
	FILE *script;

	for (size_t i = first + 1; i < ROWS && !rows[i].title; i++) {
		const struct bench_result *result = find(report, rows[i].name);

		if (!result)
			continue;
		any = result;
		count++;
		most = fmax(most, fmax(result->median, goal_of(report, &rows[i])));
	}
	if (!any)
		return true;
	script = begin_script(count * ROW + FOOT);
	if (!script)
		return false;
	most = most > 0 ? most * 1.3 : 1;
	write_scale(script, most, any->unit);
	fprintf(script,
		"set xrange [0:%g]\nset yrange [%g:-0.6]\nunset ytics\nset lmargin at screen 0.37\n"
		"set rmargin at screen 0.95\nset tmargin 0.3\nset grid noy\n$rows << END\n",
		most, count - 0.4);
	fprintf(to, "<section><h2>%s</h2><p>%s</p>\n", rows[first].title, rows[first].text);
	for (size_t i = first + 1; i < ROWS && !rows[i].title; i++) {
		const struct bench_result *result = find(report, rows[i].name);
		char median[32];

		if (!result)
			continue;
		bench_format(median, sizeof(median), result->median, result->unit);
		fprintf(script, "%g %g %g \"%s\" \"%s%s\"\n", result->median,
			goal_of(report, &rows[i]), result->runs > 1 ? result->p99 : NAN,
			rows[i].text, median, result->p99 > most ? " ▸" : "");
	}
	fputs("END\n"
	      "plot $rows using (0):0:(0):1:($0-0.3):($0+0.3) with boxxyerror lc rgb '#8fb0ee',"
	      " '' using 2:($0-0.45):(0):(0.9) with vectors nohead lw 2 lc rgb '#b3310a',"
	      " '' using 3:($0-0.4):(0):(0.8) with vectors nohead lw 2 lc rgb '#14316f',"
	      " '' using (0):0:4 with labels right offset -1,0,"
	      " '' using 1:0:5 with labels left offset 0.6,0\n",
	      script);
	if (!draw(to, script, rows[first].title))
		return false;
	fputs("<ul>\n", to);
	for (size_t i = first + 1; i < ROWS && !rows[i].title; i++)
		if (find(report, rows[i].name))
			write_words(to, &rows[i], find(report, rows[i].name),
				    goal_of(report, &rows[i]));
	fputs("</ul></section>\n", to);
	return true;
}

/* ---- what waiting costs, against how soon the engine answers ---- */

static const struct bench_result *find_interval(const struct bench_report *report, unsigned int us,
						const char *what)
{
	char name[64];

	snprintf(name, sizeof(name), "engine/idle/%uus/%s", us, what);
	return find(report, name);
}

static bool write_trade_off(FILE *to, const struct bench_report *report)
{
	static const char title[] = "What idling costs";
	const struct bench_result *last[2] = {NULL, NULL};
	bool in_order = true;
	unsigned int count = 0;
	char words[BENCH_INTERVALS * 128] = "";
	size_t used = 0;
	FILE *script = begin_script(PLANE_HEIGHT);

	if (!script)
		return false;
	fputs("set xrange [0:*]\nset yrange [0:*]\nset offsets 0,graph 0.25,graph 0.08,0\n"
	      "set xlabel 'the first command waits, us "
	      "(median)'\n"
	      "set ylabel 'share of a core while idle, %'\n$points << END\n",
	      script);
	for (size_t i = 0; i < BENCH_INTERVALS; i++) {
		const struct bench_result *cpu =
			find_interval(report, bench_intervals_us[i], "cpu");
		const struct bench_result *first =
			find_interval(report, bench_intervals_us[i], "first-command");
		const struct bench_result *only =
			find_interval(report, bench_intervals_us[i], "sleep-only");

		if (!cpu || !first)
			continue;
		in_order = in_order && (!last[0] || (cpu->median < last[0]->median &&
						     first->median > last[1]->median));
		last[0] = cpu;
		last[1] = first;
		count++;
		used += (size_t)snprintf(words + used, sizeof(words) - used,
					 "<li>sleeps %u us: waits %.0f us, costs %.2f %%</li>\n",
					 bench_intervals_us[i], first->median / 1e3, cpu->median);
		fprintf(script, "%g %g %g \"sleeps %u us\"\n", first->median / 1e3, cpu->median,
			only ? only->median : NAN, bench_intervals_us[i]);
	}
	fputs("END\nset style circle radius graph 0.012\n"
	      "plot $points using 1:3 with circles fs empty border lc rgb '#14316f',"
	      " '' using 1:2 with circles lc rgb '#3d6fd6',"
	      " '' using 1:2:4 with labels left offset 0.9,0.6\n",
	      script);
	if (count < 2) {
		fclose(script);
		return true;
	}
	fprintf(to,
		"<section><h2>%s</h2><p>An engine that finds nothing sleeps and looks again, "
		"here at 126 idle queues. %s</p>\n",
		title,
		in_order ? "The longer it sleeps the less it costs, and the longer the first "
			   "command waits."
			 : "A longer sleep should cost less, and let the first command wait "
			   "longer. These figures are not in that order: something else took the "
			   "CPUs.");
	if (!draw(to, script, title))
		return false;
	fprintf(to,
		"<ul>%s</ul><p>The hollow circle is a thread that sleeps as long and never looks: "
		"what sleeping costs on this machine.</p></section>\n",
		words);
	return true;
}

/* ---- the page ---- */

static void write_table(FILE *to, const struct bench_report *report)
{
	fputs("<section><h2>Everything</h2><p>Medians, and the bad end: the 99th percentile, of "
	      "rates (M/s) the 1st.</p>\n"
	      "<table><tr><th>what</th><th class=\"number\">median</th><th class=\"number\">bad end"
	      "</th><th class=\"number\">runs</th></tr>\n",
	      to);
	for (size_t i = 0; i < report->count; i++) {
		const struct bench_result *result = &report->results[i];
		char median[32];
		char bad[32];

		bench_format(median, sizeof(median), result->median, result->unit);
		bench_format(bad, sizeof(bad), result->p99, result->unit);
		fprintf(to,
			"<tr><td><code>%s</code></td><td class=\"number\">%s</td><td "
			"class=\"number\">%s</td><td class=\"number\">%" PRIu32 "</td></tr>\n",
			result->name, median, bad, result->runs);
	}
	fputs("</table></section>\n", to);
}

static void write_fact(FILE *to, const char *name, const char *value)
{
	fprintf(to, "<dt>%s</dt><dd>", name);
	write_escaped(to, value);
	fputs("</dd>\n", to);
}

/* Which goals were missed, of those that were measured. */
static void write_goals(FILE *to, const struct bench_report *report)
{
	unsigned int goals = 0;
	unsigned int missed = 0;

	for (size_t i = 0; i < ROWS; i++) {
		const struct bench_result *result = find(report, rows[i].name);
		double goal = goal_of(report, &rows[i]);

		if (!result || isnan(goal))
			continue;
		goals++;
		if (is_missed(result, goal) && missed++ == 0)
			fputs("<dt>goals</dt><dd class=\"missed\">missed: ", to);
		else if (is_missed(result, goal))
			fputs("; ", to);
		if (is_missed(result, goal))
			fprintf(to, "%s (%s)", rows[i].text, rows[i].goal_text);
	}
	if (missed > 0)
		fputs("</dd>\n", to);
	else
		write_fact(to, "goals", goals > 0 ? "all reached" : "none was measured");
}

static void write_place(FILE *to, const struct bench_report *report,
			const struct bench_place *place)
{
	time_t now = time(NULL);
	struct tm utc;
	char text[128];

	fputs("<h1>cmdqv bench</h1><p>A Tegra241 CMDQV in software, measured.</p><dl>\n", to);
	if (gmtime_r(&now, &utc) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &utc) > 0)
		write_fact(to, "date", text);
	write_goals(to, report);
	write_fact(to, "processor", place->cpu);
	snprintf(text, sizeof(text), "%ld", place->cpus);
	write_fact(to, "CPUs", text);
	write_fact(to, "architecture", place->arch);
	write_fact(to, "kernel", place->kernel);
	write_fact(to, "libcmdqv", place->version);
	write_fact(to, "build type", BENCH_BUILD);
	write_fact(to, "compiler",
#ifdef __clang__
		   __VERSION__
#else
		   "GCC " __VERSION__
#endif
	);
	snprintf(text, sizeof(text), "%.1f before it began%s", place->load,
		 bench_is_disturbed(place->load, place->cpus)
			 ? ": other work disturbs these figures; measure again on a quiet machine"
			 : "");
	write_fact(to, "load average", text);
	if (report->quick)
		write_fact(to, "runs", "few (--quick): to look at, not for figures");
	fputs("</dl>\n<p>A bar is the median of the runs. The dark line is the bad end: of a "
	      "hundred runs one was worse, which is the 99th percentile of times and the 1st of "
	      "rates; ▸ stands for one beyond the plot. The red line is what is to be "
	      "reached.</p>\n",
	      to);
}

bool bench_write_html(FILE *to, const struct bench_report *report, const struct bench_place *place)
{
	bool drawn = true;

	fprintf(to,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\">"
		"<title>cmdqv bench</title><style>%s</style></head><body>\n",
		style);
	write_place(to, report, place);
	for (size_t i = 0; i < ROWS && drawn; i++)
		drawn = !rows[i].title || write_plot(to, report, i);
	drawn = drawn && write_trade_off(to, report);
	write_table(to, report);
	fputs("</body></html>\n", to);
	return drawn;
}
