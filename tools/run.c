/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv run: a guest drives its command queues, and what it cost is counted.
 *
 * All the work is the VMM's (vmm/vmm.h); here are the options, the table and the JSON.
 */
#include "fault.h"
#include "run_dma.h"
#include "linux.h"
#include "options.h"
#include "page_file.h"
#include "tool.h"
#include "vmm.h"
#include "watch.h"
#include "wrap.h"

#include <cmdqv/types.h>

#include <errno.h>
#include <inttypes.h>
#include <json.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEMA "cmdqv-run/1"

enum { DEFAULT_BATCHES = 100, DEFAULT_BATCH_SIZE = 64 };

enum wanted_guest { GUEST_BEST, GUEST_KVM, GUEST_THREAD };

struct options {
	int guest; /* enum wanted_guest */
	unsigned long queues;
	unsigned long batches;	  /* 0: not given */
	unsigned long batch_size; /* likewise */
	unsigned long vcpus;
	bool no_map;
	bool no_rest;
	bool json;
	bool watch;
	const char *stats;
	FILE *stats_file; /* what is there, once it is open */
	const char *record;
	int backend; /* enum vmm_backend */
	const char *device;
	size_t fault_count;
	struct vmm_fault faults[VMM_MAX_FAULTS];
	unsigned long moves;
	struct run_dma_options dma;
};

/* ---- options ---- */

static const char *queues_take(void *to, const char *value)
{
	struct options *options = to;

	if (tool_number(value, 1, 1UL << VMM_MAX_LOG2_QUEUES, &options->queues) &&
	    (options->queues & (options->queues - 1)) == 0)
		return NULL;
	return "--queues must be a power of two from 1 to 64";
}

static const char *fault_take(void *to, const char *value)
{
	struct options *options = to;

	if (options->fault_count == VMM_MAX_FAULTS)
		return "--fault may be given eight times at most";
	if (vmm_fault_parse(value, &options->faults[options->fault_count]))
		return "--fault must be as --help says, such as abort@0:1";
	options->fault_count++;
	return NULL;
}

/* By the enums. */
static const char *const guests[] = {"best", "kvm", "thread", "linux", "stack", NULL};
static const char *const backends[] = {"soft", "iommufd", NULL};

static const struct tool_choice faults[] = {
	{"refuse", "a command is illegal; the driver puts a CMD_SYNC in its place, and the "
		   "invalidation is lost"},
	{"abort", "a command cannot be read; it is fetched again"},
	{"atc-timeout", "a device does not answer an ATC_INV (batches get one), which the next "
			"CMD_SYNC tells"},
	{"delayed-enable", "a look at CONFIG.EN does not acknowledge it"},
	{"refused-enable", "CONFIG.EN makes CMDQ_INIT_ERR pending instead"},
	{"lost-interrupt", "an error of the queue raises no interrupt"},
	{"stall", "the engine passes by, though commands wait"},
	{"repeat", "a TLBI has no effect the first of two times"},
	{.name = NULL},
};

#define IN_OPTIONS(member) offsetof(struct options, member)

