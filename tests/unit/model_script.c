/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_script.h"

#include <stdio.h>

struct player {
	struct bench *bench;
	const char *text;
	const char *next; /* after the step under way */
	char step[64];
	bool direct; /* the queue by VCMDQ Q's own pages */
	uint32_t q, v, l;
};

#define EXPECT(script, condition, ...)                                                             \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			print_error("%.*s <- here\n", (int)((script)->next - (script)->text),      \
				    (script)->text);                                               \
			fail_msg(__VA_ARGS__);                                                     \
		}                                                                                  \
	} while (0)

static struct cmdqv_model_queue_state chosen_queue(const struct player *s)
{
	for (uint32_t q = 0; !s->direct && q < state_of(s->bench).num_vcmdqs; q++) {
		struct cmdqv_model_queue_state state = queue_of(s->bench, q);

		if (state.mapped && state.vintf == s->v && state.lvcmdq == s->l)
			return state;
	}
	return queue_of(s->bench, s->q);
}

static bool fact(const struct player *s, const char *name, uint64_t *value)
{
	const struct bench *bench = s->bench;
	const struct cmdqv_model_queue_state queue = chosen_queue(s);
	const struct cmdqv_model_state state = state_of(s->bench);
	const struct cmdqv_command none = {.index = UINT32_MAX};
	const struct cmdqv_command *last =
		bench->done_count ? &bench->done[bench->done_count - 1] : &none;
	const struct {
		const char *name;
		uint64_t value;
	} facts[] = {
		{"done", bench->done_count},  /* commands that were executed */
		{"last", last->index},	      /* entry of the last of them, */
		{"opcode", last->opcode},     /* and its opcode */
		{"commands", state.commands}, /* prefetches are counted here only */
		{"reads", bench->reads},      /* of memory */
		{"kicks", bench->kicks},
		{"interrupts", bench->interrupts},
		{"traced", count_events(bench, CMDQV_TRACE_COMMAND)},
		{"refused", count_events(bench, CMDQV_TRACE_REFUSED)},
		{"violations", state.order_violations},
		{"bad", state.bad_accesses},
		{"mapped", queue.mapped},
		{"enabled", queue.enabled},
		{"standing", queue.standing},
		{"errors", queue.errors},
	};

	for (size_t i = 0; i < COUNT(facts); i++)
		if (strcmp(facts[i].name, name) == 0) {
			*value = facts[i].value;
			return true;
		}
	return false;
}

/* Where a register of the queue that was chosen lies; 0: there is none of that name. */
static uint64_t register_at(const struct player *s, const char *name, uint8_t *size)
{
	static const char *const words[] = {"cons",   "prod",	"config",
					    "status", "gerror", "gerrorn"};
	uint64_t first = s->direct ? direct0(s->q) : page0(s->v, s->l);
	uint64_t second = s->direct ? direct1(s->q) : page1(s->v, s->l);

	*size = 4;
	for (uint32_t i = 0; i < COUNT(words); i++)
		if (strcmp(words[i], name) == 0)
			return first + 4 * i;
	*size = 8;
	return strcmp(name, "base") == 0 ? second : strcmp(name, "dram") == 0 ? second + 8 : 0;
}

static bool is_register(const struct player *s, const char *name, uint64_t *offset, uint8_t *size)
{
	char *end;

	*offset = register_at(s, name, size);
	if (*offset)
		return true;
	*offset = strtoull(name, &end, 0);
	*size = *end == '!' ? 8 : 4;
	return end != name;
}

static void put_commands(const struct player *s, uint32_t first, uint32_t last, const char *name)
{
	static const struct {
		const char *name;
		uint64_t word0, word1;
	} commands[] = {
		{"sync", SYNC0, 0},
		{"va", VA0, VA1},
		{"bad", 0xff, 0}, /* no such opcode */
		{"prefetch", 0x0000000800000001, 0},
		{"atc", 0x0000001000000040, 0x34},
		{"cfgi", 0x05, 0}, /* CFGI_CD */
	};
	size_t c = 0;

	while (c < COUNT(commands) && strcmp(commands[c].name, name) != 0)
		c++;
	EXPECT(s, c < COUNT(commands), "no command is called %s", name);
	for (uint32_t i = first; i <= last; i++)
		put(s->bench, RAM + 16 * (uint64_t)i, commands[c].word0, commands[c].word1);
}

static enum cmdqv_fault fault_kind(const struct player *s, const char *name)
{
	static const char *const names[CMDQV_FAULTS] = {
		[CMDQV_FAULT_REFUSE] = "refuse",
		[CMDQV_FAULT_FETCH_ABORT] = "fetch_abort",
		[CMDQV_FAULT_ATC_TIME_OUT] = "atc_time_out",
		[CMDQV_FAULT_DELAYED_ENABLE] = "delayed_enable",
		[CMDQV_FAULT_REFUSED_ENABLE] = "refused_enable",
		[CMDQV_FAULT_LOST_INTERRUPT] = "lost_interrupt",
		[CMDQV_FAULT_STALLED_ENGINE] = "stalled_engine",
		[CMDQV_FAULT_REPEAT] = "repeat",
	};
	size_t kind = 0;

