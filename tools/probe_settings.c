/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What to paste. Options change from version to version: each text says where it is from, and
 * what of it is not in a release.
 */
#include "probe.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Stands for a device that is not known: a text that names no real device. */
static const char *bdf_of(const struct probe *probe)
{
	return probe->bdf[0] ? probe->bdf : "BDF";
}

/* Do huge pages back the guest? */
static bool is_huge(const struct probe *probe)
{
	return probe->granule > probe->base_page && probe->granule >= 2 << 20;
}

__attribute__((format(printf, 2, 3))) static void add(struct probe_settings *settings,
						      const char *format, ...)
{
	size_t used = strlen(settings->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(settings->text + used, sizeof(settings->text) - used, format, arguments);
	va_end(arguments);
}

/* What the guest of a Grace GPU needs besides, as comments behind `mark`. */
static void add_grace(const struct probe *probe, struct probe_settings *settings, const char *mark)
{
	if (!probe->grace_gpu)
		return;
	add(settings,
	    "%snvgrace-gpu: each GPU needs 8 NUMA nodes without memory besides, distance 254,\n"
	    "%swith an acpi-generic-initiator each; the driver of the guest asks for them.\n",
	    mark, mark);
}

static void add_source(struct probe_settings *settings, const char *format, const char *version)
{
	char what[200];

	snprintf(what, sizeof(what), format, version);
	snprintf(settings->source + strlen(settings->source),
		 sizeof(settings->source) - strlen(settings->source), "%s", what);
}

static void name_qemu(const struct probe *probe, struct probe_settings *settings)
{
	settings->source[0] = '\0';
	if (probe->qemu_kind == PROBE_QEMU_VENDOR)
		add_source(settings, "QEMU %s, NVIDIA's, as was found here.", probe->qemu);
	else if (probe->qemu_kind == PROBE_QEMU_OLD)
		add_source(settings, "QEMU 11.1. QEMU %s, found here, is TOO OLD for cmdqv=on.",
			   probe->qemu);
	else if (probe->qemu[0])
		add_source(settings, "QEMU %s, as was found here.", probe->qemu);
	else
		add_source(settings, "QEMU 11.1%s; no QEMU was found here.", "");
	add_source(settings, "%s",
		   probe->qemu_kind == PROBE_QEMU_VENDOR
			   ? " From 11.1 on pasid=on is ssidsize=20."
			   : " NVIDIA's 10.1 says pasid=on for ssidsize=20.");
	add_source(settings, "%s", " oas and the width of PASIDs must not be more than the host's");
	add_source(settings, "%s", " (dmesg | cmdqv explain).");
}

static void tell_qemu(const struct probe *probe, struct probe_settings *settings)
{
	name_qemu(probe, settings);
	add(settings, "# QEMU_EFI.fd: your distribution's UEFI for aarch64. Linux finds the CMDQV\n"
		      "# (NVDA200C) in ACPI only.\n"
		      "# highmem-mmio-size: 8T for a GB300.\n");
	add_grace(probe, settings, "# ");
	add(settings, "qemu-system-aarch64 -cpu host -smp 8 -m 16G -bios QEMU_EFI.fd \\\n"
		      "  -machine virt,accel=kvm,gic-version=3,memory-backend=ram,\\\n"
		      "highmem-mmio-size=4T \\\n");
	if (is_huge(probe))
		add(settings,
		    "  -object memory-backend-memfd,id=ram,size=16G,hugetlb=on,hugetlbsize=%" PRIu64
		    "M,\\\nprealloc=on \\\n",
		    probe->granule >> 20);
	else
		add(settings, "  -object memory-backend-memfd,id=ram,size=16G \\\n");
	add(settings,
	    "  -object iommufd,id=iommufd0 \\\n"
	    "  -device pxb-pcie,id=pcie.1,bus_nr=8,bus=pcie.0 \\\n"
	    "  -device arm-smmuv3,id=smmuv3.1,primary-bus=pcie.1,accel=on,cmdqv=on,\\\n"
	    "ats=on,ril=off,%s,oas=48 \\\n"
	    "  -device pcie-root-port,id=port.1,bus=pcie.1,chassis=1 \\\n"
	    "  -device vfio-pci-nohotplug,host=%s,bus=port.1,iommufd=iommufd0\n",
	    probe->qemu_kind == PROBE_QEMU_VENDOR ? "pasid=on" : "ssidsize=20", bdf_of(probe));
}

/* The device's address as libvirt wants it, in four parts. */
static void add_address(const struct probe *probe, struct probe_settings *settings)
{
	unsigned int domain;
	unsigned int bus;
	unsigned int slot;
	unsigned int function;

	if (sscanf(probe->bdf, "%8x:%2x:%2x.%1x", &domain, &bus, &slot, &function) != 4)
		add(settings, "      <address domain='DOMAIN' bus='BUS' slot='SLOT' "
			      "function='FUNCTION'/>\n");
	else
		add(settings,
		    "      <address domain='0x%04x' bus='0x%02x' slot='0x%02x' "
		    "function='0x%x'/>\n",
		    domain, bus, slot, function);
}

static void tell_libvirt(const struct probe *probe, struct probe_settings *settings)
{
	snprintf(settings->source, sizeof(settings->source), "%s",
		 "libvirt 12.2 for iommufd and accel. NOT in a release: cmdqv, from the "
		 "patches on its list (version 6) and in NVIDIA's packages.");
	add(settings, "<!-- UEFI: Linux finds the CMDQV (NVDA200C) in ACPI only. -->\n");
	if (probe->grace_gpu)
		add(settings, "<!-- nvgrace-gpu: each GPU needs 8 NUMA nodes without memory "
			      "besides, distance\n"
			      "     254. Its BARs need highmem-mmio-size=4T, of a GB300 8T. -->\n");
	add(settings, "<os firmware='efi'>\n"
		      "  <type arch='aarch64' machine='virt'>hvm</type>\n"
		      "</os>\n");
	if (is_huge(probe))
		add(settings,
		    "<memoryBacking>\n"
		    "  <hugepages><page size='%" PRIu64 "' unit='KiB'/></hugepages>\n"
		    "</memoryBacking>\n",
		    probe->granule >> 10);
	add(settings, "<devices>\n"
		      "  <controller type='pci' index='1' model='pcie-expander-bus'>\n"
		      "    <target busNr='8'/>\n"
		      "  </controller>\n"
		      "  <controller type='pci' index='2' model='pcie-root-port'>\n"
		      "    <address type='pci' bus='0x01' slot='0x00' function='0x0'/>\n"
		      "  </controller>\n"
		      "  <iommu model='smmuv3'>\n"
		      "    <driver pciBus='1' accel='on' cmdqv='on' ats='on' ril='off'\n"
		      "            ssidSize='20' oas='48'/>\n"
		      "  </iommu>\n"
		      "  <hostdev mode='subsystem' type='pci' managed='no'>\n"
		      "    <driver name='vfio' iommufd='yes'/>\n"
		      "    <source>\n");
	add_address(probe, settings);
	add(settings, "    </source>\n"
		      "    <address type='pci' bus='0x02' slot='0x00' function='0x0'/>\n"
		      "  </hostdev>\n"
		      "</devices>\n");
}

static void tell_kubevirt(const struct probe *probe, struct probe_settings *settings)
{
	snprintf(settings->source, sizeof(settings->source), "%s",
		 "KubeVirt, VEP 199 (feature gate GraceIOVirtualization), which sets accel=on "
		 "ats=on ril=off ssidSize=20 oas=48 itself. NOT certain: vcmdq is asked for by an "
		 "alpha annotation of that proposal, whose name is not settled; the resource's "
		 "name is yours.");
	add(settings,
	    "# As it stands this gives an SMMU WITHOUT a CMDQV: VEP 199 asks for it by an\n"
	    "# annotation whose name is not settled, so it is not here.\n"
	    "# KubeVirt\n"
	    "spec:\n"
	    "  configuration:\n"
	    "    developerConfiguration:\n"
	    "      featureGates: [HostDevices, GraceIOVirtualization]\n"
	    "    permittedHostDevices:\n"
	    "      pciHostDevices:\n"
	    "      - pciVendorSelector: \"%s\"\n"
	    "        resourceName: example.com/device\n"
	    "# VirtualMachine\n"
	    "spec:\n"
	    "  template:\n"
	    "    spec:\n"
	    "      domain:\n"
	    "        firmware: # UEFI: the CMDQV (NVDA200C) is in ACPI only\n"
	    "          bootloader:\n"
	    "            efi:\n"
	    "              secureBoot: false\n",
	    probe->ids[0] ? probe->ids : "VENDOR:DEVICE");
	if (is_huge(probe))
		add(settings,
		    "        memory:\n"
		    "          guest: 16Gi\n"
		    "          hugepages:\n"
		    "            pageSize: \"%" PRIu64 "Mi\"\n",
		    probe->granule >> 20);
	add(settings, "        devices:\n"
		      "          hostDevices:\n"
		      "          - name: device\n"
		      "            deviceName: example.com/device\n");
}

static void tell_cloud_hypervisor(const struct probe *probe, struct probe_settings *settings)
{
	snprintf(settings->source, sizeof(settings->source), "%s",
		 "Cloud Hypervisor with iommufd (pull request 7981). NOT in a release: the SMMU "
		 "and CMDQV behind it, which are a port that is not merged; it adds them itself "
		 "where it can. vfio_p2p_dma=off for Linux before 6.19.");
	add(settings, "# CLOUDHV.fd: Cloud Hypervisor's UEFI. Linux finds the CMDQV (NVDA200C) in\n"
		      "# ACPI only.\n");
	add_grace(probe, settings, "# ");
	add(settings, "cloud-hypervisor --cpus boot=8 --firmware CLOUDHV.fd \\\n");
	if (is_huge(probe))
		add(settings, "  --memory size=16G,hugepages=on,hugepage_size=%" PRIu64 "M \\\n",
		    probe->granule >> 20);
	else
		add(settings, "  --memory size=16G \\\n");
	add(settings,
	    "  --platform iommufd=on,vfio_p2p_dma=off \\\n"
	    "  --device path=/sys/bus/pci/devices/%s\n",
	    bdf_of(probe));
}

void probe_settings(const struct probe *probe, struct probe_settings settings[PROBE_VMMS])
{
	static const struct {
		const char *name;
		void (*tell)(const struct probe *probe, struct probe_settings *settings);
	} vmms[PROBE_VMMS] = {
		{"qemu", tell_qemu},
		{"libvirt", tell_libvirt},
		{"kubevirt", tell_kubevirt},
		{"cloud-hypervisor", tell_cloud_hypervisor},
	};

	for (size_t i = 0; i < PROBE_VMMS; i++) {
		settings[i] = (struct probe_settings){.name = vmms[i].name};
		vmms[i].tell(probe, &settings[i]);
	}
}
