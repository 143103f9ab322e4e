/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>

enum {
	MOST_TEXT = 16 << 20,
	READ_ALL = 3,	    /* of klogctl() */
	MOST_LOG2SIZE = 19, /* that an SMMU's IDR1.CMDQS can say */
	LOG2_IN_KIB = 6,    /* of the entries, of 16 bytes, in 1 KiB */
};

/* ---- files ---- */

/* The lines of the kernel's log that are about our matter. */
static char *read_log(const struct probe *probe, int *err)
{
	char *log = calloc(1, MOST_TEXT);
	char *ours = NULL;
	size_t bytes;
	FILE *out = open_memstream(&ours, &bytes);
	char *rest = log;

	*err = log && out && klogctl(READ_ALL, log, MOST_TEXT - 1) >= 0 ? 0 : -errno;
	for (char *line; !*err && (line = strsep(&rest, "\n")) != NULL;)
		if (strcasestr(line, "smmu") || strcasestr(line, "cmdq") || strstr(line, "iommu") ||
		    strstr(line, "vfio"))
			fprintf(out, "%s\n", line);
	if (out)
		fclose(out);
	free(log);
	if (!*err && probe->tree.seen)
		probe->tree.seen(probe->tree.user, "var/log/dmesg", S_IFREG, ours, bytes);
	return ours;
}

static char *read_text(const struct probe *probe, const char *path, int *err)
{
	size_t length;

	return probe->tree.live && !strcmp(path, "/var/log/dmesg")
		       ? read_log(probe, err)
		       : probe_tree_read(&probe->tree, path, MOST_TEXT, &length, err);
}

/* The directory of a path with a '*', and the beginning of the names that are meant. */
static int list(const struct probe *probe, const char *path, struct probe_names *names,
		char place[512], const char **behind)
{
	const char *star = strchr(path, '*');
	const char *name = star;
	size_t kept = 0;
	int err;

	while (name[-1] != '/')
		name--;
	*behind = star + 1;
	snprintf(place, 512, "%.*s", (int)(name - 1 - path), path);
	err = probe_tree_list(&probe->tree, place, names);
	for (size_t i = 0; i < names->count; i++) {
		if (strncmp(names->name[i], name, (size_t)(star - name)) == 0)
			names->name[kept++] = names->name[i];
		else
			free(names->name[i]);
	}
	names->count = kept;
	return err;
}

/*
 * The text of all files of a path, each between line feeds, so that words can begin and end with
 * lines; it is kept until another is wanted. NULL: there is none.
 */
static const char *text_of(struct probe *probe, const char *path, int *err)
{
	struct probe_names names = {0};
	const char *behind = NULL;
	char place[512];
	size_t bytes;
	FILE *out;

	if (strcmp(path, probe->cached_path) != 0) {
		free(probe->cached);
		probe->cached = NULL;
		probe->cached_error = 0;
		snprintf(probe->cached_path, sizeof(probe->cached_path), "%s", path);
		out = open_memstream(&probe->cached, &bytes);
		if (!out)
			return NULL;
		if (strchr(path, '*'))
			probe->cached_error = list(probe, path, &names, place, &behind);
		for (size_t i = 0; i < names.count || (i == 0 && !behind); i++) {
			char *one = NULL;
			char *text;
			int ignored;

			if (behind && asprintf(&one, "%s/%s%s", place, names.name[i], behind) < 0)
				break;
			text = read_text(probe, one ? one : path,
					 behind ? &ignored : &probe->cached_error);
			if (text)
				fprintf(out, "\n%s%s", text,
					text[0] && strchr(text, '\0')[-1] == '\n' ? "" : "\n");
			free(text);
			free(one);
		}
		fclose(out);
		probe_names_free(&names);
	}
	*err = probe->cached_error;
	return probe->cached && probe->cached[0] ? probe->cached : NULL;
}

/* ---- rows ---- */

enum kind {
	SCOPE_ROW,
	CALL_ROW,
	TEXT_ROW,
	COUNT_ROW,
	FIND_ROW,
	LINK_ROW,
	OPEN_ROW,
	NAMES_ROW,
	SET_ROW,
	ADD_ROW,
	EACH_ROW,
	MANY_ROW,
};

struct row {
	enum kind kind;
	const char *condition;
	const char *name;
	const char *value; /* or what stands in its place */
	const char *path;
	const char *word;
	size_t length;
	void (*call)(struct probe *probe, struct facts *facts);
};

