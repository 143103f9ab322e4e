/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine hands in accesses that trap, and what its vCPUs report. All counters are read when
 * the guest reports the end of a phase.
 */
#include "upcall.h"

#include "guest/judge.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>

_Static_assert(VMM_CONS_ERRORS == GUEST_CONS_ERRORS, "one array is copied into the other");

/* Offsets count from the window, so the page is the offset's number of pages. */
static enum cmdqv_page page_of(uint64_t offset)
{
	uint64_t page = offset / CMDQV_PAGE_BYTES;

	return page < CMDQV_AT_PAGES ? (enum cmdqv_page)page : CMDQV_AT_CONFIG;
}

static bool page0_rests(struct vmm *vmm)
{
	struct cmdqv_state state = {.size = sizeof(state)};

	(void)cmdqv_get_state(vmm->device, &state);
	return state.page0 == CMDQV_PAGE0_RESTING;
}

/* Of a vCPU: while the guest is paused there may be no device. */
static void lock_unless_paused(struct vmm *vmm)
{
	vmm_lock(vmm);
	while (vmm->paused)
		pthread_cond_wait(&vmm->resumed, &vmm->lock);
}

void vmm_access(struct vmm *vmm, struct cmdqv_mmio *access)
{
	lock_unless_paused(vmm);
	vmm->exits[page_of(access->offset)]++;
	if (vmm->device) {
		vmm->rest_exits += page_of(access->offset) == CMDQV_AT_VINTF0 && page0_rests(vmm);
		(void)cmdqv_access(vmm->device, access);
		vmm->backend_ops->accessed(vmm);
	}
	pthread_mutex_unlock(&vmm->lock);
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

const char *upcall_phase_name(enum guest_phase phase)
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
		snprintf(text, bytes, "in phase %s the guest found: %s", upcall_phase_name(phase),
			 check_text(outcome->check));
		return;
	}
	(void)cmdqv_describe_offset(&geometry, outcome->offset, name, sizeof(name));
	snprintf(text, bytes,
		 "in phase %s the guest found: %s (%s: expected 0x%" PRIx64 ", got 0x%" PRIx64 ")",
		 upcall_phase_name(phase), check_text(outcome->check), name, outcome->expected,
		 outcome->found);
}

static void close_phase(struct vmm *vmm, struct vmm_phase *phase)
{
	struct cmdqv_state state = {.size = sizeof(state)};
	struct backend_counts counts;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	phase->seconds = seconds_between(&vmm->phase_start, &now);
	vmm->backend_ops->count(vmm, &counts);
	phase->executed_tlbis = counts.tlbis - vmm->phase_counts.tlbis;
	phase->executed_syncs = counts.syncs - vmm->phase_counts.syncs;
	phase->executed_atcs = counts.atcs - vmm->phase_counts.atcs;
	memcpy(phase->exits, vmm->exits, sizeof(phase->exits));
	(void)cmdqv_get_state(vmm->device, &state);
	phase->page0 = state.page0;
	phase->moves = vmm->phase_moves;
	phase->stood_still = vmm->phase_stood_still;
	phase->rest_exits = vmm->rest_exits;
	phase->rests = counts.rests - vmm->phase_counts.rests;

	vmm->phase_moves = 0;
	vmm->phase_stood_still = 0;
	memset(vmm->exits, 0, sizeof(vmm->exits));
	vmm->rest_exits = 0;
	vmm->phase_counts = counts;
	vmm->phase_start = now;
}

void vmm_phase_ended(struct vmm *vmm, enum guest_phase phase)
{
	struct guest_outcome outcome = vmm->mailbox->outcome;
	struct vmm_phase *entry;

	lock_unless_paused(vmm);
	/* After a move that failed there is no device, and nothing to report. */
	if (vmm->device && phase == vmm->report.phase_count && phase < GUEST_PHASE_COUNT) {
		entry = &vmm->report.phases[vmm->report.phase_count++];
		*entry = (struct vmm_phase){
			.name = upcall_phase_name(phase),
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

void vmm_say(struct vmm *vmm)
{
	const struct guest_lines *lines =
		memory_at(&vmm->memory, GUEST_LINES, sizeof(struct guest_lines));
	char line[GUEST_LINE_BYTES];

	/* The guest can write it at any time. */
	memcpy(line, lines->line, sizeof(line));
	line[sizeof(line) - 1] = 0;
	if (vmm->config.judge_say)
		vmm->config.judge_say(line);
	vmm_lock(vmm);
	vmm->lines++;
	pthread_mutex_unlock(&vmm->lock);
}

/* Events are taken under the lock: of none that were taken is the interrupt still to come. */
static bool event_waits(struct vmm *vmm)
{
	struct pollfd event = {.fd = -1, .events = POLLIN};

	lock_unless_paused(vmm);
	if (vmm->device)
		event.fd = cmdqv_event_fd(vmm->device);
	(void)poll(&event, 1, 0);
	pthread_mutex_unlock(&vmm->lock);
	return event.revents & POLLIN;
}

void vmm_pause(struct vmm *vmm)
{
	const struct timespec moment = {.tv_nsec = 20000};

	do
		nanosleep(&moment, NULL);
	while (event_waits(vmm) && !atomic_load(&vmm->mailbox->stop));
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
