#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# probe_test.sh CMDQV COMPOSER RECORDED : `cmdqv probe --root` on a composed Grace host, with each
# prerequisite missing in turn; on what is hostile; on a recorded host; and on this one. Speaks
# TAP.
# shellcheck source=tests/tools/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"
recorded=$3

# ---- a Grace host
run 0 --json --root "$tree" && only fail "" && only unknown "" && says '"verdict": "ok"' &&
	says '"granule": 536870912, "cmdqs": 19' && says "\"device\": \"$device\"" &&
	says '"name": "smmu3.0x0000000011000000", "cmdqv": "yes"'
tell $? a_grace_host_can

run 0 --json --root "$tree" --device "$device" && only fail "" && only unknown "" &&
	says '"id": "device-smmu", "status": "pass"' && says '"id": "device-group", "status": "pass"' &&
	says 'host=0009:01:00.0,bus' && says "domain='0x0009' bus='0x01' slot='0x00' function='0x0'"
tell $? so_can_one_of_its_devices

(cd "$tree" && find . -exec stat -c '%n %s %Y %f' {} + | sort >"$work/before")
run 0 --root "$tree"
(cd "$tree" && find . -exec stat -c '%n %s %Y %f' {} + | sort >"$work/after")
cmp -s "$work/before" "$work/after"
tell $? nothing_is_changed

run 0 --root "$tree" && says '^yes: this host can' && says '^IDR1.CMDQS .* 19 at most' &&
	says 'accel=on,cmdqv=on' && says 'pasid=on,oas=48' && says '-bios QEMU_EFI.fd' &&
	says 'firmware CLOUDHV.fd' && says 'bus_nr=8' && says "busNr='8'" &&
	says '8 NUMA nodes without memory' && says '8T for a GB300' &&
	says 'QEMU 1:10.1.0.nvidia1-1, NVIDIA.s' && says 'WITHOUT a CMDQV: VEP 199' &&
	says 'hugetlbsize=512M' && says "pciBus='1' accel='on' cmdqv='on'/>" &&
	says 'hugepage_size=512M' && says 'pciVendorSelector: "10DE:2342"' && says 'NOT in a release'
tell $? the_settings_are_there_to_paste

fits "$work/out"
tell $? text_fits_80_columns

while read -r path; do
	path=${path%%: composed: *}
	[ -e "$tree/$path" ] || [ -L "$tree/$path" ] || complain "$path has no file"
done <"$tree/SOURCES"
[ "$(find "$tree" \( -type f -o -type l \) -not -name SOURCES | wc -l)" -eq "$(wc -l <"$tree/SOURCES")" ] ||
	complain "files without a source"
tell "$(wc -l <"$work/complaint")" every_file_of_the_tree_names_its_source

# ---- what is missing
missing another_architecture_cannot architecture 'echo x86_64 >proc/sys/kernel/arch'
missing cpuinfo_of_another_architecture_cannot architecture \
	'rm proc/sys/kernel/arch; echo "vendor_id : GenuineIntel" >proc/cpuinfo'
missing a_kernel_of_6_16_cannot kernel-version \
	'mv boot/config-* boot/config-6.16.12; echo 6.16.12 >proc/sys/kernel/osrelease'
missing a_kernel_of_5_20_cannot kernel-version \
	'mv boot/config-* boot/config-5.20.1; echo 5.20.1 >proc/sys/kernel/osrelease'
for option in ARM_SMMU_V3 ARM_SMMU_V3_IOMMUFD TEGRA241_CMDQV IOMMUFD VFIO VFIO_PCI VFIO_DEVICE_CDEV; do
	missing "a_kernel_without_${option}_cannot" kernel-options \
		"sed -i 's/^CONFIG_$option=.*/# CONFIG_$option is not set/' boot/config-*"
done
missing a_host_without_an_smmu_cannot smmu 'rm sys/class/iommu/*'
missing a_host_without_iommus_cannot smmu 'rm -r sys/class/iommu'
missing a_host_without_a_cmdqv_cannot cmdqv \
	'rm sys/bus/acpi/devices/*; sed -i /tegra241/d proc/interrupts'
