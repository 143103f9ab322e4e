/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The backend on Linux: real queues of a Tegra241 CMDQV, through iommufd. Part of libcmdqv.
 * Linux 6.17 or newer.
 *
 *	struct cmdqv_iommufd	one VM on one physical SMMU: its vIOMMU with a VINTF, page 0,
 *				queues, virtual StreamIDs, stream table entries, events
 *
 * Who owns what. The VMM owns the iommufd, the IOAS with the guest's RAM, the nest parent,
 * and the VFIO descriptors of its devices; all are borrowed until cmdqv_iommufd_close().
 * What this file allocates in the kernel it destroys, and nothing else. The order of calls
 * that a VMM makes is in docs/embedding-iommufd.md.
 *
 * Page 0 of the VINTF is memory of a device. It is given to the VMM by page0_map of
 * vmm.h, and must never be added to an IOAS [DEV-19]; this file never does.
 *
 * Threads: one call on a handle at a time, under the lock of the device whose backend it
 * is. Functions without a handle may be called from anywhere. Nothing here calls back.
 *
 * Blocking: each call says which system calls it makes. Binding a queue, unbinding it,
 * adding a device and closing may take up to a second of kernel time each; invalidations
 * wait for the physical CMD_SYNC. Reading events never blocks. Only open and adopt
 * allocate memory.
 *
 * Errors: negative errnos. Those of a kernel call are handed on as they are, with its name
 * and a remedy in struct cmdqv_error. Besides, any call may return -EBADF: a descriptor is
 * not open; -EINTR: interrupted sixteen times in a row, nothing was done; -ENOMEM;
 * -ENOTTY: the kernel is too old, or the descriptor is not what it should be; -EPROTO: the
 * kernel's answer makes no sense (an id of 0, a page of another length): what it may have
 * made is undone as far as it can be named.
 *
 * Guest RAM. Each device that is attached reserves 0x08000000 to 0x080FFFFF of the guest's
 * addresses for its MSIs. Leave a hole there when you lay out RAM: to map RAM there is -EINVAL
 * once a device is attached, and to attach a device to RAM there is -EADDRINUSE.
 */
#ifndef CMDQV_IOMMUFD_H
#define CMDQV_IOMMUFD_H

#include <cmdqv/backend.h>
#include <cmdqv/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cmdqv_iommufd;

/* Number of SMMUv3 ID registers. */
#define CMDQV_IOMMUFD_IDRS 6

/* What the kernel says about an SMMUv3 and its CMDQV. */
struct cmdqv_iommufd_hw_info {
	size_t size;	       /* sizeof(struct cmdqv_iommufd_hw_info) */
	uint64_t capabilities; /* of the SMMU for the device, bits of the kernel's uAPI */
	uint32_t smmu_flags;   /* bit 0: TLBI and CFGI are to be repeated (an erratum) */
	uint32_t idr[CMDQV_IOMMUFD_IDRS]; /* physical IDR0 to IDR5, raw */
	uint32_t iidr;
	uint32_t aidr;
	uint32_t num_lvcmdqs; /* logical queues of one VINTF: a power of two, 1 to 128 */
	uint32_t num_sids;    /* SID slots of one VINTF: a power of two, 1 to 16 */
	uint32_t version;     /* of the CMDQV; 1 */
	uint8_t max_pasid_log2;
	bool ats_not_supported; /* of capabilities: whatever IDR0 says, the device has no ATS */
};

/*
 * Asks the kernel about the SMMU that the device is behind; a VMM does before it decides
 * what its own SMMUv3 says. Two ioctls. `info->size` is set by the caller.
 *
 * Returns: 0; -EOPNOTSUPP: no CMDQV that Linux drives (see `cmdqv probe`), or one of a
 * version that is not known; -ENOENT: no such device id in this iommufd: bind the device
 * first; -EINVAL: info is NULL or too small, and nothing was asked; or as above.
 */
CMDQV_API int cmdqv_iommufd_query(int iommufd, uint32_t dev_id, struct cmdqv_iommufd_hw_info *info,
				  struct cmdqv_error *error);

