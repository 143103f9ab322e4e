/* SPDX-License-Identifier: BSD-2-Clause */
#include "failure.h"

#include "base/error.h"

int failure_set(struct cmdqv_error *error, enum reason_call call, int err)
{
	const struct reason *reason = reason_find(call, err, 0);

	if (!reason)
		return cmdqv_error_set(error, err, reason_id(call),
				       "%s: %s: the kernel refused it; see its log",
				       reason_call_name(call), error_name(err).text);
	return cmdqv_error_set(error, err, reason_id(call), "%s: %s: %s; %s",
			       reason_call_name(call), reason->err_name, reason->cause,
			       reason->remedy);
}
