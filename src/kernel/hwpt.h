/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables, when they are destroyed. */
#ifndef SRC_KERNEL_HWPT_H
#define SRC_KERNEL_HWPT_H

#include "state.h"

void hwpt_fini(struct kernel *kernel, struct hwpt *hwpt);
void nested_fini(struct nested *nested);

#endif
