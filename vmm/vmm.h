/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small VMM: one guest, one CMDQV, and the guest's driver, which
 * goes through its eight phases (guest/driver.h) while the VMM counts.
 *
 * The guest is a virtual machine under KVM, or the same driver in threads. The CMDQV's
 * page 0 is mapped into it, so that stores reach the queue without an exit. On the software
 * backend a thread runs the engine that executes commands, and each command is compared with
 * what the guest must have sent; on a Grace host hardware does, and only the guest looks on.
 *
 * Not a general VMM: no firmware, no devices, no kernel loader.
 */
#ifndef VMM_VMM_H
#define VMM_VMM_H

#include <cmdqv/device.h>
#include <cmdqv/model/model.h>
#include <cmdqv/regs.h>
#include <cmdqv/types.h>

#include <stdio.h>

/* Of all queues the software host keeps half for itself. */
#define VMM_MAX_LOG2_QUEUES (CMDQV_MAX_LOG2_VCMDQS - 1)
#define VMM_MAX_VCPUS 8U
#define VMM_MIN_BATCH 2U
#define VMM_MAX_BATCH 1024U
#define VMM_PHASES 8
#define VMM_MAX_FAULTS 8U
#define VMM_MAX_MOVES 1000000U
#define VMM_CONS_ERRORS 5U /* values of CONS.ERR that mean something, 0 for none */

enum vmm_guest {
	VMM_GUEST_KVM,
	VMM_GUEST_THREAD,
};

enum vmm_backend {
	VMM_BACKEND_SOFT,
	VMM_BACKEND_IOMMUFD,
};

/* A fault that the software hardware has on demand; vmm/fault.h reads and writes its text. */
struct vmm_fault {
	enum cmdqv_fault kind;
	uint32_t queue;	 /* as the guest counts */
	uint32_t count;	 /* how often it strikes; CMDQV_FAULT_FOR_EVER */
	uint64_t struck; /* in the report: how often it did */
};

struct vmm_config {
	enum vmm_guest guest;
	enum vmm_backend backend;
	const char *device; /* VMM_BACKEND_IOMMUFD: a VFIO character device behind the SMMU, else
			       NULL; nothing is recorded there, and no fault or DMA ordered */
	uint32_t log2_queues;
	uint32_t vcpus;
	uint64_t batches;    /* of each of the two invalidate phases, over all vCPUs */
	uint32_t batch_size; /* commands of a batch: TLBI_NH_VA, and one CMD_SYNC at its end */
	bool map_page0;	     /* false: the VMM refuses, every access traps [DEV-20] */
	bool rests;	     /* page 0 is withdrawn while software's queues are quiet [DEV-36] */

	/*
	 * Unless NULL, every access, command and interrupt is written here, in the format of
	 * docs/trace-format.md. Needs map_page0 to be false. There is no engine thread then:
	 * each access runs the engine and delivers events to the end.
	 */
	FILE *record;

	uint32_t patience_ms; /* how long nothing may happen before the guest is asked to give up;
				 0: a second with faults, else 20 */

	/*
	 * Faults to order before the guest starts [HW-20]. With one of
	 * ATC_INV each batch has an ATC_INV before its CMD_SYNC. Cannot be recorded.
	 */
	size_t fault_count;
	struct vmm_fault faults[VMM_MAX_FAULTS];

	/*
	 * Unless 0, the guest lets a DMA device copy so many times over all vCPUs, instead of
	 * both invalidate phases: guest/dma.h. Each round has two invalidations. Cannot be
	 * recorded, or have faults but CMDQV_FAULT_REPEAT.
	 */
	uint64_t dma_rounds;
	uint64_t drop_invalidation; /* from 1: the one that is lost on purpose; 0: none */
	bool guest_repeats;	    /* each invalidation twice, for CMDQV_FAULT_REPEAT [DEV-34] */

	/*
	 * So many times the guest goes from one host to another while it works [DEV-29]: after
	 * equal shares of its commands, and at errors that it has not acknowledged. Each host has
	 * the faults anew. Cannot be recorded.
	 */
	uint32_t moves;

	/*
	 * Unless NULL, the guest has the cases of conformance/ in place of its driver, on its one
	 * vCPU, and each line of their result comes here. Cannot be recorded, have faults, DMA or
	 * moves.
	 */
	void (*judge_say)(const char *line);
	const char *judge_only; /* which cases; NULL: all */

