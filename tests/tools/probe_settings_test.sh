#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# probe_settings_test.sh CMDQV COMPOSER : the settings of `cmdqv probe`, checked by what
# reads them: QEMU's own parser, libvirt's schema, a shell, a parser of YAML. QEMU and the schema are
# unpacked from the machine's Debian mirror below ${XDG_CACHE_HOME:-~/.cache}/libcmdqv, nothing is
# installed; where they cannot be had, that is skipped. CONSUMERS_REFRESH=1 fetches anew. Speaks TAP.
# shellcheck source=tests/tools/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"

scripts=$(realpath "$(dirname "$0")/../../scripts")
# shellcheck disable=SC1091
. "$scripts/cache"
consumers=$(cache_of "" "$work")/consumers

# The newest QEMU and libvirt's schema, with the libraries that QEMU needs.
fetch() {
	local names
	# shellcheck disable=SC1091
	. "$scripts/private-apt"
	private_apt_init "$work/apt"
	private_apt_suites sid trixie-backports trixie || return 1
	private_apt_update
	names=$(private_apt apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
		--no-breaks --no-replaces --no-enhances --no-pre-depends qemu-system-arm |
		grep -E '^(lib|zlib|qemu-system-arm)' | sort -u)
	[ -n "$names" ] || return 1
	# shellcheck disable=SC2086 # names of packages
	private_apt_unpack "$work/root" $names libvirt-common
	rm -rf "$consumers"
	mv "$work/root" "$consumers"
}
if [ -n "${CONSUMERS_REFRESH:-}" ] || [ ! -d "$consumers" ]; then
	fetch >"$work/fetch" 2>&1 || sed 's/^/# /' "$work/fetch" | tail -n 5
fi

libraries=$consumers/usr/lib/x86_64-linux-gnu
qemu() {
	timeout 60 "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries:$consumers/usr/lib" \
		"$consumers/usr/bin/qemu-system-aarch64" -L "$consumers/usr/share/qemu" "$@"
}
# The lines to paste call these.
qemu-system-aarch64() {
	qemu "$@"
}
cloud-hypervisor() {
	printf '%s\n' "$@"
}
run_line() {
	# shellcheck disable=SC1090
	. "$1"
}
schema=$consumers/usr/share/libvirt/schemas/domain.rng

# Hosts to make settings for: what they are, and the tree.
hosts=("a Grace" "no huge pages, no device" "two SMMUs on two nodes" "a QEMU that is not found")
make_host() {
	compose
	case $1 in
	"no huge pages, no device")
		(cd "$tree" && rm -r sys/kernel/mm "sys/bus/pci/devices/$device")
		;;
	"two SMMUs on two nodes")
		(cd "$tree" && mkdir -p sys/devices/0018:01:00.0 && cd sys/devices/0018:01:00.0 &&
			ln -s ../platform/arm-smmu-v3.1.auto/iommu/smmu3.0x0000000012000000 iommu &&
			ln -s ../../bus/pci/drivers/nvgrace_gpu_vfio_pci driver &&
			echo 0x10de >vendor && echo 0x2941 >device && echo 1 >numa_node &&
			ln -s ../../../devices/0018:01:00.0 ../../bus/pci/devices/0018:01:00.0)
		;;
	"a QEMU that is not found") rm "$tree/var/lib/dpkg/status" ;;
	esac
	[ "$1" = "a Grace" ] || rm -f "$tree/var/lib/dpkg/status"
}
settings() {
	probe --root "$tree" --vmm "$1" | sed "1,/^---- $1/d" | sed '1,/^$/d'
}

