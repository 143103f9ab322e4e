/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CMDQV_CMDQV_H
#define CMDQV_CMDQV_H
#include <cmdqv/backend.h>
#include <cmdqv/describe.h>
#include <cmdqv/device.h>
#include <cmdqv/firmware.h>
#include <cmdqv/iommufd.h>
#include <cmdqv/regs.h>
#include <cmdqv/saved.h>
#include <cmdqv/trace.h>
#include <cmdqv/types.h>
#include <cmdqv/viommu.h>
#include <cmdqv/vmm.h>
#endif
