/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IOAS: what a VM mapped for DMA, as areas that are mapped and unmapped whole.
 *
 * A queue pins its memory, and so locks the whole of every area that it touches: until the
 * queue is gone, UNMAP of the area is -EBUSY.
 *
 * There is no physical memory here, so this file imagines it: contiguous within a granule of
 * the guest's addresses, as with huge pages behind the guest's RAM; physical and guest address
 * are equal modulo the granule. Two areas side by side are contiguous if they are so in this
 * process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ioas.h"
#include "object.h"
#include "smmu.h"

/* Where the SMMU's driver puts the doorbell of MSIs as soon as a device is attached. */
#define MSI_FIRST 0x08000000U
#define MSI_LAST 0x080FFFFFU

static struct ioas *ioas_find(const struct kernel_iommufd *fd, uint32_t id)
{
	return (struct ioas *)object_find(fd, id, OBJECT_IOAS);
}

int kernel_ioas_alloc(struct kernel_iommufd *fd, struct kernel_ioas_alloc *cmd)
{
	struct ioas *ioas;

	if (cmd->flags)
		return -EOPNOTSUPP;
	ioas = calloc(1, sizeof(*ioas));
	if (!ioas)
		return -ENOMEM;
	object_add(fd, &ioas->object, OBJECT_IOAS);
	cmd->out_ioas_id = ioas->object.id;
	return 0;
}

