/* SPDX-License-Identifier: BSD-2-Clause */
	.section .rodata
	.balign	8
	.globl guest_image
	.hidden guest_image
guest_image:
	.incbin	GUEST_ELF
	.globl guest_image_end
	.hidden guest_image_end
guest_image_end:

	.section .note.GNU-stack, "", %progbits
