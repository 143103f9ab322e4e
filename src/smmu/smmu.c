/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SMMU as a whole: its creation, the registers that matter here, its counters.
 *
 * How it hangs together. An access comes in at access.c. Its StreamID leads to a stream table
 * entry and, with a SubstreamID, to a context (config.c); both are cached. The context's ASID
 * and the entry's VMID are the key of translations in the TLB (cache.c). If the TLB has none,
 * a walk finds one and puts it there (walk.c). Commands only remove entries (command.c).
 *
 * Deviations: of a walk only the result is cached, so a TLBI does the same with and without
 * the leaf bit. Entries are as large as both stages allow, or 4 KiB. Invalid entries and
 * faults are not cached.
 *
 * Not modelled: TTB1 (as if EPD1 were 1), TBI, 52-bit addresses, contiguous hints (they
 * are ignored), HTTU (CD.HA and CD.HD are illegal), stalls (STALL_MODEL 1: CD.S, STE.S1STALLD
 * and STE.S2S are illegal), ATS of stage 1 alone (EATS 2 is illegal), PAN, PRI, memory types,
 * instruction fetches, big-endian and AArch32 tables, secure streams, time.
 */
#include <errno.h>
#include <stdlib.h>

#include "access.h"
#include "base/sized.h"
#include "regs/ste.h"

#define MOST_ENTRIES (1U << 22)

static void set_defaults(struct cmdqv_smmu_config *config)
{
	if (config->tlb_entries == 0)
		config->tlb_entries = 65536;
	if (config->atc_entries == 0)
		config->atc_entries = 65536;
	if (config->ste_entries == 0)
		config->ste_entries = 1024;
	if (config->cd_entries == 0)
		config->cd_entries = 4096;
	if (config->output_bits == 0)
		config->output_bits = 48;
	if (config->ssid_bits == 0)
		config->ssid_bits = 20;
}

static int check_config(const struct cmdqv_smmu_config *config, struct cmdqv_error *error)
{
	const struct {
		const char *name;
		uint32_t entries;
	} caches[] = {{"tlb_entries", config->tlb_entries},
		      {"atc_entries", config->atc_entries},
		      {"ste_entries", config->ste_entries},
		      {"cd_entries", config->cd_entries}};

	for (size_t i = 0; i < sizeof(caches) / sizeof(caches[0]); i++)
		if (caches[i].entries > MOST_ENTRIES)
			return cmdqv_error_set(error, -EINVAL, "bad-capacity",
					       "%s is %u: at most %u, or 0 for the default",
					       caches[i].name, caches[i].entries, MOST_ENTRIES);
	if (config->output_bits < 32 || config->output_bits > 48)
		return cmdqv_error_set(error, -EINVAL, "bad-output-bits",
				       "output_bits is %u: from 32 to 48, or 0 for 48",
				       config->output_bits);
	if (config->ssid_bits > 20)
		return cmdqv_error_set(error, -EINVAL, "bad-ssid-bits",
				       "ssid_bits is %u: at most 20", config->ssid_bits);
	return 0;
}

static int check_ops(const struct cmdqv_smmu_ops *ops, struct cmdqv_error *error)
{
	const char *missing = !ops->stage2 ? "stage2" : !ops->memory ? "memory" : NULL;

	if (!missing)
		return 0;
	return cmdqv_error_set(error, -EINVAL, "missing-operation",
			       "struct cmdqv_smmu_ops has no %s: only event is optional", missing);
}

static int make_caches(struct cmdqv_smmu *smmu, const struct cmdqv_smmu_config *config)
{
	int err;

	smmu->stes = calloc(config->ste_entries, sizeof(*smmu->stes));
	smmu->cds = calloc(config->cd_entries, sizeof(*smmu->cds));
	smmu->ipas = calloc(config->tlb_entries, sizeof(*smmu->ipas));
	if (!smmu->stes || !smmu->cds || !smmu->ipas)
		return -ENOMEM;
	err = smmu_cache_init(&smmu->tlb, config->tlb_entries);
	if (err == 0)
		err = smmu_cache_init(&smmu->atc, config->atc_entries);
	if (err == 0)
		err = smmu_cache_init(&smmu->ste_cache, config->ste_entries);
	if (err == 0)
		err = smmu_cache_init(&smmu->cd_cache, config->cd_entries);
	return err;
}

static void free_all(struct cmdqv_smmu *smmu)
{
	smmu_cache_fini(&smmu->tlb);
	smmu_cache_fini(&smmu->atc);
	smmu_cache_fini(&smmu->ste_cache);
	smmu_cache_fini(&smmu->cd_cache);
	free(smmu->stes);
	free(smmu->cds);
	free(smmu->ipas);
	free(smmu);
}

