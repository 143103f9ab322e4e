/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values that describe.h has words for: fields of registers, commands, stream table entries, and
 * why a call fails with an errno. What they mean to an operator is in explain.def.
 */
#include "explain.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/describe.h>
#include <cmdqv/regs.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	MOST_ERRNO = 133,
	STE_VALID = 0x9, /* word 0: V, and a CFG that translates or bypasses */
};

void explain_join(struct explain_incident *incident, const char *id)
{
	const struct explain_row *row = explain_definition(incident->patterns, id);

	for (size_t i = 0; i < incident->id_count; i++)
		if (incident->ids[i] == row)
			return;
	if (row && incident->id_count < EXPLAIN_IDS)
		incident->ids[incident->id_count++] = row;
}

void explain_cause(struct json_object *causes, const char *cause, const char *remedy)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "cause", json_object_new_string(cause));
	json_object_object_add(object, "remedy", json_object_new_string(remedy));
	json_object_array_add(causes, object);
}

/* ---- registers ---- */

static const struct {
	const char *name;
	uint64_t offset;
	bool is_wide; /* of 64 bits */
} registers[] = {
#define REGISTER(name, offset, is_wide) {name, offset, is_wide},
#include "explain.def"
};

static void tell_register(size_t i, uint64_t value, struct explain_incident *incident)
{
	static const struct cmdqv_geometry physical = {
		.log2_vcmdqs = CMDQV_MAX_LOG2_VCMDQS,
		.log2_vintfs = CMDQV_MAX_LOG2_VINTFS,
		.log2_sids = CMDQV_MAX_LOG2_SIDS,
	};
	const char *name = registers[i].name;
	char text[200];

	explain_join(incident, "value");
	if (!registers[i].is_wide && value > UINT32_MAX) {
		explain_add(&incident->own, "%s 0x%" PRIx64 ": more than its 32 bits.", name,
			    value);
		return;
	}
	cmdqv_describe_value(&physical, registers[i].offset, value, text, sizeof(text));
	explain_add(&incident->own, "%s 0x%" PRIx64 ": %s.", name, value, text);
	explain_set(&incident->facts, explain_fact(name, strlen(name)), value, "");
	explain_join(incident, name);
}

/* Is it a value, and over? It may end a sentence, or stand in brackets. */
static bool is_value(const char *number, const char *end)
{
	end += *end == '.' || *end == ':';
	return isdigit((unsigned char)*number) && (*end == '\0' || strchr(" ,;)]}\"'", *end));
}

/* Names with "=" and a value behind it, or, of what was typed, ": " or a blank. */
static bool take_registers(const char *line, bool argument, struct explain_incident *incident)
{
	const char *signs = argument ? "=: " : "=";
	bool found = false;

	for (const char *number, *sign = line; (sign = strpbrk(sign, signs)); sign = number) {
		const char *name = sign;
		char *end;
		uint64_t value;

		while (name > line && (isalnum((unsigned char)name[-1]) || name[-1] == '_'))
			name--;
		number = sign + strspn(sign, signs);
		value = strtoull(number, &end, 0);
		for (size_t i = 0; is_value(number, end) && i < COUNT(registers); i++) {
			if (strlen(registers[i].name) != (size_t)(sign - name) ||
			    strncmp(registers[i].name, name, (size_t)(sign - name)) != 0)
				continue;
			tell_register(i, value, incident);
			found = true;
		}
	}
	return found;
}

/* ---- entries and commands ---- */

void explain_command(struct explain_incident *incident)
{
	char text[200];
	const uint64_t *words = &incident->facts.value[FACT_w0];
	bool known = cmdqv_describe_command(words[0], words[1], text, sizeof(text)) == 0;

	if (known && incident->words == 1)
		text[strcspn(text, " ")] = '\0';
	explain_add(&incident->own, "The command: %s.", text);
	/* By its name: each one of a storm has other operands. */
	incident->own_tells = incident->own.length - strlen(text + strcspn(text, " ")) - 1;
	explain_set(&incident->facts, FACT_nonsense, !known, "");
	explain_join(incident, "command");
}

/* Traces have word 1 before word 0: an entry that is valid only that way round is taken so. */
static void take_ste(struct explain_incident *incident)
{
	const uint64_t *words = &incident->facts.value[FACT_w0];
	bool exchanged = (words[1] & STE_VALID) == STE_VALID && (words[0] & STE_VALID) != STE_VALID;
	char text[400];

	if (exchanged)
		explain_add(&incident->own,
			    "The two words look exchanged: QEMU's trace prints word "
			    "1 before word 0.");
	explain_join(incident, cmdqv_describe_ste(words[exchanged], words[!exchanged], text,
						  sizeof(text)) != 0
				       ? "ste-refused"
				       : "ste");
	explain_add(&incident->own, "Stream table entry: %s.", text);
}

/* ---- calls and errnos ---- */

/* The number behind one of the words that stand before an errno, such as Rust's "os error 14". */
static int errno_of_number(const char *text)
{
	static const char *const before[] = {"os error ", "errno", "error", "code",
					     "Error(",	  "(-",	   " -",    "=-"};

	for (size_t i = 0; i < COUNT(before); i++) {
		const char *at = strstr(text, before[i]);
		char *end;
		long error;

		if (!at)
			continue;
		at += strlen(before[i]);
		error = strtol(at + strspn(at, " :=-"), &end, 10);
		if (error > 0 && error <= MOST_ERRNO && !isalnum((unsigned char)*end))
			return (int)error;
	}
	return 0;
}

