/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wiring: guest RAM, a backend, the device on that, a machine.
 *
 * How it works. The machine hands in accesses that trap (upcall.h). The device asks back for the
 * page to be mapped or withdrawn, and for interrupts: that goes to the machine. The backend
 * (backend.h) has who executes commands. vmm_run() waits until all vCPUs are done, the machine
 * breaks, or nothing moves for too long.
 */
#include "backend.h"
#include "config.h"
#include "dma.h"
#include "machine.h"
#include "state.h"
#include "upcall.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_CMDQS = 16,     /* that the guest is shown */
	PATIENCE_MS = 20000, /* nothing has happened for so long: the guest hangs */
	LOOK_MS = 100,	     /* how often that is looked at */
	GRACE_MS = 10000,    /* what a guest has to report that it gave up */
};

/* ---- what the device asks for ---- */

static int page0_map(void *user, const struct cmdqv_page0_map *page)
{
	struct vmm *vmm = user;

	if (!vmm->config.map_page0)
		return -EOPNOTSUPP;
	return vmm->machine->ops->map_page0(vmm->machine, &page->view);
}

static void page0_unmap(void *user)
{
	struct vmm *vmm = user;

	vmm->machine->ops->unmap_page0(vmm->machine);
}

static void interrupt(void *user)
{
	struct vmm *vmm = user;

	vmm->machine->ops->interrupt(vmm->machine);
}

static bool is_guest_ram(void *user, cmdqv_gpa_t gpa, uint64_t bytes)
{
	struct vmm *vmm = user;

	return memory_contains(&vmm->memory, gpa.value, bytes);
}

static void take_log(void *user, const struct cmdqv_log *log)
{
	struct vmm *vmm = user;

	if (log->level == CMDQV_LOG_HOST && !vmm->host_message[0])
		snprintf(vmm->host_message, sizeof(vmm->host_message), "%s", log->text);
}

static void trace_device(void *user, const struct cmdqv_trace_event *event)
{
	struct vmm *vmm = user;

	recorder_device(&vmm->recorder, event);
}

/* ---- waiting ---- */

/* A number that changes whenever something happens. */
static uint64_t signs_of_life(struct vmm *vmm)
{
	uint64_t signs;

	pthread_mutex_lock(&vmm->lock);
	signs = vmm->backend_ops->progress(vmm) + vmm->report.phase_count;
	pthread_mutex_unlock(&vmm->lock);
	return signs;
}

/* Waits a little for the guest to be done. Returns true when it is, or the machine broke. */
static bool wait_for_end(struct vmm *vmm, long ms)
{
	struct timespec until;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&vmm->watch_lock);
	while (!(ended = vmm->broken || vmm->cpus_done == vmm->config.vcpus)) {
		if (pthread_cond_timedwait(&vmm->watch, &vmm->watch_lock, &until))
			break;
	}
	pthread_mutex_unlock(&vmm->watch_lock);
	return ended;
}

/* Asks a guest in which nothing happens to give up; it may even say what it waited for. */
static void give_up(struct vmm *vmm)
{
	char *text = vmm->report.guest_failure;

	atomic_store(&vmm->mailbox->stop, 1);
	(void)wait_for_end(vmm, GRACE_MS);
	pthread_mutex_lock(&vmm->lock);
	if (!text[0])
		snprintf(text, sizeof(vmm->report.guest_failure),
			 "the guest hangs in phase %s, and does not answer",
			 upcall_phase_name(
				 (enum guest_phase)(vmm->report.phase_count < GUEST_PHASE_COUNT
							    ? vmm->report.phase_count
							    : GUEST_PHASE_COUNT - 1)));
	pthread_mutex_unlock(&vmm->lock);
}

static void watch_guest(struct vmm *vmm)
{
	uint64_t patience = vmm->config.patience_ms ? vmm->config.patience_ms : PATIENCE_MS;
	uint64_t signs = signs_of_life(vmm);
	uint64_t quiet_ms = 0;

	while (!wait_for_end(vmm, LOOK_MS)) {
		uint64_t now = signs_of_life(vmm);

		quiet_ms = now == signs ? quiet_ms + LOOK_MS : 0;
		signs = now;
		if (quiet_ms >= patience) {
			give_up(vmm);
			return;
		}
	}
}

/* The rest of the report, once all threads have stopped. */
static void finish_report(struct vmm *vmm)
{
	struct vmm_report *report = &vmm->report;

	report->guest_errors += cmdqv_get_counter(vmm->device, CMDQV_COUNTER_GUEST_ERRORS);
	report->vmm_refused_page0 = !vmm->config.map_page0;
	vmm->backend_ops->report(vmm);
	memcpy(report->host_message, vmm->host_message, sizeof(report->host_message));
	vmm_judge(report);
	if (report->dma.ran)
		dma_judge(report);
}

