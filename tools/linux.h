/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv run --guest linux and --guest stack, in parts: a machine that runs (linux_machine.c), what
 * its console said (linux_log.c), how that is told (linux_result.c), and the options and the
 * verdict (run_linux.c, run_stack.c).
 */
#ifndef TOOLS_LINUX_H
#define TOOLS_LINUX_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

/* ---- the machine ---- */

enum { LINUX_PATH = 4096 };

/* Where the Linux is a host, with a VMM and its VM in it. */
struct linux_stack {
	const char *image;  /* what the host runs: Debian's packages */
	const char *vmm;    /* a program, or an archive of tar; NULL: that of the image */
	const char *refuse; /* of cmdqv-hw; "": nothing */
};

struct linux_config {
	const struct linux_stack *stack; /* NULL: the Linux is a guest */
	const char *qemu;
	const char *kernel;
	const char *initrd;
	const char *firmware; /* UEFI, for a guest that boots by ACPI; NULL: by device tree */
	const char *tests;    /* of the guest, separated by commas; NULL: a shell */
	const char *append;   /* to the kernel's command line; may be NULL */
	const char *record;   /* NULL: none */
	const char *stats;    /* likewise */
	unsigned long vcpus;
	unsigned long seconds; /* at most */
	unsigned long refuse_queue;
	unsigned long refuse_index;
	unsigned long refuse_code; /* 0: nothing is refused */
	bool map_page0;
	bool rests;	  /* page 0 is withdrawn while the queues are quiet */
	bool lose;	  /* invalidations have no effect */
	bool interactive; /* the console is the terminal */
	bool watch;	  /* a person sees how the CMDQV is */
};

/* A directory of our own with the disk, the console's text and QEMU's report. */
struct linux_place {
	char directory[LINUX_PATH];
	char disk[LINUX_PATH + 16];
	char console[LINUX_PATH + 16];
	char report[LINUX_PATH + 16];
	char stats[LINUX_PATH + 16]; /* where there is to be a watch */
};

/* Makes the directory and the disk. Returns 0 or a negative errno. */
int linux_place_create(struct linux_place *place);

/* Copies the file to where the test `read` looks for it on the disk. Returns 0 or a negative errno.
 */
int linux_place_fill(const struct linux_place *place, const char *pattern);

/* Removes it all. */
void linux_place_remove(const struct linux_place *place);

enum linux_end {
	LINUX_ENDED,	   /* QEMU ended with status 0 */
	LINUX_FAILED,	   /* it ended otherwise */
	LINUX_PANICKED,	   /* its kernel did, and it was ended */
	LINUX_TIMED_OUT,   /* it was ended */
	LINUX_INTERRUPTED, /* the user had enough, and it was ended */
	LINUX_NOT_RUN,	   /* it could not be started */
};

/* Runs the machine to its end, or for the seconds that it may take. Nothing stays behind. */
enum linux_end linux_machine_run(const struct linux_config *config, const struct linux_place *place,
				 double *seconds);

/* ---- what the console said ---- */

enum {
	LINUX_WORD = 32,
	LINUX_LINE = 256,
	LINUX_TESTS = 16,
	LINUX_VALUES = 160,
};

enum linux_outcome { LINUX_TEST_OK, LINUX_TEST_FAILED, LINUX_TEST_SKIPPED };

struct linux_test {
	char name[LINUX_WORD];
	enum linux_outcome outcome;
	char why[LINUX_LINE];
};

struct linux_value {
	char test[LINUX_WORD];
	char name[LINUX_WORD];
	char value[LINUX_WORD];
};

struct linux_log {
	struct linux_test tests[LINUX_TESTS];
	size_t test_count;
	struct linux_value values[LINUX_VALUES];
	size_t value_count;
	unsigned long queues;	     /* "allocated N entries for vcmdqN", the last boot's */
	unsigned long queue_entries; /* N of the last */
	unsigned long boots;
	unsigned long errors_reported; /* by the CMDQV's interrupt handler */
	bool finished;		       /* the guest said that it was done */
	char first[LINUX_LINE];	       /* its first line, QEMU's where no kernel came, or "" */
	char complaint[LINUX_LINE];    /* the kernel's first line that should not be there, or "" */
	char unwritten[LINUX_LINE];    /* what QEMU said of a file that is not whole, or "" */
};

