/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv replay: does again what a trace says, and compares [DEV-30].
 *
 * The file is walked in groups: an access, and the lines that say what it led to. Before
 * the access its commands are put into memory and its refusals ordered; then the access
 * is made, the engine and the events run to the end, and all that happened must be the
 * group's. docs/trace-format.md says it for users.
 */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <json.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "standard.h"
#include "tool.h"
#include "wrap.h"

#define SCHEMA "cmdqv-replay/1"

/* The soft host's VINTF 0 is the kernel's. */
enum { GUEST_MOST_LOG2_VCMDQS = CMDQV_MAX_LOG2_VCMDQS - 1 };

enum view {
	VIEW_OF_FILE,
	VIEW_GUEST,
	VIEW_HOST,
};

struct options {
	const char *path;
	int view; /* enum view */
	bool json;
	bool dump;
};

/* A register that is not 0 at the end. */
struct dumped {
	uint64_t offset;
	uint32_t value;
};

/* What came of it. `line` is that of a malformed file, else 0. */
struct outcome {
	enum tool_status status;
	const char *verdict; /* "ok", "mismatch", "incomplete", "malformed" or "error" */
	char reason[640];
	unsigned long line;
	bool ran;
	struct cmdqv_geometry geometry;
	struct replay_check check;
	struct dumped *dump; /* with --dump */
	size_t dump_count;
};

static void outcome_fail(struct outcome *outcome, enum tool_status status, const char *verdict,
			 const char *reason)
{
	outcome->status = status;
	outcome->verdict = verdict;
	snprintf(outcome->reason, sizeof(outcome->reason), "%s", reason);
}

/* By enum view. */
static const char *const views[] = {"file", "guest", "host", NULL};

#define IN_OPTIONS(member) offsetof(struct options, member)

static const struct tool_option options_of_replay[] = {
	{"view", "guest|host", .names = views, .offset = IN_OPTIONS(view),
	 .help = "which map the file is of (default: file, which tells)"},
	{"dump", .offset = IN_OPTIONS(dump),
	 .help = "then show every register that is not 0, at the end or at the mismatch"},
	{"json", .offset = IN_OPTIONS(json), .help = "print one JSON object, schema " SCHEMA},
	{.name = NULL},
};

static const struct tool_usage usage = {
	.command = "replay",
	.words = "[OPTION]... FILE",
	.intro = "Replays a recorded trace: a guest's against device, software backend and model, "
		 "one of the physical map against the model alone. Every value read, every command "
		 "and every interrupt must come as recorded. \"-\" is the standard input.",
	.end = "Exit status: 0 all as recorded; 1 a mismatch; 2 a file that is malformed or cannot "
	       "be read; 3 as recorded, but the file lacks the line that ends a whole trace. "
	       "docs/trace-format.md describes the format.",
	.schema = SCHEMA,
	.options = options_of_replay,
};

static bool is_param_read(const struct cmdqv_trace_event *event)
{
	return event->kind == CMDQV_TRACE_READ && event->offset == CMDQV_REG_PARAM &&
	       event->size == sizeof(uint32_t);
}

static bool is_access(const struct cmdqv_trace_event *event)
{
	return event->kind == CMDQV_TRACE_READ || event->kind == CMDQV_TRACE_WRITE;
}

/* The first event of the file for which `is` holds, or NULL. */
static const struct cmdqv_trace_event *first_event(const struct trace_file *file,
						   bool (*is)(const struct cmdqv_trace_event *))
{
	for (size_t i = 0; i < file->count; i++)
		if (is(&file->lines[i].event))
			return &file->lines[i].event;
	return NULL;
}

static bool is_geometry(const struct cmdqv_trace_event *event)
{
	return event->kind == CMDQV_TRACE_GEOMETRY;
}

/* Only a physical map has this. */
static bool is_physical(const struct cmdqv_trace_event *event)
{
	if (is_access(event) && event->offset >= CMDQV_GUEST_BYTES)
		return true;
	return is_param_read(event) &&
	       CMDQV_GET(CMDQV_PARAM_NUM_VINTF_LOG2, (uint32_t)event->value[0]) != 0;
}

