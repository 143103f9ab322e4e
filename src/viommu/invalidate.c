/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invalidations that the VMM trapped. The kernel takes them in chunks of 63, and has a trap: a
 * bad command drops those before it in its chunk, and the number that it answers counts them as
 * done. So each call carries at most 63 commands, which is one chunk: if it is refused at k, then
 * none of it was issued, and [0, k) is issued again by itself. Should a later kernel issue them,
 * or cut its chunks elsewhere, they are repeated. That is harmless: opcodes are looked at before,
 * and only commands that forget something get through. Decision 0010.
 */
#include <errno.h>

#include <cmdqv/regs.h>

#include "describe/failure.h"
#include "regs/command.h"
#include "viommu/state.h"

enum { CHUNK = 63 };

/* How many of the next commands make a chunk: up to 63, and none that is refused here. */
static uint32_t chunk_length(const struct cmdqv_viommu_command *commands, size_t count)
{
	uint32_t n = 0;

	while (n < CHUNK && n < count && command_info(commands[n].word[0])->trapped)
		n++;
	return n;
}

/*
 * Issues a chunk, or what comes before the command that is refused. *count is then how many were
 * issued. Each turn has fewer commands than the one before, so it ends.
 */
static int chunk_issue_once(const struct cmdqv_viommu *viommu,
			    const struct cmdqv_viommu_command *commands, uint32_t *count)
{
	int err = 0;

	while (*count > 0) {
		err = viommu->port.ops->invalidate(&viommu->port, viommu->viommu.id, commands,
						   count);
		if (err != -EIO)
			break;
		err = 0;
	}
	if (err)
		*count = 0;
	return err;
}

/* [DEV-34] Twice where the SMMU wants it: the kernel puts a CMD_SYNC behind each time. */
static int chunk_issue(const struct cmdqv_viommu *viommu,
		       const struct cmdqv_viommu_command *commands, uint32_t *count)
{
	int err = chunk_issue_once(viommu, commands, count);

	if (!err && *count && viommu->info.smmu_flags & CMDQV_SMMU_REPEAT)
		err = chunk_issue_once(viommu, commands, count);
	return err;
}

int cmdqv_viommu_invalidate(struct cmdqv_viommu *viommu,
			    const struct cmdqv_viommu_command *commands, size_t count,
			    struct cmdqv_viommu_result *result, struct cmdqv_error *error)
{
	*result = (struct cmdqv_viommu_result){.issued = 0};
	while (result->issued < count) {
		const struct cmdqv_viommu_command *next = &commands[result->issued];
		uint32_t wanted = chunk_length(next, count - result->issued);
		uint32_t issued = wanted;
		int err = chunk_issue(viommu, next, &issued);

		if (err)
			return failure_set(error, REASON_INVALIDATE, err);
		result->issued += issued;
		if (wanted == 0 || issued < wanted) {
			result->error = CMDQV_CERROR_ILL;
			break;
		}
	}
	return 0;
}
