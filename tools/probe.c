/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv probe: can this host give a VM a CMDQV?
 *
 * It reads files, and nothing else: no root, no child processes, nothing is changed. The
 * checks are in probe_checks.c; here are options, verdict and output.
 */
#include "probe.h"

#include <errno.h>
#include <getopt.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "wrap.h"

#define SCHEMA "cmdqv-probe/1"

static const char help_text[] =
	"usage: cmdqv probe [--device BDF] [--root DIR] [--json]\n"
	"\n"
	"Can this host give a virtual machine a CMDQV? Looks at what must be there, says\n"
	"what it saw and what to do about what is missing, and what to paste into a VMM.\n"
	"It only reads files: nothing is changed, and it needs no root; as root it reads\n"
	"the IORT too, and knows more.\n"
	"\n"
	"  --device BDF   also look at this device, such as 0000:01:00.0\n"
	"  --root DIR     look at the files below DIR instead of this host's\n"
	"  --json         print one JSON object, schema " SCHEMA "\n"
	"  --help         this text\n"
	"\n"
	"Exit status: 0 yes, 1 no, 2 wrong usage, 3 could not tell.\n";

struct options {
	const char *device;
	const char *root;
	bool json;
	bool help;
};

/* ---- verdict ---- */

/* Which checks count: those of the host, or those of the device too. */
enum scope {
	HOST,
	ALL,
};

static bool counts(const struct probe_result *result, enum scope scope)
{
	return result->decides && (scope == ALL || !result->of_device);
}

static enum tool_status verdict_of(const struct probe *probe, enum scope scope)
{
	enum tool_status status = TOOL_YES;

	for (size_t i = 0; i < probe->count; i++) {
		const struct probe_result *result = &probe->results[i];

		if (counts(result, scope) && result->status == PROBE_FAIL)
			return TOOL_NO;
		if (counts(result, scope) && result->status == PROBE_UNKNOWN)
			status = TOOL_UNKNOWN;
	}
	return status;
}

/* "kernel-options, iommufd" into `text`: the checks with this status that count. */
static void name_checks(const struct probe *probe, enum probe_status status, enum scope scope,
			char *text, size_t bytes)
{
	const char *separator = "";

	text[0] = '\0';
	for (size_t i = 0; i < probe->count; i++) {
		const struct probe_result *result = &probe->results[i];
		size_t used = strlen(text);

		if (!counts(result, scope) || result->status != status)
			continue;
		snprintf(text + used, bytes - used, "%s%s", separator, result->id);
		separator = ", ";
	}
}

static void reason_of(const struct probe *probe, enum tool_status verdict, char *text, size_t bytes)
{
	enum tool_status host = verdict_of(probe, HOST);
	char names[300];
	char unknown[300];

	name_checks(probe, verdict == TOOL_NO ? PROBE_FAIL : PROBE_UNKNOWN, ALL, names,
		    sizeof(names));
	name_checks(probe, PROBE_UNKNOWN, HOST, unknown, sizeof(unknown));
	if (verdict == TOOL_YES)
		snprintf(text, bytes, "this host can give a VM a CMDQV");
	else if (verdict == TOOL_NO && host == TOOL_YES)
		snprintf(text, bytes, "this host can give a VM a CMDQV, the device %s cannot: %s",
			 probe->device, names);
	else if (verdict == TOOL_NO && host == TOOL_UNKNOWN)
		snprintf(text, bytes, "the device %s cannot: %s; of the host could not tell: %s",
			 probe->device, names, unknown);
	else if (verdict == TOOL_UNKNOWN && host == TOOL_YES)
		snprintf(text, bytes,
			 "this host can give a VM a CMDQV; of the device %s could not tell: %s",
			 probe->device, names);
	else if (verdict == TOOL_NO)
		snprintf(text, bytes, "this host cannot give a VM a CMDQV: %s", names);
	else
		snprintf(text, bytes, "could not tell: %s", names);
}

/* ---- output ---- */

static const char *status_name(enum probe_status status)
{
	return status == PROBE_PASS ? "pass" : status == PROBE_FAIL ? "fail" : "unknown";
}

