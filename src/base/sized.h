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

/* sized_copy_in() by the table, which also refuses a reserved member that is not 0 by -E2BIG. */
int sized_in(void *to, const struct sized *sized, const void *from, struct cmdqv_error *error);

/* sized_copy_out() by the table. */
int sized_out(void *to, const struct sized *sized, const void *from);

/*
 * Copies a caller's struct into one of `known` bytes. `first` is the size that the struct
 * had in its first version; what a smaller caller does not have becomes 0.
 *
 * Returns: 0; -EINVAL: NULL or smaller than `first`; -E2BIG: a tail that is not known is
 * not zero. `name` is for the sentence.
 */
int sized_copy_in(void *to, size_t known, size_t first, const void *from, const char *name,
		  struct cmdqv_error *error);

/*
 * Copies `from`, of `known` bytes, to a caller whose struct says its own size, and keeps
 * that size there. A tail that the caller has and we do not becomes 0.
 *
 * Returns: 0; -EINVAL: NULL or smaller than `first`.
 */
int sized_copy_out(void *to, const void *from, size_t known, size_t first);

#endif
