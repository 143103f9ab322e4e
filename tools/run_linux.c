/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv run --guest linux: an unmodified Linux in QEMU, on our device.
 *
 * What is judged: what the guest's tests said, what its kernel said, and what QEMU's
 * device counted (the report of qemu/cmdqv-guest.c).
 */
#include "linux.h"
#include "options.h"
#include "tool.h"
#include "wrap.h"

#include <errno.h>
#include <inttypes.h>
#include <json.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	struct linux_config config;
	char qemu[LINUX_PATH];
	char kernel[LINUX_PATH];
	char initrd[LINUX_PATH];
	char firmware[LINUX_PATH];
	char append[512];
	int guest;
	bool acpi;
	bool no_cmdqv;
	bool keep;
	bool json;
	bool no_map;
	bool no_rest;
};

/* ---- options ---- */

static const char *refusal_take(void *to, const char *text)
{
	struct linux_config *config = &((struct options *)to)->config;
	int end = 0;

	if (sscanf(text, "%lu:%lu:%lu%n", &config->refuse_queue, &config->refuse_index,
		   &config->refuse_code, &end) == 3 &&
	    !text[end] && config->refuse_queue <= 1 && config->refuse_index <= 0x7FFFF &&
	    config->refuse_code >= 1 && config->refuse_code <= 4)
		return NULL;
	return "--refuse must be queue (0 or 1), index and code (1 to 4), such as 1:41:1";
}

static const char *interactive_take(void *to, const char *value)
{
	struct linux_config *config = &((struct options *)to)->config;

	(void)value;
	config->interactive = true;
	config->tests = NULL;
	return NULL;
}

static const char *const guests[] = {"linux", NULL};

#define IN_OPTIONS(member) offsetof(struct options, member)

static const struct tool_option options_of_linux[] = {
	{"guest", "linux", .names = guests, .offset = IN_OPTIONS(guest),
	 .help = "this guest; see 'cmdqv run --help' for others"},
	{"tests", "LIST", .offset = IN_OPTIONS(config.tests),
	 .help = "of disk, rebind, benchmark, reboot, rest (default disk)"},
	{"interactive", .take = interactive_take,
	 .help = "no tests but a shell, here; poweroff -f ends it"},
	{"vcpus", "N", .minimum = 1, .maximum = 8, .offset = IN_OPTIONS(config.vcpus),
	 .help = "1 to 8 (default 2)"},
	{"acpi", .offset = IN_OPTIONS(acpi),
	 .help = "boots through UEFI and finds the CMDQV by ACPI (default: by device tree)"},
	{"no-map", .offset = IN_OPTIONS(no_map),
	 .help = "page 0 is never mapped: every access traps"},
	{"no-rest", .offset = IN_OPTIONS(no_rest),
	 .help = "page 0 stays mapped while the queues are quiet, and the engine polls"},
	{"no-cmdqv", .offset = IN_OPTIONS(no_cmdqv),
	 .help = "the guest leaves the CMDQV alone, for comparison"},
	{"refuse", "Q:INDEX:CODE", .take = refusal_take,
	 .help = "the command at an index of queue 0 or 1 is refused, once, with a CONS.ERR of 1 "
		 "to "
		 "4"},
	{"lose", .offset = IN_OPTIONS(config.lose),
	 .help = "commands complete and do nothing, so that translations go stale: the tests are "
		 "expected to fail"},
	{"record", "FILE", .offset = IN_OPTIONS(config.record),
	 .help = "write a trace for 'cmdqv replay'; implies --no-map"},
	{"append", "TEXT", .offset = IN_OPTIONS(config.append),
	 .help = "more for the kernel's command line"},
	{"qemu", "FILE", .offset = IN_OPTIONS(config.qemu),
	 .help = "another QEMU than that of `make linux`"},
	{"kernel", "FILE", .offset = IN_OPTIONS(config.kernel), .help = "another kernel"},
	{"initrd", "FILE", .offset = IN_OPTIONS(config.initrd), .help = "another user space"},
	{"firmware", "FILE", .offset = IN_OPTIONS(config.firmware),
	 .help = "another UEFI; implies --acpi"},
	{"timeout", "N", .minimum = 1, .maximum = 86400, .offset = IN_OPTIONS(config.seconds),
	 .help = "seconds that it may take (default 120)"},
	LINUX_OPTIONS("the queues, page 0, exits and events"),
};

