/* SPDX-License-Identifier: BSD-2-Clause */
/* Host failures: an errno, a stable id and a sentence. */
#ifndef SRC_BASE_ERROR_H
#define SRC_BASE_ERROR_H

#include <cmdqv/types.h>

/* Fills in `error` unless it is NULL; returns `code`, so that a failure is one line. */
__attribute__((format(printf, 4, 5))) int error_set(struct cmdqv_error *error, int code,
						    const char *id, const char *format, ...);

#endif
