/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv explain, between its files, from the bottom.
 *
 *	explain.def		all that is known: expressions, what they mean, causes
 *	explain_reader.c	lines, of a text in pieces
 *	explain_facts.c		what lines captured, by name, and sentences of it
 *	explain_match.c		its rows, and which of their expressions a line matches
 *	explain_value.c		registers, commands, calls and errnos, which have words of their own
 *	explain_incident.c	lines that belong together, and what came more than once
 *	explain.c		options, reading, printing by tools/templates/explain
 */
#ifndef TOOLS_EXPLAIN_H
#define TOOLS_EXPLAIN_H

#include <json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "explain_reader.h"

enum {
	EXPLAIN_TEXT = 4096, /* most characters of what is said */
	EXPLAIN_SHORT = 120, /* most characters of a line that may be nothing but a value */
	EXPLAIN_IDS = 16,    /* most ids of one incident */
	EXPLAIN_CAPTURES = 9,
	EXPLAIN_STEPS = 100000, /* most steps of an expression on a line */
};

/* ---- explain_facts.c ---- */

struct explain_row;

enum explain_fact {
#define FACT(name) FACT_##name,
#include "explain.def"
	EXPLAIN_FACTS
};

/* The last one is of names that there are not. */
struct explain_facts {
	uint64_t value[EXPLAIN_FACTS + 1];
	bool is_known[EXPLAIN_FACTS + 1];
	char text[EXPLAIN_FACTS + 1][48]; /* as it was captured */
};

/* The fact of a name of `length` characters; EXPLAIN_FACTS: there is none. */
size_t explain_fact(const char *name, size_t length);

/* `text` as it was captured, or "". */
void explain_set(struct explain_facts *facts, size_t fact, uint64_t value, const char *text);

/*
 * A number as logs have them: 0x1f, 12, 0001f if `hex`; a version, 6.18.9, as 0x061209. What is
 * over 255 in a version counts as 255, as it does in Linux.
 */
uint64_t explain_number(const char *text, bool hex);

struct explain_text {
	char text[EXPLAIN_TEXT];
	size_t length;
};

/* Adds to a text, with a blank between; cut off where it does not fit. */
__attribute__((format(printf, 2, 3))) void explain_add(struct explain_text *to, const char *format,
						       ...);

/* Adds a sentence with its {names} filled in. */
void explain_say(const struct explain_facts *facts, const char *sentence, struct explain_text *to);

/* What fits of a text, cheaper than snprintf(): each line of a storm needs it. Returns how much. */
size_t explain_copy(char *to, size_t bytes, const char *text, size_t length);

/* ---- explain_match.c ---- */

struct explain_capture {
	enum {
		EXPLAIN_END,
		EXPLAIN_IS, /* this and the next one are no captures */
		EXPLAIN_NOT,
		EXPLAIN_SKIP,
		EXPLAIN_TAKE,
		EXPLAIN_HEX,
		EXPLAIN_TELLS,
		EXPLAIN_ID
	} how;
	enum explain_fact fact;
};

struct explain_row {
	enum {
		EXPLAIN_PART,
		EXPLAIN_ADVICE,
		EXPLAIN_RULE, /* LET or ALSO */
		EXPLAIN_SAY,
		EXPLAIN_PLACE,
		EXPLAIN_CAUSE
	} kind;
	unsigned int number; /* its line */
	const char *id;	     /* of parts and advices */
	unsigned int weight;
	const char *text;   /* a sentence; of a part its expression */
	const char *remedy; /* of a cause; of a part its family, rank and words */
	const struct explain_capture *captures; /* of a part */
};

extern const struct explain_row explain_rows[];

struct explain_match {
	size_t row;
	const char *at; /* where the expression matched */
	struct {
		const char *at; /* NULL: it took no part */
		size_t length;
	} capture[EXPLAIN_CAPTURES];
};

struct explain_patterns;

/* Finds out how the rows are looked for. Returns NULL if there is no memory. */
struct explain_patterns *explain_compile(void);
void explain_free(struct explain_patterns *patterns);

/* The first row from `match->row` on that matches the line. */
bool explain_find(struct explain_patterns *patterns, const char *line, struct explain_match *match);

/* The row that defines an id: what it says follows. NULL: there is no such id. */
const struct explain_row *explain_definition(const struct explain_patterns *patterns,
					     const char *id);

/* ---- explain_value.c ---- */

struct explain_incident {
	struct explain_facts facts;
	struct explain_text own; /* what values say, before the sentences of id `own_at` */
	size_t own_at;
	size_t own_tells;	    /* characters of it that tell one finding from another */
	struct json_object *causes; /* of errnos, before those of the ids */
	const struct explain_patterns *patterns;
	const struct explain_row *ids[EXPLAIN_IDS]; /* that define them */
	uint64_t holds[EXPLAIN_IDS];		    /* bit n: the nth row from there on holds */
	size_t id_count;
	uint64_t rows;	    /* a hash of those that matched */
	char identity[160]; /* captures that tell one finding from another */
	char device[64];
	char quote[240];
	unsigned long line; /* its first, and its last */
	unsigned long last_line;
	unsigned long times;
	double seconds; /* of the line's time; negative: it has none */
	char family;
	char rank;
	unsigned int words_wanted; /* of 64 bits, that follow the last line */
	unsigned int words;
	unsigned int silence; /* lines since that were none of it */
};

/* An id joins the incident, once, if there is such. */
void explain_join(struct explain_incident *incident, const char *id);

/* Adds a cause as --json prints it. */
void explain_cause(struct json_object *causes, const char *cause, const char *remedy);

/*
 * Parts whose id begins with '=' are looked at by this: false, the line is none of that after all.
 * A value on the command line (`argument`) is taken in more forms than what is piped in.
 */
bool explain_special(const char *line, const struct explain_match *match, bool argument,
		     struct explain_incident *incident);

/* The words of a command, which are the facts w0 and w1. */
void explain_command(struct explain_incident *incident);

/* ---- explain_incident.c ---- */

struct explain_log;

/* `context`: what is known before the first line. NULL: no memory. */
struct explain_log *explain_begin(const struct explain_facts *context, bool argument);

/* Looks at a line: printable, without its end. `user` is a struct explain_log. */
void explain_line(void *user, const char *line);

/*
 * After the last line: what was found, an array as --json prints it; how many lines were not empty,
 * and how many of them are not known. Frees the log.
 */
struct json_object *explain_end(struct explain_log *log, unsigned long *lines,
				unsigned long *others);

#endif
