/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Software as the hardware: a host with a CMDQV, one client of it, and an engine's thread
 * that executes commands, which reach the executor or the DMA device's SMMU. When it is
 * recorded there is no thread: each access runs the engine and delivers events to the end.
 */
#include "backend.h"

#include "config.h"
#include "dma.h"
#include "engine.h"
#include "executor.h"
#include "fault.h"
#include "state.h"

#include <cmdqv/model/soft.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	PHYSICAL_CMDQS = 19,
	DEVICE_SID = 0x100, /* of the VM's device, where it has one */
};

/* The first invalidation that an ordered fault refused. */
struct refusal {
	uint64_t fetched[2]; /* the command that the engine looks at */
	char text[256];	     /* what was lost, in words; empty: nothing */
};

struct soft_backend {
	struct cmdqv_soft_host *host;
	struct cmdqv_soft_vm *vm;
	struct cmdqv_viommu *viommu;
	struct executor executor;
	struct refusal refusal;
	uint64_t struck[VMM_MAX_FAULTS]; /* on hosts that the guest has left */
	struct dma *dma;		 /* NULL: no DMA scenario */
	struct engine engine;
};

/* ---- what the soft host asks for ---- */

static int soft_execute(void *user, const struct cmdqv_command *command)
{
	struct vmm *vmm = user;

	if (command->queue == CMDQV_SMMU_QUEUE) /* the host invalidates by itself at the end */
		return 0;
	if (vmm->soft->dma && dma_execute(vmm->soft->dma, command))
		vmm->soft->executor.tlbis++;
	else
		executor_take(&vmm->soft->executor, command);
	return 0;
}

static void soft_kick(void *user)
{
	struct vmm *vmm = user;

	engine_kick(&vmm->soft->engine);
}

/*
 * The driver puts a CMD_SYNC over what is refused, so an invalidation that a fault had
 * refused [HW-20] is lost. The first of them is the reason that the verdict gives.
 */
static void watch_refusals(struct vmm *vmm, const struct cmdqv_trace_event *event)
{
	struct refusal *refusal = &vmm->soft->refusal;
	uint64_t struck;

	if (event->vintf != vmm->soft->executor.vintf)
		return;
	if (event->kind == CMDQV_TRACE_COMMAND)
		memcpy(refusal->fetched, event->value, sizeof(refusal->fetched));
	if (event->kind != CMDQV_TRACE_REFUSED || event->code != CMDQV_CERROR_ILL ||
	    refusal->text[0])
		return;
	struck = cmdqv_model_struck(cmdqv_soft_host_model(vmm->soft->host), event->queue,
				    CMDQV_FAULT_REFUSE);
	if (!struck || CMDQV_GET(CMDQV_CMD0_OPCODE, refusal->fetched[0]) != CMDQV_OP_TLBI_NH_VA)
		return;
	snprintf(refusal->text, sizeof(refusal->text),
		 "the invalidation of 0x%" PRIx64 " (entry %" PRIu32
		 ") was lost: the fault %s@%" PRIu32 " refused it",
		 (uint64_t)(refusal->fetched[1] & CMDQV_TLBI1_ADDR), event->index,
		 vmm_fault_name(CMDQV_FAULT_REFUSE), event->lvcmdq);
}

/* Where there are moves to make, one is due now, before the guest hears of its error. */
static void stop_for_move(struct vmm *vmm, const struct cmdqv_trace_event *event)
{
	struct engine *engine = &vmm->soft->engine;

	if (event->kind == CMDQV_TRACE_REFUSED && event->vintf == vmm->soft->executor.vintf &&
	    engine->limit != UINT64_MAX)
		vmm->move_at = engine->limit = engine->executed;
}

static void trace_model(void *user, const struct cmdqv_trace_event *event)
{
	struct vmm *vmm = user;

	watch_refusals(vmm, event);
	stop_for_move(vmm, event);
	recorder_model(&vmm->recorder, event);
}

/* ---- running ---- */

/* Runs the engine and delivers events until there is nothing left; under the lock. */
static void soft_settle(struct vmm *vmm)
{
	bool more = true;

	while (more) {
		int executed;

		while ((executed = cmdqv_soft_host_run(vmm->soft->host, UINT32_MAX)) > 0)
			vmm->soft->engine.executed += (uint64_t)executed;
		more = cmdqv_events(vmm->device) > 0;
	}
}

static void soft_accessed(struct vmm *vmm)
{
	engine_accessed(&vmm->soft->engine);
	if (vmm->recorder.to)
		soft_settle(vmm);
}

static uint64_t soft_progress(struct vmm *vmm)
{
	return vmm->soft->engine.executed;
}

static void soft_limit(struct vmm *vmm, uint64_t progress)
{
	vmm->soft->engine.limit = progress;
}

