/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's errno contract as data: a table of cases by the facts of docs/iommufd.md ([ABI-0]
 * to [ABI-11]), how a case is set up and made, and the order of destruction. Included by what
 * puts them to a kernel: kernel_errno_test.c to src/kernel/, by calls and by ioctls, and
 * tests/linux/host_errno.c to Linux itself.
 *
 * The states a case starts from, each on top of the one before; ids come out the same
 * every time, as the lowest free one is given:
 *
 *	BOOTED	 nothing
 *	BOUND	 1 device (StreamID 8), 2 IOAS with memory, 3 nest parent, 4 HWPT, 5 device
 *		 (StreamID 9), 6 bridge without a StreamID
 *	VIOMMU	 7 vIOMMU with a VINTF, 8 vIOMMU without, 9 device (StreamID 10)
 *	LIVE	 10 vDEVICE (vSID 0x10 of device 1 on 7), 11 vEVENTQ, 12 nested stage 1 HWPT
 *		 on 7, 13 vDEVICE (vSID 0x11 of device 5 on 7), 14 HW queue 0 (the last, as
 *		 Linux takes another id for its hold on memory)
 *
 * Memory of the IOAS: 0x20000 bytes at 0x40000000, followed there by a page that lies
 * elsewhere in this process; write-only at 0x50000000; none behind 0x60000000.
 */
#ifndef TESTS_KERNEL_ERRNO_TABLE_H
#define TESTS_KERNEL_ERRNO_TABLE_H

#include <errno.h>
#include <stdio.h>

#include "kernel_fixture.h"

static _Alignas(4096) uint8_t memory[0x6000];

enum state {
	BOOTED,
	BOUND,
	VIOMMU,
	LIVE,
};

enum twist {
	NO_TWIST,
	VINTFS_TAKEN,
	CMDQV_OFF,
	VMIDS_TAKEN,
	ATTACHED,   /* device 1, to the nest parent */
	MSI_MAPPED, /* memory lies where MSIs go */
	TOMBSTONE,  /* device 1 was closed before its vDEVICE */
	MAPPED,	    /* page 0 of vIOMMU 7 */
	SYNC_TIMES_OUT,
};

enum call {
	UNREACHABLE,
	BIND,
	ATTACH,
	HW_INFO,
	IOAS_ALLOC,
	MAP,
	UNMAP,
	HWPT,
	VIOMMU_ALLOC,
	MMAP,
	MUNMAP,
	VDEVICE,
	HW_QUEUE,
	VEVENTQ,
	VEVENTQ_READ,
	VEVENTQ_CLOSE,
	INVALIDATE,
	DESTROY,
	QUERY,
};

struct row {
	const char *name;
	const char *facts;
	enum state state;
	enum twist twist;
	enum call call;
	union {
		struct kernel_device_bind bind;
		struct {
			uint32_t dev;
			uint32_t pt;
		} attach;
		struct kernel_get_hw_info info;
		struct kernel_ioas_alloc ioas;
		struct kernel_ioas_map map;
		struct kernel_ioas_unmap unmap;
		struct kernel_hwpt_alloc hwpt;
		struct kernel_viommu_alloc viommu;
		struct kernel_mmap mmap;
		struct kernel_vdevice_alloc vdevice;
		struct kernel_hw_queue_alloc queue;
		struct kernel_veventq_alloc veventq;
		struct {
			uint32_t id;
			size_t bytes;
		} read;
		struct kernel_hwpt_invalidate invalidate;
		uint64_t id;
		const char *reason; /* why a case cannot be reached in software */
	} with;
	int expected;
};

static const uint64_t ste_stage1[2] = {0x0000000041234000ULL | 5 << 1 | 1, 0};
static const uint64_t ste_reserved0[2] = {1ULL << 52 | 5 << 1 | 1, 0};
static const uint64_t ste_reserved1[2] = {5 << 1 | 1, 1ULL << 32};
static const uint64_t ste_stage2[2] = {6 << 1 | 1, 0};
static const uint64_t ste_eats[2] = {5 << 1 | 1, 2ULL << 28};
static const uint64_t ste_invalid[2] = {~1ULL, ~0ULL};
static const uint64_t ste_bypass[2] = {4 << 1 | 1, 0};
static const uint64_t ste_abort[2] = {0 << 1 | 1, 1ULL << 28};

static const uint64_t tlbi_all[2] = {0x10, 0};
static const uint64_t cmd_sync[2] = {0x46, 0};
static const uint64_t cfgi_ste[2] = {0x3 | 0x10ULL << 32, 0};
static const uint64_t cfgi_all[2] = {0x4, 31};
static const uint64_t tlbi_el2[2] = {0x20, 0};
static const uint64_t atc_known[2] = {0x40 | 0x10ULL << 32, 52};
static const uint64_t atc_unknown[2] = {0x40 | 0x99ULL << 32, 52};
static const uint64_t cd_unknown[2] = {0x5 | 0x99ULL << 32, 0};
static const uint64_t long_zero[3] = {0x10, 0, 0};
static const uint64_t long_tail[3] = {0x10, 0, 1};
static uint64_t many[0x2000 / 8];
static uint8_t info_buffer[64];
static struct kernel_viommu_cmdqv viommu_data;

/* Rows are long; these are the calls that go well, to be varied. */
#define GOOD_MAP .flags = 7, .ioas_id = 2, .user_va = memory
#define GOOD_QUEUE .viommu_id = 7, .type = 1, .nesting_parent_iova = RAM_GPA, .length = 0x1000
#define NESTED(ste) .dev_id = 1, .pt_id = 7, .data_type = 2, .data_len = 16, .data = (ste)
#define GOOD_VIOMMU .type = 2, .dev_id = 1, .hwpt_id = 3, .data = &viommu_data, .data_len = 16
#define GOOD_MMAP .offset = 0x1000, .length = 0x10000, .prot = PROT_READ, .flags = MAP_SHARED
#define COMMAND(entry)                                                                             \
	.hwpt_id = 7, .data = (entry), .data_type = 1, .entry_len = 16, .entry_num = 1

