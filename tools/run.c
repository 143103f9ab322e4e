/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv run: a guest drives its command queues, and what it cost is counted.
 *
 * All the work is the VMM's (vmm/vmm.h); here are the options, the table and the JSON.
 */
#include "fault.h"
#include "run_dma.h"
#include "linux.h"
#include "tool.h"
#include "vmm.h"
#include "wrap.h"

#include <cmdqv/types.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "cmdqv-run/1"

enum { DEFAULT_BATCHES = 100, DEFAULT_BATCH_SIZE = 64 };

enum wanted_guest { GUEST_BEST, GUEST_KVM, GUEST_THREAD };

struct options {
	enum wanted_guest guest;
	unsigned long queues;
	unsigned long batches;	  /* 0: not given */
	unsigned long batch_size; /* likewise */
	unsigned long vcpus;
	bool no_map;
	bool json;
	bool help;
	const char *record;
	enum vmm_backend backend;
	const char *device;
	size_t fault_count;
	struct vmm_fault faults[VMM_MAX_FAULTS];
	struct run_dma_options dma;
};

static const char help_text[] =
	"usage: cmdqv run [OPTION]...\n"
	"\n"
	"A guest finds a CMDQV, brings up its queues, invalidates, has an error, and\n"
	"disables everything again. Shows for each phase how many commands the software\n"
	"hardware executed, how often the guest exited to the VMM, and whether page 0 of\n"
	"its VINTF is mapped.\n"
	"\n"
	"  --guest kvm|thread   a virtual machine, or the same driver in threads\n"
	"                       (default: kvm where it works)\n"
	"  --guest linux        a Linux in QEMU, with options of its own: see\n"
	"                       'cmdqv run --guest linux --help'\n"
	"  --backend soft|iommufd\n"
	"                       who owns the queues: software (default), or Linux on a\n"
	"                       Grace host, where hardware executes the commands; see\n"
	"                       'cmdqv probe'. What it executed is not seen there, so the\n"
	"                       guest's own checks, CONS and exits are judged\n"
	"  --device CDEV        with iommufd: /dev/vfio/devices/vfioN of a device behind\n"
	"                       the SMMU, bound to vfio-pci; the guest does not use it\n"
	"  --queues N           command queues: a power of two, 1 to 64 (default 2);\n"
	"                       of 128 of the software hardware its host keeps half\n"
	"  --batches N          batches of each invalidate phase, over all vCPUs\n"
	"                       (default 100)\n"
	"  --batch-size N       commands of a batch, 2 to 1024: TLBI_NH_VA, and one\n"
	"                       CMD_SYNC as the last (default 64)\n"
	"  --vcpus N            1 to 8 (default 1)\n"
	"  --no-map             the VMM refuses to map page 0: every access traps\n"
	"  --record FILE        write a trace for 'cmdqv replay'; implies --no-map, and\n"
	"                       commands are executed at the access that makes work\n"
	"  --fault KIND@QUEUE[:COUNT]\n"
	"                       the hardware has a fault, COUNT times (default 1, or\n"
	"                       'always') when queue QUEUE gives it the occasion. May be\n"
	"                       given eight times. The guest gives up after a second:\n"
	"      refuse           a command is illegal; the driver puts a CMD_SYNC in its\n"
	"                       place, and the invalidation is lost\n"
	"      abort            a command cannot be read; it is fetched again\n"
	"      atc-timeout      a device does not answer an ATC_INV (batches get one),\n"
	"                       which the next CMD_SYNC tells\n"
	"      delayed-enable   a look at CONFIG.EN does not acknowledge it\n"
	"      refused-enable   CONFIG.EN makes CMDQ_INIT_ERR pending instead\n"
	"      lost-interrupt   an error of the queue raises no interrupt\n"
	"      stall            the engine passes by, though commands wait\n"
	"      repeat           a TLBI has no effect the first of two times\n";

