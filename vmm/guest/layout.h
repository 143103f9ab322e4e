/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's physical address space, for the VMM, the guest and its assembler alike. */
#ifndef VMM_GUEST_LAYOUT_H
#define VMM_GUEST_LAYOUT_H

#define GUEST_RAM 0x40000000U
#define GUEST_RAM_BYTES 0x800000U

#define GUEST_MAILBOX GUEST_RAM		     /* struct guest_mailbox */
#define GUEST_TABLES (GUEST_RAM + 0x1000U)   /* page tables, made by the VMM */
#define GUEST_LINES (GUEST_RAM + 0x800U)     /* struct guest_lines */
#define GUEST_IMAGE (GUEST_RAM + 0x10000U)   /* entry point; guest.ld says it too */
#define GUEST_IMAGE_BYTES 0xF0000U	     /* with .bss */
#define GUEST_STACKS (GUEST_RAM + 0x100000U) /* one per vCPU, growing down */
#define GUEST_STACK_BYTES 0x10000U
#define GUEST_RINGS (GUEST_RAM + 0x400000U) /* the queues, one after the other */

#define GUEST_DMA (GUEST_RAM + 0x600000U) /* what a DMA device works on, for each vCPU */
#define GUEST_DMA_STRIDE 0x10000U

#define GUEST_LOG2SIZE 10 /* of each queue: 1024 commands, 16 KiB */
#define GUEST_MAX_CPUS 8

/* Where the CMDQV is, and a register of the VMM's own: see struct guest_outcome. */
#define GUEST_WINDOW 0x0B000000U
#define GUEST_REPORT 0x0A000000U
#define GUEST_REPORT_PHASE 0x0U /* write: the phase that ended */
#define GUEST_REPORT_DONE 0x4U	/* write: the vCPU that has nothing left to do */
#define GUEST_REPORT_LINE 0x8U	/* write: a line of struct guest_lines is to be told */
#define GUEST_REPORT_PAUSE 0xCU /* write: the vCPU has time */

#endif
