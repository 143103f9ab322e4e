/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv run --guest linux: an unmodified Linux in QEMU, on our device.
 *
 * What is judged: what the guest's tests said, what its kernel said, and what QEMU's
 * device counted (the report of qemu/cmdqv-guest.c).
 */
#include "linux.h"
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "cmdqv-run/1"

static const char help_text[] =
	"usage: cmdqv run --guest linux [OPTION]...\n"
	"\n"
	"Boots an unmodified Linux in QEMU, with the CMDQV beside its SMMUv3 and an NVMe\n"
	"disk behind it, lets it run tests, and says what that cost. `make linux` makes\n"
	"what is needed.\n"
	"\n"
	"  --tests LIST         of disk, rebind, benchmark, reboot (default disk)\n"
	"  --interactive        no tests but a shell, here; poweroff -f ends it\n"
	"  --vcpus N            1 to 8 (default 2)\n"
	"  --acpi               boots through UEFI and finds the CMDQV by ACPI (default:\n"
	"                       by device tree)\n"
	"  --no-map             page 0 is never mapped: every access traps\n"
	"  --no-cmdqv           the guest leaves the CMDQV alone, for comparison\n"
	"  --refuse Q:INDEX:CODE\n"
	"                       the command at an index of queue 0 or 1 is refused,\n"
	"                       once, with a CONS.ERR of 1 to 4\n"
	"  --lose               commands complete and do nothing, so that translations go\n"
	"                       stale: the tests are expected to fail\n"
	"  --record FILE        write a trace for 'cmdqv replay'; implies --no-map\n"
	"  --append TEXT        more for the kernel's command line\n"
	"  --qemu FILE, --kernel FILE, --initrd FILE, --firmware FILE\n"
	"                       others than those of `make linux`\n"
	"  --timeout N          seconds that it may take (default 120)\n"
	"  --keep               keep the directory of console, disk and report\n"
	"  --json               print one JSON object instead of the table\n"
	"  --help               this text\n"
	"\n"
	"Exit status: 0 all tests passed and nothing was seen that should not be; 1 not\n"
	"so; 2 wrong usage or environment.\n";

struct options {
	struct linux_config config;
	char qemu[LINUX_PATH];
	char kernel[LINUX_PATH];
	char initrd[LINUX_PATH];
	char firmware[LINUX_PATH];
	char append[512];
	bool acpi;
	bool no_cmdqv;
	bool keep;
	bool json;
	bool help;
};

/* What a run came to. */
struct result {
	struct linux_place place;
	struct linux_log log;
	struct json_object *report; /* QEMU's, or NULL */
	double seconds;
	enum linux_end end;
	char why[LINUX_LINE + 64]; /* why it failed, or "" */
};

/* ---- options ---- */

