/* SPDX-License-Identifier: BSD-2-Clause */
/* Structs that begin with their size, as include/cmdqv/types.h describes them. */
#ifndef SRC_BASE_SIZED_H
#define SRC_BASE_SIZED_H

#include <cmdqv/types.h>

/* FIRST_BYTES_tag: what a struct had when it was first released. */
enum {
#define SIZED(tag, bytes) FIRST_BYTES_##tag = bytes,
#define TABLE(tag, bytes) FIRST_BYTES_##tag = bytes,
#define FIXED(tag, bytes)
#include "structs.def"
#undef SIZED
#undef TABLE
#undef FIXED
};

/* A struct as this library knows it. */
struct sized {
	const char *name;
	size_t known;	       /* bytes */
	size_t first;	       /* bytes when it was first released */
	size_t reserved;       /* where its reserved member begins, */
	size_t reserved_bytes; /*   and its length */
};

#define SIZED_STRUCT(tag)                                                                          \
	&(const struct sized)                                                                      \
	{                                                                                          \
		"struct " #tag, sizeof(struct tag), FIRST_BYTES_##tag,                             \
			offsetof(struct tag, reserved), sizeof(((struct tag *)0)->reserved)        \
	}

#define SIZED_TABLE(tag)                                                                           \
	&(const struct sized)                                                                      \
	{                                                                                          \
		"struct " #tag, sizeof(struct tag), FIRST_BYTES_##tag, 0, 0                        \
	}

/*
 * Copies a caller's struct into one of ours. What a smaller caller does not have becomes 0.
 *
 * Returns: 0; -EINVAL: NULL, or smaller than it was when it was first released; -E2BIG: a tail that
 * is not known, or a reserved member, is not 0.
 */
int sized_in(void *to, const struct sized *sized, const void *from, struct cmdqv_error *error);

/*
 * Copies a struct of ours to a caller whose struct says its own size, and keeps that size there. A
 * tail that the caller has and we do not becomes 0.
 *
 * Returns: 0; -EINVAL: NULL, or smaller than it was when it was first released.
 */
int sized_out(void *to, const struct sized *sized, const void *from);

#endif
