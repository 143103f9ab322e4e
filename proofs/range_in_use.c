/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: cmdqv_range_in_use() of any range says true if and only if a byte of it lies in the ring
 * of a bound queue, or the backend is broken; a range that wraps is clipped [DEV-28]. It changes
 * nothing.
 *
 * Assumes: any valid state with BOUND of two LVCMDQs bound.
 *
 * Bound: two LVCMDQs, 3 turns.
 *
 * Takes: 1.8 to 2.2 s each of 2 proofs, at most 108 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include "device/query.c"

int main(void)
{
	static struct cmdqv dev;
	cmdqv_gpa_t gpa = {nondet_u64()};
	uint64_t bytes = nondet_u64(), byte = nondet_u64();
	uint32_t i = nondet_u32();
	bool in_use, in_range, in_ring;

	device_any(&dev);
	ASSUME(device_is_settled(&dev) && i < BOUND);
	in_use = cmdqv_range_in_use(&dev, gpa, bytes);
	in_range = byte >= gpa.value && byte - gpa.value < bytes;
	in_ring =
		byte >= lvcmdq_base_gpa(lvcmdq_at(&dev, i)) &&
		byte - lvcmdq_base_gpa(lvcmdq_at(&dev, i)) < lvcmdq_base_bytes(lvcmdq_at(&dev, i));
	PROVE(in_use || !(in_range && in_ring), "each byte that is shared is told");
	PROVE(bytes || !in_use, "an empty range is in no use");
	PROVE(!seen.broken || !bytes || in_use, "[DEV-31] once broken every range may be");
	PROVE(seen.binds + seen.unbinds + seen.writes == 0, "nothing changes");
	COVER(!in_use && bytes > 4096, "a range in no use");
	COVER(in_use && gpa.value > UINT64_MAX - bytes, "a range that wraps");
	REACHED("the end");
}