for status in 0 8; do
	(cd "$tree" && echo $status | tee sys/bus/acpi/devices/*/status >/dev/null && sed -i /tegra241/d proc/interrupts)
	run 1 --json --root "$tree" && only fail cmdqv && says '"cmdqv", [^}]*no NVDA200C'
	tell $? "a_cmdqv_that_is_not_present_is_none: $status"
	compose
done
missing a_cmdqv_of_no_smmu_cannot cmdqv 'echo 99 | tee sys/bus/acpi/devices/*/uid >/dev/null'
for value in =1 =y =Y =on ''; do
	missing "a_cmdqv_that_is_disabled_cannot: $value" cmdqv-driver \
		"echo 'quiet arm_smmu_v3.disable_cmdqv$value splash' >proc/cmdline"
done
missing no_dev_iommu_cannot iommufd 'rm dev/iommu'
missing a_directory_is_no_dev_iommu iommufd 'rm dev/iommu; mkdir dev/iommu'
missing no_device_bound_to_vfio_cannot vfio 'rm dev/vfio/devices/*'

# Bits 1 and 2 are of HTTU.
for flags in 0 6; do
	compose_with IORT_SMMU_FLAGS=$flags
	missing "an_smmu_that_is_not_coherent_cannot: $flags" coherency true
done
compose_with IORT_ITS_TYPE=1
missing a_gic_without_an_its_cannot isolated-msi 'sed -i /ITS/d proc/interrupts'
compose_with IORT_ITS_TYPE=1
(cd "$tree" && sed -i /ITS/d proc/interrupts && mkdir -p sys/module/iommufd/parameters &&
	echo Y >sys/module/iommufd/parameters/allow_unsafe_interrupts)
run 0 --json --root "$tree" && says '"id": "isolated-msi", "status": "pass", .*: Y", "remedy": "[^"]*takes a risk'
tell $? unless_the_risk_is_taken
compose_with IORT_SMMU_MODEL=1
missing a_cmdqv_of_an_smmu_of_another_model_cannot cmdqv true

# lacks NAME ID COMMAND : of a device.
lacks() {
	(cd "$tree" && eval "$3")
	run 1 --json --root "$tree" --device "$device" && only fail "$2" && has_remedy "$2"
	tell $? "$1"
	compose
}
pci=sys/devices/pci0009:00/0009:00:00.0/$device
lacks a_device_with_another_driver_cannot device-driver \
	"rm $pci/driver; mkdir sys/bus/pci/drivers/nvme; ln -s ../../../../bus/pci/drivers/nvme $pci/driver"
lacks a_device_without_a_driver_cannot device-driver "rm $pci/driver"
compose
rmdir "$tree/sys/bus/pci/drivers/nvgrace_gpu_vfio_pci"
run 0 --json --root "$tree" --device "$device" && says 'driver: nvgrace_gpu_vfio_pci"'
tell $? a_driver_is_known_by_its_link_in_a_tree_without_its_directory
compose
lacks a_device_behind_an_smmu_without_cmdqv_cannot device-smmu \
	'echo 99 >sys/bus/acpi/devices/NVDA200C:00/uid'
lacks a_device_behind_an_smmu_whose_cmdqv_is_not_present_cannot device-smmu \
	'echo 0 >sys/bus/acpi/devices/NVDA200C:00/status'
(cd "$tree" && rm "$pci/iommu")
run 1 --json --root "$tree" --device "$device" && only fail device-smmu && says 'it is behind no IOMMU'
tell $? a_device_behind_no_iommu_cannot
compose
(cd "$tree" && mkdir sys/kernel/iommu_groups/7/devices/0009:00:00.0)
run 3 --json --root "$tree" --device "$device" && only fail "" && only unknown device-group &&
	has_remedy device-group && says 'with it there are 0009:00:00.0'
tell $? a_device_that_shares_its_group_is_doubtful
compose
run 1 --json --root "$tree" --device 0009:02:00.0 && only fail device-driver &&
	only unknown "device-smmu device-group" && has_remedy device-driver &&
	has_remedy device-smmu && has_remedy device-group &&
	says 'there is no device 0009:02:00.0' && says '"host": "yes"' &&
	says '"reason": "this host can give a VM a CMDQV, the device 0009:02:00.0 cannot: device-driver"'
tell $? a_device_that_is_not_there_cannot_but_the_host_can
rm "$tree"/dev/iommu
run 1 --json --root "$tree" --device 0009:02:00.0 && says '"host": "no"' &&
	says '"reason": "this host cannot give a VM a CMDQV: iommufd, device-driver"'
tell $? a_host_that_cannot_is_told_before_its_device
compose
rm "$tree"/boot/config-*
run 1 --json --root "$tree" --device 0009:02:00.0 && says '"host": "unknown"' &&
	says '"reason": "the device 0009:02:00.0 cannot: device-driver; of the host could not tell: kernel-options"'
tell $? what_is_not_known_of_the_host_is_told_after_the_device
compose
(cd "$tree" && rm -r sys/bus/pci/devices)
run 3 --json --root "$tree" --device "$device" && only fail "" &&
	only unknown "device-driver device-smmu device-group" && says '"host": "yes"' &&
	says 'mount /sys'
tell $? a_device_that_cannot_be_seen_is_doubtful
compose

# ---- settings
sed -i 's/^Version: 1:10.1.0.*/Version: 1:10.0.3-1/' "$tree/var/lib/dpkg/status"
run 0 --root "$tree" && says 'cmdqv=on .$' && says 'QEMU 1:10.0.3-1, found here, is TOO OLD'
tell $? the_settings_say_that_the_qemu_found_is_too_old
sed -i 's/^Version: 1:10.0.3.*/Version: 1:11.0.4-1/' "$tree/var/lib/dpkg/status"
run 0 --root "$tree" && says 'QEMU 1:11.0.4-1, found here, is TOO OLD' && says '^fail +qemu'
tell $? so_do_they_of_the_last_one_before
sed -i 's/^Version: 1:11.0.4.*/Version: 1:11.0.4+nvidia1-1/' "$tree/var/lib/dpkg/status"
run 0 --root "$tree" --vmm qemu && says 'pasid=on,oas=48'
tell $? unless_its_vendor_has_it
sed -i 's/^Version: 1:11.0.4.*/Version: 1:11.1.0+nvidia1-1/' "$tree/var/lib/dpkg/status"
run 0 --root "$tree" --vmm qemu && says 'cmdqv=on .$' && ! grep -qE '(pasid|ssidsize|ats|ril|oas)=' "$work/out"
tell $? a_newer_qemu_takes_from_the_host_what_is_not_set
rm "$tree/var/lib/dpkg/status" "$tree/sys/bus/pci/devices/$device"
run 0 --root "$tree" && says 'cmdqv=on .$' && says 'no QEMU was found' && says 'host=BDF,' &&
	says "domain='DOMAIN'" && ! grep -q '0000:01:00' "$work/out" &&
	! grep -q 'NUMA nodes' "$work/out"
tell $? without_a_device_nothing_in_the_settings_looks_like_one
rm "$tree/dev/iommu"
run 1 --json --root "$tree" && ! grep -q '"settings"' "$work/out" &&
	run 1 --root "$tree" && ! grep -q -e '----' -e '^IDR1.CMDQS' "$work/out"
tell $? a_host_that_cannot_gets_no_settings_in_any_form
compose

# ---- what cannot be told
doubtful no_architecture_is_doubtful architecture 'rm proc/sys/kernel/arch'
doubtful a_vendor_s_older_kernel_is_doubtful kernel-version \
	'mv boot/config-* boot/config-6.14.0-nvidia; echo 6.14.0-nvidia >proc/sys/kernel/osrelease'
doubtful no_options_are_doubtful kernel-options 'rm boot/config-*'
doubtful options_larger_than_any_are_doubtful kernel-options 'truncate -s 8G boot/config-*'
doubtful a_cmdqv_without_an_interrupt_is_doubtful cmdqv-driver 'sed -i /tegra241/d proc/interrupts'
for flags in 3 "3 7" "7 3"; do
	compose_with IORT_MEMORY_FLAGS="$flags"
	doubtful "a_root_complex_without_canwbs_is_doubtful: $flags" nesting true
done

(cd "$tree" && rm sys/firmware/acpi/tables/IORT)
run 0 --json --root "$tree" && only fail "" && says '"id": "nesting", "status": "unknown", "decides": false' &&
	says '"id": "coherency", "status": "unknown", "decides": false' &&
	says '"name": "smmu3.0x0000000012000000", "cmdqv": "yes"'
tell $? without_an_iort_what_it_would_say_does_not_decide
(cd "$tree" && rm sys/bus/acpi/devices/NVDA200C:01)
run 3 --json --root "$tree" --device "$device" && only unknown device-smmu &&
	says '"cmdqv": "unknown"'
tell $? without_an_iort_one_cmdqv_for_two_smmus_is_doubtful
compose

# ---- device trees
(cd "$tree" && rm sys/bus/acpi/devices/* sys/firmware/acpi/tables/IORT &&
	for i in 0 1; do
		mkdir sys/devices/platform/arm-smmu-v3.$i.auto/of_node
		touch sys/devices/platform/arm-smmu-v3.$i.auto/of_node/dma-coherent
	done
	touch sys/devices/platform/arm-smmu-v3.0.auto/of_node/nvidia,cmdqv)
run 0 --json --root "$tree" --device "$device" && only fail "" && only unknown "" &&
	says '"name": "smmu3.0x0000000011000000", "cmdqv": "yes"' &&
	says '"name": "smmu3.0x0000000012000000", "cmdqv": "no"' &&
	says '"id": "coherency", "status": "pass"'
tell $? a_device_tree_says_which_smmu_has_one
(cd "$tree" && rm sys/devices/platform/arm-smmu-v3.1.auto/of_node/dma-coherent)
run 0 --json --root "$tree" && only fail "" && says '"id": "coherency", "status": "pass"' &&
	says 'of a device tree is not found'
tell $? an_smmu_without_a_cmdqv_need_not_be_coherent
(cd "$tree" && rm sys/devices/platform/arm-smmu-v3.0.auto/of_node/dma-coherent)
run 1 --json --root "$tree" && only fail coherency
tell $? a_device_tree_says_which_smmu_is_not_coherent
compose

# ---- memory
# granule NAME BYTES CMDQS COMMAND
granule() {
	(cd "$tree" && eval "$4")
	run 0 --json --root "$tree" && says "\"granule\": $2, \"cmdqs\": $3"
	tell $? "$1"
	compose
}
pools=sys/kernel/mm/hugepages
granule huge_pages_of_2_mib_allow_17 2097152 17 \
	"echo 0 >$pools/hugepages-524288kB/free_hugepages; echo 8192 >$pools/hugepages-2048kB/free_hugepages"
granule huge_pages_of_1_gib_allow_19 1073741824 19 \
	"echo 0 >$pools/hugepages-524288kB/free_hugepages; mkdir $pools/hugepages-1048576kB; echo 16 >$pools/hugepages-1048576kB/free_hugepages"
granule the_pool_with_the_most_memory_counts 536870912 19 "echo 8 >$pools/hugepages-2048kB/free_hugepages"
granule though_another_has_more_pages 536870912 19 "echo 8192 >$pools/hugepages-2048kB/free_hugepages"
granule pages_of_64_kib_allow_12 65536 12 "rm -r $pools"
granule pages_of_4_kib_allow_8 4096 8 \
	"rm -r $pools; sed -i 's/_64K_/_4K_/; 2d' boot/config-*"
granule the_size_of_a_huge_page_tells_that_of_a_page 4096 8 \
	"rm -r $pools; sed -i /64K/d boot/config-*; sed -i s/524288/2048/ proc/meminfo"
granule so_it_does_of_16_kib 16384 10 \
	"rm -r $pools; sed -i /64K/d boot/config-*; sed -i s/524288/32768/ proc/meminfo"
run 0 --root "$tree" && says 'hugetlbsize=512M' && says '524288 MiB free in'
tell $? the_memory_that_is_free_is_said
rm -r "${tree:?}/$pools"
run 0 --root "$tree" && ! grep -q -e hugetlb -e hugepages -e memoryBacking \
	<(sed -n '/---- qemu/,/---- kubevirt/p; /---- cloud/,$p' "$work/out")
tell $? without_huge_pages_the_settings_have_none
compose

# ---- versions
sed -i 's/^Version: 1:10.1.0.*/Version: 1:10.0.3-1/; s/^Version: 11.9.0.*/Version: 11.3.0-3/' \
	"$tree/var/lib/dpkg/status"
run 0 --json --root "$tree" && says '"id": "qemu", "status": "fail", "decides": false' &&
	says '"id": "libvirt", "status": "fail", "decides": false'
tell $? an_older_vmm_is_told_but_does_not_decide
sed -i 's/^Version: 1:10.0.3.*/Version: 1:11.1.0-1/' "$tree/var/lib/dpkg/status"
sed -i 's/^Version: 11.3.0.*/Version: 12.7.0-1/' "$tree/var/lib/dpkg/status"
run 0 --json --root "$tree" && says '"id": "qemu", "status": "pass"' && says '"id": "libvirt", "status": "pass"'
tell $? the_first_ones_with_it_pass
sed -i 's/^Version: 12.7.0.*/Version: 12.6.9-1/' "$tree/var/lib/dpkg/status"
run 0 --json --root "$tree" && says '"id": "libvirt", "status": "fail"'
tell $? the_last_one_without_it_does_not
sed -i 's/^Version: 1:11.1.0.*//' "$tree/var/lib/dpkg/status"
run 0 --json --root "$tree" && says '"id": "qemu", "status": "unknown"'
tell $? the_version_of_another_package_is_not_its
sed -i 's/install ok installed/deinstall ok config-files/' "$tree/var/lib/dpkg/status"
run 0 --json --root "$tree" && says '"id": "qemu", "status": "unknown"'
tell $? a_package_that_was_removed_is_not_found
compose

# bar NAME VERSION STATUS
bar() {
	(cd "$tree" && mv boot/config-* "boot/config-$2" && echo "$2" >proc/sys/kernel/osrelease &&
		echo CONFIG_VFIO_PCI_DMABUF=y >>"boot/config-$2")
	run 0 --json --root "$tree" && says "\"id\": \"bar-mapping\", \"status\": \"$3\""
	tell $? "$1"
	compose
}
bar bars_cannot_be_mapped_before_6_19 6.18.99 unknown
bar they_can_from_there_on 6.19 pass

# ---- trees that mean no good
(cd "$tree" && rm proc/cmdline && ln -s /../../../etc/passwd proc/cmdline && mkdir etc &&
	echo disable_cmdqv=1 >etc/passwd)
run 1 --json --root "$tree" && only fail cmdqv-driver
tell $? links_stay_in_the_tree
ln -sf /etc/passwd "$tree/proc/cmdline"
run 1 --json --root "$tree" && only fail cmdqv-driver
tell $? absolute_links_begin_at_the_tree
echo disable_cmdqv=1 >"$work/outside"
ln -sf ../../outside "$tree/proc/cmdline"
run 0 --json --root "$tree"
tell $? what_lies_beside_the_tree_is_not_read
ln -sf /etc/passwd "$tree/proc/cmdline"
(cd "$tree" && rm etc/passwd && ln -s /proc/cmdline etc/passwd)
run 0 --json --root "$tree"
tell $? links_in_a_circle_end
compose
# As many as Linux follows, and one more.
(cd "$tree" && mv proc/cmdline proc/link40 && echo disable_cmdqv=1 >proc/link40 &&
	for i in {1..39}; do ln -s "link$((i + 1))" "proc/link$i"; done && ln -s link1 proc/cmdline)
run 1 --json --root "$tree" && only fail cmdqv-driver &&
	ln -s link1 "$tree/proc/link0" && ln -sf link0 "$tree/proc/cmdline" && run 0 --json --root "$tree"
tell $? forty_links_are_followed
compose
(cd "$tree" && rm proc/cmdline proc/interrupts proc/meminfo && mkfifo proc/cmdline &&
	mkdir proc/interrupts && truncate -s 900G proc/meminfo)
run 3 --json --root "$tree" && only unknown cmdqv-driver
tell $? pipes_directories_and_endless_files_are_refused
compose
# Opening a pipe would let its writer go on, without a reader.
(cd "$tree" && rm proc/cmdline && mkfifo proc/cmdline)
(echo still here >"$tree/proc/cmdline") 2>/dev/null &
writer=$!
sleep 0.2
run 0 --json --root "$tree" && only fail "" &&
	{ [ "$(timeout 10 cat "$tree/proc/cmdline")" = "still here" ] || complain "the pipe was opened"; }
tell $? a_pipe_is_not_opened_at_all
kill "$writer" 2>/dev/null
wait "$writer" 2>/dev/null
compose
(cd "$tree" && printf 'aarch64\033[31m\177"\\\377\n' >proc/sys/kernel/arch)
run 1 --json --root "$tree" && says 'aarch64\?\[31m\?\\"' && ! grep -q "$(printf '\033')" "$work/out"
tell $? what_is_not_printable_is_not_printed
compose
(cd "$tree" && rm "$pci/driver" && mkdir "sys/bus/pci/drivers/"$'x\033[31m' &&
	ln -s ../../../../bus/pci/drivers/$'x\033[31m' "$pci/driver")
run 1 --root "$tree" --device "$device" && says 'x\?\[31m' && ! grep -q "$(printf '\033')" "$work/out"
tell $? nor_is_it_of_a_name_to_which_a_link_leads
compose
mkdir "$tree/sys/class/iommu/"$'smmu3.\033[31m'
run 0 --root "$tree" && ! grep -q "$(printf '\033')" "$work/out" && ! grep -qF 'smmu3.?' "$work/out" &&
	run 0 --json --root "$tree" && ! grep -qF 'u001b' "$work/out"
tell $? a_name_that_is_not_printable_is_none
compose
(cd "$tree/sys/kernel/iommu_groups" && mkdir $(seq 10 5009) && for i in {10..5009}; do echo DMA-FQ >"$i/type"; done)
run 0 --json --root "$tree" && says ' of 4096 groups'
tell $? of_a_directory_without_end_the_first_names_count
compose
for noise in 'head -c 65536 /dev/urandom' 'head -c 65536 /dev/zero' 'printf IORT' \
	"head -c 52 sys/firmware/acpi/tables/IORT" "head -c 100 sys/firmware/acpi/tables/IORT" \
	"head -c 240 sys/firmware/acpi/tables/IORT"; do
	(cd "$tree" && $noise >iort && cp iort sys/firmware/acpi/tables/IORT)
	run 0 --json --root "$tree" && says '"id": "nesting", "status": "unknown", "decides": false' &&
		says '"id": "coherency", "status": "unknown", "decides": false'
	tell $? "an_iort_that_is_none_says_nothing: $noise"
	compose
done
(cd "$tree" && find . -type f -not -path './dev/*' -exec sh -c \
	'for f; do head -c 5000 /dev/urandom >"$f"; done' sh {} +)
: >"$work/complaint"
probe --json --root "$tree" >"$work/out" 2>"$work/err"
got=$?
case $got in
1 | 3) [ "$(wc -l <"$work/out")" -eq 1 ] || complain "not one line" ;;
*) complain "ended with $got" ;;
esac
tell $? noise_in_every_file_is_no_reason_to_fail
compose
rm -rf "${tree:?}"/*
run 2 --root "$tree" && grep -q 'neither proc nor' "$work/err" &&
	run 2 --json --root "$tree" && says '"verdict": "error", "reason": ".*neither proc nor sys'
tell $? an_empty_tree_is_wrong_usage
mkdir "$tree/proc" "$tree/sys"
run 3 --json --root "$tree" && only fail "" && says '"verdict": "unknown"' && says 'mount /sys' &&
	has_remedy smmu && has_remedy cmdqv && has_remedy cmdqv-driver && has_remedy iommufd &&
	has_remedy vfio && has_remedy isolated-msi
tell $? a_tree_in_which_nothing_is_seen_is_doubtful
run 3 --json --root /proc && only fail ""
tell $? proc_is_no_host
compose
rm -r "$tree/sys/class"
run 3 --json --root "$tree" && only fail "" && only unknown "smmu cmdqv" && has_remedy smmu &&
	has_remedy cmdqv && says 'mount /sys'
tell $? a_host_whose_classes_cannot_be_seen_is_doubtful
compose
rm -r "$tree/sys/bus/acpi"
run 3 --json --root "$tree" && only fail "" && only unknown cmdqv && has_remedy cmdqv
tell $? a_host_whose_acpi_devices_nobody_sees_is_doubtful
rm "$tree/sys/firmware/acpi/tables/IORT"
run 3 --json --root "$tree" && says '"name": "smmu3.0x0000000011000000", "cmdqv": "unknown"' &&
	run 3 --root "$tree" && says '^  smmu3.0x0000000011000000  CMDQV: unknown$'
tell $? so_are_its_smmus
compose

# ---- packed options
(cd "$tree" && gzip -c boot/config-* >proc/config.gz && rm boot/config-*)
run 0 --json --root "$tree" && says '/proc/config.gz: all there'
tell $? packed_options_are_read
head -c 60 "$tree/proc/config.gz" >"$work/cut" && cp "$work/cut" "$tree/proc/config.gz"
run 3 --json --root "$tree" && only unknown kernel-options
tell $? packed_options_that_are_cut_off_are_none
compose
# The checksum is in the last eight bytes; much is read before it.
(cd "$tree" && { { cat boot/config-* && printf '# %0200000d' 0; } | gzip -c | head -c -8 && printf '%8s' ''; } \
	>proc/config.gz && rm boot/config-*)
run 3 --json --root "$tree" && only unknown kernel-options
tell $? so_are_those_that_are_damaged
compose
# Without the release the options are found here alone.
doubtful no_release_is_doubtful kernel-version \
	'gzip -c boot/config-* >proc/config.gz; rm proc/sys/kernel/osrelease'
compose

# ---- as another user
as_user=
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	as_user="setpriv --reuid=65534 --regid=65534 --clear-groups"
fi
chmod -R a+rX "$tree"
if [ "$(id -u)" -eq 0 ] && { [ -z "$as_user" ] || ! probe --help >/dev/null 2>&1; }; then
	for name in dev_iommu_of_somebody_else_is_doubtful \
		dev_iommu_that_may_only_be_read_is_doubtful vfio_of_somebody_else_is_doubtful \
		a_tree_that_nobody_may_read_is_doubtful \
		an_iort_that_only_root_reads_does_not_decide \
		unless_no_other_file_says_whether_there_is_an_its; do
		skip "$name" 'cannot become another user'
	done
else
	chmod 666 "$tree"/dev/iommu "$tree"/dev/vfio/devices/*
	chmod 600 "$tree/dev/iommu"
	[ "$(id -u)" -eq 0 ] || chmod 000 "$tree/dev/iommu"
	run 3 --json --root "$tree" && only unknown iommufd && says 'udev rule for KERNEL' &&
		says 'run it as root'
	tell $? dev_iommu_of_somebody_else_is_doubtful
	chmod 444 "$tree/dev/iommu"
	run 3 --json --root "$tree" && only unknown iommufd
	tell $? dev_iommu_that_may_only_be_read_is_doubtful
	chmod 666 "$tree/dev/iommu"
	chmod 000 "$tree/dev/vfio/devices/vfio0"
	run 3 --json --root "$tree" && only unknown vfio && says 'may open none' &&
		says 'run it as root'
	tell $? vfio_of_somebody_else_is_doubtful
	chmod 666 "$tree/dev/vfio/devices/vfio0"
	chmod 000 "$tree/sys/firmware/acpi/tables/IORT"
	run 0 --json --root "$tree" && says 'run it as root once'
	tell $? an_iort_that_only_root_reads_does_not_decide
	sed -i.all /ITS/d "$tree/proc/interrupts"
	run 3 --json --root "$tree" && only unknown isolated-msi
	tell $? unless_no_other_file_says_whether_there_is_an_its
	mv "$tree/proc/interrupts.all" "$tree/proc/interrupts"
	chmod 000 "$tree"/*/
	run 3 --json --root "$tree" --device "$device" && only fail "" &&
		says 'Permission denied' && says 'run it as root'
	tell $? a_tree_that_nobody_may_read_is_doubtful
	chmod 755 "$tree"/*/
fi
as_user=
compose

# ---- recorded, and this one
run 1 --json --root "$recorded" && says '"id": "architecture", "status": "fail", "decides": true, "evidence": "/proc/sys/kernel/arch: x86_64' &&
	says 'use a Grace' && ! grep -q '"id": "smmu"' "$work/out"
tell $? a_recorded_x86_64_host_cannot_and_gets_no_other_advice

: >"$work/complaint"
if [ -n "${MESON_EXE_WRAPPER:-}" ]; then
	skip this_host_gets_an_answer 'an emulator shows another root'
else
	probe --json >"$work/out" 2>"$work/err"
	got=$?
	case $got in
	0) says '"verdict": "ok"' ;;
	1) says '"verdict": "no", "reason": "' ;;
	3) says '"verdict": "unknown", "reason": "' ;;
	*) complain "ended with $got" ;;
	esac && [ "$(wc -l <"$work/out")" -eq 1 ] && says '"schema": "cmdqv-probe/1"'
	tell $? this_host_gets_an_answer
	# A path of as many characters as there was room for, without a colon behind it.
	far=$(printf '%0200d/' 1 2 3 4 5)
	far=$work/${far:0:1023 - ${#work} - 21}
	mkdir -p "${far%/}" && echo 'QEMU emulator version 10.2.0' >"$far/qemu-system-aarch64"
	(PATH=$far:$PATH && probe --json >"$work/out" 2>"$work/err")
	says '"schema": "cmdqv-probe/1"'
	tell $? a_long_path_of_a_program_is_no_reason_to_crash
fi

# ---- usage
# refused NAME ARGUMENT... : a sentence of lines that fit, and with --json one object.
refused() {
	local name=$1
	shift
	run 2 "$@" && [ "$(grep -c '^cmdqv: ' "$work/err")" -eq 1 ] && fits "$work/err" &&
		run 2 --json "$@" && [ "$(wc -l <"$work/out")" -eq 1 ] &&
		says '"schema": "cmdqv-probe/1".*"verdict": "error", "reason": "'
	tell $? "$name"
}
refused an_unknown_option_is_wrong_usage --frobnicate
refused a_word_is_wrong_usage frobnicate
refused a_device_that_is_none_is_wrong_usage --device ../../etc
run 2 --device ../../etc && grep -q "^cmdqv: --device must be like 0000:01:00.0, not '../../etc'" "$work/err"
tell $? a_wrong_value_is_said_with_its_option
refused a_device_without_its_domain_is_wrong_usage --device 01:00.0
refused a_device_with_more_is_wrong_usage --device 0000:01:00.0/
refused an_option_without_its_value_is_wrong_usage --root
refused a_value_of_an_option_that_takes_none_is_wrong_usage --host=no
refused a_root_that_is_not_there_is_wrong_usage --root /no/such/tree
refused a_root_that_is_a_file_is_wrong_usage --root "$work/out"
run 0 --help && says 'usage: cmdqv probe' && says '--root DIR' && says 'Exit status' && fits "$work/out"
tell $? help_says_every_option

end_of_tests
