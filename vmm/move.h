/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest goes from one host to another while it runs [DEV-29]. */
#ifndef VMM_MOVE_H
#define VMM_MOVE_H

#include <cmdqv/types.h>

#include <stdbool.h>

struct vmm;
struct vmm_report;

/* Is there a move to make yet? */
bool move_is_left(const struct vmm *vmm);

/* Before the guest starts: when the first move is to be. */
void move_plan_next(struct vmm *vmm);

/* Is it time for the next of config.moves: after its share of the work, or at an error? */
bool move_is_due(struct vmm *vmm);

/*
 * Pauses the guest, saves the device, opens another host, restores, resumes. If that fails the
 * machine is broken (vmm_break()).
 */
void move_guest(struct vmm *vmm);

/* Comes to a verdict, after those on all the rest. */
void move_judge(struct vmm_report *report);

#endif
