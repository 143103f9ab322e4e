#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# probe_host_test.sh CMDQV COMPOSER : what `cmdqv probe` reads of a host besides its prerequisites,
# and what it says about it: kernels, devices, programs, settings for several devices, a tar for
# others. Several cases are reports of users, told anew. Speaks TAP.
# shellcheck source=tests/tools/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"

pci=sys/devices/pci0009:00/0009:00:00.0/$device

# says_not WORDS
says_not() {
	! grep -qE -- "$1" "$work/out" || complain "says '$1'"
}

# ---- the answer
run 0 --root "$tree" && [ "$(head -n 1 "$work/out")" = "yes: this host can give a VM a CMDQV" ]
tell $? the_answer_comes_first
rm "$tree/dev/iommu"
run 1 --root "$tree" && [ "$(grep -c '^FAIL' "$work/out")" -eq 1 ] &&
	[ "$(sed -n 5p "$work/out")" = "FAIL     iommufd         /dev/iommu is not there" ]
tell $? what_decides_it_comes_second
compose
echo x86_64 >"$tree/proc/sys/kernel/arch"
run 1 --root "$tree" && says 'x86_64, not aarch64' && says_not 'modprobe|IORT|huge|----' &&
	[ "$(wc -l <"$work/out")" -lt 10 ]
tell $? another_machine_gets_one_advice_only
compose

# ---- kernels
# kernel VERSION
kernel() {
	mv "$tree"/boot/config-* "$tree/boot/config-$1"
	echo "$1" >"$tree/proc/sys/kernel/osrelease"
}
kernel 6.18.8
run 0 --root "$tree" && says 'does not reset a VCMDQ' && says '6.18.9, 6.19 or newer' &&
	says 'a vDEVICE before any' && says 'CVE-2026-80818'
tell $? linux_6_18_8_hands_over_dirty_queues
kernel 6.18.9
run 0 --root "$tree" && says_not 'does not reset a VCMDQ' && says 'a vDEVICE before any'
tell $? linux_6_18_9_does_not
kernel 6.18.47
run 0 --root "$tree" && says_not 'CVE-2026-80818'
tell $? what_a_stable_kernel_mended_is_not_told_of_it
kernel 7.1.3
run 0 --root "$tree" && says_not 'does not reset' && says_not 'a vDEVICE before any' &&
	says 'CVE-2026-80818' && says_not 'three commands'
tell $? linux_7_1_3_has_other_faults
kernel 7.3.4
run 0 --json --root "$tree" && says_not '"id": "kernel-faults"'
tell $? linux_7_3_has_none_that_is_known
kernel 6.17.0-1014-nvidia-64k
run 0 --root "$tree" && says 'does not reset a VCMDQ' && says "NVIDIA's may"
tell $? a_vendor_s_kernel_may_have_the_fixes
# faults VERSION NAME... : of the faults that kernels have, that one has these and no other.
declare -A fault=([dirty]='does not reset a VCMDQ' [vdevice]='a vDEVICE before any' [torn]='CVE-2026-80818'
	[three]='three commands' [tree]='of a device tree is not found' [kexec]='CVE-2026-90428')
faults() {
	local name version=$1
	kernel "$version"
	run 0 --json --root "$tree"
	for name in "${!fault[@]}"; do
		if [[ " $* " == *" $name "* ]]; then says "${fault[$name]}"; else says_not "${fault[$name]}"; fi
	done
	tell "$(wc -l <"$work/complaint")" "each_kernel_has_its_own_faults: $version"
}
faults 6.18.8 dirty vdevice torn three kexec
faults 6.18.9 vdevice torn three kexec
faults 6.18.46 vdevice torn three kexec
faults 6.18.47 vdevice three kexec
faults 6.19 torn three kexec
faults 7.0.9 torn three kexec
faults 7.1 torn kexec
faults 7.1.10 torn kexec
faults 7.1.11 kexec
faults 7.2 torn kexec
faults 7.2.1 kexec
faults 7.3
faults 6.17.0-1014-nvidia-64k dirty torn three kexec
kernel 6.18-1014-nvidia
run 0 --root "$tree" && says 'does not reset a VCMDQ'
tell $? what_a_vendor_counts_is_no_part_of_the_version
compose

