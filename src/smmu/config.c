/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From StreamID and SubstreamID to a context: the stream table, linear or of two levels,
 * its entry; the table of context descriptors in its three formats, its descriptor.
 *
 * Valid entries are kept, decoded, until a CFGI drops them; invalid ones are read again each
 * time. Every word is read once.
 */
#include "config.h"

#include "event.h"
#include "memory.h"
#include "regs/cd.h"
#include "regs/event.h"
#include "regs/ste.h"
#include "walk.h"

#define STE_BYTES (STE_WORDS * sizeof(uint64_t))
#define CD_BYTES (CD_WORDS * sizeof(uint64_t))
#define L1_BYTES sizeof(uint64_t) /* of a level 1 descriptor, of either table */
#define CDS_OF_4K_LOG2 6
#define CDS_OF_64K_LOG2 10

/* An SMMU that neither stalls nor updates tables. */
#define CD0_ILLEGAL (CD0_S | CD0_HD | CD0_HA)

static bool fail_fetch(struct smmu_request *request, uint8_t id, uint64_t address)
{
	request->fault.fetch = address;
	return smmu_fail(request, id);
}

/* The entry of a two-level table: its level 1 descriptor says where. */
static bool find_in_level2(const struct cmdqv_smmu *smmu, struct smmu_request *request,
			   uint64_t *address)
{
	uint32_t sid = request->access->sid;
	uint32_t rest = sid & ((1U << smmu->strtab_split) - 1);
	uint64_t at = smmu->strtab + (uint64_t)(sid >> smmu->strtab_split) * L1_BYTES;
	uint64_t descriptor;
	unsigned int span;

	if (!smmu_read(smmu, at, &descriptor, 1))
		return fail_fetch(request, CMDQV_SMMU_F_STE_FETCH, at);
	span = (unsigned int)CMDQV_GET(L1STD_SPAN, descriptor);
	if (span == 0 || span > smmu->strtab_split + 1U || rest >= 1U << (span - 1))
		return smmu_fail(request, CMDQV_SMMU_C_BAD_STREAMID);
	/* The hardware aligns the array to its size. */
	*address = (descriptor & L1STD_L2PTR & ~((STE_BYTES << (span - 1)) - 1)) + rest * STE_BYTES;
	return true;
}

static bool ste_address(const struct cmdqv_smmu *smmu, struct smmu_request *request,
			uint64_t *address)
{
	uint32_t sid = request->access->sid;

	if ((uint64_t)sid >> smmu->strtab_log2 != 0)
		return smmu_fail(request, CMDQV_SMMU_C_BAD_STREAMID);
	if (smmu->strtab_split != 0)
		return find_in_level2(smmu, request, address);
	*address = smmu->strtab + sid * STE_BYTES;
	return true;
}

/* Of two fields the reserved value behaves as 0. */
static uint8_t reserved_as_0(uint64_t value, uint64_t most)
{
	return value > most ? 0 : (uint8_t)value;
}

static bool stage1_is_good(const struct cmdqv_smmu *smmu, const struct smmu_ste *ste,
			   uint64_t word1)
{
	uint64_t strw = CMDQV_GET(STE1_STRW, word1);

	if (ste->s1cdmax > smmu->ssid_bits || (word1 & STE1_S1STALLD))
		return false;
	if (ste->config & STE_CONFIG_S2) /* there STRW does not count */
		return true;
	return strw == STE_STRW_NSEL1 || strw == STE_STRW_EL2;
}

static bool stage2_is_good(uint64_t word2)
{
	return (word2 & STE2_S2AA64) && !(word2 & STE2_S2S);
}

/*
 * Returns false where the entry is illegal. Fields of a stage that is not there do not count, nor
 * does EATS where there is none; without bit 2 of Config all accesses are aborted.
 */
static bool decode_ste(const struct cmdqv_smmu *smmu, const uint64_t words[STE_WORDS],
		       struct smmu_ste *ste)
{
	uint64_t config = CMDQV_GET(STE0_CONFIG, words[0]);
	uint64_t eats = CMDQV_GET(STE1_EATS, words[1]);

