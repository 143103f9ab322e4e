/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors, their maps, the interrupt. */
#include "steps.h"

#define ALL UINT32_MAX
#define NO_INTERRUPT "the interrupt cannot be seen here"

static bool refused(struct run *run)
{
	return bring_up(run) && provoke(run, 0, ILLEGAL, 0, 1) &&
	       reads(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_STATUS), ALL, 1);
}

/* All maps show these queues, in time: what a host tells a VMM of takes its way. */
static bool maps_show(struct run *run, uint32_t queues)
{
	return becomes(run, AT_VINTF(CMDQV_REG_LVCMDQ_ERR_MAP), ALL, queues) &&
	       becomes(run, CMDQV_REG_CMDQ_ERR_MAP, ALL, queues) &&
	       becomes(run, CMDQV_REG_VI_ERR_MAP, ALL, queues != 0) &&
	       reads(run, CMDQV_REG_VI_ERR_MAP + 4, ALL, 0);
}

static bool maps(struct run *run)
{
	uint32_t all = 0;

	if (!bring_up(run) || !maps_show(run, 0))
		return false;
	for (uint32_t queue = 0; queue < queues_used(run); queue++) {
		all |= 1U << queue;
		if (!provoke(run, queue, ILLEGAL, 0, 1) || !maps_show(run, all))
			return false;
	}
	for (uint32_t queue = 0; queue < queues_used(run); queue++) {
		all &= ~(1U << queue);
		if (!recover(run, queue) || !maps_show(run, all))
			return false;
	}
	return true;
}

static bool vintf_status(struct run *run)
{
	const uint32_t status = AT_VINTF(CMDQV_REG_VINTF_STATUS);

	return bring_up(run) && becomes(run, status, 0xF, 1) && provoke(run, 0, ILLEGAL, 0, 1) &&
	       becomes(run, status, 0xF, 3) && recover(run, 0) && becomes(run, status, 0xF, 1);
}

static bool recovery(struct run *run)
{
	return bring_up(run) && provoke(run, 0, ILLEGAL, 0, 1) && recover(run, 0) &&
	       batch_send_all(run);
}

static bool stands(struct run *run)
{
	uint32_t cons;

	if (!bring_up(run) || !provoke(run, 0, ILLEGAL, 0, 1))
		return false;
	cons = get(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONS));
	command_put(run, 0, SYNC, 0);
	command_ring(run, 0);
	return stays(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONS), ALL, cons) && recover(run, 0);
}

static bool other_queue(struct run *run)
{
	if (run->queues < 2)
		return skip(run, "there is one queue");
	return bring_up(run) && provoke(run, 1, ILLEGAL, 0, 1) && batch_send(run, 0, 20) &&
	       pending(run, 0, 0) && recover(run, 1) && batch_send_all(run);
}

static bool many(struct run *run)
{
	if (!bring_up(run))
		return false;
	for (uint32_t i = 0; i < 8; i++) {
		if (!provoke(run, 0, ILLEGAL, 0, 1) || !recover(run, 0))
			return false;
	}
	return batch_send_all(run);
}

/* GERROR's phase is the hardware's: it stays when the queue is set up anew. */
static bool phase(struct run *run)
{
	return bring_up(run) && provoke(run, 0, ILLEGAL, 0, 1) && recover(run, 0) &&
	       bring_up(run) && pending(run, 0, 0) && batch_send_all(run);
}

static bool left_behind(struct run *run)
{
	return bring_up(run) && provoke(run, 0, ILLEGAL, 0, 1) && bring_up(run) &&
	       pending(run, 0, 0) && batch_send_all(run);
}

static bool held(struct run *run)
{
	if (run->queues < 2)
		return skip(run, "there is one queue");
	if (!bring_up(run) || !provoke(run, 1, ILLEGAL, 0, 1))
		return false;
	deallocate(run, 0);
	if (!pending(run, 1, 1) ||
	    !reads(run, AT_PAGE0(1, CMDQV_REG_VCMDQ_CONS), CMDQV_VCMDQ_CONS_ERR, 1U << 24))
		return false;
	allocate(run, 0);
	return queue_clear(run, 0) && queue_start(run, 0, 0, CONFORMANCE_LOG2SIZE) &&
	       pending(run, 1, 1) && recover(run, 1) && batch_send_all(run);
}

static bool clean(struct run *run)
{
	return bring_up(run) && provoke(run, 0, ILLEGAL, 0, 1) && recover(run, 0) &&
	       reads(run, AT_PAGE0(0, CMDQV_REG_VCMDQ_CONS), CMDQV_VCMDQ_CONS_ERR, 0);
}

/* ---- the interrupt ---- */