static const struct row rows[] = {
	/* clang-format off */
	{"a second bind of a StreamID", "ABI-0", BOUND, 0, BIND, {.bind = {.sid = 8, .num_sids = 1}}, -EINVAL},
	{"a bind with flags", "ABI-0", BOOTED, 0, BIND, {.bind = {.flags = 2, .sid = 8, .num_sids = 1}}, -EINVAL},
	{"a bind of an SMMU that is not coherent", "ABI-0", BOOTED, 0, UNREACHABLE, {.reason = "this SMMU is coherent"}, -EINVAL},
	{"a bind without isolated MSIs", "ABI-0", BOOTED, 0, UNREACHABLE, {.reason = "there are no MSIs"}, -EPERM},

	{"hw info of the SMMU", "ABI-1", BOUND, 0, HW_INFO, {.info = {.flags = 1, .dev_id = 1, .data = info_buffer, .data_len = 40, .data_type = 2}}, 0},
	{"hw info by default", "ABI-1", BOUND, 0, HW_INFO, {.info = {.dev_id = 1, .data = info_buffer, .data_len = 64, .data_type = 99}}, 0},
	{"hw info without a buffer", "ABI-1", BOUND, 0, HW_INFO, {.info = {.flags = 1, .dev_id = 1, .data_type = 3}}, 0},
	{"hw info with an unknown flag", "ABI-1", BOUND, 0, HW_INFO, {.info = {.flags = 2, .dev_id = 1}}, -EOPNOTSUPP},
	{"hw info with the first reserved byte", "ABI-1", BOUND, 0, HW_INFO, {.info = {.dev_id = 1, .reserved = {1, 0, 0}}}, -EOPNOTSUPP},
	{"hw info with the second reserved byte", "ABI-1", BOUND, 0, HW_INFO, {.info = {.dev_id = 1, .reserved = {0, 1, 0}}}, -EOPNOTSUPP},
	{"hw info with the last reserved byte", "ABI-1", BOUND, 0, HW_INFO, {.info = {.dev_id = 1, .reserved = {0, 0, 1}}}, -EOPNOTSUPP},
	{"hw info of a type that is not there", "ABI-1", BOUND, 0, HW_INFO, {.info = {.flags = 1, .dev_id = 1, .data_type = 4}}, -EOPNOTSUPP},
	{"hw info of no device", "ABI-1", BOUND, 0, HW_INFO, {.info = {.dev_id = 77}}, -ENOENT},
	{"hw info of an IOAS", "ABI-1", BOUND, 0, HW_INFO, {.info = {.dev_id = 2}}, -ENOENT},
	{"hw info into a bad pointer", "ABI-1", BOUND, 0, UNREACHABLE, {.reason = "pointers are this process's own"}, -EFAULT},

	{"an IOAS with flags", "ABI-2", BOOTED, 0, IOAS_ALLOC, {.ioas = {.flags = 1}}, -EOPNOTSUPP},
	{"map a page", "ABI-2", BOUND, 0, MAP, {.map = {GOOD_MAP, .iova = 0x70000000, .length = 0x1000}}, 0},
	{"map with an unknown flag", "ABI-2", BOUND, 0, MAP, {.map = {.flags = 15, .ioas_id = 2, .user_va = memory, .iova = 0x70000000, .length = 0x1000}}, -EOPNOTSUPP},
	{"map with reserved", "ABI-2", BOUND, 0, MAP, {.map = {GOOD_MAP, .reserved = 1, .iova = 0x70000000, .length = 0x1000}}, -EOPNOTSUPP},
	{"map past the end", "ABI-2", BOUND, 0, MAP, {.map = {GOOD_MAP, .iova = 0xFFFFFFFFFFFFF000, .length = 0x2000}}, -EOVERFLOW},
	{"map neither readable nor writeable", "ABI-2", BOUND, 0, MAP, {.map = {.flags = 1, .ioas_id = 2, .user_va = memory, .iova = 0x70000000, .length = 0x1000}}, -EINVAL},
	{"map at an unaligned IOVA", "ABI-2", BOUND, 0, MAP, {.map = {GOOD_MAP, .iova = 0x70000800, .length = 0x1000}}, -EINVAL},
	{"map half a page", "ABI-2", BOUND, 0, MAP, {.map = {GOOD_MAP, .iova = 0x70000000, .length = 0x800}}, -EINVAL},
	{"map unaligned memory", "ABI-2", BOUND, 0, MAP, {.map = {.flags = 7, .ioas_id = 2, .user_va = memory + 16, .iova = 0x70000000, .length = 0x1000}}, -EINVAL},
	{"map nothing", "ABI-2", BOUND, 0, MAP, {.map = {GOOD_MAP, .iova = 0x70000000, .length = 0}}, -EINVAL},
	{"map where MSIs go", "ABI-2", BOUND, ATTACHED, MAP, {.map = {GOOD_MAP, .iova = 0x080FF000, .length = 0x1000}}, -EINVAL},
	{"map where MSIs will go", "ABI-2", BOUND, 0, MAP, {.map = {GOOD_MAP, .iova = 0x080FF000, .length = 0x1000}}, 0},
	{"map behind where MSIs go", "ABI-2", BOUND, ATTACHED, MAP, {.map = {GOOD_MAP, .iova = 0x08100000, .length = 0x1000}}, 0},
	{"map twice", "ABI-2", BOUND, 0, MAP, {.map = {GOOD_MAP, .iova = 0x4001F000, .length = 0x1000}}, -EEXIST},
	{"map around an area", "ABI-2", BOUND, 0, MAP, {.map = {GOOD_MAP, .iova = 0x4FFFF000, .length = 0x3000}}, -EEXIST},
	{"map into no IOAS", "ABI-2", BOUND, 0, MAP, {.map = {.flags = 7, .ioas_id = 1, .user_va = memory, .iova = 0x70000000, .length = 0x1000}}, -ENOENT},
	{"map writeable from a file that was opened to be read", "ABI-2", BOUND, 0, UNREACHABLE, {.reason = "MAP_FILE is not modelled"}, 0},
	{"map over RLIMIT_MEMLOCK", "ABI-2", BOUND, 0, UNREACHABLE, {.reason = "nothing is locked in memory"}, -ENOMEM},
	{"attach with memory where MSIs go", "ABI-2", BOUND, MSI_MAPPED, ATTACH, {.attach = {1, 3}}, -EADDRINUSE},
	{"unmap an area", "ABI-2", BOUND, 0, UNMAP, {.unmap = {2, 0x50000000, 0x1000}}, 0},
	{"unmap all", "ABI-2", BOUND, 0, UNMAP, {.unmap = {2, 0, UINT64_MAX}}, 0},
	{"unmap two areas and the gap between them", "ABI-2", BOUND, 0, UNMAP, {.unmap = {2, 0x50000000, 0x10001000}}, 0},
	{"unmap nothing that is mapped", "ABI-2", BOUND, 0, UNMAP, {.unmap = {2, 0x70000000, 0x1000}}, -ENOENT},
	{"unmap the head of an area", "ABI-2", BOUND, 0, UNMAP, {.unmap = {2, 0x40000000, 0x1000}}, -ENOENT},
	{"unmap the tail of an area", "ABI-2", BOUND, 0, UNMAP, {.unmap = {2, 0x4001F000, 0x1000}}, -ENOENT},
	{"unmap of no IOAS", "ABI-2", BOUND, 0, UNMAP, {.unmap = {3, 0x40000000, 0x20000}}, -ENOENT},
	{"unmap past the end", "ABI-2", BOUND, 0, UNMAP, {.unmap = {2, 0xFFFFFFFFFFFFF000, 0x2000}}, -EOVERFLOW},
	{"unmap nothing", "ABI-2", BOUND, 0, UNMAP, {.unmap = {2, 0x40000000, 0}}, -EINVAL},
	{"unmap under a queue", "ABI-2", LIVE, 0, UNMAP, {.unmap = {2, 0x40000000, 0x20000}}, -EBUSY},
	{"unmap all under a queue", "ABI-2", LIVE, 0, UNMAP, {.unmap = {2, 0, UINT64_MAX}}, -EBUSY},
	{"unmap beside a queue", "ABI-2", LIVE, 0, UNMAP, {.unmap = {2, 0x40020000, 0x1000}}, 0},

	{"a nest parent", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.flags = 1, .dev_id = 1, .pt_id = 2}}, 0},
	{"a nest parent with dirty tracking", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.flags = 3, .dev_id = 1, .pt_id = 2}}, -EOPNOTSUPP},
	{"a nest parent with PASIDs", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.flags = 9, .dev_id = 1, .pt_id = 2}}, -EOPNOTSUPP},
	{"a nest parent with a fault queue", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.flags = 5, .dev_id = 1, .pt_id = 2}}, -EOPNOTSUPP},
	{"a nest parent with data", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.flags = 1, .dev_id = 1, .pt_id = 2, .data_type = 2, .data_len = 16, .data = ste_stage1}}, -EOPNOTSUPP},
	{"a HWPT with an unknown flag", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.flags = 16, .dev_id = 1, .pt_id = 2}}, -EOPNOTSUPP},
	{"a HWPT with reserved", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 2, .reserved = 1}}, -EOPNOTSUPP},
	{"a HWPT whose reserved2 is not looked at", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 2, .reserved2 = 1}}, 0},
	{"a HWPT with a length but no type", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 2, .data_len = 16}}, -EINVAL},
	{"a HWPT with a pointer to data, but neither type nor length", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 2, .data = ste_stage1}}, 0},
	{"a HWPT with a type but no length", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 7, .data_type = 2}}, -EINVAL},
	{"a HWPT of no device", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.dev_id = 77, .pt_id = 2}}, -ENOENT},
	{"a HWPT on nothing", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 77}}, -EINVAL},
	{"a HWPT on a device", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 5}}, -EINVAL},
	{"a HWPT on a HWPT", "ABI-3", BOUND, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 3, .data_type = 2, .data_len = 16, .data = ste_stage1}}, -EOPNOTSUPP},
	{"a nest parent when VMIDs have run out", "ABI-3", BOUND, VMIDS_TAKEN, HWPT, {.hwpt = {.flags = 1, .dev_id = 1, .pt_id = 2}}, -ENOSPC},
	{"a HWPT that needs no VMID when they have run out", "ABI-3", BOUND, VMIDS_TAKEN, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 2}}, 0},
	{"a HWPT on an SMMU that cannot nest", "ABI-3", BOUND, 0, UNREACHABLE, {.reason = "this SMMU nests"}, -EOPNOTSUPP},
	{"a nested HWPT of a device behind another SMMU", "ABI-3", BOUND, 0, UNREACHABLE, {.reason = "there is one SMMU"}, -EINVAL},
	{"nested stage 1", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {NESTED(ste_stage1)}}, 0},
	{"nested bypass", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {NESTED(ste_bypass)}}, 0},
	{"nested abort, EATS 1", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {NESTED(ste_abort)}}, 0},
	{"nested, V 0: the rest is ignored", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {NESTED(ste_invalid)}}, 0},
	{"nested with a reserved bit of word 0", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {NESTED(ste_reserved0)}}, -EIO},
	{"nested with a reserved bit of word 1", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {NESTED(ste_reserved1)}}, -EIO},
	{"nested stage 2", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {NESTED(ste_stage2)}}, -EIO},
	{"nested EATS 2", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {NESTED(ste_eats)}}, -EIO},
	{"nested without data", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 7}}, -EOPNOTSUPP},
	{"nested as a nest parent", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {.flags = 1, NESTED(ste_stage1)}}, -EOPNOTSUPP},
	{"nested with data of another type", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 7, .data_type = 1, .data_len = 16, .data = ste_stage1}}, -EINVAL},
	{"nested with short data", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {.dev_id = 1, .pt_id = 7, .data_type = 2, .data_len = 8, .data = ste_stage1}}, -EINVAL},
	{"nested with an unknown fault queue", "ABI-3", VIOMMU, 0, HWPT, {.hwpt = {.flags = 4, NESTED(ste_stage1), .fault_id = 77}}, -ENOENT},
	{"attach to a nest parent", "ABI-3", BOUND, 0, ATTACH, {.attach = {1, 3}}, 0},
	{"attach instead", "ABI-3", BOUND, ATTACHED, ATTACH, {.attach = {1, 4}}, 0},
	{"attach to an IOAS", "ABI-3", BOUND, 0, ATTACH, {.attach = {1, 2}}, 0},
	{"attach to nothing", "ABI-3", BOUND, 0, ATTACH, {.attach = {1, 77}}, -ENOENT},
	{"attach to a vIOMMU", "ABI-3", VIOMMU, 0, ATTACH, {.attach = {1, 7}}, -EINVAL},
	{"attach to stage 1 with a vDEVICE", "ABI-3", LIVE, 0, ATTACH, {.attach = {1, 12}}, 0},
	{"attach to stage 1 without a vDEVICE", "ABI-3", LIVE, 0, ATTACH, {.attach = {9, 12}}, -ENOENT},
	{"attach with SSIDs in use", "ABI-3", BOUND, 0, UNREACHABLE, {.reason = "PASIDs are not modelled"}, -EBUSY},

	{"a vIOMMU with a VINTF", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {GOOD_VIOMMU}}, 0},
	{"a vIOMMU without", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {.type = KERNEL_VIOMMU_ARM_SMMUV3, .dev_id = 1, .hwpt_id = 3}}, 0},
	{"a vIOMMU with flags", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {GOOD_VIOMMU, .flags = 1}}, -EOPNOTSUPP},
	{"a vIOMMU whose reserved is not looked at", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {GOOD_VIOMMU, .reserved = 1}}, 0},
	{"a vIOMMU of type 0", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {.dev_id = 1, .hwpt_id = 3}}, -EOPNOTSUPP},
	{"a vIOMMU of an unknown type", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {.type = 3, .dev_id = 1, .hwpt_id = 3}}, -EOPNOTSUPP},
	{"a vIOMMU of no device", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {.type = 2, .dev_id = 77, .hwpt_id = 3, .data = &viommu_data, .data_len = 16}}, -ENOENT},
	{"a vIOMMU on an IOAS", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {.type = 2, .dev_id = 1, .hwpt_id = 2, .data = &viommu_data, .data_len = 16}}, -ENOENT},
	{"a vIOMMU on a HWPT that is no nest parent", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {.type = 2, .dev_id = 1, .hwpt_id = 4, .data = &viommu_data, .data_len = 16}}, -EINVAL},
	{"a vIOMMU without data", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {.type = 2, .dev_id = 1, .hwpt_id = 3}}, -EINVAL},
	{"a vIOMMU with short data", "ABI-4", BOUND, 0, VIOMMU_ALLOC, {.viommu = {.type = 2, .dev_id = 1, .hwpt_id = 3, .data = &viommu_data, .data_len = 8}}, -EINVAL},
	{"a vIOMMU when VINTFs have run out", "ABI-4", BOUND, VINTFS_TAKEN, VIOMMU_ALLOC, {.viommu = {GOOD_VIOMMU}}, -ENOSPC},
	{"a vIOMMU without data when VINTFs have run out", "ABI-4", BOUND, VINTFS_TAKEN, VIOMMU_ALLOC, {.viommu = {.type = 2, .dev_id = 1, .hwpt_id = 3}}, -EINVAL},
	{"a vIOMMU that needs no VINTF when they have run out", "ABI-4", BOUND, VINTFS_TAKEN, VIOMMU_ALLOC, {.viommu = {.type = 1, .dev_id = 1, .hwpt_id = 3}}, 0},
	{"a VINTF that does not enable", "ABI-4", BOUND, CMDQV_OFF, VIOMMU_ALLOC, {.viommu = {GOOD_VIOMMU}}, -ETIMEDOUT},
	{"a nest parent of another SMMU", "ABI-4", BOUND, 0, UNREACHABLE, {.reason = "there is one SMMU"}, -EINVAL},
	{"a vIOMMU without CMDQV", "ABI-4", BOUND, 0, UNREACHABLE, {.reason = "this SMMU has one"}, -EOPNOTSUPP},
	{"no mmap offset left", "ABI-4", BOUND, 0, UNREACHABLE, {.reason = "there are 63 VINTFs and 2^64 offsets"}, -EBUSY},
	{"a vIOMMU's data at a bad pointer", "ABI-4", BOUND, 0, UNREACHABLE, {.reason = "pointers are this process's own"}, -EFAULT},

	{"mmap page 0", "ABI-5", VIOMMU, 0, MMAP, {.mmap = {GOOD_MMAP}}, 0},
	{"mmap half a page", "ABI-5", VIOMMU, 0, MMAP, {.mmap = {.offset = 0x1000, .length = 0x800, .flags = MAP_SHARED}}, -ENXIO},
	{"mmap nothing", "ABI-5", VIOMMU, 0, MMAP, {.mmap = {.offset = 0x1000, .flags = MAP_SHARED}}, -EINVAL},
	{"mmap what is page 0 in whole pages", "ABI-5", VIOMMU, 0, MMAP, {.mmap = {.offset = 0x1000, .length = 0xF801, .flags = MAP_SHARED}}, 0},
	{"mmap privately", "ABI-5", VIOMMU, 0, MMAP, {.mmap = {.offset = 0x1000, .length = 0x10000, .flags = MAP_PRIVATE}}, -EINVAL},
	{"mmap executable", "ABI-5", VIOMMU, 0, MMAP, {.mmap = {.offset = 0x1000, .length = 0x10000, .prot = PROT_EXEC, .flags = MAP_SHARED}}, -EPERM},
	{"mmap at offset 0", "ABI-5", VIOMMU, 0, MMAP, {.mmap = {.length = 0x10000, .flags = MAP_SHARED}}, -ENXIO},
	{"mmap inside", "ABI-5", VIOMMU, 0, MMAP, {.mmap = {.offset = 0x2000, .length = 0x10000, .flags = MAP_SHARED}}, -ENXIO},
	{"mmap less", "ABI-5", VIOMMU, 0, MMAP, {.mmap = {.offset = 0x1000, .length = 0x1000, .flags = MAP_SHARED}}, -ENXIO},
	{"mmap page 1 too", "ABI-5", VIOMMU, 0, MMAP, {.mmap = {.offset = 0x1000, .length = 0x20000, .flags = MAP_SHARED}}, -ENXIO},
	{"destroy a vIOMMU that is mapped", "ABI-5", VIOMMU, MAPPED, DESTROY, {.id = 7}, -EBUSY},
	{"munmap what is not mapped", "ABI-5", VIOMMU, 0, MUNMAP, {.id = 0x1000}, -EINVAL},

	{"a vDEVICE", "ABI-6", VIOMMU, 0, VDEVICE, {.vdevice = {.viommu_id = 7, .dev_id = 1, .virt_id = 0xFFFFF}}, 0},
	{"a vDEVICE whose vSID has 21 bits", "ABI-6", VIOMMU, 0, VDEVICE, {.vdevice = {.viommu_id = 7, .dev_id = 1, .virt_id = 0x100000}}, -EINVAL},
	{"a vDEVICE whose vSID has 33 bits where there are no slots", "ABI-6", VIOMMU, 0, VDEVICE, {.vdevice = {.viommu_id = 8, .dev_id = 1, .virt_id = 1ULL << 32}}, 0},
	{"a vDEVICE whose vSID has 33 bits", "ABI-6", VIOMMU, 0, VDEVICE, {.vdevice = {.viommu_id = 7, .dev_id = 1, .virt_id = 1ULL << 32}}, -EINVAL},
	{"a vDEVICE whose vSID has 21 bits where there are no slots", "ABI-6", VIOMMU, 0, VDEVICE, {.vdevice = {.viommu_id = 8, .dev_id = 1, .virt_id = 0x100000}}, 0},
	{"a vDEVICE on no vIOMMU", "ABI-6", VIOMMU, 0, VDEVICE, {.vdevice = {.viommu_id = 3, .dev_id = 1, .virt_id = 1}}, -ENOENT},
	{"a vDEVICE of no device", "ABI-6", VIOMMU, 0, VDEVICE, {.vdevice = {.viommu_id = 7, .dev_id = 77, .virt_id = 1}}, -ENOENT},
	{"a second vDEVICE of a device", "ABI-6", LIVE, 0, VDEVICE, {.vdevice = {.viommu_id = 8, .dev_id = 1, .virt_id = 0x20}}, -EEXIST},
	{"a vSID that is taken", "ABI-6", LIVE, 0, VDEVICE, {.vdevice = {.viommu_id = 7, .dev_id = 9, .virt_id = 0x10}}, -EEXIST},
	{"a vSID that is taken elsewhere", "ABI-6", LIVE, 0, VDEVICE, {.vdevice = {.viommu_id = 8, .dev_id = 9, .virt_id = 0x10}}, 0},
	{"a vDEVICE without a StreamID", "ABI-6", VIOMMU, 0, VDEVICE, {.vdevice = {.viommu_id = 7, .dev_id = 6, .virt_id = 1}}, -EOPNOTSUPP},
	{"a vDEVICE when SID slots have run out", "ABI-6", LIVE, 0, VDEVICE, {.vdevice = {.viommu_id = 7, .dev_id = 9, .virt_id = 0x20}}, -ENOSPC},
	{"a vDEVICE whose device is going away", "ABI-6", VIOMMU, 0, UNREACHABLE, {.reason = "calls do not overlap"}, -ENOENT},
	{"a vDEVICE behind another SMMU", "ABI-6", VIOMMU, 0, UNREACHABLE, {.reason = "there is one SMMU"}, -EINVAL},
	{"destroy the vDEVICE of a device that was closed", "ABI-6", LIVE, TOMBSTONE, DESTROY, {.id = 10}, -ENOENT},

	{"a queue", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {GOOD_QUEUE}}, 0},
	{"a queue of two entries", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = RAM_GPA + 0x20, .length = 0x20}}, 0},
	{"a queue with flags", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {GOOD_QUEUE, .flags = 1}}, -EOPNOTSUPP},
	{"a queue of type 0, before its length", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7}}, -EOPNOTSUPP},
	{"a queue without a length, before its vIOMMU", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 77, .type = 1}}, -EINVAL},
	{"a queue that wraps, before its vIOMMU", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 77, .type = 1, .nesting_parent_iova = ~0ULL, .length = 2}}, -EOVERFLOW},
	{"a queue in the last page, on no vIOMMU, before its type", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 77, .type = 2, .nesting_parent_iova = 0xFFFFFFFFFFFFF000, .length = 0x1000}}, -ENOENT},
	{"a queue of another type, before its memory", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 2, .length = 0x1000}}, -EOPNOTSUPP},
	{"a queue on a vIOMMU without queues", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 8, .type = 1, .nesting_parent_iova = RAM_GPA, .length = 0x1000}}, -EOPNOTSUPP},
	{"a queue of too many pages", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .length = ~0ULL}}, -ERANGE},
	{"a queue of too many pages with what lies before it", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = 0x800, .length = 0xFFFFFFFFFFFFE801}}, -ERANGE},
	{"a queue of just as many pages", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = 0x800, .length = 0xFFFFFFFFFFFFE800}}, -ENOENT},
	{"a queue on unmapped memory, before its index", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .index = 9, .nesting_parent_iova = 0x70000000, .length = 0x1000}}, -ENOENT},
	{"a queue that is mapped in part", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = 0x40020000, .length = 0x2000}}, -ENOENT},
	{"a queue on memory that is not readable", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = 0x50000000, .length = 0x1000}}, -EPERM},
	{"a queue on memory that cannot be pinned", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = 0x60000000, .length = 0x1000}}, -EFAULT},
	{"a queue across a granule, before its index", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .index = 9, .nesting_parent_iova = RAM_GPA + 0x2000, .length = 0x4000}}, -EFAULT},
	{"a queue across areas that do not lie together", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = 0x4001F000, .length = 0x2000}}, -EFAULT},
	{"a queue of an index out of range", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {GOOD_QUEUE, .index = 2}}, -EINVAL},
	{"a queue twice, before its length", "ABI-7", LIVE, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = RAM_GPA, .length = 0x30}}, -EEXIST},
	{"queue 1 before queue 0, before its length", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .index = 1, .nesting_parent_iova = RAM_GPA, .length = 0x30}}, -EIO},
	{"a queue that is no power of two", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = RAM_GPA, .length = 0x30}}, -EINVAL},
	{"a queue of one entry", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = RAM_GPA, .length = 0x10}}, -EINVAL},
	{"a queue larger than IDR1.CMDQS", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = RAM_GPA, .length = 0x2000}}, -EINVAL},
	{"a queue that is not aligned to its length", "ABI-7", VIOMMU, 0, HW_QUEUE, {.queue = {.viommu_id = 7, .type = 1, .nesting_parent_iova = RAM_GPA + 0x800, .length = 0x1000}}, -EINVAL},
	{"a queue above 48 bits of physical address", "ABI-7", VIOMMU, 0, UNREACHABLE, {.reason = "bus addresses are windows below 2^31"}, -EINVAL},
	{"a queue in an area that is being unmapped", "ABI-7", VIOMMU, 0, UNREACHABLE, {.reason = "calls do not overlap"}, -EINVAL},

	{"a vEVENTQ", "ABI-8", VIOMMU, 0, VEVENTQ, {.veventq = {.viommu_id = 7, .type = 2, .veventq_depth = 1}}, 0},
	{"a vEVENTQ of a type that has no events", "ABI-8", VIOMMU, 0, VEVENTQ, {.veventq = {.viommu_id = 7, .type = 99, .veventq_depth = 1 << 19}}, 0},
	{"a vEVENTQ with flags", "ABI-8", VIOMMU, 0, VEVENTQ, {.veventq = {.flags = 1, .viommu_id = 7, .type = 2, .veventq_depth = 1}}, -EOPNOTSUPP},
	{"a vEVENTQ with reserved", "ABI-8", VIOMMU, 0, VEVENTQ, {.veventq = {.reserved = 1, .viommu_id = 7, .type = 2, .veventq_depth = 1}}, -EOPNOTSUPP},
	{"a vEVENTQ of type 0", "ABI-8", VIOMMU, 0, VEVENTQ, {.veventq = {.viommu_id = 7, .veventq_depth = 1}}, -EOPNOTSUPP},
	{"a vEVENTQ of depth 0", "ABI-8", VIOMMU, 0, VEVENTQ, {.veventq = {.viommu_id = 7, .type = 2}}, -EINVAL},
	{"a vEVENTQ too deep", "ABI-8", VIOMMU, 0, VEVENTQ, {.veventq = {.viommu_id = 7, .type = 2, .veventq_depth = (1 << 19) + 1}}, -EINVAL},
	{"a vEVENTQ of depth 0, before its vIOMMU", "ABI-8", VIOMMU, 0, VEVENTQ, {.veventq = {.viommu_id = 77, .type = 2}}, -EINVAL},
	{"a vEVENTQ on no vIOMMU", "ABI-8", VIOMMU, 0, VEVENTQ, {.veventq = {.viommu_id = 77, .type = 2, .veventq_depth = 1}}, -ENOENT},
	{"a second vEVENTQ of a type", "ABI-8", LIVE, 0, VEVENTQ, {.veventq = {.viommu_id = 7, .type = 2, .veventq_depth = 1}}, -EEXIST},
	{"a vEVENTQ of another type", "ABI-8", LIVE, 0, VEVENTQ, {.veventq = {.viommu_id = 7, .type = 1, .veventq_depth = 1}}, 0},
	{"read an empty vEVENTQ", "ABI-8", LIVE, 0, VEVENTQ_READ, {.read = {11, 24}}, 0},
	{"read less than a header", "ABI-8", LIVE, 0, VEVENTQ_READ, {.read = {11, 7}}, -EINVAL},
	{"read no vEVENTQ", "ABI-8", LIVE, 0, VEVENTQ_READ, {.read = {12, 24}}, -ENOENT},
	{"read at an offset", "ABI-8", LIVE, 0, UNREACHABLE, {.reason = "the call has no offset"}, -ESPIPE},
	{"destroy a vEVENTQ whose descriptor is open", "ABI-8", LIVE, 0, DESTROY, {.id = 11}, -EBUSY},
	{"close the descriptor of something else", "ABI-8", LIVE, 0, VEVENTQ_CLOSE, {.id = 12}, -ENOENT},

	{"invalidate all", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {COMMAND(tlbi_all)}}, 0},
	{"invalidate a device", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {COMMAND(atc_known)}}, 0},
	{"invalidate with a shorter entry", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 7, .data = tlbi_all, .data_type = 1, .entry_len = 8, .entry_num = 1}}, 0},
	{"invalidate with a longer entry", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 7, .data = long_zero, .data_type = 1, .entry_len = 24, .entry_num = 1}}, 0},
	{"invalidate with a longer entry that means something", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 7, .data = long_tail, .data_type = 1, .entry_len = 24, .entry_num = 1}}, -E2BIG},
	{"invalidate with reserved", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {COMMAND(tlbi_all), .reserved = 1}}, -EOPNOTSUPP},
	{"invalidate a nested HWPT", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 12, .data = tlbi_all, .data_type = 1, .entry_len = 16, .entry_num = 1}}, -EOPNOTSUPP},
	{"invalidate an IOAS", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 2, .data = tlbi_all, .data_type = 1, .entry_len = 16, .entry_num = 1}}, -EINVAL},
	{"invalidate nothing at all", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 77, .data = tlbi_all, .data_type = 1, .entry_len = 16, .entry_num = 1}}, -ENOENT},
	{"invalidate with another data type", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 7, .data = tlbi_all, .data_type = 0, .entry_len = 16, .entry_num = 1}}, -EINVAL},
	{"invalidate with no entry length", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 7, .data = tlbi_all, .data_type = 1, .entry_num = 1}}, -EINVAL},
	{"invalidate with entries over a page", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 7, .data = many, .data_type = 1, .entry_len = 0x1008, .entry_num = 1}}, -EINVAL},
	{"invalidate without entries to read", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 7, .data_type = 1, .entry_len = 16, .entry_num = 1}}, -EINVAL},
	{"invalidate no entries", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 7, .data = tlbi_all, .data_type = 1, .entry_len = 16}}, -EINVAL},
	{"invalidate too many entries", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {.hwpt_id = 7, .data = tlbi_all, .data_type = 1, .entry_len = 16, .entry_num = (1 << 19) + 1}}, -EINVAL},
	{"a CMD_SYNC", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {COMMAND(cmd_sync)}}, -EIO},
	{"a CFGI_STE", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {COMMAND(cfgi_ste)}}, -EIO},
	{"a CFGI_ALL", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {COMMAND(cfgi_all)}}, -EIO},
	{"a TLBI_EL2_ALL", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {COMMAND(tlbi_el2)}}, -EIO},
	{"an ATC_INV of an unknown vSID", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {COMMAND(atc_unknown)}}, -EIO},
	{"a CFGI_CD of an unknown vSID", "ABI-9", LIVE, 0, INVALIDATE, {.invalidate = {COMMAND(cd_unknown)}}, -EIO},
	{"an ATC_INV that is not answered", "ABI-9", LIVE, SYNC_TIMES_OUT, INVALIDATE, {.invalidate = {COMMAND(atc_known)}}, -ETIMEDOUT},
	{"commands at a bad pointer", "ABI-9", LIVE, 0, UNREACHABLE, {.reason = "pointers are this process's own"}, -EFAULT},

	{"destroy nothing", "ABI-10", LIVE, 0, DESTROY, {.id = 77}, -ENOENT},
	{"destroy a device", "ABI-10", BOUND, 0, DESTROY, {.id = 5}, -EBUSY},
	{"destroy an IOAS under a HWPT", "ABI-10", BOUND, 0, DESTROY, {.id = 2}, -EBUSY},
	{"destroy a HWPT that a device is attached to", "ABI-10", BOUND, ATTACHED, DESTROY, {.id = 3}, -EBUSY},
	{"destroy a nest parent under a vIOMMU", "ABI-10", VIOMMU, 0, DESTROY, {.id = 3}, -EBUSY},
	{"destroy a vIOMMU under everything", "ABI-10", LIVE, 0, DESTROY, {.id = 7}, -EBUSY},
	{"destroy a vDEVICE", "ABI-10", LIVE, 0, DESTROY, {.id = 10}, 0},
	{"destroy a queue", "ABI-10", LIVE, 0, DESTROY, {.id = 14}, 0},
	{"ask for the VINTF of no vIOMMU", "ABI-4", BOUND, 0, QUERY, {.id = 3}, -ENOENT},

	{"an unknown ioctl", "ABI-11", BOOTED, 0, UNREACHABLE, {.reason = "there are no ioctls, only functions"}, -ENOTTY},
	/* clang-format on */
};

