/* SPDX-License-Identifier: BSD-2-Clause */
#include "tool.h"

#include <cmdqv/device.h>
#include <cmdqv/types.h>

#include <errno.h>
#include <json.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "standard.h"
#include "wrap.h"

enum { MOST_TEXT = 8192 }; /* a path and the words around it */

void tool_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	standard_complain("cmdqv", format, arguments);
	va_end(arguments);
}

bool tool_has_option(int argc, char *const *argv, const char *name)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		size_t length = strlen(argv[i]);

		if (length > strlen("--") && !strncmp(argv[i], name, length))
			return true;
	}
	return false;
}

bool tool_number(const char *text, unsigned long minimum, unsigned long maximum,
		 unsigned long *value)
{
	char *end = NULL;
	unsigned long number;

	/* strtoul() takes signs, blanks and octal; a number here begins with a digit. */
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	number = strtoul(text, &end, text[1] == 'x' || text[1] == 'X' ? 16 : 10);
	if (errno || *end || number < minimum || number > maximum)
		return false;
	*value = number;
	return true;
}

const char *tool_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

/* The counters of trapped accesses are "traps-config" and so on. */
const char *tool_page_name(size_t page)
{
	return cmdqv_counter_name((enum cmdqv_counter)(CMDQV_COUNTER_TRAPS + page)) +
	       strlen("traps-");
}

struct json_object *tool_json_count(uint64_t count)
{
	return json_object_new_int64((int64_t)count);
}

struct json_object *tool_json_text(const char *text)
{
	const char *from = text;
	struct json_object *object;
	char *clean = malloc(3 * strlen(text) + 1);
	char *to = clean;

	if (!clean)
		return json_object_new_string("");
	while (*from) {
		size_t length = standard_utf8_length((const unsigned char *)from);

		memcpy(to, length ? from : "\xEF\xBF\xBD", length ? length : 3);
		to += length ? length : 3;
		from += length ? length : 1;
	}
	object = json_object_new_string_len(clean, (int)(to - clean));
	free(clean);
	return object;
}

struct json_object *tool_json_new(const char *schema)
{
	struct json_object *object = json_object_new_object();

	json_c_set_serialization_double_format("%.9g", JSON_C_OPTION_GLOBAL);
	json_object_object_add(object, "schema", json_object_new_string(schema));
	json_object_object_add(object, "version", json_object_new_string(cmdqv_version()));
	json_object_object_add(object, "verdict", json_object_new_string("ok"));
	return object;
}

void tool_json_verdict(struct json_object *object, const char *verdict, const char *reason)
{
	json_object_object_add(object, "verdict", json_object_new_string(verdict));
	json_object_object_add(object, "reason", tool_json_text(reason));
}

void tool_json_write(FILE *to, struct json_object *object)
{
	fprintf(to, "%s\n",
		json_object_to_json_string_ext(object, JSON_C_TO_STRING_SPACED |
							       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

void tool_json_print(struct json_object *object)
{
	tool_json_write(stdout, object);
}

int tool_give_up(bool json, const char *schema, const char *format, ...)
{
	struct json_object *object;
	va_list arguments;
	char text[MOST_TEXT];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (!json) {
		standard_make_printable(text);
		wrap_to(stderr, "cmdqv: ", "    ", text);
		return TOOL_USAGE;
	}
	object = tool_json_new(schema);
	tool_json_verdict(object, "error", text);
	tool_json_print(object);
	return TOOL_USAGE;
}

bool tool_has_terminal(void)
{
	const char *kind = getenv("TERM");

	return kind && strcmp(kind, "dumb") != 0;
}

void tool_progress(const char *format, ...)
{
	va_list arguments;

	if (!isatty(STDERR_FILENO) || !tool_has_terminal())
		return;
	fputs("\r\033[K", stderr); /* to its beginning, and empty */
	if (!format)
		return;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputs(" ...", stderr);
}

static void interrupts_fill(sigset_t *interrupts)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction former;

	sigemptyset(interrupts);
	/* What is ignored, as by nohup(1), would be pending all the same where it is held. */
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], NULL, &former) == 0 && former.sa_handler != SIG_IGN)
			sigaddset(interrupts, signals[i]);
}

/* A thread wrote to a pipe without a reader. The program is to end, but first to clean up. */
static void reader_left(int number)
{
	(void)number;
	(void)kill(getpid(), SIGTERM);
}

void tool_hold_interrupts(void)
{
	sigset_t interrupts;
	struct sigaction pipe;

	interrupts_fill(&interrupts);
	pthread_sigmask(SIG_BLOCK, &interrupts, NULL);
	if (sigaction(SIGPIPE, NULL, &pipe) == 0 && pipe.sa_handler == SIG_DFL)
		signal(SIGPIPE, reader_left);
}

void tool_release_pipes(void)
{
	struct sigaction pipe;

	if (sigaction(SIGPIPE, NULL, &pipe) == 0 && pipe.sa_handler == reader_left)
		signal(SIGPIPE, SIG_DFL);
}

bool tool_interrupted(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1 ||
		sigismember(&pending, SIGHUP) == 1);
}