/* The next line from `text` on that has the word, or NULL; *end is where its line feed is. */
static const char *find_line(const char *text, const char *word, const char **end)
{
	for (; *text; text = *end) {
		const char *line = text + (*text == '\n');

		*end = line + strcspn(line, "\n");
		if (*end > line && memmem(line - 1, (size_t)(*end - line) + 1 + (**end == '\n'),
					  word, strlen(word)))
			return line;
	}
	return NULL;
}

static void count_lines(const struct row *row, struct facts *facts, const char *text)
{
	unsigned long count = 0;

	for (const char *end; (text = find_line(text, row->word, &end)) != NULL; text = end)
		count++;
	fact_count(facts, row->name, count);
}

static void take_line(const struct row *row, struct facts *facts, const char *text,
		      const char *word)
{
	const char *end;
	const char *line = find_line(text, word, &end);
	const char *rest;
	char *value;

	if (!line)
		return;
	rest = strstr(line - (word[0] == '\n'), word) + strlen(word);
	rest += strspn(rest, " \t");
	fact_set(facts, "line", "%.*s", (int)(end - line), line);
	fact_set(facts, "rest", "%.*s", rest < end ? (int)strcspn(rest, " \t\n") : 0, rest);
	value = facts_text(facts, row->value);
	if (value && value[0]) {
		probe_printable(value);
		fact_set(facts, row->name, "%s", value);
	}
	free(value);
}

/* What is not there is known to be missing only if the directory that would hold it can be read. */
static void note_error(const struct probe *probe, struct facts *facts, const char *name,
		       const char *path, int err)
{
	struct probe_names names;
	char *parent = strdup(path);
	char *slash = parent ? strchr(parent, '*') : NULL;

	if (slash) { /* the directory of the names themselves */
		*slash = '\0';
		*strrchr(parent, '/') = '\0';
	}
	slash = parent ? strrchr(parent, '/') : NULL;
	if (slash && slash > parent && err == -ENOENT) {
		*slash = '\0';
		err = probe_tree_list(&probe->tree, parent, &names);
		probe_names_free(&names);
	}
	free(parent);
	if (err)
		fact_unseen(facts, name, path, err);
}

/* Sets "name.more". */
static void set_more(struct facts *facts, const char *name, const char *more, const char *value)
{
	char both[64];

	snprintf(both, sizeof(both), "%s.%s", name, more);
	fact_set(facts, both, "%s", value);
}

/* The version of a program, in each directory of PATH if the path begins with that. */
static void find_bytes(struct probe *probe, const struct row *row, struct facts *facts)
{
	bool in_path = row->path[0] != '/';
	const char *path = in_path && probe->tree.live ? getenv("PATH") : NULL;
	char text[4096];
	size_t length;

	for (path = path ? path : "/usr/local/bin:/usr/bin"; *path && !fact(facts, row->name);
	     path += length + (path[length] == ':')) {
		char name[1024];
		char *version;

		length = in_path ? strcspn(path, ":") : strlen(path);
		snprintf(name, sizeof(name), "%.*s%s", in_path ? (int)length : 0, path,
			 strchr(row->path, '/'));
		if (probe_tree_find(&probe->tree, name, row->value, row->length, text,
				    sizeof(text)))
			continue;
		version = strstr(text, "\n\n"); /* the end of dpkg's paragraph */
		if (version)
			*version = '\0';
		version = strstr(text + row->length, row->word);
		if (!version)
			continue;
		version += strlen(row->word);
		probe_printable(version);
		fact_set(facts, row->name, "%s", version);
		set_more(facts, row->name, "place", strcat(name, ":"));
	}
}

