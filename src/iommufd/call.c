/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The iommufd and VFIO system calls; the only file that knows their ABI.
 *
 * Each function converts its arguments (_to_uapi), makes one call, checks what came back
 * as it would check any input, and converts it (_from_uapi). Where the answer makes no
 * sense but names an object, the object is destroyed again; one without a name (id 0)
 * goes with the iommufd.
 *
 * Not used: whatever a VMM does itself (bind, IOAS, nest parent), fault queues, PASIDs.
 */
#include "call.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmdqv/regs.h>

#include "abi.h"

/* A signal now and then is met; a storm of them is the caller's to end. */
enum { MOST_INTERRUPTIONS = 16 };

/* Records that wait: many more than a VMM's event loop can be behind; the kernel's most is 2^19. */
enum { EVENT_DEPTH = 1024 };

_Static_assert(sizeof(struct cmdqv_iommufd_command) == sizeof(struct abi_invalidate_smmuv3) &&
		       offsetof(struct cmdqv_iommufd_command, word) ==
			       offsetof(struct abi_invalidate_smmuv3, cmd),
	       "commands are handed to the kernel where they lie");

static int call(int fd, unsigned long number, void *argument)
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

/* ---- destroy ---- */

int iommufd_destroy(int fd, uint32_t id)
{
	struct abi_destroy argument = {.size = sizeof(argument), .id = id};

	return call(fd, ABI_IOMMU_DESTROY, &argument);
}

int iommufd_destroy_surely(int fd, uint32_t id)
{
	int err = iommufd_destroy(fd, id);

	if (err && err != -ENOENT)
		err = iommufd_destroy(fd, id);
	return err == -ENOENT ? 0 : err;
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
				const struct abi_hw_info_smmuv3 *smmu,
				struct cmdqv_iommufd_hw_info *info)
{
	info->capabilities = answer->out_capabilities;
	info->max_pasid_log2 = answer->out_max_pasid_log2;
	info->smmu_flags = smmu->flags;
	memcpy(info->idr, smmu->idr, sizeof(info->idr));
	info->iidr = smmu->iidr;
	info->aidr = smmu->aidr;
	info->ats_not_supported = answer->out_capabilities & ABI_HW_CAP_ATS_NOT_SUPPORTED;
}

static int cmdqv_info_from_uapi(const struct abi_hw_info_cmdqv *cmdqv,
				struct cmdqv_iommufd_hw_info *info)
{
	if (cmdqv->version != 1)
		return cmdqv->version ? -EOPNOTSUPP : -EPROTO;
	if (cmdqv->log2vcmdqs >= 8 || 1U << cmdqv->log2vcmdqs > CMDQV_MAX_VCMDQS ||
	    cmdqv->log2vsids >= 8 || 1U << cmdqv->log2vsids > CMDQV_MAX_SIDS)
		return -EPROTO;
	info->version = cmdqv->version;
	info->num_lvcmdqs = 1U << cmdqv->log2vcmdqs;
	info->num_sids = 1U << cmdqv->log2vsids;
	return 0;
}

int iommufd_get_hw_info(int fd, uint32_t dev_id, struct cmdqv_iommufd_hw_info *info)
{
	struct abi_hw_info_smmuv3 smmu = {0};
	struct abi_hw_info_cmdqv cmdqv = {0};
	struct abi_hw_info answer;
	int err;

	err = get_hw_info(fd, dev_id, ABI_HW_INFO_ARM_SMMUV3, &smmu, sizeof(smmu), &answer);
	if (err)
		return err;
	smmu_info_from_uapi(&answer, &smmu, info);
	err = get_hw_info(fd, dev_id, ABI_HW_INFO_TEGRA241_CMDQV, &cmdqv, sizeof(cmdqv), &answer);
	return err ? err : cmdqv_info_from_uapi(&cmdqv, info);
}

/* ---- vIOMMU and page 0 ---- */

static int viommu_from_uapi(const struct abi_viommu_alloc *answer,
			    const struct abi_viommu_cmdqv *data, struct iommufd_viommu *viommu)
{
	viommu->id = answer->out_viommu_id;
	viommu->mmap_offset = data->out_vintf_mmap_offset;
	if (!viommu->id || !viommu->mmap_offset || data->out_vintf_mmap_length != CMDQV_PAGE_BYTES)
		return -EPROTO;
	return 0;
}

int iommufd_viommu_alloc(int fd, uint32_t dev_id, uint32_t hwpt_id, struct iommufd_viommu *viommu)
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
	int err = call(fd, ABI_IOMMU_VIOMMU_ALLOC, &argument);

	if (err)
		return err;
	err = viommu_from_uapi(&argument, &data, viommu);
	if (err && viommu->id)
		(void)iommufd_destroy_surely(fd, viommu->id);
	return err;
}

