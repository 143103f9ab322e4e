/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv probe: can this host give a VM a CMDQV? In a VM: is its CMDQV on?
 *
 * It reads files, and nothing else: no root, no child processes, nothing is changed, unless it may
 * ask the kernel. Facts are gathered once; here are options, the checks, the verdict and output.
 */
#include "probe.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "tool.h"
#include "wrap.h"

#define SCHEMA "cmdqv-probe/1"

enum { ALL_VMMS, NO_VMM };
static const char *const vmms[] = {"all", "none", PROBE_VMM_NAMES, NULL};

struct options {
	const char *device[PROBE_DEVICES];
	size_t devices;
	const char *root;
	const char *collect;
	int vmm; /* index of vmms */
	bool host;
	bool guest;
	bool ask;
	bool json;
};

/* ---- checks ---- */

enum scope { ALL, HOST, GUEST, DEVICE };
enum weight { DECIDES, NOTE, EACH };
enum status { PASS, FAIL, UNKNOWN, UNSURE };

/* A check, or a row below one: then it has no id. */
static const struct rule {
	const char *id;
	enum scope scope;
	enum weight weight;
	const char *condition;
	enum status status;
	const char *evidence;
	const char *advice;
} rules[] =
	{
#define CHECK(id, scope, weight) {id, scope, weight, NULL, PASS, NULL, NULL},
#define RULE(condition, status, evidence, advice)                                                  \
	{NULL, ALL, NOTE, condition, status, evidence, advice},
#include "probe_checks.def"
},
  verdicts[] = {
#define VERDICT(condition, text) {NULL, ALL, NOTE, condition, PASS, text, NULL},
#include "probe_checks.def"
};

struct result {
	const struct rule *check;
	const struct facts *facts; /* of which scope */
	enum status status;
	bool decides; /* a failure means no, and not knowing could not tell */
	char *evidence;
	char *advice;
};

struct report {
	struct probe probe;
	struct result *results;
	size_t count;
};

static void add_result(struct report *report, const struct rule *check, const struct rule *rule,
		       struct facts *facts)
{
	struct result *all =
		realloc(report->results, (report->count + 1) * sizeof(*report->results));
	bool weighs = check->scope != DEVICE || fact(facts, "of.option");

	if (!all)
		return;
	report->results = all;
	all[report->count++] = (struct result){
		.check = check,
		.facts = facts,
		.status = rule->status == UNSURE ? UNKNOWN : rule->status,
		.decides = check->weight == DECIDES && rule->status != UNSURE && weighs,
		.evidence = facts_text(facts, rule->evidence),
		.advice = facts_text(facts, rule->advice),
	};
	if (check->scope == DEVICE && check->weight == DECIDES && rule->status == FAIL)
		fact_set(facts, "failed", "%s", check->id);
}

static void run_check(struct report *report, const struct rule *check, struct facts *facts)
{
	const struct rule *end = rules + sizeof(rules) / sizeof(rules[0]);

	for (const struct rule *rule = check + 1; rule < end && !rule->id; rule++) {
		if (!facts_meet(facts, rule->condition))
			continue;
		add_result(report, check, rule, facts);
		if (check->weight != EACH)
			return;
	}
}

/* The next device from `from` on that is bound to VFIO or was named. */
static struct facts *next_device(struct facts *from)
{
	while ((from = facts_of_kind(from, "device")) != NULL && !fact(from, "used"))
		from = from->next;
	return from;
}

/* A machine of another architecture gets no advice but that. */
static void run_checks(struct report *report)
{
	struct facts *host = report->probe.host;
	enum scope role = fact(host, "guest") ? GUEST : HOST;
	bool alien = facts_meet(host, "arch arch!=aarch64");

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		enum scope scope = rules[i].scope;

		if (!rules[i].id || (alien && i > 0))
			continue;
		if (scope == ALL || scope == role)
			run_check(report, &rules[i], host);
		for (struct facts *device = next_device(host->children);
		     device && scope == DEVICE && role == HOST; device = next_device(device->next))
			run_check(report, &rules[i], device);
	}
}

