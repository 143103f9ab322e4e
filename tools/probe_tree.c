/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
	MOST_LINKS = 40,
	MOST_NAMES = 4096,
	MOST_SEARCHED = 256 << 20,
};

int probe_tree_open(struct probe_tree *tree, const char *root)
{
	*tree = (struct probe_tree){.live = root == NULL};
	tree->fd = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return tree->fd < 0 ? -errno : 0;
}

void probe_tree_close(struct probe_tree *tree)
{
	close(tree->fd);
}

static void tell(const struct probe_tree *tree, const char *path, mode_t mode, const char *data,
		 size_t bytes)
{
	if (tree->seen)
		tree->seen(tree->user, path, mode, data, bytes);
}

/* ---- links ---- */

/* Where a path leads. */
struct walk {
	char done[PATH_MAX];   /* without links, below the root; "" is the root itself */
	char target[PATH_MAX]; /* of the path itself, if it is a link; else "" */
	struct stat status;
};

/* Takes the last name away; at the root nothing happens. */
static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	*(slash ? slash : path) = '\0';
}

/* Follows all links, name by name; none leads above the root. */
static int resolve(const struct probe_tree *tree, const char *path, struct walk *walk)
{
	char left[PATH_MAX];
	char target[PATH_MAX];
	char rest[PATH_MAX];
	unsigned int links = 0;

	walk->done[0] = walk->target[0] = '\0';
	if ((size_t)snprintf(left, sizeof(left), "%s", path) >= sizeof(left))
		return -ENAMETOOLONG;
	for (char *name = left, *next; *name; name = next) {
		size_t used = strlen(walk->done);
		ssize_t got;

		next = name + strcspn(name, "/");
		if (*next)
			*next++ = '\0';
		if (!strcmp(name, ".."))
			go_up(walk->done);
		if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (used + strlen(name) + 2 > sizeof(walk->done))
			return -ENAMETOOLONG;
		snprintf(walk->done + used, sizeof(walk->done) - used, "%s%s", used ? "/" : "",
			 name);
		got = readlinkat(tree->fd, walk->done, target, sizeof(target) - 1);
		if (got < 0 && errno == EINVAL) /* it is no link */
			continue;
		if (got < 0)
			return -errno;
		target[got] = '\0';
		tell(tree, walk->done, S_IFLNK, target, (size_t)got);
		if (++links > MOST_LINKS)
			return -ELOOP;
		if ((size_t)snprintf(rest, sizeof(rest), "%s/%s", target, next) >= sizeof(rest))
			return -ENAMETOOLONG;
		if (!*next)
			memcpy(walk->target, target, (size_t)got + 1);
		go_up(walk->done);
		if (target[0] == '/')
			walk->done[0] = '\0';
		next = memcpy(left, rest, sizeof(left));
	}
	if (fstatat(tree->fd, walk->done[0] ? walk->done : ".", &walk->status,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	tell(tree, walk->done, walk->status.st_mode, NULL, 0);
	return 0;
}

/* ---- files ---- */

/*
 * A descriptor of a regular file (S_IFREG), which those of proc and sysfs are too, or of a
 * directory (S_IFDIR). Nothing else is opened: that alone rewinds a tape, arms a watchdog or wakes
 * a process that waits at a pipe. Between looking and opening a file may become another; so what is
 * opened is what an O_PATH descriptor stands for, which only /proc can do: without it nothing is
 * known of the file, not that it is missing.
 */
static int open_as(const struct probe_tree *tree, const char *path, mode_t type, struct walk *walk)
{
	char link[32];
	int err = resolve(tree, path, walk);
	int fd;
	int file;

	if (err)
		return err;
	fd = openat(tree->fd, walk->done[0] ? walk->done : ".", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	err = fstat(fd, &walk->status) < 0		? -errno
	      : (walk->status.st_mode & S_IFMT) == type ? 0
	      : type == S_IFDIR				? -ENOTDIR
	      : S_ISDIR(walk->status.st_mode)		? -EISDIR
							: -ENXIO;
	file = err ? err : open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (!err && file < 0)
		file = errno == ENOENT ? -EOPNOTSUPP : -errno;
	close(fd);
	return file;
}

/*
 * What stands in a file, no more than `most` bytes of it, with a zero after it, to be freed; what
 * gzip packed is unpacked. Returns 0 or -errno; -EBADMSG: it is cut off.
 */
static int read_all(const struct probe_tree *tree, const char *path, size_t most, struct walk *walk,
		    char **text, size_t *length)
{
	int fd = open_as(tree, path, S_IFREG, walk);
	gzFile file = fd < 0 ? NULL : gzdopen(fd, "rb");
	FILE *out = open_memstream(text, length);
	char piece[65536];
	int got = file ? 1 : -1;
	int err;

	while (out && most > 0 && got > 0) {
		got = gzread(file, piece,
			     most < sizeof(piece) ? (unsigned int)most : sizeof(piece));
		fwrite(piece, 1, got > 0 ? (size_t)got : 0, out);
		most -= got > 0 ? (size_t)got : 0;
	}
	err = file ? gzclose(file) : 0;
	err = fd < 0 ? fd : got < 0 ? -EIO : err == Z_BUF_ERROR ? -EBADMSG : 0;
	if (fd >= 0 && !file)
		close(fd);
	return out && fclose(out) == 0 ? err : -ENOMEM;
}

char *probe_tree_read(const struct probe_tree *tree, const char *path, size_t most, size_t *length,
		      int *error)
{
	struct walk walk;
	char *text = NULL;

	*error = read_all(tree, path, most + 1, &walk, &text, length);
	if (!*error && *length > most)
		*error = -EFBIG;
	if (!*error) {
		tell(tree, walk.done, walk.status.st_mode, text, *length);
		return text;
	}
	free(text);
	return NULL;
}

int probe_tree_find(const struct probe_tree *tree, const char *path, const char *wanted,
		    size_t length, char *text, size_t bytes)
{
	struct walk walk;
	char *all = NULL;
	size_t got;
	int err = read_all(tree, path, MOST_SEARCHED, &walk, &all, &got);
	const char *at = err ? NULL : memmem(all, got, wanted, length);

	if (at) {
		size_t rest = (size_t)(all + got - at);

		rest = rest < bytes ? rest : bytes - 1;
		memcpy(text, at, rest);
		text[rest] = '\0';
		tell(tree, walk.done, walk.status.st_mode, text, rest);
	}
	free(all);
	return at ? 0 : -ENOENT;
}

void probe_printable(char *text)
{
	text[strcspn(text, "\n")] = '\0';
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

int probe_tree_usable(const struct probe_tree *tree, const char *path)
{
	struct walk walk;
	int err = resolve(tree, path, &walk);

	if (err)
		return err;
	if (tree->live ? !S_ISCHR(walk.status.st_mode) : !S_ISREG(walk.status.st_mode))
		return -ENXIO;
	return faccessat(tree->fd, walk.done, R_OK | W_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int probe_tree_look(const struct probe_tree *tree, const char *path, char *name, size_t bytes)
{
	struct walk walk;
	const char *where = walk.done;
	const char *slash;
	int err = resolve(tree, path, &walk);

	if (name && err == -ENOENT && walk.target[0]) {
		where = walk.target;
		err = 0;
	}
	if (err || !name)
		return err;
	slash = strrchr(where, '/');
	snprintf(name, bytes, "%s", slash ? slash + 1 : where);
	probe_printable(name);
	return 0;
}

static bool is_printable(const char *name)
{
	while (*name > ' ' && *name <= '~')
		name++;
	return *name == '\0';
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(json_object_get_string(*(struct json_object *const *)a),
		      json_object_get_string(*(struct json_object *const *)b));
}

struct json_object *probe_tree_list(const struct probe_tree *tree, const char *path, int *err)
{
	struct json_object *names = json_object_new_array();
	const char *wanted = strrchr(path, '/') + 1;
	char place[PATH_MAX];
	const struct dirent *entry;
	struct walk walk;
	DIR *directory;
	int fd;

	snprintf(place, sizeof(place), "%.*s", (int)(wanted - path), path);
	fd = open_as(tree, place, S_IFDIR, &walk);
	directory = fd < 0 ? NULL : fdopendir(fd);
	*err = fd < 0 ? fd : directory ? 0 : -errno;
	if (fd >= 0 && !directory)
		close(fd);
	while (directory && json_object_array_length(names) < MOST_NAMES &&
	       (entry = readdir(directory)) != NULL)
		if (is_printable(entry->d_name) && !fnmatch(wanted, entry->d_name, FNM_PERIOD))
			json_object_array_add(names, json_object_new_string(entry->d_name));
	if (directory)
		closedir(directory);
	json_object_array_sort(names, compare_names);
	return names;
}