enum {
	OPTION_GUEST = 256,
	OPTION_TESTS,
	OPTION_INTERACTIVE,
	OPTION_VCPUS,
	OPTION_ACPI,
	OPTION_NO_MAP,
	OPTION_NO_CMDQV,
	OPTION_REFUSE,
	OPTION_LOSE,
	OPTION_RECORD,
	OPTION_APPEND,
	OPTION_QEMU,
	OPTION_KERNEL,
	OPTION_INITRD,
	OPTION_FIRMWARE,
	OPTION_TIMEOUT,
	OPTION_KEEP,
	OPTION_JSON,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{"guest", required_argument, NULL, OPTION_GUEST},
	{"tests", required_argument, NULL, OPTION_TESTS},
	{"interactive", no_argument, NULL, OPTION_INTERACTIVE},
	{"vcpus", required_argument, NULL, OPTION_VCPUS},
	{"acpi", no_argument, NULL, OPTION_ACPI},
	{"no-map", no_argument, NULL, OPTION_NO_MAP},
	{"no-cmdqv", no_argument, NULL, OPTION_NO_CMDQV},
	{"refuse", required_argument, NULL, OPTION_REFUSE},
	{"lose", no_argument, NULL, OPTION_LOSE},
	{"record", required_argument, NULL, OPTION_RECORD},
	{"append", required_argument, NULL, OPTION_APPEND},
	{"qemu", required_argument, NULL, OPTION_QEMU},
	{"kernel", required_argument, NULL, OPTION_KERNEL},
	{"initrd", required_argument, NULL, OPTION_INITRD},
	{"firmware", required_argument, NULL, OPTION_FIRMWARE},
	{"timeout", required_argument, NULL, OPTION_TIMEOUT},
	{"keep", no_argument, NULL, OPTION_KEEP},
	{"json", no_argument, NULL, OPTION_JSON},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static bool take_refusal(struct linux_config *config, const char *text)
{
	int end = 0;

	return sscanf(text, "%lu:%lu:%lu%n", &config->refuse_queue, &config->refuse_index,
		      &config->refuse_code, &end) == 3 &&
	       !text[end] && config->refuse_queue <= 1 && config->refuse_code >= 1 &&
	       config->refuse_code <= 4;
}

/* QEMU's options separate their parts by commas, and a path must do without. */
static const char *take_path(const char **to, const char *path)
{
	*to = path;
	return strchr(path, ',') ? "a file's name must be without a comma" : NULL;
}

/* Those that take a value; returns NULL, or what it should have been. */
static const char *take_value(struct options *options, int option)
{
	struct linux_config *config = &options->config;

	switch (option) {
	case OPTION_GUEST:
		return strcmp(optarg, "linux") ? "--guest must be linux" : NULL;
	case OPTION_TESTS:
		config->tests = optarg;
		return NULL;
	case OPTION_VCPUS:
		return tool_number(optarg, 1, 8, &config->vcpus)
			       ? NULL
			       : "--vcpus must be a number from 1 to 8";
	case OPTION_REFUSE:
		return take_refusal(config, optarg)
			       ? NULL
			       : "--refuse must be queue, index and code, such as 1:41:1";
	case OPTION_RECORD:
		config->map_page0 = false;
		return take_path(&config->record, optarg);
	case OPTION_APPEND:
		config->append = optarg;
		return NULL;
	case OPTION_QEMU:
		return take_path(&config->qemu, optarg);
	case OPTION_KERNEL:
		return take_path(&config->kernel, optarg);
	case OPTION_INITRD:
		return take_path(&config->initrd, optarg);
	case OPTION_FIRMWARE:
		options->acpi = true;
		return take_path(&config->firmware, optarg);
	default:
		return tool_number(optarg, 1, 86400, &config->seconds)
			       ? NULL
			       : "--timeout must be a number from 1 to 86400";
	}
}

static const char *take_option(struct options *options, int option)
{
	switch (option) {
	case OPTION_INTERACTIVE:
		options->config.interactive = true;
		options->config.tests = NULL;
		return NULL;
	case OPTION_ACPI:
		options->acpi = true;
		return NULL;
	case OPTION_NO_MAP:
		options->config.map_page0 = false;
		return NULL;
	case OPTION_NO_CMDQV:
		options->no_cmdqv = true;
		return NULL;
	case OPTION_LOSE:
		options->config.lose = true;
		return NULL;
	case OPTION_KEEP:
		options->keep = true;
		return NULL;
	case OPTION_JSON:
		options->json = true;
		return NULL;
	case OPTION_HELP:
		options->help = true;
		return NULL;
	default:
		return take_value(options, option);
	}
}

/* Returns TOOL_YES, or the exit status after it has said what is wrong. */
static int take_options(int argc, char **argv, struct options *options)
{
	bool json = tool_has_option(argc, argv, "--json");
	const char *complaint;
	int option;

	*options = (struct options){
		.config = {.tests = "disk", .vcpus = 2, .seconds = 120, .map_page0 = true},
	};
	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (option == ':' || option == '?')
			return tool_wrong_option(json, SCHEMA, "run --guest linux", argv, option);
		complaint = take_option(options, option);
		if (complaint)
			return tool_give_up(json, SCHEMA, "%s, not '%.100s'", complaint, optarg);
	}
	if (optind < argc)
		return tool_give_up(json, SCHEMA,
				    "'%.100s' is no option; see 'cmdqv run --guest linux --help'",
				    argv[optind]);
	return TOOL_YES;
}

/* Where scripts/linux/all puts the last of each thing that it made. */
static void default_path(const char **path, char *room, const char *name)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (*path)
		return;
	if (cache && *cache)
		snprintf(room, LINUX_PATH, "%s/libcmdqv/linux/latest/%s", cache, name);
	else
		snprintf(room, LINUX_PATH, "%s/.cache/libcmdqv/linux/latest/%s", home ? home : "",
			 name);
	*path = room;
}

