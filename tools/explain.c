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
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "facts.h"
#include "options.h"
#include "tool.h"

#define SCHEMA "cmdqv-explain/1"

/* Why there are no findings. */
static const char *why_none(unsigned long lines, unsigned long others)
{
	if (lines == 0)
		return "nothing was read: dmesg needs root (kernel.dmesg_restrict)";
	if (others < lines)
		return "The lines that are known say of nothing that it is wrong.";
	return "Nothing of this is known: no line of the CMDQV or SMMU drivers, of iommufd, VFIO "
	       "or "
	       "a VMM, no value, command or errno. 'cmdqv explain --help' shows what is.";
}

struct options {
	const char *kernel;
	bool host;
	bool guest;
	bool json;
};

static const struct tool_option options_of_explain[] = {
	{"kernel", "VERSION", .offset = offsetof(struct options, kernel),
	 .help = "the kernel that said it, such as 6.18.8, if no line says so"},
	{"host", .offset = offsetof(struct options, host), .help = "a host said it"},
	{"guest", .offset = offsetof(struct options, guest), .help = "a guest said it"},
	{"json", .offset = offsetof(struct options, json),
	 .help = "print one JSON object, schema " SCHEMA},
	{.name = NULL},
};

static const struct tool_usage usage = {
	.command = "explain",
	.words = "[OPTION]... [TEXT]...\n       dmesg | cmdqv explain",
	.intro = "Says what a log line, a value or an errno means, why it came about, and what to "
		 "do: likeliest cause first. TEXT is\n"
		 "\n"
		 "  lines of a kernel or a VMM  'CMDQ error (cons 0x0200003c): ...'\n"
		 "  values of registers         CONS=0x200003c GERROR=0x4, PARAM 0x4671\n"
		 "  a command of two words      0x0002000000000012 0x00000000ffffc701\n"
		 "  a stream table entry        STE 0x41c0000b 0x8000000\n"
		 "  a call and its errno        HW_QUEUE_ALLOC EIO, VIOMMU_ALLOC -28\n"
		 "  a call, or an errno, alone  HW_QUEUE_ALLOC, EIO\n"
		 "\n"
		 "Without TEXT lines are read from standard input; what is none of these is "
		 "counted.",
	.end = "Exit status: 0 something was explained, 1 nothing was, 2 wrong usage.",
	.schema = SCHEMA,
	.options = options_of_explain,
};

/* ---- input ---- */

