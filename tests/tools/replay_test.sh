#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# replay_test.sh CMDQV TRACES : `cmdqv replay` on recordings as they are, changed, and broken.
# Speaks TAP. Expected lines and values are those of the recordings.
set -uo pipefail

cmdqv=$1
traces=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

count=0
failures=0
abort=$traces/linux-7.2-guest-error-abort.trace
illegal=$traces/linux-7.2-guest-error-illegal-access.trace
nvme=$traces/linux-7.2-guest-nvme.trace
host=$traces/linux-7.2-host-iommufd.trace
ours=$traces/linux-7.2-stack-ours-errors.trace
upstreams=$traces/linux-7.2-stack-upstream-errors.trace

# The program, through an emulator where it is another machine's.
replay() {
	# The wrapper is a command with arguments.
	# shellcheck disable=SC2086
	${MESON_EXE_WRAPPER:-} "$cmdqv" replay "$@"
}

tell() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$work/out" "$work/err"
		failures=$((failures + 1))
	fi
}

# All output as one line; a mismatch takes three.
joined() {
	cat "$work/out" "$work/err" | sed -z 's/\n  expected /: expected /; s/\n  got  */, got /'
}

# expect NAME STATUS PATTERN ARGUMENT... : exit status, and what a line of the output matches,
# at most three lines, one where the file or the usage is wrong, one more where the trace is not whole.
expect() {
	local name=$1 status=$2 pattern=$3 got
	shift 3
	replay "$@" >"$work/out" 2>"$work/err"
	got=$?
	[ "$got" -eq "$status" ] && joined | grep -qE -- "$pattern" &&
		[ "$(cat "$work/out" "$work/err" | wc -l)" -le "$(echo 3 3 1 4 | cut -d ' ' -f $((status + 1)))" ]
	tell $? "$name"
}

# changed FILE SED-SCRIPT : a recording with a change; prints its name.
changed() {
	sed "$2" "$1" >"$work/changed.trace"
	cmp -s "$1" "$work/changed.trace" && echo "/no/change/made" || echo "$work/changed.trace"
}

cp "$nvme" "$work/"$'\033[31mred'
expect a_name_does_not_write_to_the_terminal_what_it_wants 0 '/\?\[31mred: as recorded$' "$work/"$'\033[31mred'

# written LINE... : a trace of these lines; prints its name.
written() {
	printf '%s\n' "$@" '# end of trace' >"$work/written.trace"
	echo "$work/written.trace"
}

# [DEV-30] [HW-20]
expect a_guest_s_boot_and_disk_traffic_replay 0 '278 commands, 0 refusals, 0 interrupts' "$nvme"
expect an_abort_and_its_recovery_replay 0 '279 commands, 1 refusal, 1 interrupt$' "$abort"
expect an_illegal_access_and_its_recovery_replay 0 '279 commands, 1 refusal, 1 interrupt$' "$illegal"
# [HW-6] [HW-8]
expect a_host_s_boot_and_its_iommufd_replay_on_the_model_alone 0 'physical map: 64 VINTFs' "$host"
expect a_guest_in_our_qemu_and_its_errors_replay 0 '3 refusals, 3 interrupts' "$ours"
expect a_guest_in_upstream_s_qemu_and_its_errors_replay 0 '3 refusals, 3 interrupts' "$upstreams"
expect an_error_of_another_code_is_a_mismatch_there 1 'expected' \
	"$(changed "$ours" 's/^E q3 81 2$/E q3 81 1/')"

# [DEV-30]
expect a_value_that_reads_otherwise_is_a_mismatch 1 \
	'line 12: read of 0x00008 \(STATUS\): expected 0x1 .*got 0x0 ' \
	"$(changed "$nvme" '12s/ 0$/ 1/')"
expect a_host_s_value_that_reads_otherwise_is_a_mismatch 1 \
	'line 17: read of 0x00008 \(STATUS\): expected 0x1 .*got 0x0 ' \
	"$(changed "$host" '17s/ 0$/ 1/')"
expect a_command_that_the_file_lacks_is_a_mismatch 1 \
	'line 218: .*expected nothing more, got q1 59 ' "$(changed "$abort" 220d)"
expect a_command_that_is_not_fetched_is_a_mismatch 1 \
	'line 221: .*expected q1 60 CMD_SYNC.*got nothing more' \
	"$(changed "$abort" '220s/$/\nC q1 60 000000000fc00046 0000000000000000/')"
