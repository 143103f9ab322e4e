/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the device's accesses are compared with: the same registers of the same two queues as
 * a plain switch, as a VMM's author would write it for this one geometry. It does of an access
 * what include/cmdqv/device.h says: refuses re-entry, tells a tracer, counts traps and guest
 * errors, masks, reaches a bound queue through the backend, and has a look at what is due at the
 * end. It can neither bind nor unbind, and queues are bound for ever.
 */
#ifndef BENCH_REFERENCE_H
#define BENCH_REFERENCE_H

#include <cmdqv/cmdqv.h>

enum { REFERENCE_QUEUES = 2 };

struct reference_queue {
	uint32_t alloc;
	uint64_t base;
	uint64_t cons_indx_base;
};

struct reference {
	struct cmdqv_backend backend;
	uint64_t traps[CMDQV_AT_PAGES];
	uint64_t errors;
	uint32_t config;
	uint32_t int_mask[2];
	uint32_t vintf_config;
	uint32_t sid_match[CMDQV_MAX_SIDS];
	uint32_t sid_replace[CMDQV_MAX_SIDS];
	struct reference_queue queues[REFERENCE_QUEUES];
	void (*trace)(void *vmm, const struct cmdqv_trace_event *event);
	void (*interrupt)(void *vmm);
	bool inside;
	bool changed; /* what is enabled, allocated or a BASE: more than it can do */
	bool raise;   /* the interrupt mask lost a bit */
};

/* Takes over the state of a device whose queues are all bound. */
void reference_init(struct reference *reference, const struct cmdqv_backend *backend,
		    struct cmdqv *dev);

int reference_access(struct reference *reference, struct cmdqv_mmio *access);

#endif
