/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv run --guest stack: the whole stack. Our QEMU with cmdqv-hw, an unmodified Linux in it that
 * is the host, in that a QEMU with an accelerated SMMU and a CMDQV, and a Linux guest with a disk.
 *
 * What is judged: what the steps of the host said (scripts/linux/stack/steps), and what its kernel
 * and the guest's said.
 */
#include "linux.h"
#include "options.h"
#include "tool.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	/* Of cmdqv-hw: VINTF 1 is the first VM's. */
	FIRST_QUEUE = 2,
};

struct options {
	struct linux_config config;
	struct linux_stack stack;
	const char *vmm;
	const char *steps;
	const char *device_options;
	const char *pattern; /* what the VM's disk has */
	char paths[6][LINUX_PATH];
	char refuse[256];
	char append[1024];
	int guest;
	bool keep;
	bool json;
};

/* ---- options ---- */

/* What the guest calls queue 0 and 1 is the first VINTF's pair behind the host's own. */
static const char *fault_take(void *to, const char *text)
{
	struct options *options = to;
	unsigned long queue, index, code;
	size_t length = strlen(options->refuse);
	int end = 0;

	if (sscanf(text, "%lu:%lu:%lu%n", &queue, &index, &code, &end) != 3 || text[end] ||
	    queue > 1 || index > 0x7ffff || code < 1 || code > 4)
		return "--fault must be queue (0 or 1), index and code (1 to 4), such as 1:41:1";
	if ((size_t)snprintf(options->refuse + length, sizeof(options->refuse) - length,
			     "%s%lu:%lu:%lu", length ? "+" : "", queue + FIRST_QUEUE, index,
			     code) >= sizeof(options->refuse) - length)
		return "there are too many --fault";
	return NULL;
}

static const char *const guests[] = {"stack", NULL};

#define IN_OPTIONS(member) offsetof(struct options, member)

static const struct tool_option options_of_stack[] = {
	{"guest", "stack", .names = guests, .offset = IN_OPTIONS(guest),
	 .help = "this guest; see 'cmdqv run --help' for others"},
	{"vmm", "upstream|ours|FILE", .offset = IN_OPTIONS(vmm),
	 .help = "the QEMU in the middle: Debian's (default), ours with cmdqv-accel, or an arm64 "
		 "one, as the program or as an archive of tar with it and its libraries in lib/"},
	{"steps", "LIST", .offset = IN_OPTIONS(steps),
	 .help = "of base, work, unplug, mixed, renumber, reboot, reset, errors, two, four, kill, "
		 "dimm, refusals, conformance (default base)"},
	{"interactive", .offset = IN_OPTIONS(config.interactive),
	 .help = "no steps but a shell in the innermost guest, here; poweroff -f ends it"},
	{"fault", "Q:INDEX:CODE", .take = fault_take,
	 .help = "the hardware refuses the command at an index of the guest's queue 0 or 1, once, "
		 "with a CONS.ERR of 1 to 4; may be given often, and the next one comes after the "
		 "one before has struck"},
	{"record", "FILE", .offset = IN_OPTIONS(config.record),
	 .help = "write a trace of the hardware for 'cmdqv replay'"},
	{"append", "TEXT", .offset = IN_OPTIONS(config.append),
	 .help = "more for the command line of the guest's kernel"},
	{"device-options", "TEXT", .offset = IN_OPTIONS(device_options),
	 .help = "of the VMM's device: more for cmdqv-accel, or those of upstream's arm-smmuv3 "
		 "(default accel=on,cmdqv=on)"},
	{"qemu", "FILE", .offset = IN_OPTIONS(config.qemu),
	 .help = "another QEMU than that of `make stack` around all of it"},
	{"kernel", "FILE", .offset = IN_OPTIONS(config.kernel),
	 .help = "another kernel for the host; KERNEL= of `make stack` is the guest's too"},
	{"timeout", "N", .minimum = 1, .maximum = 86400, .offset = IN_OPTIONS(config.seconds),
	 .help = "seconds that it may take (default 600)"},
	LINUX_OPTIONS("the hardware's queues, the host's and then the guest's,"),
};