/* The name and the text of each errno, in lists by first letter. Go writes texts in lower case. */
static struct form {
	const char *text;
	size_t length;
	int error;
	int (*compare)(const char *one, const char *other, size_t length);
	const struct form *next;
} forms[2 * MOST_ERRNO + 1];
static const struct form *forms_of[UCHAR_MAX + 1];

static void add_form(const char *text, int error,
		     int (*compare)(const char *one, const char *other, size_t length))
{
	static size_t count;

	if (!text)
		return;
	forms[count] =
		(struct form){text, strlen(text), error, compare, forms_of[(unsigned char)text[0]]};
	forms_of[(unsigned char)text[0]] = &forms[count++];
}

static void make_forms(void)
{
	add_form("ENOTSUP", EOPNOTSUPP, strncmp);
	for (int error = 1; error <= MOST_ERRNO; error++) {
		add_form(strerrorname_np(error), error, strncmp);
		if (strerrorname_np(error))
			add_form(strerrordesc_np(error), error, strncasecmp);
	}
}

/* An errno as its name or its text, the longest that there is, or a number. */
static int find_errno(const char *text)
{
	size_t longest = 0;
	int found = 0;

	if (!forms[0].text)
		make_forms();
	for (const char *at = text; *at; at++) {
		if (at > text && isalnum((unsigned char)at[-1]))
			continue;
		for (const struct form *form = forms_of[toupper((unsigned char)*at)]; form;
		     form = form->next) {
			if (form->length <= longest ||
			    form->compare(at, form->text, form->length) ||
			    isalnum((unsigned char)at[form->length]))
				continue;
			longest = form->length;
			found = form->error;
		}
	}
	return found ? found : errno_of_number(text);
}

/*
 * The reasons that hold for the kernel, if it is known, of a call, an errno or both; what is not
 * given begins each. Returns how many.
 */
static size_t add_reasons(const char *call, int error, struct explain_incident *incident)
{
	uint64_t kernel = incident->facts.value[FACT_kernel] >> 8;
	struct cmdqv_reason reason;

	json_object_put(incident->causes);
	incident->causes = json_object_new_array();
	for (unsigned int n = 0; cmdqv_describe_reason(call, error, n, &reason) == 0; n++) {
		struct explain_text cause = {.length = 0};

		if (kernel && (kernel < reason.since || (reason.until && kernel >= reason.until)))
			continue;
		if (!call || !error)
			explain_add(&cause, "%s:", call ? reason.error_name : reason.call);
		explain_add(&cause, "%s", reason.cause);
		if (reason.since)
			explain_add(&cause, "(from Linux %d.%d)", reason.since >> 8,
				    reason.since & 0xFF);
		if (reason.until)
			explain_add(&cause, "(before Linux %d.%d)", reason.until >> 8,
				    reason.until & 0xFF);
		explain_cause(incident->causes, cause.text, reason.remedy);
	}
	return json_object_array_length(incident->causes);
}

/* A call with its errno, or one of them: why it may be, and what the other one would tell. */
static bool take_call(const char *call, const char *name, struct explain_incident *incident)
{
	struct cmdqv_reason reason;
	int error = name ? find_errno(name) : 0;
	bool is_known;

	if (name && (error == 0 || (call && cmdqv_describe_reason(call, 0, 0, &reason) == -EINVAL)))
		return false;
	is_known = add_reasons(call, error, incident) > 0;
	if (call && name)
		explain_add(&incident->own, "%s failed with %s (%d, %s).%s", call,
			    strerrorname_np(error), error, strerror(error),
			    is_known ? ""
				     : " Linux is not known to do so; see the host's kernel log.");
	else if (call)
		explain_add(&incident->own,
			    "What %s can say, in the order of likelihood for each errno. Name the "
			    "errno for one of them, such as '%s EFAULT'.",
			    call, call);
	else
		explain_add(&incident->own,
			    "%s (%d, %s) says little without the call that failed: name both, such "
			    "as 'HW_QUEUE_ALLOC %s'.",
			    name, error, strerror(error), name);
	explain_join(incident, call && name ? "errno" : call ? "call" : "errno-alone");
	return name || is_known;
}

bool explain_special(const char *line, const struct explain_match *match, bool argument,
		     struct explain_incident *incident)
{
	const char *id = explain_rows[match->row].id;
	const char *call = explain_rows[match->row].remedy; /* a VMM's words for it */
	const char *first = match->capture[0].at ? match->capture[0].at : match->at;
	const char *rest = first + match->capture[0].length;
	char name[64];

	explain_copy(name, sizeof(name), first, match->capture[0].length);
	if (strcmp(id, "=registers") == 0)
		return take_registers(line, false, incident);
	if (strcmp(id, "=typed") == 0)
		return argument && take_registers(line, true, incident);
	if (strcmp(id, "=vmm") == 0)
		return take_call(call, match->at, incident) ||
		       ((strcasestr(line, "fail") || strstr(line, "error")) &&
			take_call(call, NULL, incident));
	if (strcmp(id, "=query") == 0)
		return take_call(name, NULL, incident);
	if (strcmp(id, "=call") == 0)
		return take_call(name, rest, incident);
	if (strcmp(id, "=errno") == 0)
		return take_call(NULL, name, incident);
	incident->words = 2;
	(strcmp(id, "=ste") == 0 ? take_ste : explain_command)(incident);
	incident->own_tells = EXPLAIN_TEXT;
	return true;
}