int cmdqv_smmu_create(struct cmdqv_smmu **out, const struct cmdqv_smmu_config *config,
		      const struct cmdqv_smmu_ops *ops, void *user, struct cmdqv_error *error)
{
	struct cmdqv_smmu_config known;
	struct cmdqv_smmu_ops known_ops;
	struct cmdqv_smmu *smmu;
	int err;

	err = sized_in(&known, SIZED_STRUCT(cmdqv_smmu_config), config, error);
	if (err == 0) {
		set_defaults(&known);
		err = check_config(&known, error);
	}
	if (err == 0)
		err = sized_in(&known_ops, SIZED_TABLE(cmdqv_smmu_ops), ops, error);
	if (err == 0)
		err = check_ops(&known_ops, error);
	if (err != 0)
		return err;

	smmu = calloc(1, sizeof(*smmu));
	if (!smmu)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "no memory for the SMMU");
	smmu->ops = known_ops;
	smmu->user = user;
	smmu->output_bits = known.output_bits;
	smmu->ssid_bits = known.ssid_bits;
	err = make_caches(smmu, &known);
	if (err != 0) {
		free_all(smmu);
		if (err == -EIO)
			return cmdqv_error_set(
				error, err, "no-random",
				"the system gives no random numbers for the SMMU's caches");
		return cmdqv_error_set(error, err, "no-memory", "no memory for the SMMU's caches");
	}
	*out = smmu;
	return 0;
}

void cmdqv_smmu_destroy(struct cmdqv_smmu *smmu)
{
	/* From a callback it would free what the call under way still needs. */
	if (!smmu || smmu->busy)
		return;
	free_all(smmu);
}

/* Of the stream table, or of the first of its two levels. */
static uint64_t table_bytes(unsigned int log2, unsigned int split)
{
	if (split == 0)
		return STE_WORDS * sizeof(uint64_t) << log2;
	return sizeof(uint64_t) << (log2 > split ? log2 - split : 0);
}

static bool is_split(unsigned int split)
{
	return split == 6 || split == 8 || split == 10;
}

int cmdqv_smmu_set_stream_table(struct cmdqv_smmu *smmu, uint64_t strtab_base,
				uint32_t strtab_base_cfg)
{
	unsigned int log2 = (unsigned int)CMDQV_GET(STRTAB_CFG_LOG2SIZE, strtab_base_cfg);
	unsigned int split = (unsigned int)CMDQV_GET(STRTAB_CFG_SPLIT, strtab_base_cfg);
	unsigned int format = (unsigned int)CMDQV_GET(STRTAB_CFG_FMT, strtab_base_cfg);

	if (smmu->busy)
		return -EBUSY;
	if (log2 > 32 || format > STRTAB_FMT_2LEVEL)
		return -EINVAL;
	if (format == STRTAB_FMT_2LEVEL && !is_split(split))
		return -EINVAL;
	if (format == STRTAB_FMT_LINEAR)
		split = 0;
	/* The hardware aligns a table to its size. */
	smmu->strtab = strtab_base & STRTAB_BASE_ADDR & ~(table_bytes(log2, split) - 1);
	smmu->strtab_log2 = (uint8_t)log2;
	smmu->strtab_split = (uint8_t)split;
	smmu->enabled = true;
	return 0;
}

int cmdqv_smmu_reset(struct cmdqv_smmu *smmu)
{
	if (smmu->busy)
		return -EBUSY;
	smmu->enabled = false;
	smmu_cache_clear(&smmu->tlb);
	smmu_cache_clear(&smmu->atc);
	smmu_cache_clear(&smmu->ste_cache);
	smmu_cache_clear(&smmu->cd_cache);
	return 0;
}

int cmdqv_smmu_translate(struct cmdqv_smmu *smmu, const struct cmdqv_smmu_access *access,
			 struct cmdqv_smmu_translation *translation)
{
	int err = smmu_enter(smmu);

	if (err != 0)
		return err;
	err = smmu_access(smmu, access, translation);
	smmu_leave(smmu);
	return err;
}

static struct cmdqv_smmu_cache_state cache_state(const struct smmu_cache *cache)
{
	return (struct cmdqv_smmu_cache_state){
		.capacity = cache->capacity,
		.entries = cache->entries,
		.hits = cache->hits,
		.misses = cache->misses,
		.invalidated = cache->invalidated,
		.evicted = cache->evicted,
	};
}

int cmdqv_smmu_get_state(const struct cmdqv_smmu *smmu, struct cmdqv_smmu_state *state)
{
	struct cmdqv_smmu_state now = {
		.version = 1,
		.enabled = smmu->enabled,
		.tlb = cache_state(&smmu->tlb),
		.atc = cache_state(&smmu->atc),
		.stes = cache_state(&smmu->ste_cache),
		.cds = cache_state(&smmu->cd_cache),
		.commands = smmu->commands,
		.syncs = smmu->syncs,
		.accesses = smmu->accesses,
		.walks = smmu->walks,
		.aborts = smmu->aborts,
		.events = smmu->events,
		.events_lost = smmu->events_lost,
	};

	return sized_out(state, SIZED_STRUCT(cmdqv_smmu_state), &now);
}

uint64_t cmdqv_smmu_faults(const struct cmdqv_smmu *smmu, enum cmdqv_smmu_event event)
{
	return (unsigned int)event < CMDQV_SMMU_EVENTS ? smmu->faults[event] : 0;
}