const struct tool_usage run_stack_usage = {
	.command = "run --guest stack",
	.words = "[OPTION]...",
	.intro = "Boots an unmodified Linux in QEMU as a host with a CMDQV, in it a QEMU, and in "
		 "that a Linux guest with a passed-through NVMe disk and a CMDQV of its own; lets "
		 "it go through steps, and says what was seen. `make stack` makes what is needed.",
	.end = "Exit status: 0 all steps went well and nothing was seen that should not be; 1 not "
	       "so; 2 wrong usage or environment; 3 it was interrupted.",
	.schema = LINUX_SCHEMA,
	.options = options_of_stack,
};

static int file_find(struct options *options, const char **path, size_t at, const char *name,
		     int mode, const char *remedy)
{
	linux_default_path(path, options->paths[at], name);
	if (!access(*path, mode))
		return TOOL_YES;
	return tool_give_up(options->json, LINUX_SCHEMA, "there is no '%s'; %s", *path, remedy);
}

static int files_find(struct options *options)
{
	struct linux_config *config = &options->config;
	struct linux_stack *stack = &options->stack;
	const char *remedy = "make stack, or an absolute path";
	int status = file_find(options, &config->qemu, 0, "qemu-system-aarch64", X_OK,
			       "make stack, or --qemu");

	status = status ? status
			: file_find(options, &config->kernel, 1, "Image", R_OK,
				    "make stack, or --kernel");
	status = status ? status
			: file_find(options, &config->initrd, 2, "stack.cpio", R_OK, "make stack");
	status = status ? status
			: file_find(options, &stack->image, 3, "stack.image", R_OK, "make stack");
	status = status ? status
			: file_find(options, &options->pattern, 4, "stack.pattern", R_OK,
				    "make stack");
	if (!strcmp(options->vmm, "upstream"))
		return status;
	if (!strcmp(options->vmm, "ours"))
		remedy = "make stack says why ours cannot be had, or --vmm upstream";
	else
		stack->vmm = options->vmm;
	return status ? status : file_find(options, &stack->vmm, 5, "stack.qemu", R_OK, remedy);
}

/* The kernel's command line has no blanks within a word. */
static bool append_make(struct options *options)
{
	const char *append = options->config.append ? options->config.append : "";
	bool ours = strcmp(options->vmm, "upstream") != 0;
	char joined[512];
	int length;

	snprintf(joined, sizeof(joined), "%s", append);
	for (char *at = joined; *at; at++)
		if (*at == ' ')
			*at = ';';
	length = snprintf(options->append, sizeof(options->append),
			  "panic=-1 cmdqv.vmm=%s cmdqv.steps=%s%s%s%s%s",
			  ours ? "given" : "upstream",
			  options->config.interactive ? "shell" : options->steps,
			  joined[0] ? " cmdqv.append=" : "", joined,
			  !options->device_options ? ""
			  : ours		   ? " cmdqv.accel="
						   : " cmdqv.smmu=",
			  options->device_options ? options->device_options : "");
	options->config.append = options->append;
	return (size_t)length < sizeof(options->append);
}

/* Returns NULL, or why the options do not go together. */
static const char *options_check(const struct options *options)
{
	const struct linux_config *config = &options->config;
	const char *const paths[] = {config->record, config->stats, config->qemu, config->kernel,
				     options->vmm};
	const char *complaint =
		linux_options_check(config, options->json, paths, sizeof(paths) / sizeof(paths[0]));

	if (complaint)
		return complaint;
	if (options->steps && !linux_are_names(options->steps))
		return "--steps must be names of steps with commas between them, such as "
		       "base,reboot";
	if (config->interactive && (options->json || options->steps))
		return "--interactive is for a person: leave out --json and --steps";
	if (options->device_options && strchr(options->device_options, ' '))
		return "--device-options must be without blanks";
	return NULL;
}

/* ---- the verdict ---- */

/* The last one's, where a step has several VMs. */
static const char *value_of(const struct linux_log *log, const char *step, const char *name)
{
	for (size_t i = 0; i < log->value_count; i++)
		if (!strcmp(log->values[i].test, step) && !strcmp(log->values[i].name, name))
			return log->values[i].value;
	return "";
}

