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

/* A device's address in four parts. */
struct address {
	unsigned int domain;
	unsigned int bus;
	unsigned int slot;
	unsigned int function;
};

static struct address parse_address(const char *bdf)
{
	struct address at = {0, 1, 0, 0};

	if (sscanf(bdf, "%8x:%2x:%2x.%1x", &at.domain, &at.bus, &at.slot, &at.function) != 4)
		at = (struct address){0, 1, 0, 0};
	return at;
}

static const char *bdf_of(const struct probe *probe)
{
	return probe->bdf[0] ? probe->bdf : "0000:01:00.0";
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

static void tell_qemu(const struct probe *probe, struct probe_settings *settings)
{
	settings->source = "QEMU 11.1. Older and vendors' builds say pasid=on for ssidsize=20; oas "
			   "and ssidsize must not be more than the host's (dmesg | cmdqv explain).";
	add(settings, "qemu-system-aarch64 -cpu host -smp 8 -m 16G \\\n"
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
	    "  -device pxb-pcie,id=pcie.1,bus_nr=1,bus=pcie.0 \\\n"
	    "  -device arm-smmuv3,id=smmuv3.1,primary-bus=pcie.1,accel=on,cmdqv=on,\\\n"
	    "ats=on,ril=off,ssidsize=20,oas=48 \\\n"
	    "  -device pcie-root-port,id=port.1,bus=pcie.1,chassis=1 \\\n"
	    "  -device vfio-pci-nohotplug,host=%s,bus=port.1,iommufd=iommufd0\n",
	    bdf_of(probe));
}

static void tell_libvirt(const struct probe *probe, struct probe_settings *settings)
{
	struct address at = parse_address(bdf_of(probe));

	settings->source = "libvirt 12.2 for iommufd and accel. NOT in a release: cmdqv, from the "
			   "patches on its list (version 6) and in NVIDIA's packages.";
	if (is_huge(probe))
		add(settings,
		    "<memoryBacking>\n"
		    "  <hugepages><page size='%" PRIu64 "' unit='KiB'/></hugepages>\n"
		    "</memoryBacking>\n",
		    probe->granule >> 10);
	add(settings,
	    "<devices>\n"
	    "  <controller type='pci' index='1' model='pcie-expander-bus'>\n"
	    "    <target busNr='1'/>\n"
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
	    "    <source>\n"
	    "      <address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n"
	    "    </source>\n"
	    "    <address type='pci' bus='0x02' slot='0x00' function='0x0'/>\n"
	    "  </hostdev>\n"
	    "</devices>\n",
	    at.domain, at.bus, at.slot, at.function);
}

static void tell_kubevirt(const struct probe *probe, struct probe_settings *settings)
{
	settings->source =
		"KubeVirt, VEP 199 (feature gate GraceIOVirtualization), which sets accel=on "
		"ats=on "
		"ril=off ssidSize=20 oas=48 itself. NOT certain: vcmdq is asked for by an alpha "
		"annotation of that proposal, whose name is not settled; the resource's name is "
		"yours.";
	add(settings,
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
	    "      domain:\n",
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
	settings->source =
		"Cloud Hypervisor with iommufd (pull request 7981). NOT in a release: the SMMU and "
		"CMDQV "
		"behind it, which are a port that is not merged; it adds them itself where it can. "
		"vfio_p2p_dma=off for Linux before 6.19.";
	add(settings, "cloud-hypervisor --cpus boot=8 \\\n");
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
