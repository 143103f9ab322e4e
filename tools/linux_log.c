/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. Two voices share a console: the guest's tests, whose lines begin with
 * "cmdqv: " (scripts/linux/guest/init), and the kernel, whose lines begin with a time in
 * brackets. Of the kernel's, some say what is asked for and some must not be there.
 */
#include "linux.h"
#include "standard.h"
#include "tool.h"
#include "wrap.h"

#include <ctype.h>
#include <errno.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const complaints[] = {
	"Kernel panic",
	"Oops",
	"BUG:",
	"WARNING:",
	"Call trace:",
	"CMD_SYNC timeout",
	"Unhandled fault",
	"I/O error",
	"nvme0: I/O",
	"controller is down",
	"failed to reset",
	"failed to enable",
	"Falling back to",
	"event 0x",
	"timed out",
	"no interrupt",
	"rcu: INFO:",
	"soft lockup",
	"Unable to handle",
	"probe with driver",
	"unexpected global",
	"unexpected error reported",
};

static bool contains_one_of(const char *line, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strstr(line, texts[i]))
			return true;
	}
	return false;
}

static void take_boot(struct linux_log *log, const char *line)
{
	const char *found = strstr(line, "allocated ");
	unsigned long entries, queue;

	if (strstr(line, "Booting Linux")) {
		log->boots++;
		log->queues = 0;
	}
	if (found && sscanf(found, "allocated %lu entries for vcmdq%lu", &entries, &queue) == 2) {
		log->queues++;
		log->queue_entries = entries;
	}
}

static void take_kernel_line(struct linux_log *log, const char *line,
			     const struct linux_expected *expected)
{
	take_boot(log, line);
	if (strstr(line, "unexpected error reported")) {
		log->errors_reported++;
		if (expected->refusal)
			return;
	}
	if (expected->fallback && strstr(line, "Falling back to standard SMMU CMDQ"))
		return;
	if (!log->complaint[0] &&
	    contains_one_of(line, complaints, sizeof(complaints) / sizeof(complaints[0])))
		snprintf(log->complaint, sizeof(log->complaint), "%.*s", LINUX_LINE - 1, line);
}

/* Copies a word and returns what follows it. */
static const char *take_word(const char *from, char word[LINUX_WORD])
{
	size_t length = strcspn(from, " ");

	snprintf(word, LINUX_WORD, "%.*s", (int)(length < LINUX_WORD ? length : LINUX_WORD - 1),
		 from);
	from += length;
	return from + strspn(from, " ");
}

static void take_value(struct linux_log *log, const char *test, const char *rest)
{
	struct linux_value *value = &log->values[log->value_count];

	if (log->value_count == LINUX_VALUES)
		return;
	snprintf(value->test, sizeof(value->test), "%s", test);
	rest = take_word(rest, value->name);
	(void)take_word(rest, value->value);
	for (size_t i = 0; i < log->value_count; i++) {
		if (!strcmp(log->values[i].test, value->test) &&
		    !strcmp(log->values[i].name, value->name)) {
			memcpy(log->values[i].value, value->value, sizeof(value->value));
			return;
		}
	}
	log->value_count++;
}

static void take_outcome(struct linux_log *log, const char *name, enum linux_outcome outcome,
			 const char *why)
{
	struct linux_test *test = &log->tests[log->test_count];

	if (log->test_count == LINUX_TESTS)
		return;
	test->outcome = outcome;
	snprintf(test->name, sizeof(test->name), "%s", name);
	snprintf(test->why, sizeof(test->why), "%s", why);
	log->test_count++;
}

static void take_guest_line(struct linux_log *log, const char *line)
{
	char name[LINUX_WORD], word[LINUX_WORD];
	const char *rest = take_word(take_word(line, name), word);

	if (!strcmp(word, "value"))
		take_value(log, name, rest);
	else if (!strcmp(name, "guest"))
		log->finished = !strcmp(word, "ok");
	else if (!strcmp(word, "ok"))
		take_outcome(log, name, LINUX_TEST_OK, "");
	else if (!strcmp(word, "failed"))
		take_outcome(log, name, LINUX_TEST_FAILED, rest);
	else if (!strcmp(word, "skipped"))
		take_outcome(log, name, LINUX_TEST_SKIPPED, rest);
}