static int find_files(struct options *options)
{
	struct linux_config *config = &options->config;

	default_path(&config->qemu, options->qemu, "qemu-system-aarch64");
	default_path(&config->kernel, options->kernel, "Image");
	default_path(&config->initrd, options->initrd, "initramfs.gz");
	if (options->acpi)
		default_path(&config->firmware, options->firmware, "QEMU_EFI.fd");
	if (access(config->qemu, X_OK))
		return tool_give_up(options->json, SCHEMA,
				    "there is no QEMU '%s'; make linux, or --qemu", config->qemu);
	if (access(config->kernel, R_OK))
		return tool_give_up(options->json, SCHEMA,
				    "there is no kernel '%s'; make linux, or --kernel",
				    config->kernel);
	if (access(config->initrd, R_OK))
		return tool_give_up(options->json, SCHEMA,
				    "there is no '%s'; make linux, or --initrd", config->initrd);
	if (config->firmware && access(config->firmware, R_OK))
		return tool_give_up(options->json, SCHEMA,
				    "there is no firmware '%s'; make linux, or --firmware",
				    config->firmware);
	return TOOL_YES;
}

/* Names with commas between them? */
static bool are_names(const char *tests)
{
	size_t length = strlen(tests);

	return length && tests[0] != ',' && tests[length - 1] != ',' && !strstr(tests, ",,");
}

/* Returns NULL, or why the options do not go together. */
static const char *check_options(const struct options *options)
{
	const struct linux_config *config = &options->config;

	if (config->tests && !are_names(config->tests))
		return "--tests must be names of tests with commas between them, such as "
		       "disk,rebind";
	if (config->interactive && (options->json || config->tests))
		return "--interactive is for a person: leave out --json and --tests";
	if (options->no_cmdqv && (config->refuse_code || config->lose || !config->map_page0))
		return "--no-cmdqv leaves nothing to --refuse, --lose, --record and --no-map";
	return NULL;
}

static void complete(struct options *options)
{
	if (!options->no_cmdqv)
		return;
	snprintf(options->append, sizeof(options->append), "arm_smmu_v3.disable_cmdqv=1 %s",
		 options->config.append ? options->config.append : "");
	options->config.append = options->append;
}

/* ---- the verdict ---- */

/* A number of QEMU's report: of a member, or of a member's member. */
static uint64_t count_of(const struct result *result, const char *name, const char *inner)
{
	struct json_object *member = NULL;

	if (!json_object_object_get_ex(result->report, name, &member))
		return 0;
	if (inner && !json_object_object_get_ex(member, inner, &member))
		return 0;
	return (uint64_t)json_object_get_int64(member);
}

__attribute__((format(printf, 2, 3))) static bool fail(struct result *result, const char *format,
						       ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(result->why, sizeof(result->why), format, arguments);
	va_end(arguments);
	return false;
}

/* What comes before anything that the machine said. */
static bool judge_start(struct result *result)
{
	if (result->end == LINUX_NOT_RUN)
		return fail(result, "QEMU could not be run");
	if (!result->log.boots)
		return fail(result, "no kernel began to boot%s%s", result->log.first[0] ? ": " : "",
			    result->log.first);
	return true;
}

static bool judge_end(const struct options *options, struct result *result)
{
	switch (result->end) {
	case LINUX_TIMED_OUT:
		return fail(result, "it took more than %lu seconds and was ended",
			    options->config.seconds);
	case LINUX_FAILED:
		return fail(result, "QEMU ended with an error");
	default:
		break;
	}
	if (!result->log.finished)
		return fail(result, "the guest did not come to its end");
	return true;
}

static bool judge_kernel(const struct options *options, struct result *result)
{
	if (result->log.complaint[0])
		return fail(result, "the kernel said: %s", result->log.complaint);
	if (!options->no_cmdqv && result->log.queues != 2)
		return fail(result, "the kernel allocated %lu queues, not 2", result->log.queues);
	return true;
}

static bool judge_tests(const struct options *options, struct result *result)
{
	char names[512], *rest = names, *name;
	const struct linux_test *test;

	snprintf(names, sizeof(names), "%s", options->config.tests);
	while ((name = strsep(&rest, ","))) {
		test = linux_log_test(&result->log, name);
		if (!test)
			return fail(result, "the guest did not say how '%s' went", name);
		if (test->outcome == LINUX_TEST_FAILED)
			return fail(result, "'%s' failed: %s", name, test->why);
	}
	return true;
}

