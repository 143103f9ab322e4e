/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: field_take() of any bytes that end anywhere reads none beyond the end, goes on by at
 * least a head, and never past the end; field_check() lets only fields through whose value has bits
 * that the register has, whose life is one, whose errno is one; what is let through and applied
 * leaves the registers with bits that they have. saved_get() and saved_put() are inverse.
 *
 * Assumes: a device of one LVCMDQ after reset, 24 bytes of any stream.
 *
 * Bound: 5 turns, for the bytes of a word.
 *
 * Takes: 0.9 s, 40 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include <stdlib.h>

#define saved_next_register the_walk
#include "device/saved.c"
#undef saved_next_register
#include "device/restore.c"

/* Fields of registers: the walk over the list has proof saved_walk. */
bool saved_next_register(const struct cmdqv *dev, uint64_t *offset, struct reg_ref *ref)
{
	*ref = (struct reg_ref){.match = REG_PRESENT, .id = REG_COUNT};
	return false;
}

int main(void)
{
	static struct cmdqv dev;
	size_t bytes = nondet_size();
	uint32_t value = nondet_u32();
	uint8_t word[4], *stream;
	const uint8_t *at, *end;
	struct field field;

	saved_put(word, value, 4);
	PROVE(saved_get(word, 4) == value && saved_get(word, 2) == (value & 0xFFFF), "get and put");
	ASSUME(bytes <= 24);
	stream = malloc(bytes);
	ASSUME(stream);
	at = stream;
	end = stream + bytes;
	if (!field_take(&at, end, &field)) {
		PROVE(at == stream, "nothing is taken");
		return 0;
	}
	PROVE(at >= stream + SAVED_FIELD_BYTES && at <= end, "on, and not past the end");
	PROVE(field.payload == stream + SAVED_FIELD_BYTES && at == field.payload + field.bytes,
	      "its payload");
	device_any(&dev);
	dev.num_bound = 0;
	device_reset_registers(&dev);
	ASSUME(dev.lvcmdqs[0].life == CMDQV_QUEUE_IDLE);
	if (field_check(&dev, &field))
		return 0;
	field_apply(&dev, &field);
	PROVE(field.bytes == 4 || field.flags, "only what is skipped has another length");
	PROVE((unsigned int)dev.lvcmdqs[0].life <= CMDQV_QUEUE_HELD, "a life that there is");
	PROVE(dev.lvcmdqs[0].life != CMDQV_QUEUE_BOUND && dev.num_bound == 0,
	      "nothing is bound by a field");
	PROVE(dev.lvcmdqs[0].life == CMDQV_QUEUE_FAILED
		      ? dev.lvcmdqs[0].bind_error < 0 && dev.lvcmdqs[0].bind_error >= -MOST_ERRNO
		      : dev.lvcmdqs[0].bind_error == 0,
	      "an errno of one that failed, and of no other");
	PROVE(dev.lvcmdqs[0].staged[1] >> 16 == 0, "a half of BASE");
	COVER(dev.lvcmdqs[0].life == CMDQV_QUEUE_FAILED, "a failed one");
	COVER(dev.lvcmdqs[0].is_staged[1], "a staged half");
	COVER(dev.raise, "a held one");
	REACHED("the end");
}
