/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults that a run orders of the software hardware [HW-20]: KIND@QUEUE:COUNT. */
#ifndef VMM_FAULT_H
#define VMM_FAULT_H

#include "vmm.h"

/* The word for a kind, such as "abort"; static storage. */
const char *vmm_fault_name(enum cmdqv_fault kind);

/*
 * Reads KIND@QUEUE, KIND@QUEUE:COUNT or KIND@QUEUE:always. Without a count it is 1.
 * Returns: 0; -EINVAL, with *fault left alone.
 */
int vmm_fault_parse(const char *text, struct vmm_fault *fault);

/* As vmm_fault_parse() takes it. `text` is of at least 48 bytes. */
void vmm_fault_format(const struct vmm_fault *fault, char *text, size_t bytes);

#endif