/* What is to be seen of the device where the guest uses it. */
static bool judge_device(const struct options *options, struct result *result)
{
	uint64_t refusals = options->config.refuse_code ? 1 : 0;

	if (!count_of(result, "commands", "TLBI_NH_VA") ||
	    !count_of(result, "commands", "CMD_SYNC"))
		return fail(result, "the guest sent no TLBI_NH_VA or no CMD_SYNC to its queues");
	if (count_of(result, "bind_failures", NULL))
		return fail(result, "a queue could not be bound");
	if (count_of(result, "guest_errors", NULL))
		return fail(result, "the device counted errors of the guest");
	if (count_of(result, "refused", NULL) != refusals)
		return fail(result, "%" PRIu64 " commands were refused, not %" PRIu64,
			    count_of(result, "refused", NULL), refusals);
	if (refusals && !result->log.errors_reported)
		return fail(result, "the guest did not report the refused command");
	if (!options->config.map_page0)
		return true;
	if (!count_of(result, "page0_maps", NULL))
		return fail(result, "page 0 was never mapped");
	if (count_of(result, "exits_while_mapped", "vintf0"))
		return fail(result,
			    "the guest exited %" PRIu64 " times at page 0 while it was mapped",
			    count_of(result, "exits_while_mapped", "vintf0"));
	return true;
}

static bool judge_no_device(struct result *result)
{
	if (count_of(result, "commands", "CMD_SYNC") || count_of(result, "page0_maps", NULL))
		return fail(result, "the guest used the CMDQV although it was told not to");
	return true;
}

static bool judge(const struct options *options, struct result *result)
{
	if (!judge_start(result) || !judge_kernel(options, result) || !judge_end(options, result) ||
	    !judge_tests(options, result))
		return false;
	if (!result->report)
		return fail(result, "QEMU wrote no report");
	return options->no_cmdqv ? judge_no_device(result) : judge_device(options, result);
}

/* ---- what one sees ---- */

static const char *outcome_name(enum linux_outcome outcome)
{
	static const char *const names[] = {"ok", "failed", "skipped"};

	return names[outcome];
}

