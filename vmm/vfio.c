/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it works. The calls of docs/embedding.md, steps 1 to 3, in that order; each
 * function makes one. The structs are our own, as in the library, so that no kernel header of
 * the build machine can be too old. Guest RAM is one range of this VMM, and is mapped as one:
 * while a queue lies in it the kernel holds all of it. It lies above the window that MSIs
 * need (0x08000000 to 0x080FFFFF).
 *
 * The device is attached to the nest parent and stays there: its DMA would see guest RAM at
 * the guest's addresses, but no driver tells it to do any. There is no stage 1, so what the guest
 * invalidates is never there.
 *
 * Not done: /dev/vfio groups, several devices, memory that comes and goes.
 */
#include "vfio.h"

#include <cmdqv/describe.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MOST_INTERRUPTIONS = 16 };

#define NR(nr) ((unsigned long)';' << 8 | (nr))
#define NR_BIND NR(0x76U)
#define NR_ATTACH NR(0x77U)
#define NR_DETACH NR(0x78U)
#define NR_DESTROY NR(0x80U)
#define NR_IOAS_ALLOC NR(0x81U)
#define NR_IOAS_MAP NR(0x85U)
#define NR_HWPT_ALLOC NR(0x89U)

#define MAP_FIXED_IOVA 0x1U
#define MAP_WRITEABLE 0x2U
#define MAP_READABLE 0x4U
#define HWPT_NEST_PARENT 0x1U

#define LAYOUT(type, bytes, member, offset)                                                        \
	_Static_assert(sizeof(struct type) == (bytes) &&                                           \
			       offsetof(struct type, member) == (offset),                          \
		       #type)

/* The form without a token, which every kernel takes. */
struct bind {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};
LAYOUT(bind, 16, out_devid, 12);

struct attach {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pt_id;
};
LAYOUT(attach, 12, pt_id, 8);

struct detach {
	uint32_t argsz;
	uint32_t flags;
};
LAYOUT(detach, 8, flags, 4);

struct destroy {
	uint32_t size;
	uint32_t id;
};
LAYOUT(destroy, 8, id, 4);

struct ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t out_ioas_id;
};
LAYOUT(ioas_alloc, 12, out_ioas_id, 8);

struct ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	uint64_t user_va;
	uint64_t length;
	uint64_t iova;
};
LAYOUT(ioas_map, 40, iova, 32);

struct hwpt_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t dev_id;
	uint32_t pt_id;
	uint32_t out_hwpt_id;
	uint32_t reserved;
	uint32_t data_type; /* none */
	uint32_t data_len;
	uint64_t data_uptr;
	uint32_t fault_id;
	uint32_t reserved2;
};
LAYOUT(hwpt_alloc, 48, out_hwpt_id, 16);

/* ---- failures in words ---- */

enum step { OPEN_IOMMU, OPEN_DEVICE, BIND, IOAS, MAP, NEST_PARENT, ATTACH };

static const struct {
	const char *what;
	const char *call; /* as cmdqv_describe_errno() knows it */
} steps[] = {
	[OPEN_IOMMU] = {"/dev/iommu cannot be opened", "open"},
	[OPEN_DEVICE] = {"the VFIO device cannot be opened", "open"},
	[BIND] = {"VFIO_DEVICE_BIND_IOMMUFD", "VFIO_DEVICE_BIND_IOMMUFD"},
	[IOAS] = {"IOMMU_IOAS_ALLOC", "IOMMU_IOAS_ALLOC"},
	[MAP] = {"IOMMU_IOAS_MAP of guest RAM", "IOMMU_IOAS_MAP"},
	[NEST_PARENT] = {"IOMMU_HWPT_ALLOC of a nest parent", "IOMMU_HWPT_ALLOC"},
	[ATTACH] = {"VFIO_DEVICE_ATTACH_IOMMUFD_PT", "VFIO_DEVICE_ATTACH_IOMMUFD_PT"},
};

static int failed(struct cmdqv_error *error, enum step step, int code)
{
	const char *cause;
	const char *remedy;

	if (cmdqv_describe_errno(steps[step].call, code, 0, &cause, &remedy))
		return cmdqv_error_set(
			error, code, "vfio", "%s: %s; see 'cmdqv probe'", steps[step].what,
			code == -EPROTO ? "the kernel's answer makes no sense" : strerror(-code));
	return cmdqv_error_set(error, code, "vfio", "%s: %s: %s%s", steps[step].what, cause, remedy,
			       strstr(remedy, "'cmdqv probe'") ? "" : "; see 'cmdqv probe'");
}

/* ---- calls ---- */

static int call(int fd, unsigned long number, void *argument)
{
	for (int i = 0; i < MOST_INTERRUPTIONS; i++) {
		if (ioctl(fd, number, argument) >= 0)
			return 0;
		if (errno != EINTR)
			break;
	}
	return -errno;
}

