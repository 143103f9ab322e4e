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
#include "device.h"
#include "dma.h"
#include "machine.h"
#include "move.h"
#include "state.h"
#include "upcall.h"

#include "guest/judge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	PATIENCE_MS = 20000,	  /* nothing has happened for so long: the guest hangs, */
	DEAD_MS = 120000,	  /*   even if it has not polled, nor used a CPU */
	FAULT_PATIENCE_MS = 1000, /* likewise, where something is to happen to it */
	LOOK_MS = 100,		  /* how often that is looked at, */
	MOVE_LOOK_US = 50,	  /*   and how often whether a move is due */
	GRACE_MS = 10000,	  /* what a guest has to report that it gave up */
	VAIN_POLLS = 100,	  /* so often, at least, a guest that hangs has looked */
};

/* ---- waiting ---- */

/* Is there a fault that stops a queue, and interrupts again after each acknowledgement? */
static bool fails_for_ever(const struct vmm_config *config)
{
	for (size_t i = 0; i < config->fault_count; i++)
		if (config->faults[i].count == CMDQV_FAULT_FOR_EVER &&
		    (config->faults[i].kind == CMDQV_FAULT_REFUSE ||
		     config->faults[i].kind == CMDQV_FAULT_FETCH_ABORT))
			return true;
	return false;
}

/*
 * What the queues did; the caller has the lock. Interrupts count too, because a guest may take long
 * to handle an error.
 */
static uint64_t signs_of_queues(struct vmm *vmm)
{
	struct backend_counts counts;

	if (!fails_for_ever(&vmm->config))
		return vmm->backend_ops->progress(vmm) +
		       cmdqv_get_counter(vmm->device, CMDQV_COUNTER_INTERRUPTS);
	vmm->backend_ops->count(vmm, &counts);
	return counts.tlbis + counts.syncs + counts.atcs;
}

/* A number that changes whenever something happens. */
static uint64_t signs_of_life(struct vmm *vmm)
{
	uint64_t signs;

	vmm_lock(vmm);
	signs = signs_of_queues(vmm) + vmm->report.phase_count + vmm->lines;
	pthread_mutex_unlock(&vmm->lock);
	/* A case of the conformance suite ends its waits by itself, however long they take. */
	if (vmm->config.judge_say)
		signs += atomic_load(&vmm->mailbox->polls);
	return signs;
}

