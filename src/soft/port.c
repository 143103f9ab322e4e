/* SPDX-License-Identifier: BSD-2-Clause */
/* The port on the host in software: each call is one of src/kernel/kernel.h. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <cmdqv/regs.h>

#include "soft/vm.h"
#include "viommu/state.h"
#include "viommu/viommu.h"

/* Less than on Linux: a VINTF of the software host shall cost little memory. */
enum { EVENT_DEPTH = 128 };

static struct kernel_iommufd *soft_fd(const struct port *port)
{
	const struct cmdqv_soft_vm *vm = port->host;

	return vm->fd;
}

static int soft_get_hw_info(const struct port *port, uint32_t dev_id, uint32_t type, void *data,
			    uint32_t bytes, uint64_t *capabilities)
{
	struct kernel_get_hw_info cmd = {
		.flags = KERNEL_HW_INFO_INPUT_TYPE,
		.dev_id = dev_id,
		.data_len = bytes,
		.data = data,
		.data_type = type,
	};
	int err = kernel_get_hw_info(soft_fd(port), &cmd);

	*capabilities = cmd.out_capabilities;
	return err;
}

static int soft_hw_info(const struct port *port, uint32_t dev_id, struct cmdqv_hw_info *info)
{
	struct kernel_hw_info_smmuv3 smmu = {0};
	struct kernel_hw_info_cmdqv cmdqv = {0};
	int err;

	err = soft_get_hw_info(port, dev_id, KERNEL_HW_INFO_ARM_SMMUV3, &smmu, sizeof(smmu),
			       &info->capabilities);
	if (!err)
		err = soft_get_hw_info(port, dev_id, KERNEL_HW_INFO_TEGRA241_CMDQV, &cmdqv,
				       sizeof(cmdqv), &info->capabilities);
	if (err)
		return err;
	info->smmu_flags = smmu.flags;
	memcpy(info->idr, smmu.idr, sizeof(info->idr));
	info->iidr = smmu.iidr;
	info->aidr = smmu.aidr;
	info->ats_not_supported = info->capabilities & KERNEL_HW_CAP_ATS_NOT_SUPPORTED;
	info->version = cmdqv.version;
	info->num_lvcmdqs = 1U << cmdqv.log2vcmdqs;
	info->num_sids = 1U << cmdqv.log2vsids;
	return 0;
}

static int soft_viommu_alloc(const struct port *port, uint32_t dev_id, uint32_t hwpt_id,
			     struct port_viommu *viommu)
{
	struct kernel_viommu_cmdqv data = {0};
	struct kernel_viommu_alloc cmd = {
		.type = KERNEL_VIOMMU_TEGRA241_CMDQV,
		.dev_id = dev_id,
		.hwpt_id = hwpt_id,
		.data_len = sizeof(data),
		.data = &data,
	};
	int err = kernel_viommu_alloc(soft_fd(port), &cmd);
	uint16_t vmid;

	if (err)
		return err;
	viommu->id = cmd.out_viommu_id;
	viommu->mmap_offset = data.out_vintf_mmap_offset;
	return kernel_viommu_query(soft_fd(port), viommu->id, &viommu->vintf, &vmid);
}

static int soft_page_map(const struct port *port, struct port_viommu *viommu)
{
	struct kernel_mmap cmd = {
		.offset = viommu->mmap_offset,
		.length = CMDQV_PAGE_BYTES,
		.prot = PROT_READ | PROT_WRITE,
		.flags = MAP_SHARED,
	};
	int err = kernel_mmap(soft_fd(port), &cmd);

	viommu->page = cmd.view;
	return err;
}

static void soft_page_unmap(const struct port *port, const struct port_viommu *viommu)
{
	(void)kernel_munmap(soft_fd(port), viommu->mmap_offset);
}

/*
 * Not by the shared page: an access that traps takes effect at once, for software has no thread
 * of its own that looks at the page.
 */
static struct cmdqv_mmio soft_access(const struct port_viommu *viommu, uint32_t offset)
{
	return (struct cmdqv_mmio){
		.offset = CMDQV_VINTF_PAGE0 + (uint64_t)viommu->vintf * CMDQV_VINTF_PAGE_STRIDE +
			  offset,
		.size = 4,
	};
}

static uint32_t soft_load(const struct port *port, const struct port_viommu *viommu,
			  uint32_t offset)
{
	const struct cmdqv_soft_vm *vm = port->host;
	struct cmdqv_mmio access = soft_access(viommu, offset);

	if (cmdqv_model_access(vm->host->model, &access))
		return 0;
	return (uint32_t)access.value;
}

static void soft_store(const struct port *port, const struct port_viommu *viommu, uint32_t offset,
		       uint32_t value)
{
	const struct cmdqv_soft_vm *vm = port->host;
	struct cmdqv_mmio access = soft_access(viommu, offset);

	access.write = true;
	access.value = value;
	if (!cmdqv_model_access(vm->host->model, &access))
		kernel_handle_interrupt(vm->host->kernel);
}

static const uint32_t veventq_types[PORT_EVENTS] = {
	[PORT_EVENTS_CMDQV] = KERNEL_VEVENTQ_TEGRA241_CMDQV,
	[PORT_EVENTS_SMMU] = KERNEL_VEVENTQ_ARM_SMMUV3,
};

static int soft_veventq_alloc(const struct port *port, uint32_t viommu_id, enum port_events type,
			      struct port_veventq *queue)
{
	struct kernel_veventq_alloc cmd = {
		.viommu_id = viommu_id,
		.type = veventq_types[type],
		.veventq_depth = EVENT_DEPTH,
	};
	int err = kernel_veventq_alloc(soft_fd(port), &cmd);

