/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An incident is what lines that belong together say: an interrupt, the error that it was for, the
 * command that was skipped. Lines of one family follow by rank, with the same device before them,
 * and a few lines of others may stand between them.
 *
 * Incidents whose rows, conditions and identity are the same are one finding with a count: a storm
 * of lines that differ in an index or an address is one. So there are about as many findings as
 * explain.def has rows; only values and errnos have texts of their own, and beyond MOST_FINDINGS of
 * them one that has an id that was there before is counted there.
 */
#include "explain.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

enum {
	MOST_OPEN = 4,	      /* incidents that are not over */
	MOST_SILENCE = 8,     /* lines of others within an incident */
	MOST_FINDINGS = 1024, /* and one more of each id */
	SLOTS = 4 * MOST_FINDINGS,
	MOST_PLACES = 6, /* that are listed; the others are counted */
	KIND = 8,	 /* characters of a device's name that say what it is */
	HEAVIEST = 20,
};

struct finding {
	uint64_t key;
	const struct explain_row *id;
	struct json_object *json;   /* as it is printed; what follows is put in at the end */
	struct json_object *places; /* how often it was at each */
	char last_place[160];	    /* of those that are not listed */
	unsigned long elsewhere;
	unsigned long count;
	unsigned long first_line;
	unsigned long last_line;
	double first_seconds;
	double seconds; /* up to the last one */
};

struct explain_log {
	struct explain_patterns *patterns;
	struct explain_facts context; /* host, guest, kernel: of options, and of lines so far */
	struct explain_incident open[MOST_OPEN];
	struct explain_incident special; /* of a line of its own */
	struct finding findings[2 * MOST_FINDINGS];
	size_t finding_count;
	uint16_t slots[SLOTS]; /* by keys: the number of a finding; 0: none */
	bool argument;
	unsigned long line;
	unsigned long lines; /* that are not empty */
	unsigned long others;
};

/* ---- ids ---- */

#define BITS(value, high, low) ((value) >> (low) & (UINT64_MAX >> (63 - ((high) - (low)))))
#define BIT(value, bit) BITS(value, bit, bit)
#define LINUX(major, minor, patch) ((major) << 16 | (minor) << 8 | (patch))

/*
 * Facts that follow from others, ids that follow from facts; and, once all are known, which rows
 * hold. Facts are variables here, and the head of each id is a case, with its rows below it: the
 * compiler makes code of the conditions of explain.def, and a wrong name is an error.
 */