	/*
	 * Unless NULL, asked about ten times a second while the guest is in `phase`: false ends
	 * the run, and the report has what was seen until then.
	 */
	bool (*go_on)(const char *phase);
};

/* What was seen of a phase, between its report and the one before. */
struct vmm_phase {
	const char *name;
	uint64_t batches;
	uint64_t sent_tlbis; /* as the guest says */
	uint64_t sent_syncs;
	uint64_t executed_tlbis; /* as the engine did */
	uint64_t executed_syncs;
	uint64_t executed_atcs;
	uint64_t errors[VMM_CONS_ERRORS]; /* that the guest's handler found, by CONS.ERR */
	uint64_t exits[CMDQV_AT_PAGES];
	uint64_t rests;		     /* how often page 0 was withdrawn from quiet queues, */
	uint64_t rest_exits;	     /*   and exits that it caused */
	enum cmdqv_page0_life page0; /* as the phase left it */
	double seconds;
	uint32_t moves;
	double stood_still; /* of the seconds */
};

/* What the DMA devices came to. */
struct vmm_dma_report {
	bool ran;
	uint64_t rounds; /* that were right */
	uint64_t bytes;	 /* that the devices wrote */
	uint64_t jobs;
	uint64_t invalidations;	     /* of the rounds, that the engine executed, */
	uint64_t idle_invalidations; /*   and that took away no translation, or several */
	struct {
		uint64_t number; /* 0: none */
		uint64_t iova;
		uint32_t vcpu;
	} dropped;
	struct {
		uint64_t round;	 /* from 1; 0: nothing was stale */
		bool after_last; /* the check after the last round, with the next number */
		uint32_t vcpu;
		uint64_t iova;
		uint64_t expected;
		uint64_t found;
	} stale;
};

/* What moving came to. */
struct vmm_moves_report {
	uint32_t wanted;
	uint32_t made;
	uint64_t held;	     /* LVCMDQs that came over with an error, or got one from a neighbour */
	size_t stream_bytes; /* the largest saved state */
	double *stood_still; /* seconds of each, until the VM is destroyed; */
	double median;	     /*   the middle one, */
	double longest;	     /*   and the longest */
};

struct vmm_report {
	size_t phase_count; /* phases that were reported; the last one may have failed */
	struct vmm_phase phases[VMM_PHASES];
	uint64_t guest_errors;	/* that the device counted */
	bool vmm_refused_page0; /* by configuration */
	bool interrupted;	/* `go_on` ended it */
	uint32_t vcpus;
	bool by_hardware; /* what was executed was not counted: executed_... are 0 */
	size_t fault_count;
	struct vmm_fault faults[VMM_MAX_FAULTS];
	struct vmm_dma_report dma;
	struct vmm_moves_report moves;
	char guest_failure[256];     /* what the guest's checks found; empty: nothing */
	char executor_surprise[256]; /* what the engine was asked for unexpectedly; likewise */
	char host_message[256];	     /* the first message that the host is to blame for; likewise */

	int judged; /* cases that failed, or -1 if there was none */

	bool ok;	   /* the verdict, */
	char verdict[600]; /*   in one sentence */
};

/* "1 error", "2 errors". */
static inline const char *vmm_plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

struct vmm;

/*
 * Can virtual machines be made here? Returns: 0; -ENOENT, -EACCES, -ENOTSUP, ...: no, and
 * `error` says why and what to do.
 */
int vmm_kvm_check(struct cmdqv_error *error);

/* Returns: 0; -EINVAL: a number out of range; -ENOMEM; as vmm_kvm_check(); what KVM returned. */
int vmm_create(struct vmm **out, const struct vmm_config *config, struct cmdqv_error *error);

/*
 * Runs the guest to its end, once. Returns: 0, with the verdict in `report`; a negative
 * errno: it could not be run.
 */
int vmm_run(struct vmm *vmm, struct vmm_report *report, struct cmdqv_error *error);

void vmm_destroy(struct vmm *vmm);

/*
 * Comes to report->ok and report->verdict from all that the report says; vmm_run() calls
 * it. Good are: eight phases in which the guest's checks held, commands executed exactly
 * as sent, page 0 mapped from bring-up until the VINTF is disabled, and not one exit for
 * a batch through it; or, where the VMM refused, page 0 trapped for as long. Every fault
 * that was ordered must have struck. What hardware executed is the guest's word alone: it has
 * waited for CONS to pass each batch.
 */
void vmm_judge(struct vmm_report *report);

#endif
