/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file that is there whole or not at all: it is written beside its place and renamed when
 * it is complete, so that a former one stays until then.
 */
#ifndef TOOLS_PAGE_FILE_H
#define TOOLS_PAGE_FILE_H

#include <limits.h>
#include <stdio.h>
#include <sys/types.h>

struct page_file {
	char name[PATH_MAX]; /* where links lead */
	char part[PATH_MAX];
	FILE *stream;
};

/*
 * Opens `file->stream` for writing. There must be a regular file at `name`, or nothing: pipes
 * and devices are not touched. Returns NULL, or why it cannot be.
 */
const char *page_file_begin(struct page_file *file, const char *name);

/* Puts it into place. Returns NULL, or why it cannot be: then the former file is as it was. */
const char *page_file_end(struct page_file *file);

/*
 * The two for what another program writes: only the names, `part` being what it is told, and the
 * mode of a former file; and `part` into its place.
 */
const char *page_file_name(struct page_file *file, const char *name, mode_t *mode);
const char *page_file_put(const struct page_file *file);

/* Forgets it; the former file is as it was. */
void page_file_drop(struct page_file *file);

#endif