static bool step_judge(struct linux_result *result, const char *step)
{
	const struct linux_test *test = linux_log_test(&result->log, step);

	if (!test)
		return linux_result_fail(result, "the host did not say how '%s' went", step);
	if (test->outcome == LINUX_TEST_FAILED)
		return linux_result_fail(result, "'%s' failed: %s", step, test->why);
	if (!strcmp(step, "conformance") || !strcmp(step, "refusals"))
		return true; /* no driver uses the CMDQV */
	if (strcmp(value_of(&result->log, step, "queues"), "2") != 0)
		return linux_result_fail(result, "'%s': the guest allocated %s queues, not 2", step,
					 value_of(&result->log, step, "queues"));
	if (strcmp(value_of(&result->log, step, "exits_mapped"), "0") != 0)
		return linux_result_fail(result,
					 "'%s': the guest exited %s times at page 0 while it "
					 "was mapped",
					 step, value_of(&result->log, step, "exits_mapped"));
	return true;
}

static bool result_judge(const void *chosen, struct linux_result *result)
{
	const struct options *options = chosen;
	char names[512], *rest = names, *name;
	const struct linux_test *stack = linux_log_test(&result->log, "stack");

	if (!linux_result_judge_start(result, options->config.seconds) ||
	    !linux_result_judge_end(result, "host"))
		return false;
	if (stack && stack->outcome == LINUX_TEST_FAILED && result->log.test_count == 1)
		return linux_result_fail(result, "the host could not begin: %s", stack->why);
	snprintf(names, sizeof(names), "%s", options->steps);
	while ((name = strsep(&rest, ",")))
		if (!step_judge(result, name))
			return false;
	if (!stack || stack->outcome != LINUX_TEST_OK)
		return linux_result_fail(result, "a VM left something behind, or a step failed");
	return true;
}

/* ---- what one sees ---- */

/* The queues that executed something: the host's own first. */
static void queues_print(const struct linux_result *result)
{
	struct json_object *queues = NULL, *queue, *number = NULL, *commands = NULL, *vmid = NULL;

	if (!json_object_object_get_ex(result->report, "queues", &queues))
		return;
	for (size_t i = 0; i < json_object_array_length(queues); i++) {
		queue = json_object_array_get_idx(queues, i);
		json_object_object_get_ex(queue, "queue", &number);
		json_object_object_get_ex(queue, "commands", &commands);
		printf("queue %-22s %s commands", json_object_get_string(number),
		       json_object_get_string(commands));
		if (json_object_object_get_ex(queue, "vmid", &vmid))
			printf(", VMID %s", json_object_get_string(vmid));
		putchar('\n');
	}
}

static void result_add_json(const struct linux_result *result, struct json_object *object)
{
	linux_log_add_json(&result->log, object);
}

int run_stack(int argc, char **argv, const struct tool_usage *const *modes)
{
	struct tool_usage usage = run_stack_usage;
	struct linux_guest guest = {
		.name = "stack",
		.expected.fallback = true, /* `conformance` */
		.judge = result_judge,
		.print = queues_print,
		.add_json = result_add_json,
	};
	struct options options = {
		.config = {.tests = "stack", .vcpus = 2, .seconds = 600},
		.vmm = "upstream",
	};
	const char *complaint;
	int status;

	usage.modes = modes;
	status = tool_options_take(&usage, argc, argv, &options, NULL);
	if (status >= 0)
		return status;
	complaint = options_check(&options);
	if (complaint)
		return tool_give_up(options.json, LINUX_SCHEMA, "%s", complaint);
	if (!options.steps)
		options.steps = options.refuse[0] ? "errors" : "base";
	status = files_find(&options);
	if (status)
		return status;
	if (!append_make(&options))
		return tool_give_up(options.json, LINUX_SCHEMA,
				    "--steps, --append and --device-options are too long together");
	options.stack.refuse = options.refuse;
	options.config.stack = &options.stack;
	guest.pattern = options.pattern;
	guest.expected.refusal = options.refuse[0] != 0;
	return linux_run(&guest, &options.config, &options, options.json, options.keep);
}
