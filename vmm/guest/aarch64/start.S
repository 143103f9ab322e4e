/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VMM starts each vCPU here at EL1 with the MMU off, its index in x0, its stack in x1
 * and the page tables that it made in x2. Memory must be cacheable before anything is
 * stored: what the MMU-less store would put past the cache, the host would not see.
 */
	.section .start, "ax"
	.globl guest_start
guest_start:
	/* Attribute 0: normal, write-back; 1: Device-nGnRE. */
	ldr	x3, =0x04FF
	msr	mair_el1, x3
	/* 4 KiB granule, 32-bit addresses, write-back, inner shareable; no TTBR1; 40 bits out. */
	ldr	x3, =0x200803520
	msr	tcr_el1, x3
	msr	ttbr0_el1, x2
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	mrs	x3, sctlr_el1
	ldr	x4, =0x1005		/* I, C, M */
	orr	x3, x3, x4
	msr	sctlr_el1, x3
	isb
	mov	sp, x1
	adr	x3, vectors
	msr	vbar_el1, x3
	isb
	bl	guest_main
	b	.
	.ltorg

	.text
interrupt_entry:
	stp	x0, x1, [sp, #-176]!
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x29, x30, [sp, #160]
	bl	guest_interrupt_begin
	mov	w19, w0
	bl	guest_interrupt
	mov	w0, w19
	bl	guest_interrupt_done
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x29, x30, [sp, #160]
	ldp	x0, x1, [sp], #176
	eret

	/* Only the interrupt at the current level is expected; all else stops the vCPU here,
	 * and the VMM's watch ends the run. */
	.balign	2048
vectors:
	.rept	5
	b	.
	.balign	128
	.endr
	b	interrupt_entry
	.balign	128
	.rept	10
	b	.
	.balign	128
	.endr

	.section .note.GNU-stack, "", %progbits
