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
static const char *const vmms[] = {"all", "none", PROBE_VMMS, NULL};

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

/* A result is a scope, which is what --json prints of it; but for "head" and "decisive". */
static void add_result(struct facts *host, const struct rule *check, const struct rule *rule,
		       struct facts *facts)
{
	static const char *const names[] = {"pass", "fail", "unknown", "unknown"};
	bool of_device = check->scope == DEVICE;
	bool decides = check->weight == DECIDES && rule->status != UNSURE &&
		       (!of_device || fact(facts, "of.option"));
	char *evidence = facts_text(facts, rule->evidence);
	char *advice = facts_text(facts, rule->advice);
	struct facts *result = facts_new(host, "result");

	if (result) {
		fact_set(result, "id", "%s", check->id);
		fact_set(result, "status", "%s", names[rule->status]);
		json_object_object_add(result->own, "decides", json_object_new_boolean(decides));
		fact_set(result, "evidence", "%s", evidence ? evidence : "");
		if (advice)
			fact_set(result, "remedy", "%s", advice);
		if (of_device)
			fact_set(result, "device", "%s", fact(facts, "bdf"));
		if (of_device && check->weight == DECIDES && rule->status == FAIL)
			fact_set(facts, "failed", "%s", check->id);
	}
	free(evidence);
	free(advice);
}

