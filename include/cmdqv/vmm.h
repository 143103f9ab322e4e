/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * What a VMM lends to the device.
 *
 * Threads: every operation is called from inside a call that the VMM made on the
 * device, on that thread, under whatever lock the VMM holds for it. An operation must
 * not call the device again: such a call is detected and refused with -EBUSY. An
 * operation must return to its caller: no C++ exception, panic or longjmp() may leave it.
 *
 * Every operation but `trace` is mandatory; cmdqv_create() refuses a table that lacks
 * one with -EINVAL.
 */
#ifndef CMDQV_VMM_H
#define CMDQV_VMM_H

#include <cmdqv/trace.h>
#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** VINTF page 0, to be put into the guest's address space. */
struct cmdqv_page0_map {
	struct cmdqv_page_view view; /**< valid until page0_unmap returns */
	uint64_t guest_offset;	     /**< bytes from the start of the window: 0x30000, no other */
};

/** Who did what a message is about. */
enum cmdqv_log_level {
	CMDQV_LOG_GUEST, /**< the guest did something wrong */
	CMDQV_LOG_HOST,	 /**< the host refused something, and why */
};

/**
 * One message. A message of one id is handed out at its 1st, 2nd, 4th, 8th ...
 * occurrence only, so a guest cannot flood a log [DEV-27].
 */
struct cmdqv_log {
	enum cmdqv_log_level level; /**< who did it */
	uint32_t reserved;	    /**< 0 */
	const char *id;		    /**< stable name, static storage */
	uint64_t count;		    /**< how often this has happened by now */
	const char *text;	    /**< one line without a line feed; valid during the call */
};

/** The operations; `vmm` is what cmdqv_create() was given. */
struct cmdqv_vmm_ops {
	size_t size; /**< sizeof(struct cmdqv_vmm_ops) */

	/**
	 * Map the page into the guest at window + guest_offset, for every vCPU, as device
	 * memory. It must NEVER be added to a DMA address space: no IOAS, no VFIO listener
	 * may see it [DEV-19]. Only a page that is not mapped is mapped.
	 *
	 * @retval 0 mapped
	 * @retval other a negative errno: the page is not mapped. The device then goes on with
	 *	every access trapped, which is correct but costs an exit each, and tries again
	 *	after the last queue was unbound, at the next first bind [DEV-20]. Do not return
	 *	a positive number: the device takes it for -EIO, and the page for not mapped
	 */
	int (*page0_map)(void *vmm, const struct cmdqv_page0_map *page);

	/**
	 * Withdraw the page. Called only while mapped. When it returns no vCPU reaches the
	 * page any more: the device relies on that for everything that follows. It cannot
	 * fail; a VMM for which it can must stop its vCPUs instead of returning.
	 */
	void (*page0_unmap)(void *vmm);

	/** Pulse the CMDQV's interrupt: an edge [DEV-24]. */
	void (*interrupt)(void *vmm);

	/** Is all of [gpa, gpa + bytes) RAM of the guest? The sum never wraps. */
	bool (*is_guest_ram)(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes);

	/** Take note of a message. */
	void (*log)(void *vmm, const struct cmdqv_log *log);

	/**
	 * Optional, may be NULL: take note of an access, an interrupt or a reset. A write
	 * comes before its effects, a read with the value it was answered.
	 */
	void (*trace)(void *vmm, const struct cmdqv_trace_event *event);
};

#ifdef __cplusplus
}
#endif

#endif
