/* SPDX-License-Identifier: BSD-2-Clause */
#include "device_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* One word of a script, taken apart: "d1.base+4:=0x5" is "d.base", 1, 4, wide, set, "0x5". */
struct word {
	const char *text;
	char name[40]; /* without the number in it */
	uint32_t index;
	uint64_t plus;
	bool wide;
	bool asks;
	char value[40];
};

/* A number, or an errno by name. */
static uint64_t number(const struct word *word)
{
	bool negative = word->value[0] == '-';
	const char *text = word->value + negative;
	char *end;
	uint64_t number = strtoull(text, &end, 0);

	for (int err = 1; *text == 'E' && err < 134; err++)
		if (strcmp(error_name(err).text, text) == 0)
			return (uint64_t)(negative ? -err : err);
	if (*end || !*text)
		fail_msg("%s: \"%s\" is no number", word->text, word->value);
	return negative ? -number : number;
}

static void expect(const struct word *word, uint64_t got)
{
	if (got != number(word))
		fail_msg("%s: but it is 0x%llx", word->text, (unsigned long long)got);
}

/* ---- registers ---- */

static const struct {
	const char *name;
	uint64_t offset;
	uint32_t stride; /* from one instance to the next */
} places[] = {
	{"config", 0x0, 0},	  {"param", 0x4, 0},	      {"status", 0x8, 0},
	{"vi_err", 0x14, 4},	  {"mask", 0x1C, 4},	      {"cmdq_err", 0x24, 4},
	{"alloc", 0x200, 4},	  {"vconfig", 0x1000, 0},     {"vstatus", 0x1004, 0},
	{"sid_match", 0x1040, 4}, {"sid_replace", 0x1080, 4}, {"lvcmdq_err", 0x10C0, 4},
};

static uint32_t page0_register(const struct word *word, const char *name)
{
	static const char *const names[] = {"cons",   "prod",	"config",
					    "status", "gerror", "gerrorn"};

	for (uint32_t i = 0; i < 6; i++)
		if (strcmp(name, names[i]) == 0)
			return 4 * i;
	fail_msg("%s: no such register", word->text);
	return 0;
}

static bool find_queue_register(const struct word *word, uint64_t *offset)
{
	uint32_t aperture = word->name[0] == 'd' ? DIRECT : VINTF;
	const char *reg = word->name + 2;

	if ((word->name[0] != 'd' && word->name[0] != 'v') || word->name[1] != '.')
		return false;
	if (strcmp(reg, "base") == 0 || strcmp(reg, "indx") == 0)
		*offset = at_base(aperture, word->index) + (reg[0] == 'i' ? 8 : 0);
	else
		*offset = at_queue(aperture, word->index, page0_register(word, reg));
	return true;
}

static bool find_register(const struct word *word, uint64_t *offset)
{
	if (strncmp(word->text, "0x", 2) == 0) {
		*offset = strtoull(word->text, NULL, 16);
		return true;
	}
	for (size_t i = 0; i < COUNT(places); i++)
		if (strcmp(word->name, places[i].name) == 0) {
			*offset = places[i].offset + (uint64_t)places[i].stride * word->index;
			return true;
		}
	return find_queue_register(word, offset);
}

static bool access_register(struct fixture *fx, const struct word *word)
{
	uint64_t offset, got;

	if (!find_register(word, &offset))
		return false;
	got = fx_access(fx, offset + word->plus, word->wide ? 8 : 4, !word->asks,
			word->asks ? 0 : number(word));
	if (word->asks)
		expect(word, got);
	return true;
}

static bool access_page(struct fixture *fx, const struct word *word)
{
	uint32_t reg;

	if (strncmp(word->name, "page.", 5) != 0)
		return false;
	reg = page0_register(word, word->name + 5);
	if (word->asks)
		expect(word, fx->live[word->index].reg[reg / 4]);
	else
		fx_store(fx, word->index, reg, (uint32_t)number(word));
	return true;
}

/* ---- what else happens ---- */

static bool is(const struct word *word, const char *name)
{
	return strcmp(word->name, name) == 0;
}

static bool act(struct fixture *fx, const struct word *word)
{
	uint64_t value = number(word);
	uint32_t q = word->index;

	if (is(word, "up")) /* so many LVCMDQs, from 0 */
		fx_bring_up(fx, (uint32_t)value);
	else if (is(word, "ready")) /* this LVCMDQ gets its ALLOC and BASE */
		fx_run(fx, "alloc%u=0x%x v%u.base:=0x%llx", (uint32_t)value,
		       alloc_of((uint32_t)value), (uint32_t)value,
		       (unsigned long long)base_of((uint32_t)value));
	else if (is(word, "shadow")) /* shadow3=5: all of it that a guest may write */
		fx_run(fx, "d%u.cons=%u d%u.prod=%u d%u.config=%u d%u.gerrorn=%u", q,
		       (uint32_t)value, q, (uint32_t)value, q, (uint32_t)value, q, (uint32_t)value);
	else if (is(word, "reset")) /* by the VMM */
		fx_reset(fx);
	else if (is(word, "raise")) /* raise1=4: bits of GERROR */
		fx_raise(fx, q, (uint32_t)value);
	else if (is(word, "deny")) /* deny1=ENOSPC: each bind of LVCMDQ 1; 0: none */
		fx->bind_errors[q] = -(int)value;
	else if (is(word, "letters")) /* of the reason that a failed bind gives: 0 or 1 */
		fx->bind_reason = value ? "x" : NULL;
	else if (is(word, "deny_map")) /* likewise of page 0 */
		fx->map_error = -(int)value;
	else if (is(word, "stuck")) /* never disables */
		fx->live[q].never_disables = value;
	else if (is(word, "left_config")) /* is handed over as its former owner left it */
		fx->live[q].handed_over_config = (uint32_t)value;
	else if (is(word, "left_status"))
		fx->live[q].handed_over_status = (uint32_t)value;
	else if (is(word, "breaks")) /* the next unbind fails */
		fx->break_on_unbind = value;
	else if (is(word, "record")) /* a record of this sequence number waits to be read */
		fx_push_event(fx, 1, (uint32_t)value, false);
	else if (is(word, "lost")) /* one that says that others were lost */
		fx_push_event(fx, 1, (uint32_t)value, true);
	else if (is(word, "result")) /* what the backend answers instead */
		fx_push_event(fx, (int)value, 0, false);
	else
		return false;
	return true;
}