static const struct tool_option options_of_run[] = {
	{"guest", "kvm|thread|linux|stack", .names = guests, .offset = IN_OPTIONS(guest),
	 .help = "a virtual machine, the same driver in threads, or a Linux in QEMU, alone or in a "
		 "VMM in a Linux: these have options of their own, see 'cmdqv run --guest linux "
		 "--help' and '--guest stack --help' (default: best, which is kvm where it works, "
		 "else thread)"},
	{"backend", "soft|iommufd", .names = backends, .offset = IN_OPTIONS(backend),
	 .help = "who owns the queues: software (default), or Linux on a Grace host, where "
		 "hardware "
		 "executes the commands; see 'cmdqv probe'. What it executed is not seen there, so "
		 "the guest's own checks, CONS and exits are judged"},
	{"device", "CDEV", .offset = IN_OPTIONS(device),
	 .help = "with iommufd: /dev/vfio/devices/vfioN of a device behind the SMMU, bound to "
		 "vfio-pci; the guest does not use it"},
	{"queues", "N", .take = queues_take,
	 .help = "command queues: a power of two, 1 to 64 (default 2); of 128 of the software "
		 "hardware its host keeps half"},
	{"batches", "N", .minimum = 1, .maximum = UINT32_MAX, .offset = IN_OPTIONS(batches),
	 .help = "batches of each invalidate phase, over all vCPUs (default 100)"},
	{"batch-size", "N", .minimum = VMM_MIN_BATCH, .maximum = VMM_MAX_BATCH,
	 .offset = IN_OPTIONS(batch_size),
	 .help = "commands of a batch, 2 to 1024: TLBI_NH_VA, and one CMD_SYNC as the last "
		 "(default "
		 "64)"},
	{"vcpus", "N", .minimum = 1, .maximum = VMM_MAX_VCPUS, .offset = IN_OPTIONS(vcpus),
	 .help = "1 to 8 (default 1)"},
	{"no-map", .offset = IN_OPTIONS(no_map),
	 .help = "the VMM refuses to map page 0: every access traps"},
	{"no-rest", .offset = IN_OPTIONS(no_rest),
	 .help = "page 0 stays mapped while the queues are quiet, and the engine polls; else it is "
		 "withdrawn after 2 ms, and the next store costs an exit"},
	{"record", "FILE", .offset = IN_OPTIONS(record),
	 .help = "write a trace for 'cmdqv replay'; implies --no-map, and commands are executed at "
		 "the access that makes work"},
	{"fault", "KIND@QUEUE[:COUNT]", .take = fault_take,
	 .help = "the hardware has a fault, COUNT times (default 1, or 'always') when queue QUEUE "
		 "gives it the occasion; after --migrate on each host anew. May be given eight "
		 "times. The guest gives up after a second:",
	 .choices = faults},
	{"dma", .offset = IN_OPTIONS(dma.dma),
	 .help = "instead of the batches, a DMA device copies between pages by IOVA, behind an "
		 "SMMU "
		 "and the guest's page table; after each round the guest unmaps the pages, "
		 "invalidates them through its queues, and uses them for other data. No "
		 "fault but repeat can be ordered with it, and nothing be recorded"},
	{"rounds", "N", .minimum = 1, .maximum = UINT32_MAX, .offset = IN_OPTIONS(dma.rounds),
	 .help = "of them, over all vCPUs, two invalidations each (default 10000 in threads, 200 "
		 "in "
		 "a virtual machine)"},
	{"drop-invalidation", "N", .offset = IN_OPTIONS(dma.drop_text),
	 .help = "lose the N-th on purpose: the data must show it"},
	{"repeat", .offset = IN_OPTIONS(dma.repeat),
	 .help = "the guest invalidates twice, as an SMMU with the erratum T264-SMMU-3 needs it; "
		 "--queues 1 --fault repeat@0:always is such an SMMU, and without --repeat the "
		 "data show it"},
	{"migrate", "N", .minimum = 1, .maximum = VMM_MAX_MOVES, .offset = IN_OPTIONS(moves),
	 .help = "the guest goes N times from one host to another: after equal shares of its work, "
		 "in the middle of batches, and at errors that it has not acknowledged"},
	{"watch", .offset = IN_OPTIONS(watch),
	 .help = "show the queues, page 0, exits and events once a second while the guest runs: a "
		 "screen, or lines where there is no terminal"},
	{"stats", "FILE", .offset = IN_OPTIONS(stats),
	 .help = "write the same once a second for a program, an object of JSON a line, schema "
		 "cmdqv-stats/1"},
	{"json", .offset = IN_OPTIONS(json), .help = "print one JSON object, schema " SCHEMA},
	{.name = NULL},
};

static const struct tool_usage *const modes[4];

