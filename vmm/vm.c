/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wiring: guest RAM, a software host, one client of it, the device on that, a machine.
 *
 * How it works. The machine hands in accesses that trap (vmm_access). The device asks
 * back for the page to be mapped or withdrawn, and for interrupts: that goes to the
 * machine. The engine's thread executes commands, which reach the executor. The guest
 * reports the end of each phase; all counters are read then. vmm_run() waits until all
 * vCPUs are done, the machine breaks, or nothing moves for too long.
 */
#include "vm.h"

#include "guest/dma.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOG2_SIDS = 4,
	PHYSICAL_CMDQS = 19,
	GUEST_CMDQS = 16,
	PATIENCE_MS = 20000, /* nothing has happened for so long: the guest hangs */
	LOOK_MS = 100,	     /* how often that is looked at */
	GRACE_MS = 10000,    /* what a guest has to report that it gave up */
	DEVICE_SID = 0x100,  /* of the VM's device, where it has one */

	/* Looks of a guest that take about a second: by threads that yield, by a CPU that
	 * pauses, and by exits. */
	PATIENCE_YIELDS = 1000000,
	PATIENCE_PAUSES = 2000000,
	PATIENCE_EXITS = 200000,
};

_Static_assert(VMM_CONS_ERRORS == GUEST_CONS_ERRORS, "one array is copied into the other");

int vmm_error(struct cmdqv_error *error, int code, const char *id, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return code;
	error->code = code;
	error->id = id;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return code;
}

/* ---- what the soft host asks for ---- */

static int execute(void *user, const struct cmdqv_command *command)
{
	struct vmm *vmm = user;

	if (vmm->dma && dma_execute(vmm->dma, command))
		vmm->executor.tlbis++;
	else
		executor_take(&vmm->executor, command);
	return 0;
}

static void kick(void *user)
{
	struct vmm *vmm = user;

	engine_kick(&vmm->engine);
}

static void trace_model(void *user, const struct cmdqv_trace_event *event)
{
	struct vmm *vmm = user;

	recorder_model(&vmm->recorder, event);
}

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

void vmm_settle(struct vmm *vmm)
{
	bool more = true;

	while (more) {
		while (cmdqv_soft_host_run(vmm->host, UINT32_MAX) > 0)
			;
		more = cmdqv_events(vmm->device) > 0;
	}
}

/* Offsets count from the window, so the page is the offset's number of pages. */
static enum cmdqv_page page_of(uint64_t offset)
{
	uint64_t page = offset / CMDQV_PAGE_BYTES;

	return page < CMDQV_AT_PAGES ? (enum cmdqv_page)page : CMDQV_AT_CONFIG;
}

