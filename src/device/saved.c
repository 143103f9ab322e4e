/* SPDX-License-Identifier: BSD-2-Clause */
#include "saved.h"

#include <assert.h>

const uint8_t saved_magic[8] = {'C', 'M', 'D', 'Q', 'V', '\r', '\n', 0x1A};

uint32_t saved_get(const uint8_t *from, unsigned int bytes)
{
	uint32_t value = 0;

	assert(bytes <= sizeof(value));
	while (bytes-- > 0)
		value = value << 8 | from[bytes];
	return value;
}

void saved_put(uint8_t *to, uint32_t value, unsigned int bytes)
{
	assert(bytes <= sizeof(value));
	for (unsigned int i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> 8 * i);
}

uint32_t saved_sum(const uint8_t *from, size_t bytes)
{
	uint32_t sum = UINT32_MAX;

	for (size_t i = 0; i < bytes; i++) {
		sum ^= from[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320U : 0);
	}
	return ~sum;
}

/* The registers of a guest lie in these pieces of its window; the VINTF aperture shows them again.
 */
static uint64_t saved_skip_gap(const struct cmdqv *dev, uint64_t offset)
{
	uint64_t blocks = (uint64_t)num_lvcmdqs(dev) * CMDQV_VCMDQ_STRIDE;

	if (offset >= CMDQV_VINTF_BLOCK + CMDQV_VINTF_BLOCK_STRIDE && offset < CMDQV_DIRECT_PAGE0)
		return CMDQV_DIRECT_PAGE0;
	if (offset >= CMDQV_DIRECT_PAGE0 + blocks && offset < CMDQV_DIRECT_PAGE1)
		return CMDQV_DIRECT_PAGE1;
	if (offset >= CMDQV_DIRECT_PAGE1 + blocks)
		return CMDQV_GUEST_BYTES;
	return offset;
}

bool saved_next_register(const struct cmdqv *dev, uint64_t *offset, struct reg_ref *ref)
{
	/* device_cell_at() only finds the place. */
	struct cmdqv *any = (struct cmdqv *)dev;

	for (*offset = saved_skip_gap(dev, *offset); *offset < CMDQV_GUEST_BYTES;
	     *offset = saved_skip_gap(dev, *offset)) {
		reg_decode(&dev->geometry, *offset, ref);
		*offset += 4;
		if (ref->match == REG_PRESENT && device_cell_at(any, ref))
			return true;
	}
	return false;
}
