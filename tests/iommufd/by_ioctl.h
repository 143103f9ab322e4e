/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns the calls that a test makes of src/kernel/ into system calls with real structs:
 * included before tests/unit/kernel_errno_test.c, so that its one table of cases also
 * proves the front, which says the same errnos by ioctl. The macros have arguments, so that
 * the structs of the same names stay.
 */
#ifndef TESTS_IOMMUFD_BY_IOCTL_H
#define TESTS_IOMMUFD_BY_IOCTL_H

#include "kernel/kernel.h"

int by_ioctl_get_hw_info(struct kernel_iommufd *fd, struct kernel_get_hw_info *cmd);
int by_ioctl_ioas_alloc(struct kernel_iommufd *fd, struct kernel_ioas_alloc *cmd);
int by_ioctl_ioas_map(struct kernel_iommufd *fd, const struct kernel_ioas_map *cmd);
int by_ioctl_ioas_unmap(struct kernel_iommufd *fd, struct kernel_ioas_unmap *cmd);
int by_ioctl_hwpt_alloc(struct kernel_iommufd *fd, struct kernel_hwpt_alloc *cmd);
int by_ioctl_viommu_alloc(struct kernel_iommufd *fd, struct kernel_viommu_alloc *cmd);
int by_ioctl_vdevice_alloc(struct kernel_iommufd *fd, struct kernel_vdevice_alloc *cmd);
int by_ioctl_hw_queue_alloc(struct kernel_iommufd *fd, struct kernel_hw_queue_alloc *cmd);
int by_ioctl_veventq_alloc(struct kernel_iommufd *fd, struct kernel_veventq_alloc *cmd);
int by_ioctl_hwpt_invalidate(struct kernel_iommufd *fd, struct kernel_hwpt_invalidate *cmd);
int by_ioctl_destroy_object(struct kernel_iommufd *fd, uint32_t id);
int by_ioctl_mmap(struct kernel_iommufd *fd, struct kernel_mmap *cmd);
int by_ioctl_munmap(struct kernel_iommufd *fd, uint64_t offset);
ssize_t by_ioctl_veventq_read(struct kernel_iommufd *fd, uint32_t id, void *buffer, size_t bytes);
int by_ioctl_veventq_close(struct kernel_iommufd *fd, uint32_t id);

#ifndef BY_IOCTL_ITSELF
#define kernel_get_hw_info(fd, cmd) by_ioctl_get_hw_info(fd, cmd)
#define kernel_ioas_alloc(fd, cmd) by_ioctl_ioas_alloc(fd, cmd)
#define kernel_ioas_map(fd, cmd) by_ioctl_ioas_map(fd, cmd)
#define kernel_ioas_unmap(fd, cmd) by_ioctl_ioas_unmap(fd, cmd)
#define kernel_hwpt_alloc(fd, cmd) by_ioctl_hwpt_alloc(fd, cmd)
#define kernel_viommu_alloc(fd, cmd) by_ioctl_viommu_alloc(fd, cmd)
#define kernel_vdevice_alloc(fd, cmd) by_ioctl_vdevice_alloc(fd, cmd)
#define kernel_hw_queue_alloc(fd, cmd) by_ioctl_hw_queue_alloc(fd, cmd)
#define kernel_veventq_alloc(fd, cmd) by_ioctl_veventq_alloc(fd, cmd)
#define kernel_hwpt_invalidate(fd, cmd) by_ioctl_hwpt_invalidate(fd, cmd)
#define kernel_destroy_object(fd, id) by_ioctl_destroy_object(fd, id)
#define kernel_mmap(fd, cmd) by_ioctl_mmap(fd, cmd)
#define kernel_munmap(fd, offset) by_ioctl_munmap(fd, offset)
#define kernel_veventq_read(fd, id, buffer, bytes) by_ioctl_veventq_read(fd, id, buffer, bytes)
#define kernel_veventq_close(fd, id) by_ioctl_veventq_close(fd, id)
#endif

#endif
