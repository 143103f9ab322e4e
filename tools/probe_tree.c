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

enum {
	MOST_LINKS = 40,
	MOST_NAMES = 4096,
	MOST_LINE = 4096,
};

int probe_tree_open(struct probe_tree *tree, const char *root)
{
	tree->live = root == NULL;
	tree->fd = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return tree->fd < 0 ? -errno : 0;
}

void probe_tree_close(struct probe_tree *tree)
{
	close(tree->fd);
}

/* ---- links ---- */

/* A path that is being resolved: `done` has no links any more, `left` is to come. */
struct walk {
	char done[PATH_MAX];
	char left[PATH_MAX];
	unsigned int links;
};

/* Takes the last name away from `done`; at the root nothing happens. */
static void go_up(struct walk *walk)
{
	char *slash = strrchr(walk->done, '/');

	*(slash ? slash : walk->done) = '\0';
}

/* Puts a link's target in front of what is left. */
static int take_link(struct walk *walk, const char *target)
{
	char rest[PATH_MAX];

	if (++walk->links > MOST_LINKS)
		return -ELOOP;
	memcpy(rest, walk->left, sizeof(rest));
	if ((size_t)snprintf(walk->left, sizeof(walk->left), "%s/%s", target, rest) >=
	    sizeof(walk->left))
		return -ENAMETOOLONG;
	go_up(walk);
	if (target[0] == '/')
		walk->done[0] = '\0';
	return 0;
}

/* One name further. */
static int step(const struct probe_tree *tree, struct walk *walk, const char *name, size_t length)
{
	size_t used = strlen(walk->done);
	char target[PATH_MAX];
	ssize_t got;

	if (length == 0 || (length == 1 && name[0] == '.'))
		return 0;
	if (length == 2 && name[0] == '.' && name[1] == '.') {
		go_up(walk);
		return 0;
	}
	if (used + length + 2 > sizeof(walk->done))
		return -ENAMETOOLONG;
	snprintf(walk->done + used, sizeof(walk->done) - used, "%s%.*s", used > 0 ? "/" : "",
		 (int)length, name);
	got = readlinkat(tree->fd, walk->done, target, sizeof(target) - 1);
	if (got < 0)
		return errno == EINVAL ? 0 : -errno; /* EINVAL: no link */
	target[got] = '\0';
	return take_link(walk, target);
}

/* Follows all links. `done` becomes the path below the root, "" the root itself. */
static int resolve(const struct probe_tree *tree, const char *path, struct walk *walk)
{
	char name[NAME_MAX + 1];
	int ret = 0;

	walk->done[0] = '\0';
	walk->links = 0;
	if ((size_t)snprintf(walk->left, sizeof(walk->left), "%s", path) >= sizeof(walk->left))
		return -ENAMETOOLONG;
	while (ret == 0 && walk->left[0]) {
		size_t length = strcspn(walk->left, "/");
		size_t skip = length + (walk->left[length] == '/');

		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, walk->left, length);
		memmove(walk->left, walk->left + skip, strlen(walk->left + skip) + 1);
		ret = step(tree, walk, name, length);
	}
	return ret;
}

