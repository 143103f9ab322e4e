/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM for the devices that were chosen, as scopes of facts that the templates of
 * tools/probe_templates/ are filled in from: a `node` of the guest for each NUMA node of the host
 * that has one of the devices, a `bus` for each SMMU, with a `slot` for each device behind it, and
 * eight `initiator` nodes for each GPU of a Grace. Sizes and numbers are examples.
 */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { VCPUS = 8, GIB = 16, FIRST_BUS = 8, BUSES_APART = 16, INITIATORS = 8 };

static const char *const qemu[] = {
#include "probe_qemu.inc"
	NULL};
static const char *const libvirt[] = {
#include "probe_libvirt.inc"
	NULL};
static const char *const kubevirt[] = {
#include "probe_kubevirt.inc"
	NULL};
static const char *const cloud_hypervisor[] = {
#include "probe_cloud-hypervisor.inc"
	NULL};

static const char *const *const templates[PROBE_VMM_COUNT] = {qemu, libvirt, kubevirt,
							      cloud_hypervisor};

struct plan {
	struct probe *probe;
	struct facts *vm;
	unsigned int nodes;
	unsigned int buses;
	unsigned int slots;
	unsigned int controllers; /* of libvirt */
};

/* The guest's node for what is near a node of the host; "-1" or NULL: the host says none. */
static const char *node_for(struct plan *plan, const char *host)
{
	struct facts *node = plan->vm->children;
	bool known = host && host[0] >= '0' && host[0] <= '9';

	for (; known && (node = facts_of_kind(node, "node")) != NULL; node = node->next)
		if (!strcmp(fact(node, "node.host"), host))
			return fact(node, "node");
	if (!known && plan->nodes > 0)
		return "0";
	node = facts_new(plan->vm, "node");
	if (!node)
		return "0";
	fact_set(node, "node", "%u", plan->nodes);
	fact_set(node, "node.cpus", "%u-%u", plan->nodes * VCPUS, plan->nodes * VCPUS + VCPUS - 1);
	if (known) {
		fact_set(node, "node.host", "%s", host);
		fact_set(plan->vm, "numa", "yes");
	}
	probe_gather(plan->probe, node, "node");
	plan->nodes++;
	return fact(node, "node");
}

static struct facts *add_bus(struct plan *plan, const char *host_node)
{
	struct facts *bus = facts_new(plan->vm, "bus");

	if (!bus)
		return NULL;
	fact_set(bus, "bus.node", "%s", node_for(plan, host_node));
	fact_set(bus, "bus.number", "%u", FIRST_BUS + plan->buses * BUSES_APART);
	fact_set(bus, "bus", "%u", ++plan->buses);
	fact_set(bus, "bus.index", "%u", ++plan->controllers);
	fact_set(bus, "bus.hex", "0x%02x", plan->controllers);
	probe_gather(plan->probe, bus, "bus");
	return bus;
}

/* Devices with the same ids have one resource in KubeVirt; the first of them is `new`. */
static void set_resource(struct plan *plan, struct facts *slot, const char *ids)
{
	char name[64];

	snprintf(name, sizeof(name), "resource.%s", ids);
	if (!fact(plan->vm, name)) {
		fact_set(plan->vm, name, "%u", plan->slots);
		fact_set(slot, "slot.new", "%u", plan->slots);
	}
	fact_set(slot, "slot.kind", "%s", fact(plan->vm, name));
}