int vmm_run(struct vmm *vmm, struct vmm_report *report, struct cmdqv_error *error)
{
	int err;

	clock_gettime(CLOCK_MONOTONIC, &vmm->phase_start);
	err = vmm->backend_ops->start(vmm, error);
	if (!err)
		err = vmm->machine->ops->start(vmm->machine, error);
	if (!err)
		watch_guest(vmm);
	atomic_store(&vmm->mailbox->stop, 1);
	vmm->machine->ops->stop(vmm->machine);
	vmm->backend_ops->stop(vmm);
	if (err)
		return err;
	if (vmm->broken) {
		if (error)
			*error = vmm->failure;
		return vmm->failure.code;
	}
	err = recorder_end(&vmm->recorder);
	if (err)
		return cmdqv_error_set(error, err, "record", "the trace cannot be written: %s",
				       strerror(-err));
	finish_report(vmm);
	*report = vmm->report;
	return 0;
}

/* ---- making and unmaking ---- */

static int create_memory(struct vmm *vmm, struct cmdqv_error *error)
{
	const struct vmm_config *config = &vmm->config;
	int err = memory_create(&vmm->memory, GUEST_RAM, GUEST_RAM_BYTES);

	if (err)
		return cmdqv_error_set(error, err, "no-memory", "no memory for the guest");
	vmm->mailbox = memory_at(&vmm->memory, GUEST_MAILBOX, sizeof(*vmm->mailbox));
	vmm->mailbox->rings = GUEST_RINGS;
	vmm->mailbox->log2_queues = config->log2_queues;
	vmm->mailbox->log2_sids = VMM_LOG2_SIDS;
	vmm->mailbox->cpus = config->vcpus;
	vmm->mailbox->batch_size = config->batch_size;
	vmm->mailbox->batches = config->batches;
	vmm->mailbox->patience = config_patience(config);
	vmm->mailbox->atc = config_wants_atc(config);
	vmm->mailbox->rounds = config->dma_rounds;
	return 0;
}

static int create_device(struct vmm *vmm, struct cmdqv_error *error)
{
	struct cmdqv_config config = {
		.size = sizeof(config),
		.num_lvcmdqs = 1U << vmm->config.log2_queues,
		.num_sids = 1U << VMM_LOG2_SIDS,
		.cmdqs = vmm->cmdqs < MOST_CMDQS ? vmm->cmdqs : MOST_CMDQS,
	};
	struct cmdqv_vmm_ops ops = {
		.size = sizeof(ops),
		.page0_map = page0_map,
		.page0_unmap = page0_unmap,
		.interrupt = interrupt,
		.is_guest_ram = is_guest_ram,
		.log = take_log,
		.trace = vmm->config.record ? trace_device : NULL,
	};

	return cmdqv_create(&vmm->device, &config, &vmm->backend, &ops, vmm, error);
}

/* A queue must not be larger than the backend can have it. */
static int size_queues(struct vmm *vmm, struct cmdqv_error *error)
{
	uint32_t log2size = vmm->cmdqs < GUEST_LOG2SIZE ? vmm->cmdqs : GUEST_LOG2SIZE;

	vmm->mailbox->log2size = log2size;
	if (vmm->config.batch_size <= 1U << log2size)
		return 0;
	return cmdqv_error_set(
		error, -EINVAL, "batch-size",
		"a queue has room for %u commands on this host: make batches no larger",
		1U << log2size);
}

static int create_parts(struct vmm *vmm, struct cmdqv_error *error)
{
	const struct vmm_config *config = &vmm->config;
	const struct machine_ops *kind =
		config->guest == VMM_GUEST_KVM ? &machine_kvm : &machine_thread;
	int err = create_memory(vmm, error);

	if (err)
		return err;
	err = vmm->backend_ops->create(vmm, error);
	if (err)
		return err;
	err = size_queues(vmm, error);
	if (err)
		return err;
	err = create_device(vmm, error);
	if (err)
		return err;
	return kind->create(&vmm->machine, vmm, error);
}

static void init_locks(struct vmm *vmm)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&vmm->lock, NULL);
	pthread_mutex_init(&vmm->watch_lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&vmm->watch, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

int vmm_create(struct vmm **out, const struct vmm_config *config, struct cmdqv_error *error)
{
	int err = config_check(config, error);
	struct vmm *vmm;

	if (err)
		return err;
	vmm = calloc(1, sizeof(*vmm));
	if (!vmm)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "out of memory");
	vmm->config = *config;
	vmm->backend_ops =
		config->backend == VMM_BACKEND_IOMMUFD ? &backend_iommufd : &backend_soft;
	init_locks(vmm);
	err = create_parts(vmm, error);
	if (err) {
		vmm_destroy(vmm);
		return err;
	}
	*out = vmm;
	return 0;
}

void vmm_destroy(struct vmm *vmm)
{
	if (!vmm)
		return;
	cmdqv_destroy(vmm->device);
	if (vmm->machine)
		vmm->machine->ops->destroy(vmm->machine);
	vmm->backend_ops->destroy(vmm);
	memory_destroy(&vmm->memory);
	pthread_cond_destroy(&vmm->watch);
	pthread_mutex_destroy(&vmm->watch_lock);
	pthread_mutex_destroy(&vmm->lock);
	free(vmm);
}
