/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects of an iommufd by their ids. One list per iommufd, by ascending id; a
 * new object gets the lowest id that is free, from 1.
 */
#include "object.h"

#include <stddef.h>

void object_add(struct kernel_iommufd *fd, struct object *object, enum object_type type)
{
	struct object **link = &fd->objects;
	uint32_t id = 1;

	while (*link && (*link)->id == id) {
		link = &(*link)->next;
		id++;
	}
	object->id = id;
	object->type = type;
	object->next = *link;
	*link = object;
}

void object_remove(struct kernel_iommufd *fd, struct object *object)
{
	struct object **link = &fd->objects;

	while (*link != object)
		link = &(*link)->next;
	*link = object->next;
}

struct object *object_find_any(const struct kernel_iommufd *fd, uint32_t id)
{
	struct object *object = fd->objects;

	while (object && object->id != id)
		object = object->next;
	return object && object->type != OBJECT_TOMBSTONE ? object : NULL;
}

struct object *object_find(const struct kernel_iommufd *fd, uint32_t id, enum object_type type)
{
	struct object *object = object_find_any(fd, id);

	return object && object->type == type ? object : NULL;
}
