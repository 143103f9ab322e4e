/* SPDX-License-Identifier: BSD-2-Clause */
/* HW queues: the operations of backend.h. */
#ifndef SRC_VIOMMU_QUEUE_H
#define SRC_VIOMMU_QUEUE_H

#include "viommu/state.h"

/* For cmdqv_create(); `impl` is a struct cmdqv_viommu. */
extern const struct cmdqv_backend_ops queue_backend_ops;

/* Unbinds every queue that is bound, from the top. */
void queue_close_all(struct cmdqv_viommu *viommu);

#endif
