/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The software backend: the model as hardware, src/kernel/ as its host, and for each
 * client what a VMM does with iommufd: an IOAS, a nest parent, a vIOMMU whose page is
 * mapped, an event queue; then a HW queue for each bind and a vDEVICE for each device.
 *
 * A vIOMMU needs a device behind the SMMU. VMMs have one before they start; here the
 * client binds a bridge, which has no StreamID of its own, and devices come later.
 *
 * The kernel's interrupt handler runs after each call on the model that may have raised
 * the interrupt, never from within the model's callback.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmdqv/regs.h>
#include <cmdqv/model/soft.h>

#include "base/sized.h"
#include "describe/failure.h"
#include "kernel/kernel.h"

#define EVENT_DEPTH 128
#define VMID_BITS 16

struct cmdqv_soft_host {
	struct cmdqv_soft_host_config config;
	struct cmdqv_soft_ops ops;
	void *user;
	struct cmdqv_model *model;
	struct kernel *kernel;
};

struct soft_device {
	uint32_t vsid;
	uint32_t dev_id;
	uint32_t vdevice_id; /* 0: the entry is free */
};

struct cmdqv_soft {
	struct cmdqv_soft_host *host;
	struct kernel_iommufd *fd;
	uint32_t bridge_id;
	uint32_t ioas_id;
	uint32_t parent_id;
	uint32_t viommu_id;
	uint32_t veventq_id;
	int event_fd;
	uint64_t mmap_offset;
	struct cmdqv_page_view view;
	uint32_t vintf;
	uint16_t vmid;
	int broken;
	uint32_t queue_ids[CMDQV_MAX_VCMDQS]; /* 0: not bound */
	struct soft_device devices[CMDQV_MAX_SIDS];
};

/* The model's and the kernel's operations. */

static int host_read(void *user, uint32_t vintf, uint64_t address, void *buffer, size_t bytes)
{
	const struct cmdqv_soft_host *host = user;

	return kernel_read_memory(host->kernel, vintf, address, buffer, bytes);
}

static int host_execute(void *user, const struct cmdqv_command *command)
{
	const struct cmdqv_soft_host *host = user;

	return host->ops.execute(host->user, command);
}

static void host_interrupt(void *user)
{
	const struct cmdqv_soft_host *host = user;

	kernel_raise_interrupt(host->kernel);
}

static void host_kick(void *user)
{
	const struct cmdqv_soft_host *host = user;

	host->ops.kick(host->user);
}

static void host_trace(void *user, const struct cmdqv_trace_event *event)
{
	const struct cmdqv_soft_host *host = user;

	host->ops.trace(host->user, event);
}

/* The host. */

static int check_host_config(const struct cmdqv_soft_host_config *config, struct cmdqv_error *error)
{
	uint64_t granule = config->granule_bytes;

	if (config->log2_vintfs < 1)
		return cmdqv_error_set(error, -EINVAL, "bad-geometry",
				       "log2_vintfs must be 1 to 6: VINTF 0 is the host's");
	if (config->cmdqs < 7 || config->cmdqs > CMDQV_MAX_LOG2SIZE)
		return cmdqv_error_set(error, -EINVAL, "bad-cmdqs", "cmdqs must be 7 to %u, not %u",
				       CMDQV_MAX_LOG2SIZE, config->cmdqs);
	if (granule && (granule < 4096 || (granule & (granule - 1))))
		return cmdqv_error_set(error, -EINVAL, "bad-granule",
				       "granule_bytes must be 0 or a power of two from 4096");
	return 0;
}

static int check_host_ops(const struct cmdqv_soft_ops *ops, struct cmdqv_error *error)
{
	if (!ops->execute || !ops->kick)
		return cmdqv_error_set(error, -EINVAL, "missing-operation",
				       "struct cmdqv_soft_ops lacks %s",
				       ops->execute ? "kick" : "execute");
	return 0;
}

static int create_model(struct cmdqv_soft_host *host, struct cmdqv_error *error)
{
	const struct cmdqv_model_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = host->config.log2_vcmdqs,
		.log2_vintfs = host->config.log2_vintfs,
		.log2_sids = host->config.log2_sids,
	};
	const struct cmdqv_model_ops ops = {
		.size = sizeof(ops),
		.read = host_read,
		.execute = host_execute,
		.interrupt = host_interrupt,
		.kick = host_kick,
		.trace = host->ops.trace ? host_trace : NULL,
		.read_entries = host_read,
	};

	return cmdqv_model_create(&host->model, &config, &ops, host, error);
}