static const char help_end[] =
	"  --json               print one JSON object instead of the table\n"
	"  --help               this text\n"
	"\n"
	"Exit status: 0 all commands were executed exactly as sent, and batches through\n"
	"the mapped page cost no exit but for errors, and every fault struck, and every\n"
	"byte of DMA was right; 1 not so; 2 wrong usage or environment.\n";

/* ---- options ---- */

enum {
	OPTION_GUEST = 256,
	OPTION_BACKEND,
	OPTION_DEVICE,
	OPTION_QUEUES,
	OPTION_BATCHES,
	OPTION_BATCH_SIZE,
	OPTION_VCPUS,
	OPTION_NO_MAP,
	OPTION_RECORD,
	OPTION_FAULT,
	OPTION_DMA,
	OPTION_ROUNDS,
	OPTION_DROP_INVALIDATION,
	OPTION_JSON,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{"guest", required_argument, NULL, OPTION_GUEST},
	{"backend", required_argument, NULL, OPTION_BACKEND},
	{"device", required_argument, NULL, OPTION_DEVICE},
	{"queues", required_argument, NULL, OPTION_QUEUES},
	{"batches", required_argument, NULL, OPTION_BATCHES},
	{"batch-size", required_argument, NULL, OPTION_BATCH_SIZE},
	{"vcpus", required_argument, NULL, OPTION_VCPUS},
	{"no-map", no_argument, NULL, OPTION_NO_MAP},
	{"record", required_argument, NULL, OPTION_RECORD},
	{"fault", required_argument, NULL, OPTION_FAULT},
	{"dma", no_argument, NULL, OPTION_DMA},
	{"rounds", required_argument, NULL, OPTION_ROUNDS},
	{"drop-invalidation", required_argument, NULL, OPTION_DROP_INVALIDATION},
	{"json", no_argument, NULL, OPTION_JSON},
	{"help", no_argument, NULL, OPTION_HELP},
	{NULL, 0, NULL, 0},
};

static bool take_guest(struct options *options, const char *name)
{
	if (!strcmp(name, "kvm"))
		options->guest = GUEST_KVM;
	else if (!strcmp(name, "thread"))
		options->guest = GUEST_THREAD;
	else
		return false;
	return true;
}

static bool take_backend(struct options *options, const char *name)
{
	if (!strcmp(name, "soft"))
		options->backend = VMM_BACKEND_SOFT;
	else if (!strcmp(name, "iommufd"))
		options->backend = VMM_BACKEND_IOMMUFD;
	else
		return false;
	return true;
}

static const char *take_fault(struct options *options, const char *text)
{
	if (options->fault_count == VMM_MAX_FAULTS)
		return "--fault may be given eight times at most";
	if (vmm_fault_parse(text, &options->faults[options->fault_count]))
		return "--fault must be as --help says, such as abort@0:1";
	options->fault_count++;
	return NULL;
}