	*ste = (struct smmu_ste){
		.context = words[0] & STE0_S1CONTEXTPTR,
		.vmid = (uint16_t)CMDQV_GET(STE2_S2VMID, words[2]),
		.config = config < STE_CONFIG_BYPASS ? STE_CONFIG_ABORT : (uint8_t)config,
		.s1fmt = reserved_as_0(CMDQV_GET(STE0_S1FMT, words[0]), STE_S1FMT_64K_L2),
		.s1cdmax = (uint8_t)CMDQV_GET(STE0_S1CDMAX, words[0]),
		.s1dss = reserved_as_0(CMDQV_GET(STE1_S1DSS, words[1]), STE_S1DSS_SSID0),
		.record = words[2] & STE2_S2R,
	};
	if (!(words[0] & STE0_V))
		return false;
	if (ste->config == STE_CONFIG_ABORT || ste->config == STE_CONFIG_BYPASS)
		return true;
	if (eats == STE_EATS_SPLIT)
		return false;
	if ((ste->config & STE_CONFIG_S1) && !stage1_is_good(smmu, ste, words[1]))
		return false;
	if ((ste->config & STE_CONFIG_S2) && !stage2_is_good(words[2]))
		return false;
	ste->ats = eats == STE_EATS_FULL;
	ste->el2 = ste->config == (STE_CONFIG_BYPASS | STE_CONFIG_S1) &&
		   CMDQV_GET(STE1_STRW, words[1]) == STE_STRW_EL2;
	return true;
}

static bool fetch_ste(const struct cmdqv_smmu *smmu, struct smmu_request *request)
{
	uint64_t words[STE_WORDS];
	uint64_t address = 0;

	if (!ste_address(smmu, request, &address))
		return false;
	if (!smmu_read(smmu, address, words, STE_WORDS))
		return fail_fetch(request, CMDQV_SMMU_F_STE_FETCH, address);
	if (!decode_ste(smmu, words, &request->ste))
		return smmu_fail(request, CMDQV_SMMU_C_BAD_STE);
	return true;
}

bool smmu_find_ste(struct cmdqv_smmu *smmu, struct smmu_request *request)
{
	uint32_t sid = request->access->sid;
	const struct smmu_entry *entry = smmu_cache_find(&smmu->ste_cache, sid, 0, 0);

	if (entry) {
		smmu->ste_cache.hits++;
		request->ste = smmu->stes[smmu_entry_index(&smmu->ste_cache, entry)];
		return true;
	}
	smmu->ste_cache.misses++;
	if (!fetch_ste(smmu, request))
		return false;
	entry = smmu_cache_insert(&smmu->ste_cache, sid, 0, 0, SMMU_4K);
	smmu->stes[smmu_entry_index(&smmu->ste_cache, entry)] = request->ste;
	return true;
}

/* Reads of the table of context descriptors, which is an IPA where there is a stage 2. */
static bool read_of_context(const struct cmdqv_smmu *smmu, struct smmu_request *request,
			    uint64_t address, uint64_t *words, unsigned int count)
{
	struct cmdqv_smmu_span span;
	uint64_t physical = address;

	if (request->stage2) {
		if (!smmu_stage2(smmu, request, address, EVENT_CLASS_CD, &span))
			return false;
		physical = span.physical + (address - span.ipa);
	}
	if (!smmu_read(smmu, physical, words, count))
		return fail_fetch(request, CMDQV_SMMU_F_CD_FETCH, physical);
	return true;
}

static bool cd_address(const struct cmdqv_smmu *smmu, struct smmu_request *request, uint32_t ssid,
		       uint64_t *address)
{
	const struct smmu_ste *ste = &request->ste;
	unsigned int split = ste->s1fmt == STE_S1FMT_4K_L2 ? CDS_OF_4K_LOG2 : CDS_OF_64K_LOG2;
	uint64_t descriptor;

	if (ste->s1cdmax == 0 || ste->s1fmt == STE_S1FMT_LINEAR) {
		*address = ste->context + ssid * CD_BYTES;
		return true;
	}
	if (!read_of_context(smmu, request, ste->context + (ssid >> split) * L1_BYTES, &descriptor,
			     1))
		return false;
	if (!(descriptor & L1CD_V))
		return smmu_fail(request, CMDQV_SMMU_C_BAD_SUBSTREAMID);
	*address = (descriptor & L1CD_L2PTR) + (ssid & ((1U << split) - 1)) * CD_BYTES;
	return true;
}

static uint8_t output_bits(const struct cmdqv_smmu *smmu, uint64_t ips)
{
	static const uint8_t bits[8] = {32, 36, 40, 42, 44, 48, 48, 48};

	return bits[ips] < smmu->output_bits ? bits[ips] : smmu->output_bits;
}