static int boot_kernel(struct cmdqv_soft_host *host, struct cmdqv_error *error)
{
	const struct kernel_config config = {
		.cmdqs = host->config.cmdqs,
		.vmid_bits = VMID_BITS,
		.granule_bytes = host->config.granule_bytes,
	};
	const struct kernel_ops ops = {.execute = host_execute};
	int err = kernel_create(&host->kernel, host->model, &config, &ops, host);

	if (err)
		return cmdqv_error_set(error, err, "kernel",
				       "the software host kernel did not boot: %s", strerror(-err));
	return 0;
}

int cmdqv_soft_host_create(struct cmdqv_soft_host **out,
			   const struct cmdqv_soft_host_config *config,
			   const struct cmdqv_soft_ops *ops, void *user, struct cmdqv_error *error)
{
	struct cmdqv_soft_host *host;
	int err;

	if (!out)
		return cmdqv_error_set(error, -EINVAL, "no-result",
				       "there is no place for the host");
	host = calloc(1, sizeof(*host));
	if (!host)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "no memory for a host");
	host->user = user;
	err = sized_copy_in(&host->config, sizeof(host->config), sizeof(host->config), config,
			    "struct cmdqv_soft_host_config", error);
	if (err)
		goto err_free;
	err = sized_copy_in(&host->ops, sizeof(host->ops), sizeof(host->ops), ops,
			    "struct cmdqv_soft_ops", error);
	if (err)
		goto err_free;
	err = check_host_config(&host->config, error);
	if (err)
		goto err_free;
	err = check_host_ops(&host->ops, error);
	if (err)
		goto err_free;
	err = create_model(host, error);
	if (err)
		goto err_free;
	err = boot_kernel(host, error);
	if (err)
		goto err_destroy_model;
	*out = host;
	return 0;

err_destroy_model:
	cmdqv_model_destroy(host->model);
err_free:
	free(host);
	return err;
}

void cmdqv_soft_host_destroy(struct cmdqv_soft_host *host)
{
	if (!host)
		return;
	kernel_destroy(host->kernel);
	cmdqv_model_destroy(host->model);
	free(host);
}

int cmdqv_soft_host_run(struct cmdqv_soft_host *host, uint32_t budget)
{
	int fetched = cmdqv_model_run(host->model, budget);

	if (fetched != -EBUSY)
		kernel_handle_interrupt(host->kernel);
	return fetched;
}

bool cmdqv_soft_host_pending(const struct cmdqv_soft_host *host)
{
	return cmdqv_model_pending(host->model) || kernel_interrupt_pending(host->kernel);
}

struct cmdqv_model *cmdqv_soft_host_model(struct cmdqv_soft_host *host)
{
	return host->model;
}

/* The operations of a backend. */

static int soft_geometry(void *impl, struct cmdqv_backend_geometry *geometry)
{
	const struct cmdqv_soft *soft = impl;
	struct kernel_hw_info_cmdqv info = {0};
	struct kernel_get_hw_info cmd = {
		.flags = KERNEL_HW_INFO_INPUT_TYPE,
		.dev_id = soft->bridge_id,
		.data_len = sizeof(info),
		.data = &info,
		.data_type = KERNEL_HW_INFO_TEGRA241_CMDQV,
	};
	int err = kernel_get_hw_info(soft->fd, &cmd);

	if (err)
		return err;
	geometry->num_lvcmdqs = 1U << info.log2vcmdqs;
	geometry->num_sids = 1U << info.log2vsids;
	geometry->version = info.version;
	return 0;
}

static int soft_queue_bind(void *impl, uint32_t index, cmdqv_gpa_t base, uint64_t bytes,
			   struct cmdqv_error *error)
{
	struct cmdqv_soft *soft = impl;
	struct kernel_hw_queue_alloc cmd = {
		.viommu_id = soft->viommu_id,
		.type = KERNEL_HW_QUEUE_TEGRA241_CMDQV,
		.index = index,
		.nesting_parent_iova = base.value,
		.length = bytes,
	};
	int err;