/* One option; returns NULL, or what its value should have been. */
static const char *take_option(struct options *options, int option)
{
	switch (option) {
	case OPTION_GUEST:
		return take_guest(options, optarg) ? NULL : "--guest must be kvm, thread or linux";
	case OPTION_BACKEND:
		return take_backend(options, optarg) ? NULL : "--backend must be soft or iommufd";
	case OPTION_DEVICE:
		options->device = optarg;
		return NULL;
	case OPTION_QUEUES:
		if (tool_number(optarg, 1, 1UL << VMM_MAX_LOG2_QUEUES, &options->queues) &&
		    (options->queues & (options->queues - 1)) == 0)
			return NULL;
		return "--queues must be a power of two from 1 to 64";
	case OPTION_BATCHES:
		return tool_number(optarg, 1, UINT32_MAX, &options->batches)
			       ? NULL
			       : "--batches must be a number from 1 to 4294967295";
	case OPTION_BATCH_SIZE:
		return tool_number(optarg, VMM_MIN_BATCH, VMM_MAX_BATCH, &options->batch_size)
			       ? NULL
			       : "--batch-size must be a number from 2 to 1024";
	case OPTION_VCPUS:
		return tool_number(optarg, 1, VMM_MAX_VCPUS, &options->vcpus)
			       ? NULL
			       : "--vcpus must be a number from 1 to 8";
	case OPTION_RECORD:
		options->record = optarg;
		options->no_map = true;
		return NULL;
	case OPTION_FAULT:
		return take_fault(options, optarg);
	case OPTION_DMA:
		options->dma.dma = true;
		return NULL;
	case OPTION_ROUNDS:
		return run_dma_take_rounds(&options->dma, optarg);
	case OPTION_DROP_INVALIDATION:
		run_dma_take_drop(&options->dma, optarg);
		return NULL;
	case OPTION_NO_MAP:
		options->no_map = true;
		return NULL;
	case OPTION_JSON:
		options->json = true;
		return NULL;
	default:
		options->help = true;
		return NULL;
	}
}

/* Returns TOOL_YES, or the exit status after it has said what is wrong. */
static int take_options(int argc, char **argv, struct options *options)
{
	bool json = tool_has_option(argc, argv, "--json");
	const char *complaint;
	int option;

	*options = (struct options){.queues = 2, .vcpus = 1};
	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		if (option == ':' || option == '?')
			return tool_wrong_option(json, SCHEMA, "run", argv, option);
		complaint = take_option(options, option);
		if (complaint)
			return tool_give_up(json || options->json, SCHEMA, "%s, not '%.100s'",
					    complaint, optarg);
	}
	if (optind < argc)
		return tool_give_up(json, SCHEMA, "'%.100s' is no option; see 'cmdqv run --help'",
				    argv[optind]);
	return TOOL_YES;
}

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

static void print_time(double seconds)
{
	if (seconds < 0.001)
		printf(" %3.0fus", seconds * 1e6);
	else if (seconds < 1)
		printf(" %3.0fms", seconds * 1e3);
	else
		printf(" %4.1fs", seconds);
}

/* Whatever the numbers are, a blank stays between two of them. */
static void print_phase(const struct vmm_report *report, const struct vmm_phase *phase)
{
	double per_batch;

	printf("%-17s %6" PRIu64, phase->name, commands_of(report, phase));
	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		printf(" %6" PRIu64, phase->exits[page]);
	if (phase->batches) {
		per_batch = (double)exits_of(phase) / (double)phase->batches;
		printf(per_batch < 1000 ? " %6.1f" : " %6.0f", per_batch);
	} else {
		printf(" %6s", "-");
	}
	printf(" %7s", cmdqv_page0_life_name(phase->page0));
	print_time(phase->seconds);
	putchar('\n');
}

static void print_fault(const struct vmm_fault *fault)
{
	char text[48];

	vmm_fault_format(fault, text, sizeof(text));
	printf("fault %s struck %" PRIu64 " time%s\n", text, fault->struck,
	       fault->struck == 1 ? "" : "s");
}

static uint64_t errors_seen(const struct vmm_report *report, size_t error)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < report->phase_count; i++)
		sum += report->phases[i].errors[error];
	return sum;
}

/* What the guest's handler found in its queues, if anybody ordered faults. */
static void print_seen(const struct vmm_report *report)
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

