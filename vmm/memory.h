/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest RAM: one range, anonymous memory. */
#ifndef VMM_MEMORY_H
#define VMM_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct memory {
	uint64_t gpa;
	uint64_t bytes;
	void *host;
};

/* Returns: 0 with zeroed memory; -ENOMEM. */
int memory_create(struct memory *memory, uint64_t gpa, uint64_t bytes);
void memory_destroy(struct memory *memory);

/* Does all of [gpa, gpa + bytes) lie in it? */
bool memory_contains(const struct memory *memory, uint64_t gpa, uint64_t bytes);

/* Where [gpa, gpa + bytes) lies in this process, or NULL. */
void *memory_at(const struct memory *memory, uint64_t gpa, uint64_t bytes);

#endif