	if (soft->broken)
		return cmdqv_error_set(
			error, -EIO, "backend-broken",
			"queue %u is not bound: an earlier unbind failed (%s); close the "
			"backend and open it again",
			index, strerror(-soft->broken));
	err = kernel_hw_queue_alloc(soft->fd, &cmd);
	if (err)
		return failure_set(error, REASON_HW_QUEUE_ALLOC, err);
	soft->queue_ids[index] = cmd.out_hw_queue_id;
	return 0;
}

static void soft_queue_unbind(void *impl, uint32_t index)
{
	struct cmdqv_soft *soft = impl;
	int err = -ENOENT;

	if (index < CMDQV_MAX_VCMDQS && soft->queue_ids[index])
		err = kernel_destroy_object(soft->fd, soft->queue_ids[index]);
	if (!err)
		soft->queue_ids[index] = 0;
	else if (!soft->broken)
		soft->broken = err;
}

static uint64_t register_offset(const struct cmdqv_soft *soft, uint32_t index, uint32_t reg)
{
	return CMDQV_VINTF_PAGE0 + (uint64_t)soft->vintf * CMDQV_VINTF_PAGE_STRIDE +
	       (uint64_t)index * CMDQV_SLOT_STRIDE + reg;
}

static uint32_t soft_queue_read(void *impl, uint32_t index, uint32_t reg)
{
	const struct cmdqv_soft *soft = impl;
	struct cmdqv_mmio access = {.offset = register_offset(soft, index, reg), .size = 4};

	if (cmdqv_model_access(soft->host->model, &access))
		return 0;
	return (uint32_t)access.value;
}

static void soft_queue_write(void *impl, uint32_t index, uint32_t reg, uint32_t value)
{
	const struct cmdqv_soft *soft = impl;
	struct cmdqv_mmio access = {.offset = register_offset(soft, index, reg),
				    .value = value,
				    .size = 4,
				    .write = true};

	if (!cmdqv_model_access(soft->host->model, &access))
		kernel_handle_interrupt(soft->host->kernel);
}

static int soft_page0_view(void *impl, struct cmdqv_page_view *view)
{
	const struct cmdqv_soft *soft = impl;

	*view = soft->view;
	return 0;
}

static int soft_event_fd(void *impl)
{
	const struct cmdqv_soft *soft = impl;

	return soft->event_fd;
}

static int soft_event_read(void *impl, struct cmdqv_backend_event *event)
{
	const struct cmdqv_soft *soft = impl;
	uint8_t record[sizeof(struct kernel_vevent_header) + sizeof(struct kernel_vevent_cmdqv)];
	struct kernel_vevent_header header;
	ssize_t bytes = kernel_veventq_read(soft->fd, soft->veventq_id, record, sizeof(record));

	if (bytes <= 0)
		return (int)bytes;
	if ((size_t)bytes < sizeof(header))
		return -EMSGSIZE;
	memcpy(&header, record, sizeof(header));
	*event = (struct cmdqv_backend_event){
		.sequence = header.sequence,
		.lost = header.flags & KERNEL_VEVENT_LOST,
	};
	if (event->lost)
		return (size_t)bytes == sizeof(header) ? 1 : -EBADMSG;
	if ((size_t)bytes != sizeof(record))
		return -EMSGSIZE;
	return 1;
}

static int soft_broken(void *impl)
{
	const struct cmdqv_soft *soft = impl;

	return soft->broken;
}

static const struct cmdqv_backend_ops soft_backend_ops = {
	.size = sizeof(struct cmdqv_backend_ops),
	.geometry = soft_geometry,
	.queue_bind = soft_queue_bind,
	.queue_unbind = soft_queue_unbind,
	.queue_read = soft_queue_read,
	.queue_write = soft_queue_write,
	.page0_view = soft_page0_view,
	.event_fd = soft_event_fd,
	.event_read = soft_event_read,
	.broken = soft_broken,
};

/* Opening a client; each step is undone by its label in cmdqv_soft_open(). */

static int open_bridge(struct cmdqv_soft *soft)
{
	struct kernel_device_bind cmd = {.num_sids = 0};
	int err = kernel_device_bind(soft->fd, &cmd);

	soft->bridge_id = cmd.out_devid;
	return err;
}

static int open_ioas(struct cmdqv_soft *soft)
{
	struct kernel_ioas_alloc cmd = {.flags = 0};
	int err = kernel_ioas_alloc(soft->fd, &cmd);

	soft->ioas_id = cmd.out_ioas_id;
	return err;
}

