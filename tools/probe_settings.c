/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM for the devices that were chosen, as scopes of facts that the templates of
 * tools/templates/ are filled in from: a `node` of the guest for each NUMA node of the host
 * that has one of the devices, a `bus` for each SMMU, with a `slot` for each device behind it, and
 * eight `initiator` nodes for each GPU of a Grace. Sizes and numbers are examples.
 */
#include "probe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { VCPUS = 8, GIB = 16, FIRST_BUS = 8, BUSES_APART = 16, INITIATORS = 8 };

static const char *const qemu[] = {
#include "template_qemu.inc"
	NULL};
static const char *const libvirt[] = {
#include "template_libvirt.inc"
	NULL};
static const char *const kubevirt[] = {
#include "template_kubevirt.inc"
	NULL};
static const char *const cloud_hypervisor[] = {
#include "template_cloud-hypervisor.inc"
	NULL};

static const char *const *const templates[PROBE_VMM_COUNT] = {qemu, libvirt, kubevirt,
							      cloud_hypervisor};

struct plan {
	struct probe *probe;
	struct json_object *vm;
	unsigned int nodes;
	unsigned int buses;
	unsigned int slots;
};

/* The guest's node for what is near a node of the host; "-1" or "": the host says none. */
static const char *node_for(struct plan *plan, const char *host)
{
	bool known = isdigit((unsigned char)host[0]);
	struct json_object *node;

	FACTS_EACH (node, plan->vm, "node") {
		const char *of = fact(node, "node.host");

		if (!known || (of && !strcmp(of, host)))
			return fact(node, "node");
	}
	node = facts_new(plan->vm, "node");
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

/* libvirt numbers buses and slots as controllers, in the order in which they come. */
static struct json_object *add_bus(struct plan *plan, const char *host_node)
{
	struct json_object *bus = facts_new(plan->vm, "bus");

	fact_set(bus, "bus.node", "%s", node_for(plan, host_node ? host_node : ""));
	fact_set(bus, "bus.number", "%u", FIRST_BUS + plan->buses * BUSES_APART);
	fact_set(bus, "bus", "%u", ++plan->buses);
	fact_set(bus, "bus.index", "%u", plan->buses + plan->slots);
	fact_set(bus, "bus.hex", "0x%02x", plan->buses + plan->slots);
	probe_gather(plan->probe, bus, "bus");
	return bus;
}

/* A slot for a device, all of whose facts it gets, or for one that is to be filled in. */
static void add_slot(struct plan *plan, struct json_object *bus, unsigned int place,
		     struct json_object *device)
{
	struct json_object *slot = facts_new(bus, "slot");
	unsigned int pci[4];
	char resource[64];

	if (device) {
		json_object_object_foreach (device, name, value) {
			json_object_object_add(slot, name, json_object_get(value));
		}
	}
	if (device && sscanf(fact(device, "bdf"), "%8x:%2x:%2x.%1x", &pci[0], &pci[1], &pci[2],
			     &pci[3]) == 4) {
		fact_set(slot, "pci.domain", "0x%04x", pci[0]);
		fact_set(slot, "pci.bus", "0x%02x", pci[1]);
		fact_set(slot, "pci.slot", "0x%02x", pci[2]);
		fact_set(slot, "pci.function", "0x%x", pci[3]);
	}
	fact_set(slot, "slot", "%u", ++plan->slots);
	fact_set(slot, "slot.index", "%u", plan->buses + plan->slots);
	fact_set(slot, "slot.hex", "0x%02x", plan->buses + plan->slots);
	fact_set(slot, "slot.place", "0x%02x", place);
	probe_gather(plan->probe, slot, "slot");
	/* Devices with the same ids have one resource in KubeVirt; the first of them is new. */
	snprintf(resource, sizeof(resource), "resource.%s", fact(slot, "ids"));
	if (!fact(plan->vm, resource)) {
		fact_set(plan->vm, resource, "%u", plan->slots);
		fact_set(slot, "slot.new", "%u", plan->slots);
	}
	fact_set(slot, "slot.kind", "%s", fact(plan->vm, resource));
}

/* The nodes of a GPU's memory come behind all others. */
static void add_initiators(struct plan *plan)
{
	unsigned int next = plan->nodes;
	struct json_object *bus;
	struct json_object *slot;

	FACTS_EACH (bus, plan->vm, "bus")
		FACTS_EACH (slot, bus, "slot") {
			if (!fact(slot, "device.grace"))
				continue;
			fact_set(plan->vm, "grace", "yes");
			fact_set(slot, "initiator.first", "%u", next);
			for (unsigned int i = 0; i < INITIATORS; i++)
				fact_set(facts_new(slot, "initiator"), "initiator", "%u", next++);
			fact_set(slot, "initiator.last", "%u", next - 1);
		}
}

struct json_object *probe_plan(struct probe *probe)
{
	struct plan plan = {.probe = probe, .vm = facts_new(NULL, "plan")};
	struct json_object *smmu;
	struct json_object *device;

	json_object_set_userdata(plan.vm, probe->host, NULL);
	probe_gather(probe, plan.vm, "plan");
	FACTS_EACH (smmu, probe->host, "smmu") {
		struct json_object *bus = NULL;
		unsigned int place = 0;

		FACTS_EACH (device, probe->host, "device") {
			if (json_object_get_userdata(device) != smmu ||
			    !facts_meet(device, "used !failed"))
				continue;
			bus = bus ? bus : add_bus(&plan, fact(device, "device.node"));
			add_slot(&plan, bus, place++, device);
		}
	}
	if (plan.buses == 0)
		add_slot(&plan, add_bus(&plan, NULL), 0, NULL);
	add_initiators(&plan);
	fact_count(plan.vm, "buses", plan.buses);
	fact_count(plan.vm, "vcpus", plan.nodes * VCPUS);
	fact_count(plan.vm, "memory", plan.nodes * GIB);
	return plan.vm;
}

struct json_object *probe_settings(struct json_object *plan, size_t vmm)
{
	struct json_object *settings = json_object_new_object();
	char *texts[2] = {NULL, NULL};
	size_t bytes;
	FILE *source = open_memstream(&texts[0], &bytes);
	FILE *out = open_memstream(&texts[1], &bytes);

	if (source && out)
		facts_fill(plan, templates[vmm], source, out);
	if (source)
		fclose(source);
	if (out)
		fclose(out);
	fact_set(settings, "source", "%s", texts[0]);
	fact_set(settings, "text", "%s", texts[1]);
	free(texts[0]);
	free(texts[1]);
	return settings;
}
