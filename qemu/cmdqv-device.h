/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What cmdqv-guest and cmdqv-accel share: what the library's device asks of its VMM, and what is
 * told of it at the end.
 */
#ifndef HW_ARM_CMDQV_DEVICE_H
#define HW_ARM_CMDQV_DEVICE_H

#include "cmdqv-common.h"

#include <cmdqv/device.h>

enum { CMDQV_MOVES = 64 }; /* of page 0 that the report lists */

/* Page 0 came or went. */
typedef struct CmdqvMove {
	int64_t microseconds; /* of the machine's life */
	bool mapped;
	uint64_t exits[CMDQV_AT_PAGES]; /* until then */
} CmdqvMove;

typedef struct CmdqvMoves {
	CmdqvMove moves[CMDQV_MOVES];
	uint32_t count;
	uint32_t mapping;		       /* which one this is; */
	uint32_t unaware;		       /*   so many vCPUs may not know of it yet */
	uint64_t mapped_exits[CMDQV_AT_PAGES]; /* until all knew */
	bool rests;			       /* it is away because the queues are quiet, */
	uint64_t rest_binds;		       /*   with so many binds and unbinds before */
	uint64_t exits_while_mapped[CMDQV_AT_PAGES];
} CmdqvMoves;

void cmdqv_note_move(CmdqvMoves *moves, struct cmdqv *device, bool mapped);
/* Before cmdqv_page0_withdraw(): a page that rests and comes back is no move. */
void cmdqv_note_rest(CmdqvMoves *moves, struct cmdqv *device);

/* Their common members: the state of page 0, exits and counters; the moves. */
void cmdqv_report_device(JSONWriter *json, CmdqvMoves *moves, struct cmdqv *device);
void cmdqv_report_moves(JSONWriter *json, const CmdqvMoves *moves);

/* Operations of struct cmdqv_vmm_ops that need nothing of `vmm`. */
bool cmdqv_is_guest_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes);
void cmdqv_log_message(void *vmm, const struct cmdqv_log *log);

/* Page 0, of which a vCPU may load and store, and which VFIO maps for no device [DEV-19]. */
void cmdqv_page0_init(MemoryRegion *page0, Object *owner, uint64_t bytes, void *memory);

/* Is it RAM that a guest may write? */
bool cmdqv_is_ram(const MemoryRegion *region);

#endif