static int open_parent(struct cmdqv_soft *soft)
{
	struct kernel_hwpt_alloc cmd = {
		.flags = KERNEL_HWPT_NEST_PARENT,
		.dev_id = soft->bridge_id,
		.pt_id = soft->ioas_id,
	};
	int err = kernel_hwpt_alloc(soft->fd, &cmd);

	soft->parent_id = cmd.out_hwpt_id;
	return err;
}

static int open_viommu(struct cmdqv_soft *soft)
{
	struct kernel_viommu_cmdqv data = {0};
	struct kernel_viommu_alloc cmd = {
		.type = KERNEL_VIOMMU_TEGRA241_CMDQV,
		.dev_id = soft->bridge_id,
		.hwpt_id = soft->parent_id,
		.data_len = sizeof(data),
		.data = &data,
	};
	int err = kernel_viommu_alloc(soft->fd, &cmd);

	if (err)
		return err;
	soft->viommu_id = cmd.out_viommu_id;
	soft->mmap_offset = data.out_vintf_mmap_offset;
	return kernel_viommu_query(soft->fd, soft->viommu_id, &soft->vintf, &soft->vmid);
}

static int open_page(struct cmdqv_soft *soft)
{
	struct kernel_mmap cmd = {
		.offset = soft->mmap_offset,
		.length = CMDQV_PAGE_BYTES,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_SHARED,
	};
	int err = kernel_mmap(soft->fd, &cmd);

	soft->view = cmd.view;
	return err;
}

static int open_veventq(struct cmdqv_soft *soft)
{
	struct kernel_veventq_alloc cmd = {
		.viommu_id = soft->viommu_id,
		.type = KERNEL_VEVENTQ_TEGRA241_CMDQV,
		.veventq_depth = EVENT_DEPTH,
	};
	int err = kernel_veventq_alloc(soft->fd, &cmd);

	soft->veventq_id = cmd.out_veventq_id;
	soft->event_fd = cmd.out_veventq_fd;
	return err;
}

static int open_failed(struct cmdqv_error *error, int err)
{
	if (err == -ENOSPC)
		return cmdqv_error_set(
			error, err, "no-vintf",
			"every VINTF of the host is taken; close a client, or create the "
			"host with a larger log2_vintfs");
	return cmdqv_error_set(error, err, "soft-open", "the client could not be opened: %s",
			       strerror(-err));
}

int cmdqv_soft_open(struct cmdqv_soft **out, struct cmdqv_soft_host *host,
		    struct cmdqv_backend *backend, struct cmdqv_error *error)
{
	struct cmdqv_soft *soft = calloc(1, sizeof(*soft));
	int err;

	if (!soft)
		return open_failed(error, -ENOMEM);
	soft->host = host;
	err = kernel_iommufd_open(host->kernel, &soft->fd);
	if (err)
		goto err_free;
	err = open_bridge(soft);
	if (err)
		goto err_close_iommufd;
	err = open_ioas(soft);
	if (err)
		goto err_unbind_bridge;
	err = open_parent(soft);
	if (err)
		goto err_destroy_ioas;
	err = open_viommu(soft);
	if (err)
		goto err_destroy_parent;
	err = open_page(soft);
	if (err)
		goto err_destroy_viommu;
	err = open_veventq(soft);
	if (err)
		goto err_unmap_page;
	*backend = (struct cmdqv_backend){.ops = &soft_backend_ops, .impl = soft};
	*out = soft;
	return 0;

err_unmap_page:
	(void)kernel_munmap(soft->fd, soft->mmap_offset);
err_destroy_viommu:
	(void)kernel_destroy_object(soft->fd, soft->viommu_id);
err_destroy_parent:
	(void)kernel_destroy_object(soft->fd, soft->parent_id);
err_destroy_ioas:
	(void)kernel_destroy_object(soft->fd, soft->ioas_id);
err_unbind_bridge:
	(void)kernel_device_unbind(soft->fd, soft->bridge_id);
err_close_iommufd:
	(void)kernel_iommufd_close(soft->fd);
err_free:
	free(soft);
	return open_failed(error, err);
}

