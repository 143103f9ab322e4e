/* SPDX-License-Identifier: BSD-2-Clause */
#include "image.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/* image.S */
extern const unsigned char guest_image[];
extern const unsigned char guest_image_end[];

static int load_segment(const struct memory *memory, const Elf64_Phdr *segment, uint64_t file_bytes)
{
	void *to = memory_at(memory, segment->p_paddr, segment->p_memsz);

	if (!to || segment->p_filesz > segment->p_memsz || segment->p_offset > file_bytes ||
	    segment->p_filesz > file_bytes - segment->p_offset)
		return -ENOEXEC;
	memcpy(to, guest_image + segment->p_offset, segment->p_filesz);
	return 0;
}

int image_load(const struct memory *memory, uint64_t *entry, struct cmdqv_error *error)
{
	uint64_t bytes = (uint64_t)(guest_image_end - guest_image);
	Elf64_Phdr segment;
	Elf64_Ehdr head;

	memcpy(&head, guest_image, sizeof(head));
	for (uint32_t i = 0; i < head.e_phnum; i++) {
		memcpy(&segment, guest_image + head.e_phoff + i * sizeof(segment), sizeof(segment));
		if (segment.p_type == PT_LOAD && load_segment(memory, &segment, bytes))
			return cmdqv_error_set(error, -ENOEXEC, "bad-image",
					       "the guest's program does not fit into its RAM");
	}
	*entry = head.e_entry;
	return 0;
}
