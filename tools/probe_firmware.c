/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What firmware says about SMMUs and CMDQVs. The names of SMMUs are anybody's to read; which
 * of them a CMDQV belongs to is in a device tree for all, in ACPI only in the IORT, which is
 * root's: an NVDA200C device has the identifier of its SMMU's IORT node as its _UID.
 */
#include "probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
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
	SMMUV3_BYTES = 44, /* up to the model */
	ROOT_COMPLEX_BYTES = 24,
	COHACC = 1,
	CANWBS = 1 << 2,
};

/* ---- SMMUs ---- */

static void take_smmu(void *user, const char *name)
{
	struct probe *probe = user;
	struct probe_smmu *smmu = &probe->smmus[probe->smmu_count];

	if (strncmp(name, "smmu3.", 6) != 0 || probe->smmu_count == PROBE_SMMUS ||
	    strlen(name) >= sizeof(smmu->name))
		return;
	*smmu = (struct probe_smmu){.cmdqv = PROBE_MAYBE, .coherent = PROBE_MAYBE};
	snprintf(smmu->name, sizeof(smmu->name), "%s", name);
	smmu->base = strtoull(name + 6, NULL, 16);
	probe->smmu_count++;
}

static enum probe_answer answer_of(int ret)
{
	return ret == 0 ? PROBE_YES : ret == -ENOENT ? PROBE_NO : PROBE_MAYBE;
}

/* A device tree says it of each SMMU. */
static void ask_device_tree(struct probe *probe, struct probe_smmu *smmu)
{
	char path[160];

	snprintf(path, sizeof(path), "/sys/class/iommu/%s/device/of_node", smmu->name);
	if (probe_tree_look(&probe->tree, path) < 0)
		return;
	snprintf(path, sizeof(path), "/sys/class/iommu/%s/device/of_node/nvidia,cmdqv", smmu->name);
	smmu->cmdqv = answer_of(probe_tree_look(&probe->tree, path));
	probe->cmdqvs += smmu->cmdqv == PROBE_YES;
	snprintf(path, sizeof(path), "/sys/class/iommu/%s/device/of_node/dma-coherent", smmu->name);
	smmu->coherent = answer_of(probe_tree_look(&probe->tree, path));
}

/* ---- ACPI devices ---- */

struct acpi_cmdqvs {
	struct probe *probe;
	uint32_t uid[PROBE_SMMUS];
	size_t count;
};

static void take_acpi_device(void *user, const char *name)
{
	struct acpi_cmdqvs *found = user;
	char path[160];
	char text[32];

	if (strncmp(name, "NVDA200C:", 9) != 0 || strlen(name) > 40 || found->count == PROBE_SMMUS)
		return;
	snprintf(path, sizeof(path), "/sys/bus/acpi/devices/%s/status", name);
	if (probe_tree_line(&found->probe->tree, path, text, sizeof(text)) == 0 &&
	    (strtoul(text, NULL, 10) & 1) == 0)
		return; /* _STA: not present */
	snprintf(path, sizeof(path), "/sys/bus/acpi/devices/%s/uid", name);
	found->uid[found->count] = UINT32_MAX;
	if (probe_tree_line(&found->probe->tree, path, text, sizeof(text)) == 0)
		found->uid[found->count] = (uint32_t)strtoul(text, NULL, 10);
	found->count++;
}

static bool has_uid(const struct acpi_cmdqvs *found, uint32_t uid)
{
	for (size_t i = 0; i < found->count; i++)
		if (found->uid[i] == uid)
			return true;
	return false;
}

/* ---- IORT ---- */

static uint64_t number(const unsigned char *at, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | at[bytes];
	return value;
}

