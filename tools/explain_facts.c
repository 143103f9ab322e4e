/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts are numbers with names, some with the text that was captured. In a sentence {name} becomes
 * the text or the number of a fact, {name:form} has a form of below.
 */
#include "explain.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/describe.h>

/* ---- facts ---- */

static const char *const fact_names[] = {
#define FACT(name) #name,
#include "explain.def"
};

/* They are in order. */
size_t explain_fact(const char *name, size_t length)
{
	size_t low = 0;
	size_t high = EXPLAIN_FACTS;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strncmp(fact_names[middle], name, length);

		if (order == 0 && !fact_names[middle][length])
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return EXPLAIN_FACTS;
}

size_t explain_copy(char *to, size_t bytes, const char *text, size_t length)
{
	length = length < bytes ? length : bytes - 1;
	memcpy(to, text, length);
	to[length] = '\0';
	return length;
}

void explain_set(struct explain_facts *facts, size_t fact, uint64_t value, const char *text)
{
	facts->value[fact] = value;
	facts->is_known[fact] = true;
	explain_copy(facts->text[fact], sizeof(facts->text[fact]), text, strlen(text));
}

uint64_t explain_number(const char *text, bool hex)
{
	char *end;
	uint64_t value = strtoull(text, &end, hex || strncmp(text, "0x", 2) == 0 ? 16 : 10);

	while (*end == '.' && isdigit((unsigned char)end[1])) {
		uint64_t part = strtoull(end + 1, &end, 10);

		value = value << 8 | (part < UINT8_MAX ? part : UINT8_MAX);
	}
	return value;
}

/* ---- sentences ---- */

static void append(struct explain_text *to, const char *text, size_t length)
{
	to->length +=
		explain_copy(to->text + to->length, sizeof(to->text) - to->length, text, length);
}

void explain_add(struct explain_text *to, const char *format, ...)
{
	va_list arguments;

	append(to, " ", to->length > 0);
	va_start(arguments, format);
	vsnprintf(to->text + to->length, sizeof(to->text) - to->length, format, arguments);
	va_end(arguments);
	to->length += strlen(to->text + to->length);
}

/* "0, 3 have" of bits 0 and 3; bit 0 is called `first`. */
static void write_bits(uint64_t bits, unsigned long first, char *text, size_t bytes)
{
	size_t used = 0;
	unsigned int count = 0;

	for (unsigned int bit = 0; bit < 64; bit++)
		if (bits >> bit & 1 && used < bytes)
			used += (size_t)snprintf(text + used, bytes - used, "%s%lu",
						 count++ ? ", " : "", first + bit);
	if (used < bytes)
		snprintf(text + used, bytes - used, count > 1 ? " have" : " has");
}

static void write_size(uint64_t bytes, char *text, size_t size)
{
	static const char *const units[] = {"bytes", "KiB", "MiB"};
	unsigned int unit = bytes >= 1 << 20 ? 2 : bytes >= 1 << 10 ? 1 : 0;

	snprintf(text, size, "%" PRIu64 " %s", bytes >> 10 * unit, units[unit]);
}

/* "name}" or "name:form}": what stands behind a brace. Returns what follows it. */
static const char *say_value(const struct explain_facts *facts, const char *inside,
			     struct explain_text *to)
{
	size_t length = strcspn(inside, ":}");
	size_t fact = explain_fact(inside, length);
	const char *form = inside + length + 1;
	uint64_t value = facts->value[fact];
	char text[512];
	const char *said = text;

	if (inside[length] == '}')
		form = facts->text[fact][0] ? "text}" : "d}";
	if (strncmp(form, "has", 3) == 0)
		write_bits(value, strtoul(form + 3, NULL, 10), text, sizeof(text));
	else if (strncmp(form, "size}", 5) == 0)
		write_size(value, text, sizeof(text));
	else if (form[0] == 'x' || form[0] == 'd')
		snprintf(text, sizeof(text), form[0] == 'x' ? "0x%" PRIx64 : "%" PRIu64, value);
	else
		said = form[0] == 't' ? facts->text[fact] : cmdqv_describe_cerror((uint32_t)value);
	append(to, said, strlen(said));
	return inside + strcspn(inside, "}") + 1;
}

void explain_say(const struct explain_facts *facts, const char *sentence, struct explain_text *to)
{
	append(to, " ", to->length > 0);
	while (*sentence) {
		size_t plain = strcspn(sentence, "{");

		append(to, sentence, plain);
		sentence += plain;
		if (*sentence)
			sentence = say_value(facts, sentence + 1, to);
	}
}