/* What each of the names is for: a scope, a list, or a file that may be opened. */
static int take_names(struct probe *probe, const struct row *row, struct facts *facts,
		      const char *path)
{
	struct probe_names names = {0};
	const char *behind = "";
	char place[512] = "";
	unsigned long count = 0;
	bool star = strchr(path, '*');
	int err = star ? list(probe, path, &names, place, &behind) : 0;

	for (size_t i = 0; i < names.count + !star; i++) {
		struct facts *scope = row->kind == EACH_ROW ? facts_new(facts, row->name) : NULL;
		const char *before = fact(facts, row->name);
		char one[1024];

		snprintf(one, sizeof(one), "%s/%s%s", place, star ? names.name[i] : path + 1,
			 behind);
		if (row->kind == NAMES_ROW) {
			fact_set(facts, row->name, "%s%s%s", before ? before : "",
				 before ? " " : "", names.name[i]);
			count++;
		} else if (scope) {
			fact_set(scope, row->value, "%s", names.name[i]);
			probe_gather(probe, scope, row->name);
		} else if (row->kind == OPEN_ROW && !before) {
			err = probe_tree_usable(&probe->tree, one);
			if (!err)
				fact_set(facts, row->name, "%s", one);
		}
	}
	probe_names_free(&names);
	if (count > 0)
		snprintf(place, sizeof(place), "%lu", count);
	if (count > 0)
		set_more(facts, row->name, "count", place);
	if (row->kind == OPEN_ROW && err && err != -ENOENT && !fact(facts, row->name)) {
		set_more(facts, row->name, err == -EACCES || err == -EPERM ? "denied" : "wrong",
			 strerror(-err));
		err = 0;
	}
	return err;
}

static unsigned long count_scopes(const struct facts *facts, const char *kind,
				  const char *condition)
{
	unsigned long count = 0;

	for (struct facts *scope = facts_of_kind(facts->children, kind); scope;
	     scope = facts_of_kind(scope->next, kind))
		count += facts_meet(scope, condition);
	return count;
}

static int apply(struct probe *probe, const struct row *row, struct facts *facts, const char *path)
{
	char *value =
		row->kind == SET_ROW || row->kind == ADD_ROW ? facts_text(facts, row->value) : NULL;
	char *word = row->kind == TEXT_ROW ? facts_text(facts, row->word) : NULL;
	const char *before = fact(facts, row->name);
	char target[128];
	const char *text;
	int err = 0;

	switch (row->kind) {
	case TEXT_ROW:
	case COUNT_ROW:
		text = text_of(probe, path, &err);
		if (text && word)
			take_line(row, facts, text, word);
		else if (text)
			count_lines(row, facts, text);
		break;
	case FIND_ROW:
		find_bytes(probe, row, facts);
		break;
	case LINK_ROW:
		err = probe_tree_target(&probe->tree, path, target, sizeof(target));
		if (!err)
			fact_set(facts, row->name, "%s", target);
		break;
	case MANY_ROW:
		fact_count(facts, row->name, count_scopes(facts, row->value, row->word));
		break;
	case SET_ROW:
	case ADD_ROW:
		if (value)
			fact_set(facts, row->name, "%s%s", before ? before : "", value);
		break;
	default:
		err = take_names(probe, row, facts, path);
	}
	free(value);
	free(word);
	return err;
}

/* ---- what is no row ---- */

/* The pool of huge pages with the most memory that is free, and what follows for queues. */
static void gather_pools(struct probe *probe, struct facts *host)
{
	static const char *const place = "/sys/kernel/mm/hugepages";
	struct probe_names pools;
	unsigned long long most = 0;
	unsigned long granule = fact_number(host, "page");
	unsigned long cmdqs = LOG2_IN_KIB;

	probe_tree_list(&probe->tree, place, &pools);
	for (size_t i = 0; i < pools.count; i++) {
		unsigned long long pages = 0;
		unsigned long kib = 0;
		char path[320];
		char text[32];

		if (sscanf(pools.name[i], "hugepages-%10lukB", &kib) != 1 || kib == 0 ||
		    kib > 1 << 20 || (kib & (kib - 1)))
			continue;
		snprintf(path, sizeof(path), "%s/%s/free_hugepages", place, pools.name[i]);
		if (!probe_tree_line(&probe->tree, path, text, sizeof(text)))
			pages = strtoull(text, NULL, 10);
		if (pages > UINT32_MAX || pages * kib <= most)
			continue;
		most = pages * kib;
		granule = kib;
		fact_count(host, "huge", kib);
		fact_count(host, "huge.mib", kib >> 10);
		fact_set(host, "huge.free", "%llu", most >> 10);
	}
	probe_names_free(&pools);
	if (!granule)
		return;
	fact_set(host, "granule", "%lu", granule << 10);
	while (granule >>= 1)
		cmdqs++;
	fact_count(host, "cmdqs", cmdqs < MOST_LOG2SIZE ? cmdqs : MOST_LOG2SIZE);
}