/* What differs with the kernel under test. */

/* A page of IOAS 2 at 0x60000000 that has no memory behind it. */
static void map_nothing(struct fixture *f);
/* CMDQV_OFF, SYNC_TIMES_OUT. */
static void twist_hardware(struct fixture *f, enum twist twist);

static void bring_to_bound(struct fixture *f)
{
	const uint32_t both = KERNEL_IOAS_MAP_READABLE | KERNEL_IOAS_MAP_WRITEABLE;

	assert_int_equal(must_bind(f->fd, 8, 1), 1);
	assert_int_equal(must_ioas(f->fd), 2);
	must_map(f->fd, 2, RAM_GPA, f->ram, RAM_BYTES, both);
	must_map(f->fd, 2, RAM_GPA + RAM_BYTES, memory + 0x2000, 0x1000, both);
	must_map(f->fd, 2, 0x50000000, memory, 0x1000, KERNEL_IOAS_MAP_WRITEABLE);
	map_nothing(f);
	assert_int_equal(must_hwpt(f->fd, 1, 2, KERNEL_HWPT_NEST_PARENT), 3);
	assert_int_equal(must_hwpt(f->fd, 1, 2, 0), 4);
	assert_int_equal(must_bind(f->fd, 9, 1), 5);
	assert_int_equal(must_bind(f->fd, 0, 0), 6);
}

