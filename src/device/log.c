/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "state.h"

static const struct {
	enum cmdqv_log_level level;
	const char *id;
} kinds[] = {
	[LOG_GUEST_ACCESS] = {CMDQV_LOG_GUEST, "guest-access"},
	[LOG_GUEST_ALLOC] = {CMDQV_LOG_GUEST, "guest-alloc"},
	[LOG_GUEST_BASE_IN_USE] = {CMDQV_LOG_GUEST, "guest-base-in-use"},
	[LOG_GUEST_BASE] = {CMDQV_LOG_GUEST, "guest-base"},
	[LOG_STUCK_QUEUE] = {CMDQV_LOG_HOST, "stuck-queue"},
	[LOG_BIND_FAILED] = {CMDQV_LOG_HOST, "bind-failed"},
	[LOG_PAGE0_TRAPPED] = {CMDQV_LOG_HOST, "page0-trapped"},
	[LOG_BACKEND_BROKEN] = {CMDQV_LOG_HOST, "backend-broken"},
	[LOG_EVENT_READ] = {CMDQV_LOG_HOST, "event-read"},
	[LOG_EVENTS_LOST] = {CMDQV_LOG_HOST, "events-lost"},
};

_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == LOG_KINDS, "every kind has a row");

void device_log(struct cmdqv *dev, enum log_kind kind, const char *format, ...)
{
	uint64_t count = ++dev->logs[kind];
	struct cmdqv_log log = {.level = kinds[kind].level, .id = kinds[kind].id, .count = count};
	char text[256];
	va_list args;

	if ((count & (count - 1)) != 0)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log.text = text;
	dev->links.vmm.log(dev->links.vmm_impl, &log);
}

const char *cmdqv_counter_name(enum cmdqv_counter counter)
{
	static const char *const names[] = {
#define NAME(id, name) [CMDQV_COUNTER_##id] = name,
		CMDQV_COUNTER_LIST(NAME)
#undef NAME
	};

	return (unsigned int)counter < CMDQV_COUNTERS ? names[counter] : NULL;
}

void guest_error_count(struct cmdqv *dev, enum cmdqv_counter kind)
{
	dev->counters[kind]++;
	dev->counters[CMDQV_COUNTER_GUEST_ERRORS]++;
}

void device_guest_error(struct cmdqv *dev, enum cmdqv_counter kind, uint64_t where)
{
	unsigned long long place = where;

	guest_error_count(dev, kind);
	switch (kind) {
	case CMDQV_COUNTER_GUEST_BAD_ALLOC:
		device_log(dev, LOG_GUEST_ALLOC,
			   "CMDQ_ALLOC at 0x%llx names a place that is not its own", place);
		return;
	case CMDQV_COUNTER_GUEST_BASE_IN_USE:
		device_log(dev, LOG_GUEST_BASE_IN_USE,
			   "BASE of queue %llu written while it is enabled; ignored", place);
		return;
	default:
		device_log(dev, LOG_GUEST_ACCESS, "%s access at 0x%llx",
			   cmdqv_counter_name(kind) + strlen("guest-"), place);
		return;
	}
}
