/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why the kernel refuses a call on the way to a CMDQV, as Linux 6.17 to 7.3 do it: one table
 * of call, errno, cause and remedy. Rows of the same call and errno come in the order of
 * likelihood; what holds for any ioctl comes last, and only after those.
 */
#include <cmdqv/describe.h>

#include <errno.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum call {
	CALL_OPEN,
	CALL_BIND,
	CALL_IOAS_ALLOC,
	CALL_IOAS_MAP,
	CALL_IOAS_UNMAP,
	CALL_HW_INFO,
	CALL_HWPT,
	CALL_ATTACH,
	CALL_DETACH,
	CALL_VIOMMU,
	CALL_MMAP,
	CALL_VDEVICE,
	CALL_HW_QUEUE,
	CALL_VEVENTQ,
	CALL_READ,
	CALL_INVALIDATE,
	CALL_DESTROY,
	CALL_ANY, /* ioctl */
};

static const struct {
	const char *name;
	uint8_t call;
} names[] = {
	{"OPEN", CALL_OPEN},
	{"BIND_IOMMUFD", CALL_BIND},
	{"BIND", CALL_BIND},
	{"IOAS_ALLOC", CALL_IOAS_ALLOC},
	{"IOAS_MAP", CALL_IOAS_MAP},
	{"IOAS_MAP_FILE", CALL_IOAS_MAP},
	{"IOAS_UNMAP", CALL_IOAS_UNMAP},
	{"GET_HW_INFO", CALL_HW_INFO},
	{"HW_INFO", CALL_HW_INFO},
	{"HWPT_ALLOC", CALL_HWPT},
	{"ATTACH_IOMMUFD_PT", CALL_ATTACH},
	{"ATTACH", CALL_ATTACH},
	{"DETACH_IOMMUFD_PT", CALL_DETACH},
	{"DETACH", CALL_DETACH},
	{"VIOMMU_ALLOC", CALL_VIOMMU},
	{"MMAP", CALL_MMAP},
	{"VDEVICE_ALLOC", CALL_VDEVICE},
	{"HW_QUEUE_ALLOC", CALL_HW_QUEUE},
	{"VEVENTQ_ALLOC", CALL_VEVENTQ},
	{"READ", CALL_READ},
	{"HWPT_INVALIDATE", CALL_INVALIDATE},
	{"INVALIDATE", CALL_INVALIDATE},
	{"DESTROY", CALL_DESTROY},
};

#define OUR_MISTAKE "correct the caller: a VMM does not do this in order"
#define RIGHT_ID "pass an id of this iommufd that is still alive"
#define ONE_SMMU "one vIOMMU and one nest parent for each physical SMMU; use those of the device's"

