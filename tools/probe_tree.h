/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that probe looks at: those of this host, or of a tree that looks like one.
 *
 * Paths are those of the host, "/proc/cmdline". Links are followed by hand and never lead out of
 * the tree; what is no file, or larger than the caller expects, is refused. So a tree may hold
 * anything. Functions return 0 or a negative errno; -EFBIG: larger, -EISDIR, -ENXIO: no file.
 */
#ifndef TOOLS_PROBE_TREE_H
#define TOOLS_PROBE_TREE_H

#include <json.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct probe_tree {
	int fd;
	bool live; /* this host: files of /dev must be devices */
	/*
	 * NULL, or told of everything that was there, under its name without links: a link with
	 * its target, a directory, or a file with what was read of it, or NULL.
	 */
	void (*seen)(void *user, const char *path, mode_t mode, const char *data, size_t bytes);
	void *user;
};

/* `root` NULL: this host. */
int probe_tree_open(struct probe_tree *tree, const char *root);
void probe_tree_close(struct probe_tree *tree);

/*
 * Reads a file of at most `most` bytes, with a zero after it. Returns memory to be freed, or NULL,
 * *error filled in.
 */
char *probe_tree_read(const struct probe_tree *tree, const char *path, size_t most, size_t *length,
		      int *error);

/*
 * Looks for bytes in the first 256 MiB of a file of whatever kind. Fills in the text from them on,
 * with a zero after it. -ENOENT: no such bytes.
 */
int probe_tree_find(const struct probe_tree *tree, const char *path, const char *wanted,
		    size_t length, char *text, size_t bytes);

/* May this process read and write it? */
int probe_tree_usable(const struct probe_tree *tree, const char *path);

/*
 * Is it there? -ENOENT, or the errno that keeps us from telling. Fills in the last name of where it
 * leads, such as a driver's, if `name` is not NULL: a link is enough then, for a tree need not have
 * what it leads to.
 */
int probe_tree_look(const struct probe_tree *tree, const char *path, char *name, size_t bytes);

/*
 * The names that stand for the last one of a path, which has a '*', in their order: an array to be
 * freed, also after a failure. Names that are not printable, and those beyond 4096, are left out.
 */
struct json_object *probe_tree_list(const struct probe_tree *tree, const char *path, int *err);

/* Replaces what is not printable by question marks; a line feed ends the text. */
void probe_printable(char *text);

#endif
