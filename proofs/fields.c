/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proves: of each field of a command, an STE, a CD, an event and a stream table: what CMDQV_SET()
 * puts in, CMDQV_GET() takes out, whatever lies around it; command_replace() leaves every other bit
 * alone; a field lies in one word and is contiguous.
 *
 * Assumes: a value that fits into the field.
 *
 * Bound: none; there is no loop.
 *
 * Takes: 0.2 to 0.2 s each of 2 proofs, at most 28 MiB.
 */
#include "proof.h"

#include "regs/cd.h"
#include "regs/command.h"
#include "regs/event.h"
#include "regs/ste.h"

static void prove_field(uint64_t mask, uint64_t lowest)
{
	uint64_t word = nondet_u64(), value = nondet_u64();
	uint64_t most = mask / lowest, changed;

	PROVE((most & (most + 1)) == 0, "contiguous");
	ASSUME(value <= most);
	changed = command_replace(word, mask, value);
	PROVE(CMDQV_GET(mask, changed) == value, "out comes what was put in");
	PROVE((changed & ~mask) == (word & ~mask), "the rest is as it was");
	PROVE(command_replace(changed, mask, CMDQV_GET(mask, word)) == word, "and back");
}

#define FIELD(mask) prove_field(mask, CMDQV_LOWEST(mask))

int main(void)
{
#ifdef OF_COMMANDS
#define CMDQV_COMMAND_FIELD(prefix, field, word, msb, lsb, text)                                   \
	PROVE(CMDQV_##prefix##word##_##field == WORD_BITS(msb, lsb), "where the list says");       \
	FIELD(CMDQV_##prefix##word##_##field);
#include "regs/commands.def"
#else
	FIELD(STRTAB_CFG_LOG2SIZE);
	FIELD(STRTAB_CFG_SPLIT);
	FIELD(STRTAB_CFG_FMT);
	FIELD(L1STD_SPAN);
	FIELD(STE0_V);
	FIELD(STE0_CONFIG);
	FIELD(STE0_S1FMT);
	FIELD(STE0_S1CONTEXTPTR);
	FIELD(STE0_S1CDMAX);
	FIELD(STE1_S1DSS);
	FIELD(STE1_S1CIR);
	FIELD(STE1_S1COR);
	FIELD(STE1_S1CSH);
	FIELD(STE1_EATS);
	FIELD(STE1_STRW);
	FIELD(STE2_S2VMID);
	FIELD(CD0_T0SZ);
	FIELD(CD0_TG0);
	FIELD(CD0_IPS);
	FIELD(CD0_ASID);
	FIELD(CD1_TTB0);
	FIELD(EVENT0_ID);
	FIELD(EVENT0_SSID);
	FIELD(EVENT0_SID);
	FIELD(EVENT1_CLASS);
	FIELD(EVENT3_IPA);
	FIELD(EVENT3_FETCH);
#endif
	REACHED("the end");
}
