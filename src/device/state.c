/* SPDX-License-Identifier: BSD-2-Clause */
/* Where each register is stored, and what follows from what is stored. */
#include "state.h"

#define AT(member) offsetof(struct cmdqv, member)

enum { LVCMDQ = sizeof(struct lvcmdq) };

const struct device_cell device_cells[REG_COUNT] = {
	[REG_CONFIG] = {.at = AT(config)},
	[REG_VI_INT_MASK] = {AT(int_mask), WORD},
	[REG_CMDQ_ALLOC] = {AT(lvcmdqs[0].alloc), LVCMDQ},
	[REG_VINTF_CONFIG] = {.at = AT(vintf_config)},
	[REG_SID_MATCH] = {AT(sid_match), WORD},
	[REG_SID_REPLACE] = {AT(sid_replace), WORD},
	[REG_VCMDQ_CONS] = {AT(lvcmdqs[0].cons), LVCMDQ},
	[REG_VCMDQ_PROD] = {AT(lvcmdqs[0].prod), LVCMDQ},
	[REG_VCMDQ_CONFIG] = {AT(lvcmdqs[0].config), LVCMDQ},
	[REG_VCMDQ_GERROR] = {AT(lvcmdqs[0].gerror), LVCMDQ},
	[REG_VCMDQ_GERRORN] = {AT(lvcmdqs[0].gerrorn), LVCMDQ},
	[REG_VCMDQ_BASE] = {AT(lvcmdqs[0].base), LVCMDQ},
	[REG_VCMDQ_CONS_INDX_BASE] = {AT(lvcmdqs[0].cons_indx_base), LVCMDQ},
};

int backend_broken(const struct cmdqv *dev)
{
	return device_host_error(dev->links.backend.broken(dev->links.backend_impl));
}
