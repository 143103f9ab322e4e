/* SPDX-License-Identifier: BSD-2-Clause */
/* The handlers of the config page. */
#ifndef SRC_DEVICE_CONFIG_H
#define SRC_DEVICE_CONFIG_H

#include "state.h"

void config_write(struct cmdqv *dev, const struct reg_word *word, uint32_t which, uint32_t value);
void config_int_mask_write(struct cmdqv *dev, const struct reg_word *word, uint32_t which,
			   uint32_t value);
void config_alloc_write(struct cmdqv *dev, const struct reg_word *word, uint32_t which,
			uint32_t value);
uint32_t config_param_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which);
uint32_t config_status_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which);
uint32_t config_vi_err_map_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which);
/* CMDQ_ERR_MAP and LVCMDQ_ERR_MAP, which are equal: the map is the identity. */
uint32_t config_queue_err_map_read(struct cmdqv *dev, const struct reg_word *word, uint32_t which);

#endif
