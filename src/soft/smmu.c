/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An SMMUv3 (src/smmu/) that sees memory as the software kernel does: its stream table is a view
 * of the devices, its stage 2 one of the IOASes, and its events go to the vIOMMU that has the
 * device.
 *
 * Physical addresses are addresses of this process. The stream table has addresses that no memory
 * of guests has: the top of the 48 bits.
 */
#include "soft/smmu.h"

#include <errno.h>

#include "regs/ste.h"

#define STREAMS_LOG2 20
#define ENTRY_BYTES (STE_WORDS * sizeof(uint64_t))
#define TABLE_BYTES (ENTRY_BYTES << STREAMS_LOG2)
#define TABLE ((1ULL << 48) - TABLE_BYTES)

static int smmu_stage2(void *user, uint16_t vmid, uint64_t ipa, struct cmdqv_smmu_span *span)
{
	const struct cmdqv_soft_host *host = user;
	struct kernel_span found;

	if (!kernel_stage2(host->kernel, vmid, ipa, &found))
		return -ENOENT;
	*span = (struct cmdqv_smmu_span){
		.ipa = found.ipa,
		.bytes = found.bytes,
		.physical = (uintptr_t)found.host,
		.writable = found.writable,
	};
	return 0;
}

static void *smmu_memory(void *user, uint64_t physical, uint64_t bytes, bool write)
{
	struct cmdqv_soft_host *host = user;
	uint64_t at = physical - TABLE;

	if (physical < TABLE || at >= TABLE_BYTES)
		return kernel_memory(host->kernel, physical, bytes);
	if (write || at % ENTRY_BYTES + bytes > ENTRY_BYTES)
		return NULL;
	kernel_stream_entry(host->kernel, (uint32_t)(at / ENTRY_BYTES), host->stream_entry);
	return (char *)host->stream_entry + at % ENTRY_BYTES;
}

static int smmu_event(void *user, const uint64_t record[4])
{
	const struct cmdqv_soft_host *host = user;

	return kernel_smmu_event(host->kernel, record);
}

int soft_smmu_create(struct cmdqv_soft_host *host, struct cmdqv_error *error)
{
	const struct cmdqv_smmu_config config = {.size = sizeof(config)};
	const struct cmdqv_smmu_ops ops = {
		.size = sizeof(ops),
		.stage2 = smmu_stage2,
		.memory = smmu_memory,
		.event = smmu_event,
	};
	int err = cmdqv_smmu_create(&host->smmu, &config, &ops, host, error);

	if (err)
		return err;
	return cmdqv_smmu_set_stream_table(host->smmu, TABLE, STREAMS_LOG2);
}
