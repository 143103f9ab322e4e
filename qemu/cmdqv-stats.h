/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HW_ARM_CMDQV_STATS_H
#define HW_ARM_CMDQV_STATS_H

#include "qemu/osdep.h"

#include <cmdqv/device.h>
#include <cmdqv/model/model.h>

/* The file of a property `stats`. */
typedef struct CmdqvStats {
	char *path; /* NULL: there is none */
	FILE *file;
	QEMUTimer *timer;
	int64_t began; /* in milliseconds of the host */

	/* Writes how it is: one of the two below. */
	void (*write)(FILE *file, void *owner);
	void *owner;
} CmdqvStats;

/* Writes a line now, each second, and at the end. All of it is under the big lock. */
bool cmdqv_stats_begin(CmdqvStats *stats, void (*write)(FILE *, void *), void *owner, Error **errp);
void cmdqv_stats_end(CmdqvStats *stats);

/* The members of a line: of the CMDQV of a guest; of hardware, whose queues a host maps to VINTFs.
 */
void cmdqv_stats_device(FILE *file, struct cmdqv *device, struct cmdqv_model *model,
			uint32_t vintf);
void cmdqv_stats_hardware(FILE *file, struct cmdqv_model *model);

#endif