# ---- what is true of this process only
sed -i 's/unlimited/  8388608/g' "$tree/proc/self/limits"
run 0 --json --root "$tree" && only fail "" &&
	says '"id": "locked-memory", "status": "unknown", "decides": false, .*8388608 bytes.*libvirt raises'
tell $? the_limit_of_locked_memory_of_this_process_does_not_decide
rm "$tree/proc/self/limits"
run 0 --json --root "$tree" && says '"id": "locked-memory", "status": "unknown", "decides": false'
tell $? nor_does_it_if_it_is_not_known
compose

# ---- what does not decide
run 0 --json --root "$tree" && says '1 of 2 groups of this host are strict'
tell $? groups_that_are_strict_are_counted
echo DMA-FQ >"$tree/sys/kernel/iommu_groups/7/type"
run 0 --json --root "$tree" && says 'none of 2 groups of this host is strict'
tell $? so_are_they_if_none_is
compose

# ---- devices
for vmm in qemu libvirt cloud-hypervisor; do
	run 0 --root "$tree" --vmm $vmm && says '8 NUMA nodes without memory' && says '8T'
	tell $? "a_gpu_of_a_grace_is_known_by_its_driver_of_underscores: $vmm"
done
run 0 --root "$tree" --vmm qemu && [ "$(grep -c 'object acpi-generic-initiator' "$work/out")" -eq 8 ] &&
	says_not 'One arm-smmuv3 for each' &&
	run 0 --root "$tree" --vmm libvirt && says "acpi nodeset='1-8'"
