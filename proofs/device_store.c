/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: a write of any value to register REG, which only stores, decode and mask included, in any
 * state: the register has the value as masked; its other half, its
 * other slots and all else are as they were, what waits to be committed or settled too; nothing is
 * asked of backend or VMM. So the settling that ends such an access is one that device_settle and
 * page0_rest prove.
 *
 * Assumes: as device_write.
 *
 * Bound: two LVCMDQs, 3 turns: the loops over queues are those of the assertions.
 *
 * Takes: 3.8 to 4.3 s each of 6 proofs, at most 61 MiB.
 */
#include "proof.h"
#define CHANGES REG
#include "device.h"

#include "device/device.c"

#define IS_OF_QUEUE (REG == REG_VCMDQ_CONS_INDX_BASE)

/* Slot `index`, or a half of LVCMDQ `index`. */
static uint32_t stored(const struct cmdqv *dev, uint32_t index, bool high)
{
	switch (REG) {
	case REG_SID_MATCH:
		return dev->sid_match[index];
	case REG_SID_REPLACE:
		return dev->sid_replace[index];
	default:
		return lvcmdq_at(dev, index)->cons_indx_base[high];
	}
}

int main(void)
{
	static struct cmdqv dev;
	struct cmdqv before;
	struct reg_ref ref = {.match = REG_PRESENT,
			      .id = REG,
			      .index = IS_OF_QUEUE ? 0 : INDEX,
			      .queue = IS_OF_QUEUE ? INDEX : 0,
			      .high = HIGH,
			      .page = IS_OF_QUEUE ? CMDQV_AT_DIRECT1 : CMDQV_AT_CONFIG};
	uint32_t written = nondet_u32(), other = nondet_u32();
	bool other_high = nondet_bool();
	uint32_t value;

	device_any(&dev);
	ASSUME(device_is_settled(&dev));
	ASSUME(IS_OF_QUEUE || INDEX < reg_num_sids(&dev.geometry));
	ASSUME(other < (IS_OF_QUEUE ? N : CMDQV_MAX_SIDS));
	value = written & (uint32_t)(reg_infos[REG].guest_mask >> (HIGH ? 32 : 0));
	before = dev;
	device_write_word(&dev, reg_offset(&ref), written);
	PROVE(device_is_settled(&dev), "the state is as valid as it was");
	PROVE(dev.unsettled == before.unsettled && dev.raise == before.raise &&
		      dev.any_staged == before.any_staged,
	      "nothing more waits, and nothing less");
	prove_same(&dev, &before);
	prove_quiet(&dev, &before);
	PROVE(seen.writes + seen.pulses == 0 && !seen.config_is_zeroed, "nothing is told");
	PROVE(stored(&dev, INDEX, HIGH) == value, "the value is stored");
	if (other != INDEX || other_high != HIGH)
		PROVE(stored(&dev, other, other_high) == stored(&before, other, other_high) ||
			      (!IS_OF_QUEUE && other == INDEX),
		      "and nowhere else");
	COVER(dev.any_staged, "while a half of BASE waits");
	REACHED("the end");
}