/* Returns the descriptor or a negative errno. */
static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int bind_device(struct vfio *vfio)
{
	struct bind argument = {.argsz = sizeof(argument), .iommufd = vfio->iommufd};
	int err = call(vfio->device, NR_BIND, &argument);

	vfio->dev_id = argument.out_devid;
	return !err && !vfio->dev_id ? -EPROTO : err;
}

static int allocate_ioas(struct vfio *vfio)
{
	struct ioas_alloc argument = {.size = sizeof(argument)};
	int err = call(vfio->iommufd, NR_IOAS_ALLOC, &argument);

	vfio->ioas_id = argument.out_ioas_id;
	return !err && !vfio->ioas_id ? -EPROTO : err;
}

static int map_memory(const struct vfio *vfio, const struct memory *memory)
{
	struct ioas_map argument = {
		.size = sizeof(argument),
		.flags = MAP_FIXED_IOVA | MAP_WRITEABLE | MAP_READABLE,
		.ioas_id = vfio->ioas_id,
		.user_va = (uintptr_t)memory->host,
		.length = memory->bytes,
		.iova = memory->gpa,
	};

	return call(vfio->iommufd, NR_IOAS_MAP, &argument);
}

static int allocate_nest_parent(struct vfio *vfio)
{
	struct hwpt_alloc argument = {
		.size = sizeof(argument),
		.flags = HWPT_NEST_PARENT,
		.dev_id = vfio->dev_id,
		.pt_id = vfio->ioas_id,
	};
	int err = call(vfio->iommufd, NR_HWPT_ALLOC, &argument);

	vfio->nest_parent = argument.out_hwpt_id;
	return !err && !vfio->nest_parent ? -EPROTO : err;
}

static int attach_device(const struct vfio *vfio)
{
	struct attach argument = {.argsz = sizeof(argument), .pt_id = vfio->nest_parent};

	return call(vfio->device, NR_ATTACH, &argument);
}

/* What cannot be undone goes with the descriptors. */
static void detach_device(const struct vfio *vfio)
{
	struct detach argument = {.argsz = sizeof(argument)};

	(void)call(vfio->device, NR_DETACH, &argument);
}

static void destroy_object(const struct vfio *vfio, uint32_t id)
{
	struct destroy argument = {.size = sizeof(argument), .id = id};

	(void)call(vfio->iommufd, NR_DESTROY, &argument);
}

/* ---- making and unmaking ---- */

/* The iommufd and the device, bound to it. */
static int open_both(struct vfio *vfio, const char *cdev, struct cmdqv_error *error)
{
	int err;

	*vfio = (struct vfio){.info = {.size = sizeof(vfio->info)}};
	err = vfio->iommufd = open_file("/dev/iommu");
	if (err < 0)
		return failed(error, OPEN_IOMMU, err);
	err = vfio->device = open_file(cdev);
	if (err < 0) {
		(void)failed(error, OPEN_DEVICE, err);
		goto err_close_iommufd;
	}
	err = bind_device(vfio);
	if (err) {
		(void)failed(error, BIND, err);
		goto err_close_device;
	}
	return 0;

err_close_device:
	(void)close(vfio->device);
err_close_iommufd:
	(void)close(vfio->iommufd);
	return err;
}

static void close_both(const struct vfio *vfio)
{
	(void)close(vfio->device);
	(void)close(vfio->iommufd);
}

int vfio_ask(const char *cdev, struct cmdqv_hw_info *info, struct cmdqv_error *error)
{
	struct vfio vfio;
	int err = open_both(&vfio, cdev, error);

	if (err)
		return err;
	err = cmdqv_iommufd_query(vfio.iommufd, vfio.dev_id, info, error);
	close_both(&vfio);
	return err;
}

int vfio_open(struct vfio *vfio, const char *cdev, const struct memory *memory,
	      struct cmdqv_error *error)
{
	int err = open_both(vfio, cdev, error);

	if (err)
		return err;
	err = allocate_ioas(vfio);
	if (err) {
		(void)failed(error, IOAS, err);
		goto err_close;
	}
	err = map_memory(vfio, memory);
	if (err) {
		(void)failed(error, MAP, err);
		goto err_destroy_ioas;
	}
	err = cmdqv_iommufd_query(vfio->iommufd, vfio->dev_id, &vfio->info, error);
	if (err)
		goto err_destroy_ioas;
	err = allocate_nest_parent(vfio);
	if (err) {
		(void)failed(error, NEST_PARENT, err);
		goto err_destroy_ioas;
	}
	err = attach_device(vfio);
	if (err) {
		(void)failed(error, ATTACH, err);
		goto err_destroy_nest_parent;
	}
	return 0;

err_destroy_nest_parent:
	destroy_object(vfio, vfio->nest_parent);
err_destroy_ioas:
	destroy_object(vfio, vfio->ioas_id);
err_close:
	close_both(vfio);
	return err;
}

void vfio_close(struct vfio *vfio)
{
	detach_device(vfio);
	destroy_object(vfio, vfio->nest_parent);
	destroy_object(vfio, vfio->ioas_id);
	close_both(vfio);
}