static const struct tool_usage run_usage = {
	.command = "run",
	.words = "[OPTION]...",
	.intro = "A guest finds a CMDQV, brings up its queues, invalidates, has an error, and "
		 "disables everything again. Shows for each phase how many commands the software "
		 "hardware executed, how often the guest exited to the VMM, and whether page 0 of "
		 "its VINTF is mapped.",
	.end = "Exit status: 0 all commands were executed exactly as sent, and batches through the "
	       "mapped page cost no exit but for errors, and every fault struck, and every byte of "
	       "DMA was right; 1 not so; 2 wrong usage or environment; 3 it was interrupted.",
	.schema = SCHEMA,
	.options = options_of_run,
	.modes = modes,
};

static const struct tool_usage *const modes[4] = {&run_usage, &run_linux_usage, &run_stack_usage};

/* ---- what one sees ---- */

/* By CONS.ERR; 0 is an error of another kind, such as CMDQ_INIT_ERR. */
static const char *const error_names[VMM_CONS_ERRORS] = {"other", "illegal", "abort", "atc-timeout",
							 "illegal-access"};

/* Of hardware all that is known is that its CONS passed what the guest sent. */
static uint64_t commands_of(const struct vmm_report *report, const struct vmm_phase *phase)
{
	if (report->by_hardware)
		return phase->sent_tlbis + phase->sent_syncs;
	return phase->executed_tlbis + phase->executed_syncs + phase->executed_atcs;
}

static uint64_t exits_of(const struct vmm_phase *phase)
{
	uint64_t sum = 0;

	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		sum += phase->exits[page];
	return sum;
}

static const char *guest_name(enum vmm_guest guest)
{
	return guest == VMM_GUEST_KVM ? "kvm" : "thread";
}

static const char *backend_name(enum vmm_backend backend)
{
	return backend == VMM_BACKEND_IOMMUFD ? "iommufd" : "soft";
}

/* The state of page 0 that the last phase left. */
static const char *last_page0(const struct vmm_report *report)
{
	if (!report->phase_count)
		return cmdqv_page0_life_name(CMDQV_PAGE0_NONE);
	return cmdqv_page0_life_name(report->phases[report->phase_count - 1].page0);
}

static void time_print(double seconds)
{
	if (seconds < 0.001)
		printf(" %3.0fus", seconds * 1e6);
	else if (seconds < 1)
		printf(" %3.0fms", seconds * 1e3);
	else
		printf(" %4.1fs", seconds);
}

/* Exits for each batch; a blank stays between two numbers, whatever they are. */
static void per_batch_print(const struct vmm_phase *phase)
{
	double per_batch;

	if (!phase->batches) {
		printf(" %6s", "-");
		return;
	}
	per_batch = (double)exits_of(phase) / (double)phase->batches;
	printf(per_batch < 1000 ? " %6.1f" : " %6.0f", per_batch);
}

static void phase_print(const struct vmm_report *report, const struct vmm_phase *phase, bool narrow)
{
	printf("%-17s %6" PRIu64, phase->name, commands_of(report, phase));
	if (narrow)
		printf(" %6" PRIu64, exits_of(phase));
	for (size_t page = 0; page < CMDQV_AT_PAGES && !narrow; page++)
		printf(" %6" PRIu64, phase->exits[page]);
	per_batch_print(phase);
	printf(" %7s", cmdqv_page0_life_name(phase->page0));
	time_print(phase->seconds);
	putchar('\n');
}

static void phases_print(const struct vmm_report *report)
{
	/* A terminal of less columns gets the sum of the exits. */
	enum { TABLE_COLUMNS = 80 };
	size_t columns = wrap_columns(stdout);
	bool narrow = columns && columns < TABLE_COLUMNS;

	if (narrow)
		puts("                    com-         exits   VINTF\n"
		     "                   mands           per  page 0\n"
		     "phase               done  exits  batch      is  time");
	else
		puts("                    com-  exits, by page of the CMDQV           exits   "
		     "VINTF\n"
		     "                   mands config direct direct  VINTF  VINTF    per  page 0\n"
		     "phase               done        page 0 page 1 page 0 page 1  batch      is  "
		     "time");
	for (size_t i = 0; i < report->phase_count; i++)
		phase_print(report, &report->phases[i], narrow);
	putchar('\n');
}

