/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a VINTF, for access.c, and its gate. */
#ifndef SRC_MODEL_VINTF_H
#define SRC_MODEL_VINTF_H

#include "state.h"

uint32_t hw_vintf_read(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_vintf_write(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_vintf_read_status(const struct cmdqv_model *m, const struct reg_ref *ref);
uint32_t hw_vintf_read_sid_match(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_vintf_write_sid_match(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_vintf_read_sid_replace(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_vintf_write_sid_replace(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_vintf_read_err_map(const struct cmdqv_model *m, const struct reg_ref *ref);
bool hw_vintf_error_pending(const struct cmdqv_model *m, uint32_t vintf);
void hw_vintf_gate(struct cmdqv_model *m, uint32_t vintf);
void hw_vintf_reset(struct cmdqv_model *m, uint32_t vintf);

#endif