int iommufd_map_page(int fd, uint64_t offset, void **page)
{
	void *mapped;

	if (offset > INT64_MAX)
		return -EPROTO;
	mapped =
		mmap(NULL, CMDQV_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
	if (mapped == MAP_FAILED)
		return -errno;
	*page = mapped;
	return 0;
}

void iommufd_unmap_page(void *page)
{
	if (munmap(page, CMDQV_PAGE_BYTES) != 0)
		(void)munmap(page, CMDQV_PAGE_BYTES);
}

/* ---- events ---- */

static const uint32_t event_type_to_uapi[IOMMUFD_EVENTS] = {
	[EVENTS_CMDQV] = ABI_VEVENTQ_TEGRA241_CMDQV,
	[EVENTS_SMMU] = ABI_VEVENTQ_ARM_SMMUV3,
};

void iommufd_veventq_free(int fd, struct iommufd_veventq *queue)
{
	/* Whatever close() says, the descriptor is gone: trying again may hit another's. */
	if (queue->fd >= 0)
		(void)close(queue->fd);
	if (queue->id)
		(void)iommufd_destroy_surely(fd, queue->id);
	*queue = (struct iommufd_veventq){.fd = -1};
}

int iommufd_veventq_alloc(int fd, uint32_t viommu_id, enum iommufd_events type,
			  struct iommufd_veventq *queue)
{
	struct abi_veventq_alloc argument = {
		.size = sizeof(argument),
		.viommu_id = viommu_id,
		.type = event_type_to_uapi[type],
		.veventq_depth = EVENT_DEPTH,
		.out_veventq_fd = UINT32_MAX,
	};
	int err = call(fd, ABI_IOMMU_VEVENTQ_ALLOC, &argument);

	if (err)
		return err;
	queue->id = argument.out_veventq_id;
	queue->fd = argument.out_veventq_fd > INT32_MAX ? -1 : (int)argument.out_veventq_fd;
	if (queue->id && queue->fd >= 0)
		return 0;
	iommufd_veventq_free(fd, queue);
	return -EPROTO;
}

static const size_t event_bytes[IOMMUFD_EVENTS] = {
	[EVENTS_CMDQV] = sizeof(struct abi_vevent_cmdqv),
	[EVENTS_SMMU] = sizeof(struct abi_vevent_smmuv3),
};

static int record_from_uapi(const uint8_t *bytes, size_t length, size_t data_bytes,
			    struct iommufd_record *record)
{
	struct abi_vevent_header header;

	if (length < sizeof(header))
		return -EMSGSIZE;
	memcpy(&header, bytes, sizeof(header));
	if ((header.flags & ~ABI_VEVENT_LOST) || header.sequence > INT32_MAX)
		return -EBADMSG;
	*record = (struct iommufd_record){.sequence = header.sequence,
					  .lost = header.flags & ABI_VEVENT_LOST};
	if (record->lost)
		return length == sizeof(header) ? 1 : -EBADMSG;
	if (length != sizeof(header) + data_bytes)
		return -EMSGSIZE;
	memcpy(record->data, bytes + sizeof(header), data_bytes);
	return 1;
}

int iommufd_read_record(const struct iommufd_veventq *queue, enum iommufd_events type,
			struct iommufd_record *record)
{
	uint8_t bytes[sizeof(struct abi_vevent_header) + sizeof(record->data)];
	size_t room = sizeof(struct abi_vevent_header) + event_bytes[type];
	ssize_t length = read(queue->fd, bytes, room);

	if (length < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (length == 0)
		return 0;
	if ((size_t)length > room)
		return -EPROTO;
	return record_from_uapi(bytes, (size_t)length, event_bytes[type], record);
}

/* ---- queues ---- */

int iommufd_hw_queue_alloc(int fd, uint32_t viommu_id, uint32_t index, cmdqv_gpa_t base,
			   uint64_t bytes, uint32_t *id)
{
	struct abi_hw_queue_alloc argument = {
		.size = sizeof(argument),
		.viommu_id = viommu_id,
		.type = ABI_HW_QUEUE_TEGRA241_CMDQV,
		.index = index,
		.nesting_parent_iova = base.value,
		.length = bytes,
	};
	int err = call(fd, ABI_IOMMU_HW_QUEUE_ALLOC, &argument);

	if (err)
		return err;
	*id = argument.out_hw_queue_id;
	return *id ? 0 : -EPROTO;
}

/* ---- devices ---- */

int iommufd_vdevice_alloc(int fd, uint32_t viommu_id, uint32_t dev_id, cmdqv_vsid_t vsid,
			  uint32_t *id)
{
	struct abi_vdevice_alloc argument = {
		.size = sizeof(argument),
		.viommu_id = viommu_id,
		.dev_id = dev_id,
		.virt_id = vsid.value,
	};
	int err = call(fd, ABI_IOMMU_VDEVICE_ALLOC, &argument);

	if (err)
		return err;
	*id = argument.out_vdevice_id;
	return *id ? 0 : -EPROTO;
}

int iommufd_nested_alloc(int fd, uint32_t viommu_id, uint32_t dev_id, const uint64_t ste[2],
			 uint32_t *id)
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
	int err = call(fd, ABI_IOMMU_HWPT_ALLOC, &argument);

	if (err)
		return err;
	*id = argument.out_hwpt_id;
	return *id ? 0 : -EPROTO;
}

int iommufd_attach(int device_fd, uint32_t pt_id)
{
	struct abi_vfio_attach argument = {.argsz = sizeof(argument), .pt_id = pt_id};

	return call(device_fd, ABI_VFIO_ATTACH_PT, &argument);
}

int iommufd_detach(int device_fd)
{
	struct abi_vfio_detach argument = {.argsz = sizeof(argument)};

	return call(device_fd, ABI_VFIO_DETACH_PT, &argument);
}

/* ---- invalidation ---- */

int iommufd_issue(int fd, uint32_t viommu_id, const struct cmdqv_iommufd_command *commands,
		  uint32_t *count)
{
	struct abi_hwpt_invalidate argument = {
		.size = sizeof(argument),
		.hwpt_id = viommu_id,
		.data_uptr = pointer_to_uapi(commands),
		.data_type = ABI_INVALIDATE_VIOMMU_ARM_SMMUV3,
		.entry_len = sizeof(struct abi_invalidate_smmuv3),
		.entry_num = *count,
	};
	int err = call(fd, ABI_IOMMU_HWPT_INVALIDATE, &argument);

	if (!err)
		return argument.entry_num == *count ? 0 : -EPROTO;
	if (err != -EIO)
		return err;
	if (argument.entry_num >= *count)
		return -EPROTO;
	*count = argument.entry_num;
	return -EIO;
}
