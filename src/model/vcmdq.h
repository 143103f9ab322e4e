/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a queue, for access.c, and its life, for the files above. */
#ifndef SRC_MODEL_VCMDQ_H
#define SRC_MODEL_VCMDQ_H

#include "state.h"

uint32_t hw_vcmdq_read(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_vcmdq_write(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
uint32_t hw_vcmdq_read_wide(const struct cmdqv_model *m, const struct reg_ref *ref);
void hw_vcmdq_write_half(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value);
void hw_vcmdq_init(struct queue *q, uint32_t number);
void hw_vcmdq_reset(struct queue *q);
void hw_vcmdq_map(struct cmdqv_model *m, struct queue *q, uint32_t vintf, uint32_t lvcmdq);
void hw_vcmdq_unmap(struct cmdqv_model *m, struct queue *q);
void hw_vcmdq_gate(struct cmdqv_model *m, struct queue *q, bool open);
bool hw_vcmdq_look(struct cmdqv_model *m, struct queue *q);
uint32_t hw_vcmdq_word(const struct queue *q, uint32_t reg);
void hw_vcmdq_publish_cons(struct cmdqv_model *m, struct queue *q);
void hw_vcmdq_refuse(struct cmdqv_model *m, struct queue *q, uint8_t code);

#endif
