/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of the SMMU, and of an access under way.
 *
 * A fault on the way is written into the request, once, by the function that finds it, which
 * then returns false; access.c reports it at its one exit.
 */
#ifndef SRC_SMMU_STATE_H
#define SRC_SMMU_STATE_H

#include <cmdqv/model/smmu.h>

#include <errno.h>

#include "cache.h"

#define SMMU_PAGE_BYTES 4096U

/* Groups of the TLB: what a VMID has of stage 1, of stage 2 alone, and EL2, which has none. */
#define SMMU_GROUP_STAGE1 (0U << 16)
#define SMMU_GROUP_STAGE2 (1U << 16)
#define SMMU_GROUP_EL2 (2U << 16)

/* Members: beyond any ASID, and beyond any SubstreamID. */
#define SMMU_ASID_GLOBAL 0x10000U
#define SMMU_NO_SSID 0x100000U

/* Flags of an entry of the TLB or an ATC. */
#define SMMU_PRIVILEGED_ONLY 0x1U
#define SMMU_STAGE1_RO 0x2U
#define SMMU_STAGE2_RO 0x4U

struct smmu_ste {
	uint64_t context; /* S1ContextPtr */
	uint16_t vmid;
	uint8_t config;
	uint8_t s1fmt;
	uint8_t s1cdmax;
	uint8_t s1dss;
	bool ats;
	bool el2;
	bool record; /* S2R */
};

struct smmu_cd {
	uint64_t ttb0;
	uint16_t asid;
	uint8_t granule; /* log2 */
	uint8_t input_bits;
	uint8_t output_bits;
	bool disabled;	/* EPD0 */
	bool ignore_af; /* AFFD */
	bool flat;	/* HAD0 */
	bool record;	/* R */
	bool abort;	/* A */
};

struct smmu_fault {
	uint8_t id; /* enum cmdqv_smmu_event; 0: aborted, and nothing to report */
	uint8_t class;
	bool stage2;
	uint64_t ipa;	/* with stage2 */
	uint64_t fetch; /* of what could not be read */
};

/* An access under way. */
struct smmu_request {
	const struct cmdqv_smmu_access *access;
	bool write;   /* a translation request asks to read, whatever the access */
	bool request; /* it is one: of ATS */
	struct smmu_ste ste;
	struct smmu_cd cd;
	bool stage1; /* cd counts */
	bool stage2;
	struct smmu_fault fault;
};

/* What a walk finds: one page or block. */
struct smmu_page {
	uint64_t physical; /* of the first byte of the page */
	uint64_t ipa;	   /* of the same; without stage 2 equal to it */
	enum smmu_size size;
	enum smmu_size leaf; /* of the descriptor, where stage 2 took a piece of it */
	uint16_t flags;
	bool global;
};

struct cmdqv_smmu {
	struct cmdqv_smmu_ops ops;
	void *user;
	bool busy; /* a call is under way: callbacks must not call again */
	uint8_t output_bits;
	uint8_t ssid_bits;

	bool enabled;
	uint64_t strtab;      /* address of the stream table */
	uint8_t strtab_log2;  /* of its streams */
	uint8_t strtab_split; /* StreamID bits of level 2; 0: linear */

	struct smmu_cache tlb;
	struct smmu_cache atc;
	struct smmu_cache ste_cache;
	struct smmu_cache cd_cache;
	struct smmu_ste *stes; /* by index of the entry */
	struct smmu_cd *cds;
	uint64_t *ipas; /* what an entry of the TLB is stage 2 of */

	uint64_t commands;
	uint64_t syncs;
	uint64_t accesses;
	uint64_t walks;
	uint64_t aborts;
	uint64_t faults[CMDQV_SMMU_EVENTS];
	uint64_t events;
	uint64_t events_lost;
};

/* Returns: 0; -EBUSY: a call is under way, so this one comes from a callback. */
static inline int smmu_enter(struct cmdqv_smmu *smmu)
{
	if (smmu->busy)
		return -EBUSY;
	smmu->busy = true;
	return 0;
}

static inline void smmu_leave(struct cmdqv_smmu *smmu)
{
	smmu->busy = false;
}

#endif
