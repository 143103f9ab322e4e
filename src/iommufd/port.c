/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port on Linux: iommufd and VFIO. Nothing else knows the kernel's ABI.
 *
 * Each function converts its arguments to the kernel's struct, makes one call, checks what came
 * back as it would check any input, and converts it. Where the answer makes no sense but names an
 * object, the object is destroyed again; an object without a name (id 0) goes with the iommufd.
 *
 * Not used: what a VMM does itself (bind, IOAS, nest parent), fault queues, PASIDs.
 */
#include <cmdqv/iommufd.h>

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmdqv/regs.h>

#include "abi.h"
#include "base/shared.h"
#include "base/sized.h"
#include "viommu/object.h"
#include "viommu/viommu.h"

/* A call that signals interrupt now and then is repeated; a storm of them is the caller's to end.
 */
enum { MOST_INTERRUPTIONS = 16 };

/* Records that wait: many more than a VMM's event loop can be behind; the kernel's most is 2^19. */
enum { EVENT_DEPTH = 1024 };

/* Of any host. */
enum { SMALLEST_PAGE = 4096 };

_Static_assert(sizeof(struct cmdqv_viommu_command) == sizeof(struct abi_invalidate_smmuv3) &&
		       offsetof(struct cmdqv_viommu_command, word) ==
			       offsetof(struct abi_invalidate_smmuv3, cmd),
	       "commands are handed to the kernel where they lie");

/* What ioctl() takes a number as differs: glibc an unsigned long, musl an int. 16 bits fit both. */
static int call(int fd, uint16_t number, void *argument)
{
	int result = -1;

	for (int i = 0; i < MOST_INTERRUPTIONS; i++) {
		result = ioctl(fd, number, argument);
		if (result >= 0)
			return 0;
		if (errno != EINTR)
			break;
	}
	return -errno;
}