static bool is_guest_view(const struct trace_file *file, enum view view)
{
	const struct cmdqv_trace_event *given = first_event(file, is_geometry);

	if (view != VIEW_OF_FILE)
		return view == VIEW_GUEST;
	if (given)
		return given->log2_vintfs == 0;
	return first_event(file, is_physical) == NULL;
}

/* The geometry of the G line, of the first PARAM that was read, or the usual one. */
static struct cmdqv_geometry geometry_of(const struct trace_file *file, enum view view)
{
	const struct cmdqv_trace_event *given = first_event(file, is_geometry);
	const struct cmdqv_trace_event *read = first_event(file, is_param_read);
	struct cmdqv_geometry g = {.guest_view = is_guest_view(file, view)};
	uint32_t param;

	if (given) {
		g.log2_vcmdqs = given->log2_vcmdqs;
		g.log2_vintfs = given->log2_vintfs;
		g.log2_sids = given->log2_sids;
	} else if (read) {
		param = (uint32_t)read->value[0];
		g.log2_vcmdqs = (uint8_t)CMDQV_GET(CMDQV_PARAM_NUM_VCMDQ_LOG2, param);
		g.log2_vintfs = (uint8_t)CMDQV_GET(CMDQV_PARAM_NUM_VINTF_LOG2, param);
		g.log2_sids = (uint8_t)CMDQV_GET(CMDQV_PARAM_NUM_SID_PER_VM_LOG2, param);
	} else {
		g.log2_vcmdqs = g.guest_view ? 1 : CMDQV_MAX_LOG2_VCMDQS;
		g.log2_vintfs = g.guest_view ? 0 : CMDQV_MAX_LOG2_VINTFS;
		g.log2_sids = CMDQV_MAX_LOG2_SIDS;
	}
	return g;
}

/* Can this geometry be replayed? Else the outcome says why not. */
static bool geometry_can_replay(const struct cmdqv_geometry *g, struct outcome *outcome)
{
	if (g->log2_vcmdqs > CMDQV_MAX_LOG2_VCMDQS || g->log2_vintfs > CMDQV_MAX_LOG2_VINTFS ||
	    g->log2_vintfs > g->log2_vcmdqs || g->log2_sids > CMDQV_MAX_LOG2_SIDS) {
		outcome_fail(outcome, TOOL_USAGE, "error",
			     "the PARAM that it reads is of no geometry that there is; put a G "
			     "line first");
		return false;
	}
	if (g->guest_view && g->log2_vintfs != 0) {
		outcome_fail(outcome, TOOL_USAGE, "error",
			     "it has several VINTFs, so it is no guest's; leave out --view guest");
		return false;
	}
	if (g->guest_view && g->log2_vcmdqs > GUEST_MOST_LOG2_VCMDQS) {
		outcome_fail(outcome, TOOL_USAGE, "error",
			     "a guest's trace can be replayed with 64 queues at most");
		return false;
	}
	return true;
}

/* The walk. */

struct replay {
	const struct replay_way *way;
	void *self;
	const struct cmdqv_geometry *geometry;
	struct replay_check *check;
	uint64_t written[CMDQV_MAX_VCMDQS]; /* the last that the file wrote to each BASE */
};

static void command_put_at(const struct replay *replay, uint64_t base,
			   const struct cmdqv_trace_event *event)
{
	uint64_t address =
		(base & CMDQV_VCMDQ_BASE_ADDR) + (uint64_t)event->index * CMDQV_ENTRY_BYTES;
	void *memory =
		replay_memory_at(replay->way->memory(replay->self), address, CMDQV_ENTRY_BYTES);

	if (memory)
		memcpy(memory, event->value, CMDQV_ENTRY_BYTES);
}

/*
 * Where a queue lies during an access is its BASE from before, or what the access writes
 * there; the command is put where either says.
 */
static void command_put(const struct replay *replay, const struct cmdqv_trace_event *event)
{
	command_put_at(replay, replay->way->base(replay->self, event->queue), event);
	command_put_at(replay, replay->written[event->queue], event);
}

