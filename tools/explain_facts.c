/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts, and the small language of explain.def. An expression has C's operators on numbers of 64
 * bits, and w0[31:12] for bits of a fact. In a sentence {expression} becomes a number, or the text
 * that was captured if it is but a name; {expression:form} has one of the forms below.
 */
#include "explain.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmdqv/describe.h>

static void add_blank(struct explain_text *to)
{
	if (to->length > 0 && to->length + 1 < sizeof(to->text))
		to->text[to->length++] = ' ';
}

void explain_add(struct explain_text *to, const char *format, ...)
{
	va_list arguments;

	add_blank(to);
	va_start(arguments, format);
	vsnprintf(to->text + to->length, sizeof(to->text) - to->length, format, arguments);
	va_end(arguments);
	to->length += strlen(to->text + to->length);
}

/* A number as C has it, of base 16 if `hex`; or a version such as 6.18.9. */
static uint64_t take_number(const char **at, bool hex)
{
	char *end;
	uint64_t value = strtoull(*at, &end, hex || strncmp(*at, "0x", 2) == 0 ? 16 : 10);

	while (*end == '.' && isdigit((unsigned char)end[1]))
		value = value << 8 | strtoull(end + 1, &end, 10);
	*at = end;
	return value;
}

uint64_t explain_number(const char *text, bool hex)
{
	return take_number(&text, hex);
}

static size_t find_fact(const struct explain_facts *facts, const char *name, size_t length)
{
	size_t i = 0;

	while (i < facts->count &&
	       (facts->fact[i].length != length || facts->fact[i].name[0] != name[0] ||
		memcmp(facts->fact[i].name, name, length) != 0))
		i++;
	return i;
}

const uint64_t *explain_look(const struct explain_facts *facts, const char *name, size_t length)
{
	size_t i = find_fact(facts, name, length);

	return i < facts->count ? &facts->fact[i].value : NULL;
}

void explain_set(struct explain_facts *facts, const char *name, size_t length, uint64_t value,
		 const char *text)
{
	size_t i = find_fact(facts, name, length);

	if (i == EXPLAIN_FACTS)
		return;
	if (i == facts->count)
		facts->count++;
	facts->fact[i].name = name;
	facts->fact[i].length = length;
	facts->fact[i].value = value;
	facts->fact[i].text[0] = '\0';
	if (text)
		strncat(facts->fact[i].text, text, sizeof(facts->fact[i].text) - 1);
}

/* ---- expressions ---- */

struct parser {
	const struct explain_facts *facts;
	const char *at;
};

static const struct {
	char text[3];
	int level; /* the higher, the closer it binds */
} operators[] = {
	{"||", 1}, {"&&", 2}, {"==", 3}, {"!=", 3}, {"<=", 4}, {">=", 4}, {"<<", 6},
	{">>", 6}, {"<", 4},  {">", 4},	 {"|", 5},  {"^", 5},  {"&", 5},  {"-", 7},
};

enum { OPERATORS = sizeof(operators) / sizeof(operators[0]) };

/* Operators that bind at least as close as `level`. */
static uint64_t parse(struct parser *parser, int level);

static const char *skip_blanks(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

static size_t name_length(const char *text)
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) || text[length] == '_')
		length++;
	return length;
}

/* "[31:12]" or "[11]" of a value, if it is there. */
static uint64_t take_bits(struct parser *parser, uint64_t value)
{
	uint64_t high;
	uint64_t low;

	if (*parser->at++ != '[') {
		parser->at--;
		return value;
	}
	low = high = take_number(&parser->at, false);
	if (*parser->at == ':') {
		parser->at++;
		low = take_number(&parser->at, false);
	}
	parser->at += *parser->at == ']';
	return value >> low & (UINT64_MAX >> (63 - (high - low)));
}

static uint64_t parse_operand(struct parser *parser)
{
	uint64_t value;
	const uint64_t *known;
	size_t length;

	parser->at = skip_blanks(parser->at);
	if (*parser->at == '!') {
		parser->at++;
		return !parse_operand(parser);
	}
	if (*parser->at == '(') {
		parser->at++;
		value = parse(parser, 1);
		parser->at += *parser->at == ')';
		return take_bits(parser, value);
	}
	length = name_length(parser->at);
	if (isdigit((unsigned char)*parser->at))
		return take_number(&parser->at, false);
	known = explain_look(parser->facts, parser->at, length);
	parser->at += length;
	return take_bits(parser, known ? *known : 0);
}

