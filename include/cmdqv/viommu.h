/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * @file
 * The vIOMMU: a VM's half of the host kernel. Real queues for the device (backend.h), and what a
 * VMM's SMMUv3 needs besides: devices, stream table entries, invalidations, events, ID registers.
 * Part of libcmdqv.
 *
 * A vIOMMU is opened by cmdqv_iommufd_open() or cmdqv_iommufd_adopt() (iommufd.h, Linux), or by
 * cmdqv_soft_open() (model/soft.h, a host in software). Everything here works the same on both,
 * errors and their sentences included. docs/embedding.md has the order of calls.
 *
 * The VMM owns what it opened or made before (the iommufd, the IOAS with the guest's RAM, the nest
 * parent, the devices), and lends it until cmdqv_viommu_close(). What the vIOMMU allocates in the
 * kernel it destroys, and nothing else.
 *
 * Page 0 of the VINTF is memory of a device. The device gives it to the VMM by page0_map of vmm.h.
 * It must never be added to an IOAS [DEV-19]; these functions never do.
 *
 * Devices that the VMM emulates behind the same SMMU. What the guest invalidates by its CMDQV
 * reaches the hardware, never the VMM. So nothing in software may remember how the guest's tables
 * translate: neither the VMM nor a vhost backend with an IOTLB. Walk them for each access, or put
 * such devices behind an SMMU without a CMDQV.
 *
 * Threads: one call on a vIOMMU at a time, under the lock of the device whose backend it is.
 * Functions without a vIOMMU may be called from any thread. Nothing here calls back, but a software
 * host calls `execute` and `trace` of its embedder (model/soft.h), also in cmdqv_viommu_close().
 *
 * Blocking: each function says which system calls it makes on Linux. Binding a queue, unbinding
 * it, adding a device and closing may take up to a second of kernel time each; invalidations wait
 * for the physical CMD_SYNC. Reading events never blocks. Only opening allocates memory.
 *
 * Errors are negative errnos. An errno of a kernel call is handed on as it is, with the name of
 * the call, a cause and a remedy in struct cmdqv_error. Any function that makes a system call may
 * also return:
 *
 *	-EBADF	a descriptor is not open
 *	-EINTR	interrupted sixteen times in a row; that system call did nothing
 *	-ENOMEM	the host has no memory
 *	-ENOTTY	the kernel is too old, or the descriptor is of another kind
 *	-EPROTO	the kernel's answer makes no sense (an id of 0, a page of another length); what the
 *		kernel may have made is undone as far as it can be named
 *
 * Guest RAM. Each device that is attached reserves 0x08000000 to 0x080FFFFF of the guest's
 * addresses for its MSIs. Leave a hole there when you lay out RAM: to map RAM there is -EINVAL
 * once a device is attached, and to attach a device to RAM there is -EADDRINUSE.
 */
#ifndef CMDQV_VIOMMU_H
#define CMDQV_VIOMMU_H

#include <cmdqv/backend.h>
#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A vIOMMU; see the head of this page. */
struct cmdqv_viommu;

/** Number of SMMUv3 ID registers. */
#define CMDQV_SMMU_IDRS 6

/** What the kernel says about an SMMUv3 and its CMDQV. */
struct cmdqv_hw_info {
	size_t size;	       /**< sizeof(struct cmdqv_hw_info) */
	uint64_t capabilities; /**< of the SMMU for the device, bits of the kernel's uAPI */
	uint32_t smmu_flags;   /**< CMDQV_SMMU_REPEAT of types.h, and bits of later kernels */
	uint32_t idr[CMDQV_SMMU_IDRS]; /**< physical IDR0 to IDR5, raw */
	uint32_t iidr;		       /**< physical IIDR, raw: who made it */
	uint32_t aidr;		       /**< physical AIDR, raw: its version of the architecture */
	uint32_t num_lvcmdqs;	       /**< LVCMDQs of one VINTF: a power of two, 1 to 128 */
	uint32_t num_sids;	       /**< SID slots of one VINTF: a power of two, 1 to 16 */
	uint32_t version;	       /**< of the CMDQV; 1 */
	uint8_t max_pasid_log2;	       /**< the most bits of PASID that the device has; 0: none */
	bool ats_not_supported; /**< of capabilities: the device has no ATS, whatever IDR0 says */
	uint8_t reserved[14];	/**< 0 */
};

