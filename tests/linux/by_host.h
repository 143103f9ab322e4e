/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * After by_ioctl.h, for a table of cases that goes to Linux itself: what by_ioctl.c leaves
 * to the front, and what is VFIO's.
 */
#ifndef TESTS_LINUX_BY_HOST_H
#define TESTS_LINUX_BY_HOST_H

#include "kernel/kernel.h"

int host_device_bind(struct kernel_iommufd *fd, struct kernel_device_bind *cmd);
int host_device_unbind(struct kernel_iommufd *fd, uint32_t dev_id);
int host_device_attach(struct kernel_iommufd *fd, uint32_t dev_id, uint32_t pt_id);
int host_device_detach(struct kernel_iommufd *fd, uint32_t dev_id);
int host_viommu_query(struct kernel_iommufd *fd, uint32_t viommu_id, uint32_t *vintf,
		      uint16_t *vmid);
int host_mmap(struct kernel_iommufd *fd, struct kernel_mmap *cmd);
int host_munmap(struct kernel_iommufd *fd, uint64_t offset);
int host_veventq_alloc(struct kernel_iommufd *fd, struct kernel_veventq_alloc *cmd);
ssize_t host_veventq_read(struct kernel_iommufd *fd, uint32_t id, void *buffer, size_t bytes);
int host_veventq_close(struct kernel_iommufd *fd, uint32_t id);

#undef kernel_mmap
#undef kernel_munmap
#undef kernel_veventq_alloc
#undef kernel_veventq_read
#undef kernel_veventq_close
#define kernel_device_bind(fd, cmd) host_device_bind(fd, cmd)
#define kernel_device_unbind(fd, id) host_device_unbind(fd, id)
#define kernel_device_attach(fd, id, pt) host_device_attach(fd, id, pt)
#define kernel_device_detach(fd, id) host_device_detach(fd, id)
#define kernel_viommu_query(fd, id, vintf, vmid) host_viommu_query(fd, id, vintf, vmid)
#define kernel_mmap(fd, cmd) host_mmap(fd, cmd)
#define kernel_munmap(fd, offset) host_munmap(fd, offset)
#define kernel_veventq_alloc(fd, cmd) host_veventq_alloc(fd, cmd)
#define kernel_veventq_read(fd, id, buffer, bytes) host_veventq_read(fd, id, buffer, bytes)
#define kernel_veventq_close(fd, id) host_veventq_close(fd, id)

#endif
