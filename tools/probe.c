/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv probe: can this host give a VM a CMDQV? In a VM: is its CMDQV on?
 *
 * It reads files, and nothing else: no root, no child processes, nothing is changed, unless it may
 * ask the kernel. Facts are gathered once; here are options, the checks, the verdict and output.
 */
#include "probe.h"

#include <errno.h>
#include <fnmatch.h>
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
} rules[] = {
#define CHECK(id, scope, weight) {id, scope, weight, NULL, PASS, NULL, NULL},
#define RULE(condition, status, evidence, advice)                                                  \
	{NULL, ALL, NOTE, condition, status, evidence, advice},
#include "probe_checks.def"
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

/* A result is a scope, which is what --json prints of it. */
static void add_result(struct json_object *host, const struct rule *check, const struct rule *rule,
		       struct json_object *facts)
{
	static const char *const names[] = {"pass", "fail", "unknown", "unknown"};
	bool of_device = check->scope == DEVICE;
	bool decides = check->weight == DECIDES && rule->status != UNSURE &&
		       (!of_device || fact(facts, "option"));
	char *evidence = facts_text(facts, rule->evidence);
	char *advice = facts_text(facts, rule->advice);
	struct json_object *result = facts_new(host, "result");

	fact_set(result, "id", "%s", check->id);
	fact_set(result, "status", "%s", names[rule->status]);
	json_object_object_add(result, "decides", json_object_new_boolean(decides));
	fact_set(result, "evidence", "%s", evidence ? evidence : "");
	if (advice)
		fact_set(result, "remedy", "%s", advice);
	if (of_device)
		fact_set(result, "device", "%s", fact(facts, "bdf"));
	if (of_device && check->weight == DECIDES && rule->status == FAIL)
		fact_set(facts, "failed", "%s", check->id);
	free(evidence);
	free(advice);
}

static void run_check(struct json_object *host, const struct rule *check, struct json_object *facts)
{
	for (const struct rule *rule = check + 1; rule < rules + RULES && !rule->id; rule++) {
		if (!facts_meet(facts, rule->condition))
			continue;
		add_result(host, check, rule, facts);
		if (check->weight != EACH)
			return;
	}
}

/* A machine of another architecture gets no advice but that. */
static void run_checks(struct json_object *host)
{
	enum scope role = fact(host, "guest") ? GUEST : HOST;
	struct json_object *device;

	if (facts_meet(host, "arch arch!=aarch64"))
		fact_set(host, "alien", "yes");
	for (size_t i = 0; i < (fact(host, "alien") ? 1 : RULES); i++) {
		if (rules[i].id && (rules[i].scope == ALL || rules[i].scope == role))
			run_check(host, &rules[i], host);
		if (!rules[i].id || rules[i].scope != DEVICE || role != HOST)
			continue;
		FACTS_EACH (device, host, "device")
			if (fact(device, "used"))
				run_check(host, &rules[i], device);
	}
}

/* Sets a fact to "kernel-options, iommufd": the checks whose results meet it, once each. */
static void name_checks(struct json_object *host, const char *name, const char *condition)
{
	struct json_object *result;

	FACTS_EACH (result, host, "result") {
		const char *before = fact(host, name);
		const char *id = fact(result, "id");

		if (facts_meet(result, condition) && !(before && strstr(before, id)))
			fact_set(host, name, "%s%s%s", before ? before : "", before ? ", " : "",
				 id);
	}
}

/* Sets "verdict" of all, "host" of the host alone, the answer and its reason. */
static enum tool_status judge(struct probe *probe)
{
	name_checks(probe->host, "failing", "decides=true status=fail");
	name_checks(probe->host, "unknown", "decides=true status=unknown");
	name_checks(probe->host, "failing.host", "decides=true status=fail !device");
	name_checks(probe->host, "unknown.host", "decides=true status=unknown !device");
	probe_gather(probe, probe->host, "verdict");
	return (enum tool_status)fact_number(probe->host, "verdict");
}

/* ---- output ---- */

static const char *const report_lines[] = {
#include "template_probe.inc"
	NULL};

/*
 * Settings for the VMMs that are asked for. There are none for a host that cannot, nor where an
 * erratum makes them wrong: all of them boot their guests by ACPI.
 */
static struct json_object *make_settings(struct probe *probe, const struct options *options)
{
	bool wanted = facts_meet(probe->host, "verdict!=1 !erratum !guest");
	struct json_object *plan = wanted ? probe_plan(probe) : NULL;
	struct json_object *all = json_object_new_object();

	for (int i = 0; plan && i < PROBE_VMM_COUNT; i++)
		if (options->vmm == ALL_VMMS || options->vmm == i + NO_VMM + 1)
			json_object_object_add(all, vmms[i + NO_VMM + 1],
					       probe_settings(plan, (size_t)i));
	json_object_put(plan);
	return all;
}

static void print_text(struct probe *probe, struct json_object *settings)
{
	struct json_object *result;

	FACTS_EACH (result, probe->host, "result")
		probe_gather(probe, result, "result");
	facts_fill(probe->host, report_lines, NULL, stdout);
	json_object_object_foreach (settings, vmm, one) {
		printf("\n---- %s\n", vmm);
		wrap("", "", fact(one, "source"));
		printf("\n%s", fact(one, "text"));
	}
	json_object_put(settings);
}

/* An array of scopes as they are. */
static struct json_object *json_of(struct json_object *host, const char *kind)
{
	struct json_object *array;

	return json_object_object_get_ex(host, kind, &array) ? json_object_get(array)
							     : json_object_new_array();
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
	if (text)
		json_object_object_add(object, name, tool_json_text(text));
}

static struct json_object *json_smmus(struct json_object *host)
{
	struct json_object *array = json_object_new_array();
	struct json_object *smmu;
	struct json_object *device;

	FACTS_EACH (smmu, host, "smmu") {
		struct json_object *object = json_object_new_object();
		struct json_object *devices = json_object_new_array();
		const char *cmdqv = fact(smmu, "smmu.cmdqv");

		add_text(object, "name", fact(smmu, "smmu"));
		add_text(object, "cmdqv", cmdqv ? cmdqv : "unknown");
		FACTS_EACH (device, host, "device")
			if (fact(device, "used") && json_object_get_userdata(device) == smmu)
				json_object_array_add(devices, tool_json_text(fact(device, "bdf")));
		json_object_object_add(object, "devices", devices);
		json_object_array_add(array, object);
	}
	return array;
}

static void print_json(struct probe *probe, struct json_object *settings)
{
	static const char *const numbers[] = {"granule", "cmdqs"};
	struct json_object *object = tool_json_new(SCHEMA);
	struct json_object *host = probe->host;
	struct json_object *one;

	if (fact_number(host, "verdict") != TOOL_YES)
		tool_json_verdict(object, facts_meet(host, "verdict=1") ? "no" : "unknown",
				  fact(host, "reason"));
	add_text(object, "role", fact(host, "guest") ? "guest" : "host");
	add_text(object, "host", fact(host, "host"));
	json_object_object_add(object, "checks", json_of(host, "result"));
	json_object_object_add(object, "smmus", json_smmus(host));
	for (size_t i = 0; i < 2 && fact(host, "cmdqs"); i++)
		json_object_object_add(object, numbers[i],
				       tool_json_count(fact_number(host, numbers[i])));
	FACTS_EACH (one, host, "device")
		if (fact(one, "used")) {
			add_text(object, "device", fact(one, "bdf"));
			break;
		}
	FACTS_EACH (one, host, "said")
		json_object_object_del(one, "granule");
	json_object_object_add(object, "asked", json_of(host, "said"));
	if (json_object_object_length(settings) > 0)
		json_object_object_add(object, "settings", settings);
	else
		json_object_put(settings);
	tool_json_print(object);
}

/* ---- usage ---- */

/* "0000:01:00.0", so that it is no path; a file of VFIO stands for its device. */
static const char *take_device(void *user, const char *value)
{
	static const char *const bdf = "+([[:xdigit:]]):[[:xdigit:]][[:xdigit:]]:"
				       "[[:xdigit:]][[:xdigit:]].[0-7]";
	struct options *options = user;
	size_t domain = strcspn(value, ":");

	if ((domain < 4 || domain > 8 || fnmatch(bdf, value, FNM_EXTMATCH) != 0) &&
	    strncmp(value, "/dev/vfio/devices/", strlen("/dev/vfio/devices/")) != 0)
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
static int ask(struct json_object *host, const struct options *options)
{
	struct cmdqv_error error = {
		.text = "no device is bound to a driver of VFIO: bind one to vfio-pci"};
	struct json_object *device;
	int err = -ENOENT;

	FACTS_EACH (device, host, "device") {
		if (!fact(device, "used"))
			continue;
		err = probe_ask(host, device, &error);
		if (err || options->devices == 0)
			break;
	}
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
		status = tool_give_up(
			options->json, SCHEMA,
			"'%s' cannot be written: %s; name a new file where there is room",
			options->collect, strerror(errno));
	if (status == TOOL_YES && !collection) {
		run_checks(probe->host);
		status = (int)judge(probe);
		(options->json ? print_json : print_text)(probe, make_settings(probe, options));
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
	if (probe_tree_look(&probe.tree, "/proc", NULL, 0) == -ENOENT &&
	    probe_tree_look(&probe.tree, "/sys", NULL, 0) == -ENOENT)
		status = tool_give_up(
			options->json, SCHEMA,
			"'%s' has neither proc nor sys: name the root of a host's files", root);
	else
		status = run(&probe, options);
	free(probe.cached);
	json_object_put(probe.host);
	probe_tree_close(&probe.tree);
	return status;
}

static int run_probe(int argc, char **argv)
{
	struct options options = {.json = false};
	int status = tool_options_take(&usage, argc, argv, &options, NULL);

	if (status < 0 && options.json && options.collect)
		status = tool_give_up(true, SCHEMA, "--collect shows a list: leave out --json");
	return status >= 0 ? status : probe_host(&options);
}

const struct tool tool_probe = {
	.name = "probe",
	.summary = "can this host give a VM a CMDQV?",
	.run = run_probe,
};
