/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VM mapped for DMA, for those who pin it. */
#ifndef SRC_KERNEL_IOAS_H
#define SRC_KERNEL_IOAS_H

#include "state.h"

/*
 * Pins memory that a queue reads.
 * Returns: 0 with *host; -ENOENT: not all of it is mapped; -EPERM: not readable; -EFAULT:
 * nothing there to pin, or not contiguous.
 */
int ioas_pin(struct ioas *ioas, uint64_t iova, uint64_t length, uint64_t granule, uint8_t **host);
void ioas_unpin(struct ioas *ioas, uint64_t iova, uint64_t length);

/* Is the MSI window free for a device that is about to be attached? */
bool ioas_msi_is_free(struct ioas *ioas);

/* The area that holds an IOVA, or an address of this process; NULL: none does. */
const struct area *ioas_area_of_iova(struct ioas *ioas, uint64_t iova);
const struct area *ioas_area_of_host(const struct ioas *ioas, uint64_t address);

void ioas_fini(struct ioas *ioas);

#endif