expect a_command_of_another_entry_is_a_mismatch 1 'line 219: .*expected q1 57 ' \
	"$(changed "$abort" '219s/ 58 / 57 /')"
expect a_command_of_another_queue_is_a_mismatch 1 'line 219: .*expected q0 58 ' \
	"$(changed "$abort" '219s/q1/q0/')"
expect a_command_that_a_guest_may_not_send_is_a_mismatch 1 \
	'line 220: .*expected q1 59 CMD_SYNC.*got q1 58 refused: illegal command' \
	"$(changed "$abort" '219s/0012 /0010 /')"
expect an_interrupt_that_does_not_come_is_a_mismatch 1 \
	'line 221: interrupts so far: expected 1, got 0' "$(changed "$abort" '220s/$/\nI/')"
expect an_interrupt_that_the_file_lacks_is_a_mismatch 1 \
	'interrupts at the end: expected 0, got 1' "$(changed "$abort" 225d)"
expect another_error_code_is_a_mismatch 1 \
	'line 226: .*expected 0x200003c .*abort on fetch.* got 0x300003c .*ATC_INV timed out' \
	"$(changed "$abort" '224s/2$/3/')"
expect a_refusal_of_another_entry_is_a_mismatch 1 'line 226: .*expected 0x200003c .*got 0x200003d ' \
	"$(changed "$abort" '224s/60/61/')"
expect a_refusal_that_the_file_lacks_is_a_mismatch 1 'line 222: .*got q1 61 ' \
	"$(changed "$abort" 224d)"
expect a_host_s_command_that_is_not_fetched_is_a_mismatch 1 'line 511: .*expected q0 40 ' \
	"$(changed "$host" '511s/ 39 / 40 /')"

# The halves of BASE, commands that wait before the bind, a ring that is overrun. [DEV-11] [DEV-15]
expect a_base_in_halves_and_commands_from_before_the_bind_replay 0 '2 commands' "$(written \
	'# cmdqv-trace 1' 'G 1 0 4' 'R4 00004 4011' 'W4 00200 1' 'W4 01000 1' 'R4 01004 1' \
	'W4 30004 2' 'W4 30008 1' 'R4 3000c 0' 'W4 40004 1' 'W4 40000 80000008' \
	'C q0 0 0002000000000012 00000000ffffc701' 'C q0 1 000000000fc00046 0000000000000000' \
	'R4 3000c 1' 'R4 30000 2' 'R8 40000 180000008')"
# [HW-10]
expect a_refusal_without_a_command_replays 0 '0 commands, 2 refusals, 2 interrupts' "$(written \
	'W4 00200 1' 'W4 01000 1' 'W8 40000 80000001' 'W4 30008 1' 'W4 30004 3' \
	'E q0 0 1' 'I' 'R4 30000 1000000' 'R4 30010 1' 'R4 00014 1' 'W4 30014 1' 'E q0 0 1' 'I')"
# [DEV-7]
expect a_reset_replays 0 'as recorded' "$(written '# cmdqv-trace 1' 'G 2 0 3' 'R4 00004 3021' \
	'W4 00000 20082' 'R4 00008 0' 'X reset' 'R4 00008 1' 'R4 00000 20083')"
# [DEV-11] [DEV-7] What a half of BASE is joined with after a reset is 0, not what was there before.
for geometry in 'G 1 0 4' 'G 7 6 4'; do
	expect "a_half_of_base_after_a_reset_is_of_the_first_4_gib ($geometry)" 0 '1 command,' "$(written \
		"$geometry" 'W4 00200 1' 'W4 01000 1' 'W4 40004 1' 'W4 40000 80000008' 'X reset' \
		'W4 00200 1' 'W4 01000 1' 'W4 30004 1' 'W4 40000 80000008' 'W4 30008 1' \
		'C q0 0 000000000fc00046 0000000000000000' 'R4 30000 1' 'R8 40000 80000008')"
done
# [DEV-30] [DEV-10] All memory is RAM, and the cap is 19.
expect the_largest_queue_at_the_end_of_all_addresses_replays 0 'as recorded' "$(written 'G 1 0 4' \
	'W4 00200 1' 'W4 01000 1' 'W8 40000 ffffff800013' 'W4 30008 1' 'R4 3000c 1' 'R4 30010 0')"
