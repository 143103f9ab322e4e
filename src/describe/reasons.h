/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a host kernel refuses a call: the rows of reasons.def. */
#ifndef SRC_DESCRIBE_REASONS_H
#define SRC_DESCRIBE_REASONS_H

#include <stdint.h>

enum reason_call {
#define REASON_CALL(call, id, name) REASON_##call,
#include "reasons.def"
	REASON_CALLS,
};

#define KERNEL(major, minor) ((major) << 8 | (minor))

struct reason {
	uint8_t call;
	uint8_t err;
	uint16_t since; /* KERNEL(); 0: no limit */
	uint16_t until;
	char err_name[14]; /* no pointer, which would need a relocation of 24 bytes */
	const char *cause;
	const char *remedy;
};

/* The stable id and the full name of a call. */
const char *reason_id(enum reason_call call);
const char *reason_call_name(enum reason_call call);

/* The `nth` row, the likeliest first, of a call that failed with `err` of either sign; or NULL. */
const struct reason *reason_find(enum reason_call call, int err, unsigned int nth);

#endif
