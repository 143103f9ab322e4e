/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures of the kernel's calls in words: what it means, and what to do about it. */
#include <errno.h>
#include <stddef.h>

#include "call.h"

static const struct {
	const char *id;
	const char *name;
} calls[IOMMUFD_CALLS] = {
	[CALL_HW_INFO] = {"iommufd-hw-info", "IOMMU_GET_HW_INFO"},
	[CALL_VIOMMU_ALLOC] = {"iommufd-viommu", "IOMMU_VIOMMU_ALLOC"},
	[CALL_MAP_PAGE] = {"iommufd-page0", "mmap of VINTF page 0"},
	[CALL_VEVENTQ_ALLOC] = {"iommufd-events", "IOMMU_VEVENTQ_ALLOC"},
	[CALL_HW_QUEUE_ALLOC] = {"queue-bind", "IOMMU_HW_QUEUE_ALLOC"},
	[CALL_VDEVICE_ALLOC] = {"iommufd-vdevice", "IOMMU_VDEVICE_ALLOC"},
	[CALL_HWPT_ALLOC] = {"iommufd-ste", "IOMMU_HWPT_ALLOC"},
	[CALL_ATTACH] = {"iommufd-attach", "VFIO_DEVICE_ATTACH_IOMMUFD_PT"},
	[CALL_DETACH] = {"iommufd-detach", "VFIO_DEVICE_DETACH_IOMMUFD_PT"},
	[CALL_INVALIDATE] = {"iommufd-invalidate", "IOMMU_HWPT_INVALIDATE"},
	[CALL_DESTROY] = {"iommufd-destroy", "IOMMU_DESTROY"},
};

/* By call first, then what holds for any; the first that matches says it. */
static const struct {
	int call;
	int err;
	const char *text;
} hints[] = {
	{CALL_HW_INFO, ENOENT, "no such device in this iommufd; bind it first"},
	{CALL_HW_INFO, EOPNOTSUPP,
	 "this SMMU has no CMDQV that Linux drives; see cmdqv probe, CONFIG_TEGRA241_CMDQV"},
	{CALL_VIOMMU_ALLOC, ENOSPC, "every VINTF of the SMMU is in use; stop another VM"},
	{CALL_VIOMMU_ALLOC, EOPNOTSUPP,
	 "no CMDQV, no nesting (CANWBS or S2FWB), or no CONFIG_ARM_SMMU_V3_IOMMUFD; see cmdqv "
	 "probe"},
	{CALL_VIOMMU_ALLOC, EINVAL,
	 "the HWPT is no nest parent, or one that was made for another SMMU"},
	{CALL_VIOMMU_ALLOC, ENOENT, "no such device or HWPT in this iommufd"},
	{CALL_VIOMMU_ALLOC, ETIMEDOUT, "the VINTF did not enable; see the host's kernel log"},
	{CALL_MAP_PAGE, ENXIO, "no page begins at this offset, or it has another length"},
	{CALL_MAP_PAGE, ENODEV, "the descriptor is not an iommufd that can be mapped"},
	{CALL_VEVENTQ_ALLOC, EEXIST, "the vIOMMU has such a queue already; adopt it"},
	{CALL_VEVENTQ_ALLOC, EMFILE, "too many open files; raise the limit (ulimit -n)"},
	{CALL_HW_QUEUE_ALLOC, ENOENT,
	 "its memory is not all mapped for DMA; map the guest's RAM first"},
	{CALL_HW_QUEUE_ALLOC, EFAULT,
	 "its memory is not physically contiguous; back the RAM with larger pages or lower "
	 "IDR1.CMDQS to log2(smallest backing page) - 4"},
	{CALL_HW_QUEUE_ALLOC, EINVAL,
	 "its size or alignment is not one that the hardware takes, or there is no such queue; "
	 "see IDR1.CMDQS of the host"},
	{CALL_HW_QUEUE_ALLOC, EEXIST, "it is bound already"},
	{CALL_HW_QUEUE_ALLOC, EIO,
	 "the queue below it is not bound; queues are bound in ascending order"},
	{CALL_HW_QUEUE_ALLOC, EPERM, "its memory is not mapped readable"},
	{CALL_HW_QUEUE_ALLOC, EOVERFLOW, "its memory wraps around the end of the address space"},
	{CALL_HW_QUEUE_ALLOC, ERANGE, "its memory wraps around the end of the address space"},
	{CALL_VDEVICE_ALLOC, EEXIST, "the device or the StreamID has one already"},
	{CALL_VDEVICE_ALLOC, ENOSPC,
	 "all SID slots of the VINTF are taken; give the device an SMMU without CMDQV"},
	{CALL_VDEVICE_ALLOC, EINVAL,
	 "the device is behind another SMMU, or the StreamID too large"},
	{CALL_VDEVICE_ALLOC, ENOENT, "no such device in this iommufd; was it unplugged?"},
	{CALL_VDEVICE_ALLOC, EOPNOTSUPP,
	 "the device has not exactly one StreamID; it cannot use a CMDQV"},
	{CALL_HWPT_ALLOC, EIO,
	 "the guest may not have this stream table entry; report C_BAD_STE to it"},
	{CALL_HWPT_ALLOC, EINVAL, "the device is behind another SMMU"},
	{CALL_HWPT_ALLOC, ENOENT, "no such device in this iommufd; was it unplugged?"},
	{CALL_ATTACH, ENOENT, "the device has no vDEVICE any more; was it unplugged?"},
	{CALL_ATTACH, EBUSY, "SubstreamIDs of the device are in use"},
	{CALL_ATTACH, EINVAL, "the device is behind another SMMU"},
	{CALL_ATTACH, EADDRINUSE,
	 "guest RAM lies where MSIs go (0x08000000 to 0x080FFFFF); leave a hole there"},
	{CALL_INVALIDATE, ETIMEDOUT,
	 "the physical CMD_SYNC timed out; try again, and see the host's kernel log"},
	{CALL_DESTROY, EBUSY, "something still uses the object"},
	{CALL_ATTACH, ENOTTY, "the descriptor is not one of a VFIO device"},
	{CALL_DETACH, ENOTTY, "the descriptor is not one of a VFIO device"},
	{-1, EBADF, "the descriptor is not open"},
	{-1, ENOTTY,
	 "this is not an iommufd, or the kernel is too old; Linux 6.17 or newer is needed"},
	{-1, E2BIG, "the kernel is older than the call; Linux 6.17 or newer is needed"},
	{-1, EPROTO, "the kernel's answer makes no sense; report this with its version"},
	{-1, ENOMEM, "the host has no memory"},
	{-1, EINTR, "interrupted over and over"},
	{-1, ENOENT, "no such object in this iommufd"},
};

static const char *hint_for(enum iommufd_call call, int err)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if ((hints[i].call == (int)call || hints[i].call < 0) && hints[i].err == -err)
			return hints[i].text;
	return "the kernel refused it; see its log";
}

int iommufd_failed(struct cmdqv_error *error, enum iommufd_call call, int err)
{
	return cmdqv_error_set(error, err, calls[call].id, "%s: errno %d: %s", calls[call].name,
			       -err, hint_for(call, err));
}
