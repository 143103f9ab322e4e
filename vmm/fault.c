/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[CMDQV_FAULTS] = {
	[CMDQV_FAULT_REFUSE] = "refuse",
	[CMDQV_FAULT_FETCH_ABORT] = "abort",
	[CMDQV_FAULT_ATC_TIME_OUT] = "atc-timeout",
	[CMDQV_FAULT_DELAYED_ENABLE] = "delayed-enable",
	[CMDQV_FAULT_REFUSED_ENABLE] = "refused-enable",
	[CMDQV_FAULT_LOST_INTERRUPT] = "lost-interrupt",
	[CMDQV_FAULT_STALLED_ENGINE] = "stall",
	[CMDQV_FAULT_REPEAT] = "repeat",
};

const char *vmm_fault_name(enum cmdqv_fault kind)
{
	return names[kind];
}

/* A number without sign or blanks that ends at `end` or at the end of the text. */
static bool take_number(const char **text, char end, uint64_t most, uint32_t *number)
{
	char *rest;
	unsigned long long value;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	value = strtoull(*text, &rest, 10);
	if (errno || value > most || (*rest && *rest != end))
		return false;
	*number = (uint32_t)value;
	*text = rest;
	return true;
}

static bool take_kind(const char **text, enum cmdqv_fault *kind)
{
	size_t length = strcspn(*text, "@");

	for (unsigned int i = 0; i < CMDQV_FAULTS; i++) {
		if (strlen(names[i]) != length || strncmp(*text, names[i], length) != 0)
			continue;
		*kind = (enum cmdqv_fault)i;
		*text += length;
		return **text == '@';
	}
	return false;
}

static bool take_count(const char *text, uint32_t *count)
{
	*count = 1;
	if (!*text)
		return true;
	text++; /* the colon */
	if (!strcmp(text, "always")) {
		*count = CMDQV_FAULT_FOR_EVER;
		return true;
	}
	return take_number(&text, 0, CMDQV_FAULT_FOR_EVER - 1, count) && *count > 0;
}

int vmm_fault_parse(const char *text, struct vmm_fault *fault)
{
	struct vmm_fault read = {.count = 1};

	if (!take_kind(&text, &read.kind))
		return -EINVAL;
	text++;
	if (!take_number(&text, ':', CMDQV_MAX_VCMDQS - 1, &read.queue) ||
	    !take_count(text, &read.count))
		return -EINVAL;
	*fault = read;
	return 0;
}

void vmm_fault_format(const struct vmm_fault *fault, char *text, size_t bytes)
{
	if (fault->count == CMDQV_FAULT_FOR_EVER)
		snprintf(text, bytes, "%s@%" PRIu32 ":always", names[fault->kind], fault->queue);
	else
		snprintf(text, bytes, "%s@%" PRIu32 ":%" PRIu32, names[fault->kind], fault->queue,
			 fault->count);
}
