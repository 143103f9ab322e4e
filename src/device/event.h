/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of the backend, and the interrupt. */
#ifndef SRC_DEVICE_EVENT_H
#define SRC_DEVICE_EVENT_H

#include "state.h"

/* Pulses if this access raised something, it is still pending and not masked [DEV-24]. */
void event_settle(struct cmdqv *dev);

#endif
