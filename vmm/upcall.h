/* SPDX-License-Identifier: BSD-2-Clause */
/* What a machine tells the VMM. */
#ifndef VMM_UPCALL_H
#define VMM_UPCALL_H

#include "state.h"

/* From the machine, on a vCPU's thread and without a lock: an access that trapped. */
void vmm_access(struct vmm *vmm, struct cmdqv_mmio *access);

/* vCPU 0 reports the end of a phase. */
void vmm_phase_ended(struct vmm *vmm, enum guest_phase phase);

/*
 * The guest has something to say, or time: its vCPU sleeps for a moment, and then until no event
 * waits for the thread that hands it to the device. So an interrupt does not come any later than a
 * pause, however busy the machine is.
 */
void vmm_say(struct vmm *vmm);
void vmm_pause(struct vmm *vmm);

/* A vCPU has nothing left to do. */
void vmm_cpu_done(struct vmm *vmm);

/* The machine cannot go on; the first reason counts. */
__attribute__((format(printf, 4, 5))) void vmm_break(struct vmm *vmm, int code, const char *id,
						     const char *format, ...);

/* In static storage. */
const char *upcall_phase_name(enum guest_phase phase);

#endif