/* Waits a little for the guest to be done. Returns true when it is, or the machine broke. */
static bool wait_for_end(struct vmm *vmm, long us)
{
	struct timespec until;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += us / 1000000;
	until.tv_nsec += us % 1000000 * 1000;
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

/* The phase under way. The caller has the lock. */
static const char *phase_now(const struct vmm *vmm)
{
	size_t phase = vmm->report.phase_count;

	return upcall_phase_name(
		(enum guest_phase)(phase < GUEST_PHASE_COUNT ? phase : GUEST_PHASE_COUNT - 1));
}

/* Asks a guest in which nothing happens to give up; it may even say what it waited for. */
static void give_up(struct vmm *vmm)
{
	char *text = vmm->report.guest_failure;

	atomic_store(&vmm->mailbox->stop, 1);
	(void)wait_for_end(vmm, GRACE_MS * 1000L);
	vmm_lock(vmm);
	if (!text[0])
		snprintf(text, sizeof(vmm->report.guest_failure),
			 "the guest hangs in phase %s, and does not answer", phase_now(vmm));
	pthread_mutex_unlock(&vmm->lock);
}

/* For as long as there are moves to make, looks often whether one is due; at most LOOK_MS. */
static bool move_and_wait_for_end(struct vmm *vmm)
{
	for (long us = 0; us < LOOK_MS * 1000L && move_is_left(vmm); us += MOVE_LOOK_US) {
		if (move_is_due(vmm))
			move_guest(vmm);
		if (wait_for_end(vmm, MOVE_LOOK_US))
			return true;
	}
	return !move_is_left(vmm) && wait_for_end(vmm, LOOK_MS * 1000L);
}

/* May it go on? Else the guest is asked to end: what it reports of the phase counts. */
static bool ask_user(struct vmm *vmm)
{
	const char *phase;

	if (!vmm->config.go_on)
		return true;
	vmm_lock(vmm);
	phase = phase_now(vmm);
	pthread_mutex_unlock(&vmm->lock);
	if (vmm->config.go_on(phase))
		return true;
	atomic_store(&vmm->mailbox->stop, 1);
	(void)wait_for_end(vmm, GRACE_MS * 1000L);
	vmm_lock(vmm);
	vmm->report.interrupted = true;
	snprintf(vmm->report.guest_failure, sizeof(vmm->report.guest_failure),
		 "interrupted in phase %s", phase);
	pthread_mutex_unlock(&vmm->lock);
	return false;
}

/* Milliseconds that the CPUs gave us. */
static uint64_t cpu_ms(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000 + (uint64_t)used.tv_nsec / 1000000;
}

static uint64_t patience_of(const struct vmm_config *config)
{
	if (config->patience_ms)
		return config->patience_ms;
	return config->fault_count ? FAULT_PATIENCE_MS : PATIENCE_MS;
}

/* What a guest in which nothing happens has come to since something did. */
struct quiet {
	uint64_t signs; /* of life, as they were then */
	uint64_t ms;	/* so long ago */
	uint64_t cpu_ms, polls;
};

static void quiet_look(struct vmm *vmm, struct quiet *quiet)
{
	uint64_t now = signs_of_life(vmm);

	quiet->ms += LOOK_MS;
	if (now == quiet->signs)
		return;
	*quiet = (struct quiet){
		.signs = now, .cpu_ms = cpu_ms(), .polls = atomic_load(&vmm->mailbox->polls)};
}

/*
 * A guest that waits polls. Where other work has the CPUs, a second without a tenth of a second of
 * them says nothing about it, nor where the vCPU whose turn it is has not got them. A guest that
 * does not poll hangs once it had the CPUs for long, or if none of its threads ever wants one.
 */
static bool is_too_quiet(struct vmm *vmm, const struct quiet *quiet)
{
	uint64_t patience = patience_of(&vmm->config);
	uint64_t used = cpu_ms() - quiet->cpu_ms;
	bool polls = atomic_load(&vmm->mailbox->polls) - quiet->polls >= VAIN_POLLS;

	return quiet->ms >= patience &&
	       ((polls && used >= patience / 10) || used >= PATIENCE_MS || quiet->ms >= DEAD_MS);
}

static void watch_guest(struct vmm *vmm)
{
	struct quiet quiet = {.signs = signs_of_life(vmm), .cpu_ms = cpu_ms()};

	while (!move_and_wait_for_end(vmm) && ask_user(vmm)) {
		quiet_look(vmm, &quiet);
		if (is_too_quiet(vmm, &quiet)) {
			give_up(vmm);
			return;
		}
	}
}

/* The verdict of the cases. */
static void judge_finish(struct vmm *vmm)
{
	const struct guest_lines *lines =
		memory_at(&vmm->memory, GUEST_LINES, sizeof(struct guest_lines));
	struct vmm_report *report = &vmm->report;

	report->judged = lines->failed;
	report->ok = report->judged == 0 && !report->guest_failure[0];
	snprintf(report->verdict, sizeof(report->verdict), "%s",
		 report->ok		    ? "every case passed"
		 : report->guest_failure[0] ? report->guest_failure
		 : report->judged < 0	    ? "no case has that name"
					    : "not every case passed");
}

/* The rest of the report, once all threads have stopped. */
static void finish_report(struct vmm *vmm)
{
	struct vmm_report *report = &vmm->report;

	report->guest_errors += cmdqv_get_counter(vmm->device, CMDQV_COUNTER_GUEST_ERRORS);
	report->moves.held += cmdqv_get_counter(vmm->device, CMDQV_COUNTER_QUEUES_HELD);
	report->vmm_refused_page0 = !vmm->config.map_page0;
	report->vcpus = vmm->config.vcpus;
	vmm->backend_ops->report(vmm);
	memcpy(report->host_message, vmm->host_message, sizeof(report->host_message));
	if (vmm->config.judge_say) {
		judge_finish(vmm);
		return;
	}
	vmm_judge(report);
	if (report->dma.ran)
		dma_judge(report);
	move_judge(report);
}

int vmm_run(struct vmm *vmm, struct vmm_report *report, struct cmdqv_error *error)
{
	int err;

	clock_gettime(CLOCK_MONOTONIC, &vmm->phase_start);
	move_plan_next(vmm);
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
	vmm->mailbox->atc = config_wants_atc(config);
	vmm->mailbox->rounds = config->dma_rounds;
	vmm->mailbox->repeats = config->guest_repeats;
	vmm->mailbox->judges = config->judge_say != NULL;
	return 0;
}

static void judge_prepare(struct vmm *vmm, uint32_t log2size)
{
	struct guest_lines *lines =
		memory_at(&vmm->memory, GUEST_LINES, sizeof(struct guest_lines));

	lines->log2size = log2size;
	lines->has_device = vmm->config.backend == VMM_BACKEND_SOFT;
	if (vmm->config.judge_only)
		snprintf(lines->only, sizeof(lines->only), "%s", vmm->config.judge_only);
}

/* A queue must not be larger than the backend can have it. */
static int size_queues(struct vmm *vmm, struct cmdqv_error *error)
{
	uint32_t log2size = vmm->cmdqs < GUEST_LOG2SIZE ? vmm->cmdqs : GUEST_LOG2SIZE;

	vmm->mailbox->log2size = log2size;
	judge_prepare(vmm, log2size);
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
	err = device_create(vmm, error);
	if (err)
		return err;
	return kind->create(&vmm->machine, vmm, error);
}

static void init_locks(struct vmm *vmm)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&vmm->lock, NULL);
	pthread_mutex_init(&vmm->turn, NULL);
	pthread_mutex_init(&vmm->watch_lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&vmm->watch, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&vmm->resumed, NULL);
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
	vmm->report.moves.wanted = config->moves;
	vmm->report.moves.stood_still = calloc(config->moves + 1ULL, sizeof(double));
	vmm->backend_ops =
		config->backend == VMM_BACKEND_IOMMUFD ? &backend_iommufd : &backend_soft;
	init_locks(vmm);
	err = vmm->report.moves.stood_still
		      ? create_parts(vmm, error)
		      : cmdqv_error_set(error, -ENOMEM, "no-memory", "out of memory");
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
	free(vmm->report.moves.stood_still);
	pthread_cond_destroy(&vmm->resumed);
	pthread_cond_destroy(&vmm->watch);
	pthread_mutex_destroy(&vmm->watch_lock);
	pthread_mutex_destroy(&vmm->turn);
	pthread_mutex_destroy(&vmm->lock);
	free(vmm);
}
