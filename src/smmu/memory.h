/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that the embedder lends. */
#ifndef SRC_SMMU_MEMORY_H
#define SRC_SMMU_MEMORY_H

#include "state.h"

/*
 * Reads words, each with one load: what software does to them meanwhile is seen or not,
 * never half. `physical` is aligned to 8 bytes, and all lies in one page.
 */
bool smmu_read(const struct cmdqv_smmu *smmu, uint64_t physical, uint64_t *words,
	       unsigned int count);

#endif