	if (!err)
		*queue = (struct port_veventq){.id = cmd.out_veventq_id, .fd = cmd.out_veventq_fd};
	return err;
}

static void soft_veventq_free(const struct port *port, const struct port_veventq *queue)
{
	(void)kernel_veventq_close(soft_fd(port), queue->id);
	(void)kernel_destroy_object(soft_fd(port), queue->id);
}

static int soft_veventq_read(const struct port *port, const struct port_veventq *queue,
			     enum port_events type, struct port_record *record)
{
	struct {
		struct kernel_vevent_header header;
		uint64_t data[4];
	} buffer;
	size_t room = sizeof(buffer.header) + (type == PORT_EVENTS_SMMU ? 4 : 2) * sizeof(uint64_t);
	ssize_t bytes = kernel_veventq_read(soft_fd(port), queue->id, &buffer, room);

	if (bytes <= 0)
		return (int)bytes;
	*record = (struct port_record){
		.sequence = buffer.header.sequence,
		.lost = buffer.header.flags & KERNEL_VEVENT_LOST,
	};
	if (!record->lost)
		memcpy(record->data, buffer.data, room - sizeof(buffer.header));
	return 1;
}

static int soft_hw_queue_alloc(const struct port *port, uint32_t viommu_id, uint32_t index,
			       cmdqv_gpa_t base, uint64_t bytes, uint32_t *id)
{
	struct kernel_hw_queue_alloc cmd = {
		.viommu_id = viommu_id,
		.type = KERNEL_HW_QUEUE_TEGRA241_CMDQV,
		.index = index,
		.nesting_parent_iova = base.value,
		.length = bytes,
	};
	int err = kernel_hw_queue_alloc(soft_fd(port), &cmd);

	*id = cmd.out_hw_queue_id;
	return err;
}

static int soft_vdevice_alloc(const struct port *port, uint32_t viommu_id, uint32_t dev_id,
			      cmdqv_vsid_t vsid, uint32_t *id)
{
	struct kernel_vdevice_alloc cmd = {
		.viommu_id = viommu_id, .dev_id = dev_id, .virt_id = vsid.value};
	int err = kernel_vdevice_alloc(soft_fd(port), &cmd);

	*id = cmd.out_vdevice_id;
	return err;
}

static int soft_nested_alloc(const struct port *port, uint32_t viommu_id, uint32_t dev_id,
			     const uint64_t ste[2], uint32_t *id)
{
	struct kernel_hwpt_alloc cmd = {
		.dev_id = dev_id,
		.pt_id = viommu_id,
		.data_type = KERNEL_HWPT_DATA_ARM_SMMUV3,
		.data_len = 2 * sizeof(ste[0]),
		.data = ste,
	};
	int err = kernel_hwpt_alloc(soft_fd(port), &cmd);

	*id = cmd.out_hwpt_id;
	return err;
}

static int soft_attach(const struct port *port, const struct port_device *device, uint32_t hwpt_id)
{
	return kernel_device_attach(soft_fd(port), device->id, hwpt_id);
}

static int soft_detach(const struct port *port, const struct port_device *device)
{
	return kernel_device_detach(soft_fd(port), device->id);
}

static int soft_invalidate(const struct port *port, uint32_t viommu_id,
			   const struct cmdqv_viommu_command *commands, uint32_t *count)
{
	struct kernel_hwpt_invalidate cmd = {
		.hwpt_id = viommu_id,
		.data = commands,
		.data_type = KERNEL_INVALIDATE_VIOMMU_ARM_SMMUV3,
		.entry_len = sizeof(commands[0]),
		.entry_num = *count,
	};
	int err = kernel_hwpt_invalidate(soft_fd(port), &cmd);

	if (err == -EIO)
		*count = cmd.entry_num;
	return err;
}

static int soft_destroy(const struct port *port, uint32_t id)
{
	return kernel_destroy_object(soft_fd(port), id);
}

static const struct port_ops soft_ops = {
	.hw_info = soft_hw_info,
	.viommu_alloc = soft_viommu_alloc,
	.page_map = soft_page_map,
	.page_unmap = soft_page_unmap,
	.load = soft_load,
	.store = soft_store,
	.veventq_alloc = soft_veventq_alloc,
	.veventq_free = soft_veventq_free,
	.veventq_read = soft_veventq_read,
	.hw_queue_alloc = soft_hw_queue_alloc,
	.vdevice_alloc = soft_vdevice_alloc,
	.nested_alloc = soft_nested_alloc,
	.attach = soft_attach,
	.detach = soft_detach,
	.invalidate = soft_invalidate,
	.destroy = soft_destroy,
};

int cmdqv_soft_query(struct cmdqv_soft_vm *vm, uint32_t dev_id, struct cmdqv_hw_info *info,
		     struct cmdqv_error *error)
{
	const struct port port = {.ops = &soft_ops, .host = vm};

	return viommu_query(&port, dev_id ? dev_id : vm->bridge_id, info, error);
}

int cmdqv_soft_open(struct cmdqv_viommu **out, struct cmdqv_soft_vm *vm,
		    struct cmdqv_backend *backend, struct cmdqv_error *error)
{
	const struct port port = {.ops = &soft_ops, .host = vm, .guest_repeats = vm->guest_repeats};

	return viommu_open(out, &port, vm->bridge_id, vm->parent_id, backend, error);
}

uint32_t cmdqv_soft_vintf(const struct cmdqv_viommu *viommu)
{
	return viommu->viommu.vintf;
}

uint16_t cmdqv_soft_vmid(const struct cmdqv_viommu *viommu)
{
	uint32_t vintf;
	uint16_t vmid = 0;

	(void)kernel_viommu_query(soft_fd(&viommu->port), viommu->viommu.id, &vintf, &vmid);
	return vmid;
}
