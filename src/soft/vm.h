/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VMM owns on the host, for the port. */
#ifndef SRC_SOFT_VM_H
#define SRC_SOFT_VM_H

#include "soft/host.h"

struct cmdqv_soft_vm {
	struct cmdqv_soft_host *host;
	struct kernel_iommufd *fd;
	uint32_t bridge_id;
	uint32_t ioas_id;
	uint32_t parent_id;
	bool guest_repeats;
};

#endif