tell $? and_has_as_many_nodes_in_the_settings
echo 1 >"$tree/$pci/numa_node"
run 0 --root "$tree" --vmm libvirt && says "memnode cellid='0' mode='strict' nodeset='1'"
tell $? its_memory_is_of_the_node_of_the_host_that_it_is_near
rm "$tree/$pci/driver" "$tree"/lib/modules/*/modules.alias
for id in 2342 2345 2348 2941; do
	echo 0x$id >"$tree/$pci/device"
	run 1 --json --root "$tree" --device "$device" && says 'modprobe nvgrace-gpu-vfio-pci; echo nvgrace_gpu_vfio_pci >'
	tell $? "a_gpu_of_a_grace_without_a_driver_is_known_by_its_ids: $id"
done
echo 0x1234 >"$tree/$pci/device"
run 1 --json --root "$tree" --device "$device" && says 'echo vfio-pci > /sys/bus/pci/devices/0009:01:00.0/driver_override'
tell $? another_device_gets_vfio_pci
compose
echo 0x5678 >"$tree/$pci/device"
rm "$tree/$pci/driver"
echo 'alias vfio_pci:v000010DEd00005678sv*sd*bc*sc*i* its_own_vfio_pci' \
	>>"$tree/lib/modules/6.17.0-1014-nvidia-64k/modules.alias"
run 1 --json --root "$tree" --device "$device" && says 'modprobe its_own_vfio_pci; echo its_own_vfio_pci >'
tell $? a_device_gets_the_driver_whose_alias_it_has
compose
(cd "$tree" && rm "$pci/driver" && mkdir sys/bus/pci/drivers/vfio-pci &&
	ln -s ../../../../bus/pci/drivers/vfio-pci "$pci/driver" &&
	sed -i /NVGRACE/d boot/config-*)
run 0 --json --root "$tree" --device "$device" &&
	says '"id": "device-driver", "status": "pass".*coherent memory", "remedy": "modprobe nvgrace' &&
	says 'lacks CONFIG_NVGRACE_GPU_VFIO_PCI'
tell $? a_gpu_with_another_driver_lacks_its_memory
compose
echo '0x00000000fe000000 0x00000000fe00ffff direct' >>"$tree/sys/kernel/iommu_groups/7/reserved_regions"
run 1 --json --root "$tree" --device "$device" && only fail device-regions && has_remedy device-regions &&
	says 'VFIO cannot take'
tell $? a_device_that_firmware_wants_mapped_one_to_one_cannot
run 0 --root "$tree" --vmm qemu && says_not "host=$device"
tell $? nor_is_it_in_the_settings_if_it_was_not_asked_for
compose
compose_with IORT_RMR=1
run 0 --json --root "$tree" && says 'reserved-memory.*\(RMR\): 0xfe000000 of 0x10000 bytes:'
tell $? reserved_memory_of_the_iort_is_told
compose_with IORT_RMR=50
run 0 --json --root "$tree" && says 'reserved-memory.*\(RMR\): (0xfe000000 of 0x10000 bytes, ){35}\.\.\.:'
tell $? what_is_listed_of_reserved_memory_has_an_end
compose

# ---- firmware
for damage in 'head -c 100' 'tail -c +2'; do
	(cd "$tree" && $damage sys/firmware/acpi/tables/IORT >iort && mv iort sys/firmware/acpi/tables/IORT)
	run 0 --json --root "$tree" && says '"id": "iort", "status": "fail", .*is damaged' &&
		says '"id": "nesting", "status": "unknown", "decides": false, .*is damaged'
	tell $? "a_damaged_iort_is_told_from_a_missing_one: $damage"
	rm "$tree/sys/bus/acpi/devices/NVDA200C:01"
	run 3 --json --root "$tree" --device "$device" && only unknown device-smmu &&
		says '"id": "cmdqv", "status": "pass", [^}]*, which is damaged"' &&
		says '"id": "device-smmu", [^}]*, which is damaged", "remedy": "see iort"'
	tell $? "so_is_which_smmu_has_the_cmdqv: $damage"
	compose
done
rm "$tree/sys/firmware/acpi/tables/IORT"
run 0 --json --root "$tree" && says '"id": "iort", "status": "unknown"' && says_not damaged
tell $? a_missing_iort_is_not_damaged
compose
(cd "$tree" && rm sys/bus/acpi/devices/* sys/firmware/acpi/tables/IORT &&
	for i in 0 1; do
		mkdir sys/devices/platform/arm-smmu-v3.$i.auto/of_node
		(cd sys/devices/platform/arm-smmu-v3.$i.auto/of_node && touch dma-coherent nvidia,cmdqv &&
			printf 'nvidia,tegra264-smmu\0arm,smmu-v3\0' >compatible)
	done)
# [DEV-34]
run 3 --root "$tree" && says 'errata .*T264-SMMU-3' && says 'sent *$|twice' && says_not '----'
tell $? an_erratum_that_a_guest_by_acpi_does_not_know_of_leaves_no_settings
compose

# ---- programs
(cd "$tree" && rm var/lib/dpkg/status && mkdir -p usr/bin usr/lib64 &&
	{ head -c 100000 /dev/zero; printf 'QEMU emulator version 11.1.3 (own build)\0x'; } >usr/bin/qemu-system-aarch64 &&
	: >usr/lib64/libvirt.so.0.12009.0 && ln -s libvirt.so.0.12009.0 usr/lib64/libvirt.so.0)
run 0 --json --root "$tree" && says '"id": "qemu", "status": "pass", .*/usr/bin/qemu-system-aarch64: 11.1.3 .own build' &&
	says '"id": "libvirt", "status": "pass"'
tell $? a_qemu_in_path_and_a_library_say_their_versions
(cd "$tree" && printf 'QEMU emulator version 10.0.0\0' >usr/bin/qemu-system-aarch64 &&
	ln -sf libvirt.so.0.12006.0 usr/lib64/libvirt.so.0 && : >usr/lib64/libvirt.so.0.12006.0)
run 0 --json --root "$tree" && says '"id": "qemu", "status": "fail"' && says '"id": "libvirt", "status": "fail"'
tell $? so_do_old_ones
ln -sf libvirt.so.0.12007.0 "$tree/usr/lib64/libvirt.so.0" && : >"$tree/usr/lib64/libvirt.so.0.12007.0"
run 0 --json --root "$tree" && says '"id": "libvirt", "status": "pass"'
tell $? the_first_libvirt_with_it_passes
(cd "$tree" && rm -r usr && mkdir -p usr/lib/sysimage/rpm && {
	head -c 5000 /dev/urandom
	printf 'C\0qemu-system-aarch64-core\00011.1.0\0002.fc44\0QEMU'
	printf 'C\0libvirt-libs\00012.8.0\0001.fc44\0'
} >usr/lib/sysimage/rpm/rpmdb.sqlite)
run 0 --json --root "$tree" && says '"id": "qemu", "status": "pass", .*rpmdb.sqlite: 11.1.0"' &&
	says '"id": "libvirt", "status": "pass", .*rpmdb.sqlite: 12.8.0"'
