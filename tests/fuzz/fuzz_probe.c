/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `cmdqv probe --root` of a composed host ($FUZZ_TREE, which is copied) of which the input changes
 * files: other bytes at some place, an end, a link, a directory. Among them are the IORT of its
 * firmware and the properties of its device tree. It ends with one of its exit statuses, and what
 * it prints is of no interest (-close_fd_mask=1).
 */
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tools/tool.h"
#include "fuzz.h"

enum { MOST_FILES = 4096, MOST_BYTES = 1 << 16 };

static struct {
	char place[64];
	char *files[MOST_FILES];
	size_t count;
} tree;

static int note(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)at;
	if (type == FTW_F && S_ISREG(status->st_mode) && status->st_size <= MOST_BYTES &&
	    tree.count < MOST_FILES)
		must((tree.files[tree.count++] = strdup(path)) != NULL);
	return 0;
}

static int take_away(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)type;
	(void)at;
	return remove(path);
}

static void clean_up(void)
{
	nftw(tree.place, take_away, 16, FTW_DEPTH | FTW_PHYS);
}

static int by_name(const void *one, const void *two)
{
	return strcmp(*(char *const *)one, *(char *const *)two);
}

/* A tree of this process' own, in memory. */
static void copy_tree(void)
{
	char command[512];
	const char *from = getenv("FUZZ_TREE");

	if (!from) {
		fprintf(stderr, "FUZZ_TREE must name a tree of tests/tools/probe_trees.sh\n");
		exit(2);
	}
	snprintf(tree.place, sizeof(tree.place), "/dev/shm/fuzz-probe-%d", (int)getpid());
	snprintf(command, sizeof(command), "cp -a '%s' %s", from, tree.place);
	must(system(command) == 0);
	atexit(clean_up);
	nftw(tree.place, note, 16, FTW_PHYS);
	must(tree.count > 0);
	qsort(tree.files, tree.count, sizeof(tree.files[0]), by_name);
}

/* What a file was. */
struct former {
	const char *path;
	mode_t mode;
	size_t bytes;
	uint8_t data[MOST_BYTES];
};

static bool read_file(struct former *former, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, former->data, sizeof(former->data));
	must(fstat(fd, &status) == 0);
	close(fd);
	if (got < 0)
		return false; /* it became a directory */
	former->path = path;
	former->mode = status.st_mode & 07777;
	former->bytes = (size_t)got;
	return true;
}

static void write_file(const char *path, mode_t mode, const uint8_t *data, size_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);

	must(fd >= 0 && write(fd, data, bytes) == (ssize_t)bytes && fchmod(fd, mode) == 0);
	close(fd);
}

static void change(struct fuzz_input *in, const struct former *former)
{
	static uint8_t data[2 * MOST_BYTES];
	size_t bytes = former->bytes;
	uint8_t how = fuzz_byte(in);
	size_t at = bytes ? fuzz_take(in, 2) % bytes : 0;
	size_t length = fuzz_byte(in);

	memcpy(data, former->data, bytes);
	must(unlink(former->path) == 0);
	if (how < 16) {
		static char far[PATH_MAX]; /* as long as a link can be */
		const char *itself = strrchr(former->path, '/') + 1;
		const char *const targets[] = {"/", "..", itself, "../../../../../etc", ".", far};

		memset(far, '.', sizeof(far) - 1);
		must(symlink(targets[how % 6], former->path) == 0);
		return;
	}
	if (how < 24) {
		must(mkdir(former->path, 0755) == 0);
		return;
	}
	if (how < 32)
		return; /* it is not there */
	for (size_t i = 0; i < length && in->left > 0; i++)
		data[at + i] = fuzz_byte(in);
	if (at + length > bytes || how < 96)
		bytes = at + length; /* grown, or cut off */
	write_file(former->path, how < 100 ? 0 : 0644, data, bytes);
}

static void restore(const struct former *former)
{
	struct stat status;

	if (lstat(former->path, &status) == 0)
		must((S_ISDIR(status.st_mode) ? rmdir : unlink)(former->path) == 0);
	write_file(former->path, former->mode, former->data, former->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct former formers[4];
	struct fuzz_input in = {bytes, size};
	uint8_t how = fuzz_byte(&in);
	char collected[80];
	char *argv[] = {"probe",
			how & 1 ? "--guest" : "--host",
			"--root",
			tree.place,
			"--device",
			how & 2 ? "0009:01:00.0" : "/dev/vfio/devices/vfio0",
			how & 4 ? "--collect" : "--json",
			collected,
			NULL};
	size_t changed = 0;
	int status;

	if (!tree.count)
		copy_tree();
	snprintf(collected, sizeof(collected), "%s.tar", tree.place);
	while (changed < 4 && in.left > 0) {
		if (!read_file(&formers[changed], tree.files[fuzz_take(&in, 2) % tree.count]))
			break;
		change(&in, &formers[changed++]);
	}
	/* Without the last ones it prints JSON, and text. */
	status = tool_probe.run(how & 4 ? 8 : how & 8 ? 7 : how & 16 ? 6 : 4, argv);
	(void)unlink(collected);
	while (changed > 0)
		restore(&formers[--changed]);
	must(status >= TOOL_YES && status <= TOOL_UNKNOWN);
	return 0;
}