	while (kind < COUNT(names) && strcmp(names[kind], name) != 0)
		kind++;
	EXPECT(s, kind < COUNT(names), "no fault is called %s", name);
	return (enum cmdqv_fault)kind;
}

/* Steps that do. False: it is none of them. */
static bool act(struct player *s, const char *name, uint64_t value, const char *text)
{
	uint64_t offset;
	uint8_t size;
	unsigned int first, last, third;

	if (name[0] == '#') {
		int numbers = sscanf(name, "#%u-%u", &first, &last);

		put_commands(s, first, numbers == 2 ? last : first, text);
	} else if (name[0] == '@' && is_register(s, name + 1, &offset, &size)) {
		store_word(s->bench, s->v, s->l, offset & 0x7f, (uint32_t)value);
	} else if (strcmp(name, "queue") == 0) {
		s->bench = bench_with_queue((uint32_t)value);
	} else if (strcmp(name, "model") == 0) {
		EXPECT(s, sscanf(text, "%u.%u.%u", &first, &last, &third) == 3, "log2 of each");
		s->bench = bench_open((uint8_t)first, (uint8_t)last, (uint8_t)third);
	} else if (strcmp(name, "times_out") == 0) {
		s->bench->execute_result = value ? -ETIMEDOUT : 0;
	} else if (strcmp(name, "refuse") == 0) {
		EXPECT(s, sscanf(text, "%u.%u", &first, &last) == 2, "entry and code");
		assert_int_equal(cmdqv_model_refuse(s->bench->model, s->q, first, (uint8_t)last),
				 0);
	} else if (strncmp(name, "fault.", 6) == 0) {
		assert_int_equal(cmdqv_model_inject(s->bench->model, s->q, fault_kind(s, name + 6),
						    (uint32_t)value),
				 0);
	} else if (strcmp(name, "map") == 0) {
		map_queue(s->bench, (uint32_t)value, s->v, s->l);
	} else if (strcmp(name, "unmap") == 0) {
		unmap_queue(s->bench, (uint32_t)value, s->v, s->l);
	} else if (strcmp(name, "guest") == 0) {
		own_by_guest(s->bench, s->v, (uint32_t)value);
	} else if (strcmp(name, "ring") == 0) {
		start(s->bench, s->v, s->l, RAM, (uint32_t)value);
	} else if (strcmp(name, "run") == 0) {
		long long done = strtoll(strchr(text, ':') + 1, NULL, 0);
		int got = cmdqv_model_run(s->bench->model, (uint32_t)value);

		EXPECT(s, got == done, "%d were executed", got);
	} else if (is_register(s, name, &offset, &size)) {
		access_write(s->bench, offset, value, size);
	} else {
		return false;
	}
	return true;
}

static bool check(const struct player *s, const char *name, uint64_t expected)
{
	uint64_t offset, got;
	uint8_t size;

	if (name[0] == '@' && is_register(s, name + 1, &offset, &size))
		got = load_word(s->bench, s->v, s->l, offset & 0x7f);
	else if (strncmp(name, "fault.", 6) == 0)
		got = cmdqv_model_struck(s->bench->model, s->q, fault_kind(s, name + 6));
	else if (strcmp(name, "sync_times_out") == 0)
		got = cmdqv_model_smmu_sync(s->bench->model) == -ETIMEDOUT;
	else if (strcmp(name, "pending") == 0)
		got = cmdqv_model_pending(s->bench->model);
	else if (!fact(s, name, &got)) {
		if (!is_register(s, name, &offset, &size))
			return false;
		got = access_read(s->bench, offset, size);
	}
	EXPECT(s, got == expected, "it is 0x%llx", (unsigned long long)got);
	return true;
}

static bool take_step(struct player *s)
{
	char *does = strpbrk(s->step, "=:");
	char kind = '\0';

	if (sscanf(s->step, "[%u.%u]", &s->v, &s->l) == 2) {
		s->direct = false;
		return true;
	}
	if (sscanf(s->step, "[%u]", &s->q) == 1) {
		s->direct = true;
		return true;
	}
	if (does) {
		kind = *does;
		*does++ = '\0';
	} else if (strcmp(s->step, "run") == 0) {
		run_all(s->bench);
		return true;
	} else if (strcmp(s->step, "host") == 0) {
		own_by_host(s->bench, s->v);
		return true;
	}
	return kind == '='   ? act(s, s->step, strtoull(does, NULL, 0), does)
	       : kind == ':' ? check(s, s->step, strtoull(does, NULL, 0))
			     : false;
}

/* Returns the bench that it was played on. */
static struct bench *play_through(struct bench *bench, const char *script)
{
	struct player s = {.bench = bench, .text = script, .next = script};
	int bytes;

	while (sscanf(s.next, " %63s%n", s.step, &bytes) == 1) {
		s.next += bytes;
		EXPECT(&s, take_step(&s), "this is no step");
	}
	return s.bench;
}

void play(struct bench *bench, const char *script)
{
	(void)play_through(bench, script);
}

void play_on(struct bench *bench, const char *script)
{
	bench_close(play_through(bench, script));
}

void script_run(void **state)
{
	const struct script *script = *state;

	play_on(NULL, script->text);
}
