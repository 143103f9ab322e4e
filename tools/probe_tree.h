/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that probe looks at: those of this host, or of a tree that looks like one.
 *
 * Paths are those of the host, "/proc/cmdline". Links are followed by hand and never lead out
 * of the tree; a file that is none, or larger than the caller expects, is refused. So a tree
 * may hold anything.
 */
#ifndef TOOLS_PROBE_TREE_H
#define TOOLS_PROBE_TREE_H

#include <stdbool.h>
#include <stddef.h>

struct probe_tree {
	int fd;
	bool live; /* this host: files of /dev must be devices */
};

/* Returns 0 or a negative errno. `root` NULL: this host. */
int probe_tree_open(struct probe_tree *tree, const char *root);
void probe_tree_close(struct probe_tree *tree);

/*
 * Reads a file of at most `most` bytes, with a zero after it. Returns: memory to be freed,
 * *length filled in; NULL, *error a negative errno: -EFBIG: larger, -EISDIR, -ENXIO: no file.
 */
char *probe_tree_read(const struct probe_tree *tree, const char *path, size_t most, size_t *length,
		      int *error);

/* The first line of a small file into `text`, printable. Returns 0 or a negative errno. */
int probe_tree_line(const struct probe_tree *tree, const char *path, char *text, size_t bytes);

/* May this process read and write it? Returns 0 or a negative errno. */
int probe_tree_usable(const struct probe_tree *tree, const char *path);

/* Is it there? Returns 0, -ENOENT, or the errno that keeps us from telling. */
int probe_tree_look(const struct probe_tree *tree, const char *path);

/* May this process read the names of a directory? Returns 0 or a negative errno. */
int probe_tree_readable(const struct probe_tree *tree, const char *path);

/* The last name of where a link leads, such as a driver's. Returns 0 or a negative errno. */
int probe_tree_target(const struct probe_tree *tree, const char *path, char *name, size_t bytes);

/*
 * Calls `take` for each name in a directory, of the first 4096. Names that are not printable
 * are left out. Returns 0 or a negative errno.
 */
int probe_tree_list(const struct probe_tree *tree, const char *path,
		    void (*take)(void *user, const char *name), void *user);

/* Replaces what is not printable by question marks; a line feed ends the text. */
void probe_printable(char *text);

#endif
