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

int sized_in(void *to, const struct sized *sized, const void *from, struct cmdqv_error *error)
{
	size_t size;

	if (!from)
		return cmdqv_error_set(error, -EINVAL, "missing-struct", "%s is NULL", sized->name);
	size = size_of(from);
	if (size < sized->first)
		return cmdqv_error_set(error, -EINVAL, "bad-size",
				       "%s says that it is %zu bytes, but it has at least %zu: set "
				       "its size to sizeof",
				       sized->name, size, sized->first);
	memset(to, 0, sized->known);
	memcpy(to, from, size < sized->known ? size : sized->known);
	if (!is_zero(from, sized->known, size) ||
	    !is_zero(to, sized->reserved, sized->reserved + sized->reserved_bytes))
		return cmdqv_error_set(
			error, -E2BIG, "unknown-members",
			"%s sets members that this version (%s) does not know: use a "
			"newer library, or set them to 0",
			sized->name, cmdqv_version());
	return 0;
}

int sized_out(void *to, const struct sized *sized, const void *from)
{
	size_t size;

	if (!to || size_of(to) < sized->first)
		return -EINVAL;
	size = size_of(to);
	memcpy(to, from, size < sized->known ? size : sized->known);
	if (size > sized->known)
		memset((char *)to + sized->known, 0, size - sized->known);
	memcpy(to, &size, sizeof(size));
	return 0;
}
