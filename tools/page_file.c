/* SPDX-License-Identifier: BSD-2-Clause */
#include "page_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *page_file_name(struct page_file *file, const char *name, mode_t *mode)
{
	struct stat status;
	bool is_there = stat(name, &status) == 0;

	if (!is_there && (errno != ENOENT || !*name))
		return strerror(errno);
	if (is_there && !S_ISREG(status.st_mode))
		return "not a regular file";
	if (is_there && (access(name, W_OK) < 0 || !realpath(name, file->name)))
		return strerror(errno);
	if (!is_there && (size_t)snprintf(file->name, PATH_MAX, "%s", name) >= PATH_MAX)
		return strerror(ENAMETOOLONG);
	if ((size_t)snprintf(file->part, PATH_MAX, "%s.%ld.part", file->name, (long)getpid()) >=
	    PATH_MAX)
		return strerror(ENAMETOOLONG);
	*mode = is_there ? status.st_mode & 0777 : 0;
	return NULL;
}

const char *page_file_begin(struct page_file *file, const char *name)
{
	mode_t mode = 0;
	const char *why = page_file_name(file, name, &mode);
	int fd;

	if (why)
		return why;
	fd = open(file->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return strerror(errno);
	file->stream = mode && fchmod(fd, mode) < 0 ? NULL : fdopen(fd, "w");
	if (file->stream)
		return NULL;
	why = strerror(errno);
	close(fd);
	unlink(file->part);
	return why;
}

const char *page_file_put(const struct page_file *file)
{
	const char *why;

	if (rename(file->part, file->name) == 0)
		return NULL;
	why = strerror(errno);
	unlink(file->part);
	return why;
}

const char *page_file_end(struct page_file *file)
{
	bool failed = ferror(file->stream) != 0;
	const char *why;

	errno = EIO;
	failed = fclose(file->stream) != 0 || failed;
	if (!failed)
		return page_file_put(file);
	why = strerror(errno);
	unlink(file->part);
	return why;
}

void page_file_drop(struct page_file *file)
{
	fclose(file->stream);
	unlink(file->part);
}
