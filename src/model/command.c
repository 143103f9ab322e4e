/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest's queue may execute, and with which VMID and StreamID. */
#include "command.h"

#include "regs/command.h"

/* The guest's StreamID becomes the one that the host put beside it. */
static uint8_t replace_sid(const struct vintf *vintf, uint32_t num_sids,
			   struct cmdqv_command *command)
{
	for (uint32_t s = 0; s < num_sids; s++) {
		uint32_t match = vintf->sid_match[s];

		if (!(match & CMDQV_SID_MATCH_ENABLE) ||
		    CMDQV_GET(CMDQV_SID_MATCH_VIRT_SID, match) != command->sid)
			continue;
		command->sid = vintf->sid_replace[s];
		return CMDQV_CERROR_NONE;
	}
	return CMDQV_CERROR_ILL_ACCESS;
}

/*
 * What a guest may issue, with the host's VMID and StreamID in the place of its own
 * [HW-13]. Returns CMDQV_CERROR_NONE, ILL or ILL_ACCESS.
 */
uint8_t command_restrict(const struct vintf *vintf, uint32_t num_sids,
			 struct cmdqv_command *command)
{
	if (!command_infos[command->opcode].guest)
		return CMDQV_CERROR_ILL;
	switch (command_infos[command->opcode].form) {
	case FORM_ATC:
		return replace_sid(vintf, num_sids, command);
	case FORM_SYNC:
		return CMDQV_CERROR_NONE;
	default:
		command->vmid = (uint16_t)CMDQV_GET(CMDQV_VINTF_CONFIG_VMID, vintf->config);
		return CMDQV_CERROR_NONE;
	}
}
