/* SPDX-License-Identifier: BSD-2-Clause */
/* HW queues, when they are destroyed. */
#ifndef SRC_KERNEL_HWQUEUE_H
#define SRC_KERNEL_HWQUEUE_H

#include "state.h"

void hw_queue_fini(struct kernel *kernel, struct hw_queue *queue);

#endif