void cmdqv_soft_close(struct cmdqv_soft *soft)
{
	if (!soft)
		return;
	for (uint32_t i = CMDQV_MAX_VCMDQS; i-- > 0;)
		if (soft->queue_ids[i])
			soft_queue_unbind(soft, i);
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++) {
		const struct soft_device *device = &soft->devices[i];

		if (device->vdevice_id)
			(void)cmdqv_soft_remove_device(soft, (cmdqv_vsid_t){device->vsid});
	}
	(void)kernel_veventq_close(soft->fd, soft->veventq_id);
	(void)kernel_destroy_object(soft->fd, soft->veventq_id);
	(void)kernel_munmap(soft->fd, soft->mmap_offset);
	(void)kernel_destroy_object(soft->fd, soft->viommu_id);
	(void)kernel_destroy_object(soft->fd, soft->parent_id);
	(void)kernel_destroy_object(soft->fd, soft->ioas_id);
	(void)kernel_device_unbind(soft->fd, soft->bridge_id);
	(void)kernel_iommufd_close(soft->fd);
	free(soft);
}

/* What else a VMM does with a client. */

int cmdqv_soft_map_ram(struct cmdqv_soft *soft, cmdqv_gpa_t gpa, void *memory, uint64_t bytes)
{
	const struct kernel_ioas_map cmd = {
		.flags = KERNEL_IOAS_MAP_FIXED_IOVA | KERNEL_IOAS_MAP_READABLE |
			 KERNEL_IOAS_MAP_WRITEABLE,
		.ioas_id = soft->ioas_id,
		.user_va = memory,
		.length = bytes,
		.iova = gpa.value,
	};

	return memory ? kernel_ioas_map(soft->fd, &cmd) : -EINVAL;
}

int cmdqv_soft_unmap_ram(struct cmdqv_soft *soft, cmdqv_gpa_t gpa, uint64_t bytes)
{
	struct kernel_ioas_unmap cmd = {
		.ioas_id = soft->ioas_id, .iova = gpa.value, .length = bytes};
	int err = kernel_ioas_unmap(soft->fd, &cmd);

	/* No area is empty or wraps, so there is none like that. */
	return err == -EINVAL || err == -EOVERFLOW ? -ENOENT : err;
}

static struct soft_device *find_device(struct cmdqv_soft *soft, cmdqv_vsid_t vsid)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++)
		if (soft->devices[i].vdevice_id && soft->devices[i].vsid == vsid.value)
			return &soft->devices[i];
	return NULL;
}

static struct soft_device *free_device(struct cmdqv_soft *soft)
{
	for (uint32_t i = 0; i < CMDQV_MAX_SIDS; i++)
		if (!soft->devices[i].vdevice_id)
			return &soft->devices[i];
	return NULL;
}

int cmdqv_soft_add_device(struct cmdqv_soft *soft, cmdqv_vsid_t vsid, cmdqv_sid_t sid)
{
	struct kernel_device_bind bind = {.sid = sid.value, .num_sids = 1};
	struct kernel_vdevice_alloc cmd = {.viommu_id = soft->viommu_id, .virt_id = vsid.value};
	struct soft_device *device = free_device(soft);
	int err;

	if (sid.value > CMDQV_SID_REPLACE_PHYS_SID)
		return -EINVAL;
	err = kernel_device_bind(soft->fd, &bind);
	if (err)
		return err == -EINVAL ? -EEXIST : err; /* somebody has the device */
	cmd.dev_id = bind.out_devid;
	err = device ? kernel_vdevice_alloc(soft->fd, &cmd) : -ENOSPC;
	if (err) {
		(void)kernel_device_unbind(soft->fd, bind.out_devid);
		return err;
	}
	*device = (struct soft_device){
		.vsid = vsid.value, .dev_id = bind.out_devid, .vdevice_id = cmd.out_vdevice_id};
	return 0;
}

int cmdqv_soft_remove_device(struct cmdqv_soft *soft, cmdqv_vsid_t vsid)
{
	struct soft_device *device = find_device(soft, vsid);

	if (!device)
		return -ENOENT;
	(void)kernel_destroy_object(soft->fd, device->vdevice_id);
	(void)kernel_device_unbind(soft->fd, device->dev_id);
	device->vdevice_id = 0;
	return 0;
}

uint32_t cmdqv_soft_vintf(const struct cmdqv_soft *soft)
{
	return soft->vintf;
}

uint16_t cmdqv_soft_vmid(const struct cmdqv_soft *soft)
{
	return soft->vmid;
}
