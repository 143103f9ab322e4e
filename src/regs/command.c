/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the 16 bytes of a command to a typed one.
 *
 * Reserved bits are ignored; reserved values are CERROR_ILL [HW-13].
 *
 * Ranges. A TLBI with a granule (TG) covers (NUM + 1) << SCALE pages of it, exactly, or
 * more where exactly cannot be said: an address within a page counts from the page's
 * start and to its end, and a range that passes the end of the address space becomes
 * all of it, so that `last` never wraps. Without a granule it is the 4 KiB page of the
 * address, and stands for each translation that contains it [HW-14].
 */
#include "regs/command.h"

const struct command_info command_infos[256] = {
#define CMDQV_COMMAND(id, opcode, form, guest, trapped, text)                                      \
	[opcode] = {FORM_##form, guest, trapped},
#include "regs/commands.def"
};

#define PAGE_SHIFT 12
#define ATC_SIZE_ALL 52
#define TG_16K 2
#define RESPONSES 3

static uint64_t low_bits(unsigned int count)
{
	return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static uint8_t granule_of(unsigned int tg)
{
	return tg == 0 ? 0 : (uint8_t)(10 + 2 * tg);
}

static void everything(struct cmdqv_command *command)
{
	command->address = 0;
	command->last = UINT64_MAX;
}

/* `pages` << `scale` pages of 1 << `granule` bytes from `address`. */
static void set_range(struct cmdqv_command *command, uint64_t address, uint64_t pages,
		      unsigned int scale, unsigned int granule)
{
	unsigned int shift = scale + granule;
	uint64_t bytes;

	if (shift >= 64 || pages > UINT64_MAX >> shift) {
		everything(command);
		return;
	}
	bytes = pages << shift;
	if (address > UINT64_MAX - (bytes - 1)) {
		everything(command);
		return;
	}
	command->address = address & ~low_bits(granule);
	command->last = (address + (bytes - 1)) | low_bits(granule);
}

static uint8_t decode_range(const uint64_t raw[2], uint64_t address, struct cmdqv_command *command)
{
	unsigned int num = (unsigned int)CMDQV_GET(CMDQV_TLBI0_NUM, raw[0]);
	unsigned int scale = (unsigned int)CMDQV_GET(CMDQV_TLBI0_SCALE, raw[0]);
	unsigned int ttl = (unsigned int)CMDQV_GET(CMDQV_TLBI1_TTL, raw[1]);
	unsigned int tg = (unsigned int)CMDQV_GET(CMDQV_TLBI1_TG, raw[1]);

	command->leaf = raw[1] & CMDQV_TLBI1_LEAF;
	if (tg == 0) { /* NUM, SCALE and TTL say something with a granule only */
		set_range(command, address, 1, 0, PAGE_SHIFT);
		return CMDQV_CERROR_NONE;
	}
	command->ttl = (uint8_t)ttl;
	command->granule = granule_of(tg);
	set_range(command, address, (uint64_t)num + 1, scale, command->granule);
	if (num == 0 && scale == 0 && ttl == 0)
		return CMDQV_CERROR_ILL;
	return ttl == 1 && tg == TG_16K ? CMDQV_CERROR_ILL : CMDQV_CERROR_NONE;
}

static void decode_substream(const uint64_t raw[2], struct cmdqv_command *command)
{
	command->sid = (uint32_t)CMDQV_GET(CMDQV_CMD0_SID, raw[0]);
	command->ssv = raw[0] & CMDQV_CMD0_SSV;
	if (command->ssv)
		command->ssid = (uint32_t)CMDQV_GET(CMDQV_CMD0_SSID, raw[0]);
}

static uint8_t decode_atc(const uint64_t raw[2], struct cmdqv_command *command)
{
	unsigned int size = (unsigned int)CMDQV_GET(CMDQV_ATC1_SIZE, raw[1]);
	uint64_t within = low_bits(size + PAGE_SHIFT);

	decode_substream(raw, command);
	command->global = raw[0] & CMDQV_ATC0_GLOBAL;
	command->address = raw[1] & CMDQV_ATC1_ADDR & ~within;
	command->last = command->address | within;
	return size > ATC_SIZE_ALL ? CMDQV_CERROR_ILL : CMDQV_CERROR_NONE;
}

static uint8_t decode_response(const uint64_t raw[2], uint64_t response,
			       struct cmdqv_command *command)
{
	if (response >= RESPONSES)
		return CMDQV_CERROR_ILL;
	command->response = (uint8_t)response;
	command->sid = (uint32_t)CMDQV_GET(CMDQV_CMD0_SID, raw[0]);
	return CMDQV_CERROR_NONE;
}

static uint8_t decode_pri(const uint64_t raw[2], struct cmdqv_command *command)
{
	decode_substream(raw, command);
	command->tag = (uint16_t)CMDQV_GET(CMDQV_PRI1_GRPID, raw[1]);
	return decode_response(raw, CMDQV_GET(CMDQV_PRI1_RESP, raw[1]), command);
}

static uint8_t decode_resume(const uint64_t raw[2], struct cmdqv_command *command)
{
	command->tag = (uint16_t)CMDQV_GET(CMDQV_RESUME1_STAG, raw[1]);
	return decode_response(raw, CMDQV_GET(CMDQV_RESUME0_RESP, raw[0]), command);
}

/* 1 << (RANGE + 1) streams, of which SID names the block. */
static void decode_streams(const uint64_t raw[2], struct cmdqv_command *command)
{
	uint32_t log2 = (uint32_t)CMDQV_GET(CMDQV_CFGI1_RANGE, raw[1]) + 1;

	command->sid_count_log2 = log2;
	command->sid = (uint32_t)(CMDQV_GET(CMDQV_CMD0_SID, raw[0]) & ~low_bits(log2));
}

bool command_is_el2(uint8_t opcode)
{
	return opcode == CMDQV_OP_TLBI_EL2_ASID || opcode == CMDQV_OP_TLBI_EL2_VA;
}

static uint16_t vmid_of(const uint64_t raw[2], uint8_t opcode)
{
	return command_is_el2(opcode) ? 0 : (uint16_t)CMDQV_GET(CMDQV_TLBI0_VMID, raw[0]);
}

uint8_t command_decode(const uint64_t raw[2], struct cmdqv_command *command)
{
	uint8_t opcode = (uint8_t)CMDQV_GET(CMDQV_CMD0_OPCODE, raw[0]);

	*command = (struct cmdqv_command){.opcode = opcode, .raw = {raw[0], raw[1]}};
	switch ((enum command_form)command_infos[opcode].form) {
	case FORM_ILLEGAL:
		break;
	case FORM_NONE:
		return CMDQV_CERROR_NONE;
	case FORM_PREFETCH:
	case FORM_CD_ALL:
		command->sid = (uint32_t)CMDQV_GET(CMDQV_CMD0_SID, raw[0]);
		return CMDQV_CERROR_NONE;
	case FORM_STE:
		command->sid = (uint32_t)CMDQV_GET(CMDQV_CMD0_SID, raw[0]);
		command->leaf = raw[1] & CMDQV_CFGI1_LEAF;
		return CMDQV_CERROR_NONE;
	case FORM_ALL:
		decode_streams(raw, command);
		return CMDQV_CERROR_NONE;
	case FORM_CD: /* has no SSV: its SubstreamID always counts */
		command->sid = (uint32_t)CMDQV_GET(CMDQV_CMD0_SID, raw[0]);
		command->ssid = (uint32_t)CMDQV_GET(CMDQV_CMD0_SSID, raw[0]);
		command->ssv = true;
		command->leaf = raw[1] & CMDQV_CFGI1_LEAF;
		return CMDQV_CERROR_NONE;
	case FORM_ASID:
		command->asid = (uint16_t)CMDQV_GET(CMDQV_TLBI0_ASID, raw[0]);
		command->vmid = vmid_of(raw, opcode);
		return CMDQV_CERROR_NONE;
	case FORM_VMID:
		command->vmid = vmid_of(raw, opcode);
		return CMDQV_CERROR_NONE;
	case FORM_VA:
		command->asid = (uint16_t)CMDQV_GET(CMDQV_TLBI0_ASID, raw[0]);
		command->vmid = vmid_of(raw, opcode);
		return decode_range(raw, raw[1] & CMDQV_TLBI1_ADDR, command);
	case FORM_VAA:
		command->vmid = vmid_of(raw, opcode);
		return decode_range(raw, raw[1] & CMDQV_TLBI1_ADDR, command);
	case FORM_IPA:
		command->vmid = vmid_of(raw, opcode);
		return decode_range(raw, raw[1] & CMDQV_TLBI1_IPA, command);
	case FORM_ATC:
		return decode_atc(raw, command);
	case FORM_PRI:
		return decode_pri(raw, command);
	case FORM_RESUME:
		return decode_resume(raw, command);
	case FORM_SYNC:
		if (CMDQV_GET(CMDQV_SYNC0_CS, raw[0]) != 0)
			return CMDQV_CERROR_ILL;
		return CMDQV_CERROR_NONE;
	}
	return CMDQV_CERROR_ILL;
}