const struct tool_usage run_linux_usage = {
	.command = "run --guest linux",
	.words = "[OPTION]...",
	.intro = "Boots an unmodified Linux in QEMU, with the CMDQV beside its SMMUv3 and an NVMe "
		 "disk behind it, lets it run tests, and says what that cost. `make linux` makes "
		 "what is needed.",
	.end = "Exit status: 0 all tests passed and nothing was seen that should not be; 1 not so; "
	       "2 wrong usage or environment; 3 it was interrupted.",
	.schema = LINUX_SCHEMA,
	.options = options_of_linux,
};

static int files_find(struct options *options)
{
	struct linux_config *config = &options->config;

	linux_default_path(&config->qemu, options->qemu, "qemu-system-aarch64");
	linux_default_path(&config->kernel, options->kernel, "Image");
	linux_default_path(&config->initrd, options->initrd, "initramfs.gz");
	if (options->acpi)
		linux_default_path(&config->firmware, options->firmware, "QEMU_EFI.fd");
	if (access(config->qemu, X_OK))
		return tool_give_up(options->json, LINUX_SCHEMA,
				    "there is no QEMU '%s'; make linux, or --qemu", config->qemu);
	if (access(config->kernel, R_OK))
		return tool_give_up(options->json, LINUX_SCHEMA,
				    "there is no kernel '%s'; make linux, or --kernel",
				    config->kernel);
	if (access(config->initrd, R_OK))
		return tool_give_up(options->json, LINUX_SCHEMA,
				    "there is no '%s'; make linux, or --initrd", config->initrd);
	if (config->firmware && access(config->firmware, R_OK))
		return tool_give_up(options->json, LINUX_SCHEMA,
				    "there is no firmware '%s'; make linux, or --firmware",
				    config->firmware);
	return TOOL_YES;
}

/* Our own user space has these tests. Returns whether each of `tests` is one. */
static bool are_known(const char *tests)
{
	static const char *const known[] = {"disk", "rebind", "benchmark", "reboot", "rest"};
	size_t count = sizeof(known) / sizeof(known[0]);

	for (size_t i; *tests; tests += strcspn(tests, ","), tests += *tests == ',') {
		for (i = 0; i < count; i++)
			if (strlen(known[i]) == strcspn(tests, ",") &&
			    !strncmp(tests, known[i], strlen(known[i])))
				break;
		if (i == count)
			return false;
	}
	return true;
}

/* Returns NULL, or why the options do not go together. */
static const char *options_check(const struct options *options)
{
	const struct linux_config *config = &options->config;
	const char *const paths[] = {config->record, config->stats,  config->qemu,
				     config->kernel, config->initrd, config->firmware};
	const char *complaint =
		linux_options_check(config, options->json, paths, sizeof(paths) / sizeof(paths[0]));

	if (complaint)
		return complaint;
	if (config->tests && !linux_are_names(config->tests))
		return "--tests must be names of tests with commas between them, such as "
		       "disk,rebind";
	if (config->tests && !config->initrd && !are_known(config->tests))
		return "--tests must be of disk, rebind, benchmark, reboot, rest; --initrd may "
		       "have "
		       "others";
	if (config->interactive && (options->json || config->tests))
		return "--interactive is for a person: leave out --json and --tests";
	if (options->no_cmdqv &&
	    (config->refuse_code || config->lose || config->record || options->no_map))
		return "--no-cmdqv leaves nothing to --refuse, --lose, --record and --no-map";
	return NULL;
}

