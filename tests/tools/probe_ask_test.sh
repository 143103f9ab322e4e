#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# probe_ask_test.sh CMDQV COMPOSER : `cmdqv probe --ask`, of a kernel in software (probe_front.c) with
# the files of a composed host. Speaks TAP.
# shellcheck source=tests/tools/probe_lib.sh
. "$(dirname "$0")/probe_lib.sh"

# front MODE STATUS ARGUMENT... : asks a kernel of that kind.
front() {
	export FRONT=$1
	shift
	run "$@"
}

front grace 0 --json --root "$tree" --ask --vmm none &&
	says '"asked": \[ \{ "device": "0009:01:00.0", "oas": 48, "ssidsize": 20, "sidsize": 16, "ril": 0, "ats": 1, "pasid": 0, "fwb": 1, "queues": 2, "sids": 16, "cmdqs": 19' &&
	says '"cmdqs_by_granule_kib": \{ "4": 8, "16": 10, "64": 12, "2048": 17, "32768": 19, "524288": 19, "1048576": 19 \}, "errata": \[ \]'
tell $? the_kernel_is_asked_about_a_device
# A second one, which has no file to ask by.
(cd "$tree" && mkdir sys/devices/0018:01:00.0 && ln -s ../../../devices/0018:01:00.0 sys/bus/pci/devices/ &&
	ln -s ../../bus/pci/drivers/nvgrace_gpu_vfio_pci sys/devices/0018:01:00.0/driver)
front grace 0 --json --root "$tree" --ask --vmm none && says '"device": "0018:01:00.0"' &&
	says '"asked": \[ \{ "device": "0009:01:00.0"'
tell $? of_several_devices_it_is_the_first
compose
front grace 0 --root "$tree" --ask --vmm none && says 'oas +48  bits of a physical' && says '8 with RAM in pages of 4 KiB' &&
	fits "$work/out"
tell $? text_says_the_same
front "" 0 --json --root "$tree" --ask --device /dev/vfio/devices/vfio0 --vmm none &&
	says '"device": "0009:01:00.0", "oas": 44' && says '"ril": 1, "ats": 0'
tell $? a_file_of_vfio_may_be_named
front wide 0 --json --root "$tree" --ask --vmm none && says '"oas": 52' && says '"sidsize": 32, "ril": 1, "ats": 0'
tell $? an_smmu_of_the_widest_addresses_whose_device_has_no_ats
rm "$tree/sys/firmware/acpi/tables/IORT"
front "" 0 --json --root "$tree" --ask && says '"id": "coherency", "status": "pass", "decides": true, "evidence": "VFIO_DEVICE_BIND_IOMMUFD took'
tell $? a_bind_that_goes_well_is_evidence_of_coherency
compose
env IORT_MEMORY_FLAGS=3 bash "$composer" "$work/other"
front '' 0 --json --root "$work/other" --ask && says '"id": "nesting", "status": "pass", .*S2FWB'
tell $? s2fwb_is_enough_to_nest
front no-fwb 1 --json --root "$work/other" --ask && only fail nesting
tell $? neither_canwbs_nor_s2fwb_is_not
# [DEV-34]
front erratum 3 --json --root "$tree" --ask && only unknown errata && says '"errata": \[ "T264-SMMU-3" \]' &&
	! grep -q '"settings"' "$work/out"
tell $? an_erratum_that_the_guest_must_work_around_is_named
front erratum 3 --root "$tree" --ask && says 'erratum +T264-SMMU-3'
tell $? an_erratum_is_named_in_text

# refused NAME MODE WORDS ARGUMENT... : one sentence, and nothing else.
refused() {
	local name=$1 mode=$2 words=$3
	shift 3
	front "$mode" 2 --root "$tree" --ask "$@"
	[ ! -s "$work/out" ] || complain "there is more"
	[ "$(grep -c '^cmdqv: ' "$work/err")" -eq 1 ] || complain "it is not one sentence"
	grep -q -- "$words" <(tr '\n' ' ' <"$work/err" | tr -s ' ') || complain "$(cat "$work/err")"
	cat "$work/complaint" >"$work/first"
	front "$mode" 2 --json --root "$tree" --ask "$@" && says '"verdict": "error"'
	cat "$work/first" >>"$work/complaint"
	tell "$(wc -l <"$work/complaint")" "$name"
}
refused a_device_in_use_is_left_alone busy 'BIND_IOMMUFD: .*another owner'
refused an_smmu_without_a_cmdqv_is_told no-cmdqv 'no CMDQV'
refused who_may_not_open_is_told denied '/dev/iommu cannot be opened'
refused a_file_that_is_none_is_told "" 'cannot be opened' --device /dev/vfio/devices/none
rm "$tree/sys/bus/pci/devices/$device"
refused without_a_device_the_kernel_is_not_asked "" 'no device is bound'
refused a_device_that_is_not_bound_is_told "" 'is not bound' --device "$device"
compose

end_of_tests
