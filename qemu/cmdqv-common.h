/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the devices share: their place in the virt machine, the way of a command into the
 * machine's SMMUv3, the engine's thread, the recording and the report.
 */
#ifndef HW_ARM_CMDQV_COMMON_H
#define HW_ARM_CMDQV_COMMON_H

#include "qemu/osdep.h"

#include "cmdqv-version.h"
#include "hw/arm/smmuv3.h"
#include "hw/arm/virt.h"
#include "hw/qdev-core.h"
#include "qemu/notify.h"
#include "qemu/thread.h"

#include <cmdqv/model/model.h>
#include <cmdqv/trace.h>

#define TYPE_CMDQV_GUEST "cmdqv-guest"
#define TYPE_CMDQV_HW "cmdqv-hw"
#define TYPE_CMDQV_ACCEL "cmdqv-accel"

/* ---- the machine ---- */

/* What a guest does at the SMMU's own registers, for comparison with what it does here. */
typedef struct CmdqvSmmuCounts {
	uint64_t reads;
	uint64_t writes;
	uint64_t prod_writes; /* of the SMMU's command queue */
	uint64_t cons_reads;
	uint64_t commands; /* by the distances that PROD was moved, */
	uint64_t syncs;	   /*   and those of them that are CMD_SYNC */
} CmdqvSmmuCounts;

typedef struct CmdqvMachine CmdqvMachine;

/* A device that stands before the machine's SMMU, rather than beside it. */
typedef struct CmdqvSmmuOps {
	/* A write of the guest: carries it out, where it likes by cmdqv_machine_smmu_write(). */
	MemTxResult (*write)(CmdqvMachine *machine, hwaddr offset, uint64_t value, unsigned size);
	/* Cuts IDR0 to IDR5 down to what the guest may see. */
	void (*limit_idr)(CmdqvMachine *machine, uint32_t idr[6]);
} CmdqvSmmuOps;

struct CmdqvMachine {
	const CmdqvSmmuOps *smmu_ops; /* NULL: the machine's SMMU is as it is */
	VirtMachineState *virt;
	SMMUv3State *smmu;
	MemoryRegion watch; /* over the SMMU's registers */
	MemoryRegion window;
	Notifier done;
	Notifier exit;
	uint64_t base;
	uint64_t bytes;
	uint32_t spi;
	uint32_t idr3; /* bits that are set in what the guest reads of IDR3 */
	uint32_t smmu_prod;
	bool is_reported; /* report= was given, so smmu_counts are read at the end */
	CmdqvSmmuCounts smmu_counts;
};

/*
 * Finds the virt machine and, where `smmu` is NULL, its SMMU, for a window of `bytes` at `base` and
 * the interrupt `spi`. False, with an error: there is no SMMU; there are several and none is named;
 * it has a CMDQV; something lies where the window should; the interrupt is taken.
 */
bool cmdqv_machine_find(CmdqvMachine *machine, Error **errp);

/*
 * Puts the window, which is initialised, at its place, watches the SMMU, and will
 * describe both to the guest before it starts.
 */
void cmdqv_machine_plug(CmdqvMachine *machine);

void cmdqv_machine_pulse(CmdqvMachine *machine);

/* A write to the SMMU, as if the guest made it. */
MemTxResult cmdqv_machine_smmu_write(CmdqvMachine *machine, hwaddr offset, uint64_t value,
				     unsigned size);

/* Accesses of a window reach the library whatever their size and alignment. */
void cmdqv_machine_init_window(CmdqvMachine *machine, const MemoryRegionOps *ops, Object *owner,
			       const char *name);

/* ---- commands ---- */

/* How often each opcode was executed. */
typedef struct CmdqvCommandCounts {
	uint64_t by_opcode[256];
	uint64_t refused;
} CmdqvCommandCounts;

/* Executes a command in the machine's SMMU as one of `vmid`. Under the BQL. Returns 0. */
int cmdqv_machine_execute(CmdqvMachine *machine, const struct cmdqv_command *command,
			  uint16_t vmid);

/* ---- the engine ---- */

typedef struct CmdqvEngine {
	QemuThread thread;
	QemuEvent woken;
	bool running;
	bool stop;
	bool asked;			   /* for a moment without vCPUs, to fall asleep in */
	bool asleep;			   /* until an access traps */
	bool (*pending)(void *opaque);	   /* without a lock */
	void (*run)(void *opaque);	   /* under the BQL, one slice */
	bool (*fall_asleep)(void *opaque); /* under the BQL, while no vCPU runs: sees to it that
					      whatever the guest does traps; false: there is work */
	void *opaque;
} CmdqvEngine;

void cmdqv_engine_start(CmdqvEngine *engine);
void cmdqv_engine_wake(CmdqvEngine *engine); /* under the BQL, after whatever may make work */
void cmdqv_engine_stop(CmdqvEngine *engine); /* under the BQL */

/* ---- the recording ---- */

/* Opens `path` and writes the head. NULL, with an error, if that fails. */
FILE *cmdqv_record_open(const char *path, const struct cmdqv_trace_event *geometry, Error **errp);

/* Nothing where `file` is NULL. A line that cannot be written shows at the end. */
void cmdqv_record(FILE *file, const struct cmdqv_trace_event *event);
void cmdqv_record_close(FILE *file, const char *path);

/* ---- the report ---- */

void cmdqv_report_exits(JSONWriter *json, const char *name, const uint64_t exits[CMDQV_AT_PAGES]);
void cmdqv_report_commands(JSONWriter *json, const CmdqvCommandCounts *counts);
void cmdqv_report_smmu(JSONWriter *json, const CmdqvSmmuCounts *counts);

/* Writes it to `path` in one line, and frees it. */
void cmdqv_report_write(JSONWriter *json, const char *path);

#endif
