/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

enum {
	MOST_LINKS = 40,
	MOST_NAMES = 4096,
	MOST_LINE = 4096,
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
	char done[PATH_MAX]; /* without links, below the root; "" is the root itself */
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

	walk->done[0] = '\0';
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
 * A descriptor of a regular file, which those of proc and sysfs are too. Nothing else is opened:
 * that alone rewinds a tape, arms a watchdog or wakes a process that waits at a pipe. Between
 * looking and opening a file may become another; so what is opened is what an O_PATH descriptor
 * stands for, which only /proc can do: without it nothing is known of the file, not that it is
 * missing.
 */
static int open_file(const struct probe_tree *tree, const char *path, struct walk *walk)
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
	err = fstat(fd, &walk->status) < 0     ? -errno
	      : S_ISDIR(walk->status.st_mode)  ? -EISDIR
	      : !S_ISREG(walk->status.st_mode) ? -ENXIO
					       : 0;
	file = err ? err : open(link, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (!err && file < 0)
		file = errno == ENOENT ? -EOPNOTSUPP : -errno;
	close(fd);
	return file;
}

/*
 * Reads until the end or `most` bytes, and closes; what gzip packed is unpacked. Returns how many,
 * or a negative errno: -EBADMSG: cut off.
 */
static ssize_t read_all(int fd, char *buffer, size_t most)
{
#ifdef HAVE_ZLIB
	gzFile file = gzdopen(fd, "rb");
	int got = file ? gzread(file, buffer, (unsigned int)most) : -1;
	int err = file ? gzclose(file) : close(fd);

	return got < 0 ? -EIO : err == Z_BUF_ERROR ? -EBADMSG : got;
#else
	size_t length = 0;
	ssize_t got = 1;

	while (length < most && got != 0) {
		got = read(fd, buffer + length, most - length);
		if (got < 0 && errno != EINTR)
			break;
		length += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	return got < 0 ? -EIO : (ssize_t)length;
#endif
}

char *probe_tree_read(const struct probe_tree *tree, const char *path, size_t most, size_t *length,
		      int *error)
{
	struct walk walk;
	int fd = open_file(tree, path, &walk);
	char *buffer = NULL;
	ssize_t got = fd;

	if (fd >= 0) {
		buffer = malloc(most + 1);
		got = buffer ? read_all(fd, buffer, most + 1) : close(fd) - ENOMEM;
	}
	if (got > (ssize_t)most)
		got = -EFBIG;
	if (got < 0) {
		free(buffer);
		*error = (int)got;
		return NULL;
	}
	*length = (size_t)got;
	buffer[*length] = '\0';
	*error = 0;
	tell(tree, walk.done, walk.status.st_mode, buffer, *length);
	return buffer;
}

int probe_tree_find(const struct probe_tree *tree, const char *path, const char *wanted,
		    size_t length, char *text, size_t bytes)
{
	struct walk walk;
	int fd = open_file(tree, path, &walk);
	char *buffer = fd < 0 ? NULL : malloc(MOST_SEARCHED);
	ssize_t got = buffer ? read_all(fd, buffer, MOST_SEARCHED) : -1;
	const char *at = got > 0 ? memmem(buffer, (size_t)got, wanted, length) : NULL;

	if (fd < 0)
		return fd;
	if (!buffer)
		close(fd);
	if (at) {
		size_t rest = (size_t)(buffer + got - at);

		rest = rest < bytes ? rest : bytes - 1;
		memcpy(text, at, rest);
		text[rest] = '\0';
		tell(tree, walk.done, walk.status.st_mode, text, rest);
	}
	free(buffer);
	return at ? 0 : -ENOENT;
}

void probe_printable(char *text)
{
	text[strcspn(text, "\n")] = '\0';
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

int probe_tree_line(const struct probe_tree *tree, const char *path, char *text, size_t bytes)
{
	size_t length;
	int err;
	char *all = probe_tree_read(tree, path, MOST_LINE, &length, &err);

	if (!all)
		return err;
	snprintf(text, bytes, "%s", all);
	free(all);
	probe_printable(text);
	return 0;
}

int probe_tree_look(const struct probe_tree *tree, const char *path)
{
	struct walk walk;

	return resolve(tree, path, &walk);
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

int probe_tree_target(const struct probe_tree *tree, const char *path, char *name, size_t bytes)
{
	struct walk walk;
	const char *slash;
	int err = resolve(tree, path, &walk);

	if (err)
		return err;
	slash = strrchr(walk.done, '/');
	snprintf(name, bytes, "%s", slash ? slash + 1 : walk.done);
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
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int probe_tree_list(const struct probe_tree *tree, const char *path, struct probe_names *names)
{
	struct walk walk;
	const struct dirent *entry;
	DIR *directory;
	int err = resolve(tree, path, &walk);
	int fd;

	*names = (struct probe_names){0};
	if (err)
		return err;
	fd = openat(tree->fd, walk.done[0] ? walk.done : ".",
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	names->name = calloc(MOST_NAMES, sizeof(*names->name));
	directory = names->name ? fdopendir(fd) : NULL;
	if (!directory) {
		close(fd);
		return -ENOMEM;
	}
	while (names->count < MOST_NAMES && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.' || !is_printable(entry->d_name))
			continue;
		names->name[names->count] = strdup(entry->d_name);
		names->count += names->name[names->count] != NULL;
	}
	closedir(directory);
	qsort(names->name, names->count, sizeof(*names->name), compare_names);
	return 0;
}

void probe_names_free(struct probe_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct probe_names){0};
}
