#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# probe_trees.sh DIRECTORY : composes the files of a Grace host, as `cmdqv probe --root` reads
# them. Composed, not recorded: its authors had no Grace. Each file's source is named
# here and, as files of sysfs have no comments, in DIRECTORY/SOURCES. IORT_SMMU_FLAGS,
# IORT_SMMU_MODEL, IORT_ITS_TYPE, IORT_MEMORY_FLAGS (of each root complex) and IORT_RMR=1 compose
# another IORT.
set -euo pipefail

root=$1
mkdir -p "$root"
: >"$root/SOURCES"

# put PATH SOURCE : standard input becomes the file.
put() {
	mkdir -p "$root/$(dirname "$1")"
	cat >"$root/$1"
	echo "$1: composed: $2" >>"$root/SOURCES"
}

link() {
	mkdir -p "$root/$(dirname "$2")"
	ln -s "$1" "$root/$2"
	echo "$2: composed: $3" >>"$root/SOURCES"
}

# little-endian numbers of BYTES bytes
le() {
	local bytes=$1 value=$(($2)) i
	for ((i = 0; i < bytes; i++)); do
		printf '%b' "\\x$(printf %02x $((value >> 8 * i & 255)))"
	done
}

zeros() {
	head -c "$1" /dev/zero
}

# smmu_node IDENTIFIER BASE : IORT node of type 4, 68 bytes, COHACC override
smmu_node() {
	le 1 4; le 2 68; le 1 4; le 4 "$1"; le 4 0; le 4 68
	le 8 "$2"; le 4 "${IORT_SMMU_FLAGS:-1}"; le 4 0; le 8 0; le 4 "${IORT_SMMU_MODEL:-0}"; zeros 24
}

# rmr_node BASE BYTES : IORT node of type 6, with one range and no mapping
rmr_node() {
	le 1 6; le 2 48; le 1 3; le 4 20; le 4 0; le 4 0
	le 4 0x10; le 4 1; le 4 28
	le 8 "$1"; le 8 "$2"; le 4 0
}

