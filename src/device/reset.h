/* SPDX-License-Identifier: BSD-2-Clause */
/* The reset state. */
#ifndef SRC_DEVICE_RESET_H
#define SRC_DEVICE_RESET_H

#include "state.h"

/* [DEV-7] Registers and LVCMDQs as they come up; nothing may be bound. */
void device_reset_registers(struct cmdqv *dev);
/* Withdraws the page, unbinds all queues, and the above. */
void device_reset(struct cmdqv *dev);

#endif
