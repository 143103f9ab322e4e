/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a tool knows: facts by name, in scopes. A scope is a JSON object, which has those below
 * it in arrays by their kind: a host has its SMMUs and its devices. What a scope does not know,
 * the one that it falls back on does: a device its SMMU, that the host.
 *
 * probe gathers facts once, and everything after that is data: checks are rows of conditions and
 * texts (probe_checks.def), what is printed are templates (tools/templates/). A name with '?'
 * behind it says why that fact could not be seen: "/sys/class/iommu: Permission denied". What
 * explain found is printed so too.
 *
 * A condition is terms separated by blanks, all of which must hold:
 *
 *	name		it is known			!name		it is not
 *	name=text	it is so			name!=text	it is not so, or not known
 *	name~text	the text is in it		name!~text	it is not, or not known
 *	name<6.18.9	a number or version below	name>=6.17	or not below
 *
 * A text has ${name} for what is known, and nothing for what is not. It is in capitals as ${name^},
 * and has blanks up to 8 characters as ${name:8}.
 */
#ifndef TOOLS_FACTS_H
#define TOOLS_FACTS_H

#include <json.h>
#include <stdbool.h>
#include <stdio.h>

/* A scope of a kind below `owner`, which it falls back on: its user data; or the outermost one. */
struct json_object *facts_new(struct json_object *owner, const char *kind);
/* The scope at a place among those of a kind, or NULL. */
struct json_object *facts_at(struct json_object *owner, const char *kind, size_t at);
#define FACTS_EACH(one, owner, kind)                                                               \
	for (size_t at_##one = 0; (one = facts_at(owner, kind, at_##one)) != NULL; at_##one++)

__attribute__((format(printf, 3, 4))) void fact_set(struct json_object *facts, const char *name,
						    const char *format, ...);
/* A number that counts: 0 is not known. */
void fact_count(struct json_object *facts, const char *name, unsigned long count);
/* A fact about another one, "name.more". */
void fact_more(struct json_object *facts, const char *name, const char *more, const char *value);

/* `path` cannot be seen, for this errno: a fact "name?". */
void fact_unseen(struct json_object *facts, const char *name, const char *path, int err);

/* NULL: not known. */
const char *fact(struct json_object *facts, const char *name);
unsigned long fact_number(struct json_object *facts, const char *name);

bool facts_meet(struct json_object *facts, const char *condition);
/* The text, filled in, to be freed. NULL: no text, or no memory. */
char *facts_text(struct json_object *facts, const char *text);

/* Fills in the lines of a template, up to NULL; see tools/templates/README.md. */
void facts_fill(struct json_object *facts, const char *const *lines, FILE *source, FILE *out);

#endif
