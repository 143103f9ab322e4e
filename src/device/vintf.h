/* SPDX-License-Identifier: BSD-2-Clause */
/* The handlers of the VINTF block. */
#ifndef SRC_DEVICE_VINTF_H
#define SRC_DEVICE_VINTF_H

#include "state.h"

void vintf_config_write(struct cmdqv *dev, const struct reg_word *word, uint32_t which,
			uint32_t value);
uint32_t vintf_status_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which);

#endif