/*
 * The IDR1.CMDQS that a guest may be shown when every page that backs its RAM has at
 * least `granule_bytes`: hardware reads a queue by physical address, so a queue must lie
 * in one page. log2(granule) - 4, and at most what the SMMU has: 4 KiB 8, 64 KiB 12,
 * 2 MiB 17, 1 GiB 19.
 *
 * It is the most. A VMM whose own IDR1.CMDQS is smaller shows the smaller one, as
 * cmdqv_iommufd_limit_idr() leaves it: then `cmdqs` of struct cmdqv_config is bits 25:21 of
 * the limited idr[1], not what this says, for the device must know what the guest was told.
 *
 * Returns: 1 to 19; -EINVAL: not a power of two from 4096, or an `info` that nobody filled in.
 */
CMDQV_API int cmdqv_iommufd_cmdqs(const struct cmdqv_iommufd_hw_info *info, uint64_t granule_bytes);

/*
 * Cuts the ID registers of the VMM's SMMUv3 down to what a guest may be told. In: what the
 * VMM's model would say. Out: no more than that, and no more than the physical SMMU and
 * the kernel carry out:
 *
 *	IDR0	TTF, ASID16, CD2L, ST_LEVEL, COHACC, ATS not beyond the physical ones;
 *		TERM_MODEL and TTENDIAN as the physical ones; STALL_MODEL 1 (faults do not
 *		stall); S1P 1; MSI and SEV are the VMM's own; all else 0. HYP is 0 always: a
 *		guest kernel at EL2 would send commands that a VCMDQ refuses.
 *	IDR1	SIDSIZE and SSIDSIZE not beyond the physical ones; EVENTQS the VMM's own;
 *		CMDQS as cmdqv_iommufd_cmdqs(); all else 0
 *	IDR3	RIL and BBML not beyond the physical ones; all else 0
 *	IDR5	OAS, VAX, granules and DS not beyond the physical ones; STALL_MAX 0
 *	IDR2 and IDR4 are 0.
 *
 * A range invalidation on an SMMU without RIL, an ATC_INV without ATS, a SubstreamID
 * without SSIDs: Linux 7.3 refuses each, so none of them may be offered.
 *
 * Returns: 0; -EINVAL: as cmdqv_iommufd_cmdqs(); -EOPNOTSUPP: nothing is left to translate with (no
 * AArch64 tables, no granule in common, another endianness), idr is as it was.
 */
CMDQV_API int cmdqv_iommufd_limit_idr(const struct cmdqv_iommufd_hw_info *info,
				      uint64_t granule_bytes, uint32_t idr[CMDQV_IOMMUFD_IDRS],
				      struct cmdqv_error *error);

struct cmdqv_iommufd_config {
	size_t size;	  /* sizeof(struct cmdqv_iommufd_config) */
	int iommufd;	  /* /dev/iommu */
	uint32_t dev_id;  /* of any device behind the SMMU, from VFIO_DEVICE_BIND_IOMMUFD */
	uint32_t hwpt_id; /* nest parent on the IOAS with the guest's RAM */
};

/*
 * Allocates a vIOMMU with a VINTF, maps its page 0, allocates the event queues of the
 * CMDQV and of the SMMUv3. On success *backend is filled in for cmdqv_create(). Six system
 * calls; of a failure nothing is left.
 *
 * Returns: 0; -ENOSPC: every VINTF or VMID of the SMMU is in use: stop another VM;
 * -EOPNOTSUPP: no CMDQV, or the SMMU cannot nest (no CANWBS, no S2FWB), or the kernel
 * lacks CONFIG_ARM_SMMU_V3_IOMMUFD; -ENOENT: no such device or HWPT; -EINVAL: the HWPT is no
 * nest parent, or one of another SMMU, or a struct is wrong; -ETIMEDOUT: the VINTF did not
 * enable; -EMFILE, -ENFILE: out of descriptors; -E2BIG: see types.h; or as above.
 */
CMDQV_API int cmdqv_iommufd_open(struct cmdqv_iommufd **out,
				 const struct cmdqv_iommufd_config *config,
				 struct cmdqv_backend *backend, struct cmdqv_error *error);