static uint8_t granule_of(uint64_t tg0)
{
	return tg0 == CD_TG0_4K ? 12 : tg0 == CD_TG0_16K ? 14 : tg0 == CD_TG0_64K ? 16 : 0;
}

/* Returns false where the descriptor is illegal. */
static bool decode_cd(const struct cmdqv_smmu *smmu, const uint64_t words[CD_WORDS],
		      struct smmu_cd *cd)
{
	unsigned int t0sz = (unsigned int)CMDQV_GET(CD0_T0SZ, words[0]);

	*cd = (struct smmu_cd){
		.ttb0 = words[1] & CD1_TTB0,
		.asid = (uint16_t)CMDQV_GET(CD0_ASID, words[0]),
		.granule = granule_of(CMDQV_GET(CD0_TG0, words[0])),
		.input_bits = (uint8_t)(64 - t0sz),
		.output_bits = output_bits(smmu, CMDQV_GET(CD0_IPS, words[0])),
		.disabled = words[0] & CD0_EPD0,
		.ignore_af = words[0] & CD0_AFFD,
		.flat = words[1] & CD1_HAD0,
		.record = words[0] & CD0_R,
		.abort = words[0] & CD0_A,
	};
	if (!(words[0] & CD0_V) || !(words[0] & CD0_AA64) || (words[0] & CD0_ILLEGAL))
		return false;
	if (cd->disabled) /* nothing below counts */
		return true;
	if (t0sz < 16 || t0sz > 39 || cd->granule == 0 || (words[0] & CD0_ENDI))
		return false;
	return cd->ttb0 >> cd->output_bits == 0;
}

static bool fetch_cd(const struct cmdqv_smmu *smmu, struct smmu_request *request, uint32_t ssid)
{
	uint64_t words[CD_WORDS];
	uint64_t address = 0;

	if (!cd_address(smmu, request, ssid, &address))
		return false;
	if (!read_of_context(smmu, request, address, words, CD_WORDS))
		return false;
	if (!decode_cd(smmu, words, &request->cd))
		return smmu_fail(request, CMDQV_SMMU_C_BAD_CD);
	return true;
}

static bool find_cd(struct cmdqv_smmu *smmu, struct smmu_request *request, uint32_t ssid)
{
	uint32_t sid = request->access->sid;
	const struct smmu_entry *entry = smmu_cache_find(&smmu->cd_cache, sid, ssid, 0);

	if (entry) {
		smmu->cd_cache.hits++;
		request->cd = smmu->cds[smmu_entry_index(&smmu->cd_cache, entry)];
		request->stage1 = true;
		return true;
	}
	smmu->cd_cache.misses++;
	if (!fetch_cd(smmu, request, ssid))
		return false;
	request->stage1 = true;
	entry = smmu_cache_insert(&smmu->cd_cache, sid, ssid, 0, SMMU_4K);
	smmu->cds[smmu_entry_index(&smmu->cd_cache, entry)] = request->cd;
	return true;
}

/* A stream that has substreams, and an access that names none: S1DSS says what. */
static bool without_substream(struct cmdqv_smmu *smmu, struct smmu_request *request)
{
	switch (request->ste.s1dss) {
	case STE_S1DSS_TERMINATE:
		return smmu_fail(request, CMDQV_SMMU_F_STREAM_DISABLED);
	case STE_S1DSS_BYPASS:
		return true;
	default:
		return find_cd(smmu, request, 0);
	}
}

bool smmu_find_context(struct cmdqv_smmu *smmu, struct smmu_request *request)
{
	const struct cmdqv_smmu_access *access = request->access;
	const struct smmu_ste *ste = &request->ste;

	if (ste->config == STE_CONFIG_ABORT)
		return smmu_fail(request, 0);
	request->stage2 = ste->config & STE_CONFIG_S2;
	if (!(ste->config & STE_CONFIG_S1))
		return !access->ssv || smmu_fail(request, CMDQV_SMMU_C_BAD_SUBSTREAMID);
	if (!access->ssv)
		return ste->s1cdmax == 0 ? find_cd(smmu, request, 0)
					 : without_substream(smmu, request);
	if (ste->s1cdmax == 0 || access->ssid >> ste->s1cdmax != 0)
		return smmu_fail(request, CMDQV_SMMU_C_BAD_SUBSTREAMID);
	if (access->ssid == 0 && ste->s1dss == STE_S1DSS_SSID0) /* it is of who names none */
		return smmu_fail(request, CMDQV_SMMU_F_STREAM_DISABLED);
	return find_cd(smmu, request, access->ssid);
}
