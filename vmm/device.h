/* SPDX-License-Identifier: BSD-2-Clause */
/* The device between the backend and the machine. */
#ifndef VMM_DEVICE_H
#define VMM_DEVICE_H

#include <cmdqv/types.h>

struct vmm;

/* Makes vmm->device on vmm->backend; cmdqv_destroy() unmakes it. */
int device_create(struct vmm *vmm, struct cmdqv_error *error);

#endif