tell $? packages_of_rpm_are_found
compose

# ---- settings
run 0 --root "$tree" --vmm kubevirt && says '- GraceIOVirtualization' && says '- PCINUMAAwareTopology' &&
	says '- IOMMUFD' && says 'architecture: arm64' && says 'type: virt' &&
	says 'dedicatedCpuPlacement: true' && says 'guestMappingPassthrough: [{}]' &&
	says 'pciVendorSelector: "10DE:2342"' && says 'NO CMDQV yet' && says_not 'annotation'
tell $? kubevirt_s_webhook_gets_what_it_wants
echo 0x1234 >"$tree/$pci/device"
run 0 --root "$tree" --vmm kubevirt && says '10DE:1234 is none of these'
tell $? a_device_that_kubevirt_gives_no_smmu_is_named
for id in 2348 2941; do
	echo 0x$id >"$tree/$pci/device"
	run 0 --root "$tree" --vmm kubevirt && says_not "10DE:$id is none of these"
	tell $? "a_device_that_kubevirt_gives_one_is_not: $id"
done
compose
run 0 --root "$tree" --vmm cloud-hypervisor && says 'vfio_p2p_dma=off on any kernel' && says_not 'for Linux before'
tell $? cloud_hypervisor_leaves_bars_out_on_any_kernel
run 0 --root "$tree" --vmm none && says_not '----'
tell $? without_a_vmm_there_are_no_settings
run 0 --json --root "$tree" --vmm libvirt && says '"settings": \{ "libvirt"' && says_not '"qemu": \{'
tell $? a_vmm_gets_its_own_settings_only

# Two devices more: one behind the same SMMU, one behind the other, on another node.
another() {
	(cd "$tree" && mkdir -p "sys/devices/$1" "sys/kernel/iommu_groups/$3/devices/$1" &&
		ln -s "../platform/arm-smmu-v3.$2.auto/iommu/smmu3.0x000000001$((1 + $2))000000" "sys/devices/$1/iommu" &&
		ln -s "../../kernel/iommu_groups/$3" "sys/devices/$1/iommu_group" &&
		ln -s ../../bus/pci/drivers/nvgrace_gpu_vfio_pci "sys/devices/$1/driver" &&
		echo 0x10de >"sys/devices/$1/vendor" && echo "$4" >"sys/devices/$1/device" &&
		echo "$2" >"sys/devices/$1/numa_node" && ln -s "../../../devices/$1" "sys/bus/pci/devices/$1")
}
another 0009:02:00.0 0 20 0x1021
another 0018:01:00.0 1 21 0x2941
run 0 --root "$tree" --vmm qemu && [ "$(grep -c 'device arm-smmuv3' "$work/out")" -eq 2 ] &&
	[ "$(grep -c 'vfio-pci-nohotplug' "$work/out")" -eq 3 ] && says 'bus_nr=24,bus=pcie.0,numa_node=1' &&
	says 'host-nodes=1,policy=bind' && says 'host=0009:02:00.0,bus=port.2' &&
	says 'id=port.2,bus=pcie.1' && says 'id=port.3,bus=pcie.2' && says 'smp 16 -m 32G' &&
	says 'One arm-smmuv3 for each'
tell $? several_devices_have_one_smmu_for_each_physical_one
# All that a user pastes. Whoever changes a template updates this file, too.
for vmm in qemu libvirt kubevirt cloud-hypervisor; do
	run 0 --root "$tree" --vmm $vmm
	sed -n '/^----/,$p' "$work/out"
done >"$work/settings"
diff "$(dirname "$0")/probe_settings.txt" "$work/settings" >"$work/complaint"
tell $? what_a_user_pastes_for_several_devices_is_in_the_file
run 0 --root "$tree" --vmm kubevirt && [ "$(grep -c pciVendorSelector "$work/out")" -eq 3 ] &&
	[ "$(grep -c 'deviceName:' "$work/out")" -eq 3 ]
tell $? each_kind_of_device_is_a_resource_of_kubevirt
run 0 --json --root "$tree" --device "$device" --device 0018:01:00.0 && says '"devices": \[ "0009:01:00.0" \]' &&
	says '"devices": \[ "0018:01:00.0" \]' && says_not '0009:02:00.0'