static void bring_to_viommu(struct fixture *f)
{
	struct kernel_viommu_alloc plain = {.type = 1, .dev_id = 1, .hwpt_id = 3};
	struct kernel_viommu_cmdqv data;

	assert_int_equal(must_viommu(f->fd, 1, 3, &data), 7);
	assert_int_equal(kernel_viommu_alloc(f->fd, &plain), 0);
	assert_int_equal(plain.out_viommu_id, 8);
	assert_int_equal(must_bind(f->fd, 10, 1), 9);
}

static void bring_to_live(struct fixture *f)
{
	assert_int_equal(must_vdevice(f->fd, 7, 1, 0x10), 10);
	assert_int_equal(must_veventq(f->fd, 7, 4).out_veventq_id, 11);
	assert_int_equal(must_nested(f->fd, 1, 7, ste_stage1[0]), 12);
	assert_int_equal(must_vdevice(f->fd, 7, 5, 0x11), 13);
	assert_int_equal(must_hw_queue(f->fd, 7, 0, RAM_GPA, 0x1000), 14);
}

static void bring_to(struct fixture *f, enum state state)
{
	if (state >= BOUND)
		bring_to_bound(f);
	if (state >= VIOMMU)
		bring_to_viommu(f);
	if (state >= LIVE)
		bring_to_live(f);
}

