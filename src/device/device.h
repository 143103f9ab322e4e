/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the device: its state, and what its files offer to each other.
 *
 * The way of an access: cmdqv_access() [device.c] decodes it and calls the register's
 * handler [config.c, vintf.c, vcmdq.c]. A handler changes state, unbinds what must go at
 * once [queue.c], and marks the device unsettled. At the one exit of the access
 * device_settle() binds what became ready [queue.c], maps page 0 or leaves it withdrawn
 * [page0.c], and raises the interrupt [event.c]. Nothing goes back up.
 */
#ifndef SRC_DEVICE_DEVICE_H
#define SRC_DEVICE_DEVICE_H

#include <cmdqv/device.h>
#include <cmdqv/regs.h>

#include <errno.h>

#include "log.h"
#include "regs/registers.h"

/*
 * One VCMDQ. A queue is bound if and only if its index is below device.num_bound: the
 * hardware's rule of ascending binds makes the bound ones a prefix [DEV-9].
 */
struct slot {
	/* The shadow: what page 0 holds while no queue is bound. STATUS is then 0 [DEV-13]. */
	uint32_t cons;
	uint32_t prod;
	uint32_t config;
	uint32_t gerror;
	uint32_t gerrorn;

	uint32_t alloc;	    /* CMDQ_ALLOC entry */
	uint32_t base[2];   /* BASE as committed: low and high word */
	uint32_t staged[2]; /* halves of BASE that wait for the other one [DEV-11] */
	bool is_staged[2];
	uint32_t cons_indx_base[2]; /* kept for read-back [DEV-26] */

	enum cmdqv_queue_life life;
	int bind_error; /* FAILED: the errno */
};

/* What lies outside, and is never part of a saved state. */
struct links {
	struct cmdqv_backend_ops backend;
	void *backend_impl;
	struct cmdqv_vmm_ops vmm;
	void *vmm_impl;
	struct cmdqv_page_view page0; /* valid until the backend is closed */
};

struct cmdqv {
	struct links links;
	struct cmdqv_geometry geometry;
	uint32_t cmdqs; /* cap of LOG2SIZE [DEV-10] */

	/* Registers that are plain storage; the others are views or belong to a slot. */
	uint32_t config;
	uint32_t int_mask[2];
	uint32_t vintf_config;
	uint32_t sid_match[CMDQV_MAX_SIDS];
	uint32_t sid_replace[CMDQV_MAX_SIDS];

	uint32_t num_bound;
	enum cmdqv_page0_life page0;
	int page0_error; /* TRAPPED: the errno */

	bool inside;	     /* a call is under way: another one is re-entry */
	bool unsettled;	     /* readiness may have changed: settle before the access ends */
	bool raise;	     /* an error became pending, or was unmasked, in this access */
	bool broken_logged;  /* the backend's failure was told [DEV-31] */
	bool sequence_known; /* of backend events */
	uint32_t sequence;

	uint64_t counters[CMDQV_COUNTERS];
	uint64_t logs[LOG_KINDS];
	struct slot slots[]; /* as many as the geometry has */
};

/* ---- device.c ---- */

static inline uint32_t num_slots(const struct cmdqv *dev)
{
	return reg_num_vcmdqs(&dev->geometry);
}

static inline void guest_error_count(struct cmdqv *dev, enum cmdqv_counter kind)
{
	dev->counters[kind]++;
	dev->counters[CMDQV_COUNTER_GUEST_ERRORS]++;
}

/* What a callback returned, as a negative errno or 0: a positive value is its own mistake. */
static inline int device_host_error(int result)
{
	return result > 0 ? -EIO : result;
}

/*
 * The stored word of a register, or NULL for one that is a view. A walk over the list of
 * registers through this function meets everything that a saved state must hold, save
 * staged halves [DEV-29].
 */
uint32_t *device_cell(struct cmdqv *dev, const struct reg_ref *ref);

void device_guest_error(struct cmdqv *dev, enum cmdqv_counter kind, uint64_t offset);

