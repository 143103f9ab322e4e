/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv explain: what people paste, in words.
 *
 * Input is read in pieces of fixed size and looked at line by line; what is longer than a
 * line may be is cut off, what is not printable becomes a question mark. So whatever comes
 * in, memory is bounded and the output is text.
 */
#include "explain.h"

#include <errno.h>
#include <getopt.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"
#include "wrap.h"

#define SCHEMA "cmdqv-explain/1"

static const char help_text[] =
	"usage: cmdqv explain [--json] [TEXT]...\n"
	"       dmesg | cmdqv explain\n"
	"\n"
	"Says what a log line, a value or an errno means, why it came about, and what to\n"
	"do: likeliest cause first. TEXT is\n"
	"\n"
	"  lines of the kernel's log   'CMDQ error (cons 0x0200003c): ...'\n"
	"  values of registers         CONS=0x200003c GERROR=0x4, PARAM 0x4671\n"
	"  a command of two words      0x0002000000000012 0x00000000ffffc701\n"
	"  a stream table entry        STE 0x41c0000b 0x8000000\n"
	"  a call and its errno        HW_QUEUE_ALLOC EIO, VIOMMU_ALLOC -28\n"
	"\n"
	"Without TEXT lines are read from standard input; what is none of these is\n"
	"counted.\n"
	"\n"
	"  --json   print one JSON object, schema " SCHEMA "\n"
	"  --help   this text\n"
	"\n"
	"Exit status: 0 something was explained, 1 nothing was, 2 wrong usage.\n";

/* A line that is being put together. */
struct reader {
	struct explain_log log;
	char line[EXPLAIN_LINE + 1];
	size_t length;
	enum { PLAIN, ESCAPED, CONTROL } state; /* within the codes that colour a terminal */
};

/* Is this character part of such a code, as `dmesg --color=always` has them? */
static bool is_colour(struct reader *reader, char c)
{
	switch (reader->state) {
	case PLAIN:
		if (c != '\033')
			return false;
		reader->state = ESCAPED;
		return true;
	case ESCAPED:
		reader->state = c == '[' ? CONTROL : PLAIN;
		return c == '[';
	case CONTROL:
		if (c == '\n' || (c >= '@' && c <= '~'))
			reader->state = PLAIN;
		return c != '\n';
	}
	return false;
}

static void take_character(struct reader *reader, char c)
{
	if (is_colour(reader, c))
		return;
	if (c == '\n') {
		reader->line[reader->length] = '\0';
		explain_log_line(&reader->log, reader->line);
		reader->length = 0;
		return;
	}
	if (c == '\t' || c == '\r')
		c = ' ';
	else if (c < ' ' || c > '~')
		c = '?';
	if (reader->length < EXPLAIN_LINE && (c != ' ' || reader->length > 0))
		reader->line[reader->length++] = c;
}

static void take_text(struct reader *reader, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		take_character(reader, text[i]);
}

static void end_text(struct reader *reader)
{
	if (reader->length > 0)
		take_character(reader, '\n');
	explain_log_end(&reader->log);
}

/* Returns 0 or a negative errno. */
static int read_input(struct reader *reader)
{
	static const size_t bytes = 65536;
	char *buffer = malloc(bytes);
	ssize_t got;
	int ret = 0;

	if (!buffer)
		return -ENOMEM;
	do {
		got = read(STDIN_FILENO, buffer, bytes);
		if (got > 0)
			take_text(reader, buffer, (size_t)got);
		else if (got < 0 && errno != EINTR)
			ret = -errno;
	} while (got > 0 || (got < 0 && ret == 0));
	free(buffer);
	return ret;
}

/* Arguments are one text; a line feed in one still ends a line. */
static void take_arguments(struct reader *reader, char *const *arguments, int count)
{
	for (int i = 0; i < count; i++) {
		if (i > 0)
			take_character(reader, ' ');
		take_text(reader, arguments[i], strlen(arguments[i]));
	}
}

/* ---- output ---- */

static unsigned long others(const struct explain_report *report)
{
	return report->lines - report->recognised;
}

static void print_finding(const struct explain_finding *finding)
{
	char place[64];

	if (finding->count > 1)
		snprintf(place, sizeof(place), "Line %lu, %lu times: ", finding->line,
			 finding->count);
	else
		snprintf(place, sizeof(place), "Line %lu: ", finding->line);
	wrap(place, "    ", finding->quote);
	wrap("  ", "  ", finding->what);
	for (size_t i = 0; i < EXPLAIN_REASONS && finding->reasons[i].cause; i++) {
		char number[16];

		snprintf(number, sizeof(number), "  %zu. ", i + 1);
		wrap(number, "     ", finding->reasons[i].cause);
		wrap("     -> ", "        ", finding->reasons[i].remedy);
	}
	putchar('\n');
}

