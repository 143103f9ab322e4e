/* SPDX-License-Identifier: BSD-2-Clause */
/* Undoing: kernel objects that must go. */
#ifndef SRC_VIOMMU_OBJECT_H
#define SRC_VIOMMU_OBJECT_H

#include "viommu/port.h"

/*
 * Destroys an object. The rest of the process may hold it for a moment, so a failure is tried
 * once more. An object that is already gone counts as destroyed.
 */
int object_destroy(const struct port *port, uint32_t id);

/* The same for the object that *id names, if any. On failure *id stays, to be tried again. */
int object_let_go(const struct port *port, uint32_t *id);

#endif