expect a_queue_over_the_cap_is_a_failed_bind 0 '1 interrupt$' "$(written 'G 1 0 4' \
	'W4 00200 1' 'W4 01000 1' 'W8 40000 80000014' 'I' 'W4 30008 1' 'R4 3000c 0' 'R4 30010 4')"
# [DEV-12] Where commands lie is what BASE is, not what was written to it in vain.
expect a_base_that_is_not_taken_is_not_where_commands_lie 0 '1 command,' "$(written 'G 1 0 4' \
	'W4 00200 1' 'W4 01000 1' 'W8 40000 80000008' 'W4 30008 1' 'W8 40000 90000008' 'W4 30004 1' \
	'C q0 0 000000000fc00046 0000000000000000' 'R4 30000 1' 'R8 40000 80000008')"
expect eight_bytes_that_read_otherwise_are_a_mismatch 1 'line 5: read of 0x40000 .*got 0x80000008 ' \
	"$(written 'G 1 0 4' 'W4 00200 1' 'W4 01000 1' 'W8 40000 80000008' 'R8 40000 80000009')"
# [HW-3] VCMDQ 2 is the first queue of VINTF 1; the half of another VINTF's first queue is not its.
expect halves_of_base_of_two_vintfs_stay_apart 0 '1 command,' "$(written 'G 7 6 4' 'W4 00208 8001' \
	'W4 01100 1' 'W4 50004 1' 'W4 40004 1' 'W4 60000 80000008' 'W4 50008 1' \
	'C q2 0 000000000fc00046 0000000000000000' 'R4 50000 1' 'R8 60000 80000008')"
# [DEV-30] The same command all over: only where it lies and which queue it is of tell it apart.
same_commands() {
	written 'G 1 0 4' 'W4 00200 1' 'W4 00204 3' 'W8 40000 80000008' 'W8 40080 80000008' \
		'W4 30004 2' 'W4 30084 1' 'W4 30008 1' 'W4 30088 1' 'W4 01000 1' \
		"C $1 000000000fc00046 0000000000000000" "C $2 000000000fc00046 0000000000000000" \
		"C $3 000000000fc00046 0000000000000000"
}
expect the_same_command_three_times_replays 0 '3 commands' "$(same_commands 'q0 0' 'q0 1' 'q1 0')"
expect entries_that_change_places_are_a_mismatch 1 'line 11: .*expected q0 1 .*got q0 0 ' \
	"$(same_commands 'q0 1' 'q0 0' 'q1 0')"
expect queues_that_change_places_are_a_mismatch 1 'line 11: .*expected q1 0 .*got q0 0 ' \
	"$(same_commands 'q1 0' 'q0 0' 'q0 1')"
expect a_geometry_of_several_vintfs_is_the_physical_map 0 'physical map: 2 VINTFs, 8 queues' \
	"$(written 'G 3 1 2' 'R4 00004 2131')"
expect a_view_that_is_asked_for_wins_over_what_the_file_touches 1 \
	'line 1: read of 0x50000 .*expected 0x1, got 0x0' \
	--view guest "$(written 'R4 50000 1')"
expect a_file_without_a_geometry_gets_the_usual_one 0 "guest's map: 1 VINTF, 2 queues, 16 SID" \
	"$(written 'R4 00000 20083')"

expect the_first_offset_that_a_guest_has_not_is_the_physical_map_s 0 'physical map: 64 VINTFs' \
	"$(written 'R4 50000 0')"
expect the_last_offset_that_a_guest_has_is_no_physical_map_s 0 "guest's map" \
	"$(written 'R4 4fffc 0')"
expect a_byte_of_param_is_no_geometry 0 "guest's map: 1 VINTF, 2 queues, 16 SID" \
	"$(written 'R1 00004 0')"
expect a_param_of_more_vintfs_than_queues_is_none 2 'of no geometry that there is' \
	"$(written 'R4 00004 1321')"
expect a_param_of_too_many_sids_is_none 2 'of no geometry that there is' \
	"$(written 'R4 00004 7021')"

