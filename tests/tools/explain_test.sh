#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# explain_test.sh CMDQV CASES : `cmdqv explain` on each case of a table, on a whole log, and on
# input that is none. Speaks TAP.
set -uo pipefail

cmdqv=$1
cases=$2
logs=$(dirname "$cases")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
count=0
failures=0
export COLUMNS=80

# The program, through an emulator where it is another machine's.
explain() {
	# The wrapper is a command with arguments.
	# shellcheck disable=SC2086
	${MESON_EXE_WRAPPER:-} "$cmdqv" explain "$@"
}

tell() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$work/complaint" "$work/out" "$work/err"
		failures=$((failures + 1))
	fi
}

# run STATUS ARGUMENT... : standard input is the file "in".
run() {
	local wanted=$1 got
	shift
	explain "$@" <"$work/in" >"$work/out" 2>"$work/err"
	got=$?
	: >"$work/complaint"
	[ "$got" -eq "$wanted" ] || echo "ended with $got, not $wanted" >"$work/complaint"
	[ "$got" -eq "$wanted" ]
}

complain() {
	echo "$1" >>"$work/complaint"
	return 1
}

says() {
	grep -qE -- "$1" "$work/out" || complain "does not say '$1'"
}

fits() {
	[ -z "$(awk 'length > 80' "$1")" ] || complain "a line is longer than 80"
}

# judge ID PATTERN... : of the JSON in "out".
judge() {
	local id=$1 pattern failed=0
	shift
	[ "$(wc -l <"$work/out")" -eq 1 ] || complain "not one line" || failed=1
	[ "$(grep -o '"line": [0-9]*, "count"' "$work/out" | wc -l)" -eq 1 ] ||
		complain "not one finding" || failed=1
	says "\"id\": \"$id\"" || failed=1
	for pattern in "$@"; do
		if [[ $pattern == "1 "* ]]; then
			says "\"causes\": \\[ \\{ \"cause\": \"[^\"]*${pattern#1 }" || failed=1
		else
			says "$pattern" || failed=1
		fi
	done
	return $failed
}