static const struct {
	uint8_t call;
	uint8_t error;
	const char *cause;
	const char *remedy;
} reasons[] = {
	{CALL_OPEN, ENOENT,
	 "the file is not there: no IOMMUFD or VFIO in the kernel, or no device "
	 "is bound to vfio-pci",
	 "load iommufd and vfio-pci, bind the device; 'cmdqv probe' says which is missing"},
	{CALL_OPEN, EACCES, "the process may not open it: /dev/iommu is root's, mode 0660",
	 "give the VMM's user or group access, with a udev rule"},
	{CALL_OPEN, EPERM, "the container's device rules forbid it",
	 "allow /dev/iommu and /dev/vfio/devices/* in the container"},
	{CALL_OPEN, EBUSY, "another process has the device open",
	 "end the other user of the device"},

	{CALL_BIND, EPERM, "MSIs of the host are not isolated: it has no GIC ITS",
	 "use a host with an ITS; iommufd.allow_unsafe_interrupts=1 takes the risk instead"},
	{CALL_BIND, EBUSY, "a device of the same group has another owner",
	 "bind every device of the group to vfio-pci, and end the other user"},
	{CALL_BIND, EINVAL,
	 "DMA of the device is not coherent, as firmware has it (IORT COHACC, "
	 "or dma-coherent in a device tree)",
	 "have the firmware say so if the SMMU is coherent; else it cannot be used"},
	{CALL_BIND, EINVAL, "the descriptor is bound already, or the flags are wrong",
	 "bind each descriptor once"},

	{CALL_IOAS_MAP, EINVAL, "guest RAM lies where MSIs go, 0x08000000 to 0x080fffff",
	 "leave a hole there in the guest's memory map"},
	{CALL_IOAS_MAP, EINVAL, "neither readable nor writeable, or not aligned to pages",
	 OUR_MISTAKE},
	{CALL_IOAS_MAP, ENOMEM, "more memory would be pinned than the process may lock",
	 "raise the limit (ulimit -l, LimitMEMLOCK=) over the guest's RAM, or give CAP_IPC_LOCK"},
	{CALL_IOAS_MAP, EFAULT, "memory cannot be pinned: a hole in it, or the BAR of a device",
	 "map RAM alone; BARs only from Linux 6.19"},
	{CALL_IOAS_MAP, EEXIST, "something is mapped there already", "unmap it first"},
	{CALL_IOAS_MAP, EPERM, "a read-only file is to be mapped writeable",
	 "open the file for writing"},
	{CALL_IOAS_MAP, EOPNOTSUPP, "an unknown flag, or a reserved member is not 0", OUR_MISTAKE},
	{CALL_IOAS_MAP, EOVERFLOW, "the range wraps around the end of the address space",
	 OUR_MISTAKE},

	{CALL_IOAS_UNMAP, EBUSY,
	 "a HW queue lies in this area; the whole area is held, not only "
	 "the queue's pages",
	 "destroy the queues first; map RAM in blocks that are unplugged as a whole"},
	{CALL_IOAS_UNMAP, ENOENT, "nothing is mapped there, or only a part of an area is named",
	 "unmap whole areas, as they were mapped"},
	{CALL_IOAS_UNMAP, EINVAL, "a length of 0", OUR_MISTAKE},
	{CALL_IOAS_UNMAP, EOVERFLOW, "the range wraps around the end of the address space",
	 OUR_MISTAKE},

	{CALL_HW_INFO, EOPNOTSUPP,
	 "the SMMU has no CMDQV, or its driver fell back to the SMMU's "
	 "own queue",
	 "see 'cmdqv probe': NVDA200C, CONFIG_TEGRA241_CMDQV, disable_cmdqv"},
	{CALL_HW_INFO, EOPNOTSUPP,
	 "an unknown flag, or a reserved member is not 0: INPUT_TYPE "
	 "needs Linux 6.17",
	 "use Linux 6.17 or newer"},
	{CALL_HW_INFO, ENOENT, "no such device in this iommufd", "bind the device first"},

	{CALL_HWPT, EOPNOTSUPP,
	 "a nest parent of an SMMU that cannot do both stages (MMU-600 "
	 "before r2, MMU-700 before r1p1 cannot)",
	 "use another SMMU"},
	{CALL_HWPT, EOPNOTSUPP, "a nested one on a HWPT: pt_id must be the vIOMMU",
	 "pass the vIOMMU's id as pt_id"},
	{CALL_HWPT, EOPNOTSUPP, "NEST_PARENT together with another flag, or with data",
	 "use NEST_PARENT alone"},
	{CALL_HWPT, ENOSPC, "every VMID of the SMMU is in use", "stop another VM"},
	{CALL_HWPT, EIO,
	 "the guest's stream table entry is not one it may have: CFG must be 0, 4 "
	 "or 5, EATS 0 or 1, no other bits",
	 "report C_BAD_STE to the guest; mask bits that only stage 2 would use"},
	{CALL_HWPT, EINVAL, "pt_id names nothing, or data are not 16 bytes of type ARM_SMMUV3",
	 RIGHT_ID ", and two words of the entry"},
	{CALL_HWPT, EINVAL, "the device is behind another SMMU", ONE_SMMU},
	{CALL_HWPT, ENOENT, "no such device or fault queue", RIGHT_ID},

	{CALL_ATTACH, ENOENT, "a stage 1 entry for a device that has no vDEVICE on the vIOMMU",
	 "IOMMU_VDEVICE_ALLOC first; bypass and abort need none"},
	{CALL_ATTACH, EINVAL, "the device is behind another SMMU", ONE_SMMU},
	{CALL_ATTACH, EINVAL, "the id is that of a vIOMMU", "attach to a HWPT or an IOAS"},
	{CALL_ATTACH, EBUSY, "SubstreamIDs of the device are in use", "detach its PASIDs first"},
	{CALL_ATTACH, EADDRINUSE, "guest RAM lies where MSIs go, 0x08000000 to 0x080fffff",
	 "leave a hole there in the guest's memory map"},

	{CALL_VIOMMU, ENOSPC,
	 "every VINTF of the SMMU is in use (63 VMs on a Grace); the log says "
	 "'no more available vintf'",
	 "stop another VM on this SMMU, or use a device behind another one"},
	{CALL_VIOMMU, EOPNOTSUPP, "the SMMU has no CMDQV that Linux drives",
	 "see 'cmdqv probe': NVDA200C, CONFIG_TEGRA241_CMDQV, disable_cmdqv"},
	{CALL_VIOMMU, EOPNOTSUPP,
	 "the SMMU cannot nest safely: neither CANWBS (IORT memory "
	 "flags) nor S2FWB (IDR3)",
	 "update the firmware; 'cmdqv probe' as root reads the IORT"},
	{CALL_VIOMMU, EOPNOTSUPP, "the kernel lacks CONFIG_ARM_SMMU_V3_IOMMUFD",
	 "use a kernel with it"},
	{CALL_VIOMMU, EOPNOTSUPP, "type 0, or an unknown flag", "pass type 2, flags 0"},
	{CALL_VIOMMU, EINVAL, "the HWPT is no nest parent", "allocate it with NEST_PARENT"},
	{CALL_VIOMMU, EINVAL, "the nest parent was made for another SMMU", ONE_SMMU},
	{CALL_VIOMMU, EINVAL, "no data, or not of 16 bytes: type 2 answers in them",
	 "pass data_uptr and data_len"},
	{CALL_VIOMMU, ENOENT, "no such device, or no such paging HWPT", RIGHT_ID},
	{CALL_VIOMMU, ETIMEDOUT, "the VINTF did not enable within a second",
	 "see the host's log ('dmesg | cmdqv explain'); reset the host if it stays"},
	{CALL_VIOMMU, EBUSY, "no room for another mapping in this iommufd",
	 "use one iommufd for each VM"},

	{CALL_MMAP, ENXIO, "no page begins at this offset, or the length is not 0x10000",
	 "pass offset and length as VIOMMU_ALLOC answered them"},
	{CALL_MMAP, EINVAL, "MAP_PRIVATE, or a length that is no multiple of pages",
	 "map it MAP_SHARED"},
	{CALL_MMAP, EPERM, "PROT_EXEC", "map it PROT_READ and PROT_WRITE"},

	{CALL_MMAP, EAGAIN,
	 "not for this mapping: more memory would be locked than the process may (MAP_LOCKED, "
	 "mlockall)",
	 "look which other mmap it was; raise RLIMIT_MEMLOCK for that one"},
	{CALL_MMAP, ENOMEM,
	 "not for this mapping, which needs no memory: the process has no room for another one",
	 "look which other mmap it was; raise vm.max_map_count or the limit of its address space"},

	{CALL_VDEVICE, EEXIST, "the device, or the StreamID, has a vDEVICE already",
	 "destroy the former one; one StreamID for each device"},
	{CALL_VDEVICE, ENOSPC, "all 16 SID slots of the VINTF are taken",
	 "give the other devices an SMMU without CMDQV"},
	{CALL_VDEVICE, EOPNOTSUPP,
	 "the device has not exactly one StreamID, such as behind a "
	 "PCI bridge",
	 "use a device that is alone in its group"},
	{CALL_VDEVICE, EINVAL, "the device is behind another SMMU", ONE_SMMU},
	{CALL_VDEVICE, EINVAL, "a StreamID over 20 bits", "pass the guest's bus number alone"},
	{CALL_VDEVICE, ENOENT, "no such device or vIOMMU, or the device is going away", RIGHT_ID},

	{CALL_HW_QUEUE, EFAULT, "the queue's memory is not physically contiguous",
	 "back the guest's RAM with huge pages of at least the queue's size, or lower IDR1.CMDQS "
	 "to "
	 "log2(smallest page) - 4"},
	{CALL_HW_QUEUE, EFAULT, "its memory could not be pinned",
	 "check that huge pages are reserved, not only promised"},
	{CALL_HW_QUEUE, ENOENT,
	 "its memory is not all mapped in the IOAS of the nest parent; a "
	 "bad index on unmapped memory says this too",
	 "map the guest's RAM first; refuse a BASE that is not RAM"},
	{CALL_HW_QUEUE, ENOENT, "no such vIOMMU", RIGHT_ID},
	{CALL_HW_QUEUE, EIO, "the queue below it is not allocated",
	 "allocate in ascending order: 0, then 1"},
	{CALL_HW_QUEUE, EIO,
	 "libcmdqv's backend refuses by itself: it is broken since it could not unbind a queue, "
	 "and said so once with that errno",
	 "look for that message; stop the VM"},
	{CALL_HW_QUEUE, ETIMEDOUT, "the hardware queue did not follow CONFIG within a second",
	 "see the host's log ('dmesg | cmdqv explain'); reset the host if it stays"},
	{CALL_HW_QUEUE, EBUSY, "the queue's former user is not gone: its IOMMU_DESTROY failed",
	 "destroy queues from the top, 1 before 0, then allocate again"},
	{CALL_HW_QUEUE, EEXIST, "this index is allocated already", "destroy the former queue"},
	{CALL_HW_QUEUE, EINVAL,
	 "a length that is no power of two, under 32 bytes, or more than "
	 "IDR1.CMDQS of the host allows",
	 "cap the guest's IDR1.CMDQS by the host's"},
	{CALL_HW_QUEUE, EINVAL, "memory that is not aligned to the queue's size",
	 "back the guest's RAM with huge pages, or lower IDR1.CMDQS"},
	{CALL_HW_QUEUE, EINVAL, "an index that the VINTF does not have (2 on a Grace)",
	 "take the number from IOMMU_GET_HW_INFO, log2vcmdqs"},
	{CALL_HW_QUEUE, EPERM, "its memory is mapped, but not readable", "map guest RAM readable"},
	{CALL_HW_QUEUE, EOPNOTSUPP, "a vIOMMU of another type, type 0, or an unknown flag",
	 "allocate the vIOMMU with type 2"},
	{CALL_HW_QUEUE, EOVERFLOW, "its memory wraps around the end of the address space",
	 "refuse such a BASE"},
	{CALL_HW_QUEUE, ERANGE, "its size overflows", "refuse such a BASE"},

	{CALL_VEVENTQ, EEXIST, "the vIOMMU has an event queue of this type", "use that one"},
	{CALL_VEVENTQ, EINVAL, "a depth of 0 or over 2^19", "pass 1 to 524288"},
	{CALL_VEVENTQ, EOPNOTSUPP, "type 0, an unknown flag, or a reserved member is not 0",
	 OUR_MISTAKE},
	{CALL_VEVENTQ, EMFILE, "the process has too many open files", "raise it (ulimit -n)"},
	{CALL_VEVENTQ, ENFILE, "the host has too many open files", "raise fs.file-max"},

	{CALL_READ, EINVAL, "the buffer is smaller than the first record",
	 "read 40 bytes for SMMUv3 events, 24 for those of the CMDQV"},
	{CALL_READ, ESPIPE, "pread() with an offset", "use read()"},

	{CALL_INVALIDATE, EIO, "a command that is not for guests, or reserved bits in it (7.3)",
	 "check commands before, as the kernel does; offer no RIL, ATS or SSIDs that the host "
	 "lacks"},
	{CALL_INVALIDATE, EIO, "a StreamID without a vDEVICE", "IOMMU_VDEVICE_ALLOC first"},
	{CALL_INVALIDATE, ETIMEDOUT, "the physical CMD_SYNC did not complete",
	 "see the host's log ('dmesg | cmdqv explain')"},
	{CALL_INVALIDATE, EINVAL, "a wrong data_type or entry_len, no entries, or over 2^19",
	 "pass type 1, entries of 16 bytes, at least one"},
	{CALL_INVALIDATE, EOPNOTSUPP, "the id is that of a nested HWPT", "pass the vIOMMU's id"},

	{CALL_DESTROY, EBUSY,
	 "something still uses it: a vIOMMU by its mapped page, HWPTs, "
	 "vDEVICEs and queues; a queue by the one above; an event queue by "
	 "its open descriptor; a HWPT by an attached device",
	 "destroy in order: queues from the top, nested HWPTs, vDEVICEs, event queues (close "
	 "first), munmap, vIOMMU, nest parent, IOAS"},
	{CALL_DESTROY, ENOENT, "no such object, or its device was closed before", RIGHT_ID},

	{CALL_ANY, ENOTTY, "the kernel is older than the call, or the descriptor is another file",
	 "use Linux 6.17 or newer, and /dev/iommu"},
	{CALL_ANY, E2BIG, "the struct is newer than the kernel, and its end is not 0",
	 "use Linux 6.17 or newer, or leave new members 0"},
	{CALL_ANY, EFAULT, "a pointer of the caller is wrong", OUR_MISTAKE},
	{CALL_ANY, ENOENT, "no such object in this iommufd, or one of another kind", RIGHT_ID},
	{CALL_ANY, EINVAL, "the struct is smaller than the kernel knows it", OUR_MISTAKE},
	{CALL_ANY, EOPNOTSUPP, "the kernel or the SMMU does not support it", "see 'cmdqv probe'"},
	{CALL_ANY, ENOMEM, "the host has no memory", "free some"},
	{CALL_ANY, EBADF, "the descriptor is not open", OUR_MISTAKE},
	{CALL_ANY, EINTR, "a signal came", "call again"},
};

static const char *without(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncasecmp(name, prefix, length) == 0 ? name + length : name;
}

static int find_call(const char *name)
{
	name = without(without(name, "IOMMU_"), "VFIO_DEVICE_");
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcasecmp(names[i].name, name) == 0)
			return names[i].call;
	return -EINVAL;
}

static bool is_ioctl(int call)
{
	return call != CALL_OPEN && call != CALL_MMAP && call != CALL_READ;
}

int cmdqv_describe_errno(const char *call, int error, unsigned int nth, const char **cause,
			 const char **remedy)
{
	int wanted = find_call(call);
	bool special = false;

	if (wanted < 0)
		return -EINVAL;
	if (error < 0)
		error = error < -UINT8_MAX ? 0 : -error;
	for (size_t i = 0; i < COUNT(reasons); i++) {
		if (reasons[i].error != error ||
		    (reasons[i].call != wanted && reasons[i].call != CALL_ANY))
			continue;
		if (reasons[i].call == CALL_ANY && (special || !is_ioctl(wanted)))
			continue;
		special = reasons[i].call == wanted;
		if (nth-- > 0)
			continue;
		*cause = reasons[i].cause;
		*remedy = reasons[i].remedy;
		return 0;
	}
	return -ENOENT;
}
