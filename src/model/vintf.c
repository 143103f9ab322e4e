/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VINTF: its enable, its owner, its SID tables, and the queues mapped to it.
 *
 * CMDQV_EN and the VINTF's EN are the gate of its queues: while either is 0 none of them
 * executes and their STATUS reads 0; their CONFIG stays, and opening the gate lets them
 * go on where they were [HW-6].
 *
 * VMID, HYP_OWN and the SID tables count at the moment a command is executed.
 */
#include "vintf.h"

#include <string.h>

#include "queue.h"
#include "vcmdq.h"

bool hw_vintf_error_pending(const struct cmdqv_model *m, uint32_t vintf)
{
	for (uint32_t l = 0; l < m->vintfs[vintf].mapped; l++)
		if (queue_errors(hw_vintf_queue(m, vintf, l)))
			return true;
	return false;
}

/* Opens or closes the gate of its queues, after an enable above them changed. */
void hw_vintf_gate(struct cmdqv_model *m, uint32_t vintf)
{
	bool open = hw_vintf_enabled(m, vintf);

	for (uint32_t l = 0; l < m->vintfs[vintf].mapped; l++)
		hw_vcmdq_gate(m, hw_vintf_queue(m, vintf, l), open);
}

uint32_t hw_vintf_read(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	return m->vintfs[ref->vintf].config;
}

void hw_vintf_write(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value)
{
	m->vintfs[ref->vintf].config = value;
	hw_vintf_gate(m, ref->vintf);
}

uint32_t hw_vintf_read_status(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	uint32_t status = 0;

	if (hw_vintf_enabled(m, ref->vintf))
		status |= CMDQV_VINTF_STATUS_ENABLED;
	if (hw_vintf_error_pending(m, ref->vintf))
		status |= CMDQV_SET(CMDQV_VINTF_STATUS_STATUS, 1U);
	return status;
}

uint32_t hw_vintf_read_sid_match(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	return m->vintfs[ref->vintf].sid_match[ref->index];
}

void hw_vintf_write_sid_match(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value)
{
	m->vintfs[ref->vintf].sid_match[ref->index] = value;
}

uint32_t hw_vintf_read_sid_replace(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	return m->vintfs[ref->vintf].sid_replace[ref->index];
}

void hw_vintf_write_sid_replace(struct cmdqv_model *m, const struct reg_ref *ref, uint32_t value)
{
	m->vintfs[ref->vintf].sid_replace[ref->index] = value;
}

uint32_t hw_vintf_read_err_map(const struct cmdqv_model *m, const struct reg_ref *ref)
{
	uint32_t first = ref->index * 32U;
	uint32_t map = 0;

	for (uint32_t bit = 0; bit < 32 && first + bit < m->vintfs[ref->vintf].mapped; bit++)
		if (queue_errors(hw_vintf_queue(m, ref->vintf, first + bit)))
			map |= 1U << bit;
	return map;
}

void hw_vintf_reset(struct cmdqv_model *m, uint32_t vintf)
{
	struct vintf *v = &m->vintfs[vintf];

	while (v->mapped > 0)
		hw_vcmdq_unmap(m, hw_vintf_queue(m, vintf, v->mapped - 1));
	v->config = 0;
	memset(v->sid_match, 0, sizeof(v->sid_match));
	memset(v->sid_replace, 0, sizeof(v->sid_replace));
}
