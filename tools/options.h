/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of a subcommand: one row says all of one, its name, its value, its words of help, and
 * where it goes. --help, -h, --version and -V are every subcommand's.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* What a value may be, where that takes words. */
struct tool_choice {
	const char *name; /* NULL ends a list */
	const char *help;
};

struct tool_option {
	const char *name;  /* without dashes; NULL ends a table */
	const char *value; /* what help calls its value; NULL: it takes none */
	const char *help;  /* one line; a line feed begins another */
	size_t offset;	   /* of its member in the options: by the first that is set below, */
	const char *const *names; /*   an int, the index of one of these (NULL ends them), */
	unsigned long maximum;	  /*   an unsigned long up to this, */
	unsigned long minimum;	  /*   and from this on; */
				  /*   else a const char * if it takes a value; else a bool */

	/* For all else: takes the value (NULL: none); returns NULL, or what it should have been. */
	const char *(*take)(void *options, const char *value);

	const struct tool_choice *choices; /* for help; may be NULL */
};

struct tool_usage {
	const char *command; /* as it is typed, such as "run --guest linux" */
	const char *words;   /* what comes after it, such as "[OPTION]..." */
	const char *intro;   /* paragraphs before the options, */
	const char *end;     /*   and after them */
	const char *schema;
	const struct tool_option *options;
	const struct tool_usage *const *modes; /* NULL ends them; NULL: it has one */
};

/*
 * Takes the options of a command line into `options`, in their order, and moves the words between
 * them to argv[1] and on. A name may be cut off where it stays the only one; "-" and "-28" are
 * words, and so is everything after "--". *words becomes the number of words; NULL: there may be
 * none.
 *
 * Returns -1 to go on, else the exit status: help or version was printed, or what is wrong was
 * said.
 */
int tool_options_take(const struct tool_usage *usage, int argc, char **argv, void *options,
		      int *words);

#endif