static void fault_print(const struct vmm_fault *fault)
{
	char text[48];

	vmm_fault_format(fault, text, sizeof(text));
	printf("fault %s struck %" PRIu64 " time%s\n", text, fault->struck,
	       tool_plural(fault->struck));
}

static uint64_t errors_seen(const struct vmm_report *report, size_t error)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < report->phase_count; i++)
		sum += report->phases[i].errors[error];
	return sum;
}

/* What the guest's handler found in its queues; only where faults were ordered. */
static void seen_print(const struct vmm_report *report)
{
	const char *before = "the guest's handler saw: ";

	if (!report->fault_count)
		return;
	for (size_t error = 0; error < VMM_CONS_ERRORS; error++) {
		uint64_t seen = errors_seen(report, error);

		if (!seen)
			continue;
		printf("%s%" PRIu64 " %s", before, seen, error_names[error]);
		before = ", ";
	}
	fputs(before[0] == ',' ? "\n\n" : "\n", stdout);
}

static bool has_batches(const struct vmm_report *report, const char *name)
{
	for (size_t i = 0; i < report->phase_count; i++)
		if (!strcmp(report->phases[i].name, name))
			return report->phases[i].batches > 0;
	return false;
}

/* What the rows below it mean. */
static void preamble_print(const struct vmm_config *config, const struct vmm_report *report)
{
	char text[640];

	snprintf(
		text, sizeof(text),
		"A guest, %s with %" PRIu32 " vCPU%s, drives %u SMMU command queue%s. %s An exit "
		"is an access of the guest that stops it until the VMM has answered; %s.%s\n",
		config->guest == VMM_GUEST_KVM ? "a virtual machine under KVM" : "threads here",
		config->vcpus, tool_plural(config->vcpus), 1U << config->log2_queues,
		tool_plural(1U << config->log2_queues),
		report->by_hardware ? "Hardware executes the commands, unseen but for CONS."
				    : "Software is the hardware: it executes the commands.",
		config->map_page0 ? "a mapped page costs none" : "no page is mapped here",
		has_batches(report, "invalidate-direct")
			? " Those of invalidate-direct are mostly polls of CONS: more of them on a "
			  "machine that is slow or busy."
			: "");
	wrap("", "", text);
}

static void moves_print(const struct vmm_moves_report *moves)
{
	char text[300];

	if (!moves->made)
		return;
	snprintf(text, sizeof(text),
		 "%" PRIu32
		 " time%s to another host. The guest stood still for %.2f ms (the middle "
		 "one), %.2f ms at most; the saved state was %zu bytes; %" PRIu64
		 " queue%s came over with an error that the guest had not acknowledged",
		 moves->made, tool_plural(moves->made), moves->median * 1e3, moves->longest * 1e3,
		 moves->stream_bytes, moves->held, tool_plural(moves->held));
	wrap("moved: ", "", text);
}

static void table_print(const struct vmm_config *config, const struct vmm_report *report)
{
	preamble_print(config, report);
	phases_print(report);
	for (size_t i = 0; i < report->fault_count; i++)
		fault_print(&report->faults[i]);
	seen_print(report);
	run_dma_print(&report->dma);
	moves_print(&report->moves);
	wrap(report->ok ? "ok: " : report->interrupted ? "" : "FAILED: ", "", report->verdict);
}

