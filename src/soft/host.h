/* SPDX-License-Identifier: BSD-2-Clause */
/* A host in software, for the files of this folder. */
#ifndef SRC_SOFT_HOST_H
#define SRC_SOFT_HOST_H

#include <cmdqv/model/soft.h>

#include "kernel/kernel.h"

struct cmdqv_soft_host {
	struct cmdqv_soft_host_config config;
	struct cmdqv_soft_ops ops;
	void *user;
	struct cmdqv_model *model;
	struct kernel *kernel;
	struct cmdqv_smmu *smmu;  /* NULL: the embedder executes commands */
	uint64_t stream_entry[8]; /* lent to the SMMU during one look */
};

#endif