static void print_counts(const struct result *result, const char *title, const char *member)
{
	struct json_object *counts = NULL;

	if (!json_object_object_get_ex(result->report, member, &counts))
		return;
	printf("%-28s", title);
	for (struct json_object_iterator at = json_object_iter_begin(counts),
					 end = json_object_iter_end(counts);
	     !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
		printf(" %s %" PRId64, json_object_iter_peek_name(&at),
		       json_object_get_int64(json_object_iter_peek_value(&at)));
	putchar('\n');
}

static void print_moves(const struct result *result)
{
	struct json_object *moves = NULL, *move, *state = NULL, *seconds = NULL;

	if (!json_object_object_get_ex(result->report, "page0_moves", &moves))
		return;
	for (size_t i = 0; i < json_object_array_length(moves); i++) {
		move = json_object_array_get_idx(moves, i);
		json_object_object_get_ex(move, "page0", &state);
		json_object_object_get_ex(move, "seconds", &seconds);
		printf("%-28s %s at %.3f s\n", i ? "" : "page 0", json_object_get_string(state),
		       json_object_get_double(seconds));
	}
}

/* An unmap ends with one CMD_SYNC, whatever else it needs. */
static void print_per_sync(const char *queue, uint64_t syncs, uint64_t commands, uint64_t exits)
{
	if (syncs)
		printf("%-28s %.2f commands, %.2f exits, %" PRIu64 " times\n", queue,
		       (double)commands / (double)syncs, (double)exits / (double)syncs, syncs);
}

static void print_costs(const struct result *result)
{
	uint64_t syncs = count_of(result, "commands", "CMD_SYNC");

	print_per_sync("a CMD_SYNC there came with", syncs,
		       syncs + count_of(result, "commands", "TLBI_NH_VA") +
			       count_of(result, "commands", "TLBI_NH_ASID"),
		       count_of(result, "exits", "vintf0"));
	print_per_sync("  at the SMMU's own queue", count_of(result, "smmu", "syncs"),
		       count_of(result, "smmu", "commands"),
		       count_of(result, "smmu", "prod_writes") +
			       count_of(result, "smmu", "cons_reads"));
}

static void print_table(const struct result *result)
{
	for (size_t i = 0; i < result->log.test_count; i++)
		printf("%-28s %s%s%s\n", result->log.tests[i].name,
		       outcome_name(result->log.tests[i].outcome),
		       result->log.tests[i].why[0] ? ": " : "", result->log.tests[i].why);
	for (size_t i = 0; i < result->log.value_count; i++)
		printf("%-10s%-18s %s\n", result->log.values[i].test, result->log.values[i].name,
		       result->log.values[i].value);
	if (result->report) {
		printf("%-28s %lu of %lu entries\n", "queues allocated", result->log.queues,
		       result->log.queue_entries);
		print_moves(result);
		print_counts(result, "exits by page", "exits");
		print_counts(result, "  while page 0 was mapped", "exits_while_mapped");
		print_counts(result, "commands of the CMDQV", "commands");
		print_costs(result);
	}
	if (result->why[0])
		printf("FAILED: %s; see %s\n", result->why, result->place.console);
	else
		printf("ok: in %.1f s\n", result->seconds);
}

static struct json_object *json_tests(const struct linux_log *log)
{
	struct json_object *tests = json_object_new_array(), *test;

	for (size_t i = 0; i < log->test_count; i++) {
		test = json_object_new_object();
		json_object_object_add(test, "name", json_object_new_string(log->tests[i].name));
		json_object_object_add(test, "outcome",
				       json_object_new_string(outcome_name(log->tests[i].outcome)));
		if (log->tests[i].why[0])
			json_object_object_add(test, "reason",
					       json_object_new_string(log->tests[i].why));
		json_object_array_add(tests, test);
	}
	return tests;
}

static struct json_object *json_values(const struct linux_log *log)
{
	struct json_object *values = json_object_new_object();
	char name[2 * LINUX_WORD + 2];

	for (size_t i = 0; i < log->value_count; i++) {
		snprintf(name, sizeof(name), "%s.%s", log->values[i].test, log->values[i].name);
		json_object_object_add(values, name, json_object_new_string(log->values[i].value));
	}
	return values;
}

static void print_json(const struct result *result)
{
	struct json_object *object = tool_json_new(SCHEMA);

	if (result->why[0])
		tool_json_verdict(object, "failed", result->why);
	json_object_object_add(object, "guest", json_object_new_string("linux"));
	json_object_object_add(object, "backend", json_object_new_string("soft"));
	json_object_object_add(object, "tests", json_tests(&result->log));
	json_object_object_add(object, "values", json_values(&result->log));
	json_object_object_add(object, "queues",
			       json_object_new_int64((int64_t)result->log.queues));
	json_object_object_add(object, "boots", json_object_new_int64((int64_t)result->log.boots));
	json_object_object_add(object, "seconds", json_object_new_double(result->seconds));
	if (result->report)
		json_object_object_add(object, "machine", json_object_get(result->report));
	if (result->why[0])
		json_object_object_add(object, "log",
				       json_object_new_string(result->place.console));
	tool_json_print(object);
}

/* ---- running ---- */

static int run_machine(const struct options *options, struct result *result)
{
	const struct linux_expected expected = {
		.refusal = options->config.refuse_code != 0,
		.fallback = options->no_cmdqv,
	};
	int error = linux_place_create(&result->place);

	if (error)
		return tool_give_up(options->json, SCHEMA, "cannot make '%s': %s",
				    result->place.directory, strerror(-error));
	result->end = linux_machine_run(&options->config, &result->place, &result->seconds);
	if (options->config.interactive) {
		linux_place_remove(&result->place);
		return TOOL_YES;
	}
	(void)linux_log_read(&result->log, result->place.console, &expected);
	result->report = json_object_from_file(result->place.report);
	(void)judge(options, result);
	if (options->json)
		print_json(result);
	else
		print_table(result);
	if (!result->why[0] && !options->keep)
		linux_place_remove(&result->place);
	else if (options->keep)
		tool_complain("kept %s", result->place.directory);
	json_object_put(result->report);
	return result->why[0] ? TOOL_NO : TOOL_YES;
}

int run_linux(int argc, char **argv)
{
	struct result result = {.seconds = 0};
	struct options options;
	int status = take_options(argc, argv, &options);
	const char *complaint;

	if (status)
		return status;
	if (options.help) {
		fputs(help_text, stdout);
		return TOOL_YES;
	}
	complaint = check_options(&options);
	if (complaint)
		return tool_give_up(options.json, SCHEMA, "%s", complaint);
	complete(&options);
	status = find_files(&options);
	return status ? status : run_machine(&options, &result);
}