struct linux_expected {
	bool refusal;  /* what the driver says of a command that was refused */
	bool fallback; /*   ... of a CMDQV that it is told not to use */
};

/*
 * Reads a console's text. What `expected` names is no complaint. Returns 0 or a negative
 * errno.
 */
int linux_log_read(struct linux_log *log, const char *path, const struct linux_expected *expected);

/* Did the kernel say that it is the end? For a look at a machine that runs. */
bool linux_log_panicked(const char *path);

const struct linux_test *linux_log_test(const struct linux_log *log, const char *name);

/* What the second and further lines of a row of the table begin with. */
#define LINUX_MARGIN "                             "

/* What the guest's tests said: for a person, and as members of an object. */
void linux_log_print(const struct linux_log *log);
void linux_log_add_json(const struct linux_log *log, struct json_object *object);

/* ---- the result ---- */

struct linux_result {
	struct linux_place place;
	struct linux_log log;
	struct json_object *report; /* QEMU's, or NULL */
	double seconds;
	enum linux_end end;
	char why[LINUX_LINE + 64]; /* why it failed, or "" */
};

/* Notes why it failed; returns false, for a judge to return. */
__attribute__((format(printf, 2, 3))) bool linux_result_fail(struct linux_result *result,
							     const char *format, ...);

/* Did a kernel begin, has none said what it should not, and did it take no more than these seconds?
 */
bool linux_result_judge_start(struct linux_result *result, unsigned long seconds);

/* Did the machine, which is a guest or a host, come to its end? */
bool linux_result_judge_end(struct linux_result *result, const char *who);

/* What one guest has of its own. */
struct linux_guest {
	const char *name;    /* as --json has it */
	const char *pattern; /* for linux_place_fill(), or NULL */
	struct linux_expected expected;
	bool (*judge)(const void *options, struct linux_result *result);
	void (*print)(const struct linux_result *result); /* below what the tests said */
	void (*add_json)(const struct linux_result *result, struct json_object *object);
};

/* Runs the machine, judges it with `options`, and says how it went. Returns the tool's status. */
int linux_run(const struct linux_guest *guest, struct linux_config *config, const void *options,
	      bool json, bool keep);

/* ---- the subcommands ---- */

#define LINUX_SCHEMA "cmdqv-run/1"

/*
 * The last options of both guests: rows for a `struct options` with `config`, `keep` and `json`,
 * and IN_OPTIONS() for a member's offset. `seen` is what --watch shows.
 */
#define LINUX_OPTIONS(seen)                                                                        \
	{"keep", .offset = IN_OPTIONS(keep),                                                       \
	 .help = "keep the directory of console, disk and report"},                                \
		{"watch", .offset = IN_OPTIONS(config.watch),                                      \
		 .help = "show " seen " once a second while it runs: a screen, or lines where "    \
			 "there is no terminal"},                                                  \
		{"stats", "FILE", .offset = IN_OPTIONS(config.stats),                              \
		 .help = "QEMU writes the same once a second, an object of JSON a line, schema "   \
			 "cmdqv-stats/1"},                                                         \
		{"json", .offset = IN_OPTIONS(json),                                               \
		 .help = "print one JSON object, schema " LINUX_SCHEMA},                           \
	{                                                                                          \
		.name = NULL                                                                       \
	}

/* Returns NULL, or what is wrong with options that both guests have, and with their files' names.
 */
const char *linux_options_check(const struct linux_config *config, bool json,
				const char *const *paths, size_t count);

/*
 * Sets *path, if it is NULL, to where scripts/linux/all, or stack-all, puts the last of each thing
 * that it made.
 */
void linux_default_path(const char **path, char room[LINUX_PATH], const char *name);

/* Names with commas between them? */
bool linux_are_names(const char *names);

/*
 * A former recording stays until QEMU has written another; one that was cut off says so itself. A
 * pipe or a device is written as it is: then record->part is "". Both return NULL, or why it cannot
 * be.
 */
struct page_file;
const char *linux_record_begin(struct linux_config *config, struct page_file *record);
const char *linux_record_end(const struct page_file *record);

/* Each guest has options of its own. */
struct tool_usage;
extern const struct tool_usage run_linux_usage, run_stack_usage;

/* `modes` are the usages of all guests. */
int run_linux(int argc, char **argv, const struct tool_usage *const *modes);
int run_stack(int argc, char **argv, const struct tool_usage *const *modes);

#endif
