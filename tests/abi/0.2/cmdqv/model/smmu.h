/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_SMMU_H
#define CMDQV_SMMU_H
#include <cmdqv/model/model.h>
#include <cmdqv/types.h>
#ifdef __cplusplus
extern "C" {
#endif
struct cmdqv_smmu;
struct cmdqv_smmu_config {
	size_t size;
	uint32_t tlb_entries;
	uint32_t atc_entries;
	uint32_t ste_entries;
	uint32_t cd_entries;
	uint8_t output_bits;
	uint8_t ssid_bits;
	uint8_t reserved[6];
};
struct cmdqv_smmu_span {
	uint64_t ipa;
	uint64_t bytes;
	uint64_t physical;
	bool writable;
	uint8_t reserved[7];
};
struct cmdqv_smmu_ops {
	size_t size;
	int (*stage2)(void *user, uint16_t vmid, uint64_t ipa, struct cmdqv_smmu_span *span);
	void *(*memory)(void *user, uint64_t physical, uint64_t bytes, bool write);
	int (*event)(void *user, const uint64_t record[4]);
};
CMDQV_API int cmdqv_smmu_create(struct cmdqv_smmu **out, const struct cmdqv_smmu_config *config,
				const struct cmdqv_smmu_ops *ops, void *user,
				struct cmdqv_error *error);
CMDQV_API void cmdqv_smmu_destroy(struct cmdqv_smmu *smmu);
CMDQV_API int cmdqv_smmu_set_stream_table(struct cmdqv_smmu *smmu, uint64_t strtab_base,
					  uint32_t strtab_base_cfg);
CMDQV_API int cmdqv_smmu_reset(struct cmdqv_smmu *smmu);
CMDQV_API int cmdqv_smmu_execute(struct cmdqv_smmu *smmu, const struct cmdqv_command *command);
struct cmdqv_smmu_access {
	uint64_t address;
	uint32_t sid;
	uint32_t ssid;
	bool ssv;
	bool write;
	bool privileged;
	bool ats;
	uint32_t reserved;
};
struct cmdqv_smmu_translation {
	uint64_t physical;
	uint64_t bytes;
	bool writable;
	uint8_t reserved[7];
};
CMDQV_API int cmdqv_smmu_translate(struct cmdqv_smmu *smmu, const struct cmdqv_smmu_access *access,
				   struct cmdqv_smmu_translation *translation);
enum cmdqv_smmu_event {
	CMDQV_SMMU_C_BAD_STREAMID = 0x02,
	CMDQV_SMMU_F_STE_FETCH = 0x03,
	CMDQV_SMMU_C_BAD_STE = 0x04,
	CMDQV_SMMU_F_BAD_ATS_TREQ = 0x05,
	CMDQV_SMMU_F_STREAM_DISABLED = 0x06,
	CMDQV_SMMU_F_TRANSL_FORBIDDEN = 0x07,
	CMDQV_SMMU_C_BAD_SUBSTREAMID = 0x08,
	CMDQV_SMMU_F_CD_FETCH = 0x09,
	CMDQV_SMMU_C_BAD_CD = 0x0a,
	CMDQV_SMMU_F_WALK_EABT = 0x0b,
	CMDQV_SMMU_F_TRANSLATION = 0x10,
	CMDQV_SMMU_F_ADDR_SIZE = 0x11,
	CMDQV_SMMU_F_ACCESS = 0x12,
	CMDQV_SMMU_F_PERMISSION = 0x13,
	CMDQV_SMMU_EVENTS = 0x20,
};
struct cmdqv_smmu_cache_state {
	uint32_t capacity;
	uint32_t entries;
	uint64_t hits;
	uint64_t misses;
	uint64_t invalidated;
	uint64_t evicted;
};
struct cmdqv_smmu_state {
	size_t size;
	uint32_t version;
	bool enabled;
	uint8_t reserved[3];
	struct cmdqv_smmu_cache_state tlb;
	struct cmdqv_smmu_cache_state atc;
	struct cmdqv_smmu_cache_state stes;
	struct cmdqv_smmu_cache_state cds;
	uint64_t commands;
	uint64_t syncs;
	uint64_t accesses;
	uint64_t walks;
	uint64_t aborts;
	uint64_t events;
	uint64_t events_lost;
};
CMDQV_API int cmdqv_smmu_get_state(const struct cmdqv_smmu *smmu, struct cmdqv_smmu_state *state);
CMDQV_API uint64_t cmdqv_smmu_faults(const struct cmdqv_smmu *smmu, enum cmdqv_smmu_event event);
#ifdef __cplusplus
}
#endif
#endif