static void print_table(const struct vmm_config *config, const struct vmm_report *report)
{
	printf("A guest, %s with %" PRIu32 " vCPU%s, drives %u SMMU command queue%s.\n"
	       "%s An exit is an access of the\n"
	       "guest that stops it until the VMM has answered; a mapped page costs none.\n"
	       "Those of invalidate-direct are mostly polls of CONS: more of them on a machine\n"
	       "that is slow or busy.\n\n",
	       config->guest == VMM_GUEST_KVM ? "a virtual machine under KVM" : "threads here",
	       config->vcpus, config->vcpus > 1 ? "s" : "", 1U << config->log2_queues,
	       config->log2_queues ? "s" : "",
	       report->by_hardware ? "Hardware executes the commands, unseen but for CONS."
				   : "Software is the hardware: it executes the commands.");
	puts("                    com-  exits, by page of the CMDQV           exits   VINTF");
	puts("                   mands config direct direct  VINTF  VINTF    per  page 0");
	puts("phase               done        page 0 page 1 page 0 page 1  batch      is  time");
	for (size_t i = 0; i < report->phase_count; i++)
		print_phase(report, &report->phases[i]);
	putchar('\n');
	for (size_t i = 0; i < report->fault_count; i++)
		print_fault(&report->faults[i]);
	print_seen(report);
	run_dma_print(&report->dma);
	wrap(report->ok ? "ok: " : "FAILED: ", "", report->verdict);
}

static struct json_object *json_count(uint64_t count)
{
	return json_object_new_int64((int64_t)count);
}

static struct json_object *json_phase(const struct vmm_report *report,
				      const struct vmm_phase *phase)
{
	static const char *const pages[CMDQV_AT_PAGES] = {"config", "direct0", "direct1", "vintf0",
							  "vintf1"};
	struct json_object *object = json_object_new_object();
	struct json_object *exits = json_object_new_object();
	struct json_object *errors = json_object_new_object();

	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		json_object_object_add(exits, pages[page], json_count(phase->exits[page]));
	json_object_object_add(object, "name", json_object_new_string(phase->name));
	json_object_object_add(object, "batches", json_count(phase->batches));
	json_object_object_add(object, "commands", json_count(commands_of(report, phase)));
	json_object_object_add(object, "exits", exits);
	for (size_t error = 0; error < VMM_CONS_ERRORS; error++)
		json_object_object_add(errors, error_names[error],
				       json_count(phase->errors[error]));
	json_object_object_add(object, "page0",
			       json_object_new_string(cmdqv_page0_life_name(phase->page0)));
	json_object_object_add(object, "seconds", json_object_new_double(phase->seconds));
	json_object_object_add(object, "errors", errors);
	return object;
}

static struct json_object *json_faults(const struct vmm_report *report)
{
	struct json_object *faults = json_object_new_array();

	for (size_t i = 0; i < report->fault_count; i++) {
		const struct vmm_fault *fault = &report->faults[i];
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "kind",
				       json_object_new_string(vmm_fault_name(fault->kind)));
		json_object_object_add(object, "queue", json_count(fault->queue));
		json_object_object_add(object, "count", json_count(fault->count));
		json_object_object_add(object, "struck", json_count(fault->struck));
		json_object_array_add(faults, object);
	}
	return faults;
}

