/* SPDX-License-Identifier: BSD-2-Clause */
/* Where each register is stored, and what follows from what is stored. */
#include "state.h"

uint32_t *lvcmdq_cell(struct lvcmdq *queue, const struct reg_ref *ref)
{
	switch (ref->id) {
	case REG_VCMDQ_CONS:
		return &queue->cons;
	case REG_VCMDQ_PROD:
		return &queue->prod;
	case REG_VCMDQ_CONFIG:
		return &queue->config;
	case REG_VCMDQ_GERROR:
		return &queue->gerror;
	case REG_VCMDQ_GERRORN:
		return &queue->gerrorn;
	case REG_VCMDQ_BASE:
		return &queue->base[ref->high];
	case REG_VCMDQ_CONS_INDX_BASE:
		return &queue->cons_indx_base[ref->high];
	default:
		return NULL;
	}
}

uint32_t *device_cell(struct cmdqv *dev, const struct reg_ref *ref)
{
	switch (ref->id) {
	case REG_CONFIG:
		return &dev->config;
	case REG_VI_INT_MASK:
		return &dev->int_mask[ref->index];
	case REG_CMDQ_ALLOC:
		return &dev->lvcmdqs[ref->index].alloc;
	case REG_VINTF_CONFIG:
		return &dev->vintf_config;
	case REG_SID_MATCH:
		return &dev->sid_match[ref->index];
	case REG_SID_REPLACE:
		return &dev->sid_replace[ref->index];
	default:
		return lvcmdq_cell(&dev->lvcmdqs[ref->queue], ref);
	}
}

bool config_enabled(const struct cmdqv *dev)
{
	return CMDQV_GET(CMDQV_CONFIG_CMDQV_EN, dev->config);
}

bool vintf_enabled(const struct cmdqv *dev)
{
	return config_enabled(dev) && CMDQV_GET(CMDQV_VINTF_CONFIG_ENABLE, dev->vintf_config);
}

bool entry_allocates(uint32_t entry, uint32_t index)
{
	return CMDQV_GET(CMDQV_CMDQ_ALLOC_ALLOCATED, entry) &&
	       CMDQV_GET(CMDQV_CMDQ_ALLOC_VINTF, entry) == 0 &&
	       CMDQV_GET(CMDQV_CMDQ_ALLOC_LVCMDQ, entry) == index;
}

bool config_allocates(const struct cmdqv *dev, uint32_t index)
{
	return entry_allocates(dev->lvcmdqs[index].alloc, index);
}

int backend_broken(const struct cmdqv *dev)
{
	return device_host_error(dev->links.backend.broken(dev->links.backend_impl));
}
