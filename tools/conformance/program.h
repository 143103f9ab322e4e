/* SPDX-License-Identifier: BSD-2-Clause */
/* What the carriers of the program offer to its main(). */
#ifndef CONFORMANCE_PROGRAM_H
#define CONFORMANCE_PROGRAM_H

#include "conformance.h"

#include "../standard.h"

#include <stdio.h>

enum {
	PROGRAM_OK,
	PROGRAM_FAILED,			  /* a case */
	PROGRAM_CANNOT = STANDARD_CANNOT, /* wrong usage, or there is nothing to judge */
};

struct program_options {
	const char *only;
	const char *window;   /* of a Linux guest: an address; NULL: look for it */
	const char *memory;   /* for rings; NULL: look for it */
	const char *vsid;     /* NULL: none */
	const char *patience; /* waits until a case gives up; NULL: many */
	const char *log2size; /* of the largest ring; NULL: not known */
	bool touched;	      /* a driver had it */
	const char *device;   /* of the VMM: a VFIO device of this host; NULL: software */
	bool no_map;	      /* page 0 is not mapped, */
	bool rests;	      /*   or withdrawn while queues are quiet */
};

struct program_carrier {
	const char *name;
	const char *help;
	int (*run)(const struct program_options *options);
};

/* The last one has no name. The first one is taken where no other is named. */
extern const struct program_carrier program_carriers[];

int linux_judge(const struct program_options *options);
int kvm_judge(const struct program_options *options);
int thread_judge(const struct program_options *options);

/* "cmdqv-conformance: ..." on standard error. Returns PROGRAM_CANNOT. */
__attribute__((format(printf, 1, 2))) int program_complain(const char *format, ...);

static inline void program_print(void *user, const char *line)
{
	(void)user;
	puts(line);
	fflush(stdout);
}

/* From what conformance_run() returned. */
int program_status(int failed, const char *only);

#endif
