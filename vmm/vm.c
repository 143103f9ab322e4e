/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wiring: guest RAM, a backend, the device on that, a machine.
 *
 * How it works. The machine hands in accesses that trap (vmm_access). The device asks
 * back for the page to be mapped or withdrawn, and for interrupts: that goes to the
 * machine. Who executes commands is the backend's (backend.h). The guest reports the end of
 * each phase; all counters are read then. vmm_run() waits until all vCPUs are done, the
 * machine breaks, or nothing moves for too long.
 */
#include "vm.h"

#include "guest/dma.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_CMDQS = 16,     /* that the guest is shown */
	PATIENCE_MS = 20000, /* nothing has happened for so long: the guest hangs */
	LOOK_MS = 100,	     /* how often that is looked at */
	GRACE_MS = 10000,    /* what a guest has to report that it gave up */

	/* Looks of a guest that take about a second: by threads that yield, by a CPU that
	 * pauses, and by exits. */
	PATIENCE_YIELDS = 1000000,
	PATIENCE_PAUSES = 2000000,
	PATIENCE_EXITS = 200000,
};

_Static_assert(VMM_CONS_ERRORS == GUEST_CONS_ERRORS, "one array is copied into the other");

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

/* ---- what the machine brings ---- */

/* Offsets count from the window, so the page is the offset's number of pages. */
static enum cmdqv_page page_of(uint64_t offset)
{
	uint64_t page = offset / CMDQV_PAGE_BYTES;

	return page < CMDQV_AT_PAGES ? (enum cmdqv_page)page : CMDQV_AT_CONFIG;
}