/* ---- config.c ---- */

bool config_enabled(const struct cmdqv *dev);
/* Does the entry of `slot` map it to its own place, the only one there is [DEV-14]? */
bool config_allocates(const struct cmdqv *dev, uint32_t slot);
void config_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);
void config_int_mask_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);
void config_alloc_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);
uint32_t config_param_read(struct cmdqv *dev, const struct reg_ref *ref);
uint32_t config_status_read(struct cmdqv *dev, const struct reg_ref *ref);
uint32_t config_vi_err_map_read(struct cmdqv *dev, const struct reg_ref *ref);
/* CMDQ_ERR_MAP and LVCMDQ_ERR_MAP, which are equal: the map is the identity. */
uint32_t config_queue_err_map_read(struct cmdqv *dev, const struct reg_ref *ref);

/* ---- vintf.c ---- */

/* VINTF_STATUS.ENABLED: CMDQV_EN and ENABLE [DEV-13]. */
bool vintf_enabled(const struct cmdqv *dev);
void vintf_config_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);
uint32_t vintf_status_read(struct cmdqv *dev, const struct reg_ref *ref);

/* ---- vcmdq.c ---- */

uint32_t vcmdq_page0_read(struct cmdqv *dev, const struct reg_ref *ref);
void vcmdq_page0_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);
void vcmdq_config_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);
void vcmdq_base_write_half(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);
void vcmdq_base_write_whole(struct cmdqv *dev, uint32_t slot, uint64_t value);
/* Commits a half of BASE that waits, with the old other half [DEV-11]. */
void vcmdq_base_flush(struct cmdqv *dev, uint32_t slot);
void vcmdq_base_flush_all(struct cmdqv *dev);
uint64_t vcmdq_base(const struct slot *slot);
uint64_t vcmdq_base_gpa(const struct slot *slot);
uint64_t vcmdq_base_bytes(const struct slot *slot);
/* One load of a page-0 register of a bound queue, without bits that do not exist [DEV-22]. */
uint32_t vcmdq_live(struct cmdqv *dev, uint32_t slot, enum reg_id id);
/* GERROR ^ GERRORN, live or shadow [DEV-23]. */
uint32_t vcmdq_pending(struct cmdqv *dev, uint32_t slot);
void vcmdq_shadow_clear(struct slot *slot);

/* ---- queue.c ---- */

/* Unbinds every bound queue from the top down to `slot`; the page is withdrawn first. */
void queue_unbind_from(struct cmdqv *dev, uint32_t slot);
/* A BASE commit changed what a bind would see: a failed slot may be tried again. */
void queue_base_changed(struct cmdqv *dev, uint32_t slot);
/* CMDQV or VINTF went down: unbind all and forget every shadow [DEV-13]. */
void queue_disable_all(struct cmdqv *dev);
/* Binds every slot that became ready, in ascending order. */
void queue_settle(struct cmdqv *dev);
bool queue_ready(const struct cmdqv *dev, uint32_t slot);
/* 0, or the errno of an unbind that failed: what it left behind nobody knows [DEV-31]. */
int queue_backend_broken(const struct cmdqv *dev);

static inline bool queue_bound(const struct cmdqv *dev, uint32_t slot)
{
	return slot < dev->num_bound;
}

/* ---- page0.c ---- */

/* Takes the page away from the guest if it is mapped; when it returns no vCPU reaches it. */
void page0_withdraw(struct cmdqv *dev);
/* Maps it if the invariant of [DEV-18] holds and it is not mapped; else sees that it is not. */
void page0_settle(struct cmdqv *dev);
/* The last bound queue went away. */
void page0_last_unbound(struct cmdqv *dev);

/* ---- event.c ---- */

/* Is an error pending in any view [DEV-23]? */
bool event_pending(struct cmdqv *dev);
/* Pulses if this access raised something, it is still pending and not masked [DEV-24]. */
void event_settle(struct cmdqv *dev);

/* ---- state.c: the public queries ---- */

#endif
