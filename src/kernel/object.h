/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects of an iommufd by their ids. */
#ifndef SRC_KERNEL_OBJECT_H
#define SRC_KERNEL_OBJECT_H

#include "state.h"

/* Gives the object the lowest id that is free. */
void object_add(struct kernel_iommufd *fd, struct object *object, enum object_type type);

/* Frees its id; the object stays. */
void object_remove(struct kernel_iommufd *fd, struct object *object);

/* NULL: there is none of this id, or, for the second, of this id and type. */
struct object *object_find_any(const struct kernel_iommufd *fd, uint32_t id);
struct object *object_find(const struct kernel_iommufd *fd, uint32_t id, enum object_type type);

#endif