static uint64_t pointer_to_uapi(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

static int linux_destroy(const struct port *port, uint32_t id)
{
	struct abi_destroy argument = {.size = sizeof(argument), .id = id};

	return call(port->fd, ABI_IOMMU_DESTROY, &argument);
}

/* ---- hw info ---- */

static int get_hw_info(int fd, uint32_t dev_id, uint32_t type, void *data, uint32_t bytes,
		       struct abi_hw_info *answer)
{
	int err;

	*answer = (struct abi_hw_info){
		.size = sizeof(*answer),
		.flags = ABI_HW_INFO_FLAG_INPUT_TYPE,
		.dev_id = dev_id,
		.data_len = bytes,
		.data_uptr = pointer_to_uapi(data),
		.data_type = type,
	};
	err = call(fd, ABI_IOMMU_GET_HW_INFO, answer);
	if (err)
		return err;
	/* Another type: no SMMUv3. Less data than the first version of the type had: nonsense. */
	if (answer->data_type != type)
		return -EOPNOTSUPP;
	return answer->data_len < bytes ? -EPROTO : 0;
}

static void smmu_info_from_uapi(const struct abi_hw_info *answer,
				const struct abi_hw_info_smmuv3 *smmu, struct cmdqv_hw_info *info)
{
	info->capabilities = answer->out_capabilities;
	info->max_pasid_log2 = answer->out_max_pasid_log2;
	info->smmu_flags = smmu->flags;
	memcpy(info->idr, smmu->idr, sizeof(info->idr));
	info->iidr = smmu->iidr;
	info->aidr = smmu->aidr;
	info->ats_not_supported = answer->out_capabilities & ABI_HW_CAP_ATS_NOT_SUPPORTED;
}

static int cmdqv_info_from_uapi(const struct abi_hw_info_cmdqv *cmdqv, struct cmdqv_hw_info *info)
{
	if (cmdqv->version != 1)
		return cmdqv->version ? -EOPNOTSUPP : -EPROTO;
	/* A VM has no more than a CMDQV. */
	if (cmdqv->log2vcmdqs > CMDQV_MAX_LOG2_VCMDQS || cmdqv->log2vsids > CMDQV_MAX_LOG2_SIDS)
		return -EPROTO;
	info->version = cmdqv->version;
	info->num_lvcmdqs = 1U << cmdqv->log2vcmdqs;
	info->num_sids = 1U << cmdqv->log2vsids;
	return 0;
}

static int linux_hw_info(const struct port *port, uint32_t dev_id, struct cmdqv_hw_info *info)
{
	struct abi_hw_info_smmuv3 smmu = {0};
	struct abi_hw_info_cmdqv cmdqv = {0};
	struct abi_hw_info answer;
	int err;

	err = get_hw_info(port->fd, dev_id, ABI_HW_INFO_ARM_SMMUV3, &smmu, sizeof(smmu), &answer);
	if (err)
		return err;
	smmu_info_from_uapi(&answer, &smmu, info);
	err = get_hw_info(port->fd, dev_id, ABI_HW_INFO_TEGRA241_CMDQV, &cmdqv, sizeof(cmdqv),
			  &answer);
	return err ? err : cmdqv_info_from_uapi(&cmdqv, info);
}

/* ---- vIOMMU and page 0 ---- */

static int viommu_from_uapi(const struct abi_viommu_alloc *answer,
			    const struct abi_viommu_cmdqv *data, struct port_viommu *viommu)
{
	viommu->id = answer->out_viommu_id;
	viommu->mmap_offset = data->out_vintf_mmap_offset;
	if (!viommu->id || !viommu->mmap_offset || data->out_vintf_mmap_length != CMDQV_PAGE_BYTES)
		return -EPROTO;
	return 0;
}

static int linux_viommu_alloc(const struct port *port, uint32_t dev_id, uint32_t hwpt_id,
			      struct port_viommu *viommu)
{
	struct abi_viommu_cmdqv data = {0};
	struct abi_viommu_alloc argument = {
		.size = sizeof(argument),
		.type = ABI_VIOMMU_TEGRA241_CMDQV,
		.dev_id = dev_id,
		.hwpt_id = hwpt_id,
		.data_len = sizeof(data),
		.data_uptr = pointer_to_uapi(&data),
	};
	int err = call(port->fd, ABI_IOMMU_VIOMMU_ALLOC, &argument);

	if (err)
		return err;
	err = viommu_from_uapi(&argument, &data, viommu);
	if (err && viommu->id)
		(void)object_destroy(port, viommu->id);
	return err;
}

/* ---- page 0 ---- */

static int linux_page_map(const struct port *port, struct port_viommu *viommu)
{
	void *mapped;

	if (viommu->mmap_offset > INT64_MAX)
		return -EPROTO;
	mapped = mmap(NULL, CMDQV_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, port->fd,
		      (off_t)viommu->mmap_offset);
	if (mapped == MAP_FAILED)
		return -errno;
	viommu->page = (struct cmdqv_page_view){
		.host = mapped,
		.fd = port->fd,
		.fd_offset = viommu->mmap_offset,
		.length = CMDQV_PAGE_BYTES,
	};
	return 0;
}

/* Cannot fail but by a mistake of ours or for want of memory: tried twice. */
static void linux_page_unmap(const struct port *port, const struct port_viommu *viommu)
{
	(void)port;
	if (munmap(viommu->page.host, CMDQV_PAGE_BYTES) != 0)
		(void)munmap(viommu->page.host, CMDQV_PAGE_BYTES);
}

/* Acquire and release: see rule 5 of base/shared.h. */
static uint32_t linux_load(const struct port *port, const struct port_viommu *viommu,
			   uint32_t offset)
{
	const char *page = viommu->page.host;

	(void)port;
	return shared_load_acquire((const shared32 *)(const void *)(page + offset));
}

static void linux_store(const struct port *port, const struct port_viommu *viommu, uint32_t offset,
			uint32_t value)
{
	char *page = viommu->page.host;

	(void)port;
	shared_store_release((shared32 *)(void *)(page + offset), value);
}

/* ---- events ---- */

static const uint32_t event_type_to_uapi[PORT_EVENTS] = {
	[PORT_EVENTS_CMDQV] = ABI_VEVENTQ_TEGRA241_CMDQV,
	[PORT_EVENTS_SMMU] = ABI_VEVENTQ_ARM_SMMUV3,
};

static void linux_veventq_free(const struct port *port, const struct port_veventq *queue)
{
	/* Whatever close() says, the descriptor is gone: trying again may hit another's. */
	if (queue->fd >= 0)
		(void)close(queue->fd);
	if (queue->id)
		(void)object_destroy(port, queue->id);
}

static int linux_veventq_alloc(const struct port *port, uint32_t viommu_id, enum port_events type,
			       struct port_veventq *queue)
{
	struct abi_veventq_alloc argument = {
		.size = sizeof(argument),
		.viommu_id = viommu_id,
		.type = event_type_to_uapi[type],
		.veventq_depth = EVENT_DEPTH,
		.out_veventq_fd = UINT32_MAX,
	};
	int err = call(port->fd, ABI_IOMMU_VEVENTQ_ALLOC, &argument);

	if (err)
		return err;
	queue->id = argument.out_veventq_id;
	queue->fd = argument.out_veventq_fd > INT32_MAX ? -1 : (int)argument.out_veventq_fd;
	if (queue->id && queue->fd >= 0)
		return 0;
	linux_veventq_free(port, queue);
	return -EPROTO;
}

static const size_t event_bytes[PORT_EVENTS] = {
	[PORT_EVENTS_CMDQV] = sizeof(struct abi_vevent_cmdqv),
	[PORT_EVENTS_SMMU] = sizeof(struct abi_vevent_smmuv3),
};

static int record_from_uapi(const uint8_t *bytes, size_t length, size_t data_bytes,
			    struct port_record *record)
{
	struct abi_vevent_header header;

	if (length < sizeof(header))
		return -EMSGSIZE;
	memcpy(&header, bytes, sizeof(header));
	if ((header.flags & ~ABI_VEVENT_LOST) || header.sequence > INT32_MAX)
		return -EBADMSG;
	*record = (struct port_record){.sequence = header.sequence,
				       .lost = header.flags & ABI_VEVENT_LOST};
	if (record->lost)
		return length == sizeof(header) ? 1 : -EBADMSG;
	if (length != sizeof(header) + data_bytes)
		return -EMSGSIZE;
	memcpy(record->data, bytes + sizeof(header), data_bytes);
	return 1;
}

/*
 * The kernel copies a record of lost events before it takes it. Where it has no memory for the copy
 * the record stays: no reason to give up reading, and with it every later error of the guest.
 */
static int veventq_error(int error)
{
	if (error == EAGAIN)
		return 0;
	return error == ENOMEM ? -EINTR : -error;
}

static int linux_veventq_read(const struct port *port, const struct port_veventq *queue,
			      enum port_events type, struct port_record *record)
{
	uint8_t bytes[sizeof(struct abi_vevent_header) + sizeof(record->data)];
	size_t room = sizeof(struct abi_vevent_header) + event_bytes[type];
	ssize_t length = read(queue->fd, bytes, room);

	(void)port;
	if (length < 0)
		return veventq_error(errno);
	if (length == 0)
		return 0;
	if ((size_t)length > room)
		return -EPROTO;
	return record_from_uapi(bytes, (size_t)length, event_bytes[type], record);
}

/* ---- queues ---- */

static int linux_hw_queue_alloc(const struct port *port, uint32_t viommu_id, uint32_t index,
				cmdqv_gpa_t base, uint64_t bytes, uint32_t *id)
{
	struct abi_hw_queue_alloc argument = {
		.size = sizeof(argument),
		.viommu_id = viommu_id,
		.type = ABI_HW_QUEUE_TEGRA241_CMDQV,
		.index = index,
		.nesting_parent_iova = base.value,
		.length = bytes,
	};
	int err = call(port->fd, ABI_IOMMU_HW_QUEUE_ALLOC, &argument);

	if (err)
		return err;
	*id = argument.out_hw_queue_id;
	return *id ? 0 : -EPROTO;
}

/* ---- devices ---- */

static int linux_vdevice_alloc(const struct port *port, uint32_t viommu_id, uint32_t dev_id,
			       cmdqv_vsid_t vsid, uint32_t *id)
{
	struct abi_vdevice_alloc argument = {
		.size = sizeof(argument),
		.viommu_id = viommu_id,
		.dev_id = dev_id,
		.virt_id = vsid.value,
	};
	int err = call(port->fd, ABI_IOMMU_VDEVICE_ALLOC, &argument);

	if (err)
		return err;
	*id = argument.out_vdevice_id;
	return *id ? 0 : -EPROTO;
}

static int linux_nested_alloc(const struct port *port, uint32_t viommu_id, uint32_t dev_id,
			      const uint64_t ste[2], uint32_t *id)
{
	struct abi_hwpt_smmuv3 data = {.ste = {ste[0], ste[1]}};
	struct abi_hwpt_alloc argument = {
		.size = sizeof(argument),
		.dev_id = dev_id,
		.pt_id = viommu_id,
		.data_type = ABI_HWPT_DATA_ARM_SMMUV3,
		.data_len = sizeof(data),
		.data_uptr = pointer_to_uapi(&data),
	};
	int err = call(port->fd, ABI_IOMMU_HWPT_ALLOC, &argument);

	if (err)
		return err;
	*id = argument.out_hwpt_id;
	return *id ? 0 : -EPROTO;
}

static int linux_attach(const struct port *port, const struct port_device *device, uint32_t hwpt_id)
{
	struct abi_vfio_attach argument = {.argsz = sizeof(argument), .pt_id = hwpt_id};

	(void)port;
	return call(device->fd, ABI_VFIO_ATTACH_PT, &argument);
}

static int linux_detach(const struct port *port, const struct port_device *device)
{
	struct abi_vfio_detach argument = {.argsz = sizeof(argument)};

	(void)port;
	return call(device->fd, ABI_VFIO_DETACH_PT, &argument);
}

/* ---- invalidation ---- */

static int linux_invalidate(const struct port *port, uint32_t viommu_id,
			    const struct cmdqv_viommu_command *commands, uint32_t *count)
{
	struct abi_hwpt_invalidate argument = {
		.size = sizeof(argument),
		.hwpt_id = viommu_id,
		.data_uptr = pointer_to_uapi(commands),
		.data_type = ABI_INVALIDATE_VIOMMU_ARM_SMMUV3,
		.entry_len = sizeof(struct abi_invalidate_smmuv3),
		.entry_num = *count,
	};
	int err = call(port->fd, ABI_IOMMU_HWPT_INVALIDATE, &argument);

	if (!err)
		return argument.entry_num == *count ? 0 : -EPROTO;
	if (err != -EIO)
		return err;
	if (argument.entry_num >= *count)
		return -EPROTO;
	*count = argument.entry_num;
	return -EIO;
}

/* ---- the port ---- */

static const struct port_ops linux_ops = {
	.hw_info = linux_hw_info,
	.viommu_alloc = linux_viommu_alloc,
	.page_map = linux_page_map,
	.page_unmap = linux_page_unmap,
	.load = linux_load,
	.store = linux_store,
	.veventq_alloc = linux_veventq_alloc,
	.veventq_free = linux_veventq_free,
	.veventq_read = linux_veventq_read,
	.hw_queue_alloc = linux_hw_queue_alloc,
	.vdevice_alloc = linux_vdevice_alloc,
	.nested_alloc = linux_nested_alloc,
	.attach = linux_attach,
	.detach = linux_detach,
	.invalidate = linux_invalidate,
	.destroy = linux_destroy,
};

int cmdqv_iommufd_query(int iommufd, uint32_t dev_id, struct cmdqv_hw_info *info,
			struct cmdqv_error *error)
{
	const struct port port = {.ops = &linux_ops, .fd = iommufd};

	return viommu_query(&port, dev_id, info, error);
}

int cmdqv_iommufd_open(struct cmdqv_viommu **out, const struct cmdqv_iommufd_config *config,
		       struct cmdqv_backend *backend, struct cmdqv_error *error)
{
	struct cmdqv_iommufd_config c;
	int err = sized_in(&c, SIZED_STRUCT(cmdqv_iommufd_config), config, error);
	const struct port port = {.ops = &linux_ops,
				  .fd = err ? -1 : c.iommufd,
				  .guest_repeats = !err && c.guest_repeats};

	return err ? err : viommu_open(out, &port, c.dev_id, c.hwpt_id, backend, error);
}

static int adopted_check(const struct cmdqv_iommufd_adopted *adopted, struct cmdqv_error *error)
{
	const char *must_be = NULL;
	long long is = 0;

	if (!adopted->viommu_id) {
		must_be = "viommu_id must be 1 at least";
	} else if (adopted->cmdqv_event_fd < 0) {
		must_be = "cmdqv_event_fd must be 0 at least";
		is = adopted->cmdqv_event_fd;
	} else if (!adopted->mmap_offset || adopted->mmap_offset % SMALLEST_PAGE) {
		must_be = "mmap_offset must be a multiple of a page, and not 0";
		is = (long long)adopted->mmap_offset;
	} else if (adopted->mmap_length != CMDQV_PAGE_BYTES) {
		must_be = "mmap_length must be 65536";
		is = (long long)adopted->mmap_length;
	}
	if (!must_be)
		return 0;
	return cmdqv_error_set(error, -EINVAL, "bad-adoption",
			       "%s, but is %lld; hand over what IOMMU_VIOMMU_ALLOC and "
			       "IOMMU_VEVENTQ_ALLOC answered",
			       must_be, is);
}

int cmdqv_iommufd_adopt(struct cmdqv_viommu **out, const struct cmdqv_iommufd_adopted *adopted,
			struct cmdqv_backend *backend, struct cmdqv_error *error)
{
	struct cmdqv_iommufd_adopted a;
	struct port port = {.ops = &linux_ops};
	struct viommu_adopted v;
	int err = sized_in(&a, SIZED_STRUCT(cmdqv_iommufd_adopted), adopted, error);

	if (err)
		return err;
	err = adopted_check(&a, error);
	if (err)
		return err;
	port.fd = a.iommufd;
	port.guest_repeats = a.guest_repeats;
	v = (struct viommu_adopted){
		.dev_id = a.dev_id,
		.viommu = {.id = a.viommu_id, .mmap_offset = a.mmap_offset},
		.event_fds = {[PORT_EVENTS_CMDQV] = a.cmdqv_event_fd,
			      [PORT_EVENTS_SMMU] = a.smmu_event_fd < 0 ? -1 : a.smmu_event_fd},
	};
	return viommu_adopt(out, &port, &v, backend, error);
}
