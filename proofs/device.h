/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device in any state that an access can find, with a backend and a VMM that answer anything and
 * assert what their contracts say (include/cmdqv/backend.h, vmm.h).
 *
 * The guest writes to the live page at any time, so each read of a live register is any value
 * [DEV-22]. What the contracts forbid a device to do is asserted at each call: binds ascend,
 * unbinds descend [DEV-9], neither happens while the page is mapped, and the page is mapped and
 * unmapped in turn [DEV-18]. The device has PROOF_LVCMDQS LVCMDQs, 1 or 2; BOUND of them are bound,
 * or any number.
 */
#ifndef PROOFS_DEVICE_H
#define PROOFS_DEVICE_H

#include "proof.h"
#include "words.h"

#include "device/lvcmdq.h"
#include "device/queue.h"

#define N PROOF_LVCMDQS

/* What the calls of one access were. */
static struct {
	bool mapped; /* a vCPU reaches the page */
	uint32_t bound;
	int broken;
	uint32_t binds, unbinds, maps, unmaps, pulses;
	uint32_t writes; /* to live registers since CONFIG was set to 0, or since the bind */
	uint32_t written[4];
	uint32_t value[4];
	uint32_t last[N][6];   /* what each live register was read as last */
	bool config_is_zeroed; /* CONFIG of the queue that is to go was set to 0 */
} seen;

static int backend_bind(void *impl, uint32_t index, cmdqv_gpa_t base, uint64_t bytes,
			struct cmdqv_error *error)
{
	int err = nondet_int();

	PROVE(!seen.mapped, "[DEV-18] no bind while the page is mapped");
	PROVE(index == seen.bound && index < N, "[DEV-9] binds ascend");
	PROVE(bytes >= 32 && (bytes & (bytes - 1)) == 0, "[DEV-10] a power of two");
	PROVE((base.value & (bytes - 1)) == 0, "[DEV-10] aligned");
	seen.binds++;
	seen.writes = 0;
	seen.config_is_zeroed = false;
	error->text[0] = nondet_bool() ? '?' : '\0';
	error->text[1] = '\0';
	if (err)
		return err;
	seen.bound++;
	return 0;
}

static void backend_unbind(void *impl, uint32_t index)
{
	PROVE(!seen.mapped, "[DEV-18] no unbind while the page is mapped");
	PROVE(seen.bound > 0 && index == seen.bound - 1, "[DEV-9] unbinds descend");
	PROVE(seen.config_is_zeroed, "[DEV-12] a queue is disabled before its memory is let go of");
	seen.bound--;
	seen.unbinds++;
	seen.config_is_zeroed = false;
	if (!seen.broken && nondet_bool())
		seen.broken = -5;
}

static uint32_t backend_read(void *impl, uint32_t index, uint32_t reg)
{
	uint32_t value = nondet_u32();

	PROVE(index < seen.bound, "registers of bound queues only");
	PROVE(reg <= CMDQV_REG_VCMDQ_GERRORN && reg % 4 == 0, "[DEV-21] six registers only");
	seen.last[index][reg / 4] = value;
	return value;
}

static void backend_write(void *impl, uint32_t index, uint32_t reg, uint32_t value)
{
	PROVE(index < seen.bound, "registers of bound queues only");
	PROVE(reg == CMDQV_REG_VCMDQ_CONS || reg == CMDQV_REG_VCMDQ_PROD ||
		      reg == CMDQV_REG_VCMDQ_CONFIG || reg == CMDQV_REG_VCMDQ_GERRORN,
	      "[DEV-21] four registers only");
	if (seen.writes < 4) {
		seen.written[seen.writes] = reg;
		seen.value[seen.writes] = value;
	}
	seen.writes++;
	if (reg == CMDQV_REG_VCMDQ_CONFIG && value == 0 && seen.writes == 1) {
		seen.config_is_zeroed = true;
		seen.writes = 0;
	}
}

static int backend_is_broken(void *impl)
{
	return seen.broken;
}

static int vmm_map(void *vmm, const struct cmdqv_page0_map *page)
{
	int err = nondet_int();

	PROVE(!seen.mapped, "[DEV-18] only a page that is not mapped is mapped");
	PROVE(page->guest_offset == CMDQV_VINTF_PAGE0, "[DEV-19] never anywhere else");
	seen.maps++;
	seen.mapped = err == 0;
	return err;
}

static void vmm_unmap(void *vmm)
{
	PROVE(seen.mapped, "[DEV-18] only a mapped page is withdrawn");
	seen.mapped = false;
	seen.unmaps++;
}

