/* SPDX-License-Identifier: BSD-2-Clause */
/* A failed call of the host kernel in words; the same words whichever host it is. */
#ifndef SRC_DESCRIBE_FAILURE_H
#define SRC_DESCRIBE_FAILURE_H

#include <cmdqv/types.h>

#include "reasons.h"

/* Fills in `error`, unless it is NULL, with the likeliest cause and its remedy; returns `err`. */
int failure_set(struct cmdqv_error *error, enum reason_call call, int err);

#endif