static bool interrupt(struct run *run)
{
	if (!run->carrier->interrupted)
		return skip(run, NO_INTERRUPT);
	if (!bring_up(run))
		return false;
	for (uint32_t i = 0; i < 4; i++) {
		interrupt_forget(run);
		if (!provoke(run, 0, ILLEGAL, 0, 1) || !interrupt_comes(run) || !recover(run, 0))
			return false;
	}
	return true;
}

/* While one is pending: a handler that is at work must hear of the next. */
static bool interrupt_again(struct run *run)
{
	if (!run->carrier->interrupted)
		return skip(run, NO_INTERRUPT);
	if (run->queues < 2)
		return skip(run, "there is one queue");
	if (!bring_up(run) || !provoke(run, 0, ILLEGAL, 0, 1) || !interrupt_comes(run))
		return false;
	interrupt_forget(run);
	return provoke(run, 1, ILLEGAL, 0, 1) && interrupt_comes(run) && recover(run, 0) &&
	       recover(run, 1);
}

static bool quiet(struct run *run)
{
	if (!run->carrier->interrupted)
		return skip(run, NO_INTERRUPT);
	interrupt_forget(run);
	if (!bring_up(run))
		return false;
	for (uint32_t i = 0; i < 8; i++) {
		if (!batch_send_all(run))
			return false;
	}
	return interrupt_stays_away(run);
}

static bool masked(struct run *run)
{
	if (!run->carrier->interrupted)
		return skip(run, NO_INTERRUPT);
	if (!bring_up(run))
		return false;
	put(run, CMDQV_REG_VI_INT_MASK, 1);
	interrupt_forget(run);
	if (!provoke(run, 0, ILLEGAL, 0, 1) || !interrupt_stays_away(run) || !maps_show(run, 1))
		return false;
	put(run, CMDQV_REG_VI_INT_MASK, 0);
	return interrupt_comes(run) && recover(run, 0);
}

static bool init_interrupt(struct run *run)
{
	if (!run->carrier->interrupted)
		return skip(run, NO_INTERRUPT);
	if (!vintf_enable(run))
		return false;
	allocate(run, 0);
	interrupt_forget(run);
	put64(run, AT_PAGE1(0, CMDQV_REG_VCMDQ_BASE), 0x7FFFFFF00000ULL | CONFORMANCE_LOG2SIZE);
	return interrupt_comes(run) && maps_show(run, 1);
}

static bool init_interrupt_once(struct run *run)
{
	if (!run->carrier->interrupted)
		return skip(run, NO_INTERRUPT);
	if (!vintf_enable(run))
		return false;
	allocate(run, 0);
	put64(run, AT_PAGE1(0, CMDQV_REG_VCMDQ_BASE), 0x7FFFFFF00000ULL | CONFORMANCE_LOG2SIZE);
	interrupt_forget(run);
	put64(run, AT_PAGE1(0, CMDQV_REG_VCMDQ_BASE), 0x7FFFFFE00000ULL | CONFORMANCE_LOG2SIZE);
	return interrupt_stays_away(run) && maps_show(run, 1);
}

static const struct conformance_case cases[] = {
	REQUIRED("HW-13", "error-illegal", "CONS stays at a refused command and says why", refused),
	REQUIRED("DEV-23", "error-maps", "the maps show what is pending, as it comes and goes",
		 maps),
	OURS("DEV-23", "error-vintf-status", "VINTF_STATUS shows that an error is pending",
	     vintf_status),
	REQUIRED("DEV-24", "error-interrupt", "each error raises an interrupt", interrupt),
	REQUIRED("DEV-24", "error-interrupt-again",
		 "so does that of another queue while one is pending", interrupt_again),
	REQUIRED("DEV-24", "error-quiet", "without an error no interrupt comes", quiet),
	OURS("DEV-24", "error-masked", "a masked error interrupts when it is unmasked", masked),
	OURS("DEV-24", "error-init-interrupt", "a BASE that cannot be used raises an interrupt",
	     init_interrupt),
	OURS("DEV-17", "error-init-once", "another bad BASE after it raises none",
	     init_interrupt_once),
	REQUIRED("HW-9", "error-recovery", "acknowledged, the queue goes on at CONS", recovery),
	OURS("HW-9", "error-clean", "CONS.ERR is 0 then", clean),
	REQUIRED("HW-9", "error-stands", "until then nothing of the queue executes", stands),
	REQUIRED("HW-9", "error-other-queue", "another queue goes on meanwhile", other_queue),
	REQUIRED("HW-9", "error-many", "errors may follow each other", many),
	REQUIRED("DEV-15", "error-phase", "a queue that had an error is set up without one", phase),
	REQUIRED("DEV-15", "error-left-behind", "an error that a former kernel left is cleared",
		 left_behind),
	OURS("DEV-32", "error-held", "an error outlives the absence of the queue below", held),
};

const struct case_table error_cases = CASE_TABLE(cases);