static void print_text(const struct explain_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		print_finding(&report->findings[i]);
	if (report->lines == 0)
		puts("nothing was read: dmesg needs root (kernel.dmesg_restrict)");
	else if (report->count == 0)
		wrap("", "",
		     "Nothing of this is known: no line of the CMDQV or SMMU drivers, no value, "
		     "command or errno. 'cmdqv explain --help' shows what is.");
	else if (others(report) > 0)
		printf("%lu of %lu lines are not known.\n", others(report), report->lines);
	if (report->left_out > 0)
		printf("%lu more findings are left out.\n", report->left_out);
}

static struct json_object *json_finding(const struct explain_finding *finding)
{
	struct json_object *object = json_object_new_object();
	struct json_object *causes = json_object_new_array();

	json_object_object_add(object, "id", json_object_new_string(finding->id));
	json_object_object_add(object, "line", json_object_new_int64((int64_t)finding->line));
	json_object_object_add(object, "count", json_object_new_int64((int64_t)finding->count));
	json_object_object_add(object, "text", json_object_new_string(finding->quote));
	json_object_object_add(object, "what", json_object_new_string(finding->what));
	for (size_t i = 0; i < EXPLAIN_REASONS && finding->reasons[i].cause; i++) {
		struct json_object *cause = json_object_new_object();

		json_object_object_add(cause, "cause",
				       json_object_new_string(finding->reasons[i].cause));
		json_object_object_add(cause, "remedy",
				       json_object_new_string(finding->reasons[i].remedy));
		json_object_array_add(causes, cause);
	}
	json_object_object_add(object, "causes", causes);
	return object;
}

static void print_json(const struct explain_report *report)
{
	struct json_object *object = tool_json_new(SCHEMA);
	struct json_object *findings = json_object_new_array();

	if (report->count == 0)
		tool_json_verdict(object, "unknown",
				  report->lines == 0 ? "nothing was read: dmesg needs root "
						       "(kernel.dmesg_restrict)"
						     : "nothing of this is known");
	json_object_object_add(object, "lines", json_object_new_int64((int64_t)report->lines));
	json_object_object_add(object, "others", json_object_new_int64((int64_t)others(report)));
	json_object_object_add(object, "left_out",
			       json_object_new_int64((int64_t)report->left_out));
	for (size_t i = 0; i < report->count; i++)
		json_object_array_add(findings, json_finding(&report->findings[i]));
	json_object_object_add(object, "findings", findings);
	tool_json_print(object);
}

/* ---- usage ---- */

/* Takes the options; values such as "-28" are text. Returns the index of the first text. */
static int take_options(int argc, char **argv, bool *json, bool *help, const char **wrong)
{
	int i;

	for (i = 1; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--") == 0)
			return i + 1;
		if (strcmp(argv[i], "--json") == 0)
			*json = true;
		else if (strcmp(argv[i], "--help") == 0)
			*help = true;
		else
			*wrong = argv[i];
	}
	return i;
}

static int explain(struct reader *reader, char *const *texts, int count, bool json)
{
	int ret = 0;

	reader->log.piped = count == 0;
	if (count > 0)
		take_arguments(reader, texts, count);
	else
		ret = read_input(reader);
	if (ret < 0)
		return tool_give_up(json, SCHEMA, "standard input cannot be read: %s",
				    strerror(-ret));
	end_text(reader);
	if (json)
		print_json(reader->log.report);
	else
		print_text(reader->log.report);
	return reader->log.report->count > 0 ? TOOL_YES : TOOL_NO;
}

static int run_explain(int argc, char **argv)
{
	struct explain_report report = {0};
	struct reader reader = {.log = {.report = &report}};
	const char *wrong = NULL;
	bool json = false;
	bool help = false;
	int first = take_options(argc, argv, &json, &help, &wrong);
	int status;

	if (wrong)
		return tool_give_up(json || tool_has_option(argc, argv, "--json"), SCHEMA,
				    "there is no option '%s'; see 'cmdqv explain --help'", wrong);
	if (help) {
		fputs(help_text, stdout);
		return TOOL_YES;
	}
	if (first == argc && isatty(STDIN_FILENO))
		return tool_give_up(json, SCHEMA,
				    "nothing to explain: name a text, or pipe one in; see "
				    "'cmdqv explain --help'");
	report.findings = calloc(EXPLAIN_FINDINGS, sizeof(*report.findings));
	if (!report.findings)
		return tool_give_up(json, SCHEMA, "no memory");
	status = explain(&reader, argv + first, argc - first, json);
	free(report.findings);
	return status;
}

const struct tool tool_explain = {
	.name = "explain",
	.summary = "what a log line, a value or an errno means",
	.run = run_explain,
};
