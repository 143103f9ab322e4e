/* SPDX-License-Identifier: BSD-2-Clause */
/* The page-0 registers of a queue, in both apertures. */
#ifndef SRC_DEVICE_VCMDQ_H
#define SRC_DEVICE_VCMDQ_H

#include "state.h"

void vcmdq_page0_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);
void vcmdq_config_write(struct cmdqv *dev, const struct reg_ref *ref, uint32_t value);

#endif
