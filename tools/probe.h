/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmdqv probe, between its files.
 *
 *	probe_tree.c		files of this host, or of a tree
 *	facts.c		facts, conditions, templates
 *	probe_gather.c		facts of the machine: rows of probe_facts.def, and what is no row
 *	probe_iort.c		what firmware says of its SMMUs
 *	probe_ask.c		what the kernel says, if it may be asked
 *	probe_settings.c	what to paste, for each VMM
 *	probe_collect.c		a tar of the files that all this came from
 *	probe.c			options, the checks of probe_checks.def, output
 */
#ifndef TOOLS_PROBE_H
#define TOOLS_PROBE_H

#include <cmdqv/types.h>

#include <json.h>

#include "facts.h"
#include "probe_tree.h"

enum { PROBE_DEVICES = 32 };

struct probe {
	struct probe_tree tree;
	const char *named[PROBE_DEVICES]; /* by --device, BDFs */
	size_t named_count;
	struct json_object *host;
	char cached_path[512]; /* of the file that was read last */
	char *cached;
	int cached_error;
};

/* Applies the rows of a scope: to "host" first, which makes all others. */
void probe_gather(struct probe *probe, struct json_object *facts, const char *scope);

/* What the IORT says, to the scopes of SMMUs that are there. */
void probe_gather_iort(struct probe *probe, struct json_object *host);

/*
 * Asks the kernel about a device, and makes a scope "asked" below it. Returns 0, or -errno with a
 * sentence.
 */
int probe_ask(struct json_object *host, struct json_object *device, struct cmdqv_error *error);

#define PROBE_VMMS "qemu", "libvirt", "kubevirt", "cloud-hypervisor"
enum { PROBE_VMM_COUNT = 4 };

/*
 * Makes a VM for the devices that are of use, a scope below which the settings are filled in; to be
 * freed.
 */
struct json_object *probe_plan(struct probe *probe);
/* "text" to paste for a VMM, and the "source" of it, with what is not certain; to be freed. */
struct json_object *probe_settings(struct json_object *plan, size_t vmm);

/* Begins to note what is read; shows and writes it, or returns -1 with errno; forgets it. */
struct probe_collection;
struct probe_collection *probe_collect(struct probe_tree *tree);
int probe_collect_write(const struct probe_collection *collection, const char *path);
void probe_collect_free(struct probe_collection *collection);

#endif