static int open_at(const struct probe_tree *tree, const char *path, int flags)
{
	struct walk walk;
	int ret = resolve(tree, path, &walk);

	if (ret < 0)
		return ret;
	ret = openat(tree->fd, walk.done[0] ? walk.done : ".",
		     flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return ret < 0 ? -errno : ret;
}

/* ---- files ---- */

/*
 * Opens for reading what an O_PATH descriptor stands for. Only /proc knows how; without it
 * nothing is known of the file, not that it is missing.
 */
static int reopen(int fd)
{
	char path[32];
	int ret;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	return ret >= 0 ? ret : errno == ENOENT ? -EOPNOTSUPP : -errno;
}

/*
 * A descriptor of a regular file, which those of proc and sysfs are too. Nothing else is
 * opened: that alone rewinds a tape, arms a watchdog or wakes who waits at a pipe.
 */
static int open_file(const struct probe_tree *tree, const char *path)
{
	int fd = open_at(tree, path, O_PATH);
	struct stat status;
	int ret;

	if (fd < 0)
		return fd;
	ret = fstat(fd, &status) < 0	 ? -errno
	      : S_ISDIR(status.st_mode)	 ? -EISDIR
	      : !S_ISREG(status.st_mode) ? -ENXIO
					 : reopen(fd);
	close(fd);
	return ret;
}

/* Reads until the end or `most` bytes. Returns how many, or a negative errno. */
static ssize_t read_all(int fd, char *buffer, size_t most)
{
	size_t length = 0;

	while (length < most) {
		ssize_t got = read(fd, buffer + length, most - length);

		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			length += (size_t)got;
	}
	return (ssize_t)length;
}

char *probe_tree_read(const struct probe_tree *tree, const char *path, size_t most, size_t *length,
		      int *error)
{
	int fd = open_file(tree, path);
	char *buffer = NULL;
	ssize_t got = fd;

	if (fd >= 0) {
		buffer = malloc(most + 1);
		got = buffer ? read_all(fd, buffer, most + 1) : -ENOMEM;
		close(fd);
	}
	if (got > (ssize_t)most)
		got = -EFBIG;
	if (got < 0) {
		free(buffer);
		*error = (int)got;
		return NULL;
	}
	buffer[got] = '\0';
	*length = (size_t)got;
	*error = 0;
	return buffer;
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
	int error;
	char *all = probe_tree_read(tree, path, MOST_LINE, &length, &error);

	if (!all)
		return error;
	snprintf(text, bytes, "%s", all);
	free(all);
	probe_printable(text);
	return 0;
}

static int try_to_open(const struct probe_tree *tree, const char *path, int flags)
{
	int fd = open_at(tree, path, flags);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

int probe_tree_look(const struct probe_tree *tree, const char *path)
{
	return try_to_open(tree, path, O_PATH);
}

int probe_tree_readable(const struct probe_tree *tree, const char *path)
{
	return try_to_open(tree, path, O_RDONLY | O_DIRECTORY);
}

int probe_tree_usable(const struct probe_tree *tree, const char *path)
{
	struct walk walk;
	struct stat status;
	int ret = resolve(tree, path, &walk);

	if (ret < 0)
		return ret;
	if (fstatat(tree->fd, walk.done, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (tree->live ? !S_ISCHR(status.st_mode) : !S_ISREG(status.st_mode))
		return -ENXIO;
	return faccessat(tree->fd, walk.done, R_OK | W_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int probe_tree_target(const struct probe_tree *tree, const char *path, char *name, size_t bytes)
{
	struct walk walk;
	struct stat status;
	const char *slash;
	int ret = resolve(tree, path, &walk);

	if (ret < 0)
		return ret;
	if (fstatat(tree->fd, walk.done, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	slash = strrchr(walk.done, '/');
	snprintf(name, bytes, "%s", slash ? slash + 1 : walk.done);
	probe_printable(name);
	return 0;
}

static bool is_printable(const char *name)
{
	for (; *name; name++)
		if (*name <= ' ' || *name > '~')
			return false;
	return true;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of a directory in their order, so that what is found first is always the same. */
static size_t read_names(DIR *directory, char **names)
{
	const struct dirent *entry;
	size_t count = 0;

	while (count < MOST_NAMES && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.' || !is_printable(entry->d_name))
			continue;
		names[count] = strdup(entry->d_name);
		count += names[count] != NULL;
	}
	qsort(names, count, sizeof(*names), compare_names);
	return count;
}

int probe_tree_list(const struct probe_tree *tree, const char *path,
		    void (*take)(void *user, const char *name), void *user)
{
	int fd = open_at(tree, path, O_RDONLY | O_DIRECTORY);
	char **names;
	DIR *directory;
	size_t count;

	if (fd < 0)
		return fd;
	names = calloc(MOST_NAMES, sizeof(*names));
	directory = names ? fdopendir(fd) : NULL;
	if (!directory) {
		free(names);
		close(fd);
		return -ENOMEM;
	}
	count = read_names(directory, names);
	closedir(directory);
	for (size_t i = 0; i < count; i++) {
		take(user, names[i]);
		free(names[i]);
	}
	free(names);
	return 0;
}
