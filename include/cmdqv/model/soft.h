/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The software backend: a whole host in this process. Part of libcmdqv-model.
 *
 *   struct cmdqv_soft_host  a physical CMDQV (model.h) and the host kernel that drives it
 *   struct cmdqv_soft	     one VM's client of it: a vIOMMU with its VINTF, the memory
 *			     that the VM mapped for DMA, its queues and its events
 *
 * Threads: one lock domain [HW-12]. Every call on a host, on its clients, and on the
 * devices whose backends they are, is made under one lock of the embedder's. Only
 * cmdqv_soft_host_pending() may be called without it.
 *
 * The engine belongs to the embedder. A thread of its own does
 *
 *	if (cmdqv_soft_host_pending(host)) {
 *		lock();
 *		cmdqv_soft_host_run(host, 64);
 *		unlock();
 *	}
 *
 * and asks poller.h how long to wait before the next time,
 * or, where every access traps, the embedder calls cmdqv_soft_host_run() after each
 * access until it returns 0. Nothing blocks.
 */
#ifndef CMDQV_SOFT_H
#define CMDQV_SOFT_H

#include <cmdqv/backend.h>
#include <cmdqv/model/model.h>
#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cmdqv_soft_host;
struct cmdqv_soft;

struct cmdqv_soft_host_config {
	size_t size;	     /* sizeof(struct cmdqv_soft_host_config) */
	uint8_t log2_vcmdqs; /* as struct cmdqv_model_config; VINTF 0 is the kernel's, so */
	uint8_t log2_vintfs; /*   log2_vintfs is 1 to 6; Grace: 7, 6, 4 */
	uint8_t log2_sids;
	uint8_t cmdqs;		/* physical IDR1.CMDQS: log2 of the largest queue, 7 to 19 */
	uint64_t granule_bytes; /* memory is physically contiguous within this power of two; 0:
				   everywhere */
};

/* What the embedder's SMMU does; all but `trace` are mandatory. See struct cmdqv_model_ops. */
struct cmdqv_soft_ops {
	size_t size; /* sizeof(struct cmdqv_soft_ops) */
	int (*execute)(void *user, const struct cmdqv_command *command);
	void (*kick)(void *user);
	void (*trace)(void *user, const struct cmdqv_trace_event *event);
};

/*
 * Creates a host and lets its kernel probe the CMDQV. Free it with
 * cmdqv_soft_host_destroy(). `ops` is copied.
 *
 * Returns: 0; -EINVAL, -E2BIG, -ENOMEM, -EMFILE as cmdqv_model_create().
 */
CMDQV_API int cmdqv_soft_host_create(struct cmdqv_soft_host **out,
				     const struct cmdqv_soft_host_config *config,
				     const struct cmdqv_soft_ops *ops, void *user,
				     struct cmdqv_error *error);

/* Frees it. Every client must have been closed. NULL is allowed. */
CMDQV_API void cmdqv_soft_host_destroy(struct cmdqv_soft_host *host);

/* Runs the engine and then the kernel's interrupt handler. Returns: as cmdqv_model_run(). */
CMDQV_API int cmdqv_soft_host_run(struct cmdqv_soft_host *host, uint32_t budget);

/* As cmdqv_model_pending(): any thread, no lock. */
CMDQV_API bool cmdqv_soft_host_pending(const struct cmdqv_soft_host *host);

/* The host's CMDQV, for faults on demand and state; borrowed until the host is destroyed. */
CMDQV_API struct cmdqv_model *cmdqv_soft_host_model(struct cmdqv_soft_host *host);

/*
 * Opens a client: a nest parent, a vIOMMU with a VINTF of its own, its event queue. On
 * success *backend is filled in for cmdqv_create(); its impl is the client. Close it
 * with cmdqv_soft_close() after the device is destroyed.
 *
 * Returns: 0; -ENOSPC: every VINTF is taken; -ENOMEM, -EMFILE.
 */
CMDQV_API int cmdqv_soft_open(struct cmdqv_soft **out, struct cmdqv_soft_host *host,
			      struct cmdqv_backend *backend, struct cmdqv_error *error);

/* Undoes cmdqv_soft_open() in the kernel's order, queues that are still bound included. NULL is
 * allowed. */
CMDQV_API void cmdqv_soft_close(struct cmdqv_soft *soft);

/*
 * Maps guest RAM for DMA, as the VMM does with IOMMU_IOAS_MAP: `bytes` at `gpa`, which
 * lie at `memory`. The memory must stay until it is unmapped or the client closed.
 *
 * Returns: 0; -EINVAL: memory is NULL, or gpa, memory or bytes is no multiple of 4 KiB; -EEXIST:
 * overlaps; -EOVERFLOW; -ENOMEM.
 */
CMDQV_API int cmdqv_soft_map_ram(struct cmdqv_soft *soft, cmdqv_gpa_t gpa, void *memory,
				 uint64_t bytes);

/*
 * Unmaps a whole area that cmdqv_soft_map_ram() mapped.
 * Returns: 0; -ENOENT: there is no such area; -EBUSY: a bound queue lies in it.
 */
CMDQV_API int cmdqv_soft_unmap_ram(struct cmdqv_soft *soft, cmdqv_gpa_t gpa, uint64_t bytes);

/*
 * Adds a passed-through device: its virtual and physical StreamID (IOMMU_VDEVICE_ALLOC).
 * ATC_INV of the guest for `vsid` reaches `sid`.
 *
 * Returns: 0; -EEXIST: vsid or sid is taken; -EINVAL: over 20 bits; -ENOSPC: more than
 * the VINTF's SID slots; -ENOMEM.
 */
CMDQV_API int cmdqv_soft_add_device(struct cmdqv_soft *soft, cmdqv_vsid_t vsid, cmdqv_sid_t sid);

/* Takes it away again. Returns: 0; -ENOENT. */
CMDQV_API int cmdqv_soft_remove_device(struct cmdqv_soft *soft, cmdqv_vsid_t vsid);

/* The VINTF that the client was given, and the VMID of its commands; for tests and reports. */
CMDQV_API uint32_t cmdqv_soft_vintf(const struct cmdqv_soft *soft);
CMDQV_API uint16_t cmdqv_soft_vmid(const struct cmdqv_soft *soft);

#ifdef __cplusplus
}
#endif

#endif