static uint32_t physical_queue(const struct vmm *vmm, uint32_t queue)
{
	return (cmdqv_soft_vintf(vmm->soft->viommu) << vmm->config.log2_queues) + queue;
}

static uint64_t struck_here(const struct vmm *vmm, const struct vmm_fault *fault)
{
	return cmdqv_model_struck(cmdqv_soft_host_model(vmm->soft->host),
				  physical_queue(vmm, fault->queue), fault->kind);
}

static void report_faults(struct vmm *vmm)
{
	struct vmm_report *report = &vmm->report;

	report->fault_count = vmm->config.fault_count;
	for (size_t i = 0; i < report->fault_count; i++) {
		struct vmm_fault *fault = &report->faults[i];

		*fault = vmm->config.faults[i];
		fault->struck = vmm->soft->struck[i] + struck_here(vmm, fault);
	}
}

static void soft_count(struct vmm *vmm, struct backend_counts *counts)
{
	const struct executor *executor = &vmm->soft->executor;

	*counts = (struct backend_counts){
		.tlbis = executor->tlbis,
		.syncs = executor->syncs,
		.atcs = executor->atcs,
		.rests = vmm->soft->engine.rests,
	};
}

static bool soft_count_queue(struct vmm *vmm, uint32_t index, uint64_t *commands, uint64_t *errors)
{
	struct cmdqv_model_queue_state state = {.size = sizeof(state)};

	if (cmdqv_model_get_queue(cmdqv_soft_host_model(vmm->soft->host),
				  physical_queue(vmm, index), &state))
		return false;
	*commands = state.commands;
	*errors = state.errors;
	return true;
}

static void soft_report(struct vmm *vmm)
{
	report_faults(vmm);
	memcpy(vmm->report.executor_surprise,
	       vmm->soft->refusal.text[0] ? vmm->soft->refusal.text : vmm->soft->executor.surprise,
	       sizeof(vmm->report.executor_surprise));
	if (vmm->soft->dma)
		dma_report(vmm->soft->dma, &vmm->report.dma);
}

static int soft_start(struct vmm *vmm, struct cmdqv_error *error)
{
	int err = 0;

	vmm->soft->engine.event_fd = cmdqv_event_fd(vmm->device);
	vmm->soft->engine.device = vmm->device;
	vmm->soft->engine.host = vmm->soft->host;
	vmm->soft->engine.may_rest = vmm->config.rests;
	if (!vmm->recorder.to)
		err = engine_start(&vmm->soft->engine);
	if (err)
		return cmdqv_error_set(error, err, "no-thread",
				       "the engine's thread: %s; see ulimit -u and -v",
				       strerror(-err));
	if (vmm->soft->dma)
		err = dma_start(vmm->soft->dma);
	if (err)
		return cmdqv_error_set(error, err, "no-thread",
				       "the DMA device's thread: %s; see ulimit -u and -v",
				       strerror(-err));
	return 0;
}

static void soft_stop(struct vmm *vmm)
{
	if (vmm->soft->dma)
		dma_stop(vmm->soft->dma);
	engine_stop(&vmm->soft->engine);
}

/* ---- making and unmaking ---- */

/* Orders faults of the hardware, and gives the guest a device if one of them needs it. */
static int order_faults(struct vmm *vmm, struct cmdqv_error *error)
{
	int err = 0;
	uint32_t dev_id;

	if (config_wants_atc(&vmm->config)) {
		err = cmdqv_soft_bind_device(vmm->soft->vm, (cmdqv_sid_t){DEVICE_SID}, &dev_id);
		if (!err)
			err = cmdqv_viommu_add_device(vmm->soft->viommu, (cmdqv_vsid_t){GUEST_VSID},
						      dev_id, -1, NULL);
	}
	for (size_t i = 0; !err && i < vmm->config.fault_count; i++) {
		const struct vmm_fault *fault = &vmm->config.faults[i];

		err = cmdqv_model_inject(cmdqv_soft_host_model(vmm->soft->host),
					 physical_queue(vmm, fault->queue), fault->kind,
					 fault->count);
	}
	if (err)
		return cmdqv_error_set(error, err, "faults", "faults cannot be ordered: %s",
				       strerror(-err));
	return 0;
}

