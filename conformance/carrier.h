/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the cases need of the place where they run: a guest's accesses, some of its memory, time.
 * The cases have no libc and no state of their own, so that they run in a process, in a bare
 * virtual machine, and in a program on a Linux guest.
 *
 * Ordering, as Linux' readl() and writel() give it: what was stored to memory before a register
 * is visible to the device when it acts upon the register; what is loaded from memory after a
 * register is no older than it.
 */
#ifndef CONFORMANCE_CARRIER_H
#define CONFORMANCE_CARRIER_H

#include <stdbool.h>
#include <stdint.h>

/* Memory for rings: four places of 64 KiB, at a multiple of that. */
#define CONFORMANCE_PLACE 0x10000U
#define CONFORMANCE_MEMORY (4 * CONFORMANCE_PLACE)

/* A ring of so many entries (log2) is one page of 4 KiB: contiguous wherever the guest's RAM is. */
#define CONFORMANCE_LOG2SIZE 8U

struct carrier {
	/* Offsets are from the start of the CMDQV's window; sizes are 1, 2, 4 and 8. */
	uint64_t (*load)(void *user, uint32_t offset, uint32_t size);
	void (*store)(void *user, uint32_t offset, uint32_t size, uint64_t value);

	/* Lets the device, and who else there is, run for a moment. */
	void (*wait)(void *user);

	/* Has an edge of the CMDQV's interrupt come since the last call? NULL: that cannot be seen.
	 */
	bool (*interrupted)(void *user);

	/* A line of the result, without its end. */
	void (*print)(void *user, const char *line);

	/*
	 * NULL where no access can be refused. Else calls run(argument) and returns what that
	 * returned; -1 if an access in it was aborted.
	 */
	int (*attempt)(void *user, int (*run)(void *argument), void *argument);

	void *user;
	volatile uint64_t *memory; /* CONFORMANCE_MEMORY bytes, */
	uint64_t bus;		   /*   at this address for the device */
	uint32_t patience;	   /* calls of wait() until a case gives up */
	uint32_t max_log2size;	   /* of a ring; at most 12; 0: not known */
	bool unaligned;		   /* load and store take unaligned offsets */
	bool untouched; /* but for CMDQV_EN, nothing has written to the CMDQV since reset */
	bool has_vsid;	/* this StreamID is one of the guest's devices, with an ATC */
	uint32_t vsid;
};

#endif
