/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * Saving the device of a paused guest and restoring it elsewhere [DEV-29].
 *
 * What is saved is what the guest left in the device: registers, halves of BASE that wait for the
 * other one, and of every LVCMDQ CONS, PROD, CONFIG and an error that is not acknowledged. What
 * belongs to the host is not: queues, the vIOMMU, its devices and stream table entries. The VMM
 * opens and fills a vIOMMU on the new host before it restores; docs/migration.md says what
 * comes after what. docs/saved-state.md is the format.
 *
 * Nor is what the SMMU remembers. A VM that goes back to an earlier state, on a nest parent that it
 * has used since, needs its entries set anew and a TLBI_NSNH_ALL by cmdqv_viommu_invalidate().
 *
 * Threads: as cmdqv_access(), and no vCPU runs. Both calls may be made of a device with any
 * backend; the new one may have another backend than the old one. cmdqv_restore() may block as
 * cmdqv_access() does. It maps page 0 without an access: an engine of yours that sleeps until
 * one traps (cmdqv/model/poller.h) must be woken after it.
 */
#ifndef CMDQV_SAVED_H
#define CMDQV_SAVED_H

#include <cmdqv/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that cmdqv_save() writes at most: under 2 KiB for two queues, under 64 KiB for 128. */
CMDQV_API size_t cmdqv_save_bytes(const struct cmdqv *dev);

/**
 * Writes the state of the device to `to`, which has room for `*bytes`, and sets `*bytes` to what
 * was written.
 *
 * Of the guest's state it changes nothing: the guest may go on afterwards where it is. The device
 * waits, at most as long as [DEV-33] says, until each queue with EN_OK has executed what the guest
 * put in, so that an ATC_INV and the CMD_SYNC behind it are not saved apart. Your engine cannot run
 * during this call, as it waits for the same lock: call cmdqv_soft_host_run() before, until it
 * returns 0. If the host has another VM, do not wait for 0, because a guest that never rests can
 * prevent it: stop when cmdqv_get_queue() says of each queue of this device that PROD equals CONS,
 * or an error, or no EN_OK. Commands that are left are executed after the restore; the counter
 * `undrained` rises by 1 for each queue with EN_OK that has some and does not stand at an error.
 *
 * @retval 0 done
 * @retval -EBUSY called from a callback of the same device
 * @retval -ENOSPC `*bytes` is less than cmdqv_save_bytes(); it is as it was
 */
CMDQV_API int cmdqv_save(struct cmdqv *dev, void *to, size_t *bytes, struct cmdqv_error *error);

/**
 * Puts the device into the state that was saved. It must be in its reset state, as
 * cmdqv_create() and cmdqv_reset() leave it. Before the call returns, the device binds each queue
 * that was bound, maps page 0 if [DEV-18] asks for it, and pulses the interrupt if an error is
 * pending and not masked. A queue whose error is not acknowledged stays unbound until it is
 * [DEV-32], and those above it wait for it; one whose bind had failed stays failed, with its
 * errno, and is not tried again. If the VMM cannot map page 0, the restore succeeds all the same,
 * and every access traps [DEV-20].
 *
 * All or nothing: when it fails the device is as it was before the call, and the guest can go on
 * where it was saved. The bytes may come from anywhere; they are not trusted.
 *
 * @retval 0 done
 * @retval -EBUSY called from a callback of the same device
 * @retval -EEXIST the device is in use: call cmdqv_reset() first
 * @retval -EBADMSG the bytes are cut, damaged, or were never written by cmdqv_save()
 * @retval -EPROTONOSUPPORT they are of a later version, which this one cannot read
 * @retval -EOPNOTSUPP the device does not show what the saved one showed, or its host has an
 *	erratum that the guest does not know of; `error` says what
 * @retval -EIO the backend is broken
 * @retval other what a bind returned
 */
CMDQV_API int cmdqv_restore(struct cmdqv *dev, const void *from, size_t bytes,
			    struct cmdqv_error *error);

#ifdef __cplusplus
}
#endif

#endif
