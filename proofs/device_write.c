/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: a write of any value to register REG, decode and mask included, and the settling that
 * ends an access, in any state: the state is valid again and [DEV-18] holds; the register has the
 * value as masked, what it has nothing to do with is as it was; a falling enable unbinds and clears
 * every shadow, and an allocation that goes unbinds [DEV-13]; a half of BASE is staged or committed
 * [DEV-11]; a write that changes nothing binds, unbinds and maps nothing [DEV-8]; at most N binds
 * and unbinds, one map, one withdrawal, one pulse [DEV-27]. Each call keeps to backend.h and vmm.h.
 *
 * Assumes: any valid state; a backend and a VMM
 * that answer anything.
 *
 * Bound: one LVCMDQ, 3 turns: the loops are those over queues, two looks, and one more. Two
 * LVCMDQs: device_settle, queue_unbind. Registers that only store: device_store.
 *
 * Takes: 3.6 to 7.2 s each of 11 proofs, at most 192 MiB.
 */
#include "proof.h"
#define CHANGES REG
#include "device.h"

#include "device/device.c"

/* The aperture through which the register is reached, whatever is allocated. */
#define PAGE                                                                                       \
	(reg_infos[REG].block == BLOCK_PAGE0   ? CMDQV_AT_DIRECT0                                  \
	 : reg_infos[REG].block == BLOCK_PAGE1 ? CMDQV_AT_DIRECT1                                  \
					       : CMDQV_AT_CONFIG)

static void prove_stored(const struct cmdqv *dev, const struct cmdqv *before,
			 const struct reg_ref *ref, uint32_t value)
{
	const struct lvcmdq *q = &dev->lvcmdqs[0], *was = &before->lvcmdqs[0];
	bool both = was->is_staged[!ref->high];

	switch (REG) {
	case REG_CONFIG:
		PROVE(dev->config == value, "CONFIG");
		break;
	case REG_VINTF_CONFIG:
		PROVE(dev->vintf_config == value, "VINTF_CONFIG");
		break;
	case REG_VI_INT_MASK:
		PROVE(dev->int_mask[INDEX] == (INDEX ? 0 : value & 1), "VI_INT_MASK: one VINTF");
		PROVE(dev->int_mask[!INDEX] == before->int_mask[!INDEX], "the other word");
		break;
	case REG_CMDQ_ALLOC:
		PROVE(q->alloc == value, "CMDQ_ALLOC");
		break;
	case REG_VCMDQ_BASE:
		PROVE(both || (q->is_staged[ref->high] && q->staged[ref->high] == value),
		      "one half waits");
		PROVE(!both || (!q->is_staged[0] && !q->is_staged[1]), "two halves are committed");
		break;
	default: /* page 0 of a queue */
		PROVE(before->num_bound || dev->num_bound ||
			      *device_cell_at((struct cmdqv *)dev, ref) == value,
		      "a shadow");
		PROVE(!before->num_bound || seen.unbinds ||
			      (seen.writes + seen.config_is_zeroed == 1 &&
			       (seen.config_is_zeroed || seen.value[0] == value)),
		      "or one store into the live page");
	}
}

static bool changes_nothing(const struct cmdqv *before, uint32_t value)
{
	switch (REG) {
	case REG_CONFIG:
		return !((before->config ^ value) & 1);
	case REG_VINTF_CONFIG:
		return !((before->vintf_config ^ value) & 1);
	case REG_CMDQ_ALLOC:
		return before->lvcmdqs[0].alloc == value;
	case REG_VI_INT_MASK:
		return true;
	case REG_VCMDQ_BASE:
		return false;
	default:
		return before->lvcmdqs[0].life != CMDQV_QUEUE_HELD;
	}
}

int main(void)
{
	static struct cmdqv dev;
	struct cmdqv before;
	struct reg_ref ref = {
		.match = REG_PRESENT, .id = REG, .index = INDEX, .high = HIGH, .page = PAGE};
	uint32_t written = nondet_u32();
	uint32_t value = written & (uint32_t)(reg_infos[REG].guest_mask >> (HIGH ? 32 : 0));

	device_any(&dev);
	ASSUME(device_is_settled(&dev));
	before = dev;
	device_write_word(&dev, reg_offset(&ref), written);
	device_settle(&dev);
	PROVE(device_is_settled(&dev), "the state is valid and [DEV-18] holds");
	PROVE(seen.binds <= N && seen.unbinds <= before.num_bound + seen.binds && seen.maps <= 1 &&
		      seen.unmaps <= 1 && seen.pulses <= 1,
	      "[DEV-27] N binds, an unbind for each that was bound or undone, one map, withdrawal, "
	      "pulse");
	prove_same(&dev, &before);
	prove_stored(&dev, &before, &ref, value);
	if (changes_nothing(&before, value) && !before.any_staged && !before.unsettled)
		prove_quiet(&dev, &before);
	if ((REG == REG_CONFIG && before.config & ~value & 1) ||
	    (REG == REG_VINTF_CONFIG && before.vintf_config & ~value & 1)) {
		PROVE(dev.num_bound == 0 && !seen.mapped, "[DEV-13] nothing stays bound or mapped");
		PROVE((dev.lvcmdqs[0].cons | dev.lvcmdqs[0].prod | dev.lvcmdqs[0].config |
		       dev.lvcmdqs[0].gerror | dev.lvcmdqs[0].gerrorn) == 0,
		      "[DEV-13] every shadow is 0");
	}
	if (REG == REG_CMDQ_ALLOC && value != 1)
		PROVE(dev.num_bound == 0, "[DEV-14] without an allocation nothing is bound");
	COVER(seen.mapped && before.num_bound == 1, "the page is mapped at the end");
	COVER(dev.num_bound == 0, "nothing is bound at the end");
	REACHED("the end");
}
