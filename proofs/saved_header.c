/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: stream_check_header() of any bytes of any length up to 48 reads none beyond them; what it
 * lets through has magic, version, its own length and a reserved word of 0, so that what reads the
 * stream after it has a header; stream_check_host() lets through only the same PARAM, a cap that is
 * not larger and no erratum that the guest does not know [DEV-29] [DEV-34].
 *
 * Assumes: the checksum is any function of the bytes.
 *
 * Bound: 9 turns: the bytes of the magic, and of a word.
 *
 * Takes: 0.6 s, 38 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include "device/restore.c"

#include <stdlib.h>

const uint8_t saved_magic[8] = {'C', 'M', 'D', 'Q', 'V', '\r', '\n', 0x1A};

uint32_t saved_get(const uint8_t *from, unsigned int bytes)
{
	uint32_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | from[bytes];
	return value;
}

uint32_t saved_sum(const uint8_t *from, size_t bytes)
{
	PROVE(__CPROVER_r_ok(from, bytes), "of bytes that there are");
	return nondet_u32();
}

int main(void)
{
	static struct cmdqv dev;
	size_t bytes = nondet_size();
	uint8_t *stream;

	ASSUME(bytes <= 48);
	stream = malloc(bytes);
	ASSUME(stream);
	device_any(&dev);
	if (stream_check_header(stream, bytes, NULL)) {
		COVER(bytes == 48, "refused");
		return 0;
	}
	PROVE(bytes >= SAVED_HEADER_BYTES + SAVED_SUM_BYTES, "a header and a checksum");
	PROVE(stream[0] == 'C' && stream[7] == 0x1A && stream[8] == 1 && stream[12] == bytes,
	      "magic, version, length");
	PROVE((stream[28] | stream[29] | stream[30] | stream[31]) == 0, "reserved");
	if (stream_check_host(&dev, stream, NULL))
		return 0;
	PROVE(saved_get(stream + 16, 4) == reg_param(&dev.geometry), "the same CMDQV");
	PROVE(saved_get(stream + 20, 4) <= dev.cmdqs, "a cap that is not larger");
	PROVE(!(dev.errata & ~saved_get(stream + 24, 4)),
	      "[DEV-34] no erratum that the guest does not know");
	REACHED("the end");
}
