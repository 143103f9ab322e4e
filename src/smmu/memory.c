/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that the embedder lends. */
#include "memory.h"

#include "base/shared.h"

bool smmu_read(const struct cmdqv_smmu *smmu, uint64_t physical, uint64_t *words,
	       unsigned int count)
{
	const shared64 *from =
		smmu->ops.memory(smmu->user, physical, count * sizeof(uint64_t), false);

	if (!from)
		return false;
	for (unsigned int i = 0; i < count; i++)
		words[i] = shared_load64(&from[i]);
	return true;
}