tell $? only_devices_that_are_named_count_if_any_is
rm "$tree/sys/devices/0009:02:00.0/driver"
run 0 --root "$tree" && says '^  0009:01:00.0 ' && says_not '^  0009:02:00.0 '
tell $? a_device_that_is_neither_bound_nor_named_is_not_listed
find "$tree/sys/devices" -path "*/$device/numa_node" -exec sh -c 'echo -1 >"$1"' sh {} \;
run 0 --root "$tree" --vmm qemu && [ "$(grep -c 'numa node,.*memdev=' "$work/out")" -eq 2 ] &&
	says 'host-nodes=1,policy=bind' && says_not 'host-nodes=0' &&
	run 0 --root "$tree" --vmm libvirt && says "cellid='1' mode='strict' nodeset='1'" && says_not "nodeset=''"
tell $? a_device_without_a_numa_node_may_come_before_one_that_has_it
compose

# ---- a tar for others
run 0 --root "$tree" --collect "$work/host.tar" && says 'sys/class/iommu/smmu3.0x0000000011000000 -> ' &&
	says 'proc/sys/kernel/osrelease' && rm -rf "$work/copy" && mkdir "$work/copy" &&
	tar -xf "$work/host.tar" -C "$work/copy" 2>"$work/complaint"
probe --json --root "$tree" --device "$device" >"$work/here"
probe --json --root "$work/copy" --device "$device" >"$work/there"
cmp -s "$work/here" "$work/there" || complain "another answer: $(diff <(tr , '\n' <"$work/here") <(tr , '\n' <"$work/there"))"
tell $? a_tar_of_what_was_read_gets_the_same_answer
: >"$work/complaint"
(cd "$work/copy" && find proc sys boot -type f -exec cmp {} "$tree/{}" \;) >>"$work/complaint" 2>&1
[ "$(stat -c %a "$work/host.tar")" = 600 ] || complain "others may read it"
[ "$(tail -c 1024 "$work/host.tar" | tr -d '\0' | wc -c)" -eq 0 ] || complain "it has no end"
tell "$(wc -l <"$work/complaint")" each_file_in_it_is_whole_and_nobody_else_may_read_it
cp "$work/host.tar" "$work/was.tar"
run 2 --root "$tree" --collect "$work/host.tar" && grep -q 'File exists' "$work/err" &&
	cmp "$work/was.tar" "$work/host.tar" >"$work/complaint" 2>&1
tell $? a_tar_that_is_there_is_left_alone
run 2 --json --root "$tree" --collect "$work/none.tar" && [ "$(wc -l <"$work/out")" -eq 1 ] &&
	says '^\{.*"verdict": "error", "reason": "--collect' && [ ! -e "$work/none.tar" ]
tell $? with_json_there_is_one_object_and_no_list_of_a_tar
(
	ulimit -f 8
	run 2 --root "$tree" --collect "$work/cut.tar"
) && grep -q 'File too large' "$work/err" && [ ! -e "$work/cut.tar" ]
tell $? a_tar_that_does_not_fit_is_not_left_behind
ln -s $'x\033]0;y\007' "$tree/sys/class/iommu/smmu3.0x0000000013000000"
run 0 --root "$tree" --collect "$work/link.tar" && says 'smmu3.0x0000000013000000 -> x\?\]0;y\?$'
tell $? a_link_does_not_write_to_the_terminal_what_it_wants
# Of a path there are 255 bytes in a tar, of where a link leads 100.
long=$(printf '%0200d' 1)
(cd "$tree" && mkdir -p "$long/$long" && mv proc/cmdline "$long/$long/$long" && ln -s "/$long/$long/$long" proc/cmdline &&
	mv proc/interrupts "$long" && ln -s "../$long" near && ln -s ../near/interrupts proc/interrupts)
run 0 --root "$tree" --collect "$work/long.tar" && tar -tf "$work/long.tar" >"$work/names" 2>"$work/complaint" &&
	grep -qx proc/sys/kernel/osrelease "$work/names" && ! grep -e "$long" -e proc/cmdline "$work/names" >"$work/complaint"
tell $? what_has_no_room_in_a_tar_is_left_out

end_of_tests
