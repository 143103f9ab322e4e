/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The format of saved state, docs/saved-state.md: a header, fields in ascending order of their
 * ids, a checksum. Everything is little-endian.
 *
 * The id of a register is its offset in the guest's window, as the list of registers has it; the
 * rest has ids beyond any window.
 */
#ifndef SRC_DEVICE_SAVED_H
#define SRC_DEVICE_SAVED_H

#include "state.h"

enum {
	SAVED_VERSION = 1,
	SAVED_HEADER_BYTES = 32,
	SAVED_FIELD_BYTES = 8, /* before its payload */
	SAVED_SUM_BYTES = 4,
	SAVED_MAY_SKIP = 1, /* a flag: a reader that does not know the field passes over it */
};

/* Where each word of the header lies. */
enum {
	SAVED_AT_MAGIC = 0, /* 8 bytes */
	SAVED_AT_VERSION = 8,
	SAVED_AT_LENGTH = 12, /* of all, header and checksum included */
	SAVED_AT_PARAM = 16,
	SAVED_AT_CMDQS = 20,
	SAVED_AT_ERRATA = 24,
	SAVED_AT_RESERVED = 28,
};

/* Ids of what is no register; the queue is added, and to SAVED_STAGED twice the queue and the half.
 */
#define SAVED_STAGED 0x80000000U
#define SAVED_LIFE 0x80010000U
#define SAVED_BIND_ERROR 0x80020000U /* a positive errno of Linux; 0 none */

extern const uint8_t saved_magic[8];

uint32_t saved_get(const uint8_t *from, unsigned int bytes);
void saved_put(uint8_t *to, uint32_t value, unsigned int bytes);
/* CRC-32 of IEEE 802.3. */
uint32_t saved_sum(const uint8_t *from, size_t bytes);

/*
 * Walks over the registers that are saved: the first at or after `offset`, which is then behind
 * it. False at the end.
 */
bool saved_next_register(const struct cmdqv *dev, uint64_t *offset, struct reg_ref *ref);

#endif