/* A physical CMDQV whose VINTFs have as many queues as the guest shall see. */
static int soft_create_host(struct vmm *vmm, struct cmdqv_error *error)
{
	uint32_t fit = CMDQV_MAX_LOG2_VCMDQS - vmm->config.log2_queues;
	uint32_t log2_vintfs = fit < CMDQV_MAX_LOG2_VINTFS ? fit : CMDQV_MAX_LOG2_VINTFS;
	struct cmdqv_soft_host_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = (uint8_t)(log2_vintfs + vmm->config.log2_queues),
		.log2_vintfs = (uint8_t)log2_vintfs,
		.log2_sids = VMM_LOG2_SIDS,
		.cmdqs = PHYSICAL_CMDQS,
	};
	struct cmdqv_soft_ops ops = {
		.size = sizeof(ops),
		.execute = soft_execute,
		.kick = soft_kick,
		.trace = vmm->config.record || vmm->config.fault_count ? trace_model : NULL,
	};
	cmdqv_gpa_t ram = {vmm->memory.gpa};
	int err;

	err = cmdqv_soft_host_create(&vmm->soft->host, &config, &ops, vmm, error);
	if (err)
		return err;
	err = cmdqv_soft_vm_create(&vmm->soft->vm, vmm->soft->host, error);
	if (err)
		return err;
	err = cmdqv_soft_open(&vmm->soft->viommu, vmm->soft->vm, &vmm->backend, error);
	if (err)
		return err;
	err = cmdqv_soft_map_ram(vmm->soft->vm, ram, vmm->memory.host, vmm->memory.bytes);
	if (err)
		return cmdqv_error_set(error, err, "no-dma",
				       "guest RAM cannot be mapped for DMA: %s", strerror(-err));
	return order_faults(vmm, error);
}

static void begin_to_watch(struct vmm *vmm)
{
	executor_init(&vmm->soft->executor, cmdqv_soft_vintf(vmm->soft->viommu),
		      cmdqv_soft_vmid(vmm->soft->viommu), vmm->config.vcpus);
	vmm->soft->executor.atc = config_wants_atc(&vmm->config);
	vmm->soft->executor.sid = DEVICE_SID;
	vmm->soft->executor.gaps = config_has_fault(&vmm->config, CMDQV_FAULT_REPEAT);
	recorder_begin(&vmm->recorder, vmm->config.record, cmdqv_soft_vintf(vmm->soft->viommu),
		       (uint8_t)vmm->config.log2_queues, VMM_LOG2_SIDS);
}

static int soft_create(struct vmm *vmm, struct cmdqv_error *error)
{
	int err;

	vmm->soft = calloc(1, sizeof(*vmm->soft));
	if (!vmm->soft)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "out of memory");
	vmm->cmdqs = PHYSICAL_CMDQS;
	/* The engine's descriptors exist before a call can kick it. */
	err = engine_init(&vmm->soft->engine, &vmm->lock);
	if (err)
		return cmdqv_error_set(error, err, "no-descriptor", "an eventfd: %s",
				       strerror(-err));
	err = soft_create_host(vmm, error);
	if (err)
		return err;
	begin_to_watch(vmm);
	if (!vmm->config.dma_rounds)
		return 0;
	err = dma_create(&vmm->soft->dma, &vmm->config, &vmm->memory,
			 cmdqv_soft_vmid(vmm->soft->viommu), &vmm->lock, error);
	if (err)
		return cmdqv_error_set(error, err, "dma", "the DMA devices: %s", strerror(-err));
	return 0;
}

static void soft_leave_host(struct vmm *vmm)
{
	cmdqv_viommu_close(vmm->soft->viommu);
	cmdqv_soft_vm_destroy(vmm->soft->vm);
	cmdqv_soft_host_destroy(vmm->soft->host);
	vmm->soft->viommu = NULL;
	vmm->soft->vm = NULL;
	vmm->soft->host = NULL;
}

/*
 * The SMMU behind the queues stays, with what it has cached: an invalidation that is lost on the
 * way shows in the data. So the VMID must stay too, as it does on a host that is new.
 */
static int soft_move(struct vmm *vmm, struct cmdqv_error *error)
{
	struct executor *executor = &vmm->soft->executor;
	int err;

	for (size_t i = 0; i < vmm->config.fault_count; i++)
		vmm->soft->struck[i] += struck_here(vmm, &vmm->config.faults[i]);
	soft_leave_host(vmm);
	err = soft_create_host(vmm, error);
	if (err)
		return err;
	executor->vintf = cmdqv_soft_vintf(vmm->soft->viommu);
	if (executor->vmid != cmdqv_soft_vmid(vmm->soft->viommu))
		return cmdqv_error_set(error, -EXDEV, "vmid", "the new host gave another VMID");
	return 0;
}

static void soft_destroy(struct vmm *vmm)
{
	if (!vmm->soft)
		return;
	soft_leave_host(vmm);
	dma_destroy(vmm->soft->dma);
	engine_fini(&vmm->soft->engine);
	free(vmm->soft);
	vmm->soft = NULL;
}

const struct backend_ops backend_soft = {
	.create = soft_create,
	.start = soft_start,
	.stop = soft_stop,
	.move = soft_move,
	.destroy = soft_destroy,
	.accessed = soft_accessed,
	.progress = soft_progress,
	.limit = soft_limit,
	.count = soft_count,
	.count_queue = soft_count_queue,
	.report = soft_report,
};