static void vmm_interrupt(void *vmm)
{
	seen.pulses++;
}

static bool vmm_is_guest_ram(void *vmm, cmdqv_gpa_t gpa, uint64_t bytes)
{
	PROVE(bytes > 0 && gpa.value <= UINT64_MAX - bytes, "the sum never wraps");
	return nondet_bool();
}

/* Messages: log.c has a proof of its own. */
void device_log(struct cmdqv *dev, enum log_kind kind, const char *format, ...)
{
	dev->logs[kind]++;
}

void device_guest_error(struct cmdqv *dev, enum cmdqv_counter kind, const char *format, ...)
{
	dev->counters[kind]++;
	dev->counters[CMDQV_COUNTER_GUEST_ERRORS]++;
}

/* ---- valid states ---- */

/* At any time between two steps of an access. */
static bool lvcmdq_is_sound(const struct cmdqv *dev, uint32_t index)
{
	const struct lvcmdq *q = lvcmdq_at(dev, index);
	uint64_t log2size = q->base[0] & 31;
	uint64_t base = lvcmdq_base_gpa(q);

	if (q->base[1] >> 16 || q->staged[1] >> 16 || (q->is_staged[0] && q->is_staged[1]) ||
	    ((q->is_staged[0] || q->is_staged[1]) && !dev->any_staged) ||
	    q->cons_indx_base[1] >> 16 || q->alloc & ~0x1F80FFU)
		return false;
	if (q->cons & ~0x7F0FFFFFU || q->prod & ~0xFFFFFU || q->config & ~1U || q->gerror & ~7U ||
	    q->gerrorn & ~7U)
		return false;
	if ((unsigned int)q->life > CMDQV_QUEUE_HELD ||
	    (index < dev->num_bound) != (q->life == CMDQV_QUEUE_BOUND))
		return false;
	/* BASE of a bound queue is one that the backend was given. */
	if (q->life == CMDQV_QUEUE_BOUND &&
	    (log2size < 1 || log2size > dev->cmdqs || (base & ((UINT64_C(16) << log2size) - 1))))
		return false;
	return q->life == CMDQV_QUEUE_FAILED ? q->bind_error < 0 && q->bind_error >= -MOST_ERRNO
					     : q->bind_error == 0;
}

/* At the end of an access. */
static bool lvcmdq_is_settled(const struct cmdqv *dev, uint32_t index)
{
	const struct lvcmdq *q = lvcmdq_at(dev, index);

	if (lvcmdq_ready(dev, index) != (q->life != CMDQV_QUEUE_IDLE))
		return false;
	if (q->life == CMDQV_QUEUE_WAITING && index == dev->num_bound)
		return false; /* it would have been bound, or failed */
	return q->life != CMDQV_QUEUE_HELD || q->gerror != q->gerrorn;
}

/* Does [DEV-18] ask for the page? */
static bool page0_is_asked_for(const struct cmdqv *dev)
{
	bool all = dev->num_bound > 0 && vintf_enabled(dev) && !seen.broken;

	for (uint32_t i = 0; i < N; i++)
		all = all && (i < dev->num_bound || !lvcmdq_ready(dev, i));
	return all;
}

static bool device_is_sound(const struct cmdqv *dev)
{
	bool sound = dev->num_bound <= N && dev->num_bound == seen.bound && dev->cmdqs >= 1 &&
		     dev->cmdqs <= CMDQV_MAX_LOG2SIZE && !(dev->config & ~0xFFFFFU) &&
		     !(dev->vintf_config & ~0x1FFFFU) && dev->int_mask[0] <= 1 &&
		     dev->int_mask[1] == 0 && seen.broken <= 0 && seen.broken >= -MOST_ERRNO &&
		     (unsigned int)dev->page0 <= CMDQV_PAGE0_RESTING &&
		     seen.mapped == (dev->page0 == CMDQV_PAGE0_MAPPED) &&
		     (dev->page0 == CMDQV_PAGE0_NONE || dev->num_bound > 0);

	for (uint32_t i = 0; i < N; i++)
		sound = sound && lvcmdq_is_sound(dev, i);
	return sound;
}

static bool device_is_settled(const struct cmdqv *dev)
{
	bool settled = device_is_sound(dev) && !dev->raise &&
		       dev->unsettled == (dev->page0 == CMDQV_PAGE0_RESTING);

	for (uint32_t i = 0; i < N; i++)
		settled = settled && lvcmdq_is_settled(dev, i);
	switch (dev->page0) {
	case CMDQV_PAGE0_NONE:
		return settled && !page0_is_asked_for(dev);
	case CMDQV_PAGE0_MAPPED:
	case CMDQV_PAGE0_RESTING:
		return settled && page0_is_asked_for(dev);
	case CMDQV_PAGE0_TRAPPED:
		return settled;
	}
	return false;
}