/**
 * The IDR1.CMDQS that a guest may be shown when every page that backs its RAM has at least
 * `granule_bytes`: hardware reads a queue by physical address, so a queue must lie in one page.
 * log2(granule) - 4, and at most what the SMMU has: 4 KiB 8, 64 KiB 12, 2 MiB 17, 1 GiB 19.
 *
 * It is the most. A VMM whose own IDR1.CMDQS is smaller shows the smaller one, as
 * cmdqv_hw_info_limit_idr() leaves it. Then `cmdqs` of struct cmdqv_config is bits 25:21 of the
 * limited idr[1], not what this function returns: the device must know what the guest was told.
 *
 * @retval 1..19 log2 of the number of entries
 * @retval -EINVAL granule_bytes is no power of two from 4096, or `info` was not filled in
 * @retval -E2BIG see types.h
 */
CMDQV_API int cmdqv_hw_info_cmdqs(const struct cmdqv_hw_info *info, uint64_t granule_bytes);

/**
 * Changes the ID registers of the VMM's SMMUv3 to what a guest may be told. In: what the VMM's
 * model would say. Out: nothing that the physical SMMU and the kernel do not carry out:
 *
 *	IDR0	TTF, ASID16, CD2L, ST_LEVEL, COHACC not beyond the physical ones; ATS likewise,
 *		and 0 if info->ats_not_supported; TERM_MODEL and TTENDIAN as the physical ones
 *		(see -EOPNOTSUPP), whatever the VMM says; S1P 1; MSI and SEV as the VMM says;
 *		STALL_MODEL 1, faults do not stall: cmdqv_viommu_set_ste() sees to it where the
 *		physical STALL_MODEL is 0, and an SMMU that stalls every fault, 2, is refused,
 *		for it takes no context descriptor of a guest that believes this; all else 0.
 *		HYP is always 0: a guest kernel at EL2 would send commands that a VCMDQ refuses.
 *	IDR1	SIDSIZE and SSIDSIZE not beyond the physical ones; EVENTQS as the VMM says;
 *		CMDQS as cmdqv_hw_info_cmdqs(); all else 0
 *	IDR3	RIL and BBML not beyond the physical ones; all else 0
 *	IDR5	OAS, VAX, granules and DS not beyond the physical ones; STALL_MAX 0
 *	IDR2 and IDR4 are 0.
 *
 * Linux 7.3 refuses a range invalidation on an SMMU without RIL, an ATC_INV without ATS and a
 * SubstreamID without SSIDs, so a guest must not be offered them there.
 *
 * @retval 0 idr holds the limited registers
 * @retval -EINVAL as cmdqv_hw_info_cmdqs()
 * @retval -E2BIG see types.h
 * @retval -EOPNOTSUPP nothing is left to translate with (no AArch64 tables, no granule in common,
 *	another endianness), or the SMMU stalls every fault; idr is as it was
 */
CMDQV_API int cmdqv_hw_info_limit_idr(const struct cmdqv_hw_info *info, uint64_t granule_bytes,
				      uint32_t idr[CMDQV_SMMU_IDRS], struct cmdqv_error *error);

/**
 * Undoes open or adopt, in the kernel's order: queues from the top; of each device its vDEVICE,
 * then its stream table entry; event queues, page 0, vIOMMU. What fails once is tried once more;
 * what fails again stays in the kernel until the iommufd is closed. Call it after cmdqv_destroy(),
 * and before the VMM closes its devices and the iommufd. NULL is allowed.
 *
 * By then no thread waits for an event descriptor in poll() or io_uring (epoll does no harm), and
 * no child of fork() is left that has not called exec(), for it has page 0 too: either keeps the
 * vIOMMU and its VINTF in the kernel.
 *
 * Six system calls, and one for each queue that is still bound, each device and each stream table
 * entry, and one to detach each device that still has an entry.
 */
