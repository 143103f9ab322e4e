/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: command_restrict() of any command of a guest: only TLBI_NH_ASID, TLBI_NH_VA, ATC_INV and
 * CMD_SYNC get through; a TLBI has the VINTF's VMID, an ATC_INV the physical StreamID of a slot
 * that is enabled and names its own, or CERROR_ILL_ACCESS; the rest of the command is as it was
 * [HW-13].
 *
 * Assumes: 1 to 16 SID slots.
 *
 * Bound: 17 turns: 16 SID slots.
 *
 * Takes: 0.2 s, 19 MiB.
 */
#include "proof.h"

#include "model/command.c"

int main(void)
{
	struct vintf vintf;
	struct cmdqv_command c, was;
	uint32_t num_sids = nondet_u32(), slot = nondet_u32();
	uint8_t code;

	ASSUME(num_sids >= 1 && num_sids <= 16 && slot < num_sids);
	was = c;
	code = command_restrict(&vintf, num_sids, &c);
	if (code == CMDQV_CERROR_NONE)
		PROVE(c.opcode == 0x11 || c.opcode == 0x12 || c.opcode == 0x40 || c.opcode == 0x46,
		      "four opcodes");
	PROVE(code == 0 || code == 1 || code == 4, "a code");
	if (code == 0 && (c.opcode == 0x11 || c.opcode == 0x12))
		PROVE(c.vmid == (vintf.config >> 1 & 0xFFFF), "the VINTF's VMID");
	else
		PROVE(c.vmid == was.vmid, "the VMID stays");
	if (c.opcode == 0x40 && (vintf.sid_match[slot] & 1) &&
	    vintf.sid_match[slot] >> 1 == was.sid && vintf.sid_match[slot] >> 21 == 0)
		PROVE(code == 0, "a slot that names it is enough");
	if (c.opcode != 0x40 || code)
		PROVE(c.sid == was.sid, "the StreamID stays");
	PROVE(c.address == was.address && c.last == was.last && c.asid == was.asid &&
		      c.ssid == was.ssid && c.opcode == was.opcode && c.raw[0] == was.raw[0] &&
		      c.raw[1] == was.raw[1],
	      "the rest is as it was");
	COVER(code == 4, "no slot");
	COVER(code == 0 && c.sid != was.sid, "replaced");
	REACHED("the end");
}
