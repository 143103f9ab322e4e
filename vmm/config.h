/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VM is asked to be. */
#ifndef VMM_CONFIG_H
#define VMM_CONFIG_H

#include "vmm.h"

/* Returns: 0; -EINVAL: a number out of range, or options that exclude each other. */
int config_check(const struct vmm_config *config, struct cmdqv_error *error);

bool config_has_fault(const struct vmm_config *config, enum cmdqv_fault kind);

/* Shall the guest have a device with an ATC? Batches have an ATC_INV then. */
bool config_wants_atc(const struct vmm_config *config);

#endif