/* ---- what can be seen ---- */

static bool answer_number(struct fixture *fx, const struct word *word)
{
	const struct cmdqv_queue_state *queue = &fx->queues[word->index];
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{"bound", fx->num_bound},
		{"mapped", fx->mapped},
		{"en", queue->en},
		{"en_ok", queue->en_ok},
		{"bind_error", (uint64_t)-queue->bind_error},
		{"gpa", fx->live[word->index].gpa}, /* as the backend got it */
		{"page_error", (uint64_t)-fx->state.page0_error},
		{"broken", (uint64_t)-fx->state.backend_broken},
		{"used", cmdqv_range_in_use(fx->dev, (cmdqv_gpa_t){0}, 1)},
		{"log_count", fx->last_log.count},
		{"logs", fx->num_logs},
		/* Of the last access: calls in all, reads of registers, reads of records. */
		{"calls", fx->num_calls},
		{"reads", fx_count(fx, CALL_READ)},
		{"polls", fx_count(fx, CALL_EVENT)},
	};

	for (size_t i = 0; i < COUNT(numbers); i++)
		if (is(word, numbers[i].name)) {
			expect(word, numbers[i].value);
			return true;
		}
	return false;
}

static bool answer_name(const struct fixture *fx, const struct word *word)
{
	const char *got;

	if (is(word, "life"))
		got = cmdqv_queue_life_name(fx->queues[word->index].life);
	else if (is(word, "page"))
		got = cmdqv_page0_life_name(fx->state.page0);
	else if (is(word, "log")) /* the last message */
		got = fx->last_log.id;
	else if (is(word, "log_level"))
		got = fx->last_log.level == CMDQV_LOG_HOST ? "host" : "guest";
	else
		return false;
	if (!got || strcmp(word->value, got) != 0)
		fail_msg("%s: but it is %s", word->text, got ? got : "not there");
	return true;
}

/* Names of counters have numbers in them. */
static bool answer_counter(struct fixture *fx, const struct word *word)
{
	size_t length = strcspn(word->text, "?");

	for (int i = 0; i < CMDQV_COUNTERS; i++) {
		const char *name = cmdqv_counter_name((enum cmdqv_counter)i);

		if (strlen(name) == length && memcmp(word->text, name, length) == 0) {
			expect(word, fx_counter(fx, (enum cmdqv_counter)i));
			return true;
		}
	}
	return false;
}

static bool answer(struct fixture *fx, const struct word *word)
{
	if (is(word, "shadow")) /* each of the six registers */
		for (uint32_t reg = CONS; reg <= GERRORN; reg += 4)
			expect(word, fx_read(fx, at_queue(DIRECT, word->index, reg)));
	else if (is(word, "poll")) /* what cmdqv_events() returns now */
		expect(word, (uint64_t)fx_events(fx));
	else
		return answer_number(fx, word) || answer_name(fx, word) || answer_counter(fx, word);
	return true;
}

/* ---- words ---- */

static void take_apart(const char *text, struct word *word)
{
	const char *at = text;
	size_t length = 0;

	*word = (struct word){.text = text};
	while (*at && !strchr("+:=?", *at) && length < sizeof(word->name) - 1) {
		if (*at >= '0' && *at <= '9')
			word->index = 10 * word->index + (uint32_t)(*at - '0');
		else
			word->name[length++] = *at;
		at++;
	}
	if (*at == '+')
		word->plus = strtoull(at + 1, (char **)(uintptr_t)&at, 0);
	word->wide = *at == ':';
	at += word->wide;
	word->asks = *at == '?';
	if (!*at)
		fail_msg("%s: neither = nor ?", text);
	snprintf(word->value, sizeof(word->value), "%s", at + 1);
}

static void run_word(struct fixture *fx, const char *text)
{
	struct word word;

	take_apart(text, &word);
	if (!access_register(fx, &word) && !access_page(fx, &word) &&
	    !(word.asks ? answer(fx, &word) : act(fx, &word)))
		fail_msg("%s: no such word", text);
}

void fx_run(struct fixture *fx, const char *format, ...)
{
	char text[4096], *rest = text;
	va_list args;

	va_start(args, format);
	assert_in_range(vsnprintf(text, sizeof(text), format, args), 0, sizeof(text) - 1);
	va_end(args);
	while (*(rest += strspn(rest, " "))) {
		char *word = rest;
		bool calls = *word == '[';

		rest += strcspn(rest, calls ? "]" : " ");
		if (*rest)
			*rest++ = '\0';
		else if (calls)
			fail_msg("%s: no bracket at the end", word);
		if (calls)
			fx_assert_calls(fx, word + 1);
		else
			run_word(fx, word);
	}
}

void script_run(void **state)
{
	const struct script *script = *state;
	struct fixture *fx = fixture_new(script->lvcmdqs);

	fx_run(fx, "%s", script->text);
	fixture_free(fx);
}
