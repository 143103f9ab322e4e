/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv explain, between its files.
 *
 *	explain_advice.c	what is known to go wrong, why, and what to do: one table
 *	explain_value.c		values, commands, errnos: a line that holds some, in words
 *	explain_log.c		lines of the kernel's log, and which of them belong together
 *	explain_report.c	what was found, the same things once with a count
 *	explain.c		options, reading, printing
 */
#ifndef TOOLS_EXPLAIN_H
#define TOOLS_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	EXPLAIN_REASONS = 4,   /* most causes of one thing */
	EXPLAIN_TEXT = 1024,   /* most characters of a description */
	EXPLAIN_LINE = 1024,   /* most characters of a line that are looked at */
	EXPLAIN_QUOTE = 160,   /* most that are shown of it */
	EXPLAIN_FINDINGS = 200 /* most different things; more are counted */
};

/* A cause, and what to do about it. */
struct explain_reason {
	const char *cause;
	const char *remedy;
};

/* Something that is known to happen; `id` is stable. */
struct explain_advice {
	const char *id;
	const char *what; /* a sentence, or NULL: it depends on the values */
	struct explain_reason reasons[EXPLAIN_REASONS];
};

/* The entry of that id, which must exist. */
const struct explain_advice *explain_advice(const char *id);

/* What one line, or several that belong together, say. */
struct explain_finding {
	const char *id;
	char what[EXPLAIN_TEXT];
	struct explain_reason reasons[EXPLAIN_REASONS];
	int weight; /* among the lines of one incident, that of the heaviest gives id and reasons */
	char quote[EXPLAIN_QUOTE];
	unsigned long line;  /* the first one, from 1 */
	unsigned long count; /* how often */
};

/* Takes id, `what` and reasons of an advice, if it is heavier than what was there. */
void explain_take_advice(struct explain_finding *finding, const char *id, int weight);

/* Adds a sentence to `what`, with a blank before it; cut off where it does not fit. */
__attribute__((format(printf, 2, 3))) void explain_add(struct explain_finding *finding,
						       const char *format, ...);

/* ---- values ---- */

/*
 * NAME=VALUE, and NAME VALUE at the start; a stream table entry; two words of a command. In a
 * log (`log`) names of registers are words like others: there the line must be about an SMMU
 * or CMDQV, or be nothing but NAME=VALUE in upper case.
 */
bool explain_values(const char *line, bool log, struct explain_finding *finding);

/* An ioctl or system call and its errno. In a log "read -5" is none. */
bool explain_errno(const char *line, bool log, struct explain_finding *finding);

/* A CONS register, heavy if it has an error. */
void explain_cons(uint32_t cons, struct explain_finding *finding);

/* A command; of `words` words, 1 or 2. */
void explain_command(const uint64_t *word, unsigned int words, struct explain_finding *finding);

/* The number at *text, "0x..." or decimal, and moves behind it. */
bool explain_number(const char **text, uint64_t *value);

/* ---- what was found ---- */

struct explain_report {
	struct explain_finding *findings;
	size_t count;
	unsigned long lines; /* that are not empty */
	unsigned long recognised;
	unsigned long left_out; /* findings for which there was no room */
};

/* Adds a finding, or counts it if the same was there before. */
void explain_report_add(struct explain_report *report, const struct explain_finding *finding);

/* ---- lines ---- */

/* The incident that is being read. All 0 to begin with. */
struct explain_log {
	struct explain_report *report;
	bool piped; /* lines of any kind from a pipe, not a value on the command line */
	struct explain_finding incident;
	bool open;
	int family;
	int rank;	      /* of its last line */
	unsigned int silence; /* lines since that were none of it */
	uint64_t word[4];
	unsigned int words;	   /* that came */
	unsigned int words_wanted; /* after its last line: none, a command's 2, an event's 4 */
	unsigned long line;
};

/* Looks at a line: printable, without its end. */
void explain_log_line(struct explain_log *log, const char *line);

/* After the last one. */
void explain_log_end(struct explain_log *log);

#endif