/* How many areas end below `iova`: the place of the first one that does not. */
static size_t area_at(const struct ioas *ioas, uint64_t iova)
{
	size_t first = 0, end = ioas->count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (ioas->areas[middle].last < iova)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* Is there an area at this place, and does it begin at `last` or before? */
static bool begins_by(const struct ioas *ioas, size_t at, uint64_t last)
{
	return at < ioas->count && ioas->areas[at].iova <= last;
}

static bool whole_pages(const struct kernel_ioas_map *cmd)
{
	uint64_t bits = cmd->iova | cmd->length | (uint64_t)(uintptr_t)cmd->user_va;

	return cmd->length != 0 && bits % KERNEL_PAGE_BYTES == 0;
}

static int check_map(const struct kernel_ioas_map *cmd)
{
	const uint32_t access = KERNEL_IOAS_MAP_WRITEABLE | KERNEL_IOAS_MAP_READABLE;

	if ((cmd->flags & ~(access | KERNEL_IOAS_MAP_FIXED_IOVA)) || cmd->reserved ||
	    !(cmd->flags & KERNEL_IOAS_MAP_FIXED_IOVA))
		return -EOPNOTSUPP;
	if (cmd->length && (cmd->iova + cmd->length - 1 < cmd->iova ||
			    (uintptr_t)cmd->user_va + cmd->length - 1 < (uintptr_t)cmd->user_va))
		return -EOVERFLOW;
	if (!(cmd->flags & access))
		return -EINVAL;
	return 0;
}

/* Room for one more area. */
static int reserve(struct ioas *ioas)
{
	size_t room = 2 * ioas->room + 1;
	struct area *areas;

	if (ioas->count < ioas->room)
		return 0;
	areas = calloc(room, sizeof(*areas));
	if (!areas)
		return -ENOMEM;
	if (ioas->count)
		memcpy(areas, ioas->areas, ioas->count * sizeof(*areas));
	free(ioas->areas);
	ioas->areas = areas;
	ioas->room = room;
	return 0;
}

int kernel_ioas_map(struct kernel_iommufd *fd, const struct kernel_ioas_map *cmd)
{
	uint64_t last = cmd->iova + cmd->length - 1;
	struct area *area;
	struct ioas *ioas;
	size_t at;
	int err = check_map(cmd);

	if (err)
		return err;
	ioas = ioas_find(fd, cmd->ioas_id);
	if (!ioas)
		return -ENOENT;
	if (!whole_pages(cmd))
		return -EINVAL;
	if (ioas->attached && cmd->iova <= MSI_LAST && last >= MSI_FIRST)
		return -EINVAL;
	at = area_at(ioas, cmd->iova);
	if (begins_by(ioas, at, last))
		return -EEXIST;
	err = reserve(ioas);
	if (err)
		return err;
	area = &ioas->areas[at];
	memmove(area + 1, area, (ioas->count - at) * sizeof(*area));
	ioas->count++;
	area->iova = cmd->iova;
	area->last = last;
	area->host = cmd->user_va;
	area->readable = cmd->flags & KERNEL_IOAS_MAP_READABLE;
	area->writable = cmd->flags & KERNEL_IOAS_MAP_WRITEABLE;
	area->locks = 0;
	return 0;
}

/* Unmaps the areas of [iova, last] from the lowest up; *bytes counts what is gone. */
static int unmap_areas(struct ioas *ioas, uint64_t iova, uint64_t last, uint64_t *bytes)
{
	size_t first = area_at(ioas, iova);
	size_t at = first;
	int err = 0;

	for (; begins_by(ioas, at, last); at++) {
		const struct area *area = &ioas->areas[at];

		if (area->iova < iova || area->last > last)
			err = -ENOENT;
		else if (area->locks)
			err = -EBUSY;
		if (err)
			break;
		*bytes += area->last - area->iova + 1;
	}
	if (at > first)
		memmove(&ioas->areas[first], &ioas->areas[at],
			(ioas->count - at) * sizeof(*ioas->areas));
	ioas->count -= at - first;
	return err;
}

int kernel_ioas_unmap(struct kernel_iommufd *fd, struct kernel_ioas_unmap *cmd)
{
	bool all = cmd->iova == 0 && cmd->length == UINT64_MAX;
	struct ioas *ioas = ioas_find(fd, cmd->ioas_id);
	uint64_t bytes = 0;
	int err;

	if (!ioas)
		return -ENOENT;
	if (cmd->length == 0)
		return -EINVAL;
	if (!all && cmd->iova + cmd->length - 1 < cmd->iova)
		return -EOVERFLOW;
	err = unmap_areas(ioas, cmd->iova, all ? UINT64_MAX : cmd->iova + cmd->length - 1, &bytes);
	if (bytes)
		smmu_forget_memory(fd->kernel, ioas);
	if (err)
		return err;
	if (!bytes && !all)
		return -ENOENT;
	cmd->length = bytes;
	return 0;
}

/* Locks or unlocks every area that [iova, last] touches, all of it. */
static void lock_areas(struct ioas *ioas, uint64_t iova, uint64_t last, bool lock)
{
	for (size_t at = area_at(ioas, iova); begins_by(ioas, at, last); at++) {
		if (lock)
			ioas->areas[at].locks++;
		else
			ioas->areas[at].locks--;
	}
}

static uint8_t *host_address(const struct area *area, uint64_t iova)
{
	return (uint8_t *)area->host + (iova - area->iova);
}

/* Is all of [iova, last] mapped, readable and really there? */
static int check_pin(const struct ioas *ioas, uint64_t iova, uint64_t last)
{
	size_t at = area_at(ioas, iova);

	if (!begins_by(ioas, at, iova))
		return -ENOENT;
	for (;; at++) {
		const struct area *area = &ioas->areas[at];

		if (!area->readable)
			return -EPERM;
		if (!area->host)
			return -EFAULT;
		if (area->last >= last)
			return 0;
		if (!begins_by(ioas, at + 1, area->last + 1))
			return -ENOENT;
	}
}

static bool contiguous(const struct ioas *ioas, uint64_t iova, uint64_t last, uint64_t granule)
{
	size_t at = area_at(ioas, iova);
	const uint8_t *host = host_address(&ioas->areas[at], iova);

	for (; begins_by(ioas, at, last); at++) {
		const struct area *area = &ioas->areas[at];
		uint64_t first = area->iova > iova ? area->iova : iova;

		if (host_address(area, first) != host + (first - iova))
			return false;
	}
	return granule == 0 || iova / granule == last / granule;
}

int ioas_pin(struct ioas *ioas, uint64_t iova, uint64_t length, uint64_t granule, uint8_t **host)
{
	uint64_t last = iova + length - 1;
	int err = check_pin(ioas, iova, last);

	if (err)
		return err;
	if (!contiguous(ioas, iova, last, granule))
		return -EFAULT;
	lock_areas(ioas, iova, last, true);
	*host = host_address(&ioas->areas[area_at(ioas, iova)], iova);
	return 0;
}

void ioas_unpin(struct ioas *ioas, uint64_t iova, uint64_t length)
{
	lock_areas(ioas, iova, iova + length - 1, false);
}

bool ioas_msi_is_free(struct ioas *ioas)
{
	return ioas->attached > 0 || !begins_by(ioas, area_at(ioas, MSI_FIRST), MSI_LAST);
}

void ioas_fini(struct ioas *ioas)
{
	free(ioas->areas);
}

const struct area *ioas_area_of_iova(struct ioas *ioas, uint64_t iova)
{
	size_t at = area_at(ioas, iova);

	return begins_by(ioas, at, iova) ? &ioas->areas[at] : NULL;
}

const struct area *ioas_area_of_host(const struct ioas *ioas, uint64_t address)
{
	for (size_t at = 0; at < ioas->count; at++) {
		const struct area *area = &ioas->areas[at];
		uint64_t first = (uintptr_t)area->host;

		if (first && first <= address && address - first <= area->last - area->iova)
			return area;
	}
	return NULL;
}
