/* SPDX-License-Identifier: BSD-2-Clause */
/* Structs that begin with their size, as include/cmdqv/types.h describes them. */
#ifndef SRC_BASE_SIZED_H
#define SRC_BASE_SIZED_H

#include <cmdqv/types.h>

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
