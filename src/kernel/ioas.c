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

/* The first area that does not end below `iova`; the link to it. */
static struct area **area_at(struct ioas *ioas, uint64_t iova)
{
	struct area **link = &ioas->areas;

	while (*link && (*link)->last < iova)
		link = &(*link)->next;
	return link;
}

static bool overlaps_area(struct ioas *ioas, uint64_t iova, uint64_t last)
{
	const struct area *area = *area_at(ioas, iova);

	return area && area->iova <= last;
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

int kernel_ioas_map(struct kernel_iommufd *fd, const struct kernel_ioas_map *cmd)
{
	uint64_t last = cmd->iova + cmd->length - 1;
	struct area **link;
	struct area *area;
	struct ioas *ioas;
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
	if (overlaps_area(ioas, cmd->iova, last))
		return -EEXIST;
	area = calloc(1, sizeof(*area));
	if (!area)
		return -ENOMEM;
	area->iova = cmd->iova;
	area->last = last;
	area->host = cmd->user_va;
	area->readable = cmd->flags & KERNEL_IOAS_MAP_READABLE;
	area->writable = cmd->flags & KERNEL_IOAS_MAP_WRITEABLE;
	link = area_at(ioas, cmd->iova);
	area->next = *link;
	*link = area;
	return 0;
}

/* Unmaps the areas of [iova, last] from the lowest up; *bytes counts what is gone. */
static int unmap_areas(struct ioas *ioas, uint64_t iova, uint64_t last, uint64_t *bytes)
{
	struct area **link = area_at(ioas, iova);

	while (*link && (*link)->iova <= last) {
		struct area *area = *link;

		if (area->iova < iova || area->last > last)
			return -ENOENT;
		if (area->locks)
			return -EBUSY;
		*bytes += area->last - area->iova + 1;
		*link = area->next;
		free(area);
	}
	return 0;
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
	struct area *area;

	for (area = *area_at(ioas, iova); area && area->iova <= last; area = area->next) {
		if (lock)
			area->locks++;
		else
			area->locks--;
	}
}

static uint8_t *host_address(const struct area *area, uint64_t iova)
{
	return (uint8_t *)area->host + (iova - area->iova);
}

/* Is all of [iova, last] mapped, readable and really there? */
static int check_pin(struct ioas *ioas, uint64_t iova, uint64_t last)
{
	const struct area *area = *area_at(ioas, iova);

	if (!area || area->iova > iova)
		return -ENOENT;
	for (;;) {
		if (!area->readable)
			return -EPERM;
		if (!area->host)
			return -EFAULT;
		if (area->last >= last)
			return 0;
		if (!area->next || area->next->iova != area->last + 1)
			return -ENOENT;
		area = area->next;
	}
}

static bool contiguous(struct ioas *ioas, uint64_t iova, uint64_t last, uint64_t granule)
{
	const struct area *area = *area_at(ioas, iova);
	const uint8_t *host = host_address(area, iova);

	for (; area && area->iova <= last; area = area->next) {
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
	*host = host_address(*area_at(ioas, iova), iova);
	return 0;
}

void ioas_unpin(struct ioas *ioas, uint64_t iova, uint64_t length)
{
	lock_areas(ioas, iova, iova + length - 1, false);
}

bool ioas_msi_is_free(struct ioas *ioas)
{
	return ioas->attached > 0 || !overlaps_area(ioas, MSI_FIRST, MSI_LAST);
}

void ioas_fini(struct ioas *ioas)
{
	while (ioas->areas) {
		struct area *area = ioas->areas;

		ioas->areas = area->next;
		free(area);
	}
}

const struct area *ioas_area_of_iova(struct ioas *ioas, uint64_t iova)
{
	const struct area *area = *area_at(ioas, iova);

	return area && area->iova <= iova && iova <= area->last ? area : NULL;
}

const struct area *ioas_area_of_host(const struct ioas *ioas, uint64_t address)
{
	for (const struct area *area = ioas->areas; area; area = area->next) {
		uint64_t first = (uintptr_t)area->host;

		if (first && first <= address && address - first <= area->last - area->iova)
			return area;
	}
	return NULL;
}