static void group_prepare(struct replay *replay, const struct replay_group *group)
{
	const struct cmdqv_trace_event *access = &group->access->event;
	uint32_t queue;

	if (replay_is_base_write(replay->geometry, access, &queue))
		replay->written[queue] = replay_written_base(replay->written[queue], access);
	for (const struct trace_line *line = group->first; line < group->end; line++) {
		const struct cmdqv_trace_event *event = &line->event;

		if (event->kind == CMDQV_TRACE_COMMAND)
			command_put(replay, event);
		if (event->kind == CMDQV_TRACE_REFUSED)
			replay->way->refuse(replay->self, event->queue, event->index, event->code);
	}
}

/* A refusal that was not taken must not strike later. */
static void group_take_back(const struct replay *replay, const struct replay_group *group)
{
	for (const struct trace_line *line = group->first; line < group->end; line++)
		if (line->event.kind == CMDQV_TRACE_REFUSED)
			replay->way->refuse(replay->self, line->event.queue, line->event.index, 0);
}

static void access_make(struct replay *replay, const struct cmdqv_trace_event *event)
{
	struct cmdqv_mmio access = {
		.offset = event->offset,
		.value = event->kind == CMDQV_TRACE_WRITE ? event->value[0] : 0,
		.size = event->size,
		.write = event->kind == CMDQV_TRACE_WRITE,
	};

	if (event->kind == CMDQV_TRACE_RESET) {
		replay->way->reset(replay->self);
		memset(replay->written, 0, sizeof(replay->written));
		return;
	}
	replay->way->access(replay->self, &access);
	if (event->kind == CMDQV_TRACE_READ)
		check_read(replay->check, replay->geometry, access.value);
}

static void group_replay(struct replay *replay, const struct replay_group *group)
{
	group_prepare(replay, group);
	check_begin(replay->check, group);
	access_make(replay, &group->access->event);
	replay->way->settle(replay->self);
	group_take_back(replay, group);
	check_end(replay->check);
}

static bool begins_group(const struct trace_line *line)
{
	return is_access(&line->event) || line->event.kind == CMDQV_TRACE_RESET;
}

static void file_walk(struct replay *replay, const struct trace_file *file)
{
	const struct trace_line *end = file->lines + file->count;
	const struct trace_line *line = file->lines;

	while (line < end && !begins_group(line))
		line++;
	while (line < end && !replay->check->failed) {
		struct replay_group group = {.access = line, .first = line + 1};

		for (line++; line < end && !begins_group(line);)
			line++;
		group.end = line;
		group_replay(replay, &group);
	}
	check_finish(replay->check, end[-1].number);
}

/* Walks every register word there is, and keeps those that are not 0. */
static void registers_dump(const struct replay *replay, struct outcome *outcome)
{
	const struct cmdqv_geometry *geometry = &outcome->geometry;
	uint64_t offset = cmdqv_describe_next(geometry, 0);

	while (offset != UINT64_MAX) {
		struct cmdqv_mmio access = {.offset = offset, .size = sizeof(uint32_t)};
		struct dumped *more;

		replay->way->access(replay->self, &access);
		if (access.value != 0) {
			more = reallocarray(outcome->dump, outcome->dump_count + 1, sizeof(*more));
			if (!more)
				return;
			outcome->dump = more;
			more[outcome->dump_count++] =
				(struct dumped){offset, (uint32_t)access.value};
		}
		offset = cmdqv_describe_next(geometry, offset + sizeof(uint32_t));
	}
}

static void outcome_judge(struct outcome *outcome, const struct trace_file *file)
{
	const struct replay_mismatch *m = &outcome->check.mismatch;

	outcome->ran = true;
	if (!outcome->check.failed && !file->whole)
		outcome_fail(outcome, TOOL_UNKNOWN, "incomplete",
			     "it lacks its last line: it was cut off, or cmdqv 0.1 wrote it");
	if (!outcome->check.failed)
		return;
	outcome->status = TOOL_NO;
	outcome->verdict = "mismatch";
	snprintf(outcome->reason, sizeof(outcome->reason), "line %lu: %s: expected %s, got %s",
		 m->line, m->what, m->expected, m->got);
}

