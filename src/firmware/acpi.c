/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SSDT of a CMDQV, byte for byte:
 *
 *	Scope (\_SB) {
 *		Device (CQ00) {
 *			Name (_HID, "NVDA200C")
 *			Name (_UID, the SMMU's identifier)
 *			Name (_CCA, 1)
 *			Name (_CRS, a buffer: QWordMemory, Interrupt, end tag)
 *		}
 *	}
 *
 * How it works. An object's length stands before its contents, in as many bytes as it
 * takes. So objects are written from the inside out, each into a buffer of its own, and a
 * finished one is appended to the one around it.
 *
 * The memory is a QWordMemory although it would fit into less: Linux 6.12 to 6.19 pass
 * over the other descriptors.
 */
#include "check.h"

#include <errno.h>
#include <string.h>

enum {
	/* AML, ACPI 6.5 section 20 */
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE_PREFIX = 0x0a,
	AML_WORD_PREFIX = 0x0b,
	AML_DWORD_PREFIX = 0x0c,
	AML_STRING_PREFIX = 0x0d,
	AML_SCOPE = 0x10,
	AML_BUFFER = 0x11,
	AML_EXTENDED = 0x5b,
	AML_DEVICE = 0x82, /* after AML_EXTENDED */
	AML_SHORT_LENGTH = 0x3f,

	/* resource descriptors, ACPI 6.5 section 6.4 */
	RESOURCE_QWORD_SPACE = 0x8a,
	RESOURCE_INTERRUPT = 0x89,
	RESOURCE_END = 0x79,
	SPACE_MEMORY = 0,
	SPACE_CONSUMER_FIXED = 0x0d,	/* consumer, positive decode, minimum and maximum fixed */
	SPACE_READ_WRITE = 0x01,	/* not cacheable */
	INTERRUPT_CONSUMER_EDGE = 0x03, /* active high, exclusive */

	HEADER_BYTES = 36,
	HEADER_LENGTH = 4, /* offsets into the header */
	HEADER_CHECKSUM = 9,
	REVISION = 2, /* integers have 64 bits */
};

struct aml {
	uint8_t bytes[CMDQV_FIRMWARE_ACPI_BYTES];
	size_t length;
};

/* Everything that is written is of a known size, and the sum of it all fits: see the test. */
static void put(struct aml *aml, const void *bytes, size_t length)
{
	if (length > sizeof(aml->bytes) - aml->length)
		return;
	memcpy(aml->bytes + aml->length, bytes, length);
	aml->length += length;
}

static void put_number(struct aml *aml, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		put(aml, &(uint8_t){(uint8_t)(value >> (8 * i))}, 1);
}

static void put_byte(struct aml *aml, uint8_t byte)
{
	put(aml, &byte, 1);
}

static void put_integer(struct aml *aml, uint32_t value)
{
	if (value <= 1) {
		put_byte(aml, value ? AML_ONE : AML_ZERO);
	} else if (value <= UINT8_MAX) {
		put_byte(aml, AML_BYTE_PREFIX);
		put_number(aml, value, 1);
	} else if (value <= UINT16_MAX) {
		put_byte(aml, AML_WORD_PREFIX);
		put_number(aml, value, 2);
	} else {
		put_byte(aml, AML_DWORD_PREFIX);
		put_number(aml, value, 4);
	}
}

static void put_name(struct aml *aml, const char *name)
{
	put_byte(aml, AML_NAME);
	put(aml, name, 4);
}

/* A length that counts itself: one byte up to 63, else four bits and a byte. */
static void put_with_length(struct aml *aml, const struct aml *contents)
{
	size_t length = contents->length + 1;

	if (length <= AML_SHORT_LENGTH) {
		put_number(aml, length, 1);
	} else {
		length++;
		put_number(aml, 1U << 6 | (length & 0xf), 1);
		put_number(aml, length >> 4, 1);
	}
	put(aml, contents->bytes, contents->length);
}

static void put_memory(struct aml *aml, const struct cmdqv_firmware *firmware)
{
	put_byte(aml, RESOURCE_QWORD_SPACE);
	put_number(aml, 43, 2);
	put_byte(aml, SPACE_MEMORY);
	put_byte(aml, SPACE_CONSUMER_FIXED);
	put_byte(aml, SPACE_READ_WRITE);
	put_number(aml, 0, 8); /* granularity */
	put_number(aml, firmware->base, 8);
	put_number(aml, firmware->base + (firmware->bytes - 1), 8);
	put_number(aml, 0, 8); /* translation */
	put_number(aml, firmware->bytes, 8);
}

static void put_interrupt(struct aml *aml, const struct cmdqv_firmware *firmware)
{
	put_byte(aml, RESOURCE_INTERRUPT);
	put_number(aml, 6, 2);
	put_byte(aml, INTERRUPT_CONSUMER_EDGE);
	put_byte(aml, 1);
	put_number(aml, firmware->gsiv, 4);
}

static void put_resources(struct aml *aml, const struct cmdqv_firmware *firmware)
{
	struct aml resources = {.length = 0};
	struct aml buffer = {.length = 0};

	put_memory(&resources, firmware);
	put_interrupt(&resources, firmware);
	put_byte(&resources, RESOURCE_END);
	put_byte(&resources, 0); /* no checksum */
	put_integer(&buffer, (uint32_t)resources.length);
	put(&buffer, resources.bytes, resources.length);
	put_byte(aml, AML_BUFFER);
	put_with_length(aml, &buffer);
}

static void put_device(struct aml *aml, const struct cmdqv_firmware *firmware)
{
	static const char digits[] = "0123456789ABCDEF";
	const char name[] = {'C', 'Q', digits[firmware->instance >> 4],
			     digits[firmware->instance & 0xf]};
	static const char hid[] = "NVDA200C";
	struct aml device = {.length = 0};

	put(&device, name, sizeof(name));
	put_name(&device, "_HID");
	put_byte(&device, AML_STRING_PREFIX);
	put(&device, hid, sizeof(hid));
	put_name(&device, "_UID");
	put_integer(&device, firmware->smmu);
	put_name(&device, "_CCA");
	put_integer(&device, 1);
	put_name(&device, "_CRS");
	put_resources(&device, firmware);
	put_byte(aml, AML_EXTENDED);
	put_byte(aml, AML_DEVICE);
	put_with_length(aml, &device);
}

static void put_scope(struct aml *aml, const struct cmdqv_firmware *firmware)
{
	struct aml scope = {.length = 0};

	put(&scope, "\\_SB_", 5);
	put_device(&scope, firmware);
	put_byte(aml, AML_SCOPE);
	put_with_length(aml, &scope);
}

static void put_header(struct aml *aml)
{
	put(aml, "SSDT", 4);
	put_number(aml, 0, 4); /* length, see seal() */
	put_byte(aml, REVISION);
	put_byte(aml, 0); /* checksum */
	put(aml, "CMDQV ", 6);
	put(aml, "CMDQV   ", 8);
	put_number(aml, 1, 4);
	put(aml, "CMDQ", 4); /* the compiler's name and revision */
	put_number(aml, 1, 4);
}

static void seal(struct aml *aml)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < 4; i++)
		aml->bytes[HEADER_LENGTH + i] = (uint8_t)(aml->length >> (8 * i));
	for (size_t i = 0; i < aml->length; i++)
		sum = (uint8_t)(sum + aml->bytes[i]);
	aml->bytes[HEADER_CHECKSUM] = (uint8_t)-sum;
}

int cmdqv_firmware_acpi(const struct cmdqv_firmware *firmware, void *table, size_t bytes,
			struct cmdqv_error *error)
{
	struct cmdqv_firmware known;
	struct aml aml = {.length = 0};
	int err = firmware_check(&known, firmware, error);

	if (err)
		return err;
	if (known.smmu_flags & CMDQV_SMMU_REPEAT)
		return cmdqv_error_set(error, -EOPNOTSUPP, "erratum-needs-dt",
				       "this SMMU wants each TLBI and CFGI twice (T264-SMMU-3), of "
				       "which ACPI cannot tell a guest; use a device tree");
	put_header(&aml);
	put_scope(&aml, &known);
	seal(&aml);
	if (aml.length > bytes)
		return cmdqv_error_set(error, -ENOSPC, "no-space",
				       "the table takes %zu bytes, and there is room for %zu",
				       aml.length, bytes);
	memcpy(table, aml.bytes, aml.length);
	return (int)aml.length;
}
