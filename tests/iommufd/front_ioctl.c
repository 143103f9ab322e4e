/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ioctls of the front: from bytes to calls of src/kernel/ and back. Numbers, sizes and
 * offsets are those of docs/iommufd.md, written down here a second time on
 * purpose: what the backend's header gets wrong must not be wrong here too.
 */
#include <errno.h>
#include <string.h>

#include "front_internal.h"

enum { MOST_BYTES = 48, FAULTS_BELOW = 4096 };

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void *pointer(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

/* NULL is a value like others; what cannot be reached is -EFAULT, but only if it is. */
static bool faults(uint64_t address, uint64_t bytes)
{
	return bytes != 0 && address != 0 && address < FAULTS_BELOW;
}

static int destroy(struct descriptor *d, uint8_t *a)
{
	return kernel_destroy_object(d->kernel_fd, get32(a + 4));
}

static int ioas_alloc(struct descriptor *d, uint8_t *a)
{
	struct kernel_ioas_alloc cmd = {.flags = get32(a + 4)};
	int err = kernel_ioas_alloc(d->kernel_fd, &cmd);

	put32(a + 8, cmd.out_ioas_id);
	return err;
}

static int ioas_map(struct descriptor *d, uint8_t *a)
{
	const struct kernel_ioas_map cmd = {
		.flags = get32(a + 4),
		.ioas_id = get32(a + 8),
		.reserved = get32(a + 12),
		.user_va = pointer(get64(a + 16)),
		.length = get64(a + 24),
		.iova = get64(a + 32),
	};

	if (front_is_page0(get64(a + 16), cmd.length))
		return -EFAULT; /* memory of a device cannot be pinned */
	return kernel_ioas_map(d->kernel_fd, &cmd);
}

static int ioas_unmap(struct descriptor *d, uint8_t *a)
{
	struct kernel_ioas_unmap cmd = {
		.ioas_id = get32(a + 4), .iova = get64(a + 8), .length = get64(a + 16)};
	int err = kernel_ioas_unmap(d->kernel_fd, &cmd);

	put64(a + 16, cmd.length);
	return err;
}

static int hwpt_alloc(struct descriptor *d, uint8_t *a)
{
	struct kernel_hwpt_alloc cmd = {
		.flags = get32(a + 4),
		.dev_id = get32(a + 8),
		.pt_id = get32(a + 12),
		.reserved = get32(a + 20),
		.data_type = get32(a + 24),
		.data_len = get32(a + 28),
		.data = pointer(get64(a + 32)),
		.fault_id = get32(a + 40),
		.reserved2 = get32(a + 44),
	};
	int err;

	if (faults(get64(a + 32), cmd.data_len))
		return -EFAULT;
	err = kernel_hwpt_alloc(d->kernel_fd, &cmd);
	put32(a + 16, cmd.out_hwpt_id);
	return err;
}

static int hw_info(struct descriptor *d, uint8_t *a)
{
	struct kernel_get_hw_info cmd = {
		.flags = get32(a + 4),
		.dev_id = get32(a + 8),
		.data_len = get32(a + 12),
		.data = pointer(get64(a + 16)),
		.data_type = get32(a + 24),
		.reserved = {a[29], a[30], a[31]},
	};
	int err;

	if (cmd.data_len && get64(a + 16) < FAULTS_BELOW)
		return -EFAULT;
	err = kernel_get_hw_info(d->kernel_fd, &cmd);
	put32(a + 12, cmd.data_len);
	put32(a + 24, cmd.data_type);
	a[28] = 0;
	put64(a + 32, cmd.out_capabilities);
	return err;
}

static int viommu_alloc(struct descriptor *d, uint8_t *a)
{
	struct kernel_viommu_cmdqv data = {0};
	uint64_t to = get64(a + 32);
	struct kernel_viommu_alloc cmd = {
		.flags = get32(a + 4),
		.type = get32(a + 8),
		.dev_id = get32(a + 12),
		.hwpt_id = get32(a + 16),
		.data_len = get32(a + 24),
		.reserved = get32(a + 28),
		.data = to ? &data : NULL,
	};
	int err;

	if (faults(to, cmd.data_len))
		return -EFAULT;
	err = kernel_viommu_alloc(d->kernel_fd, &cmd);
	if (!err && cmd.data_len) {
		put64(pointer(to), data.out_vintf_mmap_offset);
		put64((uint8_t *)pointer(to) + 8, data.out_vintf_mmap_length);
	}
	put32(a + 20, cmd.out_viommu_id);
	return err;
}

static int vdevice_alloc(struct descriptor *d, uint8_t *a)
{
	struct kernel_vdevice_alloc cmd = {
		.viommu_id = get32(a + 4), .dev_id = get32(a + 8), .virt_id = get64(a + 16)};
	int err = kernel_vdevice_alloc(d->kernel_fd, &cmd);

	put32(a + 12, cmd.out_vdevice_id);
	return err;
}

static int hw_queue_alloc(struct descriptor *d, uint8_t *a)
{
	struct kernel_hw_queue_alloc cmd = {
		.flags = get32(a + 4),
		.viommu_id = get32(a + 8),
		.type = get32(a + 12),
		.index = get32(a + 16),
		.nesting_parent_iova = get64(a + 24),
		.length = get64(a + 32),
	};
	int err = kernel_hw_queue_alloc(d->kernel_fd, &cmd);

	put32(a + 20, cmd.out_hw_queue_id);
	return err;
}

static int veventq_alloc(struct descriptor *d, uint8_t *a)
{
	struct kernel_veventq_alloc cmd = {
		.flags = get32(a + 4),
		.viommu_id = get32(a + 8),
		.type = get32(a + 12),
		.veventq_depth = get32(a + 16),
		.reserved = get32(a + 28),
	};
	int err = kernel_veventq_alloc(d->kernel_fd, &cmd);

	if (err)
		return err;
	front_add_descriptor(EVENTS, cmd.out_veventq_fd, d->kernel_fd, cmd.out_veventq_id);
	put32(a + 20, cmd.out_veventq_id);
	put32(a + 24, (uint32_t)cmd.out_veventq_fd);
	return 0;
}

static int invalidate(struct descriptor *d, uint8_t *a)
{
	struct kernel_hwpt_invalidate cmd = {
		.hwpt_id = get32(a + 4),
		.data = pointer(get64(a + 8)),
		.data_type = get32(a + 16),
		.entry_len = get32(a + 20),
		.entry_num = get32(a + 24),
		.reserved = get32(a + 28),
	};
	int err;

	if (faults(get64(a + 8), cmd.entry_num))
		return -EFAULT;
	err = kernel_hwpt_invalidate(d->kernel_fd, &cmd);
	put32(a + 24, cmd.entry_num);
	return err;
}

static const struct {
	unsigned long number;
	uint32_t size;
	uint32_t least;
	bool answers_failures; /* the struct is written back whatever comes of the call */
	int (*call)(struct descriptor *d, uint8_t *argument);
} table[] = {
	{0x3B80, 8, 8, false, destroy},		 {0x3B81, 12, 12, false, ioas_alloc},
	{0x3B85, 40, 40, false, ioas_map},	 {0x3B86, 24, 24, false, ioas_unmap},
	{0x3B89, 48, 24, false, hwpt_alloc},	 {0x3B8A, 40, 32, false, hw_info},
	{0x3B8D, 32, 32, true, invalidate},	 {0x3B90, 40, 24, false, viommu_alloc},
	{0x3B91, 24, 24, false, vdevice_alloc},	 {0x3B93, 32, 28, false, veventq_alloc},
	{0x3B94, 40, 40, false, hw_queue_alloc},
};

/* The struct says its size first; a larger one may only have a tail of zeros. */
static int copy_in(uint8_t *to, const uint8_t *user, uint32_t known, uint32_t least, uint32_t *size)
{
	*size = get32(user);
	if (*size < least)
		return -EINVAL;
	for (uint32_t i = known; i < *size; i++)
		if (user[i])
			return -E2BIG;
	if (*size > known)
		*size = known;
	memcpy(to, user, *size);
	return 0;
}

static int iommufd_ioctl(struct descriptor *d, unsigned long number, uint8_t *user)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint8_t argument[MOST_BYTES] = {0};
		uint32_t size;
		int err;

		if (table[i].number != number)
			continue;
		err = copy_in(argument, user, table[i].size, table[i].least, &size);
		if (err)
			return err;
		err = table[i].call(d, argument);
		if (!err || table[i].answers_failures)
			memcpy(user, argument, size);
		return err;
	}
	return -ENOTTY;
}