/* ---- verdict ---- */

static bool counts(const struct result *result, bool devices)
{
	return result->decides && (devices || result->check->scope != DEVICE);
}

static enum tool_status verdict_of(const struct report *report, bool devices)
{
	enum tool_status status = TOOL_YES;

	for (size_t i = 0; i < report->count; i++) {
		const struct result *result = &report->results[i];

		if (counts(result, devices) && result->status == FAIL)
			return TOOL_NO;
		if (counts(result, devices) && result->status == UNKNOWN)
			status = TOOL_UNKNOWN;
	}
	return status;
}

/* Sets a fact to "kernel-options, iommufd": the checks with this status that count, once each. */
static void name_checks(const struct report *report, const char *name, enum status status,
			bool devices)
{
	struct facts *host = report->probe.host;

	for (size_t i = 0; i < report->count; i++) {
		const struct result *result = &report->results[i];
		const char *before = fact(host, name);

		if (counts(result, devices) && result->status == status &&
		    !(before && strstr(before, result->check->id)))
			fact_set(host, name, "%s%s%s", before ? before : "", before ? ", " : "",
				 result->check->id);
	}
}

/* The sentence of the verdict, to be freed. */
static char *reason_of(const struct report *report, enum tool_status verdict)
{
	struct facts *host = report->probe.host;
	size_t i = 0;

	fact_set(host, "verdict", "%d", (int)verdict);
	fact_set(host, "host", "%d", (int)verdict_of(report, false));
	name_checks(report, "failing", FAIL, true);
	name_checks(report, "unknown", UNKNOWN, true);
	name_checks(report, "unknown.host", UNKNOWN, false);
	while (!facts_meet(host, verdicts[i].condition))
		i++;
	return facts_text(host, verdicts[i].evidence);
}

/* ---- output ---- */

static const char *const status_names[] = {"pass", "fail", "unknown"};
static const char *const answer_names[] = {"yes", "no", "error", "unknown"};

static void print_results(const struct report *report, enum tool_status verdict, bool decisive)
{
	static const char margin[] = "                         ";
	enum status wanted = verdict == TOOL_NO ? FAIL : UNKNOWN;

	for (size_t i = 0; i < report->count; i++) {
		const struct result *result = &report->results[i];
		bool loud = result->decides && result->status == FAIL;
		char first[64];

		if ((result->decides && (verdict == TOOL_YES || result->status == wanted)) !=
		    decisive)
			continue;
		snprintf(first, sizeof(first), "%-8s %-15s ",
			 loud ? "FAIL" : status_names[result->status], result->check->id);
		wrap(first, margin, result->evidence ? result->evidence : "");
		snprintf(first, sizeof(first), "%s-> ", margin);
		if (result->advice)
			wrap(first, "                            ", result->advice);
	}
}

/* The next device behind an SMMU. */
static struct facts *next_behind(const struct facts *smmu, struct facts *from)
{
	while ((from = next_device(from)) != NULL && from->fallback != smmu)
		from = from->next;
	return from;
}

static void print_line(const struct facts *facts, const char *template)
{
	char *text = facts_text(facts, template);

	puts(text ? text : "");
	free(text);
}

/* The devices that were looked at, below their SMMUs. */
static void print_smmus(struct facts *host)
{
	puts("\nSMMUs, and the devices behind them that are bound to VFIO or named:\n");
	for (struct facts *smmu = facts_of_kind(host->children, "smmu"); smmu;
	     smmu = facts_of_kind(smmu->next, "smmu")) {
		print_line(smmu, "  ${smmu}  CMDQV: ${smmu.cmdqv}");
		for (struct facts *device = next_behind(smmu, host->children); device;
		     device = next_behind(smmu, device->next))
			print_line(device, "    ${bdf}  ${device.vendor}:${device.id}  node "
					   "${device.node}  ${device.driver}");
	}
}

static void free_settings(struct probe_settings settings[PROBE_VMMS])
{
	for (size_t i = 0; i < PROBE_VMMS; i++) {
		free(settings[i].source);
		free(settings[i].text);
	}
}