/* Without an IORT: if there is a CMDQV for each SMMU, each has one. */
static void gather_cmdqvs(struct probe *probe, struct facts *host)
{
	unsigned long all = fact_number(host, "cmdqvs.acpi") + fact_number(host, "cmdqvs.dt");

	(void)probe;
	fact_count(host, "cmdqvs", all);
	for (struct facts *smmu = host->children; smmu && !fact(host, "iort"); smmu = smmu->next) {
		if (fact(smmu, "smmu.cmdqv"))
			continue;
		if (all > 0 && all >= fact_number(host, "smmus"))
			fact_set(smmu, "smmu.cmdqv", "yes");
		else if (all == 0 && !fact(host, "cmdqv?"))
			fact_set(smmu, "smmu.cmdqv", "no");
	}
}

/* The devices of --device, instead of all that are bound to VFIO. */
static void gather_named(struct probe *probe, struct facts *host)
{
	for (size_t i = 0; i < probe->named_count; i++) {
		const char *name = probe->named[i];
		const char *file = strrchr(name, '/');
		struct facts *device = facts_new(host, "device");
		const char *before = fact(host, "named");
		char path[128];
		char bdf[64];

		if (!device)
			return;
		snprintf(path, sizeof(path), "/sys/class/vfio-dev%.64s/device", file ? file : "");
		if (file && !probe_tree_target(&probe->tree, path, bdf, sizeof(bdf)))
			name = bdf;
		fact_set(device, "bdf", "%s", name);
		fact_set(device, "used", "yes");
		fact_set(device, "of.option", "yes");
		probe_gather(probe, device, "device");
		fact_set(host, "named", "%s%s%s", before ? before : "", before ? " " : "", name);
	}
}

/* A device falls back on its SMMU. */
static void put_behind(struct probe *probe, struct facts *device)
{
	const char *wanted = fact(device, "device.smmu");
	struct facts *smmu = facts_of_kind(probe->host->children, "smmu");

	while (wanted && smmu && strcmp(fact(smmu, "smmu"), wanted) != 0)
		smmu = facts_of_kind(smmu->next, "smmu");
	if (wanted && smmu)
		device->fallback = smmu;
}

static const struct row rows[] = {
#define SCOPE(name) {SCOPE_ROW, "", name, NULL, NULL, NULL, 0, NULL},
#define TEXT(condition, name, value, path, word)                                                   \
	{TEXT_ROW, condition, name, value, path, word, 0, NULL},
#define COUNT(condition, name, path, word) {COUNT_ROW, condition, name, NULL, path, word, 0, NULL},
#define FIND(condition, name, path, bytes, word)                                                   \
	{FIND_ROW, condition, name, bytes, path, word, sizeof(bytes) - 1, NULL},
#define LINK(condition, name, path) {LINK_ROW, condition, name, NULL, path, NULL, 0, NULL},
#define OPEN(condition, name, path) {OPEN_ROW, condition, name, NULL, path, NULL, 0, NULL},
#define NAMES(condition, name, path) {NAMES_ROW, condition, name, NULL, path, NULL, 0, NULL},
#define SET(condition, name, value) {SET_ROW, condition, name, value, NULL, NULL, 0, NULL},
#define ADD(condition, name, value) {ADD_ROW, condition, name, value, NULL, NULL, 0, NULL},
#define EACH(condition, scope, name, path) {EACH_ROW, condition, scope, name, path, NULL, 0, NULL},
#define MANY(condition, name, scope, of) {MANY_ROW, condition, name, scope, NULL, of, 0, NULL},
#define CALL(function) {CALL_ROW, "", "", NULL, NULL, NULL, 0, function},
#include "probe_facts.def"
};

void probe_gather(struct probe *probe, struct facts *facts, const char *scope)
{
	bool ours = false;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		char *path = NULL;
		int err;

		if (row->kind == SCOPE_ROW)
			ours = !strcmp(row->name, scope);
		if (!ours || row->kind == SCOPE_ROW || !facts_meet(facts, row->condition) ||
		    (fact(facts, row->name) && row->kind != ADD_ROW))
			continue;
		if (row->call) {
			row->call(probe, facts);
			continue;
		}
		path = facts_text(facts, row->path);
		err = apply(probe, row, facts, path);
		if (err)
			note_error(probe, facts, row->name, path, err);
		free(path);
	}
}