void vmm_access(struct vmm *vmm, struct cmdqv_access *access)
{
	pthread_mutex_lock(&vmm->lock);
	vmm->exits[page_of(access->offset)]++;
	(void)cmdqv_access(vmm->device, access);
	if (vmm->recorder.to)
		vmm_settle(vmm);
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
		.log2_sids = LOG2_SIDS,
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
	signs = vmm->executor.tlbis + vmm->executor.syncs + vmm->report.phase_count;
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

static uint32_t physical_queue(const struct vmm *vmm, const struct vmm_fault *fault)
{
	return (cmdqv_soft_vintf(vmm->soft) << vmm->config.log2_queues) + fault->queue;
}

static void report_faults(struct vmm *vmm)
{
	struct vmm_report *report = &vmm->report;

	report->fault_count = vmm->config.fault_count;
	for (size_t i = 0; i < report->fault_count; i++) {
		struct vmm_fault *fault = &report->faults[i];

		*fault = vmm->config.faults[i];
		fault->struck = cmdqv_model_struck(cmdqv_soft_host_model(vmm->host),
						   physical_queue(vmm, fault), fault->kind);
	}
}

/* The rest of the report, once all threads have stopped. */
static void finish_report(struct vmm *vmm)
{
	struct cmdqv_state state = {.size = sizeof(state)};
	struct vmm_report *report = &vmm->report;

	(void)cmdqv_get_state(vmm->device, &state);
	for (size_t i = 0; i < CMDQV_GUEST_ERRORS; i++)
		report->guest_errors += state.guest_errors[i];
	report->vmm_refused_page0 = !vmm->config.map_page0;
	report_faults(vmm);
	memcpy(report->executor_surprise, vmm->executor.surprise,
	       sizeof(report->executor_surprise));
	memcpy(report->host_message, vmm->host_message, sizeof(report->host_message));
	vmm_judge(report);
	if (!vmm->dma)
		return;
	dma_report(vmm->dma, &report->dma);
	dma_judge(report);
}

/* The threads that are hardware. */
static int start_hardware(struct vmm *vmm, struct cmdqv_error *error)
{
	int result = 0;

	if (!vmm->recorder.to)
		result = engine_start(&vmm->engine, vmm);
	if (result)
		return vmm_error(error, result, "no-thread", "the engine's thread: %s",
				 strerror(-result));
	if (vmm->dma)
		result = dma_start(vmm->dma);
	if (result)
		return vmm_error(error, result, "no-thread", "the DMA device's thread: %s",
				 strerror(-result));
	return 0;
}

static void stop_hardware(struct vmm *vmm)
{
	if (vmm->dma)
		dma_stop(vmm->dma);
	engine_stop(&vmm->engine);
}

int vmm_run(struct vmm *vmm, struct vmm_report *report, struct cmdqv_error *error)
{
	int result;

	clock_gettime(CLOCK_MONOTONIC, &vmm->phase_start);
	result = start_hardware(vmm, error);
	if (!result)
		result = vmm->machine->ops->start(vmm->machine, error);
	if (!result)
		watch_guest(vmm);
	atomic_store(&vmm->mailbox->stop, 1);
	vmm->machine->ops->stop(vmm->machine);
	stop_hardware(vmm);
	if (result)
		return result;
	if (vmm->broken) {
		if (error)
			*error = vmm->failure;
		return vmm->failure.code;
	}
	result = recorder_end(&vmm->recorder);
	if (result)
		return vmm_error(error, result, "record", "the trace cannot be written: %s",
				 strerror(-result));
	finish_report(vmm);
	*report = vmm->report;
	return 0;
}

/* ---- making and unmaking ---- */

static int check_faults(const struct vmm_config *config, struct cmdqv_error *error)
{
	if (config->fault_count > VMM_MAX_FAULTS)
		return vmm_error(error, -EINVAL, "faults", "more than %u faults", VMM_MAX_FAULTS);
	if (config->record && config->fault_count)
		return vmm_error(error, -EINVAL, "faults",
				 "a trace has no word for faults: record a run without them");
	for (size_t i = 0; i < config->fault_count; i++) {
		const struct vmm_fault *fault = &config->faults[i];

		if (fault->queue >= 1U << config->log2_queues)
			return vmm_error(error, -EINVAL, "faults",
					 "there is no queue %" PRIu32 " to have a fault: the "
					 "guest has %u",
					 fault->queue, 1U << config->log2_queues);
		if (fault->kind == CMDQV_FAULT_ATC_TIME_OUT && config->batch_size < 3)
			return vmm_error(error, -EINVAL, "faults",
					 "an ATC_INV has no place in batches of 2 commands: make "
					 "them larger");
	}
	return 0;
}

static int check_dma(const struct vmm_config *config, struct cmdqv_error *error)
{
	uint64_t most = config->dma_rounds * GUEST_DMA_TLBIS;

	if (config->dma_rounds > UINT32_MAX)
		return vmm_error(error, -EINVAL, "dma", "more than %" PRIu32 " rounds", UINT32_MAX);
	if (config->dma_rounds && (config->record || config->fault_count))
		return vmm_error(error, -EINVAL, "dma",
				 "with DMA nothing is recorded and no fault is ordered: do one at "
				 "a time");
	if (config->drop_invalidation > most)
		return vmm_error(error, -EINVAL, "dma",
				 "invalidation %" PRIu64
				 " cannot be lost: the guest sends %" PRIu64,
				 config->drop_invalidation, most);
	return 0;
}

static int check_config(const struct vmm_config *config, struct cmdqv_error *error)
{
	if (config->log2_queues > VMM_MAX_LOG2_QUEUES)
		return vmm_error(error, -EINVAL, "queues", "more than %u queues",
				 1U << VMM_MAX_LOG2_QUEUES);
	if (config->vcpus < 1 || config->vcpus > VMM_MAX_VCPUS)
		return vmm_error(error, -EINVAL, "vcpus", "vCPUs must be 1 to %u", VMM_MAX_VCPUS);
	if (config->batch_size < VMM_MIN_BATCH || config->batch_size > VMM_MAX_BATCH)
		return vmm_error(error, -EINVAL, "batch-size",
				 "batches must have %u to %u commands", VMM_MIN_BATCH,
				 VMM_MAX_BATCH);
	if (config->record && config->map_page0)
		return vmm_error(error, -EINVAL, "record", "what is mapped cannot be recorded");
	if (check_dma(config, error))
		return -EINVAL;
	return check_faults(config, error);
}

static bool wants_atc(const struct vmm_config *config)
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
	int result = memory_create(&vmm->memory, GUEST_RAM, GUEST_RAM_BYTES);

	if (result)
		return vmm_error(error, result, "no-memory", "no memory for the guest");
	vmm->mailbox = memory_at(&vmm->memory, GUEST_MAILBOX, sizeof(*vmm->mailbox));
	vmm->mailbox->rings = GUEST_RINGS;
	vmm->mailbox->log2size = GUEST_LOG2SIZE;
	vmm->mailbox->log2_queues = config->log2_queues;
	vmm->mailbox->log2_sids = LOG2_SIDS;
	vmm->mailbox->cpus = config->vcpus;
	vmm->mailbox->batch_size = config->batch_size;
	vmm->mailbox->batches = config->batches;
	vmm->mailbox->patience = patience_of(config);
	vmm->mailbox->atc = wants_atc(config);
	vmm->mailbox->rounds = config->dma_rounds;
	return 0;
}