CMDQV_API void cmdqv_viommu_close(struct cmdqv_viommu *viommu);

/**
 * What the kernel said about the SMMU when the vIOMMU was opened.
 *
 * @retval 0 *info is filled in
 * @retval -EINVAL info is NULL, or info->size is too small
 */
CMDQV_API int cmdqv_viommu_hw_info(const struct cmdqv_viommu *viommu, struct cmdqv_hw_info *info);

/** The vIOMMU's id in the kernel, for system calls of the VMM's own; valid until close. */
CMDQV_API uint32_t cmdqv_viommu_id(const struct cmdqv_viommu *viommu);

/**
 * Tells the kernel which StreamID the guest uses for a device (a vDEVICE), in a SID slot of the
 * VINTF. Call it before any cmdqv_viommu_set_ste() for the device, as soon as the guest's bus
 * numbers are known. Until the first entry the device's DMA goes as the VMM attached it; on the
 * software host it goes nowhere.
 *
 * `dev_id` is the device's id in the iommufd, from VFIO_DEVICE_BIND_IOMMUFD or
 * cmdqv_soft_bind_device(). `device_fd` is its VFIO descriptor, borrowed until the device is
 * removed: remove it first, then close the descriptor. On the software host it is -1. One ioctl.
 *
 * The kernel attaches the devices of an IOMMU group as one: the entry that one of them was given
 * last is in force for all of them. So add devices that are alone in their group; `cmdqv probe
 * --device` tells.
 *
 * @retval 0 added
 * @retval -EEXIST the StreamID or the device has a vDEVICE already, or a removal of the device
 *	failed: remove it again
 * @retval -ENOSPC all SID slots are taken, num_sids of struct cmdqv_hw_info: give the other
 *	devices an SMMU without CMDQV
 * @retval -EINVAL behind another SMMU, or a StreamID over 20 bits
 * @retval -ENOENT no such device id
 * @retval -EOPNOTSUPP the device has not exactly one physical StreamID (a PCI bridge alias)
 */
CMDQV_API int cmdqv_viommu_add_device(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid,
				      uint32_t dev_id, int device_fd, struct cmdqv_error *error);

/**
 * Removes a device: destroys its vDEVICE, detaches it, so that its DMA is blocked, and destroys
 * its stream table entry. A VMM that wants it elsewhere attaches it then.
 *
 * Remove a device before you close it, or the kernel leaks an id. A device that was closed already
 * is no error: the kernel says so, and an object that has got the same id since is left alone. At
 * most four ioctls, and one more for each that fails.
 *
 * @retval 0 removed
 * @retval -ENOENT no device was added with this StreamID
 * @retval other what a kernel call said. The StreamID stays taken, so call this function again.
 *	Until a call returns 0 the kernel may translate the device's DMA by its former entry and
 *	refuse the guest's invalidations for it, so keep the vCPUs stopped
 */
CMDQV_API int cmdqv_viommu_remove_device(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid,
					 struct cmdqv_error *error);

/**
 * Gives a device the guest's stream table entry, of which `ste` are the first two words: allocates
 * a nested HWPT, attaches the device to it in place of what it had, and destroys the former one.
 * CFG, bits 3:1, may say abort (0), bypass (4) or stage 1 (5); V, bit 0, is abort if it is 0. Bits
 * that only a stage 2 or the attributes of a bypass would use are masked. If the physical
 * STALL_MODEL is 0, the library adds S1STALLD to each entry of stage 1, so that a fault ends the
 * access instead of stalling it: the guest could not resume the access, because Linux does not
 * report a stalled one to a vIOMMU. At most four ioctls, and one more for each that fails; for
 * abort or bypass one more, which asks whether the device is still the one that was added.
 *
 * If it fails, whatever the errno, the device keeps its former entry, but the guest soon frees the
 * tables of that entry. So block the device: set an entry with V = 0; if that fails too, remove the
 * device.
 *
 * @retval 0 the entry is in force
 * @retval -ENOENT no device was added with this StreamID, or it was closed: remove it
 * @retval -EOPNOTSUPP it was closed, and a device with several StreamIDs has its id: remove it
 * @retval -EIO the guest may not have this entry: block the device, and report C_BAD_STE to the
 *	guest
 * @retval -EBUSY the device has ATS and is being reset (Linux 7.0 or newer: it is blocked
 *	meanwhile, and has its former entry again afterwards), SubstreamIDs of it are in use, or
 *	the former entry cannot be let go of
 * @retval -EINVAL behind another SMMU, or another device of its group is attached to something else
 * @retval -EADDRINUSE guest RAM lies where MSIs go, see above
 */
