/* SPDX-License-Identifier: BSD-2-Clause */
#include "sized.h"

#include <errno.h>
#include <string.h>

static size_t size_of(const void *sized)
{
	size_t size;

	memcpy(&size, sized, sizeof(size));
	return size;
}

static bool is_zero(const void *bytes, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		if (((const unsigned char *)bytes)[i] != 0)
			return false;
	return true;
}

static int refuse_unknown(const char *name, struct cmdqv_error *error)
{
	return cmdqv_error_set(error, -E2BIG, "unknown-members",
			       "%s sets members that this version (%s) does not know: use a newer "
			       "library, or set them to 0",
			       name, cmdqv_version());
}

int sized_copy_in(void *to, size_t known, size_t first, const void *from, const char *name,
		  struct cmdqv_error *error)
{
	size_t size;

	if (!from)
		return cmdqv_error_set(error, -EINVAL, "missing-struct", "%s is NULL", name);
	size = size_of(from);
	if (size < first)
		return cmdqv_error_set(
			error, -EINVAL, "bad-size",
			"%s says that it is %zu bytes, but it has at least %zu: set its "
			"size to sizeof",
			name, size, first);
	for (size_t i = known; i < size; i++)
		if (((const unsigned char *)from)[i] != 0)
			return cmdqv_error_set(
				error, -E2BIG, "unknown-members",
				"%s sets members that this version (%s) does not know: "
				"use a newer library",
				name, cmdqv_version());
	memset(to, 0, known);
	memcpy(to, from, size < known ? size : known);
	return 0;
}

int sized_copy_out(void *to, const void *from, size_t known, size_t first)
{
	size_t size;

	if (!to || size_of(to) < first)
		return -EINVAL;
	size = size_of(to);
	memcpy(to, from, size < known ? size : known);
	if (size > known)
		memset((char *)to + known, 0, size - known);
	memcpy(to, &size, sizeof(size));
	return 0;
}

int sized_in(void *to, const struct sized *sized, const void *from, struct cmdqv_error *error)
{
	int err = sized_copy_in(to, sized->known, sized->first, from, sized->name, error);

	if (!err && !is_zero(to, sized->reserved, sized->reserved + sized->reserved_bytes))
		err = refuse_unknown(sized->name, error);
	return err;
}

int sized_out(void *to, const struct sized *sized, const void *from)
{
	return sized_copy_out(to, from, sized->known, sized->first);
}
