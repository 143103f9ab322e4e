/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the versions of QEMU that these devices are built in: 10.0 to 10.2.
 */
#ifndef HW_ARM_CMDQV_VERSION_H
#define HW_ARM_CMDQV_VERSION_H

#if __has_include("qobject/json-writer.h") /* from 10.0.x on */
#include "qobject/json-writer.h"
#else
#include "qapi/qmp/json-writer.h"
#endif

#if __has_include("system/memory.h") /* from 10.1 on */
#include "system/address-spaces.h"
#include "system/memory.h"

typedef const void CmdqvClassData;

/* With an ITS the IORT begins with a node for it; 10.0 writes that node without an ITS, too. */
#define CMDQV_ITS_NODES(virt) ((virt)->its ? 1U : 0U)
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"

typedef void CmdqvClassData;

#define CMDQV_ITS_NODES(virt) 1U
#endif

#if __has_include("exec/ramblock.h") /* until 10.0 */
#include "exec/ramblock.h"
#else
#include "system/ramblock.h"
#endif

/* From 11.1 on: keeps a region from those who map memory for the DMA of devices. NULL before. */
void memory_region_set_skip_iommu_map(MemoryRegion *region, bool skip) __attribute__((weak));

#endif