/* Orders them of the hardware, and gives the guest a device if one of them needs it. */
static int order_faults(struct vmm *vmm, struct cmdqv_error *error)
{
	int result = 0;

	if (wants_atc(&vmm->config))
		result = cmdqv_soft_add_device(vmm->soft, (cmdqv_vsid_t){GUEST_VSID},
					       (cmdqv_sid_t){DEVICE_SID});
	for (size_t i = 0; !result && i < vmm->config.fault_count; i++) {
		const struct vmm_fault *fault = &vmm->config.faults[i];

		result = cmdqv_model_inject(cmdqv_soft_host_model(vmm->host),
					    physical_queue(vmm, fault), fault->kind, fault->count);
	}
	if (result)
		return vmm_error(error, result, "faults", "faults cannot be ordered: %s",
				 strerror(-result));
	return 0;
}

/* A physical CMDQV whose VINTFs have as many queues as the guest shall see. */
static int create_host(struct vmm *vmm, struct cmdqv_error *error)
{
	uint32_t log2_vintfs = 7 - vmm->config.log2_queues > 6 ? 6 : 7 - vmm->config.log2_queues;
	struct cmdqv_soft_host_config config = {
		.size = sizeof(config),
		.log2_vcmdqs = (uint8_t)(log2_vintfs + vmm->config.log2_queues),
		.log2_vintfs = (uint8_t)log2_vintfs,
		.log2_sids = LOG2_SIDS,
		.cmdqs = PHYSICAL_CMDQS,
	};
	struct cmdqv_soft_ops ops = {
		.size = sizeof(ops),
		.execute = execute,
		.kick = kick,
		.trace = vmm->config.record ? trace_model : NULL,
	};
	cmdqv_gpa_t ram = {vmm->memory.gpa};
	int result;

	result = cmdqv_soft_host_create(&vmm->host, &config, &ops, vmm, error);
	if (result)
		return result;
	result = cmdqv_soft_open(&vmm->soft, vmm->host, &vmm->backend, error);
	if (result)
		return result;
	result = cmdqv_soft_map_ram(vmm->soft, ram, vmm->memory.host, vmm->memory.bytes);
	if (result)
		return vmm_error(error, result, "no-dma", "guest RAM cannot be mapped for DMA: %s",
				 strerror(-result));
	executor_init(&vmm->executor, cmdqv_soft_vintf(vmm->soft), cmdqv_soft_vmid(vmm->soft),
		      vmm->config.vcpus);
	vmm->executor.atc = wants_atc(&vmm->config);
	vmm->executor.sid = DEVICE_SID;
	result = order_faults(vmm, error);
	if (result)
		return result;
	recorder_begin(&vmm->recorder, vmm->config.record, cmdqv_soft_vintf(vmm->soft),
		       (uint8_t)vmm->config.log2_queues, LOG2_SIDS);
	return 0;
}

static int create_device(struct vmm *vmm, struct cmdqv_error *error)
{
	struct cmdqv_config config = {
		.size = sizeof(config),
		.num_lvcmdqs = 1U << vmm->config.log2_queues,
		.num_sids = 1U << LOG2_SIDS,
		.cmdqs = GUEST_CMDQS,
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

static int create_parts(struct vmm *vmm, struct cmdqv_error *error)
{
	const struct vmm_config *config = &vmm->config;
	const struct machine_ops *kind =
		config->guest == VMM_GUEST_KVM ? &machine_kvm : &machine_thread;
	int result = create_memory(vmm, error);

	if (result)
		return result;
	/* The engine's descriptors exist before anybody can kick it. */
	result = engine_init(&vmm->engine, -1);
	if (result)
		return vmm_error(error, result, "no-descriptor", "an eventfd: %s",
				 strerror(-result));
	result = create_host(vmm, error);
	if (result)
		return result;
	if (config->dma_rounds)
		result = dma_create(&vmm->dma, config, &vmm->memory, cmdqv_soft_vmid(vmm->soft),
				    &vmm->lock, error);
	if (result)
		return vmm_error(error, result, "dma", "the DMA devices: %s", strerror(-result));
	result = create_device(vmm, error);
	if (result)
		return result;
	vmm->engine.event_fd = cmdqv_event_fd(vmm->device);
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
	int result = check_config(config, error);
	struct vmm *vmm;

	if (result)
		return result;
	vmm = calloc(1, sizeof(*vmm));
	if (!vmm)
		return vmm_error(error, -ENOMEM, "no-memory", "out of memory");
	vmm->config = *config;
	vmm->engine.kick_fd = -1;
	init_locks(vmm);
	result = create_parts(vmm, error);
	if (result) {
		vmm_destroy(vmm);
		return result;
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
	cmdqv_soft_close(vmm->soft);
	cmdqv_soft_host_destroy(vmm->host);
	dma_destroy(vmm->dma);
	engine_fini(&vmm->engine);
	memory_destroy(&vmm->memory);
	pthread_cond_destroy(&vmm->watch);
	pthread_mutex_destroy(&vmm->watch_lock);
	pthread_mutex_destroy(&vmm->lock);
	free(vmm);
}
