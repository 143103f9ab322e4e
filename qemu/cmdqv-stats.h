/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HW_ARM_CMDQV_STATS_H
#define HW_ARM_CMDQV_STATS_H

#include "qemu/osdep.h"

#include <cmdqv/device.h>
#include <cmdqv/model/model.h>

/* Writes a line: how the device is, `seconds` after it was made. Under the big lock. */
void cmdqv_stats_write(FILE *file, double seconds, struct cmdqv *device, struct cmdqv_model *model,
		       uint32_t vintf);

#endif