static struct json_object *phase_json(const struct vmm_report *report,
				      const struct vmm_phase *phase)
{
	struct json_object *object = json_object_new_object();
	struct json_object *exits = json_object_new_object();
	struct json_object *errors = json_object_new_object();

	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		json_object_object_add(exits, tool_page_name(page),
				       tool_json_count(phase->exits[page]));
	json_object_object_add(object, "name", json_object_new_string(phase->name));
	json_object_object_add(object, "batches", tool_json_count(phase->batches));
	json_object_object_add(object, "commands", tool_json_count(commands_of(report, phase)));
	json_object_object_add(object, "exits", exits);
	for (size_t error = 0; error < VMM_CONS_ERRORS; error++)
		json_object_object_add(errors, error_names[error],
				       tool_json_count(phase->errors[error]));
	json_object_object_add(object, "page0",
			       json_object_new_string(cmdqv_page0_life_name(phase->page0)));
	json_object_object_add(object, "seconds", json_object_new_double(phase->seconds));
	json_object_object_add(object, "moves", tool_json_count(phase->moves));
	json_object_object_add(object, "stood_still", json_object_new_double(phase->stood_still));
	json_object_object_add(object, "errors", errors);
	json_object_object_add(object, "rests", tool_json_count(phase->rests));
	json_object_object_add(object, "rest_exits", tool_json_count(phase->rest_exits));
	return object;
}

static struct json_object *faults_json(const struct vmm_report *report)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < report->fault_count; i++) {
		const struct vmm_fault *fault = &report->faults[i];
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "kind",
				       json_object_new_string(vmm_fault_name(fault->kind)));
		json_object_object_add(object, "queue", tool_json_count(fault->queue));
		json_object_object_add(object, "count", tool_json_count(fault->count));
		json_object_object_add(object, "struck", tool_json_count(fault->struck));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *moves_json(const struct vmm_moves_report *moves)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "wanted", tool_json_count(moves->wanted));
	json_object_object_add(object, "made", tool_json_count(moves->made));
	json_object_object_add(object, "held", tool_json_count(moves->held));
	json_object_object_add(object, "bytes", tool_json_count(moves->stream_bytes));
	json_object_object_add(object, "median", json_object_new_double(moves->median));
	json_object_object_add(object, "longest", json_object_new_double(moves->longest));
	return object;
}

static void report_print_json(const struct vmm_config *config, const struct vmm_report *report)
{
	struct json_object *object = tool_json_new(SCHEMA);
	struct json_object *phases = json_object_new_array();

	if (!report->ok)
		tool_json_verdict(object, report->interrupted ? "interrupted" : "failed",
				  report->verdict);
	json_object_object_add(object, "guest", json_object_new_string(guest_name(config->guest)));
	json_object_object_add(object, "backend",
			       json_object_new_string(backend_name(config->backend)));
	json_object_object_add(object, "page0", json_object_new_string(last_page0(report)));
	for (size_t i = 0; i < report->phase_count; i++)
		json_object_array_add(phases, phase_json(report, &report->phases[i]));
	json_object_object_add(object, "phases", phases);
	json_object_object_add(object, "faults", faults_json(report));
	run_dma_json(object, &report->dma);
	if (report->moves.wanted)
		json_object_object_add(object, "moves", moves_json(&report->moves));
	tool_json_print(object);
}

/* ---- running ---- */

static uint32_t log2_of(unsigned long power)
{
	uint32_t log2 = 0;

	while (power >>= 1)
		log2++;
	return log2;
}

/* Finds out which guest it is to be. Returns 0, or an error if the wanted one cannot be. */
static int guest_choose(const struct options *options, struct vmm_config *config,
			struct cmdqv_error *error)
{
	int err;

	config->guest = VMM_GUEST_THREAD;
	if (options->guest == GUEST_THREAD)
		return 0;
	err = vmm_kvm_check(error);
	if (!err)
		config->guest = VMM_GUEST_KVM;
	if (!err || options->guest == GUEST_KVM)
		return err;
	tool_complain("no KVM, so the guest runs in threads; '--guest kvm' says why");
	return 0;
}

