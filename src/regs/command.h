/* SPDX-License-Identifier: BSD-2-Clause */
/* The codec of SMMUv3 commands, made from the one list in commands.def. */
#ifndef SRC_REGS_COMMAND_H
#define SRC_REGS_COMMAND_H

#include <cmdqv/model/command.h>
#include <cmdqv/regs.h>

/* Which fields of the two words count. */
enum command_form {
	FORM_ILLEGAL, /* no such opcode */
	FORM_PREFETCH,
	FORM_STE,
	FORM_ALL,
	FORM_CD,
	FORM_CD_ALL,
	FORM_VMID,
	FORM_ASID,
	FORM_VA,
	FORM_VAA,
	FORM_IPA,
	FORM_NONE,
	FORM_ATC,
	FORM_PRI,
	FORM_RESUME,
	FORM_SYNC,
};

enum { COMMAND_FORMS = FORM_SYNC + 1 };

struct command_info {
	uint8_t form; /* enum command_form */
	bool guest;   /* a VINTF that a guest owns executes it [HW-13] */
	bool trapped; /* a VMM may hand it to the host kernel after it trapped it [HW-21] */
};

/* By opcode. */
extern const struct command_info command_infos[256];

static inline const struct command_info *command_info(uint64_t word0)
{
	return &command_infos[CMDQV_GET(CMDQV_CMD0_OPCODE, word0)];
}

/* Is it a TLBI or a CFGI? Some hardware wants those twice [HW-25]. */
static inline bool command_is_repeated(uint64_t word0)
{
	uint8_t form = command_info(word0)->form;

	return form >= FORM_STE && form <= FORM_NONE;
}

/* Is it a TLBI of an ASID at EL2, where there is no VMID? */
bool command_is_el2(uint8_t opcode);

/* One of the two words with another value in one field. */
static inline uint64_t command_replace(uint64_t word, uint64_t field, uint64_t value)
{
	return (word & ~field) | CMDQV_SET(field, value);
}

/*
 * Decodes the 16 bytes. A reserved value still gets a meaning, at least as wide as any that
 * hardware could give it, for a queue that does not refuse.
 *
 * Returns: the CONS.ERR code that the command deserves, CMDQV_CERROR_NONE or ILL.
 */
uint8_t command_decode(const uint64_t raw[2], struct cmdqv_command *command);

#endif
