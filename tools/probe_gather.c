/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe.h"

#include <errno.h>
#include <limits.h>
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

static const char *name_at(struct json_object *names, size_t i)
{
	return json_object_get_string(json_object_array_get_idx(names, i));
}

/*
 * The text of a file between line feeds, so that words can begin and end with lines; it is kept
 * until another is wanted. NULL: there is none.
 */
static const char *text_of(struct probe *probe, const char *path, int *err)
{
	char *text;

	if (strcmp(path, probe->cached_path) != 0) {
		free(probe->cached);
		snprintf(probe->cached_path, sizeof(probe->cached_path), "%s", path);
		text = read_text(probe, path, &probe->cached_error);
		if (!text || asprintf(&probe->cached, "\n%s\n", text) < 0)
			probe->cached = NULL;
		free(text);
	}
	*err = probe->cached_error;
	return probe->cached;
}

/* ---- rows ---- */

struct step;

struct row {
	int (*take)(const struct step *step); /* returns 0, or why the path cannot be seen */
	void (*call)(struct probe *probe, struct json_object *facts); /* or neither: of a scope */
	const char *condition;
	const char *name;
	const char *value; /* or what stands in its place */
	const char *path;
	const char *word;
	size_t length;
};

/* A row that applies to a scope. */
struct step {
	struct probe *probe;
	const struct row *row;
	struct json_object *facts;
	const char *path;
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

static int count(const struct step *step)
{
	unsigned long lines = 0;
	int err;
	const char *text = text_of(step->probe, step->path, &err);

	for (const char *end; text && (text = find_line(text, step->row->word, &end)) != NULL;
	     text = end)
		lines++;
	fact_count(step->facts, step->row->name, lines);
	return err;
}

static int take_text(const struct step *step)
{
	int err;
	const char *text = text_of(step->probe, step->path, &err);
	char *word = facts_text(step->facts, step->row->word);
	const char *end;
	const char *line = text && word ? find_line(text, word, &end) : NULL;
	char *value;

	if (line) {
		text = strstr(line - (word[0] == '\n'), word) + strlen(word);
		text += strspn(text, " \t");
		fact_set(step->facts, "line", "%.*s", (int)(end - line), line);
		fact_set(step->facts, "rest", "%.*s", text < end ? (int)strcspn(text, " \t\n") : 0,
			 text);
		value = facts_text(step->facts, step->row->value);
		if (value && value[0]) {
			probe_printable(value);
			fact_set(step->facts, step->row->name, "%s", value);
		}
		free(value);
	}
	free(word);
	return err;
}

/* What is not there is known to be missing only if the directory that would hold it can be read. */
static void note_error(const struct probe *probe, struct json_object *facts, const char *name,
		       const char *path, int err)
{
	const char *end = path + strcspn(path, "*");
	char *parent;

	if (*end) /* the directory of the names themselves */
		end = memrchr(path, '/', (size_t)(end - path));
	end = memrchr(path, '/', (size_t)(end - path));
	if (err == -ENOENT && end > path &&
	    asprintf(&parent, "%.*s/*", (int)(end - path), path) >= 0) {
		json_object_put(probe_tree_list(&probe->tree, parent, &err));
		free(parent);
	}
	if (err)
		fact_unseen(facts, name, path, err);
}

/* The version of a program, in each directory of PATH if the path begins with that. */
static int find(const struct step *step)
{
	bool in_path = step->path[0] != '/';
	const char *places = in_path && step->probe->tree.live ? getenv("PATH") : NULL;
	char text[4096];
	size_t length;

	for (places = places ? places : "/usr/local/bin:/usr/bin";
	     *places && !fact(step->facts, step->row->name);
	     places += length + (places[length] == ':')) {
		char name[PATH_MAX + 1]; /* and a colon */
		char *version;

		length = in_path ? strcspn(places, ":") : strlen(places);
		snprintf(name, PATH_MAX, "%.*s%s", in_path ? (int)length : 0, places,
			 strchr(step->path, '/'));
		if (probe_tree_find(&step->probe->tree, name, step->row->value, step->row->length,
				    text, sizeof(text)))
			continue;
		version = strstr(text, "\n\n"); /* the end of dpkg's paragraph */
		if (version)
			*version = '\0';
		version = strstr(text + step->row->length, step->row->word);
		if (!version)
			continue;
		version += strlen(step->row->word);
		probe_printable(version);
		fact_set(step->facts, step->row->name, "%s", version);
		fact_more(step->facts, step->row->name, ".place", strcat(name, ":"));
	}
	return 0;
}

static int follow(const struct step *step)
{
	char target[128];
	int err = probe_tree_look(&step->probe->tree, step->path, target, sizeof(target));

	if (!err)
		fact_set(step->facts, step->row->name, "%s", target);
	return err;
}

/* Adds a word behind those that are known. */
static void add_word(struct json_object *facts, const char *name, const char *word)
{
	const char *before = fact(facts, name);

	fact_set(facts, name, "%s%s%s", before ? before : "", before ? " " : "", word);
}

static int take_names(const struct step *step)
{
	int err;
	struct json_object *names = probe_tree_list(&step->probe->tree, step->path, &err);
	char count[24];

	for (size_t i = 0; i < json_object_array_length(names); i++)
		add_word(step->facts, step->row->name, name_at(names, i));
	snprintf(count, sizeof(count), "%zu", json_object_array_length(names));
	if (json_object_array_length(names) > 0)
		fact_more(step->facts, step->row->name, ".count", count);
	json_object_put(names);
	return err;
}

static int make_scopes(const struct step *step)
{
	int err;
	struct json_object *names = probe_tree_list(&step->probe->tree, step->path, &err);

	for (size_t i = 0; i < json_object_array_length(names); i++) {
		struct json_object *scope = facts_new(step->facts, step->row->name);

		fact_set(scope, step->row->value, "%s", name_at(names, i));
		probe_gather(step->probe, scope, step->row->name);
	}
	json_object_put(names);
	return err;
}

/* The first file that may be opened, else why the last one may not. */
static int open_one(const struct step *step)
{
	int err = 0;
	int place = (int)(strrchr(step->path, '/') + 1 - step->path);
	struct json_object *names = strchr(step->path, '*')
					    ? probe_tree_list(&step->probe->tree, step->path, &err)
					    : NULL;

	for (size_t i = 0; i < (names ? json_object_array_length(names) : 1); i++) {
		char one[512];

		snprintf(one, sizeof(one), "%.*s%s", place, step->path,
			 names ? name_at(names, i) : step->path + place);
		err = probe_tree_usable(&step->probe->tree, one);
		if (err)
			continue;
		fact_set(step->facts, step->row->name, "%s", one);
		break;
	}
	json_object_put(names);
	if (!err || err == -ENOENT)
		return err;
	fact_more(step->facts, step->row->name,
		  err == -EACCES || err == -EPERM ? ".denied" : ".wrong", strerror(-err));
	return 0;
}

static int count_scopes(const struct step *step)
{
	unsigned long scopes = 0;
	struct json_object *one;

	FACTS_EACH (one, step->facts, step->row->value)
		scopes += facts_meet(one, step->row->word);
	fact_count(step->facts, step->row->name, scopes);
	return 0;
}

/* Behind what is known of it, which is nothing but for ADD. */
static int set(const struct step *step)
{
	const char *before = fact(step->facts, step->row->name);
	char *value = facts_text(step->facts, step->row->value);

	if (value)
		fact_set(step->facts, step->row->name, "%s%s", before ? before : "", value);
	free(value);
	return 0;
}

/* ---- what is no row ---- */

/* The pool of huge pages with the most memory that is free, and what follows for queues. */
static void choose_pool(struct probe *probe, struct json_object *host)
{
	unsigned long long most = 0;
	unsigned long granule = fact_number(host, "page");
	unsigned long cmdqs = LOG2_IN_KIB;
	struct json_object *pool;

	(void)probe;
	FACTS_EACH (pool, host, "pool") {
		unsigned long pages = fact_number(pool, "pool.free");
		unsigned long kib = 0;

		if (sscanf(fact(pool, "pool"), "hugepages-%10lukB", &kib) != 1 || kib == 0 ||
		    kib > 1 << 20 || (kib & (kib - 1)) || pages > UINT32_MAX ||
		    (unsigned long long)pages * kib <= most)
			continue;
		most = (unsigned long long)pages * kib;
		granule = kib;
		fact_count(host, "huge", kib);
		fact_count(host, "huge.mib", kib >> 10);
		fact_set(host, "huge.free", "%llu", most >> 10);
	}
	if (!granule)
		return;
	fact_set(host, "granule", "%lu", granule << 10);
	while (granule >>= 1)
		cmdqs++;
	fact_count(host, "cmdqs", cmdqs < MOST_LOG2SIZE ? cmdqs : MOST_LOG2SIZE);
}

/* Without an IORT: if there is a CMDQV for each SMMU, each has one. */
static void gather_cmdqvs(struct probe *probe, struct json_object *host)
{
	unsigned long all = fact_number(host, "cmdqvs.acpi") + fact_number(host, "cmdqvs.dt");
	struct json_object *smmu;

	(void)probe;
	fact_count(host, "cmdqvs", all);
	FACTS_EACH (smmu, host, "smmu") {
		if (fact(smmu, "smmu.cmdqv") || fact(host, "iort"))
			continue;
		if (all > 0 && all >= fact_number(host, "smmus"))
			fact_set(smmu, "smmu.cmdqv", "yes");
		else if (all == 0 && !fact(host, "cmdqv?"))
			fact_set(smmu, "smmu.cmdqv", "no");
	}
}

/* The devices of --device, instead of all that are bound to VFIO. */
static void gather_named(struct probe *probe, struct json_object *host)
{
	for (size_t i = 0; i < probe->named_count; i++) {
		struct json_object *device = facts_new(host, "device");
		const char *file = strrchr(probe->named[i], '/');

		fact_set(device, "option", "%s", probe->named[i]);
		if (file)
			fact_set(device, "file", "%s", file + 1);
		probe_gather(probe, device, "device");
		add_word(host, "named", fact(device, "bdf"));
	}
}

/* A device falls back on its SMMU. */
static void put_behind(struct probe *probe, struct json_object *device)
{
	const char *wanted = fact(device, "device.smmu");
	struct json_object *smmu;

	FACTS_EACH (smmu, probe->host, "smmu")
		if (wanted && !strcmp(fact(smmu, "smmu"), wanted))
			json_object_set_userdata(device, smmu, NULL);
}

static const struct row rows[] = {
#define SCOPE(name) {NULL, NULL, "", name, NULL, NULL, NULL, 0},
#define TEXT(condition, name, value, path, word)                                                   \
	{take_text, NULL, condition, name, value, path, word, 0},
#define COUNT(condition, name, path, word) {count, NULL, condition, name, NULL, path, word, 0},
#define FIND(condition, name, path, bytes, word)                                                   \
	{find, NULL, condition, name, bytes, path, word, sizeof(bytes) - 1},
#define LINK(condition, name, path) {follow, NULL, condition, name, NULL, path, NULL, 0},
#define OPEN(condition, name, path) {open_one, NULL, condition, name, NULL, path, NULL, 0},
#define NAMES(condition, name, path) {take_names, NULL, condition, name, NULL, path, NULL, 0},
#define SET(condition, name, value) {set, NULL, condition, name, value, NULL, "", 0},
#define ADD(condition, name, value) {set, NULL, condition, name, value, NULL, "again", 0},
#define EACH(condition, scope, name, path)                                                         \
	{make_scopes, NULL, condition, scope, name, path, NULL, 0},
#define MANY(condition, name, scope, of) {count_scopes, NULL, condition, name, scope, NULL, of, 0},
#define CALL(function) {NULL, function, "", "", NULL, NULL, NULL, 0},
#include "probe_facts.def"
};

void probe_gather(struct probe *probe, struct json_object *facts, const char *scope)
{
	bool ours = false;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		char *path = NULL;
		int err;

		if (!row->take && !row->call)
			ours = !strcmp(row->name, scope);
		else if (ours && row->call)
			row->call(probe, facts);
		if (!ours || !row->take || !facts_meet(facts, row->condition) ||
		    (fact(facts, row->name) && !(row->take == set && row->word[0])))
			continue;
		path = facts_text(facts, row->path);
		err = row->take(&(struct step){probe, row, facts, path});
		if (err)
			note_error(probe, facts, row->name, path, err);
		free(path);
	}
}