# Two SMMUs with identifiers 10 and 11, an ITS group, a root complex with CANWBS.
iort() {
	local rmr=${IORT_RMR:-0}
	local -a memory
	read -ra memory <<<"${IORT_MEMORY_FLAGS:-7}"
	local bytes=$((48 + 24 + 2 * 68 + ${#memory[@]} * 40 + rmr * 48))
	printf IORT; le 4 $bytes; le 1 5; le 1 0; printf 'COMPOSCMDQVTBL'; le 4 1; printf TEST; le 4 1
	le 4 $((3 + ${#memory[@]} + rmr)); le 4 48; le 4 0
	le 1 "${IORT_ITS_TYPE:-0}"; le 2 24; le 1 1; le 4 1; le 4 0; le 4 0; le 4 1; le 4 0
	smmu_node 10 0x11000000
	smmu_node 11 0x12000000
	local flags
	for flags in "${memory[@]}"; do
		le 1 2; le 2 40; le 1 3; le 4 2; le 4 0; le 4 0
		le 4 1; le 1 0; le 2 0; le 1 "$flags"; le 4 1; zeros 12
	done
	for ((; rmr > 0; rmr--)); do rmr_node 0xfe000000 0x10000; done
}

echo aarch64 | put proc/sys/kernel/arch "sysctl kernel.arch of Linux 6.1 and newer: uname -m"
echo 6.17.0-1014-nvidia-64k | put proc/sys/kernel/osrelease "OpenNebula's documentation of Grace hosts, 2026-07-09: the verified kernel"
put boot/config-6.17.0-1014-nvidia-64k "docs/probe.md: the options that Linux 6.17 needs; form of a .config" <<'X'
CONFIG_ARM64_64K_PAGES=y
# CONFIG_ARM64_4K_PAGES is not set
CONFIG_ARM_SMMU_V3=y
CONFIG_ARM_SMMU_V3_SVA=y
CONFIG_ARM_SMMU_V3_IOMMUFD=y
CONFIG_TEGRA241_CMDQV=y
CONFIG_IOMMUFD=m
CONFIG_VFIO=m
CONFIG_VFIO_PCI=m
CONFIG_VFIO_DEVICE_CDEV=y
CONFIG_NVGRACE_GPU_VFIO_PCI=m
X
echo "root=/dev/sda2 iommu.passthrough=0 default_hugepagesz=512M hugepages=1024" |
	put proc/cmdline "OpenNebula's documentation of Grace hosts: 1024 pages of 512 MiB"
put proc/interrupts "form of /proc/interrupts on arm64; names of the SMMUv3 and tegra241-cmdqv drivers" <<'X'
           CPU0       CPU1
 11:       1000       1000    GICv3  30 Level     arch_timer
 40:          0          0    GICv3 100 Edge      arm-smmu-v3-evtq
 41:          0          0    GICv3 101 Edge      tegra241-cmdqv
 42:          0          0    GICv3 103 Edge      tegra241-cmdqv
 60:          9          0  ITS-PCI-MSIX-0000:01:00.0   0 Edge      nvme0q0
X
put proc/self/limits "form of /proc/self/limits; unlimited as the documentation of QEMU with VFIO wants it" <<'X'
Limit                     Soft Limit           Hard Limit           Units
Max open files            1024                 524288               files
Max locked memory         unlimited            unlimited            bytes
X
printf 'Name:\tcmdqv\nCapEff:\t0000000000000000\n' | put proc/self/status "form of /proc/self/status; a user without capabilities"
printf 'MemTotal:       500000000 kB\nHugepagesize:     524288 kB\n' | put proc/meminfo "64 KiB pages have huge pages of 512 MiB"
echo 1024 | put sys/kernel/mm/hugepages/hugepages-524288kB/free_hugepages "OpenNebula's documentation: 512 GiB"
echo 0 | put sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages "the contiguous size of 64 KiB pages"

for i in 0 1; do
	base=$((i + 1))
	smmu=smmu3.0x00000000${base/#/1}000000
	dir=sys/devices/platform/arm-smmu-v3.$i.auto/iommu/$smmu
	echo 0 | put "$dir/uevent" "name of the SMMUv3 driver: smmu3 and the address"
	link "../../devices/platform/arm-smmu-v3.$i.auto/iommu/$smmu" "sys/class/iommu/$smmu" "class iommu"
	link "../../../arm-smmu-v3.$i.auto" "$dir/device" "class iommu"
	acpi=sys/devices/LNXSYSTM:00/LNXSYBUS:00/NVDA200C:0$i
	echo $((10 + i)) | put "$acpi/uid" "Linux' driver: _UID is the identifier of the SMMU's IORT node"
	echo 15 | put "$acpi/status" "_STA: present, enabled, shown, working"
	link "../../../devices/LNXSYSTM:00/LNXSYBUS:00/NVDA200C:0$i" "sys/bus/acpi/devices/NVDA200C:0$i" "bus acpi"
done
iort | put sys/firmware/acpi/tables/IORT "Arm DEN0049 tables 3 to 6: two SMMUv3 nodes, ITS group, root complex with CPM, DACS, CANWBS"

pci=sys/devices/pci0009:00/0009:00:00.0/0009:01:00.0
echo 0x10de | put "$pci/vendor" "NVIDIA"
echo 0x2342 | put "$pci/device" "a GPU of Grace Hopper"
link "../../../platform/arm-smmu-v3.0.auto/iommu/smmu3.0x0000000011000000" "$pci/iommu" "Linux: a device's IOMMU"
link "../../../../kernel/iommu_groups/7" "$pci/iommu_group" "Linux: a device's group"
link "../../../../bus/pci/drivers/nvgrace_gpu_vfio_pci" "$pci/driver" "lspci of a Grace host in OpenNebula's documentation: the driver's name has underscores"
mkdir -p "$root/sys/bus/pci/drivers/nvgrace_gpu_vfio_pci"
echo 0 | put "$pci/numa_node" "one of a Grace's sockets"
mkdir -p "$root/$pci/vfio-dev"
: | put "$pci/vfio-dev/vfio0/dev" "Linux: the VFIO device of a PCI device"
link "../../../devices/pci0009:00/0009:00:00.0/0009:01:00.0" sys/class/vfio-dev/vfio0/device "Linux: the PCI device of a VFIO device"
put lib/modules/6.17.0-1014-nvidia-64k/modules.alias "the ids of the kernel's nvgrace-gpu module, as depmod writes them" <<'X'
# Aliases extracted from modules themselves.
alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci
alias vfio_pci:v000010DEd00002342sv*sd*bc*sc*i* nvgrace_gpu_vfio_pci
alias vfio_pci:v000010DEd00002941sv*sd*bc*sc*i* nvgrace_gpu_vfio_pci
X
put sys/kernel/iommu_groups/7/reserved_regions "form of reserved_regions; the windows of VFIO and of ATS" <<'X'
0x0000000008000000 0x00000000080fffff msi
0x0000000010000000 0x0000000010ffffff direct-relaxable
X
echo DMA | put sys/kernel/iommu_groups/7/type "form of the type of a group: strict"
echo DMA-FQ | put sys/kernel/iommu_groups/8/type "lazy"
link "../../../devices/pci0009:00/0009:00:00.0/0009:01:00.0" sys/bus/pci/devices/0009:01:00.0 "bus pci"
link "../../../../devices/pci0009:00/0009:00:00.0/0009:01:00.0" sys/kernel/iommu_groups/7/devices/0009:01:00.0 "Linux: a group's devices"

: | put dev/iommu "an empty file stands for the device"
: | put dev/vfio/devices/vfio0 "an empty file stands for the device"
put var/lib/dpkg/status "OpenNebula's documentation of Grace hosts: the verified versions" <<'X'
Package: qemu-system-arm
Status: install ok installed
Version: 1:10.1.0+nvidia1-1

Package: libvirt-daemon
Status: install ok installed
Version: 11.9.0+nvidia4-1
X
