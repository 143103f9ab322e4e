/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a VMM does itself, before and beside the backend: docs/iommufd.md, [ABI-0],
 * up to the nest parent. Structs as literals of 32-bit and 64-bit words, so that they depend on
 * nothing.
 */
#ifndef TESTS_IOMMUFD_UAPI_H
#define TESTS_IOMMUFD_UAPI_H

#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>

static inline int uapi_result(int result)
{
	return result < 0 ? -errno : 0;
}

/* VFIO_DEVICE_BIND_IOMMUFD */
static inline int uapi_bind(int device, int iommufd, uint32_t *dev_id)
{
	uint32_t a[4] = {sizeof(a), 0, (uint32_t)iommufd, 0};
	int result = uapi_result(ioctl(device, 0x3B76UL, a));

	*dev_id = a[3];
	return result;
}

/* VFIO_DEVICE_ATTACH_IOMMUFD_PT */
static inline int uapi_attach(int device, uint32_t pt_id)
{
	uint32_t a[3] = {sizeof(a), 0, pt_id};

	return uapi_result(ioctl(device, 0x3B77UL, a));
}

/* IOMMU_IOAS_ALLOC */
static inline int uapi_ioas(int iommufd, uint32_t *ioas_id)
{
	uint32_t a[3] = {sizeof(a), 0, 0};
	int result = uapi_result(ioctl(iommufd, 0x3B81UL, a));

	*ioas_id = a[2];
	return result;
}

/* IOMMU_IOAS_MAP, fixed, readable and writeable */
static inline int uapi_map(int iommufd, uint32_t ioas_id, uint64_t iova, void *memory,
			   uint64_t bytes)
{
	struct {
		uint32_t word[4];
		uint64_t wide[3];
	} a = {{sizeof(a), 7, ioas_id, 0}, {(uintptr_t)memory, bytes, iova}};

	return uapi_result(ioctl(iommufd, 0x3B85UL, &a));
}

/* IOMMU_IOAS_UNMAP */
static inline int uapi_unmap(int iommufd, uint32_t ioas_id, uint64_t iova, uint64_t bytes)
{
	struct {
		uint32_t word[2];
		uint64_t wide[2];
	} a = {{sizeof(a), ioas_id}, {iova, bytes}};

	return uapi_result(ioctl(iommufd, 0x3B86UL, &a));
}

/* IOMMU_HWPT_ALLOC of a nest parent */
static inline int uapi_nest_parent(int iommufd, uint32_t dev_id, uint32_t ioas_id, uint32_t *id)
{
	uint32_t a[12] = {sizeof(a), 1, dev_id, ioas_id};
	int result = uapi_result(ioctl(iommufd, 0x3B89UL, a));

	*id = a[4];
	return result;
}

/* IOMMU_DESTROY */
static inline int uapi_destroy(int iommufd, uint32_t id)
{
	uint32_t a[2] = {sizeof(a), id};

	return uapi_result(ioctl(iommufd, 0x3B80UL, a));
}

#endif
