/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

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

static void log_list(struct cmdqv *dev, enum log_kind kind, const char *format, va_list args)
{
	uint64_t count = ++dev->logs[kind];
	struct cmdqv_log log = {.level = kinds[kind].level, .id = kinds[kind].id, .count = count};
	char text[256];

	if ((count & (count - 1)) != 0)
		return;
	vsnprintf(text, sizeof(text), format, args);
	log.text = text;
	dev->links.vmm.log(dev->links.vmm_impl, &log);
}

void device_log(struct cmdqv *dev, enum log_kind kind, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_list(dev, kind, format, args);
	va_end(args);
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

static enum log_kind log_of(enum cmdqv_counter kind)
{
	switch (kind) {
	case CMDQV_COUNTER_GUEST_BAD_ALLOC:
		return LOG_GUEST_ALLOC;
	case CMDQV_COUNTER_GUEST_BASE_IN_USE:
		return LOG_GUEST_BASE_IN_USE;
	case CMDQV_COUNTER_GUEST_BAD_BASE:
		return LOG_GUEST_BASE;
	case CMDQV_COUNTER_GUEST_STUCK_QUEUE:
		return LOG_STUCK_QUEUE;
	default:
		return LOG_GUEST_ACCESS;
	}
}

void device_guest_error(struct cmdqv *dev, enum cmdqv_counter kind, const char *format, ...)
{
	va_list args;

	dev->counters[kind]++;
	dev->counters[CMDQV_COUNTER_GUEST_ERRORS]++;
	va_start(args, format);
	log_list(dev, log_of(kind), format, args);
	va_end(args);
}
