/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what is derived from the two lists, in one of two forms:
 *
 *   generate header > include/cmdqv/regs.h
 *   generate document > docs/registers.md
 *
 * Both files are kept in the tree so that they can be read where they are used;
 * a test compares them with what this program prints.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct layout {
	const char *name;
	uint64_t value;
	const char *text;
};

struct reg {
	const char *id;
	const char *block;
	uint32_t offset;
	uint32_t count;
	uint32_t bits;
	uint64_t guest;
	uint64_t host;
	uint64_t reset;
	const char *text;
};

struct field {
	const char *reg;
	const char *name;
	uint32_t msb;
	uint32_t lsb;
	const char *text;
};

struct command {
	const char *id;
	uint32_t opcode;
	const char *form;
	int guest;
	const char *text;
};

struct command_field {
	const char *prefix;
	const char *name;
	uint32_t word;
	uint32_t msb;
	uint32_t lsb;
	const char *text;
};

static const struct layout layouts[] = {
#define CMDQV_LAYOUT(name, value, text) {#name, value, text},
#define CMDQV_LIMIT(name, log2, text)                                                              \
	{"MAX_LOG2_" #name, log2, "log2 of the " text}, {"MAX_" #name, 1U << (log2), text},
#include "registers.def"
};

static const struct reg regs[] = {
#define CMDQV_REGISTER(id, block, offset, count, bits, guest, host, reset, text)                   \
	{#id, #block, offset, count, bits, guest, host, reset, text},
#include "registers.def"
};

static const struct field fields[] = {
#define CMDQV_FIELD(reg, field, msb, lsb, text) {#reg, #field, msb, lsb, text},
#include "registers.def"
};

static const struct command commands[] = {
#define CMDQV_COMMAND(id, opcode, form, guest, trapped, text) {#id, opcode, #form, guest, text},
#include "commands.def"
};

static const struct command_field command_fields[] = {
#define CMDQV_COMMAND_FIELD(prefix, field, word, msb, lsb, text)                                   \
	{#prefix, #field, word, msb, lsb, text},
#include "commands.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t field_mask(uint32_t msb, uint32_t lsb)
{
	return (UINT64_MAX >> (63 - msb)) & (UINT64_MAX << lsb);
}

static const char *suffix(uint32_t bits)
{
	return bits == 64 ? "ULL" : "U";
}

static void print_fields_of(const struct reg *reg)
{
	for (size_t i = 0; i < COUNT(fields); i++) {
		const struct field *f = &fields[i];

		if (strcmp(f->reg, reg->id) != 0)
			continue;
		printf("#define CMDQV_%s_%s 0x%" PRIX64 "%s /**< [%u:%u] %s */\n", reg->id, f->name,
		       field_mask(f->msb, f->lsb), suffix(reg->bits), f->msb, f->lsb, f->text);
	}
}

static void print_header(void)
{
	puts("/* SPDX-License-Identifier: BSD-2-Clause */\n"
	     "/**\n"
	     " * @file\n"
	     " * Registers and commands of the CMDQV: offsets, fields, opcodes.\n"
	     " *\n"
	     " * Made by a program; do not edit. Constants only: usable freestanding, in "
	     "assembler\n"
	     " * and by bindgen.\n"
	     " *\n"
	     " * - CMDQV_REG_ and the name of a register: its offset from its block, which is the\n"
	     " *   window for GLOBAL registers, CMDQV_VINTF_BLOCK + v * CMDQV_VINTF_BLOCK_STRIDE "
	     "for\n"
	     " *   VINTF_*, SID_*, GLB_FILT_* and LVCMDQ_ERR_MAP, and a queue's block (its\n"
	     " *   number * CMDQV_VCMDQ_STRIDE into a page 0 or page 1) for VCMDQ_*\n"
	     " * - CMDQV_, a register and a field: the mask of the field, in place\n"
	     " */\n"
	     "#ifndef CMDQV_REGS_H\n"
	     "#define CMDQV_REGS_H\n"
	     "\n"
	     "/** The lowest bit of a mask. */\n"
	     "#define CMDQV_LOWEST(mask) ((mask) & (~(mask) + 1))\n"
	     "/** A field out of its place, */\n"
	     "#define CMDQV_GET(mask, value) (((value) & (mask)) / CMDQV_LOWEST(mask))\n"
	     "/** and into it. */\n"
	     "#define CMDQV_SET(mask, value) (((value) * CMDQV_LOWEST(mask)) & (mask))\n");
	for (size_t i = 0; i < COUNT(layouts); i++)
		printf("#define CMDQV_%s 0x%" PRIX64 "U /**< %s */\n", layouts[i].name,
		       layouts[i].value, layouts[i].text);
	for (size_t i = 0; i < COUNT(regs); i++) {
		const struct reg *r = &regs[i];

		printf("\n/** %s: %s", r->id, r->text);
		if (r->count > 1)
			printf(" (%u, %u bytes apart)", r->count, r->bits / 8);
		printf(", %u bits */\n#define CMDQV_REG_%s 0x%02XU\n", r->bits, r->id, r->offset);
		print_fields_of(r);
	}
	puts("\n/* SMMUv3 commands: two little-endian 64-bit words, fields of word 0 and 1 */");
	for (size_t i = 0; i < COUNT(commands); i++)
		printf("#define CMDQV_OP_%s 0x%02XU /**< %s */\n", commands[i].id,
		       commands[i].opcode, commands[i].text);
	puts("");
	for (size_t i = 0; i < COUNT(command_fields); i++) {
		const struct command_field *f = &command_fields[i];

		printf("#define CMDQV_%s%u_%s 0x%" PRIX64 "ULL /**< [%u:%u] %s */\n", f->prefix,
		       f->word, f->name, field_mask(f->msb, f->lsb), f->msb, f->lsb, f->text);
	}
	puts("\n"
	     "/* CONS.ERR */\n"
	     "#define CMDQV_CERROR_NONE 0U /**< none */\n"
	     "#define CMDQV_CERROR_ILL 1U /**< illegal command */\n"
	     "#define CMDQV_CERROR_ABT 2U /**< the fetch of a command aborted */\n"
	     "#define CMDQV_CERROR_ATC_INV_SYNC 3U /**< an ATC_INV timed out; reported by CMD_SYNC "
	     "*/\n"
	     "#define CMDQV_CERROR_ILL_ACCESS 4U /**< a command that this queue may not issue */\n"
	     "\n"
	     "#endif");
}

static void print_document(void)
{
	puts("# Registers\n"
	     "\n"
	     "Made by `src/regs/generate.c` from `src/regs/registers.def` and `commands.def`; a "
	     "test keeps\n"
	     "it current (`make check`). Masks are the bits that software may change; 0 is "
	     "read-only.\n"
	     "\n"
	     "## Layout\n"
	     "\n"
	     "| constant | value | what |\n"
	     "|---|---|---|");
	for (size_t i = 0; i < COUNT(layouts); i++)
		printf("| `CMDQV_%s` | 0x%" PRIX64 " | %s |\n", layouts[i].name, layouts[i].value,
		       layouts[i].text);
	for (size_t i = 0; i < COUNT(regs); i++) {
		const struct reg *r = &regs[i];

		if (i == 0 || strcmp(r->block, regs[i - 1].block) != 0)
			printf("\n## Block %s\n\n"
			       "| offset | register | instances | bits | guest mask | host mask | "
			       "reset | what |\n"
			       "|---|---|---|---|---|---|---|---|\n",
			       r->block);
		printf("| 0x%02X | %s | %u", r->offset, r->id, r->count);
		if (r->count > 1)
			printf(", +%u", r->bits / 8);
		printf(" | %u | 0x%" PRIX64 " | 0x%" PRIX64 " | 0x%" PRIX64 " | %s |\n", r->bits,
		       r->guest, r->host, r->reset, r->text);
	}
	puts("\n## Fields\n\n| register | field | bits | what |\n|---|---|---|---|");
	for (size_t i = 0; i < COUNT(fields); i++)
		printf("| %s | %s | %u:%u | %s |\n", fields[i].reg, fields[i].name, fields[i].msb,
		       fields[i].lsb, fields[i].text);
	puts("\n## Commands\n\n| opcode | command | in a guest's VINTF | what "
	     "|\n|---|---|---|---|");
	for (size_t i = 0; i < COUNT(commands); i++)
		printf("| 0x%02X | %s | %s | %s |\n", commands[i].opcode, commands[i].id,
		       commands[i].guest ? "yes" : "no", commands[i].text);
	puts("\n| form | field | word | bits | what |\n|---|---|---|---|---|");
	for (size_t i = 0; i < COUNT(command_fields); i++)
		printf("| %s | %s | %u | %u:%u | %s |\n", command_fields[i].prefix,
		       command_fields[i].name, command_fields[i].word, command_fields[i].msb,
		       command_fields[i].lsb, command_fields[i].text);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "header") == 0) {
		print_header();
	} else if (argc == 2 && strcmp(argv[1], "document") == 0) {
		print_document();
	} else {
		fprintf(stderr, "usage: %s header|document\n", argv[0]);
		return 2;
	}
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 2;
}