static void file_replay(const struct trace_file *file, const struct options *options,
			struct outcome *outcome)
{
	struct replay replay = {.geometry = &outcome->geometry, .check = &outcome->check};
	struct cmdqv_error error = {0};
	int err;

	outcome->geometry = geometry_of(file, (enum view)options->view);
	if (!geometry_can_replay(&outcome->geometry, outcome))
		return;
	replay.way = outcome->geometry.guest_view ? &replay_guest : &replay_host;
	err = replay.way->create(&replay.self, file, &outcome->geometry, &outcome->check, &error);
	if (err != 0) {
		outcome_fail(outcome, TOOL_USAGE, "error",
			     error.code ? error.text : strerror(-err));
		return;
	}
	file_walk(&replay, file);
	if (options->dump)
		registers_dump(&replay, outcome);
	replay.way->destroy(replay.self);
	outcome_judge(outcome, file);
}

static void file_read_and_replay(const struct options *options, struct outcome *outcome)
{
	struct trace_fault fault = {0};
	struct trace_file file;

	switch (trace_file_read(options->path, &file, &fault)) {
	case TRACE_FILE_OK:
		file_replay(&file, options, outcome);
		break;
	case TRACE_FILE_UNREADABLE:
		outcome_fail(outcome, TOOL_USAGE, "error", fault.text);
		break;
	case TRACE_FILE_MALFORMED:
		outcome->line = fault.line;
		outcome_fail(outcome, TOOL_USAGE, "malformed", "");
		snprintf(outcome->reason, sizeof(outcome->reason), "line %lu: %s", fault.line,
			 fault.text);
		break;
	}
	trace_file_free(&file);
}

static void outcome_print_dump(const struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->dump_count; i++) {
		const struct dumped *dumped = &outcome->dump[i];
		char name[64];
		char value[160];
		char line[256];

		(void)cmdqv_describe_offset(&outcome->geometry, dumped->offset, name, sizeof(name));
		(void)cmdqv_describe_value(&outcome->geometry, dumped->offset, dumped->value, value,
					   sizeof(value));
		snprintf(line, sizeof(line), "%06" PRIx64 " %-24s %08" PRIx32 "  %s",
			 dumped->offset, name, dumped->value, value);
		wrap("", "        ", line);
	}
}

static struct json_object *dump_json(const struct outcome *outcome)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < outcome->dump_count; i++) {
		struct json_object *object = json_object_new_object();
		char name[64];

		(void)cmdqv_describe_offset(&outcome->geometry, outcome->dump[i].offset, name,
					    sizeof(name));
		json_object_object_add(object, "offset", tool_json_count(outcome->dump[i].offset));
		json_object_object_add(object, "name", json_object_new_string(name));
		json_object_object_add(object, "value", tool_json_count(outcome->dump[i].value));
		json_object_array_add(array, object);
	}
	return array;
}

static void mismatch_print(const char *path, const struct replay_mismatch *mismatch)
{
	char what[128];

	snprintf(what, sizeof(what), ": line %lu: %s", mismatch->line, mismatch->what);
	wrap(path, "  ", what);
	wrap("  expected ", "           ", mismatch->expected);
	wrap("  got      ", "           ", mismatch->got);
}

static void counts_print(const struct cmdqv_geometry *g, const struct replay_check *check)
{
	char line[256];

	snprintf(line, sizeof(line), "%s map: %u VINTF%s, %u queue%s, %u SID slot%s",
		 g->guest_view ? "guest's" : "physical", 1U << g->log2_vintfs,
		 tool_plural(1U << g->log2_vintfs), 1U << g->log2_vcmdqs,
		 tool_plural(1U << g->log2_vcmdqs), 1U << g->log2_sids,
		 tool_plural(1U << g->log2_sids));
	wrap("  ", "  ", line);
	snprintf(line, sizeof(line),
		 "%" PRIu64 " read%s, %" PRIu64 " write%s, %" PRIu64 " command%s, %" PRIu64
		 " refusal%s, %" PRIu64 " interrupt%s",
		 check->reads, tool_plural(check->reads), check->writes, tool_plural(check->writes),
		 check->commands, tool_plural(check->commands), check->refusals,
		 tool_plural(check->refusals), check->interrupts, tool_plural(check->interrupts));
	wrap("  ", "  ", line);
}