static void print_json(const struct vmm_config *config, const struct vmm_report *report)
{
	struct json_object *object = tool_json_new(SCHEMA);
	struct json_object *phases = json_object_new_array();

	if (!report->ok)
		tool_json_verdict(object, "failed", report->verdict);
	json_object_object_add(object, "guest", json_object_new_string(guest_name(config->guest)));
	json_object_object_add(object, "backend",
			       json_object_new_string(backend_name(config->backend)));
	json_object_object_add(object, "page0", json_object_new_string(last_page0(report)));
	for (size_t i = 0; i < report->phase_count; i++)
		json_object_array_add(phases, json_phase(report, &report->phases[i]));
	json_object_object_add(object, "phases", phases);
	json_object_object_add(object, "faults", json_faults(report));
	run_dma_json(object, &report->dma);
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
static int choose_guest(const struct options *options, struct vmm_config *config,
			struct cmdqv_error *error)
{
	int result;

	config->guest = VMM_GUEST_THREAD;
	if (options->guest == GUEST_THREAD)
		return 0;
	result = vmm_kvm_check(error);
	if (!result)
		config->guest = VMM_GUEST_KVM;
	if (!result || options->guest == GUEST_KVM)
		return result;
	tool_complain("no KVM, so the guest runs in threads; '--guest kvm' says why");
	return 0;
}

static int run_vmm(const struct vmm_config *config, const struct options *options)
{
	struct cmdqv_error error = {.text = ""};
	struct vmm_report report;
	struct vmm *vmm;
	int result = vmm_create(&vmm, config, &error);

	if (result)
		return tool_give_up(options->json, SCHEMA, "%s", error.text);
	result = vmm_run(vmm, &report, &error);
	vmm_destroy(vmm);
	if (result)
		return tool_give_up(options->json, SCHEMA, "%s", error.text);
	if (options->json)
		print_json(config, &report);
	else
		print_table(config, &report);
	return report.ok ? TOOL_YES : TOOL_NO;
}

static int run_recorded(struct vmm_config *config, const struct options *options)
{
	int status;

	config->record = fopen(options->record, "we");
	if (!config->record)
		return tool_give_up(
			options->json, SCHEMA,
			"cannot write '%s': %s; give --record a file that can be written",
			options->record, strerror(errno));
	status = run_vmm(config, options);
	/* The VMM has flushed it and said what went wrong with that. */
	(void)fclose(config->record);
	return status;
}

/* Is the guest a Linux? That one has other options. */
static bool wants_linux(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--guest=linux") ||
		    (!strcmp(argv[i], "linux") && !strcmp(argv[i - 1], "--guest")))
			return true;
	}
	return false;
}

/* Returns NULL, or what is wrong. */
static const char *check_backend(const struct options *options)
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
static const char *check_together(const struct options *options)
{
	const char *complaint = run_dma_check(&options->dma);

	if (!complaint && options->dma.dma && options->batches)
		complaint = "--dma has no batches: leave out --batches, or give --rounds";
	if (!complaint && options->dma.dma && options->batch_size)
		complaint = "--dma has no batches: leave out --batch-size";
	return complaint ? complaint : check_backend(options);
}

static int run_vm_or_threads(int argc, char **argv)
{
	struct cmdqv_error error = {.text = ""};
	struct options options;
	struct vmm_config config;
	const char *complaint;
	uint64_t last;
	int status = take_options(argc, argv, &options);

	if (status)
		return status;
	if (options.help) {
		fputs(help_text, stdout);
		fputs(run_dma_help, stdout);
		fputs(help_end, stdout);
		return TOOL_YES;
	}
	config = (struct vmm_config){
		.log2_queues = log2_of(options.queues),
		.vcpus = (uint32_t)options.vcpus,
		.batches = options.batches ? options.batches : DEFAULT_BATCHES,
		.batch_size =
			options.batch_size ? (uint32_t)options.batch_size : DEFAULT_BATCH_SIZE,
		.map_page0 = !options.no_map,
		.backend = options.backend,
		.device = options.device,
		.fault_count = options.fault_count,
	};
	memcpy(config.faults, options.faults, sizeof(config.faults));
	complaint = check_together(&options);
	if (complaint)
		return tool_give_up(options.json, SCHEMA, "%s", complaint);
	if (choose_guest(&options, &config, &error))
		return tool_give_up(options.json, SCHEMA, "%s", error.text);
	last = run_dma_configure(&options.dma, &config);
	if (last)
		return tool_give_up(options.json, SCHEMA,
				    "--drop-invalidation must be a number from 1 to %" PRIu64
				    ", not '%s'",
				    last, options.dma.drop_text);
	return options.record ? run_recorded(&config, &options) : run_vmm(&config, &options);
}

static int run(int argc, char **argv)
{
	return wants_linux(argc, argv) ? run_linux(argc, argv) : run_vm_or_threads(argc, argv);
}

const struct tool tool_run = {
	.name = "run",
	.summary = "a guest drives its queues; count commands and exits",
	.run = run,
};
