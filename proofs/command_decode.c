/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: command_decode() of any 16 bytes of the form FORM: a field is what its bits say, what the
 * form does not have is 0, the code is NONE or ILL. A range holds every byte that the architecture
 * puts into it, whatever NUM, SCALE and TG say, is exact where that can be said, and never wraps
 * [HW-14]. Opcodes that the list does not have are illegal.
 *
 * Assumes: nothing.
 *
 * Bound: none; there is no loop.
 *
 * Takes: 0.2 to 2.9 s each of 16 proofs, at most 39 MiB.
 */
#include "proof.h"

#include "regs/command.h"

#ifdef WITH_RANGE
/* Any byte of the range, counted without an end; beyond 2^64 there is none. */
static void prove_range(const uint64_t raw[2], const struct cmdqv_command *c, uint8_t code)
{
	uint64_t address = raw[1] & UINT64_C(0xFFFFFFFFFFFFF000) &
			   (FORM == FORM_IPA ? UINT64_C(0xFFFFFFFFFFFFF) : UINT64_MAX);
	unsigned int tg = raw[1] >> 10 & 3, scale = raw[0] >> 20 & 63, num = raw[0] >> 12 & 31;
	unsigned int granule = tg ? 10 + 2 * tg : 12;
	unsigned __int128 bytes = (unsigned __int128)(tg ? num + 1 : 1)
				  << (tg ? scale : 0) << granule;
	uint64_t byte = nondet_u64();

	PROVE(c->address <= c->last, "does not wrap");
	if (byte >= address && (unsigned __int128)byte < address + bytes)
		PROVE(c->address <= byte && byte <= c->last, "holds each byte of the range");
	if (bytes >> 63 == 0 && (address & ((UINT64_C(1) << granule) - 1)) == 0 &&
	    address <= UINT64_MAX - ((uint64_t)bytes - 1))
		PROVE(c->address == address && c->last == address + ((uint64_t)bytes - 1), "exact");
	PROVE(c->granule == (tg ? granule : 0) && c->leaf == (raw[1] & 1), "granule and leaf");
	PROVE(code == CMDQV_CERROR_NONE || tg, "without a granule nothing is reserved");
	COVER(code == CMDQV_CERROR_ILL, "a reserved encoding");
	COVER(c->last == UINT64_MAX && c->address == 0, "everything");
}
#endif

int main(void)
{
	const uint64_t raw[2] = {nondet_u64(), nondet_u64()};
	struct cmdqv_command c;
	uint8_t code;

	ASSUME(command_infos[raw[0] & 0xFF].form == FORM);
	code = command_decode(raw, &c);
	PROVE(c.opcode == (raw[0] & 0xFF) && c.raw[0] == raw[0] && c.raw[1] == raw[1], "kept");
	PROVE(code == CMDQV_CERROR_NONE || code == CMDQV_CERROR_ILL, "a code");
	PROVE((code == CMDQV_CERROR_ILL) || FORM != FORM_ILLEGAL, "an unknown opcode is illegal");
	PROVE(c.queue == 0 && c.vintf == 0 && c.index == 0, "the engine's own are 0");
#ifdef WITH_RANGE
	prove_range(raw, &c, code);
#else
	if (FORM != FORM_ATC)
		PROVE(c.address == 0 && c.last == 0 && c.granule == 0, "no range");
#endif
	if (FORM == FORM_VA || FORM == FORM_ASID)
		PROVE(c.asid == raw[0] >> 48, "ASID");
	else
		PROVE(c.asid == 0, "no ASID");
	if (FORM == FORM_VAA || FORM == FORM_IPA || FORM == FORM_VMID)
		PROVE(c.vmid == (raw[0] >> 32 & 0xFFFF), "VMID");
	if (FORM == FORM_STE || FORM == FORM_CD || FORM == FORM_ATC || FORM == FORM_PREFETCH ||
	    FORM == FORM_CD_ALL)
		PROVE(c.sid == raw[0] >> 32, "StreamID");
	if (FORM == FORM_CD)
		PROVE(c.ssv && c.ssid == (raw[0] >> 12 & 0xFFFFF), "SubstreamID");
	if (FORM == FORM_ATC || FORM == FORM_PRI)
		PROVE(c.ssid == (raw[0] >> 11 & 1 ? raw[0] >> 12 & 0xFFFFF : 0),
		      "SubstreamID, if valid");
	if (FORM == FORM_ATC) {
		uint64_t size = raw[1] & 63,
			 within = size >= 52 ? UINT64_MAX : (UINT64_C(4096) << size) - 1;
		uint64_t address = raw[1] & ~UINT64_C(0xFFF);

		PROVE(c.address == (address & ~within) && c.last == (address | within),
		      "ATC range");
		PROVE(code == (size > 52 ? CMDQV_CERROR_ILL : CMDQV_CERROR_NONE), "ATC size");
	}
	if (FORM == FORM_ALL)
		PROVE((c.sid ^ raw[0] >> 32) >> 31 >> 1 == 0 &&
			      c.sid_count_log2 == (raw[1] & 31) + 1,
		      "a block of streams");
	if (FORM == FORM_SYNC)
		PROVE(code == (raw[0] >> 12 & 3 ? CMDQV_CERROR_ILL : CMDQV_CERROR_NONE),
		      "[HW-13] CS 0");
	if (FORM == FORM_RESUME || FORM == FORM_PRI)
		PROVE(code == CMDQV_CERROR_ILL || c.response < 3, "a response that there is");
	REACHED("the end");
}
