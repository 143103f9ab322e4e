/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's program, an ELF file that is part of this one. */
#ifndef VMM_IMAGE_H
#define VMM_IMAGE_H

#include "memory.h"

#include <cmdqv/types.h>

/* Copies it to where it was linked. Returns: 0 with its entry point; -ENOEXEC. */
int image_load(const struct memory *memory, uint64_t *entry, struct cmdqv_error *error);

#endif
