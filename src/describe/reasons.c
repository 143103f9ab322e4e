/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of one call and errno come in their order; those of any ioctl only if there is none. */
#include "reasons.h"

#include <cmdqv/describe.h>

#include <errno.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *id;
	const char *name;
} calls[REASON_CALLS] = {
#define REASON_CALL(call, id, name) {id, name},
#include "reasons.def"
};

static const struct {
	const char *name;
	uint8_t call;
} names[] = {
#define REASON_NAME(name, call) {name, REASON_##call},
#include "reasons.def"
};

static const struct reason reasons[] = {
#define REASON(call, err, since, until, cause, remedy)                                             \
	{REASON_##call, err, since, until, #err, cause, remedy},
#include "reasons.def"
};

/* A literal as long as the array would lose its zero, and no compiler has to say so. */
#define REASON(call, err, since, until, cause, remedy)                                             \
	_Static_assert(sizeof(#err) <= sizeof(((struct reason *)0)->err_name), "a name ends");
#include "reasons.def"

const char *reason_id(enum reason_call call)
{
	return calls[call].id;
}

const char *reason_call_name(enum reason_call call)
{
	return calls[call].name;
}

static bool is_ioctl(enum reason_call call)
{
	return call != REASON_OPEN && call != REASON_MAP_PAGE && call != REASON_READ_EVENT;
}

const struct reason *reason_find(enum reason_call call, int err, unsigned int nth)
{
	bool special = false;

	for (size_t i = 0; i < COUNT(reasons); i++) {
		const struct reason *reason = &reasons[i];

		if ((reason->err != err && -reason->err != err) ||
		    (reason->call != call && reason->call != REASON_ANY))
			continue;
		if (reason->call == REASON_ANY && (special || !is_ioctl(call)))
			continue;
		special = reason->call == call;
		if (nth-- == 0)
			return reason;
	}
	return NULL;
}

/* strcasecmp() goes by the locale of the embedder, where i need not be a small I. */
static char capital(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* What follows the prefix, in any case, in `name`; NULL: it does not begin so. */
static const char *after(const char *name, const char *prefix)
{
	while (*prefix && capital(*name) == capital(*prefix)) {
		name++;
		prefix++;
	}
	return *prefix ? NULL : name;
}

static const char *without(const char *name, const char *prefix)
{
	const char *rest = after(name, prefix);

	return rest ? rest : name;
}

static int find_call(const char *name)
{
	name = without(without(name, "IOMMU_"), "VFIO_DEVICE_");
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *rest = after(name, names[i].name);

		if (rest && !*rest)
			return names[i].call;
	}
	return -EINVAL;
}

int cmdqv_describe_errno(const char *call, int error, unsigned int nth, const char **cause,
			 const char **remedy)
{
	int wanted = find_call(call);
	const struct reason *reason;

	if (wanted < 0)
		return -EINVAL;
	reason = reason_find((enum reason_call)wanted, error, nth);
	if (!reason)
		return -ENOENT;
	*cause = reason->cause;
	*remedy = reason->remedy;
	return 0;
}

/* The `nth` row of one call, or of one errno; rows of any ioctl would say nothing of either. */
static const struct reason *find_listed(int call, int err, unsigned int nth)
{
	for (size_t i = 0; i < COUNT(reasons); i++) {
		const struct reason *row = &reasons[i];

		if (call == REASON_ANY ? row->call != REASON_ANY &&
						 (!err || row->err == err || -row->err == err)
				       : row->call == call) {
			if (nth-- == 0)
				return row;
		}
	}
	return NULL;
}

int cmdqv_describe_reason(const char *call, int error, unsigned int nth,
			  struct cmdqv_reason *reason)
{
	int wanted = call ? find_call(call) : REASON_ANY;
	const struct reason *row;

	if (wanted < 0)
		return -EINVAL;
	row = call && error ? reason_find((enum reason_call)wanted, error, nth)
			    : find_listed(wanted, error, nth);
	if (!row)
		return -ENOENT;
	*reason = (struct cmdqv_reason){
		.call = calls[wanted == REASON_ANY ? row->call : wanted].name,
		.error_name = row->err_name,
		.cause = row->cause,
		.remedy = row->remedy,
		.error = row->err,
		.since = row->since,
		.until = row->until,
	};
	return 0;
}