/* What no access changes, and what most do not. */
static void prove_same(const struct cmdqv *dev, const struct cmdqv *before)
{
	uint32_t i = nondet_u32();

	PROVE(dev->geometry.log2_vcmdqs == before->geometry.log2_vcmdqs &&
		      dev->geometry.log2_sids == before->geometry.log2_sids &&
		      dev->cmdqs == before->cmdqs && dev->errata == before->errata &&
		      dev->told_errata == before->told_errata && dev->inside == before->inside &&
		      dev->guest_is_coherent == before->guest_is_coherent &&
		      dev->sequence == before->sequence &&
		      dev->sequence_known == before->sequence_known,
	      "the rest is as it was: what is no register");
	ASSUME(i < CMDQV_MAX_SIDS);
	if (CHANGES != REG_CONFIG)
		PROVE(dev->config == before->config, "the rest is as it was: CONFIG");
	if (CHANGES != REG_VINTF_CONFIG)
		PROVE(dev->vintf_config == before->vintf_config, "... VINTF_CONFIG");
	if (CHANGES != REG_VI_INT_MASK)
		PROVE(dev->int_mask[i % 2] == before->int_mask[i % 2], "... VI_INT_MASK");
	if (CHANGES != REG_SID_MATCH)
		PROVE(dev->sid_match[i] == before->sid_match[i], "... SID_MATCH");
	if (CHANGES != REG_SID_REPLACE)
		PROVE(dev->sid_replace[i] == before->sid_replace[i], "... SID_REPLACE");
	if (CHANGES != REG_CMDQ_ALLOC)
		PROVE(dev->lvcmdqs[i % N].alloc == before->lvcmdqs[i % N].alloc, "... CMDQ_ALLOC");
	if (CHANGES != REG_VCMDQ_CONS_INDX_BASE)
		PROVE(dev->lvcmdqs[i % N].cons_indx_base[0] ==
				      before->lvcmdqs[i % N].cons_indx_base[0] &&
			      dev->lvcmdqs[i % N].cons_indx_base[1] ==
				      before->lvcmdqs[i % N].cons_indx_base[1],
		      "... CONS_INDX_BASE");
}

/* Nothing was asked of the backend or the VMM that changes anything, and no queue moved. */
static void prove_quiet(const struct cmdqv *dev, const struct cmdqv *before)
{
	PROVE(seen.binds + seen.unbinds + seen.maps + seen.unmaps == 0, "no bind, no map");
	PROVE(dev->num_bound == before->num_bound && dev->page0 == before->page0, "nothing moves");
	for (uint32_t i = 0; i < N; i++) {
		const struct lvcmdq *q = &dev->lvcmdqs[i], *was = &before->lvcmdqs[i];

		PROVE(q->life == was->life && q->bind_error == was->bind_error, "no queue moves");
		PROVE(q->gerror == was->gerror && q->base[0] == was->base[0] &&
			      q->base[1] == was->base[1],
		      "GERROR and BASE stay");
	}
}

/* Any device; the caller assumes what it is like. */
static void device_any(struct cmdqv *dev)
{
	struct cmdqv any;

	*dev = any;
	dev->links.backend = (struct cmdqv_backend_ops){
		.queue_bind = backend_bind,
		.queue_unbind = backend_unbind,
		.queue_read = backend_read,
		.queue_write = backend_write,
		.broken = backend_is_broken,
	};
	dev->links.vmm = (struct cmdqv_vmm_ops){
		.page0_map = vmm_map,
		.page0_unmap = vmm_unmap,
		.interrupt = vmm_interrupt,
		.is_guest_ram = vmm_is_guest_ram,
	};
	dev->geometry.log2_vcmdqs = N - 1;
	dev->geometry.log2_vintfs = 0;
	dev->geometry.guest_view = true;
	ASSUME(dev->geometry.log2_sids <= 4);
	reg_guest_window(&dev->window, &dev->geometry);
	dev->inside = false;
#ifdef BOUND
	dev->num_bound = BOUND;
#endif
	seen.bound = dev->num_bound;
	seen.broken = nondet_int();
	seen.mapped = dev->page0 == CMDQV_PAGE0_MAPPED;
	seen.config_is_zeroed = false;
}

#endif