static int device_bind(struct descriptor *d, uint8_t *a)
{
	struct kernel_device_bind cmd = {
		.flags = get32(a + 4), .sid = d->sid, .num_sids = d->num_sids};
	const struct descriptor *iommufd = front_descriptor((int)get32(a + 8));
	int err;

	if (!iommufd || iommufd->kind != IOMMUFD)
		return -EBADF;
	if (d->kernel_fd)
		return -EINVAL;
	err = kernel_device_bind(iommufd->kernel_fd, &cmd);
	if (err)
		return err;
	d->kernel_fd = iommufd->kernel_fd;
	d->id = cmd.out_devid;
	put32(a + 12, cmd.out_devid);
	return 0;
}

static int device_ioctl(struct descriptor *d, unsigned long number, uint8_t *a)
{
	uint32_t size = get32(a);

	switch (number) {
	case 0x3B76:
		return size < 16 ? -EINVAL : device_bind(d, a);
	case 0x3B77:
		if (size < 12 || get32(a + 4) || !d->kernel_fd)
			return -EINVAL;
		return kernel_device_attach(d->kernel_fd, d->id, get32(a + 8));
	case 0x3B78:
		if (size < 8 || get32(a + 4) || !d->kernel_fd)
			return -EINVAL;
		return kernel_device_detach(d->kernel_fd, d->id);
	default:
		return -ENOTTY;
	}
}

int front_do_ioctl(struct descriptor *d, unsigned long number, void *argument)
{
	if ((uintptr_t)argument < FAULTS_BELOW)
		return -EFAULT;
	switch (d->kind) {
	case IOMMUFD:
		return iommufd_ioctl(d, number, argument);
	case DEVICE:
		return device_ioctl(d, number, argument);
	default:
		return -ENOTTY;
	}
}
