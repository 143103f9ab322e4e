/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VMM starts each vCPU here in long mode, with its index in %edi and its stack in
 * %rsp. The selectors that it loaded are those of this table, which interrupts need.
 */
	.section .start, "ax"
	.globl guest_start
guest_start:
	lgdt	gdt_pointer
	call	guest_main
	ud2

	.text
	.globl guest_interrupt_entry
guest_interrupt_entry:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	mov	%rsp, %rbx
	and	$-16, %rsp
	call	guest_interrupt
	call	guest_interrupt_done
	mov	%rbx, %rsp
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	iretq

	.section .rodata
	.balign	8
gdt:
	.quad	0
	.quad	0x00AF9B000000FFFF	/* 0x08: code, 64 bits */
	.quad	0x00CF93000000FFFF	/* 0x10: data */
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.quad	gdt

	.section .note.GNU-stack, "", @progbits
