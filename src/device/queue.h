/* SPDX-License-Identifier: BSD-2-Clause */
/* Bind and unbind. */
#ifndef SRC_DEVICE_QUEUE_H
#define SRC_DEVICE_QUEUE_H

#include "state.h"

/*
 * Unbinds every bound queue from the top down to `index`, for which the guest asked; the page is
 * withdrawn first. Those above drain before, and are held if they have an error [DEV-32] [DEV-33].
 */
void queue_unbind_from(struct cmdqv *dev, uint32_t index);
/* Unbinds all of them, as the guest or the VMM asked. */
void queue_unbind_all(struct cmdqv *dev);
/* A BASE commit changed what a bind would see: a failed LVCMDQ may be tried again. */
void queue_base_changed(struct cmdqv *dev, uint32_t index);
/* CMDQV or VINTF went down: unbind all and forget every shadow [DEV-13]. */
void queue_disable_all(struct cmdqv *dev);
/* Binds every LVCMDQ that became ready, in ascending order. */
void queue_settle(struct cmdqv *dev);
/* [DEV-33] Gives a queue the time to execute what it was told; counts if that was not enough. */
void queue_drain(struct cmdqv *dev, uint32_t index);
/* [DEV-29] `index` was in `life` when it was saved; its registers are in the shadow already. */
void queue_restore(struct cmdqv *dev, uint32_t index, enum cmdqv_queue_life life);
/* Then binds what was bound. Stops at the first bind that fails, and returns why. */
int queue_settle_restored(struct cmdqv *dev, struct cmdqv_error *error);

#endif
