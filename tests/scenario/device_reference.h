/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a device's LVCMDQs by what a guest writes, worked out from the rules alone
 * [DEV-7] to [DEV-14], [DEV-17], [DEV-18], [DEV-32]: BASE with its halves, CMDQ_ALLOC, the enables,
 * which LVCMDQs are bound, which binds failed, whether page 0 is to be mapped.
 *
 * It knows nothing of how the device does it: no settling, no life, no page to withdraw.
 * What only the hardware knows, whether a queue reads enabled and has an error, it is told.
 */
#ifndef TESTS_SCENARIO_DEVICE_REFERENCE_H
#define TESTS_SCENARIO_DEVICE_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	REFERENCE_LVCMDQS = 4,
	REFERENCE_CMDQS = 6,	     /* the cap of LOG2SIZE */
	REFERENCE_RAM = 0x40000,     /* mapped for DMA, from 0 */
	REFERENCE_GRANULE = 0x1000,  /* contiguous within this */
	REFERENCE_CLAIMED = 0x50000, /* what the VMM calls RAM: its end is not mapped for DMA */
};

struct reference_lvcmdq {
	uint64_t base;
	uint32_t staged[2];
	bool is_staged[2];
	uint32_t entry; /* CMDQ_ALLOC */
	bool failed;
	bool held;
	uint32_t gerror; /* told before each write */
	uint32_t gerrorn;
};

struct reference {
	struct reference_lvcmdq lvcmdqs[REFERENCE_LVCMDQS];
	bool cmdqv;
	bool vintf;
	uint32_t bound; /* LVCMDQs, from 0 */

	/* The host. */
	bool refuses; /* every bind */
	bool breaks;  /* with the next unbind */
	bool broken;

	/* Of the last access; bit q: LVCMDQ q. */
	uint32_t enabled;    /* read CONFIG.EN or STATUS.EN_OK as 1 before it */
	uint32_t touched;    /* page 0 may have other values after it */
	uint32_t moved;	     /* the next command may be another one */
	uint32_t cleared;    /* its shadow is 0 unless it is bound */
	uint32_t failed_now; /* its bind failed */
};

/* [DEV-7] What the host does stays. */
void reference_reset(struct reference *reference);

/* Before an access that is only a read. */
void reference_begin(struct reference *reference);

void reference_write(struct reference *reference, uint64_t offset, uint32_t size, uint64_t value,
		     uint32_t enabled);

/*
 * [DEV-29] Saved, reset and restored on this host. False if the restore is refused, and the device
 * is then as after reset.
 */
bool reference_restore(struct reference *reference);

bool reference_allocated(const struct reference *reference, uint32_t lvcmdq);
bool reference_wants_page(const struct reference *reference);

/* Index and wrap bit of a ring of this BASE. */
uint32_t reference_ring_mask(uint64_t base);

#endif