/* What one option means for another. */
static void options_complete(struct options *options)
{
	options->config.map_page0 = !options->no_map && !options->config.record;
	options->config.rests = !options->no_rest;
	options->acpi = options->acpi || options->config.firmware;
	if (!options->no_cmdqv)
		return;
	snprintf(options->append, sizeof(options->append), "arm_smmu_v3.disable_cmdqv=1 %s",
		 options->config.append ? options->config.append : "");
	options->config.append = options->append;
}

/* ---- the verdict ---- */

/* A number of QEMU's report: of a member, or of a member's member. */
static uint64_t count_of(const struct linux_result *result, const char *name, const char *inner)
{
	struct json_object *member = NULL;

	if (!json_object_object_get_ex(result->report, name, &member))
		return 0;
	if (inner && !json_object_object_get_ex(member, inner, &member))
		return 0;
	return (uint64_t)json_object_get_int64(member);
}

static bool tests_judge(const struct options *options, struct linux_result *result)
{
	char names[512], *rest = names, *name;
	const struct linux_test *test;

	snprintf(names, sizeof(names), "%s", options->config.tests);
	while ((name = strsep(&rest, ","))) {
		test = linux_log_test(&result->log, name);
		if (!test)
			return linux_result_fail(result, "the guest did not say how '%s' went",
						 name);
		if (test->outcome == LINUX_TEST_FAILED)
			return linux_result_fail(result, "'%s' failed: %s", name, test->why);
	}
	return true;
}

/* What is to be seen of the device where the guest uses it. */
static bool device_judge(const struct options *options, struct linux_result *result)
{
	uint64_t refusals = options->config.refuse_code ? 1 : 0;

	if (!count_of(result, "commands", "TLBI_NH_VA") ||
	    !count_of(result, "commands", "CMD_SYNC"))
		return linux_result_fail(
			result, "the guest sent no TLBI_NH_VA or no CMD_SYNC to its queues");
	if (count_of(result, "bind_failures", NULL))
		return linux_result_fail(result, "a queue could not be bound");
	if (count_of(result, "guest_errors", NULL))
		return linux_result_fail(result, "the device counted errors of the guest");
	if (count_of(result, "refused", NULL) != refusals)
		return linux_result_fail(result, "%" PRIu64 " commands were refused, not %" PRIu64,
					 count_of(result, "refused", NULL), refusals);
	if (refusals && !result->log.errors_reported)
		return linux_result_fail(result, "the guest did not report the refused command");
	if (!options->config.map_page0)
		return true;
	if (!count_of(result, "page0_maps", NULL))
		return linux_result_fail(result, "page 0 was never mapped");
	if (count_of(result, "exits_while_mapped", "vintf0"))
		return linux_result_fail(
			result, "the guest exited %" PRIu64 " times at page 0 while it was mapped",
			count_of(result, "exits_while_mapped", "vintf0"));
	return true;
}

static bool no_device_judge(struct linux_result *result)
{
	if (count_of(result, "commands", "CMD_SYNC") || count_of(result, "page0_maps", NULL))
		return linux_result_fail(result,
					 "the guest used the CMDQV although it was told not to");
	return true;
}

static bool result_judge(const void *chosen, struct linux_result *result)
{
	const struct options *options = chosen;

	if (!linux_result_judge_start(result, options->config.seconds))
		return false;
	if (!options->no_cmdqv && result->log.queues != 2)
		return linux_result_fail(result, "the kernel allocated %lu queues, not 2",
					 result->log.queues);
	if (!linux_result_judge_end(result, "guest") || !tests_judge(options, result))
		return false;
	if (!result->report)
		return linux_result_fail(result, "QEMU wrote no report");
	return options->no_cmdqv ? no_device_judge(result) : device_judge(options, result);
}

/* ---- what one sees ---- */