static void print_result(const struct probe_result *result)
{
	static const char margin[] = "                         ";
	char first[40];
	bool loud = result->decides && result->status == PROBE_FAIL;

	snprintf(first, sizeof(first), "%-8s %-15s ", loud ? "FAIL" : status_name(result->status),
		 result->id);
	wrap(first, margin, result->evidence);
	if (result->remedy) {
		char arrow[sizeof(margin) + 4];

		snprintf(arrow, sizeof(arrow), "%s-> ", margin);
		wrap(arrow, "                            ", result->remedy);
	}
}

static void print_checks(const struct probe *probe, bool decides)
{
	for (size_t i = 0; i < probe->count; i++)
		if (probe->results[i].decides == decides)
			print_result(&probe->results[i]);
}

static void print_settings(const struct probe *probe)
{
	struct probe_settings settings[PROBE_VMMS];

	probe_settings(probe, settings);
	if (!probe->bdf[0])
		puts("No device is bound to VFIO: BDF and what is in capitals stand for yours.");
	if (probe->cmdqs > 0)
		printf("IDR1.CMDQS of the guest's SMMU: %u at most, log2 of %lu KiB less 4.\n",
		       probe->cmdqs, (unsigned long)(probe->granule >> 10));
	for (size_t i = 0; i < PROBE_VMMS; i++) {
		printf("\n---- %s\n", settings[i].name);
		wrap("# ", "# ", settings[i].source);
		fputs(settings[i].text, stdout);
	}
}

static void print_text(const struct probe *probe, enum tool_status verdict)
{
	char reason[800];

	puts("What a CMDQV for a VM needs:\n");
	print_checks(probe, true);
	puts("\nGood to know; none of these decides:\n");
	print_checks(probe, false);
	putchar('\n');
	reason_of(probe, verdict, reason, sizeof(reason));
	wrap(verdict == TOOL_YES  ? "yes: "
	     : verdict == TOOL_NO ? "NO: "
				  : "UNKNOWN: ",
	     "    ", reason);
	if (verdict == TOOL_NO)
		return;
	putchar('\n');
	print_settings(probe);
}

static struct json_object *json_results(const struct probe *probe)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < probe->count; i++) {
		const struct probe_result *result = &probe->results[i];
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "id", json_object_new_string(result->id));
		json_object_object_add(object, "status",
				       json_object_new_string(status_name(result->status)));
		json_object_object_add(object, "decides", json_object_new_boolean(result->decides));
		json_object_object_add(object, "evidence",
				       json_object_new_string(result->evidence));
		if (result->remedy)
			json_object_object_add(object, "remedy",
					       json_object_new_string(result->remedy));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *json_smmus(const struct probe *probe)
{
	static const char *const answers[] = {"no", "yes", "unknown"};
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < probe->smmu_count; i++) {
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "name",
				       json_object_new_string(probe->smmus[i].name));
		json_object_object_add(object, "cmdqv",
				       json_object_new_string(answers[probe->smmus[i].cmdqv]));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *json_settings(const struct probe *probe)
{
	struct json_object *all = json_object_new_object();
	struct probe_settings settings[PROBE_VMMS];

	probe_settings(probe, settings);
	for (size_t i = 0; i < PROBE_VMMS; i++) {
		struct json_object *one = json_object_new_object();

		json_object_object_add(one, "source", json_object_new_string(settings[i].source));
		json_object_object_add(one, "text", json_object_new_string(settings[i].text));
		json_object_object_add(all, settings[i].name, one);
	}
	return all;
}

static const char *answer_name(enum tool_status status)
{
	return status == TOOL_YES ? "yes" : status == TOOL_NO ? "no" : "unknown";
}

