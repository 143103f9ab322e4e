/* SPDX-License-Identifier: BSD-2-Clause */
/* The page-0 registers of a queue, in both apertures. */
#ifndef SRC_DEVICE_VCMDQ_H
#define SRC_DEVICE_VCMDQ_H

#include "state.h"

uint32_t vcmdq_page0_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which);
void vcmdq_page0_write(struct cmdqv *dev, const struct reg_word *word, uint32_t which,
		       uint32_t value);

#endif
