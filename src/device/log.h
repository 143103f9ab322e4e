/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages to the VMM: one table of kinds, each told at its 1st, 2nd, 4th ... time [DEV-27];
 * and the mistakes of the guest, which are counted and told.
 */
#ifndef SRC_DEVICE_LOG_H
#define SRC_DEVICE_LOG_H

#include <cmdqv/device.h>

enum log_kind {
	LOG_GUEST_ACCESS,
	LOG_GUEST_ALLOC,
	LOG_GUEST_BASE_IN_USE,
	LOG_GUEST_BASE,
	LOG_STUCK_QUEUE,
	LOG_BIND_FAILED,
	LOG_PAGE0_TRAPPED,
	LOG_BACKEND_BROKEN,
	LOG_EVENT_READ,
	LOG_EVENTS_LOST,
	LOG_KINDS,
};

__attribute__((format(printf, 3, 4))) void device_log(struct cmdqv *dev, enum log_kind kind,
						      const char *format, ...);

/* Counts and tells. */
__attribute__((cold, format(printf, 3, 4))) void
device_guest_error(struct cmdqv *dev, enum cmdqv_counter kind, const char *format, ...);

#endif
