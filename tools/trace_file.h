/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace as a list of events, each with the line that it stood on. */
#ifndef TOOLS_TRACE_FILE_H
#define TOOLS_TRACE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <cmdqv/trace.h>

struct trace_line {
	unsigned long number; /* from 1 */
	struct cmdqv_trace_event event;
};

struct trace_file {
	struct trace_line *lines; /* without comments and empty lines */
	size_t count;
	bool whole; /* it has its last line */
};

/* What is wrong with a file; `line` is 0 where it is not a line. */
struct trace_fault {
	unsigned long line;
	char text[256];
};

enum trace_file_status {
	TRACE_FILE_OK,
	TRACE_FILE_UNREADABLE,
	TRACE_FILE_MALFORMED,
};

/*
 * Reads the file at `path`, or the standard input if that is "-". The caller frees it with
 * trace_file_free(), whatever the outcome; what is not TRACE_FILE_OK is told in *fault.
 */
enum trace_file_status trace_file_read(const char *path, struct trace_file *file,
				       struct trace_fault *fault);

void trace_file_free(struct trace_file *file);

#endif
