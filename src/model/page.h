/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared pages. */
#ifndef SRC_MODEL_PAGE_H
#define SRC_MODEL_PAGE_H

#include "state.h"

int pages_create(struct cmdqv_model *m);
void pages_destroy(struct cmdqv_model *m);

/* The words of an LVCMDQ in the page of its VINTF. */
shared32 *page_words(const struct cmdqv_model *m, uint32_t vintf, uint32_t lvcmdq);

#endif
