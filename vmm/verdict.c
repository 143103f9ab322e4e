/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdict on a run: one sentence, about the first thing that is wrong. */
#include "fault.h"
#include "vmm.h"

#include "guest/driver.h"

#include <inttypes.h>
#include <stdarg.h>

__attribute__((format(printf, 2, 3))) static bool no(struct vmm_report *report, const char *format,
						     ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(report->verdict, sizeof(report->verdict), format, arguments);
	va_end(arguments);
	report->ok = false;
	return false;
}

static bool phases_are_complete(struct vmm_report *report)
{
	if (report->guest_failure[0])
		return no(report, "%s%s%s", report->guest_failure,
			  report->host_message[0] ? "; the host said: " : "", report->host_message);
	if (report->phase_count < GUEST_PHASE_COUNT)
		return no(report, "the guest ended after %zu of %d phases", report->phase_count,
			  GUEST_PHASE_COUNT);
	if (report->guest_errors)
		return no(report, "the device counted %" PRIu64 " error%s of the guest",
			  report->guest_errors, vmm_plural(report->guest_errors));
	return true;
}

/* Commands that were without effect on purpose [HW-25]: the engine fetched, and did not execute. */
static uint64_t without_effect(const struct vmm_report *report, enum cmdqv_fault kind)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < report->fault_count; i++)
		if (report->faults[i].kind == kind)
			sum += report->faults[i].struck;
	return sum;
}

/*
 * If ATC time-outs were ordered, the guest puts an ATC_INV into each batch. The hardware executes
 * each, or lets it time out.
 */
static bool atcs_are_exact(struct vmm_report *report)
{
	uint64_t timed_out = without_effect(report, CMDQV_FAULT_ATC_TIME_OUT);
	uint64_t sent = 0, executed = 0;

	for (size_t i = 0; i < report->phase_count; i++) {
		sent += report->phases[i].batches;
		executed += report->phases[i].executed_atcs;
	}
	if (!timed_out || executed + timed_out == sent)
		return true;
	return no(report,
		  "the guest sent %" PRIu64 " ATC_INV, %" PRIu64 " were executed and %" PRIu64
		  " timed out on purpose",
		  sent, executed, timed_out);
}

/* The report does not say in which phase such a fault struck. */
static bool sums_are_exact(struct vmm_report *report, uint64_t lost)
{
	uint64_t sent = 0, executed = 0;

	for (size_t i = 0; i < report->phase_count; i++) {
		sent += report->phases[i].sent_tlbis;
		executed += report->phases[i].executed_tlbis;
	}
	if (executed + lost == sent)
		return true;
	return no(report,
		  "the guest sent %" PRIu64 " TLBI_NH_VA, %" PRIu64 " were executed and %" PRIu64
		  " had no effect on purpose",
		  sent, executed, lost);
}

static bool commands_are_exact(struct vmm_report *report)
{
	uint64_t lost = without_effect(report, CMDQV_FAULT_REPEAT);

	if (report->by_hardware)
		return true;
	if (report->executor_surprise[0])
		return no(report, "%s", report->executor_surprise);
	if (!atcs_are_exact(report))
		return false;
	if (lost)
		return sums_are_exact(report, lost);
	for (size_t i = 0; i < report->phase_count; i++) {
		const struct vmm_phase *phase = &report->phases[i];

		if (phase->executed_tlbis != phase->sent_tlbis ||
		    phase->executed_syncs != phase->sent_syncs)
			return no(report,
				  "in phase %s the guest sent %" PRIu64 " TLBI_NH_VA and %" PRIu64
				  " CMD_SYNC, but %" PRIu64 " and %" PRIu64 " were executed",
				  phase->name, phase->sent_tlbis, phase->sent_syncs,
				  phase->executed_tlbis, phase->executed_syncs);
	}
	return true;
}

/* [DEV-36] How often page 0 may have come back in a phase: it may have rested as that began. */
static uint64_t rests_seen(const struct vmm_report *report, size_t phase)
{
	bool rested = phase > 0 && report->phases[phase - 1].page0 == CMDQV_PAGE0_RESTING;

	return report->phases[phase].rests + rested;
}

/* [DEV-18] [DEV-20] [DEV-36] */
static bool page0_is_right(struct vmm_report *report)
{
	enum cmdqv_page0_life up =
		report->vmm_refused_page0 ? CMDQV_PAGE0_TRAPPED : CMDQV_PAGE0_MAPPED;

	for (size_t i = 0; i < report->phase_count; i++) {
		const struct vmm_phase *phase = &report->phases[i];
		bool is_up = i >= GUEST_PHASE_BRING_UP && i <= GUEST_PHASE_ERROR;
		enum cmdqv_page0_life wanted = is_up ? up : CMDQV_PAGE0_NONE;
		bool rests = wanted == CMDQV_PAGE0_MAPPED && rests_seen(report, i) &&
			     phase->page0 == CMDQV_PAGE0_RESTING;

		if (phase->page0 != wanted && !rests)
			return no(report, "after phase %s page 0 is %s, not %s%s%s", phase->name,
				  cmdqv_page0_life_name(phase->page0),
				  cmdqv_page0_life_name(wanted),
				  report->host_message[0] ? ": " : "", report->host_message);
	}
	return true;
}

