/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --collect: a tar (ustar) of what was read, for `probe --root` elsewhere. Links are in it as they
 * are; of programs and lists of packages only what was looked for. What cannot be read is left out.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "standard.h"

struct member {
	struct member *next;
	char *path;
	char *data; /* or NULL */
	size_t bytes;
	mode_t mode;
};

struct probe_collection {
	struct member *first;
	size_t count;
};

/* One of a path, with all that was found in it. */
static void note(void *user, const char *path, mode_t mode, const char *data, size_t bytes)
{
	struct probe_collection *collection = user;
	struct member **at = &collection->first;
	struct member *member;
	char *all;

	while (*at && strcmp((*at)->path, path) < 0)
		at = &(*at)->next;
	if (!*at || strcmp((*at)->path, path) != 0) {
		member = calloc(1, sizeof(*member));
		if (!member)
			return;
		*member = (struct member){.next = *at, .path = strdup(path), .mode = mode};
		*at = member;
		collection->count++;
	}
	member = *at;
	if (!data || S_ISDIR(mode) ||
	    (member->data && memmem(member->data, member->bytes, data, bytes)))
		return;
	all = realloc(member->data, member->bytes + bytes + 1);
	if (!all)
		return;
	memcpy(all + member->bytes, data, bytes);
	member->data = all;
	member->bytes += bytes;
}

struct probe_collection *probe_collect(struct probe_tree *tree)
{
	struct probe_collection *collection = calloc(1, sizeof(*collection));

	tree->seen = collection ? note : NULL;
	tree->user = collection;
	return collection;
}

void probe_collect_free(struct probe_collection *collection)
{
	while (collection && collection->first) {
		struct member *member = collection->first;

		collection->first = member->next;
		free(member->path);
		free(member->data);
		free(member);
	}
	free(collection);
}

enum {
	BLOCK = 512,
	NAME_BYTES = 100,
	PREFIX = 345,
	PREFIX_BYTES = 155,
	CHECKSUM = 148,
	TARGET = 157
};

/* A long path is cut in two at a slash. A member whose names do not fit is left out. */
static void write_member(FILE *out, const struct member *member)
{
	static const char type[] = {'0', '2', '5'}; /* a file, a link, a directory */
	bool link = S_ISLNK(member->mode);
	bool directory = S_ISDIR(member->mode);
	size_t bytes = link || directory ? 0 : member->bytes;
	size_t length = strlen(member->path);
	const char *cut = length <= NAME_BYTES
				  ? member->path
				  : strchr(member->path + length - NAME_BYTES - 1, '/');
	char block[BLOCK] = "";
	unsigned int sum = 0;

	if (length == 0 || !cut || cut - member->path > PREFIX_BYTES ||
	    (link && member->bytes > NAME_BYTES))
		return;
	memcpy(block + PREFIX, member->path, (size_t)(cut - member->path));
	snprintf(block, NAME_BYTES + 1, "%s", cut + (cut > member->path));
	snprintf(block + NAME_BYTES, BLOCK - NAME_BYTES, "%07o%c%07o%c%07o%c%011zo%c%011o%c%8s%c",
		 directory		 ? 0755
		 : S_ISCHR(member->mode) ? 0666
					 : 0644,
		 0, 0, 0, 0, 0, bytes, 0, 0, 0, "", type[link + 2 * directory]);
	if (link)
		memcpy(block + TARGET, member->data, member->bytes);
	memcpy(block + TARGET + NAME_BYTES, "ustar\00000", 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)block[i];
	snprintf(block + CHECKSUM, 8, "%06o", sum);
	fwrite(block, BLOCK, 1, out);
	fwrite(bytes ? member->data : "", 1, bytes, out);
	memset(block, 0, BLOCK);
	fwrite(block, 1, (BLOCK - bytes % BLOCK) % BLOCK, out);
}

/* Where a link leads may be any bytes. */
static void list_member(const struct member *member)
{
	bool link = S_ISLNK(member->mode);
	char line[2 * PATH_MAX];

	snprintf(line, sizeof(line), "%9zu  %s%s%.*s", member->bytes, member->path,
		 link ? " -> " : "", link ? (int)member->bytes : 0,
		 member->data ? member->data : "");
	standard_make_printable(line);
	puts(line);
}

int probe_collect_write(const struct probe_collection *collection, const char *path)
{
	static const char end[2 * BLOCK];
	const struct member *member;
	int fd;
	FILE *out;

	printf("%s gets these files; look through them before you send it:\n\n", path);
	for (member = collection->first; member; member = member->next)
		if (!S_ISDIR(member->mode))
			list_member(member);
	fflush(stdout);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	out = fd < 0 ? NULL : fdopen(fd, "wb");
	if (!out)
		return -1;
	for (member = collection->first; member; member = member->next)
		write_member(out, member);
	fwrite(end, sizeof(end), 1, out);
	if (ferror(out) | fclose(out)) {
		int err = errno;

		unlink(path); /* it is ours: it was not there before */
		errno = err;
		return -1;
	}
	printf("\nTo look at it on another machine: mkdir DIR; tar -xf %s -C DIR; cmdqv probe "
	       "--root DIR\n",
	       path);
	return 0;
}
