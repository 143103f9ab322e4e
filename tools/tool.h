/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the subcommands of cmdqv share: their table entry, exit statuses, one way to
 * complain, and the frame of every JSON object.
 *
 * A subcommand is one file: it defines its entry, which main.c lists. `run` gets argv as
 * a main() would, argv[0] being the subcommand's name, and returns an exit status.
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include "standard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct tool {
	const char *name;
	const char *summary; /* one line for --help, without a full stop */
	int (*run)(int argc, char **argv);
};

extern const struct tool tool_replay;
extern const struct tool tool_bench;
extern const struct tool tool_explain;
extern const struct tool tool_probe;
extern const struct tool tool_run;

enum tool_status {
	TOOL_YES = 0,		      /* what was asked holds */
	TOOL_NO = 1,		      /* it does not: a mismatch, a failed verdict */
	TOOL_USAGE = STANDARD_CANNOT, /* the usage, or the environment, is wrong */
	TOOL_UNKNOWN = 3,	      /* could not tell */
};

/*
 * One line on the standard error stream: "cmdqv: ..." and a line feed. What of it would make a
 * terminal do something is '?'.
 */
__attribute__((format(printf, 1, 2))) void tool_complain(const char *format, ...);

/*
 * Does any argument say `name`, such as "--json", or begin to, as getopt_long() takes it? For
 * what must be known even if the arguments turn out to be wrong. Looks up to a "--".
 */
bool tool_has_option(int argc, char *const *argv, const char *name);

/*
 * Reads a number, decimal or 0x..., from `minimum` to `maximum`; nothing may follow it.
 * Returns: true, or false with *value left alone.
 */
bool tool_number(const char *text, unsigned long minimum, unsigned long maximum,
		 unsigned long *value);

/* "1 error", "2 errors". */
const char *tool_plural(uint64_t count);

struct json_object;

/* What --json calls a page of the CMDQV, by enum cmdqv_page: "config", "direct0" and so on. */
const char *tool_page_name(size_t page);

/*
 * The object that --json prints: {"schema": schema, "version": ..., "verdict": "ok"}, to
 * be added to. tool_json_print() prints it on one line and frees it.
 */
struct json_object *tool_json_new(const char *schema);

struct json_object *tool_json_count(uint64_t count);

/* A string that came from outside: bytes that are no UTF-8 become U+FFFD. */
struct json_object *tool_json_text(const char *text);

/* Turns the verdict into `verdict` (such as "failed") with its reason, one sentence. */
void tool_json_verdict(struct json_object *object, const char *verdict, const char *reason);

/* The same for any object and any file. */
void tool_json_write(FILE *to, struct json_object *object);

void tool_json_print(struct json_object *object);

/*
 * Says why there is nothing to report: wrong usage, or the environment. With `json` as an object
 * with the verdict "error", otherwise on the standard error stream. Returns TOOL_USAGE.
 */
__attribute__((format(printf, 3, 4))) int tool_give_up(bool json, const char *schema,
						       const char *format, ...);

/* Can the user's terminal move its cursor, as far as TERM says? */
bool tool_has_terminal(void);

/*
 * What is under way, on a terminal's last line, in place of what was said before; NULL wipes it
 * out. Nothing where the standard error stream goes elsewhere, or the terminal cannot do so.
 */
__attribute__((format(printf, 1, 2))) void tool_progress(const char *format, ...);

/*
 * From here on an interrupt of the user, or a request to end, waits to be asked for: what was
 * measured so far can be told. If the reader of a pipe ends, as head(1) does, that is such a
 * request, too.
 */
void tool_hold_interrupts(void);

/* To be called once all is cleaned up: a write to such a pipe then ends the program at once. */
void tool_release_pipes(void);

/* Has one come? */
bool tool_interrupted(void);

#endif