static void give_twist(struct fixture *f, enum twist twist)
{
	struct kernel_viommu_cmdqv data;
	struct kernel_viommu_alloc viommu = {
		.type = 2, .dev_id = 1, .hwpt_id = 3, .data = &data, .data_len = sizeof(data)};
	struct kernel_mmap page = page_at(0x1000);

	switch (twist) {
	case NO_TWIST:
		break;
	case VINTFS_TAKEN:
		while (!kernel_viommu_alloc(f->fd, &viommu))
			continue;
		break;
	case VMIDS_TAKEN:
		for (int i = 0; i < 254; i++)
			must_hwpt(f->fd, 1, 2, KERNEL_HWPT_NEST_PARENT);
		break;
	case ATTACHED:
		assert_int_equal(kernel_device_attach(f->fd, 1, 3), 0);
		break;
	case MSI_MAPPED:
		must_map(f->fd, 2, 0x08000000, memory, 0x1000, KERNEL_IOAS_MAP_READABLE);
		break;
	case TOMBSTONE:
		assert_int_equal(kernel_device_unbind(f->fd, 1), 0);
		break;
	case MAPPED:
		assert_int_equal(kernel_mmap(f->fd, &page), 0);
		break;
	case CMDQV_OFF:
	case SYNC_TIMES_OUT:
		twist_hardware(f, twist);
		break;
	}
}

