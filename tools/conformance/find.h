/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a Linux guest's firmware and kernel say that things are. */
#ifndef CONFORMANCE_FIND_H
#define CONFORMANCE_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct found {
	uint64_t window;      /* of the CMDQV; 0: none */
	uint32_t interrupt;   /* as the GIC counts; 0: none */
	uint64_t distributor; /* of the GIC; 0: none */
};

/* By ACPI tables, else by the device tree; `root` is "" but in tests. */
void find_cmdqv(const char *root, struct found *found);

/*
 * Memory of this size that the kernel left alone: in the first gap above its memory, which mem=
 * makes. 0: the kernel has no memory, or says nothing of it.
 */
uint64_t find_memory(const char *root, uint64_t bytes);

/* For tests: what a DSDT or SSDT and a MADT say. */
void find_in_aml(const uint8_t *table, size_t bytes, struct found *found);
void find_in_madt(const uint8_t *table, size_t bytes, struct found *found);

#endif
