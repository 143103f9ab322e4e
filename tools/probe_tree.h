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

/* The first line of a small file into `text`, printable. */
int probe_tree_line(const struct probe_tree *tree, const char *path, char *text, size_t bytes);

/* May this process read and write it? */
int probe_tree_usable(const struct probe_tree *tree, const char *path);

/* Is it there? -ENOENT, or the errno that keeps us from telling. */
int probe_tree_look(const struct probe_tree *tree, const char *path);

/* The last name of where a link leads, such as a driver's. */
int probe_tree_target(const struct probe_tree *tree, const char *path, char *name, size_t bytes);

/*
 * The names in a directory, of the first 4096, in their order. Names that are not printable are
 * left out. To be freed by probe_names_free(), also after a failure.
 */
struct probe_names {
	char **name;
	size_t count;
};

int probe_tree_list(const struct probe_tree *tree, const char *path, struct probe_names *names);
void probe_names_free(struct probe_names *names);

/* Replaces what is not printable by question marks; a line feed ends the text. */
void probe_printable(char *text);

#endif