static void add_slot(struct plan *plan, struct facts *bus, unsigned int place,
		     const struct facts *device)
{
	struct facts *slot = facts_new(bus, "slot");
	const char *bdf = device ? fact(device, "bdf") : "BDF";
	unsigned int pci[4];
	char *ids = device ? facts_text(device, "${device.vendor^}:${device.id^}") : NULL;

	if (slot) {
		fact_set(slot, "bdf", "%s", bdf);
		fact_set(slot, "slot", "%u", ++plan->slots);
		fact_set(slot, "slot.index", "%u", ++plan->controllers);
		fact_set(slot, "slot.hex", "0x%02x", plan->controllers);
		fact_set(slot, "slot.place", "0x%02x", place);
		fact_set(slot, "ids", "%s", ids && strlen(ids) > 1 ? ids : "VENDOR:DEVICE");
		set_resource(plan, slot, fact(slot, "ids"));
		fact_set(slot, "pci.domain", "DOMAIN");
		fact_set(slot, "pci.bus", "BUS");
		fact_set(slot, "pci.slot", "SLOT");
		fact_set(slot, "pci.function", "FUNCTION");
		if (sscanf(bdf, "%8x:%2x:%2x.%1x", &pci[0], &pci[1], &pci[2], &pci[3]) == 4) {
			fact_set(slot, "pci.domain", "0x%04x", pci[0]);
			fact_set(slot, "pci.bus", "0x%02x", pci[1]);
			fact_set(slot, "pci.slot", "0x%02x", pci[2]);
			fact_set(slot, "pci.function", "0x%x", pci[3]);
		}
		if (device && fact(device, "device.grace"))
			fact_set(slot, "grace", "yes");
		probe_gather(plan->probe, slot, "slot");
	}
	free(ids);
}

/* The nodes of a GPU's memory come behind all others. */
static void add_initiators(struct plan *plan)
{
	unsigned int next = plan->nodes;

	for (struct facts *bus = plan->vm->children; (bus = facts_of_kind(bus, "bus")) != NULL;
	     bus = bus->next)
		for (struct facts *slot = bus->children; slot; slot = slot->next) {
			if (!fact(slot, "grace"))
				continue;
			fact_set(plan->vm, "grace", "yes");
			fact_set(slot, "initiator.first", "%u", next);
			fact_set(slot, "initiator.last", "%u", next + INITIATORS - 1);
			for (unsigned int i = 0; i < INITIATORS; i++)
				fact_set(facts_new(slot, "initiator"), "initiator", "%u", next++);
		}
}

static void make_plan(struct plan *plan)
{
	struct facts *all = plan->probe->host->children;

	probe_gather(plan->probe, plan->vm, "plan");
	for (struct facts *smmu = facts_of_kind(all, "smmu"); smmu;
	     smmu = facts_of_kind(smmu->next, "smmu")) {
		struct facts *bus = NULL;
		unsigned int place = 0;

		for (struct facts *device = facts_of_kind(all, "device"); device;
		     device = facts_of_kind(device->next, "device")) {
			if (device->fallback != smmu || !facts_meet(device, "used !failed"))
				continue;
			if (!bus)
				bus = add_bus(plan, fact(device, "device.node"));
			if (bus)
				add_slot(plan, bus, place++, device);
		}
	}
	if (plan->buses == 0) {
		struct facts *bus = add_bus(plan, NULL);

		if (bus)
			add_slot(plan, bus, 0, NULL);
	}
	add_initiators(plan);
	fact_count(plan->vm, "buses", plan->buses);
	fact_count(plan->vm, "vcpus", plan->nodes * VCPUS);
	fact_count(plan->vm, "memory", plan->nodes * GIB);
}

struct facts *probe_plan(struct probe *probe)
{
	struct plan plan = {.probe = probe, .vm = facts_new(NULL, "plan")};

	if (plan.vm) {
		plan.vm->fallback = probe->host;
		make_plan(&plan);
	}
	return plan.vm;
}

void probe_settings(struct facts *plan, size_t vmm, char **source, char **text)
{
	size_t bytes;
	FILE *sources = open_memstream(source, &bytes);
	FILE *out = open_memstream(text, &bytes);

	if (sources && out)
		facts_fill(plan, templates[vmm], sources, out);
	if (sources)
		fclose(sources);
	if (out)
		fclose(out);
}