void vmm_access(struct vmm *vmm, struct cmdqv_mmio *access)
{
	pthread_mutex_lock(&vmm->lock);
	vmm->exits[page_of(access->offset)]++;
	(void)cmdqv_access(vmm->device, access);
	vmm->backend_ops->accessed(vmm);
	pthread_mutex_unlock(&vmm->lock);
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

static const char *phase_name(enum guest_phase phase)
{
	static const char *const names[] = {
#define GUEST_PHASE(id, name) name,
		GUEST_PHASES(GUEST_PHASE)
#undef GUEST_PHASE
	};

	return names[phase];
}

static const char *check_text(uint32_t check)
{
	static const char *const texts[] = {
#define GUEST_CHECK(id, text) text,
		GUEST_CHECKS(GUEST_CHECK)
#undef GUEST_CHECK
	};

	return check < GUEST_CHECK_COUNT ? texts[check] : "something that has no name";
}

/* What the guest found wrong, as a sentence. */
static void describe_failure(struct vmm *vmm, enum guest_phase phase,
			     const struct guest_outcome *outcome)
{
	struct cmdqv_geometry geometry = {
		.log2_vcmdqs = (uint8_t)vmm->config.log2_queues,
		.log2_sids = VMM_LOG2_SIDS,
		.guest_view = true,
	};
	char *text = vmm->report.guest_failure;
	size_t bytes = sizeof(vmm->report.guest_failure);
	char name[64];

	if (outcome->offset == GUEST_NOWHERE) {
		snprintf(text, bytes, "in phase %s the guest found: %s", phase_name(phase),
			 check_text(outcome->check));
		return;
	}
	(void)cmdqv_describe_offset(&geometry, outcome->offset, name, sizeof(name));
	snprintf(text, bytes,
		 "in phase %s the guest found: %s (%s: expected 0x%" PRIx64 ", got 0x%" PRIx64 ")",
		 phase_name(phase), check_text(outcome->check), name, outcome->expected,
		 outcome->found);
}

static void close_phase(struct vmm *vmm, struct vmm_phase *phase)
{
	struct cmdqv_state state = {.size = sizeof(state)};
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	phase->seconds = seconds_between(&vmm->phase_start, &now);
	phase->executed_tlbis = vmm->executor.tlbis - vmm->phase_tlbis;
	phase->executed_syncs = vmm->executor.syncs - vmm->phase_syncs;
	phase->executed_atcs = vmm->executor.atcs - vmm->phase_atcs;
	memcpy(phase->exits, vmm->exits, sizeof(phase->exits));
	(void)cmdqv_get_state(vmm->device, &state);
	phase->page0 = state.page0;

	memset(vmm->exits, 0, sizeof(vmm->exits));
	vmm->phase_tlbis = vmm->executor.tlbis;
	vmm->phase_syncs = vmm->executor.syncs;
	vmm->phase_atcs = vmm->executor.atcs;
	vmm->phase_start = now;
}

void vmm_phase_ended(struct vmm *vmm, enum guest_phase phase)
{
	struct guest_outcome outcome = vmm->mailbox->outcome;
	struct vmm_phase *entry;

	pthread_mutex_lock(&vmm->lock);
	if (phase == vmm->report.phase_count && phase < GUEST_PHASE_COUNT) {
		entry = &vmm->report.phases[vmm->report.phase_count++];
		*entry = (struct vmm_phase){
			.name = phase_name(phase),
			.batches = outcome.batches,
			.sent_tlbis = outcome.tlbis,
			.sent_syncs = outcome.syncs,
		};
		memcpy(entry->errors, outcome.errors, sizeof(entry->errors));
		close_phase(vmm, entry);
		if (outcome.check != GUEST_CHECK_OK)
			describe_failure(vmm, phase, &outcome);
	}
	pthread_mutex_unlock(&vmm->lock);
}

void vmm_cpu_done(struct vmm *vmm)
{
	pthread_mutex_lock(&vmm->watch_lock);
	vmm->cpus_done++;
	pthread_cond_signal(&vmm->watch);
	pthread_mutex_unlock(&vmm->watch_lock);
}

void vmm_break(struct vmm *vmm, int code, const char *id, const char *format, ...)
{
	va_list arguments;

	pthread_mutex_lock(&vmm->watch_lock);
	if (!vmm->broken) {
		vmm->broken = true;
		vmm->failure = (struct cmdqv_error){.code = code, .id = id};
		va_start(arguments, format);
		vsnprintf(vmm->failure.text, sizeof(vmm->failure.text), format, arguments);
		va_end(arguments);
	}
	pthread_cond_signal(&vmm->watch);
	pthread_mutex_unlock(&vmm->watch_lock);
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
			 phase_name((enum guest_phase)(vmm->report.phase_count < GUEST_PHASE_COUNT
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
	if (!vmm->dma)
		return;
	dma_report(vmm->dma, &report->dma);
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

static int check_faults(const struct vmm_config *config, struct cmdqv_error *error)
{
	if (config->fault_count > VMM_MAX_FAULTS)
		return cmdqv_error_set(error, -EINVAL, "faults", "more than %u faults",
				       VMM_MAX_FAULTS);
	if (config->record && config->fault_count)
		return cmdqv_error_set(error, -EINVAL, "faults",
				       "a trace has no word for faults: record a run without them");
	for (size_t i = 0; i < config->fault_count; i++) {
		const struct vmm_fault *fault = &config->faults[i];

		if (fault->queue >= 1U << config->log2_queues)
			return cmdqv_error_set(error, -EINVAL, "faults",
					       "there is no queue %" PRIu32 " to have a fault: the "
					       "guest has %u",
					       fault->queue, 1U << config->log2_queues);
		if (fault->kind == CMDQV_FAULT_ATC_TIME_OUT && config->batch_size < 3)
			return cmdqv_error_set(
				error, -EINVAL, "faults",
				"an ATC_INV has no place in batches of 2 commands: make "
				"them larger");
	}
	return 0;
}

static int check_dma(const struct vmm_config *config, struct cmdqv_error *error)
{
	uint64_t most = config->dma_rounds * GUEST_DMA_TLBIS;

	if (config->dma_rounds > UINT32_MAX)
		return cmdqv_error_set(error, -EINVAL, "dma", "more than %" PRIu32 " rounds",
				       UINT32_MAX);
	if (config->dma_rounds && (config->record || config->fault_count))
		return cmdqv_error_set(
			error, -EINVAL, "dma",
			"with DMA nothing is recorded and no fault is ordered: do one at "
			"a time");
	if (config->drop_invalidation > most)
		return cmdqv_error_set(error, -EINVAL, "dma",
				       "invalidation %" PRIu64
				       " cannot be lost: the guest sends %" PRIu64,
				       config->drop_invalidation, most);
	return 0;
}

static int check_backend(const struct vmm_config *config, struct cmdqv_error *error)
{
	if (config->backend == VMM_BACKEND_SOFT)
		return 0;
	if (config->record || config->fault_count || config->dma_rounds)
		return cmdqv_error_set(
			error, -EINVAL, "backend",
			"traces, faults and DMA are those of software: leave them out on "
			"real hardware");
	if (!config->device)
		return cmdqv_error_set(error, -EINVAL, "backend",
				       "no VFIO device was named to find the hardware by");
	return 0;
}

static int check_config(const struct vmm_config *config, struct cmdqv_error *error)
{
	if (config->log2_queues > VMM_MAX_LOG2_QUEUES)
		return cmdqv_error_set(error, -EINVAL, "queues", "more than %u queues",
				       1U << VMM_MAX_LOG2_QUEUES);
	if (config->vcpus < 1 || config->vcpus > VMM_MAX_VCPUS)
		return cmdqv_error_set(error, -EINVAL, "vcpus", "vCPUs must be 1 to %u",
				       VMM_MAX_VCPUS);
	if (config->batch_size < VMM_MIN_BATCH || config->batch_size > VMM_MAX_BATCH)
		return cmdqv_error_set(error, -EINVAL, "batch-size",
				       "batches must have %u to %u commands", VMM_MIN_BATCH,
				       VMM_MAX_BATCH);
	if (config->record && config->map_page0)
		return cmdqv_error_set(error, -EINVAL, "record",
				       "what is mapped cannot be recorded");
	if (check_dma(config, error))
		return -EINVAL;
	if (check_backend(config, error))
		return -EINVAL;
	return check_faults(config, error);
}

bool vmm_wants_atc(const struct vmm_config *config)
{
	for (size_t i = 0; i < config->fault_count; i++) {
		if (config->faults[i].kind == CMDQV_FAULT_ATC_TIME_OUT)
			return true;
	}
	return false;
}

/* How often the guest looks before it gives up by itself. */
static uint32_t patience_of(const struct vmm_config *config)
{
	if (!config->fault_count)
		return 0;
	if (!config->map_page0)
		return PATIENCE_EXITS;
	return config->guest == VMM_GUEST_KVM ? PATIENCE_PAUSES : PATIENCE_YIELDS;
}

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
	vmm->mailbox->patience = patience_of(config);
	vmm->mailbox->atc = vmm_wants_atc(config);
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
	int err = check_config(config, error);
	struct vmm *vmm;

	if (err)
		return err;
	vmm = calloc(1, sizeof(*vmm));
	if (!vmm)
		return cmdqv_error_set(error, -ENOMEM, "no-memory", "out of memory");
	vmm->config = *config;
	vmm->backend_ops =
		config->backend == VMM_BACKEND_IOMMUFD ? &backend_iommufd : &backend_soft;
	vmm->engine.kick_fd = -1;
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