/* QEMU, of a recording or of --stats; it ends as if all were well. */
static bool is_unwritten(const char *line)
{
	return strstr(line, ": cmdqv: '") && (strstr(line, "' is not complete") ||
					      strstr(line, "' could not be written to its end"));
}

int linux_log_read(struct linux_log *log, const char *path, const struct linux_expected *expected)
{
	static const char mark[] = "cmdqv: ";
	FILE *file = fopen(path, "re");
	char line[1024];

	*log = (struct linux_log){.test_count = 0};
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		standard_make_printable(line);
		if (is_unwritten(line))
			snprintf(log->unwritten, sizeof(log->unwritten), "%.*s", LINUX_LINE - 1,
				 strstr(line, mark) + sizeof(mark) - 1);
		if (!log->first[0])
			snprintf(log->first, sizeof(log->first), "%.*s", LINUX_LINE - 1, line);
		if (!strncmp(line, mark, sizeof(mark) - 1))
			take_guest_line(log, line + sizeof(mark) - 1);
		else
			take_kernel_line(log, line, expected);
	}
	fclose(file);
	return 0;
}

bool linux_log_panicked(const char *path)
{
	FILE *file = fopen(path, "re");
	bool panicked = false;
	char line[1024];

	if (!file)
		return false;
	while (!panicked && fgets(line, sizeof(line), file))
		panicked = strstr(line, "Kernel panic");
	fclose(file);
	return panicked;
}

const struct linux_test *linux_log_test(const struct linux_log *log, const char *name)
{
	for (size_t i = 0; i < log->test_count; i++) {
		if (!strcmp(log->tests[i].name, name))
			return &log->tests[i];
	}
	return NULL;
}

static const char *outcome_name(enum linux_outcome outcome)
{
	static const char *const names[] = {"ok", "failed", "skipped"};

	return names[outcome];
}

void linux_log_print(const struct linux_log *log)
{
	char head[LINUX_WORD + 1], text[LINUX_LINE + 16];

	for (size_t i = 0; i < log->test_count; i++) {
		snprintf(head, sizeof(head), "%-28s ", log->tests[i].name);
		snprintf(text, sizeof(text), "%s%s%s", outcome_name(log->tests[i].outcome),
			 log->tests[i].why[0] ? ": " : "", log->tests[i].why);
		wrap(head, LINUX_MARGIN, text);
	}
	for (size_t i = 0; i < log->value_count; i++)
		printf("%-10s%-18s %s\n", log->values[i].test, log->values[i].name,
		       log->values[i].value);
}

static struct json_object *tests_json(const struct linux_log *log)
{
	struct json_object *tests = json_object_new_array(), *test;

	for (size_t i = 0; i < log->test_count; i++) {
		test = json_object_new_object();
		json_object_object_add(test, "name", tool_json_text(log->tests[i].name));
		json_object_object_add(test, "outcome",
				       json_object_new_string(outcome_name(log->tests[i].outcome)));
		if (log->tests[i].why[0])
			json_object_object_add(test, "reason", tool_json_text(log->tests[i].why));
		json_object_array_add(tests, test);
	}
	return tests;
}

static struct json_object *values_json(const struct linux_log *log)
{
	struct json_object *values = json_object_new_object();
	char name[2 * LINUX_WORD + 2];

	for (size_t i = 0; i < log->value_count; i++) {
		snprintf(name, sizeof(name), "%s.%s", log->values[i].test, log->values[i].name);
		standard_make_printable(name);
		json_object_object_add(values, name, tool_json_text(log->values[i].value));
	}
	return values;
}

void linux_log_add_json(const struct linux_log *log, struct json_object *object)
{
	json_object_object_add(object, "tests", tests_json(log));
	json_object_object_add(object, "values", values_json(log));
}