trim() {
	local text=$1
	text=${text#"${text%%[! ]*}"}
	echo "${text%"${text##*[! ]}"}"
}

one_case() {
	local fields=() patterns=() arguments=() input id field i
	IFS='|' read -ra fields <<<"$1"
	input=$(trim "${fields[0]}")
	[[ $input != "arg: "* ]] || arguments=("${input#arg: }")
	id=$(trim "${fields[1]:-}")
	for ((i = 2; i < ${#fields[@]}; i++)); do
		field=$(trim "${fields[i]}")
		[ -z "$field" ] || patterns+=("$field")
	done
	printf '%b\n' "$input" >"$work/in"
	if [ -z "$id" ]; then
		run 1 --json "${arguments[@]}" && says '"verdict": "unknown"'
	else
		run 0 --json "${arguments[@]}" && judge "$id" "${patterns[@]}"
	fi
	tell $? "$(tr '|#' '  ' <<<"$input")"
}

while IFS= read -r line; do
	[[ $line == '#'* || -z $line ]] || one_case "$line"
done <"$cases"

: >"$work/in"
run 0 HW_QUEUE_ALLOC EIO && says '^Line 1: HW_QUEUE_ALLOC EIO$' && says '^  1\. the queue below it' &&
	says '^     -> bind queues in ascending order'
tell $? arguments_are_one_text

run 0 --json -- VIOMMU_ALLOC -28 && judge errno 'ENOSPC'
tell $? options_end_at_two_dashes
run 0 --json VIOMMU_ALLOC -28 && judge errno 'ENOSPC'
tell $? a_negative_number_is_no_option

{
	for i in $(seq 300); do
		echo "[ $i.0] x: unexpected error reported. vintf_map: 0000000000000001, vcmdq_map 0:0:0:1"
		echo "[ $i.1] x: CMDQ error (cons 0x01000022): Illegal command"
		echo "[ $i.2] x: skipping command in error state:"
		echo "[ $i.3] x: 	0x0000000000000030"
		echo "[ $i.4] x: 	0x0000000000000000"
		echo "[ $i.5] eth0: link up"
	done
} >"$work/in"
run 0 --json && judge cons-illegal '"lines": 1800, "others": 300' '"line": 1, "count": 300' TLBI_NSNH_ALL
tell $? incidents_of_many_lines_that_are_the_same_are_one_with_a_count

run 0 && says '^Line 1, 300 times: ' && says '^300 of 1800 lines are not known.$' && fits "$work/out"
tell $? text_fits_80_columns

printf 'CONS=0x2000001\nCONS=0x1000001\nCONS=0x2000001\n' >"$work/in"
run 0 --json && says '"line": 1, "count": 2' && says '"line": 2, "count": 1'
tell $? different_things_are_told_apart_in_their_order
printf 'x: failed to allocate queue (0x800000 bytes) for %s\n' vcmdq0 vcmdq1 >"$work/in"
run 0 --json && says '"line": 1, "count": 1' && says '"line": 2, "count": 1'
tell $? so_are_queues

for i in $(seq 1000 3400); do echo "PROD=$i"; done >"$work/in"
run 0 --json && says '"left_out": 0,' && says '"others": 0,' && says '"id": "value", "line": 1, "count": 1378,'
tell $? no_value_is_left_out_where_there_are_too_many_of_them

{
	for i in $(seq 300); do
		printf '[%5d.%06d] arm-smmu-v3 arm-smmu-v3.2.auto: unexpected global error reported (0x00000001), this could be serious\n' $((100 + i)) 0
		printf '[%5d.%06d] arm-smmu-v3 arm-smmu-v3.2.auto: CMDQ error (cons 0x03%06x): ATC invalidate timeout\n' $((100 + i)) 5 $((i * 4))
	done
	echo "[500.0] acpi NVDA200C:00: tegra241_cmdqv: no more available vintf"
} >"$work/in"
run 0 --json && [ "$(grep -o '"id"' "$work/out" | wc -l)" -eq 2 ] && says '"id": "cons-atc", "line": 1, "count": 300,' &&
	says '"seconds": 299.0' && says '"last_line": 600, "places": \[ \{ "place": "arm-smmu-v3.2.auto entry 4", "count": 1' &&
	says '"elsewhere": 294,' && says '"last_place": "arm-smmu-v3.2.auto entry 1200"' && says '"id": "no-vintf"'
tell $? a_storm_is_one_finding_with_its_places_and_hides_nothing
run 0 && says '^  The last in line 600, 299 s later: 1 a second. In arm-smmu-v3.2.auto entry 4' &&
	[ "$(wc -l <"$work/out")" -lt 40 ] && fits "$work/out"
tell $? a_storm_says_first_last_and_rate

for i in $(seq 0 40); do
	printf 'x: CMDQ error (cons 0x010000%02x): Illegal command\nx: skipping command in error state:\n' "$i"
	printf 'x: \t0x0000000000000012\nx: \t0x00000000000%02x000\n' "$i"
done >"$work/in"
printf 'x: CMDQ error (cons 0x01000000): Illegal command\nx: skipping command in error state:\nx: \t0x0000000000000011\nx: \t0x0000000000000000\n' >>"$work/in"
run 0 --json && [ "$(grep -o '"id"' "$work/out" | wc -l)" -eq 2 ] && says '"line": 1, "count": 41,.*TLBI_NH_VA ' &&
	says '"line": 165, "count": 1,.*TLBI_NH_ASID '
tell $? commands_that_differ_in_their_operands_are_one_storm
printf '0x12 0x1000\n0x12 0x2000\n' >"$work/in"
run 0 --json && says '"line": 1, "count": 1,' && says '"line": 2, "count": 1,'
tell $? commands_on_lines_of_their_own_are_each_explained

for i in $(seq 0 1200); do
	printf '[%d.%03d000] arm-smmu-v3 arm-smmu-v3.2.auto: CMDQ error (cons 0x03%06x): ATC invalidate timeout\n' $((i / 1000)) $((i % 1000)) "$i"
done >"$work/in"
run 0 && says '1201 times' && says '1.2 s later: 1000 a second'
tell $? a_rate_of_thousands_has_its_digits

{
	for i in $(seq 4); do
		echo "arm-smmu-v3 arm-smmu-v3.0.auto: event 0x10 received:"
		echo "arm-smmu-v3 arm-smmu-v3.1.auto: event 0x04 received:"
		for word in 0000000$((i))00000010 0000020100000000 0000000000345000 0000000000000000; do
			echo "arm-smmu-v3 arm-smmu-v3.0.auto: 	0x$word"
			echo "arm-smmu-v3 arm-smmu-v3.1.auto: 	0x0000000700000004"
		done
	done
} >"$work/in"
run 0 --json && says '"others": 0,' && [ "$(grep -o '"id"' "$work/out" | wc -l)" -eq 2 ] &&
	says '"id": "event", "line": 1, "count": 4,' && says 'arm-smmu-v3.0.auto StreamID 0x4 address 0x345000", "count": 1' &&
	says '"id": "event-config", "line": 2, "count": 4,' && says '"arm-smmu-v3.1.auto StreamID 0x7", "count": 4'
tell $? incidents_of_two_smmus_that_are_mixed_line_by_line_are_told_apart

for unit in 0 1; do
	echo "tegra241_cmdqv NVDA200C:0$unit: unexpected error reported. vintf_map: 1, vcmdq_map 0:0:0:1"
done >"$work/in"
echo "arm-smmu-v3 arm-smmu-v3.1.auto: CMDQ error (cons 0x0200003c): Abort on command fetch" >>"$work/in"
run 0 --json && says '"id": "isr", "line": 1, ' && says '"id": "cons-abort", "line": 2, '
tell $? a_line_of_another_device_joins_the_incident_that_spoke_last

for unit in 0 1 2 3 4; do echo "arm-smmu-v3 arm-smmu-v3.$unit.auto: event 0x04 received:"; done >"$work/in"
for word in 1 2 3 4; do echo "arm-smmu-v3 arm-smmu-v3.3.auto: 	0x000000070000000$word"; done >>"$work/in"
run 0 --json && says '"others": 0,' && says '"count": 5,'
tell $? of_too_many_incidents_the_oldest_is_over

line='arm-smmu-v3 arm-smmu-v3.0.auto: CMDQ error (cons 0x0200003c): Abort on command fetch'
printf '%s\r\n' "Nov 29 09:12:51 host kernel: $line" "2026-11-29T09:12:52+0000 host kernel: [    1.5] $line" \
	"<3>[    2.5] $line" $'\033[32m[    3.5]\033[0m '"$line" "Größe 大 $line" "${line:0:58}" \
	"Nov 29 09:12:59 host kernel: message repeated 3 times: [ $line]" >"$work/in"
run 0 --json && says '"others": 0,' && says '"id": "cons-abort", "line": 1, "count": 8,' &&
	says '"id": "cons-illegal", "line": 6, "count": 1,' # of which a half line keeps no code
tell $? prefixes_of_all_kinds_do_not_matter

printf '%s\n' "[    1.0] $line" "[inf] $line" "[1e999] $line" "12:34:inf $line" >"$work/in"
run 0 --json && says '"count": 4,' && ! grep -q Infinity "$work/out"
tell $? a_time_that_is_no_number_is_none
printf '%s\n' "message repeated -5 times: [ $line]" "message repeated 99999999999999999999 times: [ $line]" >"$work/in"
run 0 --json && says '"count": 4294967296,.*"place": "arm-smmu-v3.0.auto entry 60", "count": 4294967296 '
tell $? a_count_that_cannot_be_is_cut

printf '%s\n' 'DMI: NVIDIA Grace/x, BIOS 1' 'x: failed to enable, STATUS=0x00000000' >"$work/in"
run 0 --json && judge enable 'hardware does not answer' && ! grep -q IOMMU_HW_QUEUE_ALLOC "$work/out"
tell $? what_a_log_says_of_the_machine_chooses_causes
printf '%s\n' 'x: failed to enable, STATUS=0x00000000' >"$work/in"
run 0 --json --guest && judge enable '1 IOMMU_HW_QUEUE_ALLOC failed' && ! grep -q 'hardware does not answer' "$work/out"
tell $? options_say_where_it_was
: >"$work/in"
run 0 --json --kernel 6.19 ATTACH ENOENT && judge errno 'needs" *,' && ! grep -q 'bypass or abort' "$work/out" &&
	run 0 --json --kernel 6.18.8 ATTACH ENOENT && judge errno 'bypass or abort' &&
	run 0 --json --kernel 6.18.300 ATTACH ENOENT && judge errno 'bypass or abort'
tell $? the_kernel_chooses_causes
run 2 --kernel next && grep -q "VERSION" "$work/err"
tell $? a_kernel_that_is_none_is_wrong_usage

head -c 300000 /dev/urandom >"$work/in"
explain --json <"$work/in" >"$work/out" 2>"$work/err"
got=$?
: >"$work/complaint"
{ [ $got -le 1 ] && [ "$(wc -l <"$work/out")" -eq 1 ] && says '"schema": "cmdqv-explain/1"'; } ||
	complain "ended with $got"
tell $? noise_is_no_reason_to_fail

{
	head -c 3000000 /dev/zero | tr '\0' 'A'
	echo
	printf '\033[31m\033[1@CONS=0x2000001\033[0m\n\0\n'
} >"$work/in"
run 0 --json && judge cons-abort '"line": 2' && ! grep -q 'u001b' "$work/out"
tell $? a_line_without_end_is_cut_off_and_controls_are_shown_as_marks

printf 'x\177\377: CMDQ error (cons 0x0200003c): Abort on command fetch\n' >"$work/in"
run 0 --json && judge cons-abort '"text": "x\?\?: CMDQ'
tell $? so_is_what_is_above_printable_characters

printf 'CMDQ error (cons 0x' >"$work/in"
run 0 --json && judge cons-illegal
tell $? an_error_line_that_is_cut_off_is_still_one

: >"$work/in"
run 1 && says '^nothing was read: dmesg needs root .kernel.dmesg_restrict.$'
tell $? no_input_is_told_apart_from_input_that_is_unknown

echo hello >"$work/in"
run 1 && says '^Nothing of this is known' && fits "$work/out" && ! grep -q 'are not known' "$work/out"
tell $? nothing_is_unknown

echo 'pci 0009:01:00.0: Adding to iommu group 7' >"$work/in"
run 1 && says '^The lines that are known say of nothing that it is wrong'
tell $? known_lines_without_a_finding_are_told_apart_from_unknown_ones

cat "$logs"/dmesg-*.txt >"$work/in"
run 1 --json && says '"findings": \[ \]'
tell $? the_log_of_an_ordinary_host_has_nothing_in_it

: >"$work/in"
run 1 --json && says '"verdict": "unknown", "reason": "nothing was read' && says '"findings": \[ \]'
tell $? nothing_is_unknown_in_json

run 2 --frobnicate && grep -q "^cmdqv: .*--help" "$work/err" && fits "$work/err"
tell $? an_unknown_option_is_wrong_usage

run 2 --frobnicate --json && says '"schema": "cmdqv-explain/1".*"verdict": "error", "reason": "there is no option'
tell $? an_unknown_option_is_one_object_with_json

run 2 "$cases" && sed -z 's/\n    / /g' "$work/err" | grep -q 'is a file'
tell $? a_name_of_a_file_is_no_text

run 0 --help && says 'usage: cmdqv explain' && says '^  a command of two words  ' && says 'Exit status' && fits "$work/out"
tell $? help_says_what_can_be_explained

explain --json <"$work" >"$work/out" 2>"$work/err"
[ $? -eq 2 ] && says '"verdict": "error"'
tell $? an_input_that_cannot_be_read_is_told

echo "1..$count"
[ "$failures" -eq 0 ]