static uint64_t all_exits(const struct vmm_phase *phase)
{
	uint64_t sum = 0;

	for (size_t page = 0; page < CMDQV_AT_PAGES; page++)
		sum += phase->exits[page];
	return sum;
}

/* What gives such a fault an occasion, if one can say. */
static const char *remedy_of(const struct vmm_fault *fault, char *text, size_t bytes)
{
	text[0] = 0;
	if (fault->kind == CMDQV_FAULT_LOST_INTERRUPT)
		snprintf(text, bytes, ": it needs an error of that queue; add --fault %s@%" PRIu32,
			 vmm_fault_name(CMDQV_FAULT_FETCH_ABORT), fault->queue);
	return text;
}

/* [HW-20] What was ordered and never happened proves nothing. */
static bool faults_have_struck(struct vmm_report *report)
{
	char remedy[96];
	char text[48];

	for (size_t i = 0; i < report->fault_count; i++) {
		if (report->faults[i].struck)
			continue;
		vmm_fault_format(&report->faults[i], text, sizeof(text));
		return no(report, "the fault %s was ordered, and never had an occasion to strike%s",
			  text, remedy_of(&report->faults[i], remedy, sizeof(remedy)));
	}
	return true;
}

static uint64_t all_errors(const struct vmm_phase *phase)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < VMM_CONS_ERRORS; i++)
		sum += phase->errors[i];
	return sum;
}

/*
 * Exits of the batches through page 0 that no rest of it accounts for [DEV-36]. When a store brings
 * it back, each other vCPU may be on its way out already; when a move does, every vCPU.
 */
static uint64_t exits_without_rests(const struct vmm_report *report)
{
	const struct vmm_phase *vintf = &report->phases[GUEST_PHASE_INVALIDATE_VINTF];
	uint64_t rests = rests_seen(report, GUEST_PHASE_INVALIDATE_VINTF);
	uint64_t by_moves = vintf->moves < rests ? vintf->moves : rests;
	uint64_t most = vintf->rest_exits + rests * (report->vcpus - 1) + by_moves;

	return all_exits(vintf) > most ? all_exits(vintf) - most : 0;
}

/*
 * Each batch costs at least two exits where it traps, and none at all where it does not;
 * only handling an error does, and a page that was withdrawn while queues were quiet.
 */
static bool exits_are_right(struct vmm_report *report)
{
	const struct vmm_phase *vintf = &report->phases[GUEST_PHASE_INVALIDATE_VINTF];
	const struct vmm_phase *direct = &report->phases[GUEST_PHASE_INVALIDATE_DIRECT];

	if (!report->vmm_refused_page0 && exits_without_rests(report) && !all_errors(vintf))
		return no(report, "batches through the mapped page cost %" PRIu64 " exit%s",
			  exits_without_rests(report), vmm_plural(exits_without_rests(report)));
	if (report->vmm_refused_page0 && vintf->exits[CMDQV_AT_VINTF0] < 2 * vintf->batches)
		return no(report, "page 0 is not mapped, yet batches did not exit");
	if (direct->exits[CMDQV_AT_DIRECT0] < 2 * direct->batches)
		return no(report, "the direct aperture must trap, yet batches did not exit");
	return true;
}

/* What can be said of the commands. */
static const char *execution(const struct vmm_report *report)
{
	return report->by_hardware ? "the hardware's CONS passed every command that the guest sent"
				   : "every command was executed exactly as the guest sent it";
}

void vmm_judge(struct vmm_report *report)
{
	const struct vmm_phase *vintf = &report->phases[GUEST_PHASE_INVALIDATE_VINTF];

	report->ok = phases_are_complete(report) && commands_are_exact(report) &&
		     page0_is_right(report) && exits_are_right(report) &&
		     faults_have_struck(report);
	if (!report->ok)
		return;
	if (all_errors(vintf))
		snprintf(report->verdict, sizeof(report->verdict),
			 "%s; to handle %" PRIu64 " error%s among %" PRIu64 " batch%s cost %" PRIu64
			 " exit%s",
			 execution(report), all_errors(vintf), vmm_plural(all_errors(vintf)),
			 vintf->batches, vintf->batches == 1 ? "" : "es", all_exits(vintf),
			 vmm_plural(all_exits(vintf)));
	else if (report->vmm_refused_page0)
		snprintf(report->verdict, sizeof(report->verdict),
			 "%s; page 0 was not mapped, so %" PRIu64 " batch%s cost %" PRIu64
			 " exit%s",
			 execution(report), vintf->batches, vintf->batches == 1 ? "" : "es",
			 all_exits(vintf), vmm_plural(all_exits(vintf)));
	else if (all_exits(vintf))
		snprintf(report->verdict, sizeof(report->verdict),
			 "%s; %" PRIu64 " batch%s through the mapped page cost no exit but those "
			 "after it had rested: rests %" PRIu64 ", exits %" PRIu64,
			 execution(report), vintf->batches, vintf->batches == 1 ? "" : "es",
			 vintf->rests, all_exits(vintf));
	else
		snprintf(report->verdict, sizeof(report->verdict),
			 "%s, and %" PRIu64 " batch%s through the mapped page cost no exit at all",
			 execution(report), vintf->batches, vintf->batches == 1 ? "" : "es");
}