static void take_smmu_node(struct probe *probe, const struct acpi_cmdqvs *found,
			   const unsigned char *node)
{
	uint64_t base = number(node + 16, 8);
	bool generic = number(node + 40, 4) == 0; /* Linux asks for no other model's */

	for (size_t i = 0; i < probe->smmu_count; i++) {
		struct probe_smmu *smmu = &probe->smmus[i];

		if (smmu->base != base)
			continue;
		smmu->coherent = number(node + 24, 4) & COHACC ? PROBE_YES : PROBE_NO;
		if (generic && has_uid(found, (uint32_t)number(node + 4, 4)))
			smmu->cmdqv = PROBE_YES;
		else if (probe->acpi_error == 0 || !generic)
			smmu->cmdqv = PROBE_NO;
	}
}

static void take_node(struct probe *probe, const struct acpi_cmdqvs *found,
		      const unsigned char *node, size_t length)
{
	if (node[0] == NODE_ITS)
		probe->its_group = true;
	else if (node[0] == NODE_SMMUV3 && length >= SMMUV3_BYTES)
		take_smmu_node(probe, found, node);
	else if (node[0] == NODE_ROOT_COMPLEX && length >= ROOT_COMPLEX_BYTES &&
		 probe->canwbs != PROBE_NO)
		probe->canwbs = node[23] & CANWBS ? PROBE_YES : PROBE_NO;
}

/* Returns whether it was an IORT from its beginning to its end. */
static bool take_iort(struct probe *probe, const struct acpi_cmdqvs *found,
		      const unsigned char *table, size_t bytes)
{
	uint64_t nodes;
	uint64_t at;

	if (bytes < IORT_HEADER || memcmp(table, "IORT", 4) != 0)
		return false;
	nodes = number(table + IORT_NODES, 4);
	at = number(table + IORT_NODES + 4, 4);
	for (; nodes > 0; nodes--) {
		uint64_t length;

		if (at + NODE_HEADER > bytes)
			return false;
		length = number(table + at + 1, 2);
		if (length < NODE_HEADER || at + length > bytes)
			return false;
		take_node(probe, found, table + at, length);
		at += length;
	}
	return true;
}

static void ask_iort(struct probe *probe, const struct acpi_cmdqvs *found)
{
	size_t bytes;
	char *table = probe_tree_read(&probe->tree, "/sys/firmware/acpi/tables/IORT", MOST_IORT,
				      &bytes, &probe->iort_error);

	if (!table)
		return;
	probe->iort = take_iort(probe, found, (const unsigned char *)table, bytes);
	if (!probe->iort)
		probe->iort_error = -EBADMSG;
	free(table);
}

/* Without the IORT: if there is one for each, each has one. */
static void ask_numbers(struct probe *probe)
{
	if (probe->iort)
		return;
	for (size_t i = 0; i < probe->smmu_count; i++) {
		if (probe->smmus[i].cmdqv != PROBE_MAYBE)
			continue;
		if (probe->cmdqvs == 0 && probe->acpi_error == 0)
			probe->smmus[i].cmdqv = PROBE_NO;
		else if (probe->cmdqvs > 0 && probe->cmdqvs >= probe->smmu_count)
			probe->smmus[i].cmdqv = PROBE_YES;
	}
}

/* That there are none is seen in a class directory without them, or a class without it. */
static void list_smmus(struct probe *probe)
{
	int ret = probe_tree_list(&probe->tree, "/sys/class/iommu", take_smmu, probe);

	probe->smmu_error = ret == -ENOENT ? probe_tree_readable(&probe->tree, "/sys/class") : ret;
}

void probe_firmware(struct probe *probe)
{
	struct acpi_cmdqvs found = {.probe = probe};

	probe->canwbs = PROBE_MAYBE;
	list_smmus(probe);
	for (size_t i = 0; i < probe->smmu_count; i++)
		ask_device_tree(probe, &probe->smmus[i]);
	probe->acpi_error =
		probe_tree_list(&probe->tree, "/sys/bus/acpi/devices", take_acpi_device, &found);
	probe->cmdqvs += found.count;
	ask_iort(probe, &found);
	ask_numbers(probe);
}