static void print_json(const struct probe *probe, enum tool_status verdict)
{
	struct json_object *object = tool_json_new(SCHEMA);
	char reason[800];

	reason_of(probe, verdict, reason, sizeof(reason));
	if (verdict != TOOL_YES)
		tool_json_verdict(object, verdict == TOOL_NO ? "no" : "unknown", reason);
	json_object_object_add(object, "host",
			       json_object_new_string(answer_name(verdict_of(probe, HOST))));
	json_object_object_add(object, "checks", json_results(probe));
	json_object_object_add(object, "smmus", json_smmus(probe));
	if (probe->cmdqs > 0) {
		json_object_object_add(object, "granule",
				       json_object_new_int64((int64_t)probe->granule));
		json_object_object_add(object, "cmdqs", json_object_new_int((int)probe->cmdqs));
	}
	if (probe->bdf[0])
		json_object_object_add(object, "device", json_object_new_string(probe->bdf));
	if (verdict != TOOL_NO)
		json_object_object_add(object, "settings", json_settings(probe));
	tool_json_print(object);
}

/* ---- usage ---- */

/* "0000:01:00.0", so that it is no path. */
static bool is_bdf(const char *text)
{
	size_t domain = strspn(text, "0123456789abcdefABCDEF");

	return domain >= 4 && domain <= 8 && strlen(text) == domain + 8 && text[domain] == ':' &&
	       strspn(text + domain + 1, "0123456789abcdefABCDEF") == 2 &&
	       text[domain + 3] == ':' &&
	       strspn(text + domain + 4, "0123456789abcdefABCDEF") == 2 &&
	       text[domain + 6] == '.' && text[domain + 7] >= '0' && text[domain + 7] <= '7';
}

enum {
	OPTION_DEVICE = 256,
	OPTION_ROOT,
	OPTION_JSON,
	OPTION_HELP,
};

/* Returns TOOL_YES, or the exit status after it has said what is wrong. */
static int take_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{"device", required_argument, NULL, OPTION_DEVICE},
		{"root", required_argument, NULL, OPTION_ROOT},
		{"json", no_argument, NULL, OPTION_JSON},
		{"help", no_argument, NULL, OPTION_HELP},
		{NULL, 0, NULL, 0},
	};
	int option;

	*options = (struct options){.json = tool_has_option(argc, argv, "--json")};
	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
		if (option == ':' || option == '?')
			return tool_wrong_option(options->json, SCHEMA, "probe", argv, option);
		if (option == OPTION_DEVICE)
			options->device = optarg;
		else if (option == OPTION_ROOT)
			options->root = optarg;
		else if (option == OPTION_HELP)
			options->help = true;
	}
	if (optind < argc)
		return tool_give_up(options->json, SCHEMA,
				    "'%.100s' is no option; see 'cmdqv probe --help'",
				    argv[optind]);
	if (options->device && !is_bdf(options->device))
		return tool_give_up(options->json, SCHEMA,
				    "--device must be like 0000:01:00.0, not '%s'",
				    options->device);
	return TOOL_YES;
}

static int probe_host(const struct options *options)
{
	struct probe *probe = calloc(1, sizeof(*probe));
	enum tool_status verdict;
	int ret;

	if (!probe)
		return tool_give_up(options->json, SCHEMA, "no memory");
	probe->device = options->device;
	ret = probe_tree_open(&probe->tree, options->root);
	if (ret < 0) {
		free(probe);
		return tool_give_up(options->json, SCHEMA,
				    "'%s' cannot be opened: %s; name a directory",
				    options->root ? options->root : "/", strerror(-ret));
	}
	if (probe_tree_look(&probe->tree, "/proc") == -ENOENT &&
	    probe_tree_look(&probe->tree, "/sys") == -ENOENT) {
		probe_tree_close(&probe->tree);
		free(probe);
		return tool_give_up(
			options->json, SCHEMA,
			"'%s' has neither proc nor sys: name the root of a host's files",
			options->root ? options->root : "/");
	}
	probe_run(probe);
	verdict = verdict_of(probe, ALL);
	if (options->json)
		print_json(probe, verdict);
	else
		print_text(probe, verdict);
	probe_tree_close(&probe->tree);
	free(probe);
	return (int)verdict;
}

static int run_probe(int argc, char **argv)
{
	struct options options;
	int status = take_options(argc, argv, &options);

	if (status != TOOL_YES)
		return status;
	if (options.help) {
		fputs(help_text, stdout);
		return TOOL_YES;
	}
	return probe_host(&options);
}

const struct tool tool_probe = {
	.name = "probe",
	.summary = "can this host give a VM a CMDQV?",
	.run = run_probe,
};