static void counts_print(const struct linux_result *result, const char *title, const char *member)
{
	struct json_object *counts = NULL;
	char *text = NULL, head[32];
	size_t bytes;
	FILE *to;

	if (!json_object_object_get_ex(result->report, member, &counts))
		return;
	to = open_memstream(&text, &bytes);
	if (!to)
		return;
	for (struct json_object_iterator at = json_object_iter_begin(counts),
					 end = json_object_iter_end(counts);
	     !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
		fprintf(to, " %s %" PRId64, json_object_iter_peek_name(&at),
			json_object_get_int64(json_object_iter_peek_value(&at)));
	(void)fclose(to);
	snprintf(head, sizeof(head), "%-29s", title);
	wrap(head, LINUX_MARGIN, text + strspn(text, " "));
	free(text);
}

static void moves_print(const struct linux_result *result)
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
	if (count_of(result, "page0_rests", NULL))
		printf("%-28s %" PRIu64 " times, while the queues were quiet\n", "  withdrawn",
		       count_of(result, "page0_rests", NULL));
}

/* An unmap ends with one CMD_SYNC, whatever else it needs. */
static void per_sync_print(const char *queue, uint64_t syncs, uint64_t commands, uint64_t exits)
{
	if (syncs)
		printf("%-28s %.2f commands, %.2f exits, %" PRIu64 " times\n", queue,
		       (double)commands / (double)syncs, (double)exits / (double)syncs, syncs);
}

static void costs_print(const struct linux_result *result)
{
	uint64_t syncs = count_of(result, "commands", "CMD_SYNC");

	per_sync_print("a CMD_SYNC there came with", syncs,
		       syncs + count_of(result, "commands", "TLBI_NH_VA") +
			       count_of(result, "commands", "TLBI_NH_ASID"),
		       count_of(result, "exits", "vintf0"));
	per_sync_print("  at the SMMU's own queue", count_of(result, "smmu", "syncs"),
		       count_of(result, "smmu", "commands"),
		       count_of(result, "smmu", "prod_writes") +
			       count_of(result, "smmu", "cons_reads"));
}

static void refusals_print(const struct linux_result *result)
{
	uint64_t refused = count_of(result, "refused", NULL);

	if (refused)
		printf("%-28s %" PRIu64 " command%s, and the guest's kernel reported %s\n",
		       "refused", refused, tool_plural(refused),
		       result->log.errors_reported ? "it" : "nothing");
}

static void table_print(const struct linux_result *result)
{
	if (!result->report)
		return;
	printf("%-28s %lu of %lu entries\n", "queues allocated", result->log.queues,
	       result->log.queue_entries);
	moves_print(result);
	counts_print(result, "exits by page", "exits");
	counts_print(result, "  while page 0 was mapped", "exits_while_mapped");
	counts_print(result, "commands of the CMDQV", "commands");
	refusals_print(result);
	costs_print(result);
}

static void result_add_json(const struct linux_result *result, struct json_object *object)
{
	json_object_object_add(object, "backend", json_object_new_string("soft"));
	linux_log_add_json(&result->log, object);
	json_object_object_add(object, "queues", tool_json_count(result->log.queues));
	json_object_object_add(object, "boots", tool_json_count(result->log.boots));
}

int run_linux(int argc, char **argv, const struct tool_usage *const *modes)
{
	struct tool_usage usage = run_linux_usage;
	struct linux_guest guest = {
		.name = "linux",
		.judge = result_judge,
		.print = table_print,
		.add_json = result_add_json,
	};
	struct options options = {.config = {.tests = "disk", .vcpus = 2, .seconds = 120}};
	const char *complaint;
	int status;

	usage.modes = modes;
	status = tool_options_take(&usage, argc, argv, &options, NULL);
	if (status >= 0)
		return status;
	complaint = options_check(&options);
	if (complaint)
		return tool_give_up(options.json, LINUX_SCHEMA, "%s", complaint);
	options_complete(&options);
	status = files_find(&options);
	if (status)
		return status;
	guest.expected.refusal = options.config.refuse_code != 0;
	guest.expected.fallback = options.no_cmdqv;
	return linux_run(&guest, &options.config, &options, options.json, options.keep);
}