/* Is this VMM asked for? Nobody gets settings for a host that cannot, or for whom an erratum
 * makes them wrong: all of them boot their guests by ACPI. */
#define SETTINGS_FOR "verdict!=1 !erratum !guest"
static bool has_settings(const struct report *report, const struct options *options,
			 const char *vmm)
{
	return facts_meet(report->probe.host, SETTINGS_FOR) &&
	       (options->vmm == ALL_VMMS || !strcmp(vmms[options->vmm], vmm));
}

static void print_settings(struct report *report, const struct options *options)
{
	struct probe_settings settings[PROBE_VMMS];
	bool first = true;

	probe_settings(&report->probe, settings);
	for (size_t i = 0; i < PROBE_VMMS; i++) {
		if (!has_settings(report, options, settings[i].name))
			continue;
		if (first && fact(report->probe.host, "cmdqs"))
			printf("\nIDR1.CMDQS of the guest's SMMU: %s at most, log2 of %lu KiB "
			       "less 4.\n",
			       fact(report->probe.host, "cmdqs"),
			       fact_number(report->probe.host, "granule") >> 10);
		first = false;
		printf("\n---- %s\n", settings[i].name);
		wrap("", "", settings[i].source);
		printf("\n%s", settings[i].text);
	}
	free_settings(settings);
}

static void print_text(struct report *report, const struct options *options,
		       enum tool_status verdict, const char *reason)
{
	struct facts *host = report->probe.host;

	wrap(verdict == TOOL_YES  ? "yes: "
	     : verdict == TOOL_NO ? "NO: "
				  : "UNKNOWN: ",
	     "    ", reason);
	puts("\nWhat decides it:\n");
	print_results(report, verdict, true);
	for (struct facts *device = next_device(host->children); device;
	     device = next_device(device->next))
		if (fact(device, "asked.oas"))
			probe_asked_text(device);
	if (facts_meet(host, "arch arch!=aarch64"))
		return;
	puts("\nWhat else was seen:\n");
	print_results(report, verdict, false);
	if (!fact(host, "guest"))
		print_smmus(host);
	print_settings(report, options);
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
	if (text)
		json_object_object_add(object, name, tool_json_text(text));
}

static struct json_object *json_results(const struct report *report)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < report->count; i++) {
		const struct result *result = &report->results[i];
		struct json_object *object = json_object_new_object();

