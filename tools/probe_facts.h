/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What probe knows: facts by name, in scopes. The host is a scope, each of its SMMUs one below it,
 * each device one too; what a scope does not know, the one it falls back on does: a device on its
 * SMMU, that on the host.
 *
 * Facts are gathered once, and everything after that is data: checks are rows of conditions and
 * texts (probe_checks.def), what is printed are templates (tools/probe_templates/). A name with '?'
 *behind it says why that fact could not be seen: "/sys/class/iommu: Permission denied".
 *
 * A condition is terms separated by blanks, all of which must hold:
 *
 *	name		it is known			!name		it is not
 *	name=text	it is so			name!=text	it is not so, or not known
 *	name~text	the text is in it		name!~text	it is not, or not known
 *	name<6.18.9	a number or version below	name>=6.17	or not below
 *
 * A text has ${name} for what is known, and nothing for what is not; ${name^} in capitals.
 */
#ifndef TOOLS_PROBE_FACTS_H
#define TOOLS_PROBE_FACTS_H

#include <json.h>
#include <stdbool.h>
#include <stdio.h>

struct facts {
	const char *kind;
	const struct facts *fallback;
	struct facts *children; /* in the order in which they came */
	struct facts *next;
	struct json_object *own;
};

/* A scope among the children of `owner`, which it falls back on, or the outermost one. NULL: no
 * memory. */
struct facts *facts_new(struct facts *owner, const char *kind);
void facts_free(struct facts *facts);

/* The next scope of a kind among siblings, beginning with `from` itself; NULL: no more. */
struct facts *facts_of_kind(struct facts *from, const char *kind);

__attribute__((format(printf, 3, 4))) void fact_set(struct facts *facts, const char *name,
						    const char *format, ...);
/* A number that counts: 0 is not known. */
void fact_count(struct facts *facts, const char *name, unsigned long count);
/* `path` cannot be seen, for this errno. */
void fact_unseen(struct facts *facts, const char *name, const char *path, int err);

/* NULL: not known. */
const char *fact(const struct facts *facts, const char *name);
unsigned long fact_number(const struct facts *facts, const char *name);

bool facts_meet(const struct facts *facts, const char *condition);
/* The text, filled in, to be freed. NULL: no text, or no memory. */
char *facts_text(const struct facts *facts, const char *text);

/* Fills in the lines of a template, up to NULL; see tools/probe_templates/README.md. */
void facts_fill(struct facts *facts, const char *const *lines, FILE *source, FILE *out);

#endif