# malformed NAME LINE TEXT : the second of three lines is TEXT; LINE is where the fault is told.
malformed() {
	expect "$1" 2 "line $2: expected " "$(written 'R4 00000 20083' "$3" 'R4 00000 20083')"
}
malformed a_line_of_no_kind_is_malformed 2 'Q4 00000 1'
malformed a_number_that_is_none_is_malformed 2 'R4 zz 1'
malformed a_value_too_wide_for_its_access_is_malformed 2 'W4 00000 100000000'
malformed a_command_of_one_word_is_malformed 2 'C q0 0 1'
malformed a_queue_of_no_number_is_malformed 2 'C 0 0 1 1'
malformed a_refusal_with_an_unknown_code_is_malformed 2 'E q0 0 9'
malformed an_interrupt_with_more_on_its_line_is_malformed 2 'I 2'
malformed a_reset_that_says_something_else_is_malformed 2 'X rest'
malformed a_geometry_after_an_access_is_malformed 2 'G 1 0 4'
expect a_second_geometry_is_malformed 2 'line 2: expected one geometry' \
	"$(written 'G 1 0 4' 'G 1 0 4' 'R4 00000 20083')"
expect a_command_before_any_access_is_malformed 2 'line 1: expected an access' \
	"$(written 'C q0 0 1 1' 'R4 00000 20083')"
expect an_empty_file_is_malformed 2 'expected at least one access' "$(written '')"
expect another_version_is_malformed 2 'line 1: .*version 1' \
	"$(written '# cmdqv-trace 2' 'R4 00000 20083')"
printf 'R4 00000 20083\nR4\0 00000 20083\n' >"$work/zero.trace"
expect a_file_with_a_zero_byte_is_malformed 2 'line 2: expected text' "$work/zero.trace"

expect a_file_that_is_not_there_is_told_with_a_remedy 2 'No such file.*; name a file' \
	"$work/not-there"
expect a_directory_is_no_file 2 'cannot be read' "$work"
expect an_unknown_option_is_wrong_usage 2 "^cmdqv: there is no option '--what'; see " --what "$nvme"
expect an_unknown_view_is_wrong_usage 2 '^cmdqv: --view must be file, guest or host, not .other' --view other "$nvme"
expect two_files_are_wrong_usage 2 '^cmdqv: usage: cmdqv replay ' "$nvme" "$host"
expect no_file_is_wrong_usage 2 '^cmdqv: usage: cmdqv replay '
expect a_physical_map_is_no_guest_s 2 'several VINTFs' --view guest "$host"
expect a_guest_of_128_queues_cannot_be_replayed 2 '64 queues at most' \
	"$(written 'G 7 0 4' 'R4 00004 4071')"

# json NAME STATUS VERDICT PATTERN ARGUMENT... : one object, whatever comes of it.
json() {
	local name=$1 status=$2 verdict=$3 pattern=$4
	shift 4
	expect "$name" "$status" \
		"^\{ \"schema\": \"cmdqv-replay/1\", \"version\": \"[0-9.]+\", \"verdict\": \"$verdict\".*$pattern.* \}$" \
		"$@"
}
json json_of_a_match_counts 0 ok '"view": "guest".*"commands": 278.*"interrupts": 0' --json "$nvme"
json json_of_a_mismatch_tells_it_apart 1 mismatch \
	'"reason": .*"mismatch": \{ "line": 12, "what": .*"expected": .*"got": ' \
	--json "$(changed "$nvme" '12s/ 0$/ 1/')"
json json_of_a_malformed_file_has_the_line 2 malformed '"reason": .*"line": 1' \
	--json "$(written nonsense)"
json json_of_a_missing_file_has_a_reason 2 error '"reason": .*"file": ' "$work/not-there" --json
json json_of_wrong_usage_has_a_reason 2 error '"reason": "usage' --json
json json_of_a_wrong_option_has_a_reason 2 error '"reason": "there is no option' --json --what

# A trace that ends in its middle replays as far as it goes, and is not called whole.
beginning_of() {
	head -n "$2" "$1" >"$work/cut.trace"
	echo "$work/cut.trace"
}
expect a_trace_that_was_cut_off_is_told 3 'it lacks its last line: it was cut off' "$(beginning_of "$nvme" 400)"
expect a_whole_trace_without_its_last_line_is_told 3 'cut.trace: as recorded' "$(beginning_of "$nvme" 656)"
expect a_mismatch_of_a_trace_that_was_cut_off_is_one 1 'line 12: ' \
	"$(changed "$(beginning_of "$nvme" 400)" '12s/ 0$/ 1/')"
