/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands and their errors in words, from the one list in src/regs. */
#include <cmdqv/describe.h>

#include <errno.h>
#include <inttypes.h>

#include "regs/command.h"
#include "text.h"

enum field_id {
	FIELD_END, /* of a form's fields */
#define CMDQV_COMMAND_FIELD(prefix, field, word, msb, lsb, text) FIELD_##prefix##_##field,
#include "regs/commands.def"
};

struct field {
	const char *name;
	uint64_t mask;
	uint8_t word;
};

enum {
#define CMDQV_COMMAND_OTHER(id, opcode, form) OP_##id = (opcode),
#include "regs/commands.def"
};

enum { ALL_STREAMS = 31, ALL_ADDRESSES = 52, CS_IRQ = 1 };

static const struct field fields[] = {
#define CMDQV_COMMAND_FIELD(prefix, field, word, msb, lsb, text)                                   \
	[FIELD_##prefix##_##field] = {#field, CMDQV_##prefix##word##_##field, word},
#include "regs/commands.def"
};

/* What counts in a command of each form: what is invalidated first, how after it. */
static const uint8_t form_fields[COMMAND_FORMS][9] = {
	[FORM_PREFETCH] = {FIELD_CMD_SID, FIELD_CMD_SSEC, FIELD_CMD_SSV, FIELD_CMD_SSID,
			   FIELD_PREFETCH_ADDR, FIELD_PREFETCH_SIZE},
	[FORM_STE] = {FIELD_CMD_SID, FIELD_CMD_SSEC, FIELD_CFGI_LEAF},
	[FORM_ALL] = {FIELD_CMD_SSEC, FIELD_CFGI_RANGE},
	[FORM_CD] = {FIELD_CMD_SID, FIELD_CMD_SSEC, FIELD_CMD_SSID, FIELD_CFGI_LEAF},
	[FORM_CD_ALL] = {FIELD_CMD_SID, FIELD_CMD_SSEC},
	[FORM_VMID] = {FIELD_TLBI_VMID},
	[FORM_ASID] = {FIELD_TLBI_VMID, FIELD_TLBI_ASID},
	[FORM_VA] = {FIELD_TLBI_VMID, FIELD_TLBI_ASID, FIELD_TLBI_ADDR, FIELD_TLBI_LEAF,
		     FIELD_TLBI_TG, FIELD_TLBI_NUM, FIELD_TLBI_SCALE, FIELD_TLBI_TTL},
	[FORM_VAA] = {FIELD_TLBI_VMID, FIELD_TLBI_ADDR, FIELD_TLBI_LEAF, FIELD_TLBI_TG,
		      FIELD_TLBI_NUM, FIELD_TLBI_SCALE, FIELD_TLBI_TTL},
	[FORM_IPA] = {FIELD_TLBI_VMID, FIELD_TLBI_IPA, FIELD_TLBI_LEAF, FIELD_TLBI_TG,
		      FIELD_TLBI_NUM, FIELD_TLBI_SCALE, FIELD_TLBI_TTL},
	[FORM_ATC] = {FIELD_CMD_SID, FIELD_CMD_SSV, FIELD_CMD_SSID, FIELD_ATC_GLOBAL,
		      FIELD_ATC_ADDR, FIELD_ATC_SIZE},
	[FORM_PRI] = {FIELD_CMD_SID, FIELD_CMD_SSV, FIELD_CMD_SSID, FIELD_PRI_GRPID,
		      FIELD_PRI_RESP},
	[FORM_RESUME] = {FIELD_CMD_SID, FIELD_CMD_SSEC, FIELD_RESUME_STAG, FIELD_RESUME_RESP},
	[FORM_SYNC] = {FIELD_SYNC_CS, FIELD_SYNC_MSH, FIELD_SYNC_MSIATTR, FIELD_SYNC_MSIDATA,
		       FIELD_SYNC_MSIADDR},
};

static const struct {
	const char *name;
	uint8_t form; /* enum command_form */
} commands[256] = {
#define CMDQV_COMMAND(id, opcode, form, guest, trapped, text) [opcode] = {#id, FORM_##form},
#define CMDQV_COMMAND_OTHER(id, opcode, form) [opcode] = {#id, FORM_##form},
#include "regs/commands.def"
};

/* Does the field of a form mean anything in this command? */
static bool counts(uint8_t field, const uint64_t *words)
{
	uint64_t opcode = CMDQV_GET(CMDQV_CMD0_OPCODE, words[0]);

	switch (field) {
	case FIELD_CMD_SSEC: /* a queue that is not secure takes no command with it */
		return words[0] & CMDQV_CMD0_SSEC;
	case FIELD_CMD_SSID: /* CFGI_CD has no SSV: its SubstreamID always counts */
		return (words[0] & CMDQV_CMD0_SSV) || opcode == CMDQV_OP_CFGI_CD;
	case FIELD_ATC_GLOBAL:
		return words[0] & CMDQV_CMD0_SSV;
	case FIELD_ATC_ADDR:
		return CMDQV_GET(CMDQV_ATC1_SIZE, words[1]) != ALL_ADDRESSES;
	case FIELD_TLBI_NUM:
	case FIELD_TLBI_SCALE:
	case FIELD_TLBI_TTL:
		return words[1] & CMDQV_TLBI1_TG;
	case FIELD_TLBI_VMID:
		return !command_is_el2((uint8_t)opcode) && opcode != OP_TLBI_EL2_VAA;
	case FIELD_PREFETCH_ADDR:
	case FIELD_PREFETCH_SIZE:
		return opcode == OP_PREFETCH_ADDR;
	case FIELD_SYNC_MSH:
	case FIELD_SYNC_MSIATTR:
	case FIELD_SYNC_MSIDATA:
	case FIELD_SYNC_MSIADDR:
		return CMDQV_GET(CMDQV_SYNC0_CS, words[0]) == CS_IRQ;
	default:
		return true;
	}
}

static bool is_address(uint8_t field)
{
	return field == FIELD_PREFETCH_ADDR || field == FIELD_TLBI_ADDR ||
	       field == FIELD_TLBI_IPA || field == FIELD_ATC_ADDR || field == FIELD_SYNC_MSIADDR;
}

/* Addresses stay in place, everything else is counted from its lowest bit. */
static void add_field(struct text *text, uint8_t id, const uint64_t *words)
{
	const struct field *field = &fields[id];
	uint64_t word = words[field->word];

	text_add_field(text, field->name,
		       is_address(id) ? word & field->mask : CMDQV_GET(field->mask, word));
}

int cmdqv_describe_command(uint64_t word0, uint64_t word1, char *text, size_t bytes)
{
	const uint64_t words[2] = {word0, word1};
	uint64_t opcode = CMDQV_GET(CMDQV_CMD0_OPCODE, word0);
	const uint8_t *wanted = form_fields[commands[opcode].form];
	struct text out;

	text_begin(&out, text, bytes);
	if (!commands[opcode].name) {
		text_add(&out, "no command has opcode 0x%02" PRIx64, opcode);
		return -ENOENT;
	}
	out.separator = " ";
	/* Of fewer streams than all CFGI_ALL is another command, which has a StreamID. */
	if (opcode == CMDQV_OP_CFGI_ALL && CMDQV_GET(CMDQV_CFGI1_RANGE, word1) < ALL_STREAMS) {
		text_add(&out, "CFGI_STE_RANGE");
		add_field(&out, FIELD_CMD_SID, words);
	} else {
		text_add(&out, "%s", commands[opcode].name);
	}
	for (; *wanted != FIELD_END; wanted++)
		if (counts(*wanted, words))
			add_field(&out, *wanted, words);
	return 0;
}

const char *cmdqv_describe_cerror(uint32_t code)
{
	switch (code) {
	case CMDQV_CERROR_NONE:
		return "no error";
	case CMDQV_CERROR_ILL:
		return "illegal command";
	case CMDQV_CERROR_ABT:
		return "abort on fetch";
	case CMDQV_CERROR_ATC_INV_SYNC:
		return "ATC_INV timed out";
	case CMDQV_CERROR_ILL_ACCESS:
		return "illegal access";
	default:
		return "unknown error";
	}
}
