/* SPDX-License-Identifier: BSD-2-Clause */
/* What `cmdqv run --dma` has more than `cmdqv run`: checks, lines, and JSON. */
#ifndef TOOLS_RUN_DMA_H
#define TOOLS_RUN_DMA_H

#include "vmm.h"

#include <stdbool.h>

/* As given; a number that was not given is 0. */
struct run_dma_options {
	bool dma;
	unsigned long rounds;
	bool repeat;
	const char *drop_text; /* --drop-invalidation as it was given; NULL: it was not */
};

/* NULL, or what is wrong with them together. */
const char *run_dma_check(const struct run_dma_options *options);

/*
 * Puts them into `config`, whose guest has been chosen. Returns 0, or the last invalidation
 * that the guest sends if --drop-invalidation is none of them.
 */
uint64_t run_dma_configure(const struct run_dma_options *options, struct vmm_config *config);

/* The lines between the table and the verdict. */
void run_dma_print(const struct vmm_dma_report *report);

struct json_object;

/* Adds "dma". */
void run_dma_json(struct json_object *to, const struct vmm_dma_report *report);

#endif
