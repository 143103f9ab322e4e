/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: a read of register REG, decode included, in any state: nothing of the device changes, and
 * nothing is asked of backend or VMM but live registers of a bound queue; the value has only bits
 * that the register has; error maps and VINTF_STATUS follow GERROR and GERRORN [DEV-23]; STATUS of
 * an unbound LVCMDQ is 0 [DEV-16].
 *
 * Assumes: as device_write.
 *
 * Bound: one LVCMDQ, 33 turns: a word of an error map has 32 bits.
 *
 * Takes: 2.1 to 2.3 s each of 24 proofs, at most 57 MiB.
 */
#include "proof.h"
#define CHANGES REG_COUNT
#include "device.h"

#include "device/device.c"

/* The aperture through which the register is reached, whatever is allocated. */
#define PAGE                                                                                       \
	(reg_infos[REG].block == BLOCK_PAGE0   ? CMDQV_AT_DIRECT0                                  \
	 : reg_infos[REG].block == BLOCK_PAGE1 ? CMDQV_AT_DIRECT1                                  \
					       : CMDQV_AT_CONFIG)

int main(void)
{
	static struct cmdqv dev;
	struct cmdqv before;
	struct reg_ref ref = {
		.match = REG_PRESENT, .id = REG, .index = INDEX, .high = HIGH, .page = PAGE};
	const struct lvcmdq *q = &dev.lvcmdqs[0];
	uint32_t pending, value;

	device_any(&dev);
	ASSUME(device_is_settled(&dev));
	ASSUME((REG != REG_SID_MATCH && REG != REG_SID_REPLACE) ||
	       INDEX < reg_num_sids(&dev.geometry));
	before = dev;
	value = device_read_word(&dev, reg_offset(&ref));
	PROVE(device_is_settled(&dev), "the state is valid");
	prove_same(&dev, &before);
	prove_quiet(&dev, &before);
	PROVE(seen.writes == 0 && !seen.config_is_zeroed && seen.pulses == 0, "nothing is written");
	PROVE(q->cons == before.lvcmdqs[0].cons && q->prod == before.lvcmdqs[0].prod &&
		      q->config == before.lvcmdqs[0].config &&
		      q->gerrorn == before.lvcmdqs[0].gerrorn,
	      "the shadow stays");
	pending = (dev.num_bound ? seen.last[0][4] ^ seen.last[0][5] : q->gerror ^ q->gerrorn) & 7;
	switch (REG) {
	case REG_STATUS:
		PROVE(value == (dev.config & 1), "CMDQV_EN");
		break;
	case REG_PARAM:
		PROVE(value == (1 | (uint32_t)dev.geometry.log2_sids << 12), "the geometry");
		break;
	case REG_VI_ERR_MAP:
	case REG_CMDQ_ERR_MAP:
	case REG_LVCMDQ_ERR_MAP:
		PROVE(value == (INDEX == 0 && pending != 0), "[DEV-23] one bit");
		break;
	case REG_VINTF_STATUS:
		PROVE(value == ((dev.config & dev.vintf_config & 1) | (pending ? 2U : 0)),
		      "[DEV-23]");
		break;
	case REG_GLB_FILT_CFG:
	case REG_GLB_FILT_DATA:
		PROVE(value == 0, "[DEV-5] reads 0");
		break;
	case REG_VCMDQ_CONS:
		PROVE(value == (dev.num_bound ? seen.last[0][0] & 0x7F0FFFFF : q->cons),
		      "live or shadow");
		break;
	case REG_VCMDQ_PROD:
		PROVE(value == (dev.num_bound ? seen.last[0][1] & 0xFFFFF : q->prod),
		      "live or shadow");
		break;
	case REG_VCMDQ_CONFIG:
		PROVE(value == (dev.num_bound ? seen.last[0][2] & 1 : q->config), "live or shadow");
		break;
	case REG_VCMDQ_STATUS:
		PROVE(value == (dev.num_bound ? seen.last[0][3] & 1 : 0),
		      "[DEV-16] 0 without a queue");
		break;
	case REG_VCMDQ_GERROR:
		PROVE(value == (dev.num_bound ? seen.last[0][4] & 7 : q->gerror), "live or shadow");
		break;
	case REG_VCMDQ_GERRORN:
		PROVE(value == (dev.num_bound ? seen.last[0][5] & 7 : q->gerrorn),
		      "live or shadow");
		break;
	default:
		PROVE(value == *device_cell_at(&dev, &ref), "what is stored");
	}
	REACHED("the end");
}