static void run_check(struct facts *host, const struct rule *check, struct facts *facts)
{
	const struct rule *end = rules + sizeof(rules) / sizeof(rules[0]);

	for (const struct rule *rule = check + 1; rule < end && !rule->id; rule++) {
		if (!facts_meet(facts, rule->condition))
			continue;
		add_result(host, check, rule, facts);
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
static void run_checks(struct facts *host)
{
	enum scope role = fact(host, "guest") ? GUEST : HOST;

	if (facts_meet(host, "arch arch!=aarch64"))
		fact_set(host, "alien", "yes");
	for (size_t i = 0; i < (fact(host, "alien") ? 1 : sizeof(rules) / sizeof(rules[0])); i++) {
		enum scope scope = rules[i].scope;

		if (rules[i].id && (scope == ALL || scope == role))
			run_check(host, &rules[i], host);
		for (struct facts *device = next_device(host->children);
		     rules[i].id && device && scope == DEVICE && role == HOST;
		     device = next_device(device->next))
			run_check(host, &rules[i], device);
	}
}

/* ---- verdict ---- */

/* Sets a fact to "kernel-options, iommufd": the checks whose results meet it, once each. */
static void name_checks(struct facts *host, const char *name, const char *condition)
{
	for (struct facts *result = facts_of_kind(host->children, "result"); result;
	     result = result->next) {
		const char *before = fact(host, name);
		const char *id = fact(result, "id");

		if (facts_meet(result, condition) && !(before && strstr(before, id)))
			fact_set(host, name, "%s%s%s", before ? before : "", before ? ", " : "",
				 id);
	}
}

/* Sets "verdict" of all, "host" of the host alone, the answer and its sentence. */
static enum tool_status judge(struct facts *host)
{
	static const char *const answers[] = {"yes", "NO", "", "UNKNOWN"};
	enum tool_status verdict;
	char *reason;
	size_t i = 0;

	name_checks(host, "failing", "decides=true status=fail");
	name_checks(host, "unknown", "decides=true status=unknown");
	name_checks(host, "failing.host", "decides=true status=fail !device");
	name_checks(host, "unknown.host", "decides=true status=unknown !device");
	verdict = fact(host, "failing") ? TOOL_NO : fact(host, "unknown") ? TOOL_UNKNOWN : TOOL_YES;
	fact_set(host, "verdict", "%d", (int)verdict);
	fact_set(host, "answer", "%s", answers[verdict]);
	fact_set(host, "host", "%s",
		 fact(host, "failing.host")   ? "no"
		 : fact(host, "unknown.host") ? "unknown"
					      : "yes");
	while (!facts_meet(host, verdicts[i].condition))
		i++;
	reason = facts_text(host, verdicts[i].evidence);
	fact_set(host, "reason", "%s", reason ? reason : "");
	free(reason);
	return verdict;
}

/* ---- output ---- */

static const char *const report_lines[] = {
#include "probe_report.inc"
	NULL};

/*
 * Settings for the VMMs that are asked for, as text or, with `json`, into that. There are none for
 * a host that cannot, nor where an erratum makes them wrong: all of them boot their guests by ACPI.
 */
static void give_settings(struct probe *probe, const struct options *options,
			  struct json_object *json)
{
	struct facts *host = probe->host;
	struct facts *plan =
		facts_meet(host, "verdict!=1 !erratum !guest") ? probe_plan(probe) : NULL;
	struct json_object *all = json_object_new_object();

	for (size_t i = 0; plan && i < PROBE_VMM_COUNT; i++) {
		struct json_object *one;
		char *source;
		char *text;

		if (options->vmm != ALL_VMMS && options->vmm != (int)i + NO_VMM + 1)
			continue;
		probe_settings(plan, i, &source, &text);
		if (!json) {
			printf("\n---- %s\n", vmms[i + NO_VMM + 1]);
			wrap("", "", source);
			printf("\n%s", text);
		}
		one = json_object_new_object();
		json_object_object_add(one, "source", tool_json_text(source));
		json_object_object_add(one, "text", tool_json_text(text));
		json_object_object_add(all, vmms[i + NO_VMM + 1], one);
		free(source);
		free(text);
	}
	facts_free(plan);
	if (json && json_object_object_length(all) > 0)
		json_object_object_add(json, "settings", all);
	else
		json_object_put(all);
}

static void print_text(struct probe *probe, const struct options *options)
{
	struct facts *host = probe->host;

	for (struct facts *result = facts_of_kind(host->children, "result"); result;
	     result = result->next) {
		bool loud = facts_meet(result, "decides=true status=fail");

		fact_set(result, "head", "%-8s %-15s ", loud ? "FAIL" : fact(result, "status"),
			 fact(result, "id"));
		if (facts_meet(result, "decides=true verdict=0") ||
		    (loud && fact(host, "failing")) ||
		    facts_meet(result, "decides=true status=unknown verdict=3"))
			fact_set(result, "decisive", "yes");
	}
	facts_fill(host, report_lines, NULL, stdout);
	give_settings(probe, options, NULL);
}

/* An array of scopes as they are. */
static struct json_object *json_of(struct facts *from, const char *kind)
{
	struct json_object *array = json_object_new_array();

	for (from = facts_of_kind(from, kind); from; from = facts_of_kind(from->next, kind))
		json_object_array_add(array, json_object_get(from->own));
	return array;
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
	if (text)
		json_object_object_add(object, name, tool_json_text(text));
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
		for (struct facts *device = next_device(host->children); device;
		     device = next_device(device->next))
			if (device->fallback == smmu)
				json_object_array_add(devices, tool_json_text(fact(device, "bdf")));
		json_object_object_add(object, "devices", devices);
		json_object_array_add(array, object);
	}
	return array;
}

static void print_json(struct probe *probe, const struct options *options, enum tool_status verdict)
{
	static const char *const numbers[] = {"granule", "cmdqs"};
	struct json_object *object = tool_json_new(SCHEMA);
	struct json_object *asked = json_object_new_array();
	struct facts *host = probe->host;
	struct facts *first = next_device(host->children);

	if (verdict != TOOL_YES)
		tool_json_verdict(object, verdict == TOOL_NO ? "no" : "unknown",
				  fact(host, "reason"));
	add_text(object, "role", fact(host, "guest") ? "guest" : "host");
	add_text(object, "host", fact(host, "host"));
	json_object_object_add(object, "checks", json_of(host->children, "result"));
	json_object_object_add(object, "smmus", json_smmus(host));
	for (size_t i = 0; i < 2 && fact(host, "cmdqs"); i++)
		json_object_object_add(object, numbers[i],
				       tool_json_count(fact_number(host, numbers[i])));
	add_text(object, "device", first ? fact(first, "bdf") : NULL);
	for (struct facts *device = first; device; device = next_device(device->next))
		if (device->children)
			json_object_array_add(asked, json_object_get(device->children->own));
	json_object_object_add(object, "asked", asked);
	give_settings(probe, options, object);
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
		return "--device must be like 0000:01:00.0";
	if (options->devices == PROBE_DEVICES)
		return "--device may be given 32 times at most";
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
	{.name = NULL},
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
static int ask(struct facts *host, const struct options *options)
{
	struct facts *device = next_device(host->children);
	struct cmdqv_error error = {.text = "no device is bound to a driver of VFIO"};
	int err = device ? 0 : -ENOENT;

	for (; device && !err; device = options->devices ? next_device(device->next) : NULL)
		err = probe_ask(host, device, &error);
	return err ? tool_give_up(options->json, SCHEMA, "%s", error.text) : TOOL_YES;
}

static int run(struct probe *probe, const struct options *options)
{
	struct probe_collection *collection = options->collect ? probe_collect(&probe->tree) : NULL;
	int status = TOOL_YES;

	if (options->host)
		fact_set(probe->host, "as-host", "--host");
	if (options->guest)
		fact_set(probe->host, "guest", "--guest");
	probe_gather(probe, probe->host, "host");
	if (options->ask)
		status = ask(probe->host, options);
	if (status == TOOL_YES && collection && probe_collect_write(collection, options->collect))
		status = tool_give_up(options->json, SCHEMA, "'%s' cannot be written: %s",
				      options->collect, strerror(errno));
	if (status == TOOL_YES && !collection) {
		run_checks(probe->host);
		status = (int)judge(probe->host);
		if (options->json)
			print_json(probe, options, (enum tool_status)status);
		else
			print_text(probe, options);
	}
	probe_collect_free(collection);
	return status;
}

static int probe_host(const struct options *options)
{
	const char *root = options->root ? options->root : "/";
	struct probe probe = {.named_count = options->devices};
	int err = probe_tree_open(&probe.tree, options->root);
	int status;

	if (err)
		return tool_give_up(options->json, SCHEMA,
				    "'%s' cannot be opened: %s; name a directory", root,
				    strerror(-err));
	memcpy(probe.named, options->device, sizeof(probe.named));
	probe.host = facts_new(NULL, "host");
	if (!probe.host)
		status = tool_give_up(options->json, SCHEMA, "no memory");
	else if (probe_tree_look(&probe.tree, "/proc") == -ENOENT &&
		 probe_tree_look(&probe.tree, "/sys") == -ENOENT)
		status = tool_give_up(
			options->json, SCHEMA,
			"'%s' has neither proc nor sys: name the root of a host's files", root);
	else
		status = run(&probe, options);
	free(probe.cached);
	facts_free(probe.host);
	probe_tree_close(&probe.tree);
	return status;
}

static int run_probe(int argc, char **argv)
{
	struct options options = {.json = false};
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
