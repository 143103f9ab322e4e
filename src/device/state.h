/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a device, and the questions that it answers by itself. */
#ifndef SRC_DEVICE_STATE_H
#define SRC_DEVICE_STATE_H

#include <cmdqv/device.h>
#include <cmdqv/regs.h>

#include <errno.h>
#include <stddef.h>

#include "log.h"
#include "regs/decode.h"

/*
 * One VCMDQ. A queue is bound if and only if its index is below device.num_bound: the
 * hardware's rule of ascending binds makes the bound ones a prefix [DEV-9].
 */
struct lvcmdq {
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
	struct reg_guest_window window; /* made of it */
	uint32_t cmdqs;			/* cap of LOG2SIZE [DEV-10] */
	bool guest_is_coherent;		/* [HW-5] */
	uint32_t errata;		/* that the guest works around [DEV-34] */
	uint32_t told_errata;		/* of hosts that the guest has left: it goes on doing it */

	/* Registers that are plain storage; the others are views or belong to a LVCMDQ. */
	uint32_t config;
	uint32_t int_mask[2];
	uint32_t vintf_config;
	uint32_t sid_match[CMDQV_MAX_SIDS];
	uint32_t sid_replace[CMDQV_MAX_SIDS];

	uint32_t num_bound;
	enum cmdqv_page0_life page0;
	int page0_error; /* TRAPPED: the errno */

	bool inside;	     /* a call is under way: another one is re-entry */
	bool any_staged;     /* a half of some BASE may wait for the other one */
	bool unsettled;	     /* readiness may have changed: settle before the access ends */
	bool raise;	     /* an error became pending, or was unmasked, in this access */
	bool broken_logged;  /* the backend's failure was told [DEV-31] */
	bool sequence_known; /* of backend events */
	uint32_t sequence;

	uint64_t counters[CMDQV_COUNTERS];
	uint64_t logs[LOG_KINDS];
	struct lvcmdq lvcmdqs[]; /* as many as the geometry has */
};

static inline uint32_t num_lvcmdqs(const struct cmdqv *dev)
{
	return reg_num_vcmdqs(&dev->geometry);
}

/* What a callback returned, as a negative errno or 0: a positive value is its own mistake. */
enum { MOST_ERRNO = 4095 };

static inline int device_host_error(int result)
{
	return result > 0 || result < -MOST_ERRNO ? -EIO : result;
}

/* Where a register is stored in a device, with the step to the next instance, or the next queue. */
struct device_cell {
	uint16_t at; /* 0: it is a view */
	uint16_t step;
};

extern const struct device_cell device_cells[REG_COUNT];

/* The stored word of a register of a queue, or NULL for one that is a view. */
static inline uint32_t *lvcmdq_cell(struct lvcmdq *queue, const struct reg_ref *ref)
{
	size_t at = device_cells[ref->id].at;

	if (!at)
		return NULL;
	at += ref->high * sizeof(uint32_t) - offsetof(struct cmdqv, lvcmdqs);
	return (uint32_t *)(void *)((unsigned char *)queue + at);
}

/*
 * The stored word of any register, or NULL; `which` is the instance of it, or the queue. A walk
 * over the list of registers meets everything that a saved state must hold, save staged halves and
 * lives [DEV-29].
 */
static inline uint32_t *device_cell(struct cmdqv *dev, enum reg_id id, uint32_t which, bool high)
{
	const struct device_cell *cell = &device_cells[id];
	size_t at = cell->at + (size_t)which * cell->step + high * sizeof(uint32_t);

	return cell->at ? (uint32_t *)(void *)((unsigned char *)dev + at) : NULL;
}

static inline uint32_t *device_cell_at(struct cmdqv *dev, const struct reg_ref *ref)
{
	return device_cell(dev, ref->id, ref->index | ref->queue, ref->high);
}

static inline bool config_enabled(const struct cmdqv *dev)
{
	return CMDQV_GET(CMDQV_CONFIG_CMDQV_EN, dev->config);
}

/* VINTF_STATUS.ENABLED: CMDQV_EN and ENABLE [DEV-13]. */
static inline bool vintf_enabled(const struct cmdqv *dev)
{
	return config_enabled(dev) && CMDQV_GET(CMDQV_VINTF_CONFIG_ENABLE, dev->vintf_config);
}

/* Does `entry` map `index` to its own place, the only one there is [DEV-14]? */
static inline bool entry_allocates(uint32_t entry, uint32_t index)
{
	return entry == (CMDQV_CMDQ_ALLOC_ALLOCATED | CMDQV_SET(CMDQV_CMDQ_ALLOC_LVCMDQ, index));
}

static inline bool config_allocates(const struct cmdqv *dev, uint32_t index)
{
	return entry_allocates(dev->lvcmdqs[index].alloc, index);
}

/* 0, or the errno of an unbind that failed: what it left behind is unknown [DEV-31]. */
int backend_broken(const struct cmdqv *dev);

#endif