/* A vIOMMU that the VMM made itself. */
struct cmdqv_iommufd_adopted {
	size_t size;	      /* sizeof(struct cmdqv_iommufd_adopted) */
	int iommufd;	      /* /dev/iommu */
	uint32_t dev_id;      /* of any device behind the SMMU */
	uint32_t viommu_id;   /* of type TEGRA241_CMDQV */
	uint64_t mmap_offset; /* as the kernel gave them when the vIOMMU was made */
	uint64_t mmap_length;
	int cmdqv_event_fd; /* vEVENTQ of type TEGRA241_CMDQV */
	int smmu_event_fd;  /* vEVENTQ of type ARM_SMMUV3, or -1: the VMM reads it itself */
};

/*
 * As cmdqv_iommufd_open(), but on a vIOMMU that stays the VMM's: only page 0 is mapped.
 * The VMM destroys the vIOMMU and its event queues after cmdqv_iommufd_close(), not
 * before: the mapping holds it. Three system calls.
 *
 * Returns: 0; -EINVAL: a struct is wrong, viommu_id is 0, cmdqv_event_fd negative, mmap_offset
 * 0 or no multiple of 4 KiB, or mmap_length not one page of 64 KiB; -ENXIO: no page at
 * mmap_offset; -EOPNOTSUPP and -ENOENT as cmdqv_iommufd_query(); -E2BIG: see types.h; or as
 * above.
 */
CMDQV_API int cmdqv_iommufd_adopt(struct cmdqv_iommufd **out,
				  const struct cmdqv_iommufd_adopted *adopted,
				  struct cmdqv_backend *backend, struct cmdqv_error *error);

/*
 * Undoes open or adopt, in the kernel's order: queues from the top, stream table entries,
 * virtual devices, event queues, page 0, vIOMMU. What fails once is tried once more; what
 * fails again stays in the kernel until the iommufd is closed. Call it after
 * cmdqv_destroy(), and before the VFIO and iommufd descriptors are closed. NULL is allowed.
 *
 * Six system calls, and one for each queue that is still bound, each device and each
 * stream table entry, and one to detach each device that still has an entry.
 */
CMDQV_API void cmdqv_iommufd_close(struct cmdqv_iommufd *backend);

/* What cmdqv_iommufd_query() answered at open. Returns: 0; -EINVAL: NULL, or too small. */
CMDQV_API int cmdqv_iommufd_hw_info(const struct cmdqv_iommufd *backend,
				    struct cmdqv_iommufd_hw_info *info);

/* The vIOMMU's id, for what else a VMM asks of the kernel; borrowed until close. */
CMDQV_API uint32_t cmdqv_iommufd_viommu_id(const struct cmdqv_iommufd *backend);

/*
 * Tells the kernel which StreamID the guest uses for a device (a vDEVICE), in a SID slot
 * of the VINTF. Before the first stage 1 stream table entry of the device, as soon as
 * the guest's bus numbers are known. `device_fd` is its VFIO descriptor, borrowed until
 * the device is removed: remove it first, then close the descriptor. One ioctl.
 *
 * Returns: 0; -EEXIST: the StreamID or the device has one already; -ENOSPC: all 16 SID
 * slots are taken: give the other devices an SMMU without CMDQV; -EINVAL: behind another
 * SMMU, or a StreamID over 20 bits; -ENOENT: no such device id; -EOPNOTSUPP: the device has
 * not exactly one physical StreamID (a PCI bridge alias); or as above.
 */
CMDQV_API int cmdqv_iommufd_add_device(struct cmdqv_iommufd *backend, cmdqv_vsid_t vsid,
				       uint32_t dev_id, int device_fd, struct cmdqv_error *error);

/*
 * Takes it away again: destroys its vDEVICE, detaches the device, so that its DMA is blocked,
 * and destroys its stream table entry. A VMM that wants it elsewhere attaches it then.
 *
 * Remove before close: that keeps the kernel from a leak of ids. A VFIO descriptor that was
 * closed before is no error, though, and the kernel tells so; whatever has its number by now
 * is left alone. At most four ioctls, and one more for each that fails.
 *
 * Returns: 0; -ENOENT: no such StreamID; what a kernel call said: the device is still
 * there, and can be removed again; or as above.
 */
