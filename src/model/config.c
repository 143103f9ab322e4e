/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The global registers, and CMDQ_ALLOC, which says where VCMDQs are mapped.
 *
 * The hardware's rule [HW-8]: within a VINTF, LVCMDQs are mapped in ascending and
 * unmapped in descending order, so LVCMDQs 0 to n-1 are mapped, and the number n describes
 * them all. A write that breaks the rule, or names a place that does not exist or is
 * taken, is ignored as a whole and counted. An entry without ALLOCATED may say anything.
 *
 * Error maps are views: computed when they are read [HW-9].
 */
#include "config.h"

#include "guard.h"
#include "queue.h"
#include "vcmdq.h"
#include "vintf.h"

uint32_t hw_config_read(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	(void)ref;
	return m->config;
}

void hw_config_write(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value)
{
	(void)ref;
	m->config = value;
	for (uint32_t v = 0; v < reg_num_vintfs(&m->geometry); v++)
		hw_vintf_gate(m, v);
}

uint32_t hw_config_read_param(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	(void)ref;
	return reg_param(&m->geometry);
}

uint32_t hw_config_read_status(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	(void)ref;
	return hw_config_enabled(m) ? CMDQV_STATUS_CMDQV_ENABLED : 0;
}

uint32_t hw_config_read_vi_err_map(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	uint32_t first = ref->index * 32U;
	uint32_t map = 0;

	for (uint32_t bit = 0; bit < 32 && first + bit < reg_num_vintfs(&m->geometry); bit++)
		if (hw_vintf_error_pending(m, first + bit))
			map |= 1U << bit;
	return map;
}

uint32_t hw_config_read_cmdq_err_map(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	uint32_t first = ref->index * 32U;
	uint32_t map = 0;

	for (uint32_t bit = 0; bit < 32 && first + bit < reg_num_vcmdqs(&m->geometry); bit++)
		if (queue_errors(&m->queues[first + bit]))
			map |= 1U << bit;
	return map;
}

uint32_t hw_config_read_int_mask(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	return m->int_mask[ref->index];
}

/* An error that was masked is not lost: unmasking it is the edge, one for the write. */
void hw_config_write_int_mask(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value)
{
	uint32_t unmasked = m->int_mask[ref->index] & ~value;

	m->int_mask[ref->index] = value;
	if (unmasked & hw_config_read_vi_err_map(m, ref))
		model_interrupt(m);
}

uint32_t hw_config_read_alloc(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	return m->alloc[ref->index];
}

static bool may_map(const struct cmdqv_model *m, uint32_t vintf, uint32_t lvcmdq)
{
	return vintf < reg_num_vintfs(&m->geometry) && lvcmdq < model_num_lvcmdqs(m) &&
	       lvcmdq == m->vintfs[vintf].mapped;
}

static bool may_unmap(const struct cmdqv_model *m, const struct queue *q)
{
	return q->lvcmdq + 1 == m->vintfs[q->vintf].mapped;
}

static bool alloc_is_allowed(const struct cmdqv_model *m, const struct queue *q, uint32_t value)
{
	if (!(value & CMDQV_CMDQ_ALLOC_ALLOCATED))
		return !q->mapped || may_unmap(m, q);
	if (q->mapped)
		return value == m->alloc[q->number];
	return may_map(m, CMDQV_GET(CMDQV_CMDQ_ALLOC_VINTF, value),
		       CMDQV_GET(CMDQV_CMDQ_ALLOC_LVCMDQ, value));
}

void hw_config_write_alloc(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value)
{
	struct queue *q = &m->queues[ref->index];
	bool allocated = value & CMDQV_CMDQ_ALLOC_ALLOCATED;

	if (!alloc_is_allowed(m, q, value)) {
		m->order_violations++;
		return;
	}
	m->alloc[ref->index] = value;
	if (q->mapped && !allocated)
		hw_vcmdq_unmap(m, q);
	else if (!q->mapped && allocated)
		hw_vcmdq_map(m, q, CMDQV_GET(CMDQV_CMDQ_ALLOC_VINTF, value),
			     CMDQV_GET(CMDQV_CMDQ_ALLOC_LVCMDQ, value));
}

void hw_config_reset(struct cmdqv_model *m)
{
	m->config = (uint32_t)reg_infos[REG_CONFIG].reset;
	m->int_mask[0] = 0;
	m->int_mask[1] = 0;
	for (uint32_t q = 0; q < CMDQV_MAX_VCMDQS; q++)
		m->alloc[q] = 0;
}
