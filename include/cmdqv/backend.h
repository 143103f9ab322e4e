/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * What a backend gives to the device: real queues of one VINTF.
 *
 * The device never knows which backend it has. It alone decides the order of calls and
 * keeps to the hardware's rules: queues are bound in ascending and unbound in
 * descending order, each at most once at a time [DEV-9]; registers are read and written
 * of bound queues only.
 *
 * Threads: called on the thread and under the lock of the call that the VMM made on the
 * device. queue_bind and queue_unbind may block, on iommufd for up to a second of kernel
 * time; nothing else may. A backend must not call the device. An operation must return to its
 * caller: no C++ exception, panic or longjmp() may leave it. If one does, the device answers -EBUSY
 * to every later call.
 *
 * Every operation but `claim` and `release` is mandatory. examples/backend.c is a backend in a
 * page.
 *
 * A backend around another one names each operation that it hands on, `claim` and `release` too,
 * and its own sizeof as `size`. It must not begin with a copy of the other's table: what it does
 * not replace there, or does not know, would get its `impl`, and `size` is that of the library,
 * which may be more than there is room for.
 *
 * What the device expects of the hardware behind a backend:
 *
 * - STATUS follows CONFIG by itself. EN 1 is acknowledged by EN_OK 1 when the queue can
 *   execute, EN 0 by EN_OK 0 when it has stopped. The device does not do that, and neither
 *   does queue_write.
 * - GERROR keeps its phase from one bind to the next, whichever VM had the queue. A bit is
 *   pending while it differs from GERRORN. At bind the device makes GERRORN equal; it never
 *   writes GERROR.
 * - A bind hands the queue over disabled. If CONFIG or STATUS is not 0, the device writes
 *   CONFIG 0 first; a queue that does not go down counts as a failed bind [DEV-15].
 *
 * How long the device waits is counted in reads, for it has no clock: 10000 of STATUS while a
 * queue goes down, and 1000 of CONS for a queue that another one's unbind takes along
 * [DEV-33]. After that it goes on: queue_unbind stops the queue in any case.
 *
 * `cmdqs` of struct cmdqv_config is what the guest was told, IDR1.CMDQS of its SMMUv3. The
 * device refuses a larger queue itself, so queue_bind never sees one. Choose it no larger than
 * the physical IDR1.CMDQS, and than what fits into one page of the guest's RAM; see
 * cmdqv_hw_info_cmdqs().
 */
#ifndef CMDQV_BACKEND_H
#define CMDQV_BACKEND_H

#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a backend has. */
struct cmdqv_backend_geometry {
	uint32_t num_lvcmdqs; /**< queues of the VINTF: a power of two, 1 to 128 */
	uint32_t num_sids;    /**< SID slots of the VINTF: a power of two, 1 to 16 */
	uint32_t version;     /**< PARAM.VER; 1 */
	uint32_t errata;      /**< CMDQV_SMMU_REPEAT, or 0: what the guest works around [DEV-34] */
};

/** What one read of the event descriptor gave. */
struct cmdqv_backend_event {
	uint32_t sequence;   /**< 0 to INT32_MAX, wrapping; a gap means lost events */
	bool lost;	     /**< a record of lost events */
	uint8_t reserved[3]; /**< 0 */
};

/** The operations of a backend; `impl` is that of struct cmdqv_backend. */
struct cmdqv_backend_ops {
	size_t size; /**< sizeof(struct cmdqv_backend_ops) */

	/**
	 * Fill in the geometry. Called once, by cmdqv_create(), which hands over zeroes.
	 *
	 * @retval 0 *geometry is filled in
	 * @retval other a negative errno, which cmdqv_create() returns
	 */
	int (*geometry)(void *impl, struct cmdqv_backend_geometry *geometry);

	/**
	 * Give LVCMDQ `index` a real queue that lies at `base` and is `bytes` long.
	 * PROD, CONS and CONFIG of the queue should then be 0: nothing is enabled.
	 *
	 * A refusal puts a sentence into `error`; cmdqv_error_set() does so, and takes NULL.
	 *
	 * @param bytes a power of two; `base` is a multiple of it
	 * @retval 0 bound
	 * @retval -ENOENT the range is not mapped for DMA
	 * @retval -EFAULT it is not physically contiguous: back guest RAM with larger pages, or
	 *	show the guest a smaller `cmdqs`
	 * @retval -EPERM it is not mapped readable
	 * @retval -EOVERFLOW it wraps around the end of the address space
	 * @retval -ERANGE as -EOVERFLOW
	 * @retval -EINVAL the hardware has no such queue, or takes no such size or alignment
	 * @retval -EEXIST the queue is bound
	 * @retval -ENOSPC resources are exhausted
	 * @retval -EIO the backend is broken, or the order was wrong
	 * @retval other what else the host says
	 */
	int (*queue_bind)(void *impl, uint32_t index, cmdqv_gpa_t base, uint64_t bytes,
			  struct cmdqv_error *error);

	/**
	 * Take it away: the queue is disabled before its memory is let go of, whatever it
	 * was doing. Returns nothing; a backend that fails to undo marks itself broken and
	 * refuses every later bind with -EIO [DEV-31].
	 */
	void (*queue_unbind)(void *impl, uint32_t index);

	/**
	 * Read one 32-bit page-0 register of a bound queue. One load, never two; it may be
	 * anything that the guest left there.
	 *
	 * @param reg CMDQV_REG_VCMDQ_CONS, PROD, CONFIG, STATUS, GERROR or GERRORN (regs.h)
	 */
	uint32_t (*queue_read)(void *impl, uint32_t index, uint32_t reg);
	/** Write one, by one store. */
	void (*queue_write)(void *impl, uint32_t index, uint32_t reg, uint32_t value);

	/**
	 * Describe the VINTF's page 0 for the VMM to map, and for nothing else. It stays
	 * valid until the backend is closed.
	 *
	 * @retval 0 *view is filled in
	 * @retval other a negative errno, which cmdqv_create() returns
	 */
	int (*page0_view)(void *impl, struct cmdqv_page_view *view);

	/** The descriptor that is readable (POLLIN) when an event waits, for as long as the backend
	 * is open. */
	int (*event_fd)(void *impl);

	/**
	 * Take one event; never blocks.
	 *
	 * @retval 1 *event is filled in
	 * @retval 0 there is none
	 * @retval -EINTR interrupted: the device calls again
	 * @retval -EMSGSIZE a short record, consumed
	 * @retval -EBADMSG a malformed record, consumed
	 * @retval other a negative errno: reading failed for good
	 */
	int (*event_read)(void *impl, struct cmdqv_backend_event *event);

	/**
	 * Is it broken? Once it is, it stays so.
	 *
	 * @retval 0 it is sound
	 * @retval other the negative errno that broke it
	 */
	int (*broken)(void *impl);

	/**
	 * A device wants the backend for itself; cmdqv_create() asks last of all. Of two devices
	 * one would find its queues bound by the other, and would miss events that the other has
	 * read. Optional, together with `release`: without them the caller sees to it alone.
	 *
	 * @retval 0 the device has it until `release`
	 * @retval -EBUSY another device has it
	 * @retval other a negative errno, which cmdqv_create() returns
	 */
	int (*claim)(void *impl);
	/** The device that had it is gone: cmdqv_destroy() has unbound all queues. */
	void (*release)(void *impl);
};

/** A backend. The device borrows what it points to until cmdqv_destroy(). */
struct cmdqv_backend {
	const struct cmdqv_backend_ops *ops; /**< the operations, */
	void *impl;			     /**<   and what they get as `impl` */
};

#ifdef __cplusplus
}
#endif

#endif