/* Runs the guest, and looks at it meanwhile if that is wanted. */
static int vmm_run_watched(struct vmm *vmm, const struct options *options,
			   struct vmm_report *report, struct cmdqv_error *error)
{
	struct watch *watch = NULL;
	FILE *stats = options->stats_file;
	int err;

	if (options->watch || stats)
		watch = watch_begin(vmm, options->watch, stats);
	err = vmm_run(vmm, report, error);
	watch_end(watch);
	if (stats && (ferror(stats) | fflush(stats)) && !err)
		err = cmdqv_error_set(error, -EIO, "stats",
				      "'%s' could not be written to its end: is there space left?",
				      options->stats);
	return err;
}

/* Says which phase is under way, and asks for an interrupt. */
static bool go_on_and_say(const char *phase)
{
	tool_progress("phase %s", phase);
	return !tool_interrupted();
}

/* A watch says it itself. */
static bool go_on(const char *phase)
{
	(void)phase;
	return !tool_interrupted();
}

static int record_fail(const struct options *options, const char *why)
{
	return tool_give_up(options->json, SCHEMA,
			    "cannot write '%s': %s; give --record a file that can be written",
			    options->record, why);
}

static int vmm_create_and_run(struct vmm_config *config, const struct options *options,
			      struct vmm_report *report, struct cmdqv_error *error)
{
	struct vmm *vmm;
	int err;

	config->go_on = options->watch ? go_on : go_on_and_say;
	err = vmm_create(&vmm, config, error);
	if (err)
		return err;
	err = vmm_run_watched(vmm, options, report, error);
	vmm_destroy(vmm);
	tool_progress(NULL);
	return err;
}

/* Returns the exit status. `file` is that of a recording, or NULL: it stays if it is whole. */
static int vmm_run_and_print(struct vmm_config *config, const struct options *options,
			     struct page_file *file)
{
	struct cmdqv_error error = {.text = ""};
	struct vmm_report report;
	const char *why;
	int err;

	tool_hold_interrupts();
	err = vmm_create_and_run(config, options, &report, &error);
	if (err && file)
		page_file_drop(file);
	if (err)
		return tool_give_up(options->json, SCHEMA, "%s", error.text);
	why = file ? page_file_end(file) : NULL;
	if (why)
		return record_fail(options, why);
	if (options->json)
		report_print_json(config, &report);
	else
		table_print(config, &report);
	if (report.interrupted)
		return TOOL_UNKNOWN;
	return report.ok ? TOOL_YES : TOOL_NO;
}

/* What is no file, such as a pipe, is written as the guest runs. */
static int record_stream(struct vmm_config *config, const struct options *options)
{
	int status;

	config->record = fopen(options->record, "we");
	if (!config->record)
		return record_fail(options, strerror(errno));
	status = vmm_run_and_print(config, options, NULL);
	/* The VMM has flushed it and said what went wrong with that. */
	(void)fclose(config->record);
	return status;
}

/* A former file stays until the trace is whole. */
static int record_run(struct vmm_config *config, const struct options *options)
{
	struct page_file file;
	struct stat former;
	const char *why;

	if (stat(options->record, &former) == 0 && !S_ISREG(former.st_mode))
		return record_stream(config, options);
	tool_hold_interrupts(); /* an interrupt must not leave a part of the file behind */
	why = page_file_begin(&file, options->record);
	if (why)
		return record_fail(options, why);
	config->record = file.stream;
	return vmm_run_and_print(config, options, &file);
}

/* Is it this guest, with options of its own? "--guest" may be cut off, to "--g" at most. */
static bool wants_guest(int argc, char **argv, const char *guest)
{
	for (int i = 1; i < argc; i++) {
		size_t length = strcspn(argv[i], "=");
		const char *value = argv[i][length] ? argv[i] + length + 1 : argv[i + 1];

		if (length > strlen("--") && !strncmp(argv[i], "--guest", length) && value &&
		    !strcmp(value, guest))
			return true;
	}
	return false;
}

