/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * A decoded SMMUv3 command, as the model and the SMMU pass it on. Part of libcmdqv-model.
 */
#ifndef CMDQV_COMMAND_H
#define CMDQV_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

/** Member `queue` of a command that came by the SMMU's own queue: the host sent it. */
#define CMDQV_SMMU_QUEUE UINT32_MAX

/**
 * A decoded command, on its way to the SMMU. `vmid` and `sid` are physical: the hardware has
 * put them in place of those of the guest. Members that the opcode does not use are 0.
 */
struct cmdqv_command {
	uint8_t opcode;	 /**< CMDQV_OP_* */
	bool leaf;	 /**< last level only */
	bool global;	 /**< ATC_INV: every SubstreamID */
	bool ssv;	 /**< `ssid` is valid */
	uint8_t ttl;	 /**< level hint of a TLBI, 0 none */
	uint8_t granule; /**< log2 of the TLBI's granule: 12, 14, 16; 0: no range was given */
	uint16_t vmid;	 /**< physical */
	uint16_t asid;	 /**< of the guest or of the host */
	uint16_t tag;	 /**< PRI_RESP: group; RESUME: stall tag */
	uint32_t sid;	 /**< physical */
	uint32_t ssid;	 /**< counts with `ssv` */
	uint32_t sid_count_log2; /**< CFGI_STE_RANGE/ALL: log2 of the streams; 32: all */
	uint64_t address;	 /**< first byte of the VA, IPA or ATC range */
	uint64_t last;		 /**< last byte of it, inclusive: it never wraps */
	uint64_t raw[2];	 /**< the 16 bytes as fetched */
	uint32_t queue;		 /**< where it came from: physical queue, */
	uint32_t vintf;		 /**< VINTF, */
	uint32_t index;		 /**< entry of the ring */
	uint8_t response;	 /**< PRI_RESP, RESUME */
	uint8_t reserved[11];	 /**< 0 */
};

#endif