static int make_call(struct fixture *f, struct row *row)
{
	uint8_t buffer[64];
	uint32_t vintf;
	uint16_t vmid;

	switch (row->call) {
	case UNREACHABLE:
		return row->with.reason[0] ? row->expected : 0;
	case BIND:
		return kernel_device_bind(f->fd, &row->with.bind);
	case ATTACH:
		return kernel_device_attach(f->fd, row->with.attach.dev, row->with.attach.pt);
	case HW_INFO:
		return kernel_get_hw_info(f->fd, &row->with.info);
	case IOAS_ALLOC:
		return kernel_ioas_alloc(f->fd, &row->with.ioas);
	case MAP:
		return kernel_ioas_map(f->fd, &row->with.map);
	case UNMAP:
		return kernel_ioas_unmap(f->fd, &row->with.unmap);
	case HWPT:
		return kernel_hwpt_alloc(f->fd, &row->with.hwpt);
	case VIOMMU_ALLOC:
		return kernel_viommu_alloc(f->fd, &row->with.viommu);
	case MMAP:
		return kernel_mmap(f->fd, &row->with.mmap);
	case MUNMAP:
		return kernel_munmap(f->fd, row->with.id);
	case VDEVICE:
		return kernel_vdevice_alloc(f->fd, &row->with.vdevice);
	case HW_QUEUE:
		return kernel_hw_queue_alloc(f->fd, &row->with.queue);
	case VEVENTQ:
		return kernel_veventq_alloc(f->fd, &row->with.veventq);
	case VEVENTQ_READ:
		return (int)kernel_veventq_read(f->fd, row->with.read.id, buffer,
						row->with.read.bytes);
	case VEVENTQ_CLOSE:
		return kernel_veventq_close(f->fd, (uint32_t)row->with.id);
	case INVALIDATE:
		return kernel_hwpt_invalidate(f->fd, &row->with.invalidate);
	case DESTROY:
		return kernel_destroy_object(f->fd, (uint32_t)row->with.id);
	case QUERY:
		return kernel_viommu_query(f->fd, (uint32_t)row->with.id, &vintf, &vmid);
	}
	return 0;
}