CMDQV_API int cmdqv_iommufd_remove_device(struct cmdqv_iommufd *backend, cmdqv_vsid_t vsid,
					  struct cmdqv_error *error);

/*
 * Gives a device the guest's stream table entry, of which `ste` are the first two words:
 * allocates a nested HWPT, attaches the device to it in place of whatever it had, and
 * destroys the former one. CFG may say abort (0), bypass (4) or stage 1 (5); V = 0 is
 * abort. Bits that only a stage 2 or a bypass' attributes would use are masked. If it
 * fails the device keeps what it had. At most four ioctls.
 *
 * Returns: 0; -ENOENT: no such StreamID was added; -EIO: the guest may not have this
 * entry: report C_BAD_STE to it; -EBUSY: SubstreamIDs of the device are in use, or the
 * former entry cannot be let go of; -EINVAL: behind another SMMU; -EADDRINUSE: guest RAM
 * lies where MSIs go, see above; or as above.
 */
CMDQV_API int cmdqv_iommufd_set_ste(struct cmdqv_iommufd *backend, cmdqv_vsid_t vsid,
				    const uint64_t ste[2], struct cmdqv_error *error);

/* A command as it lies in the guest's queue. */
struct cmdqv_iommufd_command {
	uint64_t word[2];
};

/* What became of a batch of commands. */
struct cmdqv_iommufd_result {
	size_t issued; /* commands from the front that were issued and are complete */
	uint8_t error; /* CONS.ERR for command [issued], CMDQV_CERROR_ILL; 0: none was refused */
};

/*
 * Issues invalidations that the guest put into the SMMU's own queue, where the VMM traps
 * them: TLBI_NH_ALL, _ASID, _VA, _VAA, TLBI_NSNH_ALL, CFGI_CD, CFGI_CD_ALL, ATC_INV. The
 * kernel puts in VMID and StreamID, and a CMD_SYNC behind them: when this returns they
 * are complete. CMD_SYNC, CFGI_STE and CFGI_ALL are the VMM's own: take them out, and end a
 * batch at them. Anything but the eight is refused, as is a StreamID that was not added.
 *
 * `commands` must be the VMM's own copy, not memory that the guest can write.
 *
 * *result is always filled in. On a refused command [0, issued) are complete, command
 * [issued] is refused and nothing after it was issued: the VMM puts CONS there with this
 * error, and goes on from there when the guest has acknowledged.
 *
 * No command is lost: the kernel drops up to 62 commands before a bad one, and they are
 * issued again. Only the eight above ever reach it, and each of them may be repeated.
 *
 * One ioctl for each 63 commands, and in a refusal at most 63 more.
 *
 * Returns: 0, also if one was refused; -ETIMEDOUT: the physical CMD_SYNC; commands from
 * [issued] may have been issued or not: try them again; or as above, likewise.
 */
CMDQV_API int cmdqv_iommufd_invalidate(struct cmdqv_iommufd *backend,
				       const struct cmdqv_iommufd_command *commands, size_t count,
				       struct cmdqv_iommufd_result *result,
				       struct cmdqv_error *error);

/* An event of the physical SMMU that is the guest's to see: put it into its event queue. */
struct cmdqv_iommufd_smmu_event {
	uint64_t word[4];  /* as the SMMU wrote it, with the guest's StreamID */
	uint32_t sequence; /* 0 to INT32_MAX, wrapping */
	uint32_t missed;   /* events known to be lost before this one */
	bool lost;	   /* a record of lost events; `word` is 0 */
};

/* The descriptor that is readable (POLLIN) while such an event waits; -1: there is none. */
CMDQV_API int cmdqv_iommufd_smmu_event_fd(const struct cmdqv_iommufd *backend);

/*
 * Takes one; never blocks, one read().
 *
 * Returns: 1 and it is filled in; 0: there is none; -EINTR: call again; -EMSGSIZE: a
 * short record, consumed; -EBADMSG: a malformed one, consumed; -ENOENT: adopted without
 * such a descriptor; another negative errno: reading failed for good.
 */
CMDQV_API int cmdqv_iommufd_smmu_event(struct cmdqv_iommufd *backend,
				       struct cmdqv_iommufd_smmu_event *event);

#ifdef __cplusplus
}
#endif

#endif
