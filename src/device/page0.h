/* SPDX-License-Identifier: BSD-2-Clause */
/* Page 0 in the address space of the guest. */
#ifndef SRC_DEVICE_PAGE0_H
#define SRC_DEVICE_PAGE0_H

#include "state.h"

/* Takes the page away from the guest if it is mapped; when it returns no vCPU reaches it. */
void page0_withdraw(struct cmdqv *dev);
/* Maps it if the invariant of [DEV-18] holds and it is not mapped; else sees that it is not. */
void page0_settle(struct cmdqv *dev);
/* The last bound queue went away. */
void page0_last_unbound(struct cmdqv *dev);

#endif
