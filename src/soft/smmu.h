/* SPDX-License-Identifier: BSD-2-Clause */
/* The SMMU of a host whose embedder has none. */
#ifndef SRC_SOFT_SMMU_H
#define SRC_SOFT_SMMU_H

#include "soft/host.h"

/* Fills in host->smmu. The kernel need not run yet. */
int soft_smmu_create(struct cmdqv_soft_host *host, struct cmdqv_error *error);

#endif