for host in "${hosts[@]}"; do
	make_host "$host"
	: >"$work/complaint"

	# ---- QEMU: but for KVM and the devices it must be able to make this machine, and with them it
	# stops at nothing else.
	settings qemu >"$work/qemu"
	bash -n "$work/qemu" || complain "no shell takes it"
	if ! qemu --version >"$work/out" 2>"$work/err"; then
		skip "qemu_takes_what_it_is_told: $host" "no QEMU can be had that runs here"
	elif ! { echo 11.1 && sed -n 's/^QEMU.* version \([0-9.]*\).*/\1/p' "$work/out"; } | sort -VC; then
		# A mirror may have neither sid nor backports, or lists of them that are too old for apt.
		skip "qemu_takes_what_it_is_told: $host" "QEMU is older than 11.1; CONSUMERS_REFRESH=1 fetches anew"
	else
		# The options of a device, without their values; QEMU lists what it knows.
		for name in arm-smmuv3 vfio-pci-nohotplug; do
			qemu -M virt -device $name,help >"$work/known" 2>&1
			tr -d '\\\n' <"$work/qemu" | grep -oE "device $name,[^ ]+" | tr ',' '\n' |
				sed -n 's/=.*//p' | sort -u >"$work/used"
			while read -r option; do
				[ "$option" = id ] || [ "$option" = bus ] || [ "$option" = iommufd ] ||
					# A 10.1 of NVIDIA has one that no other has.
					{ [ "$option" = pasid ] && [ "$host" = "a Grace" ]; } ||
					grep -q "^  $option=" "$work/known" || complain "$name has no $option"
			done <"$work/used"
		done
		grep -v -e 'object iommufd' -e '^#' "$work/qemu" |
			sed -e 's/accel=kvm/accel=tcg/; s/-cpu host/-cpu max/; s/-bios [^ ]*//' \
				-e 's/,hugetlb=on,\\$/\\/; s/^hugetlbsize=[0-9]*M,prealloc=on//' \
				-e 's/,\\$/,@/' >"$work/tcg"
		# On a machine without these nodes memory is not bound to them.
		sed -i -e ':a; /@$/{N; s/@\n//; ba}' -e 's/,host-nodes=[0-9]*,policy=bind//' \
			-e 's/vfio-pci-nohotplug,host=[^,]*\(,bus=[^,]*\),iommufd=iommufd0/virtio-rng-pci,romfile=\1/' \
			-e "s/-nographic/-nic none -nographic/" -e 's/size=16G/size=64M/; s/-m [0-9]*G/-m MEMORY/' "$work/tcg"
		nodes=$(grep -c 'memory-backend' "$work/tcg")
		sed -i "s/MEMORY/$((64 * nodes))M/" "$work/tcg"
		sed 's/-device arm-smmuv3.*\\$/\\/; /^ats=on/d; s/-nographic/-nic none -display none -monitor stdio -serial none/' \
			"$work/tcg" >"$work/plain"
		echo quit | run_line "$work/plain" >"$work/out" 2>"$work/err" ||
			complain "without SMMUs it does not start"
		if [ "$host" != "a Grace" ]; then
			run_line "$work/tcg" </dev/null >"$work/out" 2>"$work/err" && complain "it started"
			grep -q 'accel=on requires KVM' "$work/err" || complain "it stops elsewhere"
		fi
		tell "$(wc -l <"$work/complaint")" "qemu_takes_what_it_is_told: $host"
	fi

	# ---- libvirt
	: >"$work/complaint"
	settings libvirt >"$work/domain.xml"
	# Names stand for a device that is not known.
	sed -i "s/'DOMAIN'/'0x0000'/; s/'BUS'/'0x01'/; s/'SLOT'/'0x00'/; s/'FUNCTION'/'0x0'/" "$work/domain.xml"
	if [ ! -e "$schema" ] || ! command -v xmllint >/dev/null; then
		skip "libvirt_s_schema_takes_the_domain: $host" "no schema or no xmllint can be had"
	else
		xmllint --noout --relaxng "$schema" "$work/domain.xml" 2>"$work/err" >"$work/out" ||
			complain "it does not validate"
		sed "s/cmdqv='on'/ssidSize='20'/" "$work/domain.xml" >"$work/wrong.xml"
		! xmllint --noout --relaxng "$schema" "$work/wrong.xml" 2>/dev/null ||
			complain "the schema takes anything"
		tell "$(wc -l <"$work/complaint")" "libvirt_s_schema_takes_the_domain: $host"
	fi

	# ---- Cloud Hypervisor and KubeVirt have no grammar that can be had here
	: >"$work/complaint"
	settings cloud-hypervisor | grep -v '^#' >"$work/ch"
	bash -n "$work/ch" || complain "no shell takes it"
	run_line "$work/ch" >"$work/out"
	grep -qx -- 'iommufd=on,vfio_p2p_dma=off' "$work/out" || complain "it has no iommufd"
	grep -q '^size=[1-9][0-9]*G' "$work/out" || complain "it has no memory"
	grep -q '^path=/sys/bus/pci/devices/' "$work/out" || complain "it lacks a device"
	tell "$(wc -l <"$work/complaint")" "a_shell_takes_the_line_of_cloud_hypervisor: $host"
	: >"$work/complaint"
	settings kubevirt >"$work/vm.yaml"
	if ! python3 -c 'import yaml' 2>/dev/null; then
		skip "kubevirt_s_objects_are_yaml: $host" "no parser of YAML"
	else
		python3 - "$work/vm.yaml" 2>"$work/complaint" <<'P'
import sys, yaml
kubevirt, vm = yaml.safe_load_all(open(sys.argv[1]))
configuration = kubevirt["spec"]["configuration"]
gates = set(configuration["developerConfiguration"]["featureGates"])
assert {"GraceIOVirtualization", "PCINUMAAwareTopology", "IOMMUFD"} <= gates, gates
spec = vm["spec"]["template"]["spec"]
assert spec["architecture"] == "arm64" and spec["domain"]["machine"]["type"].startswith("virt")
cpu = spec["domain"]["cpu"]
assert cpu["dedicatedCpuPlacement"] is True and cpu["numa"] == {"guestMappingPassthrough": {}}
assert spec["domain"]["memory"]["hugepages"]["pageSize"]
known = {d["resourceName"] for d in configuration["permittedHostDevices"]["pciHostDevices"]}
used = [d["deviceName"] for d in spec["domain"]["devices"]["hostDevices"]]
assert used and set(used) == known, (used, known)
P
		tell "$(wc -l <"$work/complaint")" "kubevirt_s_objects_are_what_its_webhook_wants: $host"
	fi
done

end_of_tests
