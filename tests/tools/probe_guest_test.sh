#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# probe_guest_test.sh CMDQV COMPOSER : `cmdqv probe` in a VM: is its CMDQV on, and if not, why? The
# files are those of the composed host, as QEMU's guest has them. Speaks TAP.
# shellcheck source=tests/tools/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"

# What a VM has that the host has not, and the other way round.
in_guest() {
	(cd "$tree" && mkdir -p sys/class/dmi/id var/log && echo QEMU >sys/class/dmi/id/sys_vendor &&
		rm -rf dev/iommu dev/vfio var/lib/dpkg && cat >var/log/dmesg) <<'LOG'
[    1.0] arm-smmu-v3 arm-smmu-v3.0.auto: found companion CMDQV device: NVDA200C:00
[    1.1] arm-smmu-v3 arm-smmu-v3.0.auto: allocated 65536 entries for vcmdq0
[    1.1] arm-smmu-v3 arm-smmu-v3.0.auto: allocated 65536 entries for vcmdq1
LOG
}
in_guest
mv "$tree" "$work/guest"
compose() {
	rm -rf "$tree"
	cp -a "$work/guest" "$tree"
}
compose

# off NAME ID COMMAND : with it done, the CMDQV is not on, for that reason.
off() {
	(cd "$tree" && eval "$3")
	run 1 --json --root "$tree" && only fail "$2" && has_remedy "$2" && says '"role": "guest"' &&
		says "\"reason\": \"the CMDQV of this VM is not on: $2\"" && ! grep -q '"settings"' "$work/out"
	tell $? "$1"
	compose
}

run 0 --json --root "$tree" && only fail "" && only unknown "" && says '"role": "guest"' &&
	says '2 VCMDQs, of 65536 entries each' && ! grep -q '"settings"' "$work/out"
tell $? a_cmdqv_that_is_on_is_told
run 0 --root "$tree" && [ "$(head -n 1 "$work/out")" = "yes: the CMDQV of this VM is on" ] && fits "$work/out" &&
	! grep -q 'behind them' "$work/out"
tell $? the_answer_comes_first
off the_vmm_gave_no_smmu smmu 'rm sys/class/iommu/*'
off the_vmm_gave_no_cmdqv cmdqv 'rm sys/bus/acpi/devices/*; sed -i /tegra241/d proc/interrupts; rm var/log/dmesg'
off its_kernel_has_no_driver kernel-options 'sed -i /TEGRA241/d boot/config-*'
off its_kernel_is_too_old kernel-version 'mv boot/config-* boot/config-6.11.2; echo 6.11.2 >proc/sys/kernel/osrelease'
off it_is_disabled cmdqv-driver 'echo "quiet arm_smmu_v3.disable_cmdqv" >proc/cmdline'
off it_is_disabled_as_sysfs_has_it cmdqv-driver \
	'mkdir -p sys/module/arm_smmu_v3/parameters; echo Y >sys/module/arm_smmu_v3/parameters/disable_cmdqv'
off linux_fell_back cmdqv-driver \
	'sed -i /tegra241/d proc/interrupts; echo "arm-smmu-v3.0.auto: Falling back to standard SMMU CMDQ" >var/log/dmesg'

off linux_did_not_bring_the_smmu_up cmdqv-driver \
	'sed -i /tegra241/d proc/interrupts; echo "arm-smmu-v3 arm-smmu-v3.0.auto: failed to reset impl" >var/log/dmesg'

# noted NAME ID STATUS WORDS COMMAND : it is on, and this is said.
noted() {
	(cd "$tree" && eval "$5")
	run 0 --json --root "$tree" && says "\"id\": \"$2\", \"status\": \"$3\", \"decides\": false, .*$4"
	tell $? "$1"
	compose
}
groups=sys/kernel/iommu_groups
noted strict_groups_gain dma-mode pass 'the CMDQV pays' "echo DMA >$groups/8/type"
noted lazy_groups_gain_little dma-mode pass 'gains little' "echo DMA-FQ >$groups/7/type"
noted groups_that_are_not_translated_gain_nothing dma-mode fail 'does nothing' \
	"echo identity | tee $groups/*/type >/dev/null"
noted a_cmdqv_that_is_bypassed_is_told bypass fail 'is not used' \
	'echo "arm_smmu_v3.bypass_vcmdq=1" >proc/cmdline'
noted so_is_one_that_debugfs_bypasses bypass fail 'bypass_vcmdq: Y' \
	'mkdir -p sys/kernel/debug/iommu/tegra241_cmdqv; echo Y >sys/kernel/debug/iommu/tegra241_cmdqv/bypass_vcmdq'
noted a_kernel_that_asks_for_too_long_queues_is_told kernel-faults fail 'IDR1.CMDQS' \
	'mv boot/config-* boot/config-6.12.9; echo 6.12.9 >proc/sys/kernel/osrelease'
# told VERSION WORDS... : of the faults of a guest's kernel these are told, and no other.
told() {
	local version=$1 words
	shift
	mv "$tree"/boot/config-* "$tree/boot/config-$version"
	echo "$version" >"$tree/proc/sys/kernel/osrelease"
	run 0 --json --root "$tree"
	for words in "$@"; do says "$words"; done
	[ "$(grep -o '"id": "kernel-faults"' "$work/out" | wc -l)" -eq $# ] || complain "not $# faults"
	tell "$(wc -l <"$work/complaint")" "each_kernel_of_a_guest_has_its_own_faults: $version"
}
told 6.13.12 IDR1.CMDQS 'of ACPI only' kexec
told 6.14 'of ACPI only' kexec
told 6.19.9 'of ACPI only' kexec
told 7.0 kexec
told 7.2.9 kexec
told 7.3
compose
noted without_a_log_the_queues_are_not_known queues unknown 'dmesg' 'rm var/log/dmesg'

run 1 --json --root "$tree" --host && says '"role": "host"' && only fail 'iommufd vfio'
tell $? it_is_a_host_if_it_is_said_so
# known PATH WORDS
known() {
	rm "$tree/sys/class/dmi/id/sys_vendor"
	mkdir -p "$tree/$(dirname "$1")"
	echo "$2" >"$tree/$1"
	run 0 --json --root "$tree" && says '"role": "guest"'
	tell $? "a_guest_is_known_by_its_firmware: $2"
	compose
}
known sys/class/dmi/id/sys_vendor KubeVirt
known sys/class/dmi/id/sys_vendor 'Cloud Hypervisor'
known sys/class/dmi/id/product_name 'KVM Virtual Machine'
known sys/class/dmi/id/product_name 'OpenStack Nova'
known proc/device-tree/hypervisor/compatible linux,kvm
rm "$tree/sys/class/dmi/id/sys_vendor"
run 0 --json --root "$tree" --guest && says '"role": "guest"'
tell $? it_is_a_guest_if_it_is_said_so
compose

end_of_tests