static void draw_conclusions(struct explain_incident *incident)
{
	const uint64_t always = 1;
#define FACT(name)                                                                                 \
	uint64_t name = incident->facts.value[FACT_##name];                                        \
	(void)name;
#include "explain.def"

	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < incident->id_count; i++) {
			uint64_t holds = 0;
			unsigned int n = 0;

			switch (incident->ids[i]->number) {
#define HEAD                                                                                       \
	break;                                                                                     \
	case __LINE__:
#define LINE(id, expression, ...) HEAD
#define PART(id, weight, family, expression, ...) HEAD
#define ADVICE(id, weight) HEAD
#define LET(name, is)                                                                              \
	n++;                                                                                       \
	if (turn == 0)                                                                             \
		explain_set(&incident->facts, FACT_##name, name = is, "");
#define ALSO(when, id)                                                                             \
	n++;                                                                                       \
	if (turn == 0 && (when))                                                                   \
		explain_join(incident, id);
#define ROW(when) holds |= (uint64_t)((when) != 0) << ++n;
#define SAY(when, sentence) ROW(when)
#define PLACE(when, text) ROW(when)
#define CAUSE(when, cause, remedy) ROW(when)
#include "explain.def"
			}
			incident->holds[i] = holds;
		}
}

/* The sentences of one kind that an id says. */
static void say_rows(const struct explain_incident *incident, size_t i, int kind,
		     struct explain_text *to)
{
	for (uint64_t holds = incident->holds[i]; holds; holds &= holds - 1) {
		const struct explain_row *row = incident->ids[i] + __builtin_ctzll(holds);

		if ((int)row->kind == kind)
			explain_say(&incident->facts, row->text, to);
	}
}

/* ---- findings ---- */

static uint64_t mix(uint64_t key, uint64_t value)
{
	return (key ^ value) * UINT64_C(0x100000001B3);
}

/* What tells this incident from others: rows, which conditions hold, values, and the identity. */
static uint64_t find_key(const struct explain_incident *incident)
{
	uint64_t key = incident->rows;

	for (const char *at = incident->identity; *at; at++)
		key = mix(key, (unsigned char)*at);
	for (size_t i = 0; i < incident->own_tells && incident->own.text[i]; i++)
		key = mix(key, (unsigned char)incident->own.text[i]);
	for (size_t i = 0; i < incident->id_count; i++) {
		key = mix(key, incident->ids[i]->number);
		key = mix(key, incident->holds[i]);
	}
	return key;
}

static void write_causes(const struct explain_incident *incident, size_t i,
			 struct json_object *causes)
{
	for (uint64_t holds = incident->holds[i]; holds; holds &= holds - 1) {
		const struct explain_row *row = incident->ids[i] + __builtin_ctzll(holds);
		struct explain_text cause = {.length = 0};
		struct explain_text remedy = {.length = 0};

		if (row->kind != EXPLAIN_CAUSE)
			continue;
		explain_say(&incident->facts, row->text, &cause);
		explain_say(&incident->facts, row->remedy, &remedy);
		explain_cause(causes, cause.text, remedy.text);
	}
}

static void put(struct json_object *object, const char *name, struct json_object *value)
{
	json_object_object_add(object, name, value);
}

/* The id that the finding has: the heaviest, of those the first. */
static const struct explain_row *find_heaviest(const struct explain_incident *incident)
{
	const struct explain_row *heaviest = incident->ids[0];

	for (size_t i = 1; i < incident->id_count; i++)
		if (incident->ids[i]->weight > heaviest->weight)
			heaviest = incident->ids[i];
	return heaviest;
}

/* What is said, of the ids in the order in which they came, and causes of the heaviest id first. */
static void write_finding(struct explain_incident *incident, struct finding *finding)
{
	struct json_object *causes = incident->causes ? incident->causes : json_object_new_array();
	struct json_object *json = json_object_new_object();
	struct explain_text what = {.length = 0};

	incident->causes = NULL;
	for (size_t i = 0; i < incident->id_count; i++) {
		if (i == incident->own_at)
			explain_add(&what, "%s", incident->own.text);
		say_rows(incident, i, EXPLAIN_SAY, &what);
	}
	for (unsigned int weight = HEAVIEST + 1; weight-- > 0;)
		for (size_t i = 0; i < incident->id_count; i++)
			if (incident->ids[i]->weight == weight)
				write_causes(incident, i, causes);
	finding->first_line = incident->line;
	finding->first_seconds = incident->seconds;
	finding->places = json_object_new_object();
	finding->json = json;
	put(json, "id", json_object_new_string(finding->id->id));
	put(json, "line", json_object_new_int64((int64_t)incident->line));
	put(json, "count", NULL);
	put(json, "text", json_object_new_string(incident->quote));
	put(json, "what", json_object_new_string(what.text));
	put(json, "causes", causes);
}

/* The finding that the incident is one of, or a new one. */
static struct finding *find_finding(struct explain_log *log, struct explain_incident *incident)
{
	struct finding *finding = &log->findings[log->finding_count];
	size_t at;

	finding->key = find_key(incident);
	finding->id = find_heaviest(incident);
	for (at = finding->key % SLOTS; log->slots[at]; at = (at + 1) % SLOTS)
		if (log->findings[log->slots[at] - 1].key == finding->key)
			return &log->findings[log->slots[at] - 1];
	for (size_t i = 0; i < log->finding_count && log->finding_count >= MOST_FINDINGS; i++)
		if (log->findings[i].id == finding->id)
			return &log->findings[i];
	write_finding(incident, finding);
	log->slots[at] = (uint16_t)++log->finding_count;
	return finding;
}

/* Where it was: the device, and what the ids call a place. */
static void add_place(struct finding *finding, const struct explain_incident *incident)
{
	struct json_object *count;
	struct explain_text text;

	text.length = 0;
	explain_say(&incident->facts, incident->device, &text);
	for (size_t n = 0; n < incident->id_count; n++)
		say_rows(incident, n, EXPLAIN_PLACE, &text);
	if (text.length == 0)
		return;
	if (json_object_object_get_ex(finding->places, text.text, &count)) {
		json_object_int_inc(count, (int64_t)incident->times);
	} else if (json_object_object_length(finding->places) < MOST_PLACES) {
		put(finding->places, text.text, tool_json_count(incident->times));
	} else {
		finding->elsewhere += incident->times;
		explain_copy(finding->last_place, sizeof(finding->last_place), text.text,
			     text.length);
	}
}

/* What was counted, in words. */
static struct json_object *end_finding(struct finding *finding)
{
	struct json_object *places = json_object_new_array();

	json_object_object_foreach (finding->places, text, count) {
		struct json_object *place = json_object_new_object();

		put(place, "place", json_object_new_string(text));
		put(place, "count", json_object_get(count));
		json_object_array_add(places, place);
	}
	json_object_put(finding->places);
	put(finding->json, "count", tool_json_count(finding->count));
	put(finding->json, "last_line", tool_json_count(finding->last_line));
	put(finding->json, "places", places);
	put(finding->json, "elsewhere", tool_json_count(finding->elsewhere));
	if (finding->seconds > 0)
		put(finding->json, "seconds", json_object_new_double(finding->seconds));
	if (finding->elsewhere > 0)
		put(finding->json, "last_place", json_object_new_string(finding->last_place));
	return finding->json;
}

/* The words of a command that was refused. */
static void end_words(struct explain_incident *incident)
{
	if (incident->words > 0 && incident->family == 'q') {
		incident->own_at = incident->id_count;
		explain_command(incident);
	}
	incident->words = 0;
}

static void close_incident(struct explain_log *log, struct explain_incident *incident)
{
	struct finding *finding;

	if (incident->id_count == 0)
		return;
	end_words(incident);
	draw_conclusions(incident);
	finding = find_finding(log, incident);
	finding->count += incident->times;
	finding->last_line = incident->last_line;
	if (finding->first_seconds >= 0 && incident->seconds > finding->first_seconds)
		finding->seconds = incident->seconds - finding->first_seconds;
	add_place(finding, incident);
	incident->id_count = 0;
}

/* ---- lines ---- */

/* The device's name, "arm-smmu-v3.0.auto: ", before `at`. */
static void take_device(const char *line, const char *at, char *device, size_t bytes)
{
	const char *end = at;

	while (end > line && (end[-1] == ' ' || end[-1] == ':'))
		end--;
	for (at = end; at > line && at[-1] != ' ' && at[-1] != ']';)
		at--;
	explain_copy(device, bytes, at, *end == ':' ? (size_t)(end - at) : 0);
}

/*
 * Seconds of "[ 123.456]" or "12:34:56.7" at the beginning of a line; negative: neither. strtod()
 * takes "inf" too, which JSON does not have.
 */
static double take_seconds(const char *line)
{
	const char *bracket = line[0] == '[' ? line : strstr(line, ": [");
	unsigned int hours;
	unsigned int minutes;
	double seconds;
	char *end;

	if (bracket) {
		seconds = strtod(bracket + strcspn(bracket, "[") + 1, &end);
		if (*end == ']' && seconds >= 0 && isfinite(seconds))
			return seconds;
	}
	for (const char *at = strchr(line, ':'); at && at - line < 40; at = strchr(at + 1, ':'))
		if (at - line >= 2 &&
		    sscanf(at - 2, "%2u:%2u:%lf", &hours, &minutes, &seconds) == 3 &&
		    isfinite(seconds))
			return hours * 3600 + minutes * 60 + seconds;
	return -1;
}

/* How often, where syslog counts lines that are the same: as much as a sum in JSON can take. */
static unsigned long take_times(const char *line, const char *at)
{
	const char *repeated = strstr(line, "message repeated ");
	unsigned long times;

	if (!repeated || repeated > at || !isdigit((unsigned char)repeated[17]))
		return 1;
	times = strtoul(repeated + 17, NULL, 10);
	return times < UINT32_MAX ? times : UINT32_MAX;
}

static void begin_incident(struct explain_log *log, struct explain_incident *incident,
			   const char *line, const char *at, const char *device)
{
	json_object_put(incident->causes);
	incident->causes = NULL;
	incident->patterns = log->patterns;
	incident->facts = log->context;
	incident->own.length = 0;
	incident->own.text[0] = '\0';
	incident->own_at = 0;
	incident->own_tells = EXPLAIN_TEXT;
	incident->id_count = 0;
	incident->rows = UINT64_C(0xCBF29CE484222325);
	incident->identity[0] = '\0';
	incident->line = incident->last_line = log->line;
	incident->times = take_times(line, at);
	incident->seconds = take_seconds(line);
	incident->words = incident->words_wanted = 0;
	explain_copy(incident->device, sizeof(incident->device), device, strlen(device));
	explain_copy(incident->quote, sizeof(incident->quote), line, strlen(line));
}

/* What becomes of captures, as explain.def says. */
static void take_facts(const struct explain_match *match, struct explain_incident *incident)
{
	const struct explain_capture *is = explain_rows[match->row].captures;
	size_t used = strlen(incident->identity);
	char text[64];
	bool is_number;

	for (size_t n = 0; is->how != EXPLAIN_END; is++) {
		if (is->how <= EXPLAIN_NOT) {
			explain_set(&incident->facts, is->fact, is->how == EXPLAIN_IS, "");
			continue;
		}
		if (!match->capture[n++].at)
			continue;
		explain_copy(text, sizeof(text), match->capture[n - 1].at,
			     match->capture[n - 1].length);
		is_number = text[strspn(text, "0123456789abcdefx.")] == '\0'; /* 0x1f, 6.18.9 */
		explain_set(&incident->facts, is->fact,
			    is_number ? explain_number(text, is->how == EXPLAIN_HEX) : 1, text);
		if (is->how == EXPLAIN_ID)
			explain_join(incident, text);
		if (is->how == EXPLAIN_TELLS)
			explain_copy(incident->identity + used, sizeof(incident->identity) - used,
				     text, strlen(text));
	}
}

/* Does a capture say something else than is known: is this the line of another event? */
static bool contradicts(struct explain_log *log, const struct explain_incident *incident,
			const struct explain_match *match)
{
	const struct explain_facts *said = &log->special.facts;

	memset(&log->special.facts, 0, sizeof(log->special.facts));
	take_facts(match, &log->special);
	for (size_t i = 0; i < EXPLAIN_FACTS; i++)
		if (said->is_known[i] && incident->facts.is_known[i] &&
		    said->value[i] != incident->facts.value[i])
			return true;
	return false;
}

/* Another device of the same kind: the beginning of their names is the same. */
static bool are_siblings(const char *a, const char *b)
{
	return strcmp(a, b) != 0 && strncmp(a, b, KIND) == 0;
}

/* The open incident that a part of a family continues: the device's own, else the last one. */
static struct explain_incident *find_open(struct explain_log *log, const char *family,
					  const char *device)
{
	struct explain_incident *found = NULL;

	for (struct explain_incident *open = log->open; open < log->open + MOST_OPEN; open++) {
		if (open->id_count == 0 || open->family != family[0] || open->rank >= family[1] ||
		    are_siblings(open->device, device))
			continue;
		if (!found || strcmp(open->device, device) == 0 ||
		    (open->last_line > found->last_line && strcmp(found->device, device) != 0))
			found = open;
	}
	return found;
}

/* A place for a new incident: its device's former one is over, else the oldest is. */
static struct explain_incident *make_room(struct explain_log *log, const char *device)
{
	struct explain_incident *room = &log->open[0];

	for (struct explain_incident *open = log->open; open < log->open + MOST_OPEN; open++) {
		if (room->id_count > 0 &&
		    (open->id_count == 0 || open->last_line < room->last_line))
			room = open;
		if (open->id_count > 0 && strcmp(open->device, device) == 0) {
			room = open;
			break;
		}
	}
	close_incident(log, room);
	return room;
}

static void take_part(struct explain_log *log, const char *line, const struct explain_match *match)
{
	const char *family = explain_rows[match->row].remedy;
	struct explain_incident *incident = NULL;
	char device[64];

	take_device(line, match->at, device, sizeof(device));
	if (family[0])
		incident = find_open(log, family, device);
	if (incident && incident->words > 0) {
		end_words(incident);
		draw_conclusions(incident);
		incident = contradicts(log, incident, match) ? NULL : incident;
	}
	if (!incident) {
		incident = make_room(log, device);
		begin_incident(log, incident, line, match->at, device);
	}
	explain_join(incident, explain_rows[match->row].id);
	take_facts(match, incident);
	incident->rows = mix(incident->rows, match->row);
	incident->last_line = log->line;
	incident->silence = 0;
	incident->words = incident->words_wanted = 0;
	if (!family[0]) {
		close_incident(log, incident);
		return;
	}
	incident->family = family[0];
	incident->rank = family[1];
	incident->words_wanted = family[2] ? (unsigned int)(family[2] - '0') : 0;
}

/* A line, or the end of one, that is a word of 64 bits, which an open incident waits for. */
static bool take_word(struct explain_log *log, const char *line)
{
	const char *at = strrchr(line, ' ');
	char device[64];

	at = at ? at + 1 : line;
	if (strncmp(at, "0x", 2) != 0 || strspn(at + 2, "0123456789abcdef") != 16 || at[18])
		return false;
	take_device(line, at, device, sizeof(device));
	for (struct explain_incident *open = log->open; open < log->open + MOST_OPEN; open++) {
		if (open->id_count == 0 || open->words >= open->words_wanted ||
		    (device[0] && are_siblings(device, open->device)))
			continue;
		explain_set(&open->facts, FACT_w0 + open->words++, explain_number(at, true), at);
		open->last_line = log->line;
		open->silence = 0;
		return true;
	}
	return false;
}

static bool take_line(struct explain_log *log, const char *line)
{
	struct explain_match match = {.row = 0};

	for (; explain_find(log->patterns, line, &match); match.row++) {
		const char *id = explain_rows[match.row].id;

		if (id[0] == '=') {
			begin_incident(log, &log->special, line, line, "");
			take_facts(&match, &log->special);
			if (!explain_special(line, &match, log->argument, &log->special))
				continue;
			close_incident(log, &log->special);
		} else if (strcmp(id, "context") == 0) {
			log->special.facts = log->context;
			take_facts(&match, &log->special);
			log->context = log->special.facts;
		} else {
			take_part(log, line, &match);
		}
		take_word(log, line);
		return true;
	}
	return take_word(log, line);
}

void explain_line(void *user, const char *line)
{
	struct explain_log *log = user;
	char upper[EXPLAIN_LINE + 1];

	log->line++;
	if (line[strspn(line, " ")] == '\0')
		return;
	log->lines++;
	explain_copy(upper, sizeof(upper), line, log->argument ? strlen(line) : 0);
	for (char *at = upper; *at; at++)
		*at = (char)toupper((unsigned char)*at);
	if (take_line(log, line) || take_line(log, upper))
		return;
	log->others++;
	for (struct explain_incident *open = log->open; open < log->open + MOST_OPEN; open++)
		if (++open->silence > MOST_SILENCE)
			close_incident(log, open);
}

struct explain_log *explain_begin(const struct explain_facts *context, bool argument)
{
	struct explain_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->context = *context;
	log->argument = argument;
	log->patterns = explain_compile();
	log->special.patterns = log->patterns;
	if (log->patterns)
		return log;
	free(log);
	return NULL;
}

static int compare_lines(const void *a, const void *b)
{
	const struct finding *one = a;
	const struct finding *other = b;

	return (one->first_line > other->first_line) - (one->first_line < other->first_line);
}

struct json_object *explain_end(struct explain_log *log, unsigned long *lines,
				unsigned long *others)
{
	struct json_object *array = json_object_new_array();

	/* In the order of their first lines: of incidents side by side the later may end first. */
	for (size_t i = 0; i < MOST_OPEN; i++)
		close_incident(log, &log->open[i]);
	qsort(log->findings, log->finding_count, sizeof(log->findings[0]), compare_lines);
	for (size_t i = 0; i < log->finding_count; i++)
		json_object_array_add(array, end_finding(&log->findings[i]));
	*lines = log->lines;
	*others = log->others;
	json_object_put(log->special.causes);
	explain_free(log->patterns);
	free(log);
	return array;
}
