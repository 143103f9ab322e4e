/* SPDX-License-Identifier: BSD-2-Clause */
/* Structs as arrays of 32-bit words, by the offsets of docs/iommufd.md. */
#define BY_IOCTL_ITSELF
#include "by_ioctl.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "front.h"

enum { MOST_WORDS = 12 };

static void put64(uint32_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

static uint64_t get64(const uint32_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void put_pointer(uint32_t *at, const void *pointer)
{
	put64(at, (uint64_t)(uintptr_t)pointer);
}

/* One ioctl on a descriptor for `fd`; the first word is the size. */
static int make(struct kernel_iommufd *kernel_fd, unsigned long number, uint32_t *a, uint32_t bytes)
{
	int fd = front_lend(kernel_fd);
	int err;

	a[0] = bytes;
	err = ioctl(fd, number, a) < 0 ? -errno : 0;
	front_return(fd);
	return err;
}

int by_ioctl_get_hw_info(struct kernel_iommufd *fd, struct kernel_get_hw_info *cmd)
{
	uint32_t a[MOST_WORDS] = {0, cmd->flags, cmd->dev_id, cmd->data_len, 0, 0, cmd->data_type};
	int err;

	put_pointer(&a[4], cmd->data);
	memcpy((uint8_t *)&a[7] + 1, cmd->reserved, 3);
	err = make(fd, 0x3B8A, a, 40);
	if (!err) {
		cmd->data_len = a[3];
		cmd->data_type = a[6];
		cmd->out_capabilities = get64(&a[8]);
	}
	return err;
}

int by_ioctl_ioas_alloc(struct kernel_iommufd *fd, struct kernel_ioas_alloc *cmd)
{
	uint32_t a[MOST_WORDS] = {0, cmd->flags};
	int err = make(fd, 0x3B81, a, 12);

	cmd->out_ioas_id = a[2];
	return err;
}

int by_ioctl_ioas_map(struct kernel_iommufd *fd, const struct kernel_ioas_map *cmd)
{
	uint32_t a[MOST_WORDS] = {0, cmd->flags, cmd->ioas_id, cmd->reserved};

	put_pointer(&a[4], cmd->user_va);
	put64(&a[6], cmd->length);
	put64(&a[8], cmd->iova);
	return make(fd, 0x3B85, a, 40);
}

int by_ioctl_ioas_unmap(struct kernel_iommufd *fd, struct kernel_ioas_unmap *cmd)
{
	uint32_t a[MOST_WORDS] = {0, cmd->ioas_id};
	int err;

	put64(&a[2], cmd->iova);
	put64(&a[4], cmd->length);
	err = make(fd, 0x3B86, a, 24);
	cmd->length = get64(&a[4]);
	return err;
}

int by_ioctl_hwpt_alloc(struct kernel_iommufd *fd, struct kernel_hwpt_alloc *cmd)
{
	uint32_t a[MOST_WORDS] = {0,
				  cmd->flags,
				  cmd->dev_id,
				  cmd->pt_id,
				  0,
				  cmd->reserved,
				  cmd->data_type,
				  cmd->data_len,
				  0,
				  0,
				  cmd->fault_id,
				  cmd->reserved2};
	int err;

	put_pointer(&a[8], cmd->data);
	err = make(fd, 0x3B89, a, 48);
	cmd->out_hwpt_id = a[4];
	return err;
}

int by_ioctl_viommu_alloc(struct kernel_iommufd *fd, struct kernel_viommu_alloc *cmd)
{
	uint32_t a[MOST_WORDS] = {0, cmd->flags,    cmd->type,	  cmd->dev_id, cmd->hwpt_id,
				  0, cmd->data_len, cmd->reserved};
	int err;

	put_pointer(&a[8], cmd->data);
	err = make(fd, 0x3B90, a, 40);
	cmd->out_viommu_id = a[5];
	return err;
}

int by_ioctl_vdevice_alloc(struct kernel_iommufd *fd, struct kernel_vdevice_alloc *cmd)
{
	uint32_t a[MOST_WORDS] = {0, cmd->viommu_id, cmd->dev_id};
	int err;

	put64(&a[4], cmd->virt_id);
	err = make(fd, 0x3B91, a, 24);
	cmd->out_vdevice_id = a[3];
	return err;
}

int by_ioctl_hw_queue_alloc(struct kernel_iommufd *fd, struct kernel_hw_queue_alloc *cmd)
{
	uint32_t a[MOST_WORDS] = {0, cmd->flags, cmd->viommu_id, cmd->type, cmd->index};
	int err;

	put64(&a[6], cmd->nesting_parent_iova);
	put64(&a[8], cmd->length);
	err = make(fd, 0x3B94, a, 40);
	cmd->out_hw_queue_id = a[5];
	return err;
}

int by_ioctl_veventq_alloc(struct kernel_iommufd *fd, struct kernel_veventq_alloc *cmd)
{
	uint32_t a[MOST_WORDS] = {0, cmd->flags, cmd->viommu_id, cmd->type, cmd->veventq_depth,
				  0, 0,		 cmd->reserved};
	int err = make(fd, 0x3B93, a, 32);

	cmd->out_veventq_id = a[5];
	cmd->out_veventq_fd = (int)a[6];
	return err;
}

int by_ioctl_hwpt_invalidate(struct kernel_iommufd *fd, struct kernel_hwpt_invalidate *cmd)
{
	uint32_t a[MOST_WORDS] = {0,
				  cmd->hwpt_id,
				  0,
				  0,
				  cmd->data_type,
				  cmd->entry_len,
				  cmd->entry_num,
				  cmd->reserved};
	int err;

	put_pointer(&a[2], cmd->data);
	err = make(fd, 0x3B8D, a, 32);
	cmd->entry_num = a[6];
	return err;
}

int by_ioctl_destroy_object(struct kernel_iommufd *fd, uint32_t id)
{
	uint32_t a[MOST_WORDS] = {0, id};

	return make(fd, 0x3B80, a, 8);
}

int by_ioctl_mmap(struct kernel_iommufd *kernel_fd, struct kernel_mmap *cmd)
{
	int fd = front_lend(kernel_fd);
	void *page = mmap(NULL, cmd->length, cmd->prot, cmd->flags, fd, (off_t)cmd->offset);
	int err = page == MAP_FAILED ? -errno : 0;

	front_return(fd);
	return err;
}

int by_ioctl_munmap(struct kernel_iommufd *kernel_fd, uint64_t offset)
{
	int fd = front_lend(kernel_fd);
	void *page = front_mapping(fd, offset);

	front_return(fd);
	if (!page)
		return kernel_munmap(kernel_fd, offset);
	return munmap(page, 0x10000) < 0 ? -errno : 0;
}

static int event_fd(struct kernel_iommufd *kernel_fd, uint32_t id)
{
	int fd = front_lend(kernel_fd);
	int events = front_event_fd(fd, id);

	front_return(fd);
	return events;
}

/* A vEVENTQ that is not there has no descriptor either: then the kernel says so itself. */
ssize_t by_ioctl_veventq_read(struct kernel_iommufd *fd, uint32_t id, void *buffer, size_t bytes)
{
	int events = event_fd(fd, id);
	ssize_t result;

	if (events < 0)
		return kernel_veventq_read(fd, id, buffer, bytes);
	result = read(events, buffer, bytes);
	return result < 0 ? -errno : result;
}

int by_ioctl_veventq_close(struct kernel_iommufd *fd, uint32_t id)
{
	int events = event_fd(fd, id);

	return events < 0 ? kernel_veventq_close(fd, id) : close(events);
}
