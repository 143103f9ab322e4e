/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What firmware says of SMMUs in the IORT, which is root's: an NVDA200C device has the identifier
 * of its SMMU's node as its _UID.
 */
#include "probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_IORT = 1 << 20,
	IORT_NODES = 36, /* node count, then the offset of the first node */
	IORT_HEADER = 48,
	NODE_HEADER = 16,
	NODE_ITS = 0,
	NODE_ROOT_COMPLEX = 2,
	NODE_SMMUV3 = 4,
	NODE_RMR = 6,
	SMMUV3_BYTES = 44, /* up to the model */
	ROOT_COMPLEX_BYTES = 24,
	RMR_BYTES = 28, /* up to the offset of its ranges, which have 20 bytes each */
	RANGE_BYTES = 20,
	MOST_LISTED = 1000, /* characters, as there may be as many ranges as fit into a table */
	COHACC = 1,
	CANWBS = 1 << 2,
};

static uint64_t number(const unsigned char *at, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

/* The SMMU at this address; its CMDQV has the node's identifier. */
static void take_smmu_node(struct probe *probe, const unsigned char *node)
{
	struct json_object *smmu;
	struct json_object *cmdqv;
	bool generic = number(node + 40, 4) == 0; /* Linux asks for no other model's */
	char base[32];

	snprintf(base, sizeof(base), "smmu3.0x%016" PRIx64, number(node + 16, 8));
	FACTS_EACH (smmu, probe->host, "smmu")
		if (!strcmp(fact(smmu, "smmu"), base))
			break;
	FACTS_EACH (cmdqv, probe->host, "cmdqv")
		if (facts_meet(cmdqv, "acpi.uid acpi.status!=0 acpi.status!=8") &&
		    fact_number(cmdqv, "acpi.uid") == number(node + 4, 4))
			break;
	if (!smmu)
		return;
	fact_set(smmu, "smmu.coherent", "%s", number(node + 24, 4) & COHACC ? "yes" : "no");
	if (generic && cmdqv)
		fact_set(smmu, "smmu.cmdqv", "yes");
	else if (!generic || !fact(probe->host, "cmdqv?"))
		fact_set(smmu, "smmu.cmdqv", "no");
}

/* Where memory is reserved. The mappings, which say for which devices, are not read. */
static void take_rmr_node(struct probe *probe, const unsigned char *node, uint64_t length)
{
	uint64_t at = number(node + 24, 4);

	for (uint64_t n = number(node + 20, 4); n > 0 && at + RANGE_BYTES <= length; n--) {
		const char *before = fact(probe->host, "rmr");

		if (before && strlen(before) >= MOST_LISTED) {
			if (!strstr(before, "..."))
				fact_set(probe->host, "rmr", "%s, ...", before);
			return;
		}
		fact_set(probe->host, "rmr", "%s%s0x%" PRIx64 " of 0x%" PRIx64 " bytes",
			 before ? before : "", before ? ", " : "", number(node + at, 8),
			 number(node + at + 8, 8));
		at += RANGE_BYTES;
	}
}

static void take_node(struct probe *probe, const unsigned char *node, uint64_t length)
{
	const char *canwbs = fact(probe->host, "canwbs");

	if (node[0] == NODE_ITS)
		fact_set(probe->host, "iort.its", "yes");
	else if (node[0] == NODE_SMMUV3 && length >= SMMUV3_BYTES)
		take_smmu_node(probe, node);
	else if (node[0] == NODE_RMR && length >= RMR_BYTES)
		take_rmr_node(probe, node, length);
	else if (node[0] == NODE_ROOT_COMPLEX && length >= ROOT_COMPLEX_BYTES &&
		 !(canwbs && !strcmp(canwbs, "no")))
		fact_set(probe->host, "canwbs", "%s", node[23] & CANWBS ? "yes" : "no");
}

/* Goes through an IORT from its beginning to its end; first without believing anything. */
static bool walk_iort(struct probe *probe, const unsigned char *table, size_t bytes, bool believe)
{
	uint64_t nodes = bytes < IORT_HEADER ? 0 : number(table + IORT_NODES, 4);
	uint64_t at = bytes < IORT_HEADER ? 0 : number(table + IORT_NODES + 4, 4);

	if (bytes < IORT_HEADER || memcmp(table, "IORT", 4) != 0) {
		fact_set(probe->host, "iort.damage", "%zu bytes that do not begin as one", bytes);
		return false;
	}
	for (uint64_t i = 0; i < nodes; i++) {
		uint64_t length = at + NODE_HEADER <= bytes ? number(table + at + 1, 2) : 0;

		if (length < NODE_HEADER || at + length > bytes) {
			fact_set(probe->host, "iort.damage",
				 "node %" PRIu64 " of %" PRIu64 ", at byte %" PRIu64
				 ", is not within its %zu bytes",
				 i + 1, nodes, at, bytes);
			return false;
		}
		if (believe)
			take_node(probe, table + at, length);
		at += length;
	}
	fact_set(probe->host, "iort", "%" PRIu64, nodes);
	return true;
}

void probe_gather_iort(struct probe *probe, struct json_object *host)
{
	static const char *const place = "/sys/firmware/acpi/tables/IORT";
	size_t bytes;
	int err;
	char *table = probe_tree_read(&probe->tree, place, MOST_IORT, &bytes, &err);

	if (table && walk_iort(probe, (const unsigned char *)table, bytes, false))
		walk_iort(probe, (const unsigned char *)table, bytes, true);
	if (!table &&
	    (err != -ENOENT || probe_tree_look(&probe->tree, "/sys/firmware/acpi/tables", NULL, 0)))
		fact_unseen(host, "iort", place, err);
	free(table);
}
