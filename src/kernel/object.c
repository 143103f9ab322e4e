/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects of an iommufd: ids, life and death. One list per iommufd, by ascending id; a
 * new object gets the lowest id that is free, from 1.
 */
#include <errno.h>
#include <stdlib.h>

#include "internal.h"

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

/* Undoes what the object did, then lets go of it. */
static void object_fini(struct kernel *kernel, struct object *object)
{
	switch (object->type) {
	case OBJECT_IOAS:
		ioas_fini((struct ioas *)object);
		break;
	case OBJECT_HWPT:
		hwpt_fini(kernel, (struct hwpt *)object);
		break;
	case OBJECT_NESTED:
		nested_fini((struct nested *)object);
		break;
	case OBJECT_VIOMMU:
		viommu_fini(kernel, (struct viommu *)object);
		break;
	case OBJECT_VDEVICE:
		vdevice_fini(kernel, (struct vdevice *)object);
		break;
	case OBJECT_HW_QUEUE:
		hw_queue_fini(kernel, (struct hw_queue *)object);
		break;
	case OBJECT_VEVENTQ:
		veventq_fini((struct veventq *)object);
		break;
	case OBJECT_DEVICE:
	case OBJECT_TOMBSTONE:
		break;
	}
	free(object);
}

int kernel_destroy_object(struct kernel_iommufd *fd, uint32_t id)
{
	struct object *object = object_find_any(fd, id);

	if (!object)
		return -ENOENT;
	if (object->users)
		return -EBUSY;
	object_remove(fd, object);
	object_fini(fd->kernel, object);
	return 0;
}

int kernel_iommufd_open(struct kernel *kernel, struct kernel_iommufd **out)
{
	struct kernel_iommufd *fd = calloc(1, sizeof(*fd));

	if (!fd)
		return -ENOMEM;
	fd->kernel = kernel;
	fd->next = kernel->fds;
	kernel->fds = fd;
	*out = fd;
	return 0;
}

/* Does something outside the iommufd hold on to the object? */
static bool held_from_outside(const struct object *object)
{
	switch (object->type) {
	case OBJECT_DEVICE:
		return true;
	case OBJECT_VIOMMU:
		return ((const struct viommu *)object)->mappings > 0;
	case OBJECT_VEVENTQ:
		return ((const struct veventq *)object)->fd >= 0;
	default:
		return false;
	}
}

/* The first object that nobody uses; as uses make no circle, there always is one. */
static struct object *take_unused(struct kernel_iommufd *fd)
{
	struct object *object = fd->objects;

	while (object && object->users)
		object = object->next;
	if (object)
		object_remove(fd, object);
	return object;
}

static void unlink_iommufd(struct kernel_iommufd *fd)
{
	struct kernel_iommufd **link = &fd->kernel->fds;

	while (*link != fd)
		link = &(*link)->next;
	*link = fd->next;
}

int kernel_iommufd_close(struct kernel_iommufd *fd)
{
	struct object *object;

	for (object = fd->objects; object; object = object->next)
		if (held_from_outside(object))
			return -EBUSY;
	while ((object = take_unused(fd)) != NULL)
		object_fini(fd->kernel, object);
	unlink_iommufd(fd);
	free(fd);
	return 0;
}