static uint64_t apply(size_t operator, uint64_t a, uint64_t b)
{
	const uint64_t results[OPERATORS] = {
		a || b,	       a && b,	  a == b, a != b, a <= b, a >= b, a << (b & 63),
		a >> (b & 63), a<b, a> b, a | b,  a ^ b,  a & b,  a - b,
	};

	return results[operator];
}

/* Which operator is at hand, if it binds at least as close as `level`; else OPERATORS. */
static size_t take_operator(struct parser *parser, int level)
{
	size_t i = 0;

	parser->at = skip_blanks(parser->at);
	if (*parser->at == '\0' || *parser->at == ')')
		return OPERATORS;
	for (; i < OPERATORS; i++) {
		const char *text = operators[i].text;

		/* "&" is none of "&&" */
		if (text[0] == parser->at[0] &&
		    (text[1] ? text[1] == parser->at[1] : parser->at[1] != text[0]))
			break;
	}
	if (i == OPERATORS || operators[i].level < level)
		return OPERATORS;
	parser->at += strlen(operators[i].text);
	return i;
}

static uint64_t parse(struct parser *parser, int level)
{
	uint64_t value = parse_operand(parser);
	size_t operator;

	while ((operator= take_operator(parser, level)) < OPERATORS)
		value = apply(operator, value, parse(parser, operators[operator].level + 1));
	return value;
}

uint64_t explain_evaluate(const struct explain_facts *facts, const char *expression)
{
	struct parser parser = {facts, expression};

	return *expression ? parse(&parser, 1) : 1;
}

/* ---- sentences ---- */

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
	unsigned int shift = bytes >= 1 << 20 ? 20 : bytes >= 1 << 10 ? 10 : 0;

	snprintf(text, size, "%" PRIu64 " %s", bytes >> shift,
		 shift == 20   ? "MiB"
		 : shift == 10 ? "KiB"
			       : "bytes");
}

/* What stands between braces; `form` is what follows its colon. */
static void write_value(const struct explain_facts *facts, const char *expression, const char *form,
			char *text, size_t bytes)
{
	uint64_t value = explain_evaluate(facts, expression);
	size_t i = find_fact(facts, expression, strlen(expression));

	if (strncmp(form, "has", 3) == 0)
		write_bits(value, strtoul(form + 3, NULL, 10), text, bytes);
	else if (strcmp(form, "size") == 0)
		write_size(value, text, bytes);
	else if (strcmp(form, "cerror") == 0)
		snprintf(text, bytes, "%s", cmdqv_describe_cerror((uint32_t)value));
	else if (strcmp(form, "d") == 0)
		snprintf(text, bytes, "%" PRIu64, value);
	else if (strcmp(form, "x") == 0)
		snprintf(text, bytes, "0x%" PRIx64, value);
	else if (i < facts->count && facts->fact[i].text[0])
		snprintf(text, bytes, "%s", facts->fact[i].text);
	else
		snprintf(text, bytes, "%" PRIu64, value);
}

void explain_say(const struct explain_facts *facts, const char *sentence, struct explain_text *to)
{
	size_t plain;

	for (add_blank(to); *sentence; sentence += *sentence == '}') {
		size_t room = sizeof(to->text) - to->length;
		char inside[64];
		char *form;

		plain = strcspn(sentence, "{");
		plain = plain < room ? plain : room - 1;
		memcpy(to->text + to->length, sentence, plain);
		to->length += plain;
		to->text[to->length] = '\0';
		sentence += plain;
		if (*sentence != '{')
			return;
		snprintf(inside, sizeof(inside), "%.*s", (int)strcspn(sentence + 1, "}"),
			 sentence + 1);
		sentence += strcspn(sentence, "}");
		form = strrchr(inside, ':');
		if (form && !strchr(form, ']'))
			*form++ = '\0';
		else
			form = NULL;
		write_value(facts, inside, form ? form : "", to->text + to->length, room - plain);
		to->length += strlen(to->text + to->length);
	}
}