/* Returns 0 or a negative errno. */
static int read_input(struct explain_reader *reader)
{
	char buffer[16384];
	ssize_t got;

	while ((got = read(STDIN_FILENO, buffer, sizeof(buffer))) != 0) {
		if (got > 0)
			explain_reader_take(reader, buffer, (size_t)got);
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* ---- output ---- */

static const char *const report[] = {
#include "template_explain.inc"
	NULL};

/* Of what came more than once: the last one, how fast they came, and where it was. */
static void set_storm(struct json_object *finding)
{
	struct json_object *place;
	unsigned long elsewhere = fact_number(finding, "elsewhere");
	const char *seconds = fact(finding, "seconds");
	double span = seconds ? atof(seconds) : 0;
	double rate = seconds ? (double)(fact_number(finding, "count") - 1) / span : 0;
	struct explain_text text = {.length = 0};

	explain_add(&text, "The last in line %s%s", fact(finding, "last_line"),
		    seconds ? "," : ".");
	if (seconds)
		explain_add(&text,
			    rate < 100 ? "%.6g s later: %.3g a second."
				       : "%.6g s later: %.0f a second.",
			    span, rate);
	FACTS_EACH (place, finding, "places")
		explain_add(&text, "%s%s (%s)%s", at_place == 0 ? "In " : "", fact(place, "place"),
			    fact(place, "count"),
			    facts_at(finding, "places", at_place + 1) ? "," : "");
	if (elsewhere > 0)
		explain_add(&text, "and elsewhere (%lu), the last in %s", elsewhere,
			    fact(finding, "last_place"));
	fact_set(finding, "storm", "%s", text.text);
}

static void print_text(struct json_object *findings, unsigned long lines, unsigned long others)
{
	struct json_object *all = facts_new(NULL, NULL);
	struct json_object *finding;

	json_object_object_add(all, "finding", findings);
	FACTS_EACH (finding, all, "finding")
		if (fact_number(finding, "count") > 1)
			set_storm(finding);
	if (json_object_array_length(findings) == 0)
		fact_set(all, "none", "%s", why_none(lines, others));
	fact_count(all, "others", others);
	fact_set(all, "lines", "%lu", lines);
	facts_fill(all, report, NULL, stdout);
	json_object_put(all);
}

static void print_json(struct json_object *findings, unsigned long lines, unsigned long others)
{
	struct json_object *object = tool_json_new(SCHEMA);

	if (json_object_array_length(findings) == 0)
		tool_json_verdict(object, "unknown", why_none(lines, others));
	json_object_object_add(object, "lines", tool_json_count(lines));
	json_object_object_add(object, "others", tool_json_count(others));
	json_object_object_add(object, "left_out", tool_json_count(0));
	json_object_object_add(object, "findings", findings);
	tool_json_print(object);
}

static int explain(struct explain_log *log, char *const *texts, int count, bool json)
{
	struct explain_reader reader = {.line = explain_line, .context = log};
	struct json_object *findings;
	unsigned long lines;
	unsigned long others;
	int err = count > 0 ? 0 : read_input(&reader);
	int status;

	for (int i = 0; i < count; i++) {
		explain_reader_take(&reader, " ", i > 0);
		explain_reader_take(&reader, texts[i], strlen(texts[i]));
	}
	explain_reader_end(&reader);
	findings = explain_end(log, &lines, &others);
	status = json_object_array_length(findings) > 0 ? TOOL_YES : TOOL_NO;
	if (err < 0) {
		json_object_put(findings);
		return tool_give_up(json, SCHEMA, "standard input cannot be read: %s",
				    strerror(-err));
	}
	if (status == TOOL_NO && count == 1 && access(texts[0], R_OK) == 0) {
		json_object_put(findings);
		return tool_give_up(json, SCHEMA,
				    "'%.200s' is a file, no text: 'cmdqv explain <FILE' reads one",
				    texts[0]);
	}
	(json ? print_json : print_text)(findings, lines, others);
	return status;
}

static int run_explain(int argc, char **argv)
{
	struct options options = {.json = false};
	struct explain_facts context = {.value = {0}};
	unsigned int version[3] = {0};
	char text[40];
	struct explain_log *log;
	int words;
	int status = tool_options_take(&usage, argc, argv, &options, &words);

	if (status >= 0)
		return status;
	if (options.kernel &&
	    sscanf(options.kernel, "%3u.%3u.%3u", &version[0], &version[1], &version[2]) < 2)
		return tool_give_up(options.json, SCHEMA,
				    "--kernel takes a VERSION such as 6.18.8, not '%.100s'",
				    options.kernel);
	if (words == 0 && isatty(STDIN_FILENO))
		return tool_give_up(options.json, SCHEMA,
				    "nothing to explain: name a text, or pipe one in; see "
				    "'cmdqv explain --help'");
	snprintf(text, sizeof(text), "%u.%u.%u", version[0], version[1], version[2]);
	explain_set(&context, FACT_kernel, explain_number(text, false), "");
	explain_set(&context, FACT_host, options.host, "");
	explain_set(&context, FACT_guest, options.guest, "");
	log = explain_begin(&context, words > 0);
	if (!log)
		return tool_give_up(options.json, SCHEMA, "no memory");
	return explain(log, argv + 1, words, options.json);
}

const struct tool tool_explain = {
	.name = "explain",
	.summary = "what a log line, a value or an errno means",
	.run = run_explain,
};