static void outcome_print_text(const struct options *options, const struct outcome *outcome)
{
	if (outcome->status == TOOL_USAGE && !options->path) {
		tool_complain("%s", outcome->reason);
	} else if (outcome->status == TOOL_USAGE) {
		tool_complain("%s: %s", options->path, outcome->reason);
	} else if (outcome->status == TOOL_NO) {
		mismatch_print(options->path, &outcome->check.mismatch);
	} else {
		printf("%s: as recorded\n", options->path);
		counts_print(&outcome->geometry, &outcome->check);
		if (outcome->status == TOOL_UNKNOWN)
			tool_complain("%s: %s", options->path, outcome->reason);
	}
}

static void add_number(struct json_object *object, const char *name, uint64_t value)
{
	json_object_object_add(object, name, tool_json_count(value));
}

static void add_text(struct json_object *object, const char *name, const char *value)
{
	json_object_object_add(object, name, tool_json_text(value));
}

static void counts_json(struct json_object *object, const struct outcome *outcome)
{
	const struct replay_check *check = &outcome->check;
	const struct cmdqv_geometry *g = &outcome->geometry;

	add_text(object, "view", g->guest_view ? "guest" : "host");
	add_number(object, "vintfs", 1U << g->log2_vintfs);
	add_number(object, "vcmdqs", 1U << g->log2_vcmdqs);
	add_number(object, "sids", 1U << g->log2_sids);
	add_number(object, "reads", check->reads);
	add_number(object, "writes", check->writes);
	add_number(object, "resets", check->resets);
	add_number(object, "commands", check->commands);
	add_number(object, "refusals", check->refusals);
	add_number(object, "interrupts", check->interrupts);
}

static struct json_object *mismatch_json(const struct replay_mismatch *m)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "line", m->line);
	add_text(object, "what", m->what);
	add_text(object, "expected", m->expected);
	add_text(object, "got", m->got);
	return object;
}

static void outcome_print_json(const struct options *options, const struct outcome *outcome)
{
	struct json_object *object = tool_json_new(SCHEMA);

	if (outcome->status != TOOL_YES)
		tool_json_verdict(object, outcome->verdict, outcome->reason);
	if (options->path)
		add_text(object, "file", options->path);
	if (outcome->line != 0)
		add_number(object, "line", outcome->line);
	if (outcome->ran)
		counts_json(object, outcome);
	if (outcome->check.failed)
		json_object_object_add(object, "mismatch", mismatch_json(&outcome->check.mismatch));
	if (options->dump && outcome->ran)
		json_object_object_add(object, "registers", dump_json(outcome));
	tool_json_print(object);
}

static int run(int argc, char **argv)
{
	struct outcome outcome = {.status = TOOL_YES, .verdict = "ok"};
	struct options options = {0};
	int words;
	int status = tool_options_take(&usage, argc, argv, &options, &words);

	if (status >= 0)
		return status;
	if (words == 1) {
		options.path = argv[1];
		file_read_and_replay(&options, &outcome);
		if (!options.json) /* a recording may come with a name of its own */
			standard_make_printable(argv[1]);
	} else {
		outcome_fail(
			&outcome, TOOL_USAGE, "error",
			"usage: cmdqv replay [OPTION]... FILE; 'cmdqv replay --help' says more");
	}
	if (options.json)
		outcome_print_json(&options, &outcome);
	else
		outcome_print_text(&options, &outcome);
	if (!options.json)
		outcome_print_dump(&outcome);
	free(outcome.dump);
	return (int)outcome.status;
}

const struct tool tool_replay = {
	.name = "replay",
	.summary = "replay a recorded trace and compare",
	.run = run,
};
