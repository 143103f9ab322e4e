/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A backend that is nothing but a page: a bound queue's registers are words of memory, as
 * they are on iommufd, so that what is measured on it is the device alone. STATUS follows
 * CONFIG at once; nothing executes.
 */
#ifndef BENCH_PAGE_BACKEND_H
#define BENCH_PAGE_BACKEND_H

#include <cmdqv/cmdqv.h>

struct page_backend {
	uint32_t *page; /* CMDQV_PAGE_BYTES */
	uint32_t num_lvcmdqs;
};

/* Returns 0 or -ENOMEM. */
int page_backend_open(struct page_backend *impl, uint32_t num_lvcmdqs,
		      struct cmdqv_backend *backend);
void page_backend_close(struct page_backend *impl);

/* A VMM for benchmarks: it calls all memory RAM, lets every map succeed, and ignores the rest. */
extern const struct cmdqv_vmm_ops idle_vmm_ops;

/* One access, for the short form. */
uint64_t dev_read(struct cmdqv *dev, uint64_t offset, uint8_t size);
void dev_write(struct cmdqv *dev, uint64_t offset, uint8_t size, uint64_t value);

/*
 * Enables VINTF and the first `queues` queues as a driver does, each `1 << log2size`
 * entries at `gpa` and on.
 */
void dev_bring_up(struct cmdqv *dev, uint32_t queues, uint64_t gpa, uint32_t log2size);

#endif