/* A life with two queues, for the order of destruction. */
enum step {
	QUEUE_1,
	QUEUE_0,
	DETACH,
	NESTED_HWPT,
	VDEV,
	EVENT_FD,
	EVENTQ,
	PAGE,
	VIOMMU_STEP,
	PARENT,
	IOAS_STEP,
	STEPS,
};

/* The steps that must have been taken before each. */
static const uint32_t before[STEPS] = {
	[QUEUE_0] = 1U << QUEUE_1,
	[NESTED_HWPT] = 1U << DETACH,
	[EVENTQ] = 1U << EVENT_FD,
	[VIOMMU_STEP] = 1U << QUEUE_0 | 1U << NESTED_HWPT | 1U << VDEV | 1U << EVENTQ | 1U << PAGE,
	[PARENT] = 1U << VIOMMU_STEP,
	[IOAS_STEP] = 1U << PARENT,
};

struct life {
	struct fixture *f;
	struct vm vm;
	uint32_t ids[STEPS];
};

static void live(struct life *life, struct fixture *f)
{
	struct kernel_mmap page = page_at(0x1000);

	life->f = f;
	life->vm = open_vm(f, f->fd, 8);
	assert_int_equal(kernel_mmap(f->fd, &page), 0);
	life->ids[VDEV] = must_vdevice(f->fd, life->vm.viommu, life->vm.dev, 0x10);
	life->ids[EVENTQ] = must_veventq(f->fd, life->vm.viommu, 4).out_veventq_id;
	life->ids[QUEUE_0] = must_hw_queue(f->fd, life->vm.viommu, 0, RAM_GPA, 0x1000);
	life->ids[QUEUE_1] = must_hw_queue(f->fd, life->vm.viommu, 1, RAM_GPA + 0x1000, 0x1000);
	life->ids[NESTED_HWPT] = must_nested(f->fd, life->vm.dev, life->vm.viommu, ste_stage1[0]);
	life->ids[VIOMMU_STEP] = life->vm.viommu;
	life->ids[PARENT] = life->vm.parent;
	life->ids[IOAS_STEP] = life->vm.ioas;
	assert_int_equal(kernel_device_attach(f->fd, life->vm.dev, life->ids[NESTED_HWPT]), 0);
}

static int take_step(struct life *life, uint32_t step)
{
	switch (step) {
	case DETACH:
		return kernel_device_detach(life->f->fd, life->vm.dev);
	case EVENT_FD:
		return kernel_veventq_close(life->f->fd, life->ids[EVENTQ]);
	case PAGE:
		return kernel_munmap(life->f->fd, 0x1000);
	default:
		return kernel_destroy_object(life->f->fd, life->ids[step]);
	}
}

#endif
