/* SPDX-License-Identifier: BSD-2-Clause */
/* Bind and unbind. */
#ifndef SRC_DEVICE_QUEUE_H
#define SRC_DEVICE_QUEUE_H

#include "state.h"

/* Unbinds every bound queue from the top down to `index`; the page is withdrawn first. */
void queue_unbind_from(struct cmdqv *dev, uint32_t index);
/* A BASE commit changed what a bind would see: a failed LVCMDQ may be tried again. */
void queue_base_changed(struct cmdqv *dev, uint32_t index);
/* CMDQV or VINTF went down: unbind all and forget every shadow [DEV-13]. */
void queue_disable_all(struct cmdqv *dev);
/* Binds every LVCMDQ that became ready, in ascending order. */
void queue_settle(struct cmdqv *dev);

#endif