expect what_follows_the_end_is_malformed 2 'line 3: expected nothing after' \
	"$(written 'R4 00000 20083' '# end of trace' 'R4 00000 20083')"
json json_of_a_trace_that_was_cut_off_says_so 3 incomplete '"reason": "it lacks.*"commands": ' \
	--json "$(beginning_of "$nvme" 400)"
replay - <"$nvme" >"$work/out" 2>"$work/err" && grep -q '^-: as recorded' "$work/out"
tell $? the_standard_input_replays

# A line without an end, a file without a line, lines of another system, output that goes nowhere.
yes '# a comment' | tr -d '\n' | head -c 5000 >"$work/long.trace"
expect a_line_over_the_limit_is_malformed 2 'line 1: expected a line of less than 4096' "$work/long.trace"
expect an_endless_line_is_malformed 2 'line 1: expected a line of less than 4096' /dev/zero
printf 'R4 00000 20083\n#%4094s\n# end of trace\n' '' >"$work/long.trace"
expect a_line_of_4095_bytes_is_none_too_long 0 'as recorded' "$work/long.trace"
printf 'R4 00000 20083\n# end of trace' >"$work/last.trace"
expect a_last_line_without_a_line_feed_is_read 0 'as recorded' "$work/last.trace"
printf 'R4 00000 20083\nR4 00000 20082' >"$work/last.trace"
expect a_last_access_without_a_line_feed_is_compared 1 'line 2: read of ' "$work/last.trace"
: >"$work/empty.trace"
expect an_empty_file_is_said_to_be_empty 2 'line 1: .*the file is empty' "$work/empty.trace"
printf 'R4 00000 20083\r\n' >"$work/crlf.trace"
expect a_carriage_return_is_named 2 'line 1: .*carriage return' "$work/crlf.trace"
replay "$nvme" >/dev/full 2>"$work/err"
[ $? -eq 2 ] && grep -q 'cannot be written' "$work/err"
tell $? output_that_cannot_be_written_is_no_success
replay "$nvme" 2>"$work/err" >&-
[ $? -eq 2 ] && grep -q 'cannot be written' "$work/err"
tell $? a_closed_output_is_no_success
json json_of_a_name_that_is_no_text_is_text 2 error '"file": ' --json "$work/$(printf '\377\376')"

# The dump at the end: what the recorded driver left in the registers, in words.
replay --dump "$nvme" >"$work/out" 2>"$work/err" &&
	grep -qE '^000000 CONFIG +00020083  CMDQV_EN=1 .* CONS_DRAM_EN=0$' "$work/out" &&
	grep -qxE '000204 CMDQ_ALLOC\(1\) +00000003  ALLOCATED=1 LVCMDQ=1 VINTF=0' "$work/out" &&
	grep -qxE '030084 VINTF0 LVCMDQ1 PROD +00000116  INDEX=0x116' "$work/out" &&
	! grep -q 'LVCMDQ0 PROD' "$work/out"
tell $? a_dump_names_every_register_that_is_not_zero
{
	COLUMNS=60 replay --dump "$nvme" >"$work/out" 2>"$work/err" &&
		COLUMNS=60 replay "$(changed "$nvme" '12s/ 0$/ 1/')" >>"$work/out"
	[ $? -eq 1 ] && ! sed "s|^$work/[^:]*||; s|^$nvme||" "$work/out" | grep -E '.{61}'
}
tell $? lines_fit_a_narrow_terminal
json json_of_a_dump_lists_registers 0 ok '"registers": \[ \{ "offset": 0, "name": "CONFIG", "value": 131203 \}' \
	--json --dump "$nvme"

# recorded NAME OPTION... : what `cmdqv run` records with these options replays.
recorded() {
	local name=$1
	shift
	# shellcheck disable=SC2086
	${MESON_EXE_WRAPPER:-} "$cmdqv" run --guest thread --batches 20 --record "$work/run.trace" "$@" \
		>"$work/out" 2>"$work/err" || {
		tell 1 "$name"
		return
	}
	expect "$name" 0 ' 1 refusal,' "$work/run.trace"
}
recorded a_recorded_run_replays
recorded a_recorded_run_with_eight_queues_and_two_vcpus_replays --queues 8 --vcpus 2
recorded a_recorded_run_with_one_queue_replays --queues 1

echo "1..$count"
[ "$failures" -eq 0 ]