CMDQV_API int cmdqv_viommu_set_ste(struct cmdqv_viommu *viommu, cmdqv_vsid_t vsid,
				   const uint64_t ste[2], struct cmdqv_error *error);

/** A command as it lies in the guest's queue. */
struct cmdqv_viommu_command {
	uint64_t word[2]; /**< the lower one first */
};

/** What became of a batch of commands. */
struct cmdqv_viommu_result {
	size_t issued;	/**< commands from the front that were issued and are complete */
	uint32_t error; /**< CONS.ERR for command [issued], CMDQV_CERROR_ILL; 0: none was refused */
	uint32_t reserved; /**< 0 */
};

/**
 * Issues invalidations that the guest put into the SMMU's own queue, where the VMM traps them:
 * TLBI_NH_ALL, _ASID, _VA, _VAA, TLBI_NSNH_ALL, CFGI_CD, CFGI_CD_ALL, ATC_INV. The kernel puts in
 * VMID and StreamID, and a CMD_SYNC behind them: when this returns they are complete. CMD_SYNC,
 * CFGI_STE and CFGI_ALL are for the VMM itself: take them out, and end a batch at them. All other
 * commands are refused, and so is a StreamID that was not added.
 *
 * `commands` must be the VMM's own copy, not memory that the guest can write.
 *
 * *result is always filled in. On a refused command [0, issued) are complete, command [issued] is
 * refused and nothing after it was issued: the VMM puts CONS there with this error, and goes on
 * from there when the guest has acknowledged.
 *
 * No command is lost: the kernel drops up to 62 commands before a bad one, and they are issued
 * again. Only the eight above reach it, and each of them may be repeated.
 *
 * One ioctl for each 63 commands, and in a refusal at most 63 more; twice as many where
 * CMDQV_SMMU_REPEAT is set.
 *
 * @retval 0 also if a command was refused
 * @retval -ETIMEDOUT the physical CMD_SYNC timed out; commands from [issued] may have been issued
 *	or not: try them again. The same holds for every other error.
 */
CMDQV_API int cmdqv_viommu_invalidate(struct cmdqv_viommu *viommu,
				      const struct cmdqv_viommu_command *commands, size_t count,
				      struct cmdqv_viommu_result *result,
				      struct cmdqv_error *error);

/** An event of the physical SMMU that the guest is to see: put it into its event queue. */
struct cmdqv_viommu_event {
	uint64_t word[4];    /**< as the SMMU wrote it, with the guest's StreamID */
	uint32_t sequence;   /**< 0 to INT32_MAX, wrapping */
	uint32_t missed;     /**< events known to be lost before this one */
	bool lost;	     /**< a record of lost events; `word` is 0 */
	uint8_t reserved[7]; /**< 0 */
};

/** The descriptor that is readable (POLLIN) while such an event waits; -1: there is none. */
CMDQV_API int cmdqv_viommu_smmu_event_fd(const struct cmdqv_viommu *viommu);

/**
 * Takes one event; never blocks, one read().
 *
 * @retval 1 *event is filled in
 * @retval 0 there is none
 * @retval -EINTR interrupted, or the kernel had no memory for a moment: call again
 * @retval -EMSGSIZE a short record, consumed
 * @retval -EBADMSG a malformed record, consumed
 * @retval -ENOENT adopted without such a descriptor
 * @retval other reading failed for good
 */
CMDQV_API int cmdqv_viommu_smmu_event(struct cmdqv_viommu *viommu,
				      struct cmdqv_viommu_event *event);

#ifdef __cplusplus
}
#endif

#endif
