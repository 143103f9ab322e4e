/* SPDX-License-Identifier: BSD-2-Clause */
/* The global registers, for access.c. */
#ifndef SRC_MODEL_CONFIG_H
#define SRC_MODEL_CONFIG_H

#include "state.h"

uint32_t hw_config_read(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_config_write(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_config_read_param(const struct cmdqv_model *m, const struct reg_ref *ref);
uint32_t hw_config_read_status(const struct cmdqv_model *m, const struct reg_ref *ref);
uint32_t hw_config_read_vi_err_map(const struct cmdqv_model *m, const struct reg_ref *ref);
uint32_t hw_config_read_int_mask(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_config_write_int_mask(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_config_read_cmdq_err_map(const struct cmdqv_model *m, const struct reg_ref *ref);
uint32_t hw_config_read_alloc(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_config_write_alloc(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
void hw_config_reset(struct cmdqv_model *m);

#endif
