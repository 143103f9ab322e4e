/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

int memory_create(struct memory *memory, uint64_t gpa, uint64_t bytes)
{
	void *host = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (host == MAP_FAILED)
		return -ENOMEM;
	*memory = (struct memory){.gpa = gpa, .bytes = bytes, .host = host};
	return 0;
}

void memory_destroy(struct memory *memory)
{
	if (memory->host)
		munmap(memory->host, memory->bytes);
	*memory = (struct memory){0};
}

bool memory_contains(const struct memory *memory, uint64_t gpa, uint64_t bytes)
{
	return gpa >= memory->gpa && bytes <= memory->bytes &&
	       gpa - memory->gpa <= memory->bytes - bytes;
}

void *memory_at(const struct memory *memory, uint64_t gpa, uint64_t bytes)
{
	if (!memory_contains(memory, gpa, bytes))
		return NULL;
	return (char *)memory->host + (gpa - memory->gpa);
}