/* Returns NULL, or what is wrong. */
static const char *backend_check(const struct options *options)
{
	bool hardware = options->backend == VMM_BACKEND_IOMMUFD;

	if (hardware && !options->device)
		return "--backend iommufd needs --device CDEV; see --help and 'cmdqv probe'";
	if (!hardware && options->device)
		return "--device is for --backend iommufd: software needs none";
	if (hardware && (options->record || options->fault_count || options->dma.dma))
		return "with --backend iommufd leave them out: --record, --fault, --dma";
	return NULL;
}

/* Returns NULL, or what is wrong with the options together. */
static const char *options_check(const struct options *options)
{
	const char *complaint = run_dma_check(&options->dma);

	if (!complaint && options->dma.dma && options->batches)
		complaint = "--dma has no batches: leave out --batches, or give --rounds";
	if (!complaint && options->moves && options->record)
		complaint = "--migrate cannot be recorded: leave out --record";
	if (!complaint && options->dma.dma && options->batch_size)
		complaint = "--dma has no batches: leave out --batch-size";
	if (!complaint && options->watch && options->json)
		complaint = "--watch is for a person: leave out --json, or give --stats instead";
	return complaint ? complaint : backend_check(options);
}

static struct vmm_config config_of(const struct options *options)
{
	struct vmm_config config = {
		.log2_queues = log2_of(options->queues),
		.vcpus = (uint32_t)options->vcpus,
		.batches = options->batches ? options->batches : DEFAULT_BATCHES,
		.batch_size =
			options->batch_size ? (uint32_t)options->batch_size : DEFAULT_BATCH_SIZE,
		.map_page0 = !options->no_map && !options->record,
		.rests = !options->no_rest && options->backend == VMM_BACKEND_SOFT,
		.backend = (enum vmm_backend)options->backend,
		.device = options->device,
		.fault_count = options->fault_count,
		.moves = (uint32_t)options->moves,
	};

	memcpy(config.faults, options->faults, sizeof(config.faults));
	return config;
}

static int run_vm_or_threads(int argc, char **argv)
{
	struct options options = {.queues = 2, .vcpus = 1};
	struct cmdqv_error error = {.text = ""};
	struct vmm_config config;
	const char *complaint;
	uint64_t last;
	int status = tool_options_take(&run_usage, argc, argv, &options, NULL);

	if (status >= 0)
		return status;
	config = config_of(&options);
	complaint = options_check(&options);
	if (complaint)
		return tool_give_up(options.json, SCHEMA, "%s", complaint);
	if (guest_choose(&options, &config, &error))
		return tool_give_up(options.json, SCHEMA, "%s", error.text);
	last = run_dma_configure(&options.dma, &config);
	if (last)
		return tool_give_up(options.json, SCHEMA,
				    "--drop-invalidation must be a number from 1 to %" PRIu64
				    ", not '%s'",
				    last, options.dma.drop_text);
	/*
	 * Opening a pipe waits for its reader, perhaps for ever. So the user must still be able to
	 * interrupt it, and it must not leave a part of the recording behind.
	 */
	if (options.stats && !(options.stats_file = fopen(options.stats, "we")))
		return tool_give_up(
			options.json, SCHEMA,
			"cannot write '%s': %s; give --stats a file that can be written",
			options.stats, strerror(errno));
	status = options.record ? record_run(&config, &options)
				: vmm_run_and_print(&config, &options, NULL);
	if (options.stats_file)
		fclose(options.stats_file);
	return status;
}

static int run(int argc, char **argv)
{
	if (wants_guest(argc, argv, "linux"))
		return run_linux(argc, argv, modes);
	if (wants_guest(argc, argv, "stack"))
		return run_stack(argc, argv, modes);
	return run_vm_or_threads(argc, argv);
}

const struct tool tool_run = {
	.name = "run",
	.summary = "a guest drives its queues; count commands and exits",
	.run = run,
};