		add_text(object, "id", result->check->id);
		add_text(object, "status", status_names[result->status]);
		json_object_object_add(object, "decides", json_object_new_boolean(result->decides));
		add_text(object, "evidence", result->evidence);
		add_text(object, "remedy", result->advice);
		if (result->check->scope == DEVICE)
			add_text(object, "device", fact(result->facts, "bdf"));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *json_smmus(struct facts *host)
{
	struct json_object *array = json_object_new_array();

	for (struct facts *smmu = facts_of_kind(host->children, "smmu"); smmu;
	     smmu = facts_of_kind(smmu->next, "smmu")) {
		struct json_object *object = json_object_new_object();
		struct json_object *devices = json_object_new_array();
		const char *cmdqv = fact(smmu, "smmu.cmdqv");

		add_text(object, "name", fact(smmu, "smmu"));
		add_text(object, "cmdqv", cmdqv ? cmdqv : "unknown");
		for (struct facts *device = next_behind(smmu, host->children); device;
		     device = next_behind(smmu, device->next))
			json_object_array_add(devices, tool_json_text(fact(device, "bdf")));
		json_object_object_add(object, "devices", devices);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *json_settings(struct report *report, const struct options *options)
{
	struct json_object *all = json_object_new_object();
	struct probe_settings settings[PROBE_VMMS];

	probe_settings(&report->probe, settings);
	for (size_t i = 0; i < PROBE_VMMS; i++) {
		struct json_object *one = json_object_new_object();

		add_text(one, "source", settings[i].source);
		add_text(one, "text", settings[i].text);
		if (has_settings(report, options, settings[i].name))
			json_object_object_add(all, settings[i].name, one);
		else
			json_object_put(one);
	}
	free_settings(settings);
	return all;
}

static void print_json(struct report *report, const struct options *options,
		       enum tool_status verdict, const char *reason)
{
	struct json_object *object = tool_json_new(SCHEMA);
	struct json_object *asked = json_object_new_array();
	struct facts *host = report->probe.host;
	struct facts *first = next_device(host->children);

	if (verdict != TOOL_YES)
		tool_json_verdict(object, answer_names[verdict], reason);
	add_text(object, "role", fact(host, "guest") ? "guest" : "host");
	add_text(object, "host", answer_names[verdict_of(report, false)]);
	json_object_object_add(object, "checks", json_results(report));
	json_object_object_add(object, "smmus", json_smmus(host));
	if (fact(host, "cmdqs")) {
		json_object_object_add(
			object, "granule",
			json_object_new_int64((int64_t)fact_number(host, "granule")));
		json_object_object_add(object, "cmdqs",
				       json_object_new_int((int)fact_number(host, "cmdqs")));
	}
	add_text(object, "device", first ? fact(first, "bdf") : NULL);
	for (struct facts *device = first; device; device = next_device(device->next))
		if (fact(device, "asked.oas"))
			json_object_array_add(asked, probe_asked_json(device));
	json_object_object_add(object, "asked", asked);
	if (facts_meet(host, SETTINGS_FOR) && options->vmm != NO_VMM)
		json_object_object_add(object, "settings", json_settings(report, options));
	tool_json_print(object);
}

/* ---- usage ---- */

/* "0000:01:00.0", so that it is no path; a file of VFIO stands for its device. */
static const char *take_device(void *user, const char *value)
{
	static const char vfio[] = "/dev/vfio/devices/";
	static const char hex[] = "0123456789abcdefABCDEF";
	struct options *options = user;
	size_t domain = strspn(value, hex);
	bool bdf = domain >= 4 && domain <= 8 && strlen(value) == domain + 8 &&
		   value[domain] == ':' && strspn(value + domain + 1, hex) == 2 &&
		   value[domain + 3] == ':' && strspn(value + domain + 4, hex) == 2 &&
		   value[domain + 6] == '.' && value[domain + 7] >= '0' && value[domain + 7] <= '7';

	if (!bdf && strncmp(value, vfio, strlen(vfio)) != 0)
		return "like 0000:01:00.0";
	if (options->devices == PROBE_DEVICES)
		return "one of 32 devices at most";
	options->device[options->devices++] = value;
	return NULL;
}

#define IN_OPTIONS(member) offsetof(struct options, member)

static const struct tool_option options_of_probe[] = {
	{"device", "BDF", .take = take_device,
	 .help = "also look at this device, such as 0000:01:00.0, or its file in "
		 "/dev/vfio/devices; may come again"},
	{"ask", .offset = IN_OPTIONS(ask),
	 .help = "also ask the kernel, by /dev/iommu and a device that is bound to a driver of "
		 "VFIO "
		 "and not in use; it is opened, which resets it"},
	{"vmm", "NAME", .offset = IN_OPTIONS(vmm), .names = vmms,
	 .help = "settings for all (as without this option), none, qemu, libvirt, kubevirt or "
		 "cloud-hypervisor"},
	{"host", .offset = IN_OPTIONS(host), .help = "it is a host, whatever its firmware says"},
	{"guest", .offset = IN_OPTIONS(guest),
	 .help = "it is a virtual machine, whatever its firmware says"},
	{"root", "DIR", .offset = IN_OPTIONS(root),
	 .help = "look at the files below DIR instead of this host's"},
	{"collect", "FILE", .offset = IN_OPTIONS(collect),
	 .help = "write the files that --root needs into FILE, a tar"},
	{"json", .offset = IN_OPTIONS(json), .help = "print one JSON object, schema " SCHEMA},
	{NULL},
};

static const struct tool_usage usage = {
	.command = "probe",
	.words = "[OPTION]...",
	.intro = "Can this host give a virtual machine a CMDQV? Looks at what must be there, says "
		 "what it saw and what to do about what is missing, and what to paste into a VMM. "
		 "In a virtual machine: is its CMDQV on, and if not, why? It only reads files: "
		 "nothing is changed, and it needs no root; as root it reads the IORT and the "
		 "kernel's log too, and knows more.",
	.end = "Exit status: 0 yes, 1 no, 2 wrong usage, 3 could not tell.",
	.schema = SCHEMA,
	.options = options_of_probe,
};

/* ---- a run ---- */

/* Asks about each device that was named, else about the first. */
static int ask(struct report *report, const struct options *options)
{
	struct facts *device = next_device(report->probe.host->children);
	struct cmdqv_error error = {.text = "no device is bound to a driver of VFIO"};
	int err = device ? 0 : -ENOENT;

	for (; device && !err; device = options->devices ? next_device(device->next) : NULL)
		err = probe_ask(&report->probe, device, &error);
	return err ? tool_give_up(options->json, SCHEMA, "%s", error.text) : TOOL_YES;
}

static int tell(struct report *report, const struct options *options)
{
	enum tool_status verdict;
	char *reason;

	run_checks(report);
	verdict = verdict_of(report, true);
	reason = reason_of(report, verdict);
	if (options->json)
		print_json(report, options, verdict, reason ? reason : "");
	else
		print_text(report, options, verdict, reason ? reason : "");
	free(reason);
	return (int)verdict;
}

static int run(struct report *report, const struct options *options)
{
	struct probe *probe = &report->probe;
	struct probe_collection *collection = options->collect ? probe_collect(&probe->tree) : NULL;
	int status = TOOL_YES;

	if (options->host)
		fact_set(probe->host, "as-host", "--host");
	if (options->guest)
		fact_set(probe->host, "guest", "--guest");
	probe_gather(probe, probe->host, "host");
	if (options->ask)
		status = ask(report, options);
	if (status == TOOL_YES && !collection)
		status = tell(report, options);
	else if (status == TOOL_YES && probe_collect_write(collection, options->collect))
		status = tool_give_up(options->json, SCHEMA, "'%s' cannot be written: %s",
				      options->collect, strerror(errno));
	probe_collect_free(collection);
	return status;
}

static int probe_host(const struct options *options)
{
	const char *root = options->root ? options->root : "/";
	struct report report = {.probe = {.named_count = options->devices}};
	struct probe *probe = &report.probe;
	int err = probe_tree_open(&probe->tree, options->root);
	int status;

	if (err)
		return tool_give_up(options->json, SCHEMA,
				    "'%s' cannot be opened: %s; name a directory", root,
				    strerror(-err));
	memcpy(probe->named, options->device, sizeof(probe->named));
	probe->host = facts_new(NULL, "host");
	if (!probe->host)
		status = tool_give_up(options->json, SCHEMA, "no memory");
	else if (probe_tree_look(&probe->tree, "/proc") == -ENOENT &&
		 probe_tree_look(&probe->tree, "/sys") == -ENOENT)
		status = tool_give_up(
			options->json, SCHEMA,
			"'%s' has neither proc nor sys: name the root of a host's files", root);
	else
		status = run(&report, options);
	for (size_t i = 0; i < report.count; i++) {
		free(report.results[i].evidence);
		free(report.results[i].advice);
	}
	free(report.results);
	free(probe->cached);
	facts_free(probe->host);
	probe_tree_close(&probe->tree);
	return status;
}

static int run_probe(int argc, char **argv)
{
	struct options options = {.json = tool_has_option(argc, argv, "--json")};
	int words;
	int status = tool_options_take(&usage, argc, argv, &options, &words);

	if (status >= 0)
		return status;
	return words > 0 ? tool_options_no_word(&usage, options.json, argv[1])
			 : probe_host(&options);
}

const struct tool tool_probe = {
	.name = "probe",
	.summary = "can this host give a VM a CMDQV?",
	.run = run_probe,
};
